// The whole story by clicks, as a newcomer does it after ./run: the wallet's page, the shop's page and the office's, with the
// real program and nothing in its place. In both languages, on a phone and on a desktop, by clicks and by the keyboard alone.
//   node story.mjs MIBUN OUTPUT [PART]     screenshots go to OUTPUT; only the chapters with PART in their name
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { withoutSuspending } from "./devtools.mjs";
import { click, quiet as quietBut, seen, type } from "./hands.mjs";
import { approveInOffice, officeByKeyboard, officeRefusesOtherPages } from "./office.mjs";
import { freePort, People } from "./people.mjs";
import { findInStorage } from "./storage.mjs";
import { look as lookAt, newDevice, pictureFile, prove, receive, register, shareWithShop } from "./wallet_page.mjs";

const [mibun, output, part] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-story-"));
const people = new People(mibun, join(directory, "world"), await freePort());
const removeWord = { ja: "削除", en: "delete" };

// `older`: as a browser that cannot suspend the module by itself.
const open = ({ language, size, older = false }) => newDevice(browser, { origin: people.walletOrigin, language, size, source: older ? withoutSuspending : "" });
const innerText = (page) => page.evaluate("document.body.innerText");

const look = (page, { language, size }) => (name) => lookAt(page, { file: pictureFile(output, `story-${name}-${language}-${size}`), size });
// A server that wants another DPoP nonce says so with 400; the browser notes that as an error.
const quiet = (page) => quietBut(page, /status of 400/);

// At the desk, in another browser than the person's.
async function approve(kind, id) {
  const { page } = await open(kind);
  await approveInOffice({ page, origin: people.officeOrigin, language: kind.language, id, at: look(page, kind), click: (one) => click(page, one), quiet: () => quiet(page) });
}
async function remember(page, at) {
  await page.open(`${people.walletOrigin}/`);
  await click(page, "unlock");
  await seen(page, "card-0");
  await click(page, "tab-history");
  await page.until("document.querySelectorAll('main li').length >= 4");
  await at("history");
}
// The shop's staff says that it is deleted: one of this story, which is the only one.
async function deleteAtShop(kind) {
  const { page: staff } = await open(kind);
  await staff.open(`${people.shopOrigin}/demo/verifier/${kind.language}`);
  await staff.until("document.querySelectorAll('#deletion-list button').length === 1");
  assert.match(await staff.evaluate("document.getElementById('deletion-list').innerText"), kind.language === "ja" ? /^削除しました \(.+ の分\)$/ : /^It is deleted \(of .+\)$/);
  await staff.evaluate("document.querySelector('#deletion-list button').click()");
  await staff.until("document.getElementById('deletions').hidden && document.getElementById('status').innerText !== ''");
  await quiet(staff);
}
// From the history: the shop is asked to delete what it was given, says that it did, and is reported.
async function object(page, at, kind) {
  for (const id of [await page.evaluate("document.querySelector('main [id^=event-]').id"), "ask-deletion", "send-deletion"]) await click(page, id);
  await page.until("document.getElementById('deletion-state')?.dataset.state === 'sent'");
  await at("deletion-sent");
  await deleteAtShop(kind);
  await click(page, "deletion-look");
  await page.until("document.getElementById('deletion-state')?.dataset.state === 'done' && !document.getElementById('deletion-look')");
  for (const id of ["report-partner", "send-report"]) await click(page, id);
  await seen(page, "report-done");
  await at("reported");
}
async function remove(page, at, language) {
  await click(page, "tab-settings");
  await click(page, "delete-account");
  await seen(page, "confirm-word");
  await type(page, "confirm-word", removeWord[language]);
  await click(page, "delete");
  await seen(page, "save-erasure");
  await at("deleted");
  await click(page, "finish");
  await seen(page, "start");
}

