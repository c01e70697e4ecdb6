// The wallet's page in a person's hand, with the real program behind it: what the stories of story.mjs and proof.mjs share.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, click, countViolations, seen, sizes, withNetwork } from "./hands.mjs";
import { addAuthenticator } from "./passkey.mjs";

// A new device with a passkey. `origin`: the wallet's; `source`: what else runs in each of its pages before their own scripts.
export async function newDevice(browser, { origin, language, size, source = "" }) {
  const page = await browser.page();
  const authenticator = await addAuthenticator(page, { ctap2Version: "ctap2_1", hasPrf: true });
  await page.send("Emulation.setDeviceMetricsOverride", { ...sizes[size], deviceScaleFactor: 1, mobile: false });
  await page.send("Page.addScriptToEvaluateOnNewDocument", {
    source: `${countViolations} ${withNetwork} if (location.origin === "${origin}") localStorage.setItem("mibun.language", "${language}"); ${source}`,
  });
  return { page, authenticator };
}

// Looks at the page as everybody must be able to, and photographs it into `file`.
export async function look(page, { file, size }) {
  await accessible(page, file);
  // As tall as what there is to see, or what stays at the window's edge would lie over it.
  const [width, height] = await page.evaluate("[innerWidth, document.documentElement.scrollHeight]");
  await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  writeFileSync(file, await page.screenshot());
  await page.send("Emulation.setDeviceMetricsOverride", { ...sizes[size], deviceScaleFactor: 1, mobile: false });
}
export const pictureFile = (output, name) => join(output, `${name}.png`);

// From the first screen to an empty wallet. `at`: what to do at the named screens.
export async function register(page, origin, at = async () => {}) {
  await page.open(`${origin}/`);
  await page.until("document.getElementById('start')");
  await at("welcome");
  for (const id of ["start", "agree", "accept", "register"]) await click(page, id);
  await page.until("document.getElementById('wrote')");
  await at("code");
  for (const id of ["wrote", "go-home"]) await click(page, id);
}
// From there to the first photo of a passport.
export async function beginProving(page) {
  for (const id of ["prove", "method-chip", "begin-proofing"]) await click(page, id);
  await photoWanted(page, "document");
}
export const photoWanted = (page, name) => page.until(`document.getElementById("photo-file")?.dataset.photo === "photo.${name}"`);

// From the shop's page, as a person on the same device, to its request in the wallet, which was locked.
export async function toRequestOfShop(page, shop, language) {
  await page.open(`${shop}/demo/verifier/${language}`);
  await click(page, "ask-same");
  await page.until("!document.getElementById('same').hidden");
  const atWallet = page.loads();
  await click(page, "wallet-link");
  await atWallet;
  await click(page, "unlock");
  await seen(page, "share");
}

// From there to the wallet and back, with what the shop asks for. `at`: what to do at the named screens.
const asked = { ja: ["名", "20歳以上"], en: ["Given name", "Aged 20 or over"] };
export async function shareWithShop(page, shop, language, at = async () => {}) {
  await toRequestOfShop(page, shop, language);
  const question = await page.evaluate("document.body.innerText");
  for (const word of asked[language]) assert.ok(question.includes(word), word);
  assert.equal(await page.evaluate("location.hash"), "");
  await at("consent");
  await click(page, "share");
  await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
  await at("shared");
  const atShop = page.loads();
  await click(page, "back-to-site");
  await atShop;
  await page.until("document.getElementById('result') && !document.getElementById('result').hidden");
  assert.equal(await page.evaluate("location.origin"), shop);
  assert.match(await page.evaluate("document.getElementById('claims').innerText"), /はい|Yes/);  // who comes back has the browser's language
}

export const caseState = (page, state) => page.until(`document.getElementById("case-state")?.dataset.state === "${state}"`);
export async function refreshedCase(page, state) {
  await click(page, "refresh-case");
  await caseState(page, state);
}
export const caseId = async (page) => /[A-Za-z0-9_-]{22}/.exec(await page.evaluate("document.querySelector('main').innerText"))[0];
export async function handInSample(page) {
  for (const id of ["sample-passport", "agree-proofing", "submit-proofing"]) await click(page, id);
}
// The whole of it without photos, with the sample passport. `reviewed(id)`: what decides the case.
export async function prove(page, reviewed, at = async () => {}) {
  await beginProving(page);
  for (const photo of ["document", "selfie"]) {
    await photoWanted(page, photo);
    await click(page, "photo-skip");
  }
  await handInSample(page);
  await caseState(page, "in_review");
  await at("in-review");
  await reviewed(await caseId(page));
  await refreshedCase(page, "approved");
}
export async function receive(page, at = async () => {}) {
  await click(page, "receive");
  await page.until("document.getElementById('add-agree')");
  await at("offer");
  await click(page, "add-agree");
  await page.until("document.getElementById('done-home')");
  await at("card-added");
  await click(page, "done-home");
  await page.until("document.getElementById('card-0')");
  await at("home");
}
