// The whole story by clicks, as a newcomer does it after ./run: the wallet's page, the shop's page and the office's, with the
// real program and nothing in its place. In both languages, on a phone and on a desktop.
//   node story.mjs MIBUN OUTPUT      screenshots go to OUTPUT
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Browser } from "./devtools.mjs";
import { approveInOffice, officeByKeyboard, officeRefusesOtherPages } from "./office.mjs";
import { addAuthenticator } from "./passkey.mjs";
import { People } from "./people.mjs";

const [mibun, output] = process.argv.slice(2);
const axe = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../../web/wallet/node_modules/axe-core/axe.min.js"), "utf8");
const directory = mkdtempSync(join(tmpdir(), "mibun-story-"));
const people = new People(mibun, join(directory, "world"), 20000 + (process.pid % 20000));
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
const words = { ja: { given: "名", over: "20歳以上", remove: "削除" }, en: { given: "Given name", over: "Aged 20 or over", remove: "delete" } };

// `older`: as a browser that cannot suspend the module by itself.
const open = async ({ language, size, older = false }) => {
  const page = await browser.page();
  if (older) await page.withoutSuspending();
  const authenticator = await addAuthenticator(page, { ctap2Version: "ctap2_1", hasPrf: true });
  await page.send("Emulation.setDeviceMetricsOverride", { ...sizes[size], deviceScaleFactor: 1, mobile: false });
  await page.send("Page.addScriptToEvaluateOnNewDocument", {
    source: `window.violations = []; document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective + " " + event.blockedURI));
      if (location.origin === "${people.walletOrigin}") localStorage.setItem("mibun.language", "${language}");`,
  });
  return { page, authenticator };
};
const seen = (page, id) => page.until(`document.getElementById(${JSON.stringify(id)})`);
const click = async (page, id) => {
  await page.until(`document.getElementById("${id}") && document.getElementById("${id}").ariaDisabled !== "true"`);
  await page.evaluate(`document.getElementById("${id}").click()`);
};
const type = (page, id, text) =>
  page.evaluate(`(() => { const field = document.getElementById("${id}"); field.value = ${JSON.stringify(text)}; field.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`);
const innerText = (page) => page.evaluate("document.body.innerText");
const arrives = (page) => new Promise((resolve) => page.on("Page.loadEventFired", resolve));

// Looked at by axe and photographed.
const look = (page, kind, size) => async (name) => {
  const violations = await page.evaluate(`(async () => { ${axe}; const { violations } = await axe.run(document); return violations.map(({ id, nodes }) => id + " " + nodes[0].html); })()`);
  assert.deepEqual(violations, [], name);
  // As tall as what there is to see, or what stays at the window's edge would lie over it.
  const [width, height] = await page.evaluate("[innerWidth, document.documentElement.scrollHeight]");
  await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  writeFileSync(join(output, `story-${name}-${kind}.png`), await page.screenshot());
  await page.send("Emulation.setDeviceMetricsOverride", { ...size, deviceScaleFactor: 1, mobile: false });
};
const quiet = async (page) => {
  assert.deepEqual(await page.evaluate("window.violations"), []);
  // A server that wants another DPoP nonce says so with 400; the browser notes that as an error.
  assert.deepEqual(page.problems.filter((one) => !/status of 400/.test(one)), []);
};

