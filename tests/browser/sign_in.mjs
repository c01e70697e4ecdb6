// The page of the authorization endpoint: where a wallet that somebody else made sends the person, who signs in with the
// passkey and says yes or no. The wallet is npm's @openid4vc, the passkey is Chromium's virtual authenticator.
import assert from "node:assert/strict";
import { join } from "node:path";
import { CLIENT, ForeignWallet, SD_JWT } from "../interop/foreign_wallet.mjs";
import { reviewer } from "../interop/real_server.mjs";
import { addAuthenticator, prove, register } from "./passkey.mjs";

const WORDS = {
  ja: { title: "カードを追加しますか?", client: CLIENT.name_ja, card: "デジタル身分証", approve: "パスキーで確認して追加する", refuse: "中止する" },
  en: { title: "Add this card?", client: CLIENT.name_en, card: "Digital ID", approve: "Confirm with passkey and add", refuse: "Stop" },
};

export const signInServerParts = () => ({ config: { wallet_clients: [CLIENT] } });

// `picture(page, name)` keeps a screenshot.
export function signInChapters({ newPage, server, picture }) {
  // A page in the person's language, where the passkey works.
  async function pageIn(language) {
    const page = await newPage();
    const { userAgent } = await page.send("Browser.getVersion");
    await page.send("Network.setUserAgentOverride", { userAgent, acceptLanguage: language });
    return page;
  }
  // A person with an account: registered, and with `proved` a case that two people approved.
  async function person(language, { proved = true } = {}) {
    const page = await pageIn(language);
    const authenticator = await addAuthenticator(page);
    await page.open(server.url("/oauth/authorize"));  // says that nothing was asked; from here the requests below are allowed
    await register(page);
    if (proved) {
      const id = await prove(page, join(server.state, "demo/passport"));
      for (const name of ["akari", "minoru"]) await reviewer(server, name, ["case", "approve", id]);
    }
    return { page, ...authenticator };
  }
  const wallet = (copies = 1) => ForeignWallet.make(server, copies, { clientId: CLIENT.client_id });
  const text = (page, id) => page.evaluate(`document.getElementById(${JSON.stringify(id)}).innerText`);
  const armed = (page) => page.until("!document.getElementById('approve').disabled");
  const quiet = (page) => assert.deepEqual(page.problems.filter((problem) => !problem.includes("ERR_NAME_NOT_RESOLVED")), []);
  // Where the page sends the browser; nothing is there.
  function leaving(page) {
    return new Promise((resolve) => page.on("Page.frameRequestedNavigation", ({ url }) => resolve(url)));
  }

  return {
    async "sign-in: the page says in both languages who asks for what, with names for every control"() {
      for (const [language, words] of Object.entries(WORDS)) {
        const page = await pageIn(language);
        // Seen by the page itself: half a second later, or a slow machine, and the button can be pressed.
        await page.send("Page.addScriptToEvaluateOnNewDocument", {
          source: "addEventListener('DOMContentLoaded', () => { window.waitsAtFirst = document.getElementById('approve')?.disabled; })",
        });
        const stop = new Error("seen");
        await assert.rejects((await wallet()).receiveByCode(async (url) => {
          await page.open(url);
          assert.equal(await page.evaluate("document.documentElement.lang"), language);
          assert.equal(await page.evaluate("document.querySelector('h1').innerText"), words.title);
          assert.match(await page.evaluate("document.title"), new RegExp(`^${words.title.replace("?", "\\?")}`));
          assert.deepEqual(await page.evaluate("[...document.querySelectorAll('dd')].map((one) => one.innerText)"), [words.client, words.card]);
          assert.equal(await page.evaluate("window.waitsAtFirst"), true, "it has just come up");
          await armed(page);
          const { nodes } = await page.send("Accessibility.getFullAXTree");
          const shown = nodes.filter((node) => !node.ignored);
          const names = (role) => shown.filter((node) => node.role?.value === role).map((node) => node.name?.value);
          assert.deepEqual(names("button"), [words.approve, words.refuse]);
          assert.deepEqual(names("heading"), [words.title]);
          assert.equal(names("main").length, 1);
          assert.equal(names("definition").length, 2);
          assert.equal(names("status").length, 1, "what happens is announced");
          await picture(page, `sign-in-${language}`);
          for (const id of ["approve", "refuse"]) await page.tabTo(id);
          quiet(page);
          throw stop;
        }), stop);
      }
    },

    async "sign-in: approved with the passkey and the keyboard alone, and their wallet has its cards"() {
      const { page } = await person("ja");
      const theirs = await wallet(2);
      const { credentials } = await theirs.receiveByCode(async (url) => {
        await page.open(url);
        await armed(page);
        const back = leaving(page);
        await page.press("approve");
        return back;
      });
      for (const [i, { credential }] of credentials.entries()) await theirs.check(credential, theirs.cardKeys[i]);
    },

    async "sign-in: a passkey that is not confirmed gives nothing, and the person can try again"() {
      const { page, verifies } = await person("en");
      const theirs = await wallet();
      await theirs.receiveByCode(async (url) => {
        await page.open(url);
        await armed(page);
        await verifies(false);
        await page.press("approve");
        await page.until("document.getElementById('status').innerText.startsWith('The passkey was not confirmed')");
        assert.equal(await page.evaluate("document.activeElement.id"), "approve", "who uses the keyboard stays where they were");
        await picture(page, "sign-in-not-confirmed");
        await verifies(true);
        const back = leaving(page);
        await page.press("approve");
        return back;
      });
    },

    async "sign-in: stopping needs no passkey, their wallet learns that access was denied, and the page shows the way back"() {
      for (const [language, said, link] of [["ja", "中止しました。何も渡していません。", "ウォレットに戻る"], ["en", "Stopped. Nothing was handed over.", "Back to the wallet"]]) {
        const page = await pageIn(language);
        await assert.rejects((await wallet()).receiveByCode(async (url) => {
          await page.open(url);
          const back = leaving(page);
          await page.press("refuse");
          await back;
          // An app's address leaves the page where it is.
          assert.equal(await text(page, "status"), said);
          assert.equal(await page.evaluate("document.activeElement.id"), "back");
          assert.equal(await text(page, "back"), link);
          assert.equal(await page.evaluate("document.getElementById('back').href"), await back);
          await picture(page, `sign-in-stopped-${language}`);
          return back;
        }, { redirectUri: CLIENT.redirect_uris[1] }), { message: "access_denied" });
      }
    },

    async "sign-in: somebody who has not proved who they are reads what to do first"() {
      for (const language of ["ja", "en"]) {
        const { page } = await person(language, { proved: false });
        const stop = new Error("seen");
        await assert.rejects((await wallet()).receiveByCode(async (url) => {
          await page.open(url);
          await armed(page);
          await page.press("approve");
          await page.until("document.getElementById('status').className === 'bad'");
          const said = await text(page, "status");
          assert.equal(/[ぁ-ん一-龠]/.test(said), language === "ja", said);
          await picture(page, `sign-in-not-proved-${language}`);
          throw stop;
        }), stop);
      }
    },

    async "sign-in: a link that was opened before says what to do, in both languages"() {
      for (const [language, title] of [["ja", "続けられません"], ["en", "This cannot go on"]]) {
        const stop = new Error("seen");
        await assert.rejects((await wallet()).receiveByCode(async (url) => {
          const first = await pageIn(language);
          await first.open(url);
          const page = await pageIn(language);
          await page.open(url);
          assert.equal(await page.evaluate("document.querySelector('h1').innerText"), title);
          assert.match(await page.evaluate("document.body.innerText"), /oauth_invalid_request_uri/);
          assert.equal(await page.evaluate("document.getElementById('approve')"), null);
          await picture(page, `sign-in-opened-before-${language}`);
          throw stop;
        }), stop);
      }
    },

    async "sign-in: narrow, dark and enlarged, nothing is cut off"() {
      const page = await pageIn("ja");
      const stop = new Error("seen");
      await assert.rejects((await wallet()).receiveByCode(async (url) => {
        await page.send("Emulation.setDeviceMetricsOverride", { width: 320, height: 640, deviceScaleFactor: 1, mobile: true });
        await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
        await page.open(url);
        await armed(page);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        await picture(page, "sign-in-narrow-dark");
        await page.send("Emulation.setDeviceMetricsOverride", { width: 640, height: 320, deviceScaleFactor: 1, mobile: true });
        await page.evaluate("document.documentElement.style.fontSize = '200%'");
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        await picture(page, "sign-in-landscape-enlarged");
        throw stop;
      }), stop);
    },
  };
}
