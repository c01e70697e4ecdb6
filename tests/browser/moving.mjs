// Moving to a new phone by clicks, with the real program: two browser profiles, each with an authenticator of its own. By the
// link and by the code that is typed; and what must move nothing: numbers that differ, a second new phone, nobody at the old
// one. An old phone that never heard the server's yes is told where its wallet went. And between a terminal and a phone.
//   node moving.mjs MIBUN OUTPUT [PART]     screenshots go to OUTPUT; only the chapters with PART in their name
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { accessible, click, quiet as quietBut, seen, type as typeInto } from "./hands.mjs";
import { passphrase, freePort, People } from "./people.mjs";
import { newDevice, prove as proveBy, receive, toRequestOfShop } from "./wallet_page.mjs";

const [mibun, output, part] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-moving-"));
const people = new People(mibun, join(directory, "world"), await freePort());

const clicks = async (page, ...ids) => {
  for (const id of ids) await click(page, id);
};
const type = async (page, id, text) => {
  await seen(page, id);
  await typeInto(page, id, text);
};
const textOf = async (page, id) => {
  await seen(page, id);
  return page.evaluate(`document.getElementById("${id}").innerText.trim()`);
};
const errorIs = (page, code) => page.until(`document.getElementById("error")?.dataset.code === "${code}"`);
const look = async (page, name) => {
  await accessible(page, name);
  writeFileSync(join(output, `moving-${name}-ja-phone.png`), await page.screenshot());
};
// What a server refuses the browser notes as an error, and so does a test that breaks an answer off.
const quiet = async (...pages) => {
  for (const page of pages) await quietBut(page, /status of 4|ERR_FAILED/);
};

// A phone: a profile with a passkey of its own. What is copied is kept where a test can see it.
async function phone(language = "ja") {
  const source = "navigator.clipboard.writeText = async (text) => { window.copied = text; };";
  const { page, authenticator } = await newDevice(browser, { origin: people.walletOrigin, language, size: "phone", source });
  await page.open(`${people.walletOrigin}/`);
  return Object.assign(page, authenticator);
}
// Returns the revocation code.
async function register(page) {
  await clicks(page, "start", "agree", "accept", "register");
  const code = await textOf(page, "revocation-code");
  await clicks(page, "wrote", "go-home");
  await seen(page, "prove");
  return code;
}
const prove = (page) => proveBy(page, (id) => people.approve(id));
async function share(page) {
  await toRequestOfShop(page, people.shopOrigin, "ja");
  await click(page, "share");
  await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
  await page.open(`${people.walletOrigin}/`);
  await click(page, "unlock");
  await seen(page, "card-0");
}

// The old phone shows its link and its code.
async function begin(old) {
  await clicks(old, "tab-settings", "devices", "move", "begin-move", "copy-link");
  await old.until("window.copied");
  return { link: await old.evaluate("window.copied"), code: await textOf(old, "move-code") };
}
async function joinByLink(fresh, link) {
  await click(fresh, "move-here");
  await type(fresh, "move-link", link);
  await clicks(fresh, "open-move", "agree", "join-move");
}
async function numbers(old, fresh) {
  return [await textOf(old, "move-number"), await textOf(fresh, "move-number")];
}
async function agree(old) {
  await clicks(old, "confirm-move", "confirm-yes");
}
async function finish(fresh) {
  await click(fresh, "finish-move");
  const code = await textOf(fresh, "revocation-code");
  assert.equal(await fresh.evaluate("document.getElementById('not-brought')"), null);
  await clicks(fresh, "wrote", "go-home");
  await seen(fresh, "prove");
  return code;
}
// What only the account's own key is answered.
async function worksAtServer(page) {
  await clicks(page, "tab-home", "tab-history", "ask-server");
  await page.until("document.querySelector('main li') && !document.getElementById('ask-server')");
  assert.equal(await page.evaluate("document.getElementById('error')"), null);
}
async function unlockAgain(page) {
  await page.open(`${people.walletOrigin}/`);
  await click(page, "unlock");
}

