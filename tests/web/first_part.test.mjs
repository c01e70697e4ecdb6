// The wallet's module in its two parts: the first calls nothing of the second but steps that are not in its list, and with both
// every step answers.
//   node --test first_part.test.mjs        MIBUN_MODULES: the folder of the parts
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FIRST_STEPS } from '../../web/core/first_steps.mjs';

const tree = join(import.meta.dirname, '../..');
const steps = [...readFileSync(join(tree, 'wallet/steps/steps.cc'), 'utf8').matchAll(/\{"(\w+)", &Steps::/g)].map(([, name]) => name);
const others = steps.filter((name) => !FIRST_STEPS.has(name));

const compiled = async (form, part) => WebAssembly.compile(readFileSync(join(process.env.MIBUN_MODULES, `${form}_${part}.wasm`)));
const refusing = new Proxy({}, { get: () => () => -1 }); // of a browser that can do nothing: no record, no key, no connection

// The first part, with what it called of the second.
const begin = async (first) => {
  const called = [];
  const missing = (name) => () => {
    called.push(name);
    throw new Error('missing');
  };
  const later = new Proxy({}, { get: (_, name) => missing(name) });
  const { exports } = await WebAssembly.instantiate(first, { host: refusing, wasi_snapshot_preview1: refusing, later });
  const put = (text) => {
    const bytes = new TextEncoder().encode(text);
    const at = exports.mibun_allocate(bytes.length);
    new Uint8Array(exports.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  };
  exports._initialize();
  exports.wallet_begin(...put('https://wallet.example'));
  const step = (name) => {
    const size = exports.wallet_step(...put(name), ...put('{}'));
    const out = exports.mibun_allocate(size);
    exports.wallet_take(out);
    return JSON.parse(new TextDecoder().decode(new Uint8Array(exports.memory.buffer, out, size)));
  };
  return { exports, called, step };
};

for (const form of ['wallet_plain', 'wallet']) {
  test(`${form}: the steps of the list need the first part alone, and it needs nothing else of the second than the others`, async () => {
    assert.ok(others.length > 40 && steps.length === others.length + FIRST_STEPS.size, String(steps));
    const first = await compiled(form, 'first');
    for (const name of FIRST_STEPS) {
      const { step, called } = await begin(first);
      step(name);
      assert.deepEqual(called, [], name);
    }
    const needed = new Set();
    for (const name of others) {
      const { step, called } = await begin(first);
      assert.throws(() => step(name), { message: 'missing' }, name);
      assert.equal(called.length, 1, name);
      needed.add(called[0]);
    }
    const missing = WebAssembly.Module.imports(first).filter(({ module }) => module === 'later').map(({ name }) => name);
    assert.deepEqual(missing.filter((name) => !needed.has(name)), []);
  });

  test(`${form}: with both parts every step answers`, async () => {
    const [first, rest] = await Promise.all([compiled(form, 'first'), compiled(form, 'rest')]);
    const { exports, called, step } = await begin(first);
    await WebAssembly.instantiate(rest, { first: exports });
    for (const name of steps) {
      const { ok, error } = step(name);
      assert.ok(ok !== undefined || /^[a-z_]+$/.test(error.code), name);
      assert.notEqual(error?.detail, 'there is no such step', name);
    }
    assert.deepEqual(called, []);
    assert.equal(step('no_such_step').error.detail, 'there is no such step');
  });
}
