// The tests of core and wallet in the browser itself: its WebCrypto, its streams, under a strict content policy. Every
// program must say the same as under node (tests/web).
//   node core.mjs BUILD [firefox | webkit]     BUILD: the build folder of the preset wasm; in Chromium unless told otherwise
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Browser } from "./devtools.mjs";
import { Firefox } from "./marionette.mjs";
import { WebKit } from "./webkit.mjs";

const build = realpathSync(process.argv[2]);
const tree = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";
const types = { html: "text/html", mjs: "text/javascript", wasm: "application/wasm", json: "application/json" };

// Serves this checkout and the build, to this machine only. The tests name their vectors by whole paths.
const server = createServer(({ url }, response) => {
  const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
  const file = [tree, build].some((root) => path.startsWith(`${root}/`)) ? path : join(tree, path);
  let body = null;
  try {
    body = readFileSync(resolve(file));
  } catch {
    // not there
  }
  response.writeHead(body === null ? 404 : 200, { "content-type": types[file.split(".").pop()] ?? "application/octet-stream", "content-security-policy": policy });
  response.end(body);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const origin = `http://localhost:${server.address().port}`;

// What CMake has the same programs run with under node.
const tests = JSON.parse(execFileSync("ctest", ["--show-only=json-v1"], { cwd: build, maxBuffer: 1 << 26 })).tests;
const environment = (test) =>
  Object.fromEntries((test.properties.find(({ name }) => name === "ENVIRONMENT")?.value ?? []).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
// What a browser cannot do, and no part of the wallet needs.
const unable = {
  // WebKitGTK takes no Ed25519 key that begins with a byte of zeros.
  webkit: { web_core_jose: "a private key whose parts do not belong together is refused" },
};
const programs = tests.filter(({ command }) => command?.at(-1).endsWith("_web_test.wasm"));
assert.equal(programs.length, readdirSync(join(build, "tests/web")).filter((name) => name.endsWith("_web_test.wasm")).length);

const directory = mkdtempSync(join(tmpdir(), "mibun-core-"));
const engine = process.argv[3] ?? "chromium";
const without = (name) => (unable[engine]?.[name] ? { MIBUN_EXCEPT: unable[engine][name] } : {});
const browsers = {
  chromium: () => Browser.start("chromium", { spki: "", directory: join(directory, "profile") }),
  firefox: () => Firefox.start({ directory }),
  webkit: () => WebKit.start(),
};
const browser = await browsers[engine]();
let failed = 0;
try {
  const page = await browser.page();
  await page.open(`${origin}/tests/web/page/index.html`);
  await page.until("window.run");
  for (const { name, command, ...test } of programs) {
    const started = Date.now();
    const { failed: wrong, said } = await page.evaluate(`run(${JSON.stringify(command.at(-1))}, ${JSON.stringify({ ...environment(test), ...without(name) })})`);
    const good = wrong === 0 && /(\d+) passed \| 0 failed|0 accepted outside/.test(said);
    if (!good) failed += 1;
    console.log(`${good ? "ok  " : "FAIL"} ${name.padEnd(24)} ${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${said.trim().split("\n").slice(-3, -1).map((line) => line.replace(/^\[doctest\] /, "")).join("; ")}`);
    if (!good) console.log(said.slice(-3000));
  }
  assert.deepEqual(page.problems.filter((one) => !one.includes("/favicon.ico")), []); // which Firefox looks for, and may not
} finally {
  await browser.stop();
  server.close();
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${programs.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
