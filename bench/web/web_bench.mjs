// What the wallet's page weighs and how long a person waits for it, in Chromium, with the real program behind it: never a test,
// because a time says as much about the machine as about the page.
//   node web_bench.mjs MIBUN [RUNS]
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Browser } from "../../tests/browser/devtools.mjs";
import { addAuthenticator } from "../../tests/browser/passkey.mjs";
import { freePort, People } from "../../tests/browser/people.mjs";
import { prove, receive, register } from "../../tests/browser/wallet_page.mjs";

const [mibun, runs = "7"] = process.argv.slice(2);
const count = Number(runs);
const goals = { firstLoad: 400, module: 150, ready: 1500, consent: 300 }; // kB, kB, ms, ms
const slowDown = 4; // a phone of the lower middle against a developer's machine

// When something came to be on the page, told by the page itself: asking from outside would add its own waiting.
const watcher = `
  window.came = (condition) => new Promise((resolve) => {
    const look = () => condition() && (observer.disconnect(), resolve(performance.now()));
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, attributes: true });
    look();
  });
  window.usable = (id) => { const found = document.getElementById(id); return found && found.ariaDisabled !== "true" && found; };
  localStorage.setItem("mibun.language", "en");`;
const usable = (id) => `came(() => usable(${JSON.stringify(id)}))`;

const open = async ({ cpu = 1 } = {}) => {
  const page = await browser.page();
  await addAuthenticator(page, { ctap2Version: "ctap2_1", hasPrf: true });
  await page.send("Page.addScriptToEvaluateOnNewDocument", { source: watcher });
  await page.send("Emulation.setCPUThrottlingRate", { rate: cpu });
  return page;
};
const close = (page) => browser.send("Target.disposeBrowserContext", { browserContextId: page.profile });
const click = (page, id) => page.evaluate(`${usable(id)}.then(() => usable(${JSON.stringify(id)}).click())`);

// A page nobody has opened yet: milliseconds from the navigation to the first button that can be pressed.
async function readyOnce() {
  const page = await open({ cpu: slowDown });
  await page.open(`${people.walletOrigin}/`);
  const milliseconds = await page.evaluate(usable("start"));
  await close(page);
  return milliseconds;
}

// Bytes over the wire, headers too, by file: the page's own as it loads, then the module's two parts.
async function weigh() {
  const page = await open();
  const names = new Map();
  const bytes = new Map();
  page.on("Network.requestWillBeSent", ({ requestId, request }) => names.set(requestId, new URL(request.url).pathname));
  page.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => bytes.set(names.get(requestId), encodedDataLength));
  await page.open(`${people.walletOrigin}/`);
  await page.evaluate(usable("start"));
  const shown = new Map([...bytes].filter(([name]) => !name.endsWith(".wasm")));
  // Both parts of both forms, and what comes later, by their names in the offline copy's list; past the cache and the copy itself.
  await page.send("Network.setBypassServiceWorker", { bypass: true });
  const { forms, files } = await page.evaluate(`fetch("/sw.js").then((answer) => answer.text()).then((text) => ({
    forms: JSON.parse(/^const MODULES = (.*);$/m.exec(text)[1]),
    files: Object.keys(JSON.parse(/^const FILES = (\\{[^}]*\\});$/m.exec(text)[1])),
  }))`);
  const later = files.filter((name) => /\/later(-|_en-)/.test(name));
  const compiling = await page.evaluate(`(async () => {
    const load = (name) => fetch("/" + name, { cache: "no-store" }).then((answer) => answer.arrayBuffer());
    for (const name of ${JSON.stringify([...Object.values(forms.asyncify), ...later])}) await load(name);
    const compile = async (name) => {
      const bytes = await load(name);
      const times = [];
      for (let i = 0; i < ${count}; ++i) {
        const from = performance.now();
        await WebAssembly.compile(bytes);
        times.push(performance.now() - from);
      }
      return times;
    };
    return { first: await compile(${JSON.stringify(forms.plain.first)}), rest: await compile(${JSON.stringify(forms.plain.rest)}) };
  })()`);
  const sizeOf = (name) => bytes.get(`/${name}`);
  const sizesOf = ({ first, rest }) => ({ first: sizeOf(first), rest: sizeOf(rest) });
  const measured = { shown, later: later.map(sizeOf).reduce((sum, size) => sum + size, 0), plain: sizesOf(forms.plain), asyncify: sizesOf(forms.asyncify), compiling };
  await close(page);
  return measured;
}

// Registered, proved, approved by two, with cards.
async function settle(page) {
  await register(page, people.walletOrigin);
  await prove(page, (id) => people.approve(id));
  await receive(page);
}

// From pressing a button to what it leads to.
const timed = (page, id, then) =>
  page.evaluate(`${usable(id)}.then(async () => { const from = performance.now(); usable(${JSON.stringify(id)}).click(); return (await ${then}) - from; })`);

