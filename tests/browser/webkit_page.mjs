// The wallet's page in a browser that knows no passkeys: WebKit as Debian has it.
//   node webkit_page.mjs MIBUN OUTPUT     a screenshot goes to OUTPUT
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { click } from "./hands.mjs";
import { freePort, People } from "./people.mjs";
import { WebKit } from "./webkit.mjs";
import { pictureFile } from "./wallet_page.mjs";

const [mibun, output] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-webkit-"));
const people = new People(mibun, join(directory, "world"), await freePort());
let webkit;

const chapters = {
  async "who has no passkeys reads so before anything is made, and nothing is kept"() {
    const page = webkit.page();
    await page.open(`${people.walletOrigin}/`);
    for (const id of ["start", "agree", "accept"]) await click(page, id);
    await page.until("/パスキーを使えません|cannot use passkeys/.test(document.querySelector('main')?.innerText)");
    writeFileSync(pictureFile(output, "webkit-no-passkey"), await page.screenshot());
    assert.equal(await page.evaluate("document.getElementById('register')"), null);
    assert.deepEqual(await page.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name))"), []);
  },
};

await playWithPeople({ chapters, people, directory, output, start: () => WebKit.start(), started: (one) => (webkit = one) });