const chapters = {
  async "a wallet moves by its link: one number, a new code, new cards, history and receipts; the old phone says where it went"() {
    const old = await phone();
    const oldCode = await register(old);
    await prove(old);
    await receive(old);
    await share(old);
    const fresh = await phone();
    const { link } = await begin(old);
    await look(old, "link");
    await joinByLink(fresh, link);
    const [onOld, onNew] = await numbers(old, fresh);
    assert.match(onOld, /^\d{3} \d{3}$/);
    assert.equal(onOld, onNew);
    await look(old, "number-old");
    await look(fresh, "number-new");
    await agree(old);
    await seen(old, "moved-done");
    await look(old, "moved");
    const newCode = await finish(fresh);
    assert.notEqual(newCode, oldCode);

    // No card came along; it is issued anew, without proving anything again.
    assert.equal(await fresh.evaluate("document.getElementById('card-0')"), null);
    await clicks(fresh, "prove", "case-status");
    await fresh.until("document.getElementById('case-state')?.dataset.state === 'approved'");
    await receive(fresh);
    await click(fresh, "tab-history");
    await fresh.until("/提供しました/.test(document.querySelector('main').innerText)");
    await click(fresh, "receipts");
    await seen(fresh, "save-receipt-0");
    await clicks(fresh, "tab-settings", "devices", "show-devices");
    await fresh.until("document.querySelectorAll('#devices-before dl').length === 1");
    await look(fresh, "devices");
    // And it is used: the shop takes the new card.
    await share(fresh);

    await old.open(`${people.walletOrigin}/`);
    await seen(old, "moved-away");
    await seen(old, "start");
    assert.equal(await old.evaluate("indexedDB.databases().then((all) => all.length)"), 0);
    await look(old, "moved-away");
    await quiet(old, fresh);
  },
  async "an old phone that did not hear the yes is told that its wallet has moved, after every reload, until it erases itself"() {
    const old = await phone();
    await register(old);
    const fresh = await phone();
    await joinByLink(fresh, (await begin(old)).link);
    await numbers(old, fresh);
    old.on("Fetch.requestPaused", ({ requestId }) => void old.send("Fetch.failRequest", { requestId, errorReason: "Failed" }));
    await old.send("Fetch.enable", { patterns: [{ urlPattern: "*/confirmation", requestStage: "Response" }] });
    await agree(old);
    await seen(old, "error");
    await old.send("Fetch.disable");
    await finish(fresh);
    for (const asking of [["tab-history", "ask-server"], ["notices", "open-notices"]]) {
      await unlockAgain(old);
      await clicks(old, ...asking);
      await errorIs(old, "wallet_moved");
    }
    await look(old, "wallet-moved");
    await click(old, "erase-moved");
    await seen(old, "moved-away");
    await old.open(`${people.walletOrigin}/`);
    await seen(old, "moved-away");
    await worksAtServer(fresh);
    await quiet(old, fresh);
  },
  async "without a camera: the code is typed, a group that is wrong is named, and the wallet moves"() {
    const old = await phone("en");
    await register(old);
    const fresh = await phone("en");
    const { code } = await begin(old);
    assert.match(code, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){5}$/);
    await click(fresh, "move-here");
    const wrong = code.split("-").map((group, index) => (index === 3 ? (group[0] === "2" ? "3" : "2") + group.slice(1) : group)).join("");
    await type(fresh, "move-code", wrong.toLowerCase());
    await click(fresh, "open-code");
    await fresh.until("/Group 4 /.test(document.getElementById('move-code-error')?.innerText)");
    await type(fresh, "move-code", code.replaceAll("-", " ").toLowerCase());
    await clicks(fresh, "open-code", "agree", "join-move");
    const [onOld, onNew] = await numbers(old, fresh);
    assert.equal(onOld, onNew);
    await agree(old);
    await seen(old, "moved-done");
    await finish(fresh);
    await worksAtServer(fresh);
    await quiet(old, fresh);
  },
  async "numbers that are said to differ move nothing: the old phone goes on, and the new one can begin again"() {
    const old = await phone();
    await register(old);
    const fresh = await phone();
    await joinByLink(fresh, (await begin(old)).link);
    await numbers(old, fresh);
    await click(old, "stop-move");
    await seen(old, "prove");
    await errorIs(fresh, "move_not_found");
    await click(fresh, "stop-move");
    await seen(fresh, "start");
    await worksAtServer(old);
    await old.evaluate("window.copied = ''");
    await joinByLink(fresh, (await begin(old)).link);
    const [onOld, onNew] = await numbers(old, fresh);
    assert.equal(onOld, onNew);
    await quiet(old, fresh);
  },
  async "a link that a phone has used is of no use to a second one, and the first goes on"() {
    const old = await phone();
    await register(old);
    const fresh = await phone();
    const second = await phone();
    const { link } = await begin(old);
    await joinByLink(fresh, link);
    await numbers(old, fresh);
    await joinByLink(second, link);
    await errorIs(second, "move_wrong_state");
    await look(second, "second");
    await agree(old);
    await seen(old, "moved-done");
    await finish(fresh);
    await worksAtServer(fresh);
    await quiet(old, fresh, second);
  },
  async "without its person the old phone hands nothing over"() {
    const old = await phone();
    await register(old);
    const fresh = await phone();
    await joinByLink(fresh, (await begin(old)).link);
    await numbers(old, fresh);
    await old.verifies(false);
    await agree(old);
    await errorIs(old, "wallet_user_verification_failed");
    assert.match(await textOf(fresh, "move-number"), /^\d{3} \d{3}$/);
    assert.equal(await fresh.evaluate("document.getElementById('finish-move')"), null);
    // Nothing is erased here, nothing handed over there. (Chromium's authenticator is blocked by now.)
    await click(old, "stop-move");
    await seen(old, "prove");
    await errorIs(fresh, "move_not_found");
    assert.equal(await fresh.evaluate("document.getElementById('finish-move')"), null);
    await quiet(old, fresh);
  },
  async "from a terminal to a phone: the code goes from one screen to the other, and the phone has the account"() {
    people.home = join(directory, "terminal-old");
    people.register();
    const fresh = await phone();
    const terminal = people.terminal(["move", "begin"]);
    terminal.type(passphrase, passphrase);
    await click(fresh, "move-here");
    await type(fresh, "move-code", await terminal.says("move code"));
    await clicks(fresh, "open-code", "agree", "join-move");
    assert.equal((await textOf(fresh, "move-number")).replace(" ", ""), await terminal.says("number"));
    terminal.type("y", passphrase);
    assert.equal(await terminal.ends(), 0);
    assert.equal(await terminal.says("outcome"), "moved");
    await finish(fresh);
    assert.equal(await fresh.evaluate("document.getElementById('left-behind')"), null);
    await worksAtServer(fresh);
    await quiet(fresh);
  },
  async "from a phone to a terminal: the terminal types the code, and the phone is empty"() {
    people.home = join(directory, "terminal-new");
    const old = await phone();
    await register(old);
    const { code } = await begin(old);
    const terminal = people.terminal(["move", "join", "--server", people.origin, "--ca", people.ca]);
    terminal.type(passphrase, passphrase, code, "y", passphrase); // the last one to take over
    const number = await terminal.says("number");
    assert.equal((await textOf(old, "move-number")).replace(" ", ""), number);
    await old.until("/Terminal/.test(document.querySelector('main').innerText)");
    await agree(old);
    await seen(old, "moved-done");
    assert.equal(await terminal.ends(), 0);
    assert.equal(await terminal.says("history"), "brought along");
    assert.match(people.wallet(["history"], [passphrase, passphrase]).text, /moved/i);
    await old.open(`${people.walletOrigin}/`);
    await seen(old, "moved-away");
    await quiet(old);
  },
};

let browser;
await playWithPeople({ chapters, part, people, directory, output, started: (one) => (browser = one) });