async function unlockOnce(page) {
  await page.open(`${people.walletOrigin}/`);
  return timed(page, "unlock", usable("card-0"));
}

// From "share" until the verifier's server has answered the answer; what was spent waiting for any server is told apart.
async function shareOnce(page) {
  await page.open(`${people.shopOrigin}/demo/verifier/en`);
  await page.evaluate(`document.getElementById("ask-same").click()`);
  await page.until("!document.getElementById('same').hidden");
  const atWallet = page.loads();
  await page.evaluate(`document.getElementById("wallet-link").click()`);
  await atWallet;
  await click(page, "unlock");
  await page.evaluate(usable("share"));
  return page.evaluate(`(async () => {
    const from = performance.now();
    usable("share").click();
    const shown = (await came(() => document.getElementById("outcome")?.dataset.outcome === "shared")) - from;
    const requests = performance.getEntriesByType("resource").filter(({ startTime }) => startTime >= from);
    const answer = requests.find(({ name }) => new URL(name).pathname.startsWith("/oid4vp/responses/"));
    const before = requests.filter(({ startTime }) => startTime <= answer.startTime);
    const waited = before.reduce((sum, { startTime, responseEnd }) => sum + responseEnd - startTime, 0);
    return { shown, sent: answer.responseEnd - from, own: answer.responseEnd - from - waited };
  })()`);
}

const repeat = async (work) => {
  const all = [];
  for (let i = 0; i < count; ++i) all.push(await work());
  return all;
};
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const table = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) console.log(row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ").trimEnd());
};
const verdict = (value, goal) => (value < goal ? "holds" : "missed");
const size = (name, bytes, goal) => [name, `${(bytes / 1000).toFixed(0)} kB`, "", goal ? `< ${goal} kB` : "", goal ? verdict(bytes / 1000, goal) : ""];
const time = (name, values, goal) => [name, `${median(values).toFixed(0)} ms`, `${Math.min(...values).toFixed(0)} ms`, goal ? `< ${goal} ms` : "", goal ? verdict(median(values), goal) : ""];

async function measure() {
  const weight = await weigh();
  const ready = await repeat(readyOnce);
  const page = await open();
  await settle(page);
  const unlock = await repeat(() => unlockOnce(page));
  const share = await repeat(() => shareOnce(page));
  const list = (name, values) => console.log(`${name}: ${values.map((value) => value.toFixed(0)).join(" ")} ms`);
  for (const [name, bytes] of weight.shown) console.log(`${name}: ${bytes} bytes`);
  const parts = ({ first, rest }) => `${first} and ${rest} bytes`;
  console.log(`the module: ${parts(weight.plain)}; for a browser that cannot suspend it: ${parts(weight.asyncify)}`);
  list("ready, each run", ready);
  list("unlock, each run", unlock);
  list("share to sent, each run", share.map(({ sent }) => sent));
  list("share to sent without the servers, each run", share.map(({ own }) => own));
  list("compile the first part, each run", weight.compiling.first);
  list("compile the second part, each run", weight.compiling.rest);
  console.log(`the machine's load was ${loadavg().map((load) => load.toFixed(1)).join(" ")}\n`);
  const first = [...weight.shown.values()].reduce((sum, bytes) => sum + bytes, 0);
  table([
    ["figure", "median", "least", "goal", ""],
    size("first screen: page, script, style", first),
    size("the module's first part: until registered", weight.plain.first, goals.module),
    size("first load: both", first + weight.plain.first, goals.firstLoad),
    size("the module's second part, while the person goes on", weight.plain.rest),
    size("the first part, where the browser cannot suspend it", weight.asyncify.first, goals.module),
    size("first load there", first + weight.asyncify.first, goals.firstLoad),
    size("the second part there", weight.asyncify.rest),
    size("the other screens and their texts, later", weight.later),
    time(`ready, at ${slowDown}x slow-down`, ready, goals.ready),
    time("unlock: passkey, module, first screen", unlock),
    time("share to sent, without the servers", share.map(({ own }) => own), goals.consent),
    time("share to sent", share.map(({ sent }) => sent)),
    time("share to the outcome on the screen", share.map(({ shown }) => shown)),
    time("compiling the first part", weight.compiling.first),
    time("compiling the second part", weight.compiling.rest),
  ]);
}

const directory = mkdtempSync(join(tmpdir(), "mibun-web-bench-"));
const people = new People(mibun, join(directory, "world"), await freePort());
let browser;
try {
  await people.serve();
  browser = await Browser.start(process.env.CHROMIUM ?? "chromium", { spki: "", directory: join(directory, "profile") });
  await measure();
} finally {
  await browser?.stop();
  await people.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