// Which of the module's two forms the page has fetched, and which of them its copy for offline has.
const partNames = {
  plain: [/assets\/wallet_plain_first-/, /assets\/wallet_plain_rest-/],
  asyncify: [/assets\/wallet_first-/, /assets\/wallet_rest-/],
};
const arePartsOf = (form, names) => {
  assert.equal(names.length, 2, String(names));
  for (const part of partNames[form]) assert.equal(names.filter((name) => part.test(name)).length, 1, `${part}: ${names}`);
};
async function takes(page, form) {
  const fetched = "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.wasm'))";
  await page.until(`${fetched}.length === 2`); // nobody waits for the second
  const names = await page.evaluate(fetched);
  assert.match(names[0], partNames[form][0]);
  arePartsOf(form, names);
}
async function keeps(page, form) {
  const kept = await page.evaluate(`(async () => {
    await navigator.serviceWorker.ready;
    const names = [];
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) names.push(url);
    return names.filter((name) => name.endsWith(".wasm"));
  })()`);
  arePartsOf(form, kept);
}

// Bytes over the wire, headers too: of what the first screens need, with the first part of the module, and of that with the
// second. Call what is returned once both are there. The copy for offline use may have answered for them, so they are asked of
// the server once more.
const firstLoadBytesMax = 300_000;
function weighs(page) {
  const names = new Map();
  const bytes = new Map();
  page.on("Network.requestWillBeSent", ({ requestId, request }) => names.set(requestId, new URL(request.url).pathname));
  page.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => bytes.set(names.get(requestId), encodedDataLength));
  return async () => {
    await page.send("Network.setBypassServiceWorker", { bypass: true });
    await page.evaluate(`Promise.all(performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".wasm")).map(({ name }) => fetch(name, { cache: "no-store" }).then((answer) => answer.arrayBuffer()))).then(() => 0)`);
    await page.send("Network.setBypassServiceWorker", { bypass: false });
    const needed = [...bytes].filter(([name]) => name === "/" || (name.startsWith("/assets/") && !/\/later(-|_)/.test(name)));
    const modules = needed.map(([name]) => name).filter((name) => name.endsWith(".wasm"));
    assert.equal(modules.length, 2, String(modules));
    const sum = (files) => files.reduce((all, [, size]) => all + size, 0);
    return { first: sum(needed.filter(([name]) => !/_rest-/.test(name))), whole: sum(needed) };
  };
}

async function tell(kind) {
  const { language, older = false, keyboard = false } = kind;
  const { page } = await open(kind);
  page.keyboardOnly = keyboard;
  const weigh = weighs(page);
  const at = keyboard ? async () => {} : look(page, kind);  // what is looked at is the same for both
  await register(page, people.walletOrigin, async (name) => {
    if (name === "code") assert.match(await innerText(page), /[0-9A-Z]{4}(-[0-9A-Z]{4}){5}/);
    await at(name);
  });
  await takes(page, older ? "asyncify" : "plain");
  const { first, whole } = await weigh();
  assert.ok(whole > 200_000 && whole - first > 200_000, `${whole} bytes cannot be all, or ${first} are not the first`);
  assert.ok(first < firstLoadBytesMax, `the first load is ${first} bytes`);
  await prove(page, (id) => (keyboard ? people.approve(id) : approve(kind, id)), at);
  await receive(page, at);
  await shareWithShop(page, people.shopOrigin, language, at);
  await remember(page, at);
  await object(page, at, kind);
  await quiet(page);
  await remove(page, at, language);
}

