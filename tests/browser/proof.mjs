// The photos of an identity check by clicks, with the real program: taken by the camera (Chromium's own moving picture), asked
// for again by a reviewer, handed in from a file where the camera is not allowed, and a rejection that is appealed.
//   node proof.mjs MIBUN OUTPUT      screenshots go to OUTPUT
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Browser } from "./devtools.mjs";
import { addAuthenticator } from "./passkey.mjs";
import { People } from "./people.mjs";

const [mibun, output] = process.argv.slice(2);
const axe = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../../web/wallet/node_modules/axe-core/axe.min.js"), "utf8");
const directory = mkdtempSync(join(tmpdir(), "mibun-proof-"));
const people = new People(mibun, join(directory, "world"), 20000 + (process.pid % 20000));

const seen = (page, id) => page.until(`document.getElementById(${JSON.stringify(id)})`);
const click = async (page, id) => {
  await page.until(`document.getElementById("${id}") && document.getElementById("${id}").ariaDisabled !== "true"`);
  await page.evaluate(`document.getElementById("${id}").click()`);
};
const photo = (page, name) => page.until(`document.getElementById("photo-file")?.dataset.photo === "photo.${name}"`);
const caseState = (page, state) => page.until(`document.getElementById("case-state")?.dataset.state === "${state}"`);
const idOf = async (page) => /[A-Za-z0-9_-]{22}/.exec(await page.evaluate("document.querySelector('main').innerText"))[0];
const look = async (page, name) => {
  assert.deepEqual(await page.evaluate(`(async () => { ${axe}; const { violations } = await axe.run(document); return violations.map(({ id, nodes }) => id + " " + nodes[0].html); })()`), [], name);
  writeFileSync(join(output, `proof-${name}-ja-phone.png`), await page.screenshot());
};
const quiet = async (page) => {
  assert.deepEqual(await page.evaluate("window.violations"), []);
  assert.deepEqual(page.problems.filter((one) => !/status of 4/.test(one)), []);
};

// A registered person at the first photo. Every track of a camera is remembered, so that it can be seen whether it ended.
async function atFirstPhoto({ camera }) {
  const page = await browser.page();
  await addAuthenticator(page, { ctap2Version: "ctap2_1", hasPrf: true });
  await page.send("Emulation.setDeviceMetricsOverride", { width: 390, height: 844, deviceScaleFactor: 1, mobile: false });
  await page.send("Page.addScriptToEvaluateOnNewDocument", {
    source: `window.violations = []; window.tracks = []; window.sent = [];
      document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective + " " + event.blockedURI));
      localStorage.setItem("mibun.language", "ja");
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => { const stream = await ask(wanted); tracks.push(...stream.getTracks()); return stream; };
      const send = window.fetch; window.fetch = (address, options) => { if (/submission$/.test(String(address?.url ?? address))) sent.push(options?.body); return send(address, options); };`,
  });
  if (!camera) await page.browser.send("Browser.setPermission", { permission: { name: "camera" }, setting: "denied", browserContextId: page.profile });
  await page.open(`${people.walletOrigin}/`);
  for (const id of ["start", "agree", "accept", "register", "wrote", "go-home", "prove", "method-chip", "begin-proofing"]) await click(page, id);
  await photo(page, "document");
  return page;
}
const cameraIsOff = (page) => page.until("tracks.length > 0 && tracks.every(({ readyState }) => readyState === 'ended')");
async function shoot(page) {
  await click(page, "photo-camera");
  await page.until("document.getElementById('photo-hint').dataset.hint");
  assert.equal(await page.evaluate("tracks.at(-1).readyState"), "live");
  await click(page, "photo-shutter");
  await page.until("document.getElementById('photo-taken')?.naturalWidth >= 640");
  await cameraIsOff(page);
}
const operator = (one, words) => people.reviewer(`reviewer-${one}`, ["case", ...words]);
const shown = (one, id) => operator(one, ["show", id]);

// A file of the person's: a JPEG with EXIF that says where it was taken, as a phone writes it.
async function fileWithExif(page, name) {
  const base64 = await page.evaluate(`(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1600, height: 1200 });
    const context = canvas.getContext("2d"); context.fillStyle = "#777"; context.fillRect(0, 0, 1600, 1200); context.fillStyle = "#fff"; context.fillText("PASSPORT", 400, 400);
    return canvas.toDataURL("image/jpeg").split(",")[1];
  })()`);
  const plain = Buffer.from(base64, "base64");
  const exif = Buffer.from("Exif\0\0MM\0*\0\0\0\b\0\0GPS-kanaria7391", "latin1");
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif]);
  const path = join(directory, name);
  writeFileSync(path, Buffer.concat([plain.subarray(0, 2), segment, plain.subarray(2)]));
  return path;
}
async function choose(page, path) {
  const { result } = await page.send("Runtime.evaluate", { expression: "document.getElementById('photo-file')" });
  await page.send("DOM.setFileInputFiles", { files: [path], objectId: result.objectId });
}
// What the page sent for the last submission.
async function lastSubmission(page) {
  const body = await page.evaluate("(async () => { const body = sent.at(-1); return typeof body === 'string' ? body : new TextDecoder().decode(body); })()");
  return JSON.parse(body).files;
}
const decode = (text) => Buffer.from(text, "base64url");

