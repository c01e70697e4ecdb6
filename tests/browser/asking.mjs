// Someone asks, and it is not simply shared: the person stops, or the shop stands on another screen and its code has to be
// read by the camera and its digits typed. By clicks, with the real program behind the wallet's page and the shop's.
//   node asking.mjs MIBUN OUTPUT [PART]     screenshots go to OUTPUT; only the chapters with PART in their name
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { darkFilm, filmFlags, filmOfImage } from "./film.mjs";
import { click, quiet as quietBut, seen, type } from "./hands.mjs";
import { freePort, People } from "./people.mjs";
import { look as lookAt, newDevice, pictureFile, prove, receive, register, toRequestOfShop } from "./wallet_page.mjs";

const [mibun, output, part] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-asking-"));
const people = new People(mibun, join(directory, "world"), await freePort());
const film = join(directory, "camera.y4m");
writeFileSync(film, darkFilm());

const words = {
  ja: { stopped: "提供は中止されました。お店には何も伝わっていません。", entry: "提供を中止しました", shop: "デモのお店 (mibun)", yes: "はい", less: "確かさは低め", often: "番号を間違えた回数が上限に達しました" },
  en: { stopped: "Sharing was stopped. The shop learned nothing.", entry: "Sharing stopped", shop: "Demo shop (mibun)", yes: "Yes", less: "less certain", often: "The number was wrong too often" },
};
const text = (page, id) => page.evaluate(`document.getElementById("${id}").innerText.trim()`);
const look = ({ language, size }) => (page, name) => lookAt(page, { file: pictureFile(output, `asking-${name}-${language}-${size}`), size });
const outcomeIs = (page, name) => page.until(`document.getElementById("outcome")?.dataset.outcome === "${name}"`);
// A server that wants another DPoP nonce says so with 400; a shop that gets nothing with 409, a wrong code is a 403, and a
// request that takes no answer any more is a 404. The browser notes each as an error.
const quiet = (page) => quietBut(page, /status of 40[0349]/);

// A wallet with a card of ten copies, on a device whose camera is the film.
async function withCard(kind) {
  const { page } = await newDevice(browser, { origin: people.walletOrigin, ...kind });
  await register(page, people.walletOrigin);
  await prove(page, (id) => people.approve(id));
  await receive(page);
  return page;
}
async function copiesLeft(page) {
  await click(page, "tab-home");
  await seen(page, "card-0");
  return page.evaluate("Number(document.querySelector('#card-0 meter').value)");
}
// The answers that go to the shop's server from now on: their names, decoded.
function answersOf(page) {
  const sent = [];
  page.on("Network.requestWillBeSent", ({ request }) => {
    if (request.method !== "POST" || !new URL(request.url).pathname.startsWith("/oid4vp/")) return;
    const body = request.postData ?? Buffer.concat((request.postDataEntries ?? []).map(({ bytes }) => Buffer.from(bytes, "base64"))).toString();
    sent.push([...new URLSearchParams(body).keys()].sort().join(" "));
  });
  return sent;
}
// What the shop's server would give the shop's page for its request.
const resultAtShop = (page) => page.evaluate(`fetch("/demo/verifier/result", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }).then(async (answer) => [answer.status, (await answer.json()).code])`);

async function refuse(kind) {
  const { language } = kind;
  const said = words[language];
  const at = look(kind);
  const page = await withCard(kind);
  await toRequestOfShop(page, people.shopOrigin, language);
  const sent = answersOf(page);
  // Thought better of, and then not.
  for (const id of ["stop", "confirm-no", "stop", "confirm-yes"]) await click(page, id);
  await outcomeIs(page, "refused");
  assert.deepEqual(sent, ["error state"]);
  await at(page, "refused");
  const atShop = page.loads();
  await click(page, "back-to-site");
  await atShop;
  // Who comes back has the browser's language.
  await page.until(`${JSON.stringify([words.ja.stopped, words.en.stopped])}.includes(document.getElementById("status")?.innerText)`);
  assert.equal(await page.evaluate("location.origin"), people.shopOrigin);
  assert.equal(await page.evaluate("document.getElementById('result').hidden"), true);
  await at(page, "refused-at-shop");

  await page.open(`${people.walletOrigin}/`);
  await click(page, "unlock");
  assert.equal(await copiesLeft(page), 10);
  await click(page, "tab-history");
  await page.until("document.querySelector('main [id^=event-]')");
  const entry = await page.evaluate("document.querySelector('main [id^=event-]').id");
  for (const word of [said.entry, said.shop]) assert.ok((await text(page, entry)).includes(word), word);
  for (const id of [entry, "report-partner", "reason-looks_fake"]) await click(page, id);
  await type(page, "report-text", "身に覚えがありません。");
  await at(page, "refused-report");
  await click(page, "send-report");
  await seen(page, "report-done");
  await quiet(page);
}

