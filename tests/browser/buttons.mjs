// What is pressed rarely, and what the page does then: with the example in the place of the core.
// `tools`: open, close, quiet, withOffer, to, received of screens.mjs.
import assert from "node:assert/strict";
import { click, seen, type } from "./hands.mjs";

const callsOf = (page, name) => page.evaluate(`example.calls.filter((call) => call.name === "${name}").map(({ args }) => args)`);
const textOf = (page, id) => page.evaluate(`document.getElementById("${id}")?.innerText.trim() ?? null`);
const noteSays = (page, words) => page.until(`[...document.querySelectorAll("main .note")].some(({ innerText }) => innerText.includes(${JSON.stringify(words)})) && document.getElementById("said").innerText.includes(${JSON.stringify(words)})`);

// A push service in the place of the browser's: what was subscribed, and whether it still is.
const pushService = `(() => {
  window.push = { subscribed: null, ended: 0 };
  const bytes = (count) => Uint8Array.from({ length: count }, (_, index) => index).buffer;
  PushManager.prototype.getSubscription = async () => push.subscribed;
  PushManager.prototype.subscribe = async (options) => (push.subscribed = {
    endpoint: "https://push.example/1", options, getKey: (name) => bytes(name === "auth" ? 16 : 65),
    unsubscribe: async () => { push.subscribed = null; push.ended += 1; return true; },
  });
})()`;
const permission = (is) => `Object.defineProperty(Notification, "permission", { get: () => "${is}", configurable: true }); Notification.requestPermission = async () => "${is}";`;

