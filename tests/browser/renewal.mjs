// A card near its end, with the real program: the wallet's home says that it should be renewed, one press and the passkey
// renew it, and what goes wrong is said in plain words. Months pass in between: the server is begun again with a later clock
// (tests/faults/clock), and the page is opened with one.
//   node renewal.mjs MIBUN TURNED_CLOCK OUTPUT [PART]     TURNED_CLOCK: libturned_clock.so; screenshots go to OUTPUT; only the
//                                                         chapters with PART in their name
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { click, quiet as quietBut, seen } from "./hands.mjs";
import { freePort, People } from "./people.mjs";
import { look as lookAt, newDevice, pictureFile, prove, receive, register } from "./wallet_page.mjs";

const [mibun, turnedClock, output, part] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-renewal-"));
const people = new People(mibun, join(directory, "world"), await freePort());

// A card lives for 90 days and is due in its last week.
const dayMilliseconds = 24 * 3600_000;
const laterDays = 85;
const size = "phone";

const soon = "/まもなく期限切れ|Expires soon/";
const textOf = (page) => page.evaluate("document.querySelector('main').innerText");
const says = (page, pattern) => page.until(`${pattern}.test(document.querySelector("main").innerText)`);
const look = (page, language, name) => lookAt(page, { file: pictureFile(output, `renewal-${name}-${language}-${size}`), size });
// What a server refuses, and a test that breaks connections off, the browser notes as an error.
const quiet = (page) => quietBut(page, /status of 4|ERR_/);

// A device with one card, on the day it was received.
async function settle(language) {
  const { page, authenticator } = await newDevice(browser, { origin: people.walletOrigin, language, size });
  let revocationCode;
  await register(page, people.walletOrigin, async (at) => {
    if (at === "code") revocationCode = await page.evaluate("document.getElementById('revocation-code').innerText.trim()");
  });
  await prove(page, (id) => people.approve(id));
  await receive(page);
  assert.equal(await page.evaluate("document.getElementById('renew-due')"), null);
  return Object.assign(page, authenticator, { revocationCode });
}
// From here on it is so many days later, for the server and for whoever opens the wallet.
async function daysLater(days) {
  await people.stop();
  const clock = join(directory, "clock");
  const turned = Buffer.alloc(6 * 8); // TurnedClockPage
  turned.writeBigInt64LE(BigInt(days * dayMilliseconds) * 1_000_000n);
  writeFileSync(clock, turned);
  await people.serve({ LD_PRELOAD: resolve(turnedClock), MIBUN_CLOCK: clock });
}
async function openLater(page) {
  await page.send("Page.addScriptToEvaluateOnNewDocument", {
    source: `Date = class extends Date { constructor(...parts) { super(...(parts.length > 0 ? parts : [Date.now()])); } static now() { return super.now() + ${laterDays * dayMilliseconds}; } };`,
  });
  await open(page);
}
async function open(page) {
  await page.open(`${people.walletOrigin}/`);
  await click(page, "unlock");
  await seen(page, "card-0");
}
const faceOf = (page) => page.evaluate("document.getElementById('card-0').innerText");
const isRenewed = async (page) => {
  await page.until("document.querySelector('main .note.good') && !document.getElementById('renew-due')");
  await page.until(`!${soon}.test(document.getElementById("card-0").innerText)`);
  assert.match(await page.evaluate("document.activeElement.tagName"), /H1/);
};

const devices = {};
const chapters = {
  async "a card near its end is renewed by one press and the passkey, and the person sees that it was"() {
    const page = devices.english;
    await openLater(page);
    await seen(page, "renew-due");
    await says(page, soon);
    await look(page, "en", "due");
    const before = await faceOf(page);
    page.keyboardOnly = true;
    await click(page, "renew-due");
    await isRenewed(page);
    page.keyboardOnly = false;
    assert.match(await textOf(page), /A card was renewed/);
    const after = await faceOf(page);
    assert.notEqual(after, before);
    await look(page, "en", "done");
    await click(page, "tab-history");
    await says(page, "/Card renewed/");
    await open(page);
    assert.equal(await faceOf(page), after);
    await quiet(page);
  },
  async "who does not confirm keeps the card, is told why, and may try again at once"() {
    const page = devices.refuses;
    await openLater(page);
    await seen(page, "renew-due");
    const before = await faceOf(page);
    await page.verifies(false);
    await click(page, "renew-due");
    await says(page, "/まだ更新できていません/");
    await says(page, "/パスキーの確認が取り消されたか/");
    assert.equal(await faceOf(page), before);
    assert.equal(await page.evaluate("document.getElementById('renew-due').ariaDisabled"), null);
    await look(page, "ja", "not-confirmed");
    await quiet(page);
  },
  async "without a connection nothing is tried; with a server that does not answer it is said, and goes on when it does"() {
    const page = devices.offline;
    await openLater(page);
    await seen(page, "renew-due");
    const network = (on) => page.evaluate(`Object.defineProperty(Navigator.prototype, "onLine", { get: () => ${on}, configurable: true }); dispatchEvent(new Event("${on ? "online" : "offline"}")); 0`);
    await network(false);
    await seen(page, "renew-online");
    assert.equal(await page.evaluate("document.getElementById('renew-due')"), null);
    await look(page, "ja", "offline");
    await network(true);
    await seen(page, "renew-due");
    assert.doesNotMatch(await textOf(page), /まだ更新できていません/);

    await people.stop();
    await click(page, "renew-due");
    await says(page, "/インターネットかサーバーにつながりません/");
    await look(page, "ja", "no-server");
    await daysLater(laterDays);
    await click(page, "renew-due");
    await isRenewed(page);
    assert.match(await textOf(page), /カードを 1 枚更新しました/);
    assert.doesNotMatch(await textOf(page), /まだ更新できていません/);
    await look(page, "ja", "done");
    await quiet(page);
  },
  async "a wallet that was stopped by its code renews nothing, and the person is told"() {
    const page = devices.stopped;
    // While nobody knows: a list of states that is read after the stop takes the card out of what may be renewed.
    const states = answered(page, "/status/");
    await openLater(page);
    await seen(page, "renew-due");
    await states;
    await stopByCode(page.revocationCode);
    await click(page, "renew-due");
    await says(page, "/まだ更新できていません/");
    await says(page, "/停止コードで止めたウォレット/");
    assert.match(await textOf(page), /登録と本人確認をやり直してください/);
    await look(page, "ja", "stopped");
    await quiet(page);
  },
};

// Resolves when the page has the whole answer of an address with `part` in it.
function answered(page, part) {
  const asked = new Set();
  return new Promise((resolve) => {
    page.on("Network.requestWillBeSent", ({ requestId, request }) => request.url.includes(part) && asked.add(requestId));
    page.on("Network.loadingFinished", ({ requestId }) => asked.has(requestId) && resolve());
  });
}

// As from another device, where somebody typed the code that was shown at registering.
async function stopByCode(code) {
  const answer = await fetch(`${people.walletOrigin}/api/v1/revocations`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ revocation_code: code }) });
  assert.ok(answer.ok, String(answer.status));
}

let browser;
await playWithPeople({
  chapters,
  part,
  people,
  directory,
  output,
  async started(one) {
    browser = one;
    for (const name of ["english", "refuses", "offline", "stopped"]) devices[name] = await settle(name === "english" ? "en" : "ja");
    await daysLater(laterDays);
  },
});
