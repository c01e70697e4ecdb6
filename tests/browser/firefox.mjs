// The wallet's page in another browser than Chromium: Debian's Firefox, with a pointer and a virtual passkey, with the real
// program and nothing in its place.
//   node firefox.mjs MIBUN OUTPUT [PART]     screenshots go to OUTPUT; only the chapters with PART in their name
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { accessible, click, countViolations, quiet as quietBut, seen, type } from "./hands.mjs";
import { Firefox } from "./marionette.mjs";
import { freePort, People } from "./people.mjs";
import { pictureFile, prove, receive, register, shareWithShop } from "./wallet_page.mjs";

const [mibun, output, part] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-firefox-"));
const people = new People(mibun, join(directory, "world"), await freePort());
const innerText = (page) => page.evaluate("document.body.innerText");
// A server that wants another DPoP nonce says so with 400; the browser notes that as an error.
const quiet = (page) => quietBut(page, /status of 400|HTTP\/1.1 400/);

// Each has a browser of its own, as a person on another device. `language`: the browser's, which the page takes over.
let started = 0;
async function withFirefox({ language, preferences = {} }, tell) {
  const profile = join(directory, `profile-${(started += 1)}`);
  mkdirSync(profile);
  const browser = await Firefox.start({ directory: profile, preferences: { "intl.accept_languages": language, ...preferences } });
  try {
    const page = await browser.page({ source: countViolations });
    await tell(page, await page.addAuthenticator());
  } finally {
    await browser.stop();
  }
}
const modules = (page) => page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.wasm')).map((name) => /([a-z_]+)-[^/]*$/.exec(name)[1])");
const look = (page, language) => async (name) => {
  await accessible(page, name);
  writeFileSync(pictureFile(output, `firefox-${name}-${language}`), await page.screenshot());
};

const chapters = {
  async "a life by a pointer, in Japanese: registered, proved, with cards, shared, locked, without a network, deleted"() {
    await withFirefox({ language: "ja" }, async (page, authenticator) => {
      const at = look(page, "ja");
      await register(page, people.walletOrigin, async (name) => {
        if (name === "code") assert.match(await innerText(page), /[0-9A-Z]{4}(-[0-9A-Z]{4}){5}/);
        await at(name);
      });
      assert.deepEqual(await modules(page), ["wallet_plain_first", "wallet_plain_rest"]);
      await prove(page, (id) => people.approve(id), at);
      await receive(page, at);

      await shareWithShop(page, people.shopOrigin, "ja", at);

      // Whom the sensor does not know opens nothing.
      await page.open(`${people.walletOrigin}/`);
      await authenticator.verifies(false);
      await click(page, "unlock");
      await page.until("document.querySelector('[role=alert]')?.innerText");
      assert.equal(await page.evaluate("document.getElementById('card-0')"), null);
      await authenticator.verifies(true);

      // Without the server the cards are there, by the passkey.
      await page.evaluate("navigator.serviceWorker.ready.then(() => 0)");
      await people.stop();
      await page.open(`${people.walletOrigin}/`);
      await click(page, "unlock");
      await seen(page, "card-0");
      await at("offline");
      await people.serve();

      await click(page, "tab-history");
      await page.until("document.querySelectorAll('main li').length >= 4");
      await click(page, "tab-settings");
      await click(page, "delete-account");
      await type(page, "confirm-word", "削除");
      await click(page, "delete");
      await seen(page, "save-erasure");
      await click(page, "finish");
      await seen(page, "start");
      assert.deepEqual(await page.evaluate("indexedDB.databases()"), []);
    });
  },
  async "in English, where the module has to suspend itself"() {
    const preferences = { "javascript.options.wasm_js_promise_integration": false };
    await withFirefox({ language: "en", preferences }, async (page) => {
      await register(page, people.walletOrigin);
      assert.deepEqual(await modules(page), ["wallet_first", "wallet_rest"]);
      await prove(page, (id) => people.approve(id));
      await receive(page);
      await shareWithShop(page, people.shopOrigin, "en");
      await quiet(page);
    });
  },
};

await playWithPeople({ chapters, part, people, directory, output, start: () => null });