// A person with two cards of one kind, and a shop that asks for a name and an age, and for the family name if the person wants.
const query = {
  credentials: [["identity", [["given_name"], ["age_equal_or_over", "20"]]], ["family", [["family_name"]]]].map(([id, paths]) => ({
    id, format: "dc+sd-jwt", meta: { vct_values: ["urn:mibun:identity:1"] }, claims: paths.map((path) => ({ path })),
  })),
  credential_sets: [{ options: [["identity"]] }, { options: [["family"]], required: false }],
};
async function askedWithTwoCards(kind) {
  const { page } = await open(kind);
  await register(page, people.walletOrigin);
  await prove(page, (id) => people.approve(id));
  await receive(page);
  for (const id of ["prove", "case-status"]) await click(page, id);
  await receive(page);
  await seen(page, "card-1");
  people.registerShop();
  writeFileSync(join(directory, "query.json"), JSON.stringify(query));
  const asked = people.shop(["request", "--query", join(directory, "query.json")]);
  await page.open(`${people.shopOrigin}/demo/verifier/${kind.language}`); // where the link would stand
  await page.open(`${people.walletOrigin}/#link=${encodeURIComponent(asked("wallet_link"))}`);
  await click(page, "unlock");
  await seen(page, "share");
  return { page, asked };
}
const summary = (page) => page.evaluate("[...document.querySelectorAll('#will-share li strong')].map(({ innerText }) => innerText.trim())");
// What the shop gets for it, and how many copies of each card are left: of the newer one, which is proposed, and of the other.
async function sharedChoice({ page, asked }) {
  await click(page, "share");
  await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
  const code = /response_code=([^&]+)/.exec(await page.evaluate("document.getElementById('back-to-site').href"))[1];
  const result = people.shop(["result", asked("request_id"), "--session-secret", asked("session_secret"), "--response-code", code]);
  await click(page, "see-activity");
  await page.until("document.querySelector('main [id^=event-]')");
  await click(page, await page.evaluate("document.querySelector('main [id^=event-]').id"));
  await seen(page, "ask-deletion");
  const remembered = await innerText(page);
  await click(page, "tab-home");
  await seen(page, "card-1");
  const copies = await page.evaluate("[0, 1].map((card) => Number(document.querySelector(`#card-${card} meter`).value))");
  return { claims: JSON.parse(result("claims")), remembered, copies };
}