const chapters = {
  async "the camera takes both photos; reviewers have them; a better one is asked for; approved"() {
    const page = await atFirstPhoto({ camera: true });
    await look(page, "document");
    await shoot(page);
    await look(page, "taken");
    await click(page, "photo-again");
    await shoot(page);
    await click(page, "photo-use");
    await photo(page, "selfie");
    await shoot(page);
    await click(page, "photo-use");
    await click(page, "sample-passport");
    await caseState(page, "in_review");
    const files = await lastSubmission(page);
    for (const name of ["photo.document", "photo.selfie"]) assert.equal(decode(files[name]).readUInt16BE(0), 0xffd8, name);
    assert.ok("EF.SOD" in files);
    const id = await idOf(page);
    for (const name of ["photo.document", "photo.selfie"]) assert.match(shown("akari", id).text, new RegExp(name));

    operator("akari", ["ask-again", id, "--reason", "face_not_visible"]);
    await click(page, "refresh-case");
    await caseState(page, "more_needed");
    await look(page, "more-needed");
    await click(page, "photos-again");
    await photo(page, "selfie");
    await shoot(page);
    await click(page, "photo-use");
    await click(page, "photos-send");
    await caseState(page, "in_review");
    assert.deepEqual(Object.keys(await lastSubmission(page)), ["photo.selfie"]);
    for (const one of ["akari", "minoru"]) operator(one, ["approve", id]);
    await click(page, "refresh-case");
    await caseState(page, "approved");
    await quiet(page);
  },
  async "leaving the photo, and locking, switch the camera off"() {
    const page = await atFirstPhoto({ camera: true });
    for (const way of ["back", "photo-stop", "lock"]) {
      await click(page, "photo-camera");
      await seen(page, "photo-shutter");
      assert.equal(await page.evaluate("tracks.at(-1).readyState"), "live", way);
      await click(page, way);
      await cameraIsOff(page);
      if (way === "back") {
        for (const id of ["method-chip", "begin-proofing"]) await click(page, id);
        await photo(page, "document");
      }
    }
    await seen(page, "unlock");
    await quiet(page);
  },
  async "where the camera is not allowed, files are handed in, without what the camera wrote into them; a rejection is appealed"() {
    const page = await atFirstPhoto({ camera: false });
    await click(page, "photo-camera");
    await seen(page, "camera-trouble");
    await look(page, "not-allowed");
    writeFileSync(join(directory, "text.jpg"), "hello");
    await choose(page, join(directory, "text.jpg"));
    await page.until("document.getElementById('error')?.dataset.code === 'photo_malformed'");
    for (const name of ["document", "selfie"]) {
      await photo(page, name);
      await choose(page, await fileWithExif(page, `${name}.jpg`));
      await seen(page, "photo-taken");
      await click(page, "photo-use");
    }
    await click(page, "sample-passport");
    await caseState(page, "in_review");
    for (const name of ["photo.document", "photo.selfie"]) {
      const sent = decode((await lastSubmission(page))[name]);
      assert.equal(sent.includes("Exif") || sent.includes("kanaria7391"), false, name);
    }
    const id = await idOf(page);
    operator("akari", ["reject", id, "--reason", "portrait_mismatch"]);
    await click(page, "refresh-case");
    await caseState(page, "rejected");
    await seen(page, "case-reason");
    await seen(page, "appeal-until");
    await look(page, "rejected");
    await click(page, "appeal");
    await seen(page, "appeal-text");
    await page.evaluate(`(() => { const field = document.getElementById("appeal-text"); field.value = "写真の人物は私です。"; field.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`);
    await click(page, "appeal-send");
    await caseState(page, "in_review");
    await look(page, "appealed");
    assert.match(shown("minoru", id).text, /写真の人物は私です。/);
    assert.throws(() => operator("akari", ["approve", id]), /case_same_reviewer/);
    for (const one of ["minoru", "sora"]) operator(one, ["approve", id]);
    await click(page, "refresh-case");
    await caseState(page, "approved");
    await quiet(page);
  },
};

let browser;
let failed = 0;
try {
  mkdirSync(output, { recursive: true });
  await people.serve();
  const flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  for (const [name, chapter] of Object.entries(chapters)) {
    // The flag that answers "allow" to every question would answer it here, too.
    const allowed = !name.includes("not allowed");
    browser = await Browser.start(process.env.CHROMIUM ?? "chromium", { spki: "", directory: mkdtempSync(join(directory, "profile-")), flags: allowed ? flags : flags.slice(0, 1) });
    try {
      await chapter();
      console.log(`ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
    await browser.stop();
    browser = undefined;
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
