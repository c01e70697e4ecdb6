// The host of the browser's build by itself: which imports there are, calls that overlap, refusals, keys that stay.
//   node --test host.test.mjs        MIBUN_MODULE: digest_module.wasm, MIBUN_WEB_CMAKE: cmake/web.cmake
import assert from 'node:assert/strict';
import { createHash, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { instantiate } from '../../web/core/module.mjs';
import { makeHost } from '../../web/core/host.mjs';
import { makeImports } from '../../web/core/session.mjs';

const wasm = await readFile(process.env.MIBUN_MODULE);
const nothing = new Proxy({}, { get: () => () => 52 }); // WASI: no files here

const open = async () => {
  const module = await instantiate(wasm, (view) => ({ ...makeHost(view, webcrypto), others: { wasi_snapshot_preview1: nothing } }));
  await module.call('_initialize');
  const put = (bytes) => {
    const at = module.exports.mibun_allocate(bytes.length || 1);
    module.view().set(bytes, at);
    return at;
  };
  return { ...module, put };
};

test('what suspends is what Asyncify was told of', async () => {
  const list = /set\(MIBUN_SUSPENDING\s+([^)]*)\)/.exec(await readFile(process.env.MIBUN_WEB_CMAKE, 'utf8'))[1].split(/\s+/);
  const { atOnce, later } = makeImports(() => new Uint8Array(), { webcrypto });
  assert.deepEqual(list.sort(), Object.keys(later).sort());
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm)).filter(({ module }) => module === 'host');
  assert.ok(imports.length > 0);
  for (const { name } of imports) assert.ok(name in atOnce || name in later, name);
});

test('calls that overlap wait for one another', async () => {
  const { call, put, view, exports } = await open();
  const texts = Array.from({ length: 50 }, (_, i) => Buffer.from(`message ${i} `.repeat(i * 40)));
  const digests = await Promise.all(
    texts.map(async (text) => {
      const out = exports.mibun_allocate(32);
      assert.equal(await call('mibun_test_digest', put(text), text.length, out), 32);
      return Buffer.from(view().slice(out, out + 32)).toString('hex');
    }),
  );
  assert.deepEqual(digests, texts.map((text) => createHash('sha256').update(text).digest('hex')));
});

test("a browser's refusal is an answer, and the module goes on", async () => {
  const { call, put } = await open();
  const { publicKey } = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const point = new Uint8Array(await webcrypto.subtle.exportKey('raw', publicKey));
  const off = point.slice();
  off[64] ^= 1;
  for (let i = 0; i < 3; i++) {
    assert.equal(await call('mibun_test_key', put(point), point.length), 1);
    assert.equal(await call('mibun_test_key', put(off), off.length), 0);
    assert.equal(await call('mibun_test_key', put(point), 64), 0);
  }
});

test('a point that is on no curve is refused, also where the browser takes it', async () => {
  const memory = new Uint8Array(256);
  const trusting = { ...webcrypto, subtle: { importKey: async () => ({}) } };
  const { later } = makeHost(() => memory, trusting);
  const has = async (curve, point) => {
    memory.set(point, 8);
    return later.has_point(curve, 8, point.length);
  };
  for (const curve of [256, 384, 521]) {
    const { publicKey } = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: `P-${curve}` }, true, ['sign', 'verify']);
    const point = new Uint8Array(await webcrypto.subtle.exportKey('raw', publicKey));
    assert.equal(await has(curve, point), 1);
    for (const at of [1, point.length >> 1, point.length - 1]) {
      const off = point.slice();
      off[at] ^= 1;
      assert.equal(await has(curve, off), 0, `P-${curve}, byte ${at}`);
    }
    assert.equal(await has(curve, new Uint8Array(point.length).fill(4, 0, 1)), 0); // zero
  }
  // The same point with p added to a coordinate, where it still fits: two names for one key.
  const y = Buffer.from('66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4', 'hex'); // x = 0 (Wycheproof)
  const p = Buffer.from('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff', 'hex');
  assert.equal(await has(256, Buffer.concat([Buffer.of(4), Buffer.alloc(32), y])), 1);
  assert.equal(await has(256, Buffer.concat([Buffer.of(4), p, y])), 0);
});

test('a key that the browser made never comes out', async () => {
  const memory = new Uint8Array(1024);
  const kept = []; // every private key that could have been kept
  const subtle = new Proxy(webcrypto.subtle, {
    get: (target, name) => async (...parameters) => {
      const made = await target[name](...parameters);
      if (name === 'importKey' && made.type === 'private') kept.push(made);
      if (name === 'generateKey' && parameters[0] === 'Ed25519') kept.push(made.privateKey);
      return made;
    },
  });
  const { later } = makeHost(() => memory, { subtle });
  for (const [curve, size] of [
    [256, 65],
    [384, 97],
    [25519, 32],
  ]) {
    const key = await later.make_key(curve, 0);
    assert.ok(key > 0);
    assert.notDeepEqual(memory.slice(0, size), new Uint8Array(size));
    const before = memory.slice();
    await assert.rejects(later.private_part(key, 256));
    assert.deepEqual(memory, before);
  }
  assert.equal(kept.length, 5);
  assert.ok(kept.every((key) => !key.extractable));
});

test('what comes out of a stream has a limit', async () => {
  const memory = new Uint8Array(1 << 20);
  const { atOnce, later } = makeHost(() => memory, webcrypto);
  memory.fill(7, 0, 100_000);
  const size = await later.deflate(0, 100_000);
  assert.ok(size > 0 && size < 1000);
  atOnce.take(200_000);
  assert.equal(await later.inflate(200_000, size, 99_999), -2);
  assert.equal(await later.inflate(200_000, size, 100_000), 100_000);
  await assert.rejects(later.inflate(200_000, size - 3, 100_000));
});

test('after forget() no number stands for a key', async () => {
  const memory = new Uint8Array(1024);
  const { atOnce, later, keep, forget } = makeHost(() => memory, webcrypto);
  const key = await later.make_key(256, 0);
  assert.equal(await later.sign(key, 256, 0, 65, 128), 64);
  forget();
  await assert.rejects(later.sign(key, 256, 0, 65, 128));
  await assert.rejects(later.make_key(256, 0));
  assert.throws(() => keep({}));
  atOnce.release_key(key); // no error: a module that ends lets go of what it has
});

test('a call that waits when the module is stopped never goes on', async () => {
  const { call, put, exports, stop } = await open();
  const out = exports.mibun_allocate(32);
  const waits = call('mibun_test_digest', put(Buffer.from('text')), 4, out);
  await Promise.resolve(); // it has begun
  stop();
  await assert.rejects(waits, /stopped/);
  await assert.rejects(call('mibun_test_digest', put(Buffer.from('text')), 4, out), /stopped/);
});