export function buttonChapters({ open, close, quiet, withOffer, to, received }) {
  return {
    async "a card's code: asked for when it is missing, said to be wrong when it is, and gone on with the right one"() {
      for (const [language, needed, wrong] of [["ja", "受け取りコードを入力してください。", "コードが違います。もう一度入力してください。"], ["en", "Please enter the code.", "The code is wrong. Please enter it again."]]) {
        const page = await open("", { language });
        await withOffer("tx_code: { length: 6, numeric: true, description: '' }")(page);
        await click(page, "add-agree");
        await seen(page, "tx-code-error");
        assert.ok((await textOf(page, "tx-code-error")).includes(needed), await textOf(page, "tx-code-error"));
        await type(page, "tx-code", "12345"); // too short: not sent either
        await click(page, "add-agree");
        assert.deepEqual(await callsOf(page, "receive_answer"), []);
        await page.evaluate("example.received = { ...example.offer, wrong: true }; 0");
        await type(page, "tx-code", "123456");
        await click(page, "add-agree");
        await page.until(`document.getElementById("tx-code-error")?.innerText.includes(${JSON.stringify(wrong)})`);
        assert.equal(await page.evaluate("document.getElementById('tx-code').ariaInvalid"), "true");
        await page.evaluate("example.received = { step: 'done', card: example.cards[0], claims: example.claims }; 0");
        await type(page, "tx-code", "482913");
        await page.until("document.getElementById('tx-code-error') === null");
        await click(page, "add-agree");
        await seen(page, "done-card");
        assert.deepEqual(await callsOf(page, "receive_answer"), [{ agreed: true, card: "identity", tx_code: "123456" }, { agreed: true, card: "identity", tx_code: "482913" }]);
        await quiet(page, "a code");
        await close(page);
      }
    },
    async "a card that comes later: asked for at home, still waited for, and then there"() {
      for (const [language, still, here] of [["ja", "まだ準備中です。", "カードが届きました。"], ["en", "It is still being prepared.", "The card is here."]]) {
        const page = await open("", { language });
        await click(page, "fetch-later");
        await noteSays(page, still);
        assert.deepEqual(await callsOf(page, "fetch_waiting"), [{ id: "later" }]);
        await page.evaluate("example.fetched = { step: 'done', card: { ...example.cards[0], id: 'came' }, claims: example.claims }; example.cards = [{ ...example.cards[0], id: 'came' }, ...example.cards]; example.waiting = []; 0");
        await click(page, "fetch-later");
        await noteSays(page, here);
        await page.until("document.querySelectorAll('main button.card').length === 5 && document.getElementById('fetch-later') === null");
        await quiet(page, "later");
        await close(page);
      }
    },
    async "a card is removed after a yes, and not before"() {
      const page = await open("", { language: "en" });
      await to("card-0", "remove", "confirm-no")(page);
      await page.until("document.querySelector('dialog') === null");
      assert.deepEqual(await callsOf(page, "remove_card"), []);
      await to("remove", "confirm-yes")(page);
      await noteSays(page, "The card was removed.");
      assert.equal(await page.evaluate("document.getElementById('main').dataset.screen"), "home");
      await to("card-1", "back")(page); // once
      await seen(page, "card-1");
      assert.equal(await page.evaluate("document.querySelector('main .note')?.innerText ?? null"), null);
      assert.deepEqual(await callsOf(page, "remove_card"), [{ id: "one" }]);
      await quiet(page, "removed");
      await close(page);
    },
    async "a card that has come and is not wanted: one question, and home says that it was not kept"() {
      for (const [language, words] of [["ja", "カードは残していません。"], ["en", "The card was not kept."]]) {
        const page = await open("", { language });
        await received("{ step: 'done', card: { ...example.cards[0], id: 'came' }, claims: example.claims }")(page);
        await to("keep-not", "confirm-no")(page);
        await page.until("document.querySelector('dialog') === null");
        assert.deepEqual(await callsOf(page, "remove_card"), []);
        await to("keep-not", "confirm-yes")(page);
        await noteSays(page, words);
        assert.equal(await page.evaluate("document.getElementById('main').dataset.screen"), "home");
        assert.deepEqual(await callsOf(page, "remove_card"), [{ id: "came" }]);
        await quiet(page, "not kept");
        await close(page);
      }
    },
    async "light and dark are what the person chose, and otherwise what the system says; it is kept"() {
      const page = await open("");
      const system = (value) => page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-reduced-motion", value: "reduce" }, { name: "prefers-color-scheme", value }] });
      const colours = () => page.evaluate("(({ backgroundColor, color }) => [backgroundColor, color].join())(getComputedStyle(document.body))");
      const seenAs = {};
      await click(page, "tab-settings");
      for (const theme of ["dark", "light"]) {
        for (const value of ["light", "dark"]) {
          await system(value);
          await click(page, `theme-${theme}`);
          await page.until(`document.documentElement.dataset.theme === "${theme}" && localStorage.getItem("mibun.theme") === "${theme}"`);
          seenAs[theme] ??= await colours();
          assert.equal(await colours(), seenAs[theme], `${theme}, while the system is ${value}`);
        }
      }
      assert.notEqual(seenAs.dark, seenAs.light);
      await click(page, "theme-auto");
      await page.until("document.documentElement.dataset.theme === 'auto' && localStorage.getItem('mibun.theme') === 'auto'");
      for (const value of ["dark", "light"]) {
        await system(value);
        assert.equal(await colours(), seenAs[value], `as the system: ${value}`);
      }
      await close(page);
    },
    async "notifications are switched on and off; where they are blocked or cannot be, that is said and nothing can be pressed"() {
      const state = (page, name) => page.until(`document.getElementById("push-state")?.dataset.state === "${name}"`);
      const page = await open("", { language: "en" });
      await page.until("navigator.serviceWorker.controller");
      await page.evaluate(`${pushService}; ${permission("granted")} 0`);
      await click(page, "tab-settings");
      await state(page, "off");
      await click(page, "push-on");
      await state(page, "on");
      assert.equal(await textOf(page, "said"), "Notifications are on.");
      const [subscription] = await callsOf(page, "subscribe_push");
      assert.deepEqual([subscription.endpoint, subscription.p256dh.length, subscription.auth.length], ["https://push.example/1", 87, 22]);
      assert.equal(subscription.key, await page.evaluate("push.subscribed.options.applicationServerKey"));
      assert.equal(await page.evaluate("push.subscribed.options.userVisibleOnly"), true);
      assert.equal(await page.evaluate("document.getElementById('push-on')"), null);
      // What the server does not take stands at no push service either.
      await click(page, "push-off");
      await state(page, "off");
      assert.deepEqual([(await callsOf(page, "unsubscribe_push")).length, await page.evaluate("[push.subscribed, push.ended]")], [1, [null, 1]]);
      await page.evaluate("example.fail = { subscribe_push: { code: 'http_connect_failed', where: '', detail: '' } }; 0");
      await click(page, "push-on");
      await page.until("document.getElementById('error')?.dataset.code === 'http_connect_failed'");
      assert.deepEqual(await page.evaluate("[push.subscribed, push.ended, document.getElementById('push-state').dataset.state]"), [null, 2, "off"]);
      await page.evaluate(`example.fail = {}; ${permission("denied")} 0`);
      await click(page, "push-on"); // and the person says no
      await state(page, "denied");
      await quiet(page, "push");
      const fresh = async (source, name, words) => {
        await page.evaluate(`${source} 0`);
        await to("tab-home", "tab-settings")(page);
        await state(page, name);
        assert.match(await textOf(page, "push-state"), words);
        assert.equal(await page.evaluate("document.getElementById('push-on') ?? document.getElementById('push-off')"), null);
      };
      await fresh("", "denied", /blocked in your browser's settings/);
      await fresh("delete window.PushManager;", "unsupported", /cannot receive notifications/);
      await close(page);
    },
    async "a sign-in at the issuer's: with the own passkey at the own server, and elsewhere by the address at the end"() {
      const page = await open("", { language: "en" });
      await received("{ step: 'visit', url: 'https://localhost:8443/oauth', own: true }")(page);
      await click(page, "visit-own");
      await seen(page, "done-card");
      await received("{ step: 'visit', url: 'https://issuer.example/authorize?x=1', own: false }")(page);
      await seen(page, "visit-continue");
      assert.deepEqual(await page.evaluate("(({ href, target, rel }) => [href, target, rel])(document.getElementById('visit'))"), ["https://issuer.example/authorize?x=1", "_blank", "noopener noreferrer"]);
      await page.evaluate("document.getElementById('visit-continue').click()"); // nothing is there to go on with
      assert.equal((await callsOf(page, "receive_visited")).length, 1);
      await type(page, "visit-back", " https://wallet.example/back?code=1 ");
      await click(page, "visit-continue");
      await seen(page, "done-card");
      assert.deepEqual(await callsOf(page, "receive_visited"), [{}, { url: "https://wallet.example/back?code=1" }]);
      await quiet(page, "visits");
      await close(page);
    },
    async "help is searched: by a code, by words, and what is not there is said"() {
      const page = await open("", { language: "en" });
      await to("tab-settings", "help-all")(page);
      await seen(page, "search");
      const found = () => page.evaluate("[document.querySelector('main p[role=status]').innerText, document.querySelectorAll('main details.panel:not([id])').length]");
      const [, all] = await found();
      assert.ok(all > 50, `${all}`);
      const finds = async (words, count) => {
        await type(page, "search", words);
        await page.until(`document.querySelectorAll("main details.panel:not([id])").length === ${count}`);
        return (await found())[0];
      };
      assert.match(await finds("  WALLET_storage_DAMAGED ", 1), /1/);
      assert.equal(await page.evaluate("document.querySelector('main details.panel:not([id]) code').textContent"), "wallet_storage_damaged");
      assert.doesNotMatch(await finds("nothing of the kind", 0), /\d/);
      await finds("", all);
      await quiet(page, "search");
      await close(page);
    },
  };
}
