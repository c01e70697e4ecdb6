// The wallet's vault (web/core) in Debian's Chromium with a virtual authenticator that has PRF, under the wallet's content policy:
// what lies on the disk, what opens it, and what is left when it is locked.
//   node vault.mjs BUILD [WORDS]      BUILD: the build folder of the preset wasm; only the chapters with these words
// Each chapter twice: with the module that this browser suspends by itself, and with the other as in a browser that cannot.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { play } from "./chapters.mjs";
import { Browser } from "./devtools.mjs";
import { addAuthenticator } from "./passkey.mjs";

const tree = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const modules = new Map(["vault_driver.wasm", "vault_driver_plain.wasm"].map((name) => [`/${name}`, readFileSync(join(realpathSync(process.argv[2]), "tests/web", name))]));
let form; // of the module, of the chapter that runs: "plain" or "asyncify"
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types sw";
const types = { html: "text/html", mjs: "text/javascript" };

// Requests that are never answered, by their paths: who waits for one, and who has hung up.
const silent = new Map();
const server = createServer(({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  if (pathname.startsWith("/silent/")) {
    const { arrived, hungUp } = silent.get(pathname);
    arrived.resolve();
    response.on("close", hungUp.resolve);
    return;
  }
  const headers = { "content-security-policy": policy, "cache-control": "no-store" };
  if (pathname === "/redirect") return response.writeHead(302, { location: "/tests/browser/vault/index.html" }).end();
  const wasm = modules.get(pathname);
  if (wasm !== undefined) return response.writeHead(200, { ...headers, "content-type": "application/wasm" }).end(wasm);
  if (pathname === "/favicon.ico") return response.writeHead(204).end();
  try {
    const body = readFileSync(join(tree, pathname));
    response.writeHead(200, { ...headers, "content-type": types[pathname.split(".").pop()] ?? "text/plain" }).end(body);
  } catch {
    response.writeHead(404, headers).end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const origin = `http://localhost:${server.address().port}`;

const load = async (page) => {
  await page.open(`${origin}/tests/browser/vault/index.html`);
  await page.until("window.t");
};
const pages = []; // of the chapter that runs
const start = async (authenticatorOptions = {}) => {
  const page = await browser.page();
  if (form === "asyncify") await page.withoutSuspending();
  pages.push(page);
  const authenticator = await addAuthenticator(page, { ctap2Version: "ctap2_1", hasPrf: true, ...authenticatorOptions });
  await load(page);
  // `run`: the body of an async function, with what page.mjs gives.
  const run = (body) => page.evaluate(`(async () => { ${body} })()`);
  const open = (options = {}) => run(`return t.open(${JSON.stringify(options)})`);
  return { page, authenticator, run, open };
};
// A wallet that is registered and open; `made`: what register() of page.mjs gives.
const registered = async (options) => {
  const started = await start();
  assert.equal(await started.open(options), "none");
  const made = await started.run("return t.register()");
  assert.ok(made.number > 0, `the passkey's answer is ${made.number}`);
  assert.equal(await started.run("return wallet.state()"), "open");
  return { ...started, made };
};
const silentRequest = (name) => {
  silent.set(`/silent/${name}`, { arrived: Promise.withResolvers(), hungUp: Promise.withResolvers() });
  return silent.get(`/silent/${name}`);
};

const chapters = {
  async "what was made before and after the passkey is there after a lock, and after a reload"() {
    const wallet = await registered();
    const { run, made } = wallet;
    const looks = `
      const out = { records: {}, names: await t.names("cards/"), all: await t.names(""), none: await t.read("cards/3"), keys: {} };
      for (const name of Object.keys(t.RECORDS)) out.records[name] = await t.read(name);
      for (const id of ["key-before", "key-after"]) {
        const { handle, point } = await t.openKey(id);
        out.keys[id] = { handle, point, ...(await t.belongs(handle, point)) };
      }
      return out;`;
    const check = (found, records) => {
      assert.deepEqual(found.records, records);
      assert.deepEqual(found.names, ["cards/1", "cards/2"]);
      assert.deepEqual(found.all, ["cards/1", "cards/2", "profile"]);
      assert.equal(found.none, null);
      for (const [id, { point }] of Object.entries(made.keys)) {
        assert.ok(found.keys[id].handle > 0);
        assert.deepEqual({ point: found.keys[id].point, signs: found.keys[id].signs, agrees: found.keys[id].agrees }, { point, signs: true, agrees: true });
      }
    };
    const records = await run("return t.RECORDS");
    check(await run(looks), records);
    await run("wallet.lock('person'); return wallet.unlock()");
    check(await run(looks), records);
    await load(wallet.page);
    assert.equal(await wallet.open(), "locked");
    await run("return wallet.unlock()");
    check(await run(looks), records);
  },

  async "a removed record and a destroyed key are gone for good"() {
    const { run } = await registered();
    const looked = "return [await t.read('cards/1'), (await t.openKey('key-after')).handle, await t.names('cards/')]";
    await run("for (let i = 0; i < 2; i++) { await t.step('record_remove', { a: 'cards/1' }); await t.step('vault_destroy_key', { a: 'key-after' }); }");
    assert.deepEqual(await run(looked), [null, -2, ["cards/2"]]);
    await run("wallet.lock('person'); return wallet.unlock()");
    assert.deepEqual(await run(looked), [null, -2, ["cards/2"]]);
  },

  async "nothing in the database can be read, and nothing in it is a key"() {
    const { run } = await registered();
    await run("await t.openKey('key-before'); wallet.lock('person')");
    const look = `
      const { secrets, scalars } = t.seen;
      const words = [...Object.entries(t.RECORDS).flat(), "profile", "cards/", "山田"].map(t.bytesOf);
      return { found: t.find(await t.dump(), [...words, ...secrets, ...scalars]), needles: words.length + secrets.length, scalars: scalars.length };`;
    const { found, scalars } = await run(look);
    assert.equal(scalars, 2);
    assert.deepEqual(found, []);
    // The search finds what is there.
    await run("return t.tamper((store) => { store('records').put(t.bytesOf('xx cards/1'), t.bytesOf('a').buffer); store('keys').put(t.toBase64url(t.seen.scalars[0]), 'b'); })");
    assert.equal((await run(look)).found.length, 3);
    await run("return t.tamper((store) => store('meta').put({ key: new Map() }, 'c'))");
    await assert.rejects(run("return t.dump()"), /Map in the database/);
  },

  async "wrapped keys open with this passkey's output and no other"() {
    const { run } = await registered();
    const opens = (secret) => run(`
      const sealing = await t.Sealing.fromSecret(crypto, ${secret});
      const key = await t.tamper((store, promised) => promised(store("keys").get("key-after")));
      return t.failure(sealing.unwrap("key-after", key.wrapped));`);
    assert.equal(await opens("t.seen.secrets[0].slice()"), null);
    assert.notEqual(await opens("crypto.getRandomValues(new Uint8Array(32))"), null);
    assert.notEqual(await opens("t.seen.secrets[0].map((byte, i) => i ? byte : byte ^ 1)"), null);
  },

  async "neither the passkey's output nor a card's key is ever in the module's memory"() {
    const { run, made } = await registered();
    // `last`: what the module has just handled, which must be found, or the search finds nothing at all.
    const look = async (last) => {
      await run(last);
      const known = "t.bytesOf('another card, longer than the first')";
      return run(`return { known: t.find([t.memory()], [${known}]).length, secret: t.find([t.memory()], [...t.seen.secrets, ...t.seen.scalars]) }`);
    };
    assert.deepEqual(await look("await t.write('cards/2', t.RECORDS['cards/2'])"), { known: 1, secret: [] });
    const { json } = await run("return t.passkey(2, t.request())");
    assert.deepEqual([made.json.clientExtensionResults, json.clientExtensionResults], [{}, {}]);
    await run("wallet.lock('person'); await wallet.unlock(); return t.openKey('key-after')");
    assert.deepEqual(await look("await t.read('cards/2')"), { known: 1, secret: [] });
  },

  async "the passkey's output is overwritten, at registering and at unlocking"() {
    const { run } = await registered();
    await run("wallet.lock('person'); return wallet.unlock()");
    const { came, left } = await run("return { came: t.seen.secrets.map((b) => b.some((x) => x !== 0)), left: t.seen.secretBuffers.map((b) => b.some((x) => x !== 0)) }");
    assert.deepEqual(came, [true, true]);
    assert.deepEqual(left, [false, false]);
  },

  async "no key that could be read out stays; after a lock no key stays at all, nor the module"() {
    const { page, run } = await registered();
    const alive = async () => {
      await page.send("HeapProfiler.collectGarbage");
      return run("const keys = t.seen.keys.filter(({ key }) => key.deref()); return { extractable: keys.filter(({ extractable, type }) => extractable && type === 'private').length, keys: keys.length, modules: t.seen.modules.filter(({ instance }) => instance.deref()).length }");
    };
    assert.ok((await run("return t.seen.keys.filter(({ extractable, type }) => extractable && type === 'private').length")) >= 2);
    await run("await t.openKey('key-before')");
    const open = await alive();
    assert.equal(open.extractable, 0);
    assert.ok(open.keys > 3);
    assert.equal(open.modules, 1);
    await run("wallet.lock('person')");
    assert.deepEqual(await alive(), { extractable: 0, keys: 0, modules: 0 });
  },

  async "a record under another's name, or changed, does not open: an error with a code"() {
    const { run } = await registered();
    await run("wallet.lock('person')");
    const tampered = async (change) => {
      await run(`window.kept = await t.tamper(async (store, promised) => ({ names: await promised(store("records").getAllKeys()), values: await promised(store("records").getAll()) }));
        return t.tamper((store) => { const put = (at, value) => store("records").put(value, kept.names[at]); const { values } = kept; ${change} })`);
      const failed = await run("return t.failure(wallet.unlock())");
      assert.equal(await run("return wallet.state()"), "locked");
      assert.deepEqual(await run("return t.failure(wallet.step('record_read', {}))"), { code: "wallet_locked", where: "" });
      await run(`return t.tamper((store) => { store("records").clear(); kept.names.forEach((name, at) => store("records").put(kept.values[at], name)); })`);
      return failed;
    };
    const damaged = { code: "wallet_storage_damaged", where: "records" };
    assert.deepEqual(await tampered("put(0, values[1]); put(1, values[0]);"), damaged);
    assert.deepEqual(await tampered("put(2, values[1]);"), damaged);
    assert.deepEqual(await tampered("store('records').put(values[0], crypto.getRandomValues(new Uint8Array(32)).buffer);"), damaged);
    assert.deepEqual(await tampered("put(0, values[0].map((byte, i) => i === 20 ? byte ^ 1 : byte));"), damaged);
    assert.deepEqual(await tampered("put(0, values[0].slice(0, 10));"), damaged);
    assert.equal(await run("return t.failure(wallet.unlock())"), null);
  },

  async "a key under another's id, or changed, does not open: an error with a code"() {
    const { run } = await registered();
    const tampered = async (change) => {
      await run(`window.kept = await t.tamper(async (store, promised) => [await promised(store("keys").get("key-before")), await promised(store("keys").get("key-after"))]);
        return t.tamper((store) => { const [first, second] = kept; const put = (value) => store("keys").put(value, "key-before"); ${change} })`);
      const { handle } = await run("return t.openKey('key-before')");
      await run(`return t.tamper((store) => { store("keys").put(kept[0], "key-before"); })`);
      return handle;
    };
    assert.equal(await tampered("put(second);"), -1);
    assert.equal(await tampered("put({ ...first, wrapped: second.wrapped });"), -1);
    assert.equal(await tampered("put({ ...first, point: second.point });"), -1);
    assert.equal(await tampered("put({ ...first, wrapped: first.wrapped.map((byte, i) => i === 20 ? byte ^ 1 : byte) });"), -1);
    assert.equal(await tampered("put({ ...first, point: first.wrapped });"), -1);
    assert.ok((await run("return t.openKey('key-before')")).handle > 0);
    // A key is written once: an id that is taken is refused.
    assert.equal((await run("return t.makeKey('key-before')")).handle, -1);
    const { handle, point } = await run("return t.openKey('key-before')");
    assert.deepEqual(await run(`return t.belongs(${handle}, "${point}")`), { signs: true, agrees: true });
  },

  async "what says which passkey opens it cannot be changed unnoticed"() {
    const { page, run } = await registered();
    await run("wallet.lock('person'); return t.tamper(async (store, promised) => { store('meta').put(await promised(store('meta').get('vault')), 'kept'); })");
    const unlocksWith = async (change) => {
      await run(`return t.tamper(async (store, promised) => { const kept = await promised(store("meta").get("kept")); store("meta").put({ ...kept, ${change} }, "vault"); })`);
      await load(page);
      return run("await t.open(); return t.failure(wallet.unlock())");
    };
    const damaged = { code: "wallet_storage_damaged", where: "meta" };
    assert.deepEqual(await unlocksWith("salt: crypto.getRandomValues(new Uint8Array(32))"), damaged);
    assert.deepEqual(await unlocksWith("format: 2"), damaged);
    assert.deepEqual(await unlocksWith("check: kept.check.map((byte, i) => i === 3 ? byte ^ 1 : byte)"), damaged);
    assert.deepEqual(await unlocksWith("credentialId: new Uint8Array(16)"), { code: "wallet_user_verification_failed", where: "passkey" });
    assert.deepEqual(await unlocksWith("rpId: 'elsewhere.example'"), { code: "passkey_failed", where: "passkey" });
    assert.equal(await unlocksWith(""), null);
  },

  async "nobody verified: nothing opens, nothing is made, nothing is asked"() {
    const { authenticator, run } = await registered();
    await run("wallet.lock('person'); await wallet.unlock(); wallet.lock('person')");
    await authenticator.verifies(false);
    const before = await run("return t.seen.keys.length");
    assert.deepEqual(await run("return t.failure(wallet.unlock())"), { code: "wallet_user_verification_failed", where: "passkey" });
    assert.equal(await run("return wallet.state()"), "locked");
    assert.equal(await run("return t.seen.keys.length"), before);
    assert.deepEqual(await run("return t.failure(wallet.step('record_read', {}))"), { code: "wallet_locked", where: "" });

    // An authenticator that has failed so often is blocked, hence others.
    const open = await registered();
    await open.authenticator.verifies(false);
    assert.equal((await open.run("return t.passkey(2, t.request())")).number, -2);

    const empty = await start({ isUserVerified: false });
    await empty.open();
    assert.equal((await empty.run("return t.register()")).number, -2);
    assert.deepEqual(await empty.run("return [wallet.state(), await t.databases()]"), ["none", []]);
    assert.deepEqual(await empty.authenticator.passkeys(), []);
  },

  async "passkeys without PRF: said so, nothing stored, and the passkey is taken back"() {
    const { authenticator, run, open } = await start({ hasPrf: false });
    await open();
    assert.equal((await run("return t.register()")).number, -3);
    assert.deepEqual(await run("return [wallet.state(), await t.databases()]"), ["none", []]);
    assert.deepEqual(await authenticator.passkeys(), []);
  },

  async "a second passkey is never made"() {
    const { authenticator, run } = await registered();
    assert.equal((await run("return t.passkey(1, t.creation())")).number, -4);
    assert.equal((await authenticator.passkeys()).length, 1);
    assert.equal((await run("return t.failure(wallet.begin())")).code, "wallet_already_registered");
  },

  async "asking can be broken off"() {
    const { authenticator, run } = await registered();
    await authenticator.touches(false);
    await run("window.asked = t.failure(t.passkey(2, t.request())); await t.failure(new Promise((r) => setTimeout(r)))");
    await run("wallet.lock('person')");
    assert.deepEqual(await run("return asked"), { code: "wallet_locked", where: "" });
    await run("window.unlocking = t.failure(wallet.unlock())");
    assert.deepEqual(await run("return t.failure(wallet.unlock())"), { code: "wallet_busy", where: "" });
    await run("wallet.lock('person')");
    assert.deepEqual(await run("return unlocking"), { code: "cancelled", where: "passkey" });
    await authenticator.touches(true);
    assert.equal(await run("return t.failure(wallet.unlock())"), null);
  },

  async "one tab at a time"() {
    const first = await registered();
    const second = await browser.page({ beside: first.page });
    await load(second);
    const open = () => second.evaluate("t.failure(t.open({ times: { otherTab: 200 } }))");
    assert.equal((await open()).code, "wallet_open_elsewhere");
    await first.page.open("about:blank");
    assert.equal(await open(), null);
    assert.equal(await second.evaluate("wallet.state()"), "locked");
  },

  async "a lock ends what is under way, and every number of before is worth nothing"() {
    const { run } = await registered();
    const { arrived, hungUp } = silentRequest("lock");
    const { handle } = await run("return t.openKey('key-after')");
    await run(`window.reasons = []; wallet.onLock((reason) => reasons.push(reason));
      window.late = t.failure(wallet.step("http", { a: JSON.stringify({ method: "GET", url: location.origin + "/silent/lock", headers: [] }), b: "" }));
      window.queued = t.failure(wallet.step("record_read", { a: "profile" }));`);
    await arrived.promise;
    await run("window.host = t.seen.modules.at(-1).host.deref(); wallet.lock('person')");
    assert.deepEqual(await run("return [await late, await queued, reasons, wallet.state()]"), [{ code: "wallet_locked", where: "" }, { code: "wallet_locked", where: "" }, ["person"], "locked"]);
    await hungUp.promise;
    // The imports that the module had: by them nothing is read and nothing is signed.
    assert.equal(await run("return t.failure((async () => host.record_read(0, 0))())").then(({ code }) => code), "wallet_locked");
    assert.equal(await run(`const before = t.seen.signatures; Promise.resolve(t.callable(host.sign)(${handle}, 256, 0, 8, 64)).catch(() => {}); return t.seen.signatures - before`), 0);
    await run("return wallet.unlock()");
    assert.equal((await run(`return t.step("sign", { number: ${handle}, a: "text" })`)).number, -1);
    assert.ok((await run("return t.openKey('key-after')")).handle > 0);
  },

  async "a module that is stopped while it waits never goes on"() {
    const { run } = await start();
    const outcome = await run(`
      const goes = await t.bare("${form}"), stopped = await t.bare("${form}");
      const first = goes.step(), second = stopped.step(), queued = stopped.step();
      await Promise.all([goes.waits, stopped.waits]);
      stopped.stop();
      for (const one of [goes, stopped]) one.answer(4);
      const size = await first;
      return { size: size > 0, wentOn: [goes.at.wentOn, stopped.at.wentOn], failures: [await t.failure(second), await t.failure(queued), stopped.at.wentOn] };`);
    const refused = { message: "the module was stopped" };
    assert.deepEqual(outcome, { size: true, wentOn: [1, 0], failures: [refused, refused, 0] });
  },

  async "where the module for this browser cannot be had, the other one serves"() {
    const { page, run, open } = await start();
    await open({ module: { plain: { first: "/not-there.wasm" }, asyncify: { first: "/vault_driver.wasm" } } });
    await run("return wallet.begin()");
    assert.equal(await run("return 'asyncify_start_unwind' in t.seen.modules.at(-1).instance.deref().exports"), true);
    assert.deepEqual(page.problems.map((one) => /status of 404/.test(one)), form === "plain" ? [true] : []);
    page.problems.length = 0;
  },

  async "imports of a vault that is locked refuse"() {
    const { run } = await registered();
    await run("wallet.lock('person')");
    const outcome = await run(`
      const { vault, imports: { atOnce, later, forget }, put } = await t.importsWith(t.seen.secrets[0]);
      const calls = () => ({
        open: later.vault_open_key(...put("key-after"), 1000), make: later.vault_make_key(...put("key-new"), 1000), destroy: later.vault_destroy_key(...put("key-after")),
        write: later.record_write(...put("profile"), 0, 1), remove: later.record_remove(...put("profile")), read: (async () => atOnce.record_read(...put("profile")))(),
        names: (async () => atOnce.record_names(0, 0))() });
      const results = async (started) => {
        const out = {};
        for (const [name, result] of Object.entries(started)) out[name] = await result.catch(({ code }) => code);
        return out;
      };
      const values = [...vault.records().values()];
      const openBefore = await later.vault_open_key(...put("key-after"), 1000);
      vault.lock();
      forget();
      return { openBefore, after: await results(calls()), wiped: values.length > 0 && values.every((value) => value.every((byte) => byte === 0)) };`);
    assert.ok(outcome.openBefore > 0);
    assert.equal(outcome.wiped, true);
    assert.deepEqual(outcome.after, { open: -3, make: "wallet_locked", destroy: "wallet_locked", write: "wallet_locked", remove: "wallet_locked", read: "wallet_locked", names: "wallet_locked" });
  },

  async "locks by itself: without input, and out of sight"() {
    const listen = "window.reasons = []; wallet.onLock((reason) => reasons.push(reason));";
    const untouched = await registered();
    await load(untouched.page);
    await untouched.open({ times: { idle: 300 } });
    await untouched.run(`${listen} return wallet.unlock()`);
    await untouched.page.until("wallet.state() === 'locked'");
    assert.deepEqual(await untouched.run("return reasons"), ["idle"]);
    assert.equal((await untouched.run("return t.failure(wallet.step('record_read', {}))")).code, "wallet_locked");

    const unseen = await registered({ times: { hidden: 100 } });
    await unseen.run(`${listen}
      Object.defineProperty(document, "visibilityState", { value: "hidden" });
      document.dispatchEvent(new Event("visibilitychange"));`);
    await unseen.page.until("wallet.state() === 'locked'");
    assert.deepEqual(await unseen.run("return reasons"), ["hidden"]);
  },

  async "a page that is left is locked"() {
    const { run } = await registered();
    assert.equal(await run("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })); return wallet.state()"), "locked");
  },

  async "erased: no database, no passkey, and registering begins anew"() {
    const { authenticator, run, open, page } = await registered();
    assert.deepEqual(await run("return t.databases()"), ["mibun-wallet"]);
    await run("window.running = t.failure(wallet.step('record_write', { a: 'late', b: 'late' })); return wallet.erase()");
    assert.equal((await run("return running")).code, "wallet_locked");
    assert.deepEqual(await run("return [wallet.state(), await t.databases()]"), ["none", []]);
    assert.deepEqual(await authenticator.passkeys(), []);
    assert.ok((await run("return t.register()")).number > 0);
    await run("return wallet.erase()");
    await load(page);
    assert.equal(await open(), "none");
    assert.deepEqual(await run("return t.databases()"), []);
  },

  async "erased while the passkey is made, or while all is being written: nothing is left of either"() {
    for (const moment of ["passkey", "writing"]) {
      const { authenticator, run, open } = await start();
      await open();
      await run(`await wallet.begin(); await t.write("profile", "x"); await t.makeKey("key"); t.seen.at.${moment} = () => { window.erased = wallet.erase(); };`);
      assert.equal((await run("return t.failure(t.passkey(1, t.creation()))")).code, "wallet_locked");
      await run("return erased");
      assert.equal(await run("return t.seen.passkeys"), 1);
      assert.deepEqual(await run("return [wallet.state(), await t.databases()]"), ["none", []], moment);
      while ((await authenticator.passkeys()).length > 0); // the browser is told after the wallet has answered
    }
  },

  async "registering that is broken off before the passkey leaves nothing"() {
    const { run, open, page } = await start();
    await open();
    await run("await wallet.begin(); await t.write('profile', 'x'); await t.makeKey('key')");
    assert.deepEqual(await run("return [wallet.state(), await t.databases()]"), ["none", []]);
    await run("wallet.lock('person')");
    assert.equal((await run("return t.failure(wallet.unlock())")).code, "wallet_not_registered");
    await run("await wallet.begin()");
    assert.deepEqual(await run("return [await t.read('profile'), (await t.openKey('key')).handle]"), [null, -2]);
    await load(page);
    assert.equal(await open(), "none");
    assert.deepEqual(await run("return t.databases()"), []);
  },

  async "a module that stops in the middle is dropped"() {
    const { run } = await registered();
    await run("window.reasons = []; wallet.onLock((reason) => reasons.push(reason))");
    assert.equal((await run("return t.failure(wallet.step('trap'))")).code, "wallet_module_failed");
    assert.deepEqual(await run("return [wallet.state(), reasons]"), ["locked", ["failed"]]);
    await run("return wallet.unlock()");
    assert.equal(await run("return t.read('cards/2')"), await run("return t.RECORDS['cards/2']"));
  },

  async "the module knows the page's origin and the time"() {
    const { run } = await registered();
    assert.equal(await run("return new TextDecoder().decode((await t.step('page_origin')).bytes)"), origin);
    assert.equal(await run("return (await t.step('clock_now')).number"), 1);
  },

  async "steps wait for one another; requests refuse redirects and go to the page's origin"() {
    const { run } = await registered({ server: "https://wallet.example" });
    const values = await run(`
      await Promise.all(Array.from({ length: 20 }, (_, i) => t.write("many/" + i, "value " + "x".repeat(i * 100))));
      return Promise.all(Array.from({ length: 20 }, (_, i) => t.read("many/" + i)));`);
    assert.deepEqual(values, Array.from({ length: 20 }, (_, i) => "value " + "x".repeat(i * 100)));
    const ask = (path) => run(`const { number, bytes } = await t.step("http", { a: JSON.stringify({ method: "GET", url: "https://wallet.example${path}", headers: [] }), b: "" });
      return { number, text: new TextDecoder().decode(bytes) };`);
    assert.equal((await ask("/redirect")).number, -4);
    assert.match((await ask("/tests/browser/vault/index.html")).text, /^[\s\S]{4}\{"status":200,[\s\S]*The vault's tests/);
  },

  async "what the browser says of passkeys"() {
    const { run, open } = await start();
    await open();
    assert.deepEqual(await run("return wallet.support()"), { passkey: true, prf: "yes" });
  },
};

const directory = mkdtempSync(join(tmpdir(), "mibun-vault-"));
const CHAPTER_MILLISECONDS = 60_000;
// A wallet that hangs is one that fails.
const inTime = (chapter) => {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("it did not end")), CHAPTER_MILLISECONDS)));
  return Promise.race([chapter(), late]).finally(() => clearTimeout(timer));
};
// Nothing broke the content policy, nothing was thrown that nobody caught.
const watched = (chapter, its) => async () => {
  form = its;
  pages.length = 0;
  await inTime(chapter);
  for (const { problems } of pages) assert.deepEqual(problems, []);
};
let browser;
await play({
  chapters: Object.fromEntries(Object.entries(chapters).flatMap(([name, chapter]) => ["plain", "asyncify"].map((its) => [`${name} (${its})`, watched(chapter, its)]))),
  part: process.argv[3],
  async begin() {
    browser = await Browser.start(process.env.CHROMIUM ?? "chromium", { spki: "", directory: join(directory, "profile") });
  },
  async end() {
    await browser?.stop();
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  },
});
