// The demonstration's page in Debian's Chromium: what people see, with the keyboard alone, in both languages, and each way
// to share, the Digital Credentials API with Chromium's virtual wallet among them; and the page to sign in (sign_in.mjs).
//   node browser.mjs MIBUN OUTPUT [PART..]   screenshots go to OUTPUT; only the chapters with a PART in their name
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { play } from "./chapters.mjs";
import { Browser } from "./devtools.mjs";
import { accessible } from "./hands.mjs";
import { readSvg } from "../interop/qr_reader.mjs";
import { startServer } from "../interop/real_server.mjs";
import { freePort, People, spkiOf } from "./people.mjs";
import { loopbackChapters } from "./loopback.mjs";
import { addAuthenticator } from "./passkey.mjs";
import { signInChapters, signInServerParts } from "./sign_in.mjs";

const [mibun, output, ...parts] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-browser-"));
const people = new People(mibun, join(directory, "world"), await freePort());
const shop = `${people.origin}/demo/verifier`;
let browser;

const open = async (url) => {
  const page = await browser.page();
  await page.open(url);
  return page;
};
// Keeps a picture of what is there, which everybody must be able to read in both themes.
async function picture(page, name) {
  writeFileSync(join(output, `${name}.png`), await page.screenshot());
  const inTheme = (...features) => page.send("Emulation.setEmulatedMedia", { features });
  for (const value of ["light", "dark"]) {
    await inTheme({ name: "prefers-color-scheme", value });
    await accessible(page, `${name}, ${value}`);
  }
  await inTheme();
}
const text = (page, id) => page.evaluate(`document.getElementById(${JSON.stringify(id)}).innerText`);
const quiet = (page) => assert.deepEqual(page.problems, []);

// The virtual wallet must know its answer before the page asks, and the answer depends on the request: the server's answer
// is held back until the wallet has made it.
async function answerForBrowser(page, change = (answer) => answer) {
  await page.send("Fetch.enable", { patterns: [{ urlPattern: "*/demo/verifier/requests", requestStage: "Response" }] });
  page.on("Fetch.requestPaused", async ({ requestId }) => {
    const { body, base64Encoded } = await page.send("Fetch.getResponseBody", { requestId });
    const { dc_api_requests } = JSON.parse(Buffer.from(body, base64Encoded ? "base64" : "utf8").toString());
    assert.deepEqual(dc_api_requests.map((one) => one.protocol), ["openid4vp-v1-signed", "openid4vp-v1-multisigned", "openid4vp-v1-unsigned"]);
    const file = join(directory, "handed-over.json");
    writeFileSync(file, JSON.stringify(dc_api_requests[0]));
    const { protocol, data } = change(people.presentToBrowser(file, people.origin));
    await page.send("DigitalCredentials.setVirtualWalletBehavior", { action: "respond", protocol, response: data });
    await page.key("a", "KeyA");  // the wallet took a while: the browser wants to know that somebody is still there
    await page.send("Fetch.continueRequest", { requestId });
  });
}

