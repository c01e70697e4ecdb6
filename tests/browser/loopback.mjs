// The demonstration's listeners on loopback in a browser that was told nothing: no certificate to trust, and the cookie of
// the shop, which stands there without https.
import assert from "node:assert/strict";
import { addAuthenticator, register } from "./passkey.mjs";

export function loopbackChapters({ newPage, people, picture }) {
  const shown = (page, id) => page.evaluate(`document.getElementById(${JSON.stringify(id)}).innerText`);
  const quiet = (page) => assert.deepEqual(page.problems, []);

  return {
    async "on loopback: the shop leads to the web wallet, and who comes back through it sees the result in the shop"() {
      const page = await newPage();
      await page.open(`${people.shopOrigin}/`);
      assert.equal(await page.evaluate("location.pathname"), "/demo/verifier");
      assert.equal(await page.evaluate("isSecureContext"), true);
      assert.equal(await page.evaluate("document.getElementById('ask-browser').hidden"), true);
      await page.press("ask-same");
      await page.until("!document.getElementById('same').hidden");
      const address = new URL(await page.evaluate("document.getElementById('wallet-link').href"));
      assert.equal(address.origin, people.walletOrigin);
      const link = new URLSearchParams(address.hash.slice(1)).get("link");
      assert.match(link, /^openid4vp:\/\/\?/);
      assert.equal(await page.evaluate("document.cookie"), "", "scripts cannot read the session's secret");
      await picture(page, "loopback-same-device");
      const back = new URL(people.present(link)("redirect"));
      assert.equal(back.origin, people.origin);
      quiet(page);
      // As the web wallet goes there: what is for the server's origin goes to its own.
      await page.open(`${people.walletOrigin}${back.pathname}${back.hash}`);
      assert.equal(await page.evaluate("location.origin"), people.shopOrigin);
      await page.until("!document.getElementById('result').hidden");
      assert.match(await shown(page, "claims"), /Yes|はい/);
      assert.equal(await page.evaluate("location.hash"), "");
      await picture(page, "loopback-same-device-result");
      quiet(page);
    },

    async "on loopback: the page says by which address the wallet knows the shop"() {
      const page = await newPage();
      await page.open(`${people.shopOrigin}/demo/verifier/ja`);
      await page.press("ask-cross");
      await page.until("document.getElementById('qr').naturalWidth > 0");
      assert.equal(await page.evaluate("document.getElementById('known-as').hidden"), false);
      assert.equal(await shown(page, "known-as-address"), people.origin);
      await picture(page, "loopback-cross-device");
      quiet(page);
    },

    async "on loopback: a passkey registers at the wallet's origin, and not at the shop's"() {
      const page = await newPage();
      const authenticator = await addAuthenticator(page);
      await page.open(`${people.walletOrigin}/oauth/authorize`);  // a page whose policy lets it ask its own origin
      assert.ok((await register(page)).account_id);
      await authenticator.verifies(false);
      await assert.rejects(register(page), /NotAllowedError|timed out|not allowed/);
      const other = await newPage();
      await addAuthenticator(other);
      await other.open(`${people.shopOrigin}/demo/verifier/en`);
      // The shop's listener has no such route.
      await assert.rejects(register(other), /404/);
    },
  };
}
