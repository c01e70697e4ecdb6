// The photos of an identity check by clicks, with the real program: taken by the camera (Chromium's own moving picture), asked
// for again by a reviewer, handed in from a file where the camera is not allowed, the files of the chip, and a rejection that is
// appealed.
//   node proof.mjs MIBUN OUTPUT [PART]     screenshots go to OUTPUT; only the chapters with PART in their name
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { Browser } from "./devtools.mjs";
import { click, quiet as quietBut, seen, type } from "./hands.mjs";
import { freePort, People } from "./people.mjs";
import { beginProving, caseId, caseState, handInSample, look as lookAt, newDevice, photoWanted, pictureFile, refreshedCase, register } from "./wallet_page.mjs";

const [mibun, output, part] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-proof-"));
const people = new People(mibun, join(directory, "world"), await freePort());

const look = (page, name) => lookAt(page, { file: pictureFile(output, `proof-${name}-ja-phone`), size: "phone" });
const quiet = (page) => quietBut(page, /status of 4/);

// A registered person at the first photo. Every track of a camera is remembered, so that it can be seen whether it ended.
async function atFirstPhoto({ camera }) {
  const { page } = await newDevice(browser, {
    origin: people.walletOrigin, language: "ja", size: "phone",
    source: `window.tracks = []; window.sent = [];
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => { const stream = await ask(wanted); tracks.push(...stream.getTracks()); return stream; };
      const send = window.fetch; window.fetch = (address, options) => { if (/submission$/.test(String(address?.url ?? address))) sent.push(options?.body); return send(address, options); };`,
  });
  if (!camera) await page.browser.send("Browser.setPermission", { permission: { name: "camera" }, setting: "denied", browserContextId: page.profile });
  await register(page, people.walletOrigin);
  await beginProving(page);
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
async function choose(page, files, field = "photo-file") {
  const { result } = await page.send("Runtime.evaluate", { expression: `document.getElementById("${field}")` });
  await page.send("DOM.setFileInputFiles", { files, objectId: result.objectId });
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
    await photoWanted(page, "selfie");
    await shoot(page);
    await click(page, "photo-use");
    await click(page, "sample-passport");
    await page.until("document.getElementById('sends-photo.selfie')?.naturalWidth >= 640");
    await look(page, "review-photos");
    await click(page, "again-photo.selfie");
    await photoWanted(page, "selfie");
    await shoot(page);
    await click(page, "photo-use");
    await page.until("document.getElementById('sends-photo.document')?.naturalWidth >= 640");
    for (const id of ["agree-proofing", "submit-proofing"]) await click(page, id);
    await caseState(page, "in_review");
    const files = await lastSubmission(page);
    for (const name of ["photo.document", "photo.selfie"]) assert.equal(decode(files[name]).readUInt16BE(0), 0xffd8, name);
    assert.ok("EF.SOD" in files);
    const id = await caseId(page);
    for (const name of ["photo.document", "photo.selfie"]) assert.match(shown("akari", id).text, new RegExp(name));

    operator("akari", ["ask-again", id, "--reason", "face_not_visible"]);
    await refreshedCase(page, "more_needed");
    await look(page, "more-needed");
    await click(page, "photos-again");
    await photoWanted(page, "selfie");
    await shoot(page);
    await click(page, "photo-use");
    await page.until("document.getElementById('sends-photo.selfie')?.naturalWidth >= 640");
    await click(page, "photos-send");
    await caseState(page, "in_review");
    assert.deepEqual(Object.keys(await lastSubmission(page)), ["photo.selfie"]);
    people.approve(id);
    await refreshedCase(page, "approved");
    await quiet(page);
  },
  async "what the companion wrote is handed in as files, once the person agreed, and approved"() {
    const page = await atFirstPhoto({ camera: true });
    for (const photo of ["document", "selfie"]) {
      await photoWanted(page, photo);
      await click(page, "photo-skip");
    }
    await seen(page, "chip-files");
    const challenge = (await page.evaluate("document.getElementById('challenge').innerText")).trim();
    // The companion: it lets the chip sign what stands on the screen, and writes one file for each of its own.
    const answer = await fetch(`${people.walletOrigin}/demo/passport`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ challenge }) });
    const { files, signature } = await answer.json();
    const paths = Object.entries(files).map(([name, text]) => {
      const path = join(directory, `${name}.bin`);
      writeFileSync(path, decode(text));
      return path;
    });
    writeFileSync(join(directory, "signature.bin"), decode(signature));
    await choose(page, paths, "chip-files");
    await choose(page, [join(directory, "signature.bin")], "chip-signature");
    // One byte of the zone was damaged on its way: said so, and nobody is asked to hand it in.
    const zone = decode(files["EF.DG1"]);
    zone[zone.length >> 1] ^= 1;
    mkdirSync(join(directory, "damaged"));
    const damaged = join(directory, "damaged", "EF.DG1.bin");
    writeFileSync(damaged, zone);
    await choose(page, paths.map((path) => (path.endsWith("EF.DG1.bin") ? damaged : path)), "chip-files");
    await click(page, "read-chip");
    await page.until("document.getElementById('error')?.dataset.code === 'emrtd_digest_mismatch'");
    assert.equal(await page.evaluate("document.getElementById('submit-proofing')"), null);
    await look(page, "damaged");
    // The companion writes it once more under the same name: what was chosen is no longer there.
    rmSync(damaged);
    await click(page, "read-chip");
    await page.until("document.getElementById('error')?.dataset.code === 'emrtd_file_missing'");
    await choose(page, paths, "chip-files");
    await click(page, "read-chip");
    await seen(page, "chip-review");
    await page.until("document.getElementById('portrait')?.naturalWidth > 0");
    const said = await page.evaluate("[...document.querySelectorAll('#chip-review dd')].map(({ innerText }) => innerText.trim())");
    assert.equal(said.length, 8, String(said));
    assert.ok(said.every((value) => value !== "" && value !== "null"), String(said));
    const mrz = decode(files["EF.DG1"]).toString("latin1");
    assert.ok(mrz.includes(said[0].replaceAll(" ", "<")) && mrz.includes(said[1].replaceAll(" ", "<")) && mrz.includes(said[6]), String(said));
    await look(page, "review");
    await click(page, "submit-proofing");
    await seen(page, "agree-proofing-error");
    assert.equal(await page.evaluate("document.activeElement.id"), "agree-proofing");
    assert.equal(await page.evaluate("sent.length"), 0);
    await click(page, "agree-proofing");
    await click(page, "submit-proofing");
    await caseState(page, "in_review");
    assert.deepEqual((await lastSubmission(page))["EF.SOD"], files["EF.SOD"]);
    people.approve(await caseId(page));
    await refreshedCase(page, "approved");
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
        await photoWanted(page, "document");
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
    await choose(page, [join(directory, "text.jpg")]);
    await page.until("document.getElementById('error')?.dataset.code === 'photo_malformed'");
    for (const name of ["document", "selfie"]) {
      await photoWanted(page, name);
      await choose(page, [await fileWithExif(page, `${name}.jpg`)]);
      await seen(page, "photo-taken");
      await click(page, "photo-use");
    }
    await handInSample(page);
    await caseState(page, "in_review");
    for (const name of ["photo.document", "photo.selfie"]) {
      const sent = decode((await lastSubmission(page))[name]);
      assert.equal(sent.includes("Exif") || sent.includes("kanaria7391"), false, name);
    }
    const id = await caseId(page);
    operator("akari", ["reject", id, "--reason", "portrait_mismatch"]);
    await refreshedCase(page, "rejected");
    await seen(page, "case-reason");
    await seen(page, "appeal-until");
    await look(page, "rejected");
    await click(page, "appeal");
    await seen(page, "appeal-text");
    await type(page, "appeal-text", "写真の人物は私です。");
    await click(page, "appeal-send");
    await caseState(page, "in_review");
    await look(page, "appealed");
    assert.match(shown("minoru", id).text, /写真の人物は私です。/);
    assert.throws(() => operator("akari", ["approve", id]), /case_same_reviewer/);
    people.approve(id, ["minoru", "sora"]);
    await refreshedCase(page, "approved");
    await quiet(page);
  },
};

let browser;
// Each chapter in a browser of its own: the flag that answers "allow" to every question would answer it where the camera is not
// allowed, too.
const flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
const inBrowser = (name, chapter) => async () => {
  const allowed = !name.includes("not allowed");
  browser = await Browser.start(process.env.CHROMIUM ?? "chromium", { spki: "", directory: mkdtempSync(join(directory, "profile-")), flags: allowed ? flags : flags.slice(0, 1) });
  await chapter().finally(() => browser.stop());
};
await playWithPeople({
  chapters: Object.fromEntries(Object.entries(chapters).map(([name, chapter]) => [name, inBrowser(name, chapter)])),
  part,
  people,
  directory,
  output,
  start: () => null,
});
