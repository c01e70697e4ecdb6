// What breaks off halfway, with the real program: an answer that gets lost on the way to the organisation or on the way back, a
// card whose receiving is cut off or whose passkey is cancelled. The page says what is true, and no button is left that can
// only fail.
//   node stopped.mjs MIBUN OUTPUT [PART]     screenshots go to OUTPUT; only the chapters with PART in their name
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { click, quiet as quietBut, seen } from "./hands.mjs";
import { freePort, People } from "./people.mjs";
import { look as lookAt, newDevice, pictureFile, prove, receive, register, toRequestOfShop } from "./wallet_page.mjs";

const [mibun, output, part] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-stopped-"));
const people = new People(mibun, join(directory, "world"), await freePort());
const size = "phone";

const textOf = (page) => page.evaluate("document.querySelector('main').innerText");
const isThere = (page, id) => page.evaluate(`document.getElementById("${id}") !== null`);
const look = (page, language, name) => lookAt(page, { file: pictureFile(output, `stopped-${name}-${language}-${size}`), size });
// What a server refuses, and a test that breaks connections off, the browser notes as an error.
const quiet = (page) => quietBut(page, /status of 4|ERR_/);

// From now on requests to addresses of this pattern are cut: before they are sent, or when the answer is on its way. Call what
// is returned to let them through; it says how many there were.
async function cut(page, pattern, requestStage) {
  let count = 0;
  page.on("Fetch.requestPaused", ({ requestId }) => {
    count += 1;
    void page.send("Fetch.failRequest", { requestId, errorReason: "ConnectionReset" });
  });
  await page.send("Network.setBypassServiceWorker", { bypass: true });
  await page.send("Fetch.enable", { patterns: [{ urlPattern: pattern, requestStage }] });
  return async () => {
    await page.send("Fetch.disable");
    return count;
  };
}

// A device whose identity check is approved; the card is not there yet.
async function proved(language) {
  const { page } = await newDevice(browser, { origin: people.walletOrigin, language, size });
  await register(page, people.walletOrigin);
  await prove(page, (id) => people.approve(id));
  return page;
}
const asked = (page, language) => toRequestOfShop(page, people.shopOrigin, language);
const outcomeIs = (page, outcome) => page.until(`document.getElementById("outcome")?.dataset.outcome === "${outcome}"`);
const stoppedWith = (page, next) => page.until(`document.getElementById("stopped")?.dataset.next === "${next}"`);

const mayHaveArrived = { ja: /届いたかもしれません/, en: /may have it/ };
// Lost in one direction: the page cannot know in which, and says so.
async function losesAnswer(language, requestStage) {
  const page = await proved(language);
  await receive(page);
  await asked(page, language);
  const open = await page.evaluate("document.getElementById('about-asker').open");
  assert.equal(open, false, "who wants to know looks it up");
  await page.evaluate("document.getElementById('about-asker').open = true");
  const about = await page.evaluate("document.getElementById('about-asker').innerText");
  assert.match(about, /mibun verifier access/, "who issued the certificate");
  assert.match(about, /x509_/, "the client's id");

  const letThrough = await cut(page, "*/oid4vp/responses/*", requestStage);
  await click(page, "share");
  await outcomeIs(page, "perhaps");
  assert.match(await textOf(page), mayHaveArrived[language]);
  for (const id of ["share", "stop"]) assert.equal(await isThere(page, id), false, id);
  await look(page, language, `lost-${requestStage.toLowerCase()}`);
  assert.equal(await letThrough(), 1, "nothing is sent twice by itself");
  await click(page, "see-entry");
  await seen(page, "report-partner");
  assert.match(await textOf(page), language === "ja" ? /提供が届いたか確認できません/ : /Sharing may have failed/);
  return page;
}
const receiptsOf = async (page) => {
  await click(page, "tab-history");
  await click(page, "receipts");
  await page.until("document.querySelector('main h1') && !document.querySelector('main .progress')");
  return page;
};

const chapters = {
  async "an answer whose way back is cut may have arrived: it is said, the record leads to it, and the receipt tells"() {
    const page = await losesAnswer("ja", "Response");
    await receiptsOf(page);
    await page.until("document.querySelector('main .signed')"); // it had arrived
    await quiet(page);
  },
  async "an answer that was cut on its way may have arrived, for the wallet: there is no receipt, and the shop can ask again"() {
    const page = await losesAnswer("en", "Request");
    await receiptsOf(page);
    assert.equal(await page.evaluate("document.querySelector('main .signed')"), null);
    await asked(page, "en");
    await click(page, "share");
    await outcomeIs(page, "shared");
    await quiet(page);
  },
  async "a card whose receiving is cut off goes on where it was, and is received once"() {
    for (const [language, pattern] of [["ja", "*/oid4vci/nonce"], ["en", "*/oauth/token"]]) {
      const page = await proved(language);
      await click(page, "receive");
      await seen(page, "add-agree");
      const letThrough = await cut(page, pattern, "Request");
      await click(page, "add-agree");
      await stoppedWith(page, "again");
      assert.equal(await isThere(page, "add-agree"), false);
      await look(page, language, "cut");
      assert.equal(await letThrough(), 1);
      await click(page, "add-again");
      await seen(page, "keep-not"); // the card; the screen before had a way home, too
      await click(page, "done-home");
      await seen(page, "card-0");
      assert.equal(await isThere(page, "card-1"), false);
      await quiet(page);
    }
  },
  async "a passkey that is cancelled while a card is added: it goes on, or is left"() {
    const page = await proved("ja");
    const cancels = (yes) => page.evaluate(yes
      ? `{ const { credentials } = navigator; globalThis.realGet = credentials.get; globalThis.cancelled = 0; credentials.get = () => (cancelled++, Promise.reject(new DOMException("", "NotAllowedError"))); } 0`
      : "navigator.credentials.get = globalThis.realGet; 0");
    await click(page, "receive");
    await seen(page, "add-agree");
    await cancels(true);
    await click(page, "add-agree");
    await stoppedWith(page, "again");
    assert.match(await textOf(page), /パスキーの確認が取り消されたか/);
    await look(page, "ja", "cancelled");
    await click(page, "add-again");
    await page.until("cancelled === 2");
    await stoppedWith(page, "again");
    await cancels(false);
    await click(page, "add-again");
    await seen(page, "keep-not");
    await click(page, "done-home");
    await seen(page, "card-0");

    // Left: nothing of it is there, and the offer can be asked for anew.
    for (const id of ["prove", "case-status", "receive"]) await click(page, id);
    await seen(page, "add-agree");
    await cancels(true);
    await click(page, "add-agree");
    await stoppedWith(page, "again");
    await click(page, "done-home");
    await seen(page, "card-0");
    await cancels(false);
    assert.equal(await isThere(page, "card-1"), false);
    await quiet(page);
  },
};

let browser;
await playWithPeople({
  chapters,
  part,
  people,
  directory,
  output,
  async started(one) {
    browser = one;
  },
});