// The shop on a screen of its own asks, and the device's camera reads what it shows.
async function askedAcross(page, kind) {
  const { page: shop } = await newDevice(browser, { origin: people.walletOrigin, ...kind });
  await shop.open(`${people.shopOrigin}/demo/verifier/${kind.language}`);
  await click(shop, "ask-cross");
  await shop.until("document.getElementById('qr').naturalWidth > 0 && document.getElementById('code').innerText.length === 6");
  writeFileSync(film, await filmOfImage(shop, "qr"));
  for (const id of ["tab-scan", "camera"]) await click(page, id);
  await seen(page, "same-site");
  // The person compares; the shop's page names its address.
  assert.equal(await text(page, "website"), await text(shop, "known-as-address"));
  assert.equal(await text(page, "website"), people.origin);
  const code = await text(shop, "code");
  const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
  return { shop, code, wrong };
}
async function shareWith(page, code) {
  await click(page, "same-site");
  await type(page, "pairing-code", code);
  await click(page, "share");
}
const codeAgain = (page) => page.until("document.getElementById('send-code') && document.activeElement.tagName === 'H1' && document.getElementById('pairing-code').value === ''");
async function sendCode(page, code) {
  await type(page, "pairing-code", code);
  await click(page, "send-code");
}

const chapters = {
  "refused by clicks, in Japanese, on a phone: the shop is told and gets nothing, and it is remembered and reported": () => refuse({ language: "ja", size: "phone" }),
  "refused by clicks, in English, on a desktop: the shop is told and gets nothing, and it is remembered and reported": () => refuse({ language: "en", size: "desktop" }),
  async "on another device: the camera reads the shop's screen, a wrong code is asked for again, and with the right one the shop shows the facts"() {
    const kind = { language: "ja", size: "phone" };
    const at = look(kind);
    const page = await withCard(kind);
    const { shop, code, wrong } = await askedAcross(page, kind);
    // Without the tick and the digits nothing goes out.
    const sent = answersOf(page);
    await click(page, "share");
    await seen(page, "same-site-error");
    await seen(page, "pairing-code-error");
    await at(page, "pairing");
    await at(shop, "pairing-at-shop");
    assert.deepEqual(sent, []);
    await shareWith(page, wrong);
    await codeAgain(page);
    await at(page, "code-again");
    assert.equal((await resultAtShop(shop))[1], "result_not_ready");
    await sendCode(page, "12345"); // not six
    await seen(page, "pairing-code-error");
    assert.equal(sent.length, 1);
    await sendCode(page, code);
    await outcomeIs(page, "shared");
    await shop.until("!document.getElementById('result').hidden");
    const facts = await text(shop, "claims");
    for (const word of [words.ja.yes, words.ja.less]) assert.ok(facts.includes(word), facts);
    assert.equal(sent.length, 2);
    await at(shop, "pairing-facts");
    assert.equal(await copiesLeft(page), 9);
    await quiet(page);
    await quiet(shop);
  },
  async "on another device: the person stops at the code, and another time is locked out after five wrong ones; the shop says so"() {
    const kind = { language: "en", size: "phone" };
    const page = await withCard(kind);
    const stopped = await askedAcross(page, kind);
    await shareWith(page, stopped.wrong);
    await codeAgain(page);
    await click(page, "stop");
    await outcomeIs(page, "refused");
    await stopped.shop.until(`document.getElementById("status").innerText === ${JSON.stringify(words.en.stopped)}`);
    assert.deepEqual(await resultAtShop(stopped.shop), [409, "request_refused_by_holder"]);

    const { shop, wrong } = await askedAcross(page, kind);
    await shareWith(page, wrong);
    for (let tried = 1; tried < 5; ++tried) {
      await codeAgain(page);
      await sendCode(page, wrong);
    }
    await outcomeIs(page, "pairing_code_locked");
    await shop.until(`document.getElementById("status").innerText.startsWith(${JSON.stringify(words.en.often)})`);
    await look(kind)(shop, "code-locked");
    // The right digits come too late: who scans it again is told so.
    for (const id of ["tab-scan", "camera"]) await click(page, id);
    await page.until("document.getElementById('error')");
    assert.equal(await page.evaluate("document.getElementById('share')"), null);
    assert.deepEqual(await resultAtShop(shop), [409, "pairing_code_locked"]);
    assert.equal(await copiesLeft(page), 8);
    await quiet(page);
    await quiet(shop);
  },
};

let browser;
await playWithPeople({ chapters, part, people, directory, output, started: (one) => (browser = one), flags: filmFlags(film) });