const chapters = {
  async "two cards: the person picks the second and adds what is optional, and the shop sees exactly that"() {
    const kind = { language: "ja", size: "phone" };
    const { page, asked } = await askedWithTwoCards(kind);
    const names = await page.evaluate("[...document.querySelectorAll('.picks label')].map(({ innerText }) => innerText.trim())");
    assert.equal(names.length, 4);
    assert.equal(new Set(names.slice(0, 2)).size, 2, String(names));
    assert.match(names[0], /日 確認 ・ .* 受け取り/);
    const proposed = await summary(page);
    assert.equal(proposed.length, 2);
    for (const id of ["card-0-0-0-1", "also-1", "card-1-0-0-1"]) await click(page, id);
    await page.until("document.querySelectorAll('#will-share li').length === 3");
    assert.match(await page.evaluate("document.getElementById('will-share').innerText"), /必須[^]*任意/);
    const chosen = await summary(page);
    await look(page, kind)("consent-choice");
    const { claims, remembered, copies } = await sharedChoice({ page, asked });
    assert.deepEqual(claims, { identity: [{ given_name: chosen[0], age_equal_or_over: { 20: true } }], family: [{ family_name: chosen[2] }] });
    assert.deepEqual(copies, [10, 9]);
    for (const name of ["名", "姓", "20歳以上"]) assert.ok(remembered.split("\n").some((line) => line.trim() === name), `${name}: ${remembered}`);
    await quiet(page);
  },
  async "two cards: what is optional is left out, by the keyboard alone, and the shop does not see it"() {
    const kind = { language: "en", size: "desktop" };
    const { page, asked } = await askedWithTwoCards(kind);
    page.keyboardOnly = true;
    for (const id of ["also-1", "also-1"]) await click(page, id); // added, and thought better of
    const { claims, remembered, copies } = await sharedChoice({ page, asked });
    assert.deepEqual(Object.keys(claims), ["identity"]);
    assert.deepEqual(Object.keys(claims.identity[0]).sort(), ["age_equal_or_over", "given_name"]);
    assert.deepEqual(copies, [9, 10]);
    assert.ok(!/Family name/.test(remembered), remembered);
    await quiet(page);
  },
  async "two cards on offer: the person picks the photo ID, sees its portrait and what it says, and keeps it; another time does not, and its issuer is told"() {
    const kind = { language: "en", size: "phone" };
    const { page } = await open(kind);
    const told = [];
    // What it took; the first try of a token may be asked for a nonce.
    const sent = new Map();
    page.on("Network.requestWillBeSent", ({ requestId, request }) => {
      if (request.method === "POST" && request.url.endsWith("/oid4vci/notification")) sent.set(requestId, JSON.parse(request.postData).event);
    });
    page.on("Network.responseReceived", ({ requestId, response }) => {
      if (sent.has(requestId) && response.status === 204) told.push(sent.get(requestId));
    });
    const portrait = "[...document.querySelectorAll('main dd img')].map(({ alt, naturalWidth, naturalHeight }) => [alt, naturalWidth, naturalHeight])";
    const values = "[...document.querySelectorAll('main dl.rows dt')].map(({ innerText }) => innerText.trim())";
    const pick = async () => {
      await click(page, "receive");
      await seen(page, "add-agree");
      const names = await page.evaluate("[...document.querySelectorAll('#offered label')].map(({ innerText }) => innerText.trim())");
      assert.ok(!(await page.evaluate("document.getElementById('offer-contents').innerText")).includes("Portrait"));
      await click(page, "offered-1");
      await page.until("document.getElementById('offer-contents').innerText.includes('Portrait')");
      assert.match(await innerText(page), /This wallet's own server/);
      await look(page, kind)("offer-which");
      await click(page, "add-agree");
      await seen(page, "keep-not");
      await page.until("document.querySelector('main dd img')?.naturalWidth > 0");
      return names;
    };
    await register(page, people.walletOrigin);
    await prove(page, (id) => people.approve(id));
    assert.deepEqual(await pick(), ["Digital ID", "Photo ID"]);
    assert.deepEqual(await page.evaluate(portrait), [["Picture: Portrait", 96, 120]]);
    const said = await page.evaluate(values);
    assert.ok(["Family name", "Given name", "Date of birth", "Portrait"].every((name) => said.includes(name)), String(said));
    await look(page, kind)("photo-id-received");
    await click(page, "done-home");
    await click(page, "card-0");
    await page.until("document.querySelector('main dd img')?.naturalWidth === 96");
    assert.deepEqual(told, ["credential_accepted"]);
    // Once more, and this one goes again.
    await click(page, "tab-home");
    await click(page, "prove");
    await click(page, "case-status");
    assert.deepEqual(await pick(), ["Digital ID", "Photo ID (you have one)"]);
    await click(page, "keep-not");
    await look(page, kind)("photo-id-not-kept");
    await click(page, "confirm-yes");
    await seen(page, "card-0");
    await page.until("document.querySelector('main .note')?.innerText.includes('The card was not kept.')");
    assert.equal(await page.evaluate("document.getElementById('card-1')"), null);
    assert.deepEqual(told, ["credential_accepted", "credential_accepted", "credential_deleted"]);
    await quietBut(page, /status of (400|401)/); // the nonce was asked for
  },
  "by clicks, in Japanese, on a phone": () => tell({ language: "ja", size: "phone" }),
  "by clicks, in English, on a desktop, in a browser that cannot suspend": () => tell({ language: "en", size: "desktop", older: true }),
  "by clicks, in Japanese, on a desktop": () => tell({ language: "ja", size: "desktop" }),
  "by clicks, in English, on a phone": () => tell({ language: "en", size: "phone" }),
  "by the keyboard alone, in Japanese, on a phone": () => tell({ language: "ja", size: "phone", keyboard: true }),
  "by the keyboard alone, in Japanese, on a desktop": () => tell({ language: "ja", size: "desktop", keyboard: true }),
  "by the keyboard alone, in English, on a phone": () => tell({ language: "en", size: "phone", keyboard: true }),
  "by the keyboard alone, in English, on a desktop": () => tell({ language: "en", size: "desktop", keyboard: true }),
  async "the office: by the keyboard alone, in the dark, and nobody decides twice"() {
    const kind = { language: "en", size: "phone" };
    const { page } = await open(kind);
    people.register();
    await officeByKeyboard({ page, origin: people.officeOrigin, at: look(page, kind), quiet: () => quiet(page), newCase: () => people.prove() });
  },
  async "the office: a page of another origin makes it do nothing"() {
    const { page } = await open({ language: "en", size: "desktop" });
    await officeRefusesOtherPages({ page, browser, origin: people.officeOrigin, id: people.prove(), looks: () => people.looks() });
  },
  async "a lost wallet is stopped on another device by its code alone, and its server does nothing for it any more"() {
    const lost = (await open({ language: "ja", size: "phone" })).page;
    let code;
    await register(lost, people.walletOrigin, async (name) => {
      if (name === "code") code = (await innerText(lost)).match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){5}/)[0];
    });
    await prove(lost, (id) => people.approve(id), async () => {});
    await receive(lost, async () => {});
    const kind = { language: "en", size: "desktop" };
    const { page } = await open(kind);
    const stop = async () => {
      await type(page, "stop-code", code.replaceAll("-", " ").toLowerCase());
      await click(page, "stop-wallet");
      await click(page, "confirm-yes");
    };
    await page.open(`${people.walletOrigin}/#stop`); // the address in the file that the code is saved in
    await stop();
    await seen(page, "stopped-done");
    await look(page, kind)("stopped");
    await quiet(page);
    await click(page, "stopped-done");
    await click(page, "stop-lost");
    await stop();
    await page.until("document.getElementById('error')?.dataset.code === 'revocation_code_wrong'");
    // Its home stands open: the list is read again after its ttl, a minute.
    await lost.until("document.querySelector('#card-0 .chip').className === 'chip revoked'", 90_000);
    assert.match(await lost.evaluate("document.getElementById('said').textContent"), /失効しました/);
    await look(lost, { language: "ja", size: "phone" })("card-revoked");
    for (const id of ["notices", "open-notices"]) await click(lost, id);
    await lost.until("/停止コードで止めた/.test(document.getElementById('error')?.innerText)");
  },
  async "a wallet's whole life leaves nothing in the browser's storage that can be read, open or locked"() {
    const { page } = await open({ language: "en", size: "phone" });
    const at = async () => {};
    let code;
    await register(page, people.walletOrigin, async (name) => {
      if (name === "code") code = (await page.evaluate("document.getElementById('revocation-code').innerText")).trim();
    });
    await prove(page, (id) => people.approve(id), at);
    await receive(page, at);
    await click(page, "card-0");
    await seen(page, "renew");
    const values = await page.evaluate("[...document.querySelectorAll('main .rows.strong dd bdi')].map(({ innerText }) => innerText.trim())");
    assert.ok(values.length > 10, String(values));
    await shareWithShop(page, people.shopOrigin, "en", at);
    await page.open(`${people.walletOrigin}/`);
    await click(page, "unlock");
    await click(page, "tab-settings");
    await page.until("[...document.querySelectorAll('main dt')].some(({ innerText }) => innerText === 'Account')");
    const account = await page.evaluate("[...document.querySelectorAll('main dt')].find(({ innerText }) => innerText === 'Account').nextElementSibling.innerText.trim()");
    const long = values.filter((value) => Buffer.byteLength(value) >= 5);
    assert.ok(long.length > 4, String(long));
    const secrets = [...new Set(long), code, code.replaceAll("-", ""), account, "eyJhbGciOi", "dc+sd-jwt", "card_received", "refresh_token"];
    for (const state of ["open", "locked"]) {
      if (state === "locked") {
        await click(page, "lock");
        await seen(page, "unlock");
      }
      const { found, keys, files, size } = await findInStorage(page, secrets);
      assert.ok(size > 10_000, `${size} bytes cannot be all`);
      assert.deepEqual(found, [], state);
      assert.deepEqual(keys, [], state);
      assert.ok(files.length > 0 && files.every((file) => file === `${people.walletOrigin}/` || /\/(assets\/[^?#]+|[a-z0-9.-]+)$/.test(file.slice(people.walletOrigin.length))), String(files));
    }
    // The search finds what is there.
    await page.evaluate(`localStorage.setItem("planted", btoa(unescape(encodeURIComponent(${JSON.stringify(secrets[0])})))); history.replaceState({ code: ${JSON.stringify(code)} }, "")`);
    assert.deepEqual((await findInStorage(page, secrets)).found.sort(), [secrets[0], code].sort());
  },
  async "nobody touches an open wallet for five minutes, or it stands in the back for one: it locks, and says why"() {
    // The clock of the page alone goes on; what its timers are set to is kept.
    const source = `{
      window.later = 0; window.waits = [];
      const [now, wait] = [Date.now, window.setTimeout];
      Date.now = () => now() + window.later;
      window.setTimeout = (call, milliseconds, ...more) => { window.waits.push(milliseconds); return wait(call, milliseconds, ...more); };
    }`;
    const { page } = await newDevice(browser, { origin: people.walletOrigin, language: "ja", size: "phone", source });
    await register(page, people.walletOrigin);
    await seen(page, "prove");
    const passes = (milliseconds) => page.evaluate(`void (window.later += ${milliseconds})`);
    const touched = () => page.evaluate("window.waits.length = 0; document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift' })); window.waits");
    const isOpen = () => page.evaluate("document.getElementById('unlock') === null && document.getElementById('prove') !== null");
    const locked = async (words) => {
      await page.until(`document.getElementById("unlock") && document.querySelector("main .note")?.innerText.trim() === ${JSON.stringify(words)}`);
      assert.equal(await page.evaluate("document.getElementById('prove') === null && document.querySelector('nav') === null"), true);
      await click(page, "unlock");
      await seen(page, "prove");
    };
    const slack = 20_000; // this test itself takes its time
    // Each sign of life begins it anew.
    const about = (wait, milliseconds) => assert.ok(wait <= milliseconds && wait > milliseconds - 200, `${wait}`);
    about((await touched()).at(-1), 300_000);
    await passes(300_000 - slack);
    about((await touched()).at(-1), 300_000);
    assert.equal(await isOpen(), true);
    await passes(300_000);
    await touched();
    await locked("5 分間操作がなかったため、ロックしました。");

    const stands = (visibility) => page.evaluate(`Object.defineProperty(document, "visibilityState", { value: "${visibility}", configurable: true }); window.waits.length = 0; document.dispatchEvent(new Event("visibilitychange")); window.waits`);
    await touched();
    about((await stands("hidden")).at(-1), 60_000);
    await passes(60_000 - slack);
    await stands("visible");
    assert.equal(await isOpen(), true);
    await stands("hidden");
    await passes(60_000);
    await stands("visible");
    await locked("画面を離れていたため、ロックしました。");
  },
  async "without the server the wallet opens with the passkey and shows cards and history, and the details of each"() {
    const { page } = await open({ language: "ja", size: "phone" });
    const at = async () => {};
    await register(page, people.walletOrigin);
    await prove(page, (id) => people.approve(id), at);
    await receive(page, at);
    await keeps(page, "plain");
    await people.stop();
    await page.open(`${people.walletOrigin}/`);
    await click(page, "unlock");
    await seen(page, "card-0");
    await click(page, "tab-history");
    await page.until("document.querySelectorAll('main li').length >= 3");
    await click(page, await page.evaluate("document.querySelector('main [id^=event-]').id"));
    await page.until("document.querySelector('main h2')?.innerText.includes('カードを') && document.querySelectorAll('main .rows > div').length === 2");
    for (const id of ["tab-home", "card-0"]) await click(page, id);
    await seen(page, "renew");
    const rows = await page.evaluate("[...document.querySelectorAll('main .rows.strong > div')].map((row) => [row.querySelector('dt').innerText.trim(), row.querySelector('dd > bdi').innerText.trim(), row.querySelector('small')?.innerText.trim()])");
    for (const label of ["姓", "名", "生年月日", "20歳以上"]) assert.ok(rows.some(([one, value, from]) => one === label && value !== "" && /^出どころ: (?!発行者の記載なし)./.test(from)), `${label}: ${rows}`);
    assert.equal(await page.evaluate("document.getElementById('error')"), null);
    assert.ok(await page.evaluate("document.querySelectorAll('#card-history li').length >= 1"));
    writeFileSync(pictureFile(output, "story-offline-ja-phone"), await page.screenshot());
  },
};

let browser;
await playWithPeople({ chapters, part, people, directory, output, started: (one) => (browser = one) });