const chapters = {
  async "the page in both languages, reached with the keyboard alone"() {
    for (const [language, title, note] of [["ja", "年齢の確認", "これはデモです。実際のお店ではありません。"], ["en", "Age check", "This is a demonstration, not a real shop."]]) {
      const page = await open(`${shop}/${language}`);
      assert.equal(await page.evaluate("document.documentElement.lang"), language);
      assert.equal(await page.evaluate("document.querySelector('h1').innerText"), title);
      assert.equal(await text(page, "demo-note"), note);
      for (const id of ["ask-browser", "ask-same", "ask-cross"]) await page.tabTo(id);
      // What a screen reader says: every control has a name, in this language only.
      const { nodes } = await page.send("Accessibility.getFullAXTree");
      const names = nodes.filter((node) => ["button", "link"].includes(node.role?.value) && !node.ignored).map((node) => node.name?.value);
      assert.equal(names.length, 5);
      assert.ok(names.every((name) => name && /[ぁ-ん一-龠]/.test(name) === (language === "ja") || ["日本語", "English"].includes(name)), names.join(", "));
      await picture(page, `page-${language}`);
      quiet(page);
    }
  },

  async "the content policy: no inline script runs, and this test would notice"() {
    const page = await open(`${shop}/en`);
    await page.evaluate("(() => { const one = document.createElement('script'); one.append('window.inline = true'); document.body.append(one); })()").catch(() => {});
    await page.evaluate("(() => { document.body.setAttribute('onclick', 'window.inline = true'); document.body.click(); })()").catch(() => {});
    assert.equal(await page.evaluate("window.inline"), undefined);
    assert.ok(page.problems.length > 0, "a violation is seen in the log");
  },

  async "the wallet's page in its folder beside the server: somebody registers, and it is kept for offline use"() {
    const page = await browser.page();
    await addAuthenticator(page, { ctap2Version: "ctap2_1", hasPrf: true });
    await page.open(`${people.origin}/wallet`);
    for (const id of ["start", "agree", "accept", "register", "wrote", "go-home", "tab-settings"]) {
      await page.until(`document.getElementById("${id}") && document.getElementById("${id}").ariaDisabled !== "true"`);
      await page.evaluate(`document.getElementById("${id}").click()`);
    }
    assert.equal(await page.evaluate("location.pathname"), "/wallet/");
    await page.until("navigator.serviceWorker.controller");
    assert.equal(await page.evaluate("navigator.serviceWorker.ready.then(({ scope }) => scope)"), `${people.origin}/wallet/`);
    assert.deepEqual(page.problems, []);
  },
  async "same device: the browser that asked gets the answer; another one that is sent there does not"() {
    const page = await open(`${shop}/en`);
    await page.press("ask-same");
    await page.until("!document.getElementById('same').hidden");
    assert.equal(await page.evaluate("document.activeElement.id"), "wallet-link");
    await picture(page, "same-device");
    const back = people.present(await page.evaluate("document.getElementById('wallet-link').href"))("redirect");
    // A relayed link (A28): the victim's wallet opens the victim's browser, whose session asked for nothing.
    const victims = await open(back);
    await victims.until("document.getElementById('status').innerText.includes('oid4vp_session_mismatch')");
    await picture(victims, "another-browser");
    await page.open("about:blank");
    await page.open(back);
    await page.until("!document.getElementById('result').hidden");
    const claims = await text(page, "claims");
    assert.match(claims, /Yes|はい/);
    assert.equal(await page.evaluate("location.hash"), "");
    await picture(page, "same-device-result");
    quiet(page);
  },

  async "another device: a picture, a number, and the lower label"() {
    const page = await open(`${shop}/ja`);
    await page.press("ask-cross");
    await page.until("document.getElementById('qr').naturalWidth > 0 && document.getElementById('code').innerText.length === 6");
    await picture(page, "cross-device");
    const link = readSvg(await page.evaluate("fetch(document.getElementById('qr').src).then((r) => r.text())"));
    assert.ok(new URL(link).searchParams.get("request_uri").startsWith(`${people.origin}/oid4vp/requests/`), link);
    assert.equal(people.presentWithCode(link, await text(page, "code"))("outcome"), "shared");
    await page.until("!document.getElementById('result').hidden");
    assert.match(await text(page, "claims"), /確かさは低め/);
    assert.equal(await page.evaluate("document.activeElement.id"), "result-title");
    await picture(page, "cross-device-result");
    quiet(page);
  },

  async "the Digital Credentials API: asked, answered by our wallet, verified"() {
    const page = await open(`${shop}/en`);
    await answerForBrowser(page);
    await page.press("ask-browser");
    await page.until("!document.getElementById('result').hidden", 40000);
    assert.match(await text(page, "claims"), /through the browser/);
    await picture(page, "browser-result");
    quiet(page);
  },

  async "the Digital Credentials API: an answer that was touched is refused in plain words"() {
    const page = await open(`${shop}/en`);
    await answerForBrowser(page, ({ protocol, data }) => {
      const parts = data.response.split(".");
      parts[3] = (parts[3][0] === "A" ? "B" : "A") + parts[3].slice(1);
      return { protocol, data: { response: parts.join(".") } };
    });
    await page.press("ask-browser");
    await page.until("document.getElementById('status').innerText.includes('jwe_decryption_failed')", 40000);
    assert.equal(await page.evaluate("document.getElementById('result').hidden"), true);
  },

  async "the Digital Credentials API: a person who says no, and a browser that has none"() {
    const page = await open(`${shop}/en`);
    await page.send("DigitalCredentials.setVirtualWalletBehavior", { action: "decline" });
    await page.press("ask-browser");
    await page.until("document.getElementById('status').innerText.startsWith('Sharing was stopped')");
    await picture(page, "browser-stopped");
    const old = await browser.page();
    await old.send("Page.addScriptToEvaluateOnNewDocument", { source: "delete window.DigitalCredential" });
    await old.open(`${shop}/en`);
    assert.equal(await old.evaluate("document.getElementById('ask-browser').hidden"), true);
    assert.match(await text(old, "no-browser-api"), /no interface for digital IDs/);
    await old.press("ask-same");
    await old.until("document.getElementById('wallet-link').href.startsWith('openid4vp://')");
    await picture(old, "no-browser-api");
  },
};

let signInServer;
await play({
  chapters,
  part: parts.length === 0 ? "" : parts,
  async begin() {
    mkdirSync(output, { recursive: true });
    await people.serve();
    people.settle();
    signInServer = await startServer(mibun, signInServerParts);
    const keys = [await spkiOf(people.origin, people.ca), await spkiOf(signInServer.origin, signInServer.caFile)];
    browser = await Browser.start(process.env.CHROMIUM ?? "chromium", { spki: keys.join(","), directory: join(directory, "profile") });
    Object.assign(chapters, loopbackChapters({ newPage: () => browser.page(), people, picture }));
    Object.assign(chapters, signInChapters({ newPage: () => browser.page(), server: signInServer, picture }));
  },
  async end() {
    await browser?.stop();
    await signInServer?.stop();
    await people.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  },
});
