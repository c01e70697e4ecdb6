// An inquiry by clicks, with the real program: from an error's help to the form that names the country, refused without the
// tick, sent, answered by staff on the command line, and read by the person after a notice.
//   node inquiry.mjs MIBUN OUTPUT [PART]     screenshots go to OUTPUT; only the chapters with PART in their name
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playWithPeople } from "./chapters.mjs";
import { accessible, click, quiet as quietBut, seen, type } from "./hands.mjs";
import { freePort, People } from "./people.mjs";
import { newDevice, register } from "./wallet_page.mjs";

const [mibun, output, part] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "mibun-inquiry-"));
const people = new People(mibun, join(directory, "world"), await freePort());
const looks = { ja: { country: "アメリカ合衆国", answered: "お問い合わせに回答しました" }, en: { country: "the United States of America", answered: "Your inquiry was answered" } };

const textOf = (page) => page.evaluate("document.querySelector('main').innerText");
const inquiry = (words) => people.reviewer("reviewer-akari", ["inquiry", ...words]);
const look = async (page, name) => {
  await accessible(page, name);
  writeFileSync(join(output, `inquiry-${name}.png`), await page.screenshot());
};
const quiet = (page) => quietBut(page, /status of 4/);

// With what is sent to the inquiries' address kept in `sent`.
async function registered(language) {
  const source = `window.sent = [];
    const send = window.fetch; window.fetch = (address, options) => { if (/\\/api\\/v1\\/inquiries$/.test(String(address?.url ?? address))) sent.push(options?.method); return send(address, options); };`;
  const { page } = await newDevice(browser, { origin: people.walletOrigin, language, size: "phone", source });
  await register(page, people.walletOrigin);
  return page;
}

async function askAndBeAnswered(language) {
  const { country, answered } = looks[language];
  const hostile = "<img src=x onerror=\"window.hurt=1\">\u202eevil";
  const page = await registered(language);
  for (const id of ["tab-settings", "help-all", "inquiries", "ask"]) await click(page, id);
  await seen(page, "country");
  assert.equal(await page.evaluate("document.getElementById('country').innerText"), country);
  await look(page, `form-${language}`);
  await click(page, "kind-my_data");
  await type(page, "inquiry-text", `どこに保管しますか。\n${hostile}`);
  await click(page, "send-inquiry");
  await seen(page, "agree-country-error");
  assert.deepEqual(await page.evaluate("sent"), [], "nothing is sent without the tick");
  await click(page, "agree-country");
  await click(page, "send-inquiry");
  await seen(page, "inquiry-number");
  assert.deepEqual(await page.evaluate("sent"), ["POST"]);
  const number = (await page.evaluate("document.getElementById('inquiry-number').innerText")).trim();
  assert.match(number, /^[A-Za-z0-9_][A-Za-z0-9_-]{11}$/);
  await look(page, `sent-${language}`);

  const listed = () => inquiry(["list"]).text.split("\n").find((line) => line.startsWith(number));
  assert.match(listed(), /open$/);
  assert.match(inquiry(["show", number]).text, /どこに保管しますか。/);
  inquiry(["answer", number, "--text", `日本の外です。${hostile}`]);
  assert.match(listed(), /answered$/);
  assert.throws(() => inquiry(["answer", number, "--text", "another"]), /inquiry_answered/);

  for (const id of ["tab-home", "notices", "open-notices"]) await click(page, id);
  await seen(page, "notice-inquiry-0");
  assert.ok((await textOf(page)).includes(answered));
  await click(page, "notice-inquiry-0");
  await click(page, "open-inquiries");
  await page.until("document.getElementById('inquiry-0')?.dataset.state === 'answered'");
  const text = await textOf(page);
  assert.ok(text.includes(number) && text.includes("日本の外です。<img src=x"), "the answer is text");
  assert.equal(await page.evaluate("window.hurt === undefined && !document.querySelector('main img') && !document.querySelector('main').innerText.includes('\u202e')"), true);
  await look(page, `answered-${language}`);
  await quiet(page);
}

const chapters = {
  "an inquiry in Japanese: country, tick, number, answer, notice": () => askAndBeAnswered("ja"),
  "an inquiry in English": () => askAndBeAnswered("en"),
  "an inquiry in the terminal: without a yes to the country nothing is sent": async () => {
    people.register();
    const hostile = "Why?\n\u202estate: answered";
    assert.throws(() => people.inquire(hostile, false), /wallet_holder_refused/);
    assert.equal(people.inquiries()("inquiries"), "0");
    const sent = people.inquire(hostile, true);
    assert.ok(sent.text.indexOf("Kept in: the United States of America") < sent.text.indexOf("inquiry: "), "the country comes first");
    const number = sent("inquiry");
    assert.equal(people.inquire(hostile, true)("inquiry"), number, "the same words are the same inquiry");
    const file = join(directory, "answer.txt");
    writeFileSync(file, "So.\nAnd so.\n");
    inquiry(["answer", number, "--file", file]);
    const listed = people.inquiries();
    assert.equal(listed("inquiries"), "1");
    assert.equal(listed("state"), "answered");
    assert.ok(listed.text.includes("And so.") && !listed.text.includes("\u202e"));
  },
};

let browser;
await playWithPeople({ chapters, part, people, directory, output, started: (one) => (browser = one) });