async function register(page, at) {
  await page.open(`${people.walletOrigin}/`);
  await seen(page, "start");
  await at("welcome");
  await click(page, "start");
  await click(page, "agree");
  await click(page, "accept");
  await click(page, "register");
  await seen(page, "wrote");
  assert.match(await innerText(page), /[0-9A-Z]{4}(-[0-9A-Z]{4}){5}/);
  await at("code");
  await click(page, "wrote");
  await click(page, "go-home");
}
// At the desk, in another browser than the person's.
async function approve({ language, size }, id) {
  const { page } = await open({ language, size });
  await approveInOffice({ page, origin: people.officeOrigin, language, id, at: look(page, `${language}-${size}`, sizes[size]), click: (one) => click(page, one), quiet: () => quiet(page) });
}
const approveByCommand = async (id) => {
  for (const one of ["reviewer-akari", "reviewer-minoru"]) people.reviewer(one, ["case", "approve", id]);
};
async function prove(page, at, reviewed) {
  await click(page, "prove");
  await click(page, "method-chip");
  await click(page, "begin-proofing");
  for (const photo of ["document", "selfie"]) {
    await page.until(`document.getElementById("photo-file")?.dataset.photo === "photo.${photo}"`);
    await click(page, "photo-skip");
  }
  await click(page, "sample-passport");
  await seen(page, "case-state");
  assert.equal(await page.evaluate("document.getElementById('case-state').dataset.state"), "in_review");
  await at("in-review");
  const id = /[A-Za-z0-9_-]{22}/.exec(await innerText(page))[0];
  await reviewed(id);
  await click(page, "refresh-case");
  await page.until("document.getElementById('case-state')?.dataset.state === 'approved'");
}
async function receive(page, at) {
  await click(page, "receive");
  await seen(page, "add-agree");
  await at("offer");
  await click(page, "add-agree");
  await seen(page, "done-home");
  await at("card-added");
  await click(page, "done-home");
  await seen(page, "card-0");
  await at("home");
}
// From the shop to the wallet and back, on one device.
async function share(page, at, language) {
  await page.open(`${people.shopOrigin}/demo/verifier/${language}`);
  await click(page, "ask-same");
  await page.until("!document.getElementById('same').hidden");
  const atWallet = arrives(page);
  await click(page, "wallet-link");
  await atWallet;
  await click(page, "unlock");
  await seen(page, "share");
  const asked = await innerText(page);
  for (const word of [words[language].given, words[language].over]) assert.ok(asked.includes(word), word);
  assert.equal(await page.evaluate("location.hash"), "");
  await at("consent");
  await click(page, "share");
  await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
  await at("shared");
  const atShop = arrives(page);
  await click(page, "back-to-site");
  await atShop;
  await page.until("document.getElementById('result') && !document.getElementById('result').hidden");
  assert.equal(await page.evaluate("location.origin"), people.shopOrigin);
  assert.match(await page.evaluate("document.getElementById('claims').innerText"), /はい|Yes/);  // who comes back has the browser's language
}
async function remember(page, at) {
  await page.open(`${people.walletOrigin}/`);
  await click(page, "unlock");
  await seen(page, "card-0");
  await click(page, "tab-history");
  await page.until("document.querySelectorAll('main li').length >= 4");
  await at("history");
}
async function remove(page, at, language) {
  await click(page, "tab-settings");
  await click(page, "delete-account");
  await seen(page, "confirm-word");
  await type(page, "confirm-word", words[language].remove);
  await click(page, "delete");
  await seen(page, "save-erasure");
  await at("deleted");
  await click(page, "finish");
  await seen(page, "start");
}

// Which of the module's two forms the page has fetched, and which of them its copy for offline has.
const formNames = { plain: /assets\/wallet_plain-/, asyncify: /assets\/wallet-/ };
async function takes(page, form) {
  const fetched = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.wasm'))");
  assert.equal(fetched.length, 1, String(fetched));
  assert.match(fetched[0], formNames[form]);
}
async function keeps(page, form) {
  const kept = await page.evaluate(`(async () => {
    await navigator.serviceWorker.ready;
    const names = [];
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) names.push(url);
    return names.filter((name) => name.endsWith(".wasm"));
  })()`);
  assert.equal(kept.length, 1, String(kept));
  assert.match(kept[0], formNames[form]);
}

async function tell({ language, size, older = false }) {
  const { page } = await open({ language, size, older });
  const at = look(page, `${language}-${size}`, sizes[size]);
  await register(page, at);
  await takes(page, older ? "asyncify" : "plain");
  await prove(page, at, (id) => approve({ language, size }, id));
  await receive(page, at);
  await share(page, at, language);
  await remember(page, at);
  await quiet(page);
  await remove(page, at, language);
}

const chapters = {
  "by clicks, in Japanese, on a phone": () => tell({ language: "ja", size: "phone" }),
  "by clicks, in English, on a desktop, in a browser that cannot suspend": () => tell({ language: "en", size: "desktop", older: true }),
  async "the office: by the keyboard alone, in the dark, and nobody decides twice"() {
    const { page } = await open({ language: "en", size: "phone" });
    people.register();
    await officeByKeyboard({ page, origin: people.officeOrigin, at: look(page, "en-phone", sizes.phone), quiet: () => quiet(page), newCase: () => people.prove() });
  },
  async "the office: a page of another origin makes it do nothing"() {
    const { page } = await open({ language: "en", size: "desktop" });
    await officeRefusesOtherPages({ page, browser, origin: people.officeOrigin, id: people.prove(), looks: () => people.looks() });
  },
  async "without the server the wallet opens with the passkey and shows cards and history"() {
    const { page } = await open({ language: "ja", size: "phone" });
    const at = async () => {};
    await register(page, at);
    await prove(page, at, approveByCommand);
    await receive(page, at);
    await keeps(page, "plain");
    people.server.kill("SIGTERM");
    await new Promise((gone) => people.server.once("exit", gone));
    await page.open(`${people.walletOrigin}/`);
    await click(page, "unlock");
    await seen(page, "card-0");
    await click(page, "tab-history");
    await page.until("document.querySelectorAll('main li').length >= 3");
    writeFileSync(join(output, "story-offline-ja-phone.png"), await page.screenshot());
  },
};

let browser;
let failed = 0;
try {
  mkdirSync(output, { recursive: true });
  await people.serve();
  browser = await Browser.start(process.env.CHROMIUM ?? "chromium", { spki: "", directory: join(directory, "profile") });
  for (const [name, chapter] of Object.entries(chapters)) {
    try {
      await chapter();
      console.log(`ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  }
} finally {
  await browser?.stop();
  if (people.server?.exitCode === null && people.server.signalCode === null) {
    people.server.kill("SIGTERM");
    await new Promise((gone) => people.server.once("exit", gone));
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
console.log(`${Object.keys(chapters).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
