// What tests/browser/vault.mjs calls in the page. `wallet` is the page's; its module is the test's driver, whose steps are the
// imports themselves.
import { callable, seen } from './spies.mjs';
import { fromBase64url, toBase64url } from '/web/core/base64url.mjs';
import { Database } from '/web/core/database.mjs';
import { instantiate } from '/web/core/module.mjs';
import { makeImports } from '/web/core/session.mjs';
import { Sealing } from '/web/core/sealing.mjs';
import { Vault } from '/web/core/vault.mjs';
import { openWallet } from '/web/core/wallet.mjs';

const bytesOf = (text) => new TextEncoder().encode(text);
const failure = async (promise) => {
  try {
    await promise;
  } catch ({ code, where, message }) {
    return code === undefined ? { message } : { code, where };
  }
  return null;
};

const module = { plain: { first: '/vault_driver_plain.wasm' }, asyncify: { first: '/vault_driver.wasm' } };
const open = async (options = {}) => {
  window.wallet = await openWallet({ module, ...options });
  return wallet.state();
};

const creation = () => ({
  rp: { id: 'localhost', name: 'test' },
  user: { id: toBase64url(crypto.getRandomValues(new Uint8Array(16))), name: 'test', displayName: 'test' },
  challenge: toBase64url(crypto.getRandomValues(new Uint8Array(32))),
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
});
const request = () => ({ rpId: 'localhost', challenge: toBase64url(crypto.getRandomValues(new Uint8Array(32))) });

const step = async (name, args) => {
  const { number, bytes } = await wallet.step(name, args);
  return { number, bytes: fromBase64url(bytes) };
};
const text = ({ bytes }) => new TextDecoder().decode(bytes);
const passkey = async (kind, options) => {
  const answer = await step('passkey', { number: kind, a: JSON.stringify(options) });
  return { number: answer.number, json: answer.number > 0 ? JSON.parse(text(answer)) : null };
};
const write = async (name, value) => (await step('record_write', { a: name, b: value })).number;
const read = async (name) => {
  const answer = await step('record_read', { a: name });
  return answer.number < 0 ? null : text(answer);
};
const names = async (prefix) => JSON.parse(text(await step('record_names', { a: prefix })));
const makeKey = async (id) => {
  const { number, bytes } = await step('vault_make_key', { a: id });
  return { handle: number, point: toBase64url(bytes) };
};
const openKey = async (id) => {
  const { number, bytes } = await step('vault_open_key', { a: id });
  return { handle: number, point: number > 0 ? toBase64url(bytes) : null };
};

// Whether the key behind `handle` is the private one of `point`: it signs, and it agrees with another.
const belongs = async (handle, point) => {
  const message = bytesOf('message');
  const signature = (await step('sign', { number: handle, a_bytes: toBase64url(message) })).bytes;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const verifying = await crypto.subtle.importKey('raw', fromBase64url(point), algorithm, false, ['verify']);
  const signs = await crypto.subtle.verify({ ...algorithm, hash: 'SHA-256' }, verifying, signature, message);
  const ecdh = { name: 'ECDH', namedCurve: 'P-256' };
  const peer = await crypto.subtle.generateKey(ecdh, true, ['deriveBits']);
  const peerPoint = new Uint8Array(await crypto.subtle.exportKey('raw', peer.publicKey));
  const ours = (await step('agree', { number: handle, a_bytes: toBase64url(peerPoint) })).bytes;
  const theirs = await crypto.subtle.importKey('raw', fromBase64url(point), ecdh, false, []);
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, peer.privateKey, 256);
  return { signs, agrees: toBase64url(ours) === toBase64url(shared) };
};

// "none" to "open", with two records from before the passkey and one from after, and a key of each kind.
const RECORDS = { 'profile': 'the profile of 山田', 'cards/1': 'a card of 山田花子', 'cards/2': 'another card, longer than the first' };
const register = async () => {
  await wallet.begin();
  await write('profile', RECORDS['profile']);
  await write('cards/1', RECORDS['cards/1']);
  const before = await makeKey('key-before');
  const made = await passkey(1, creation());
  if (made.number < 0) return made;
  await write('cards/2', RECORDS['cards/2']);
  return { ...made, keys: { 'key-before': before, 'key-after': await makeKey('key-after') } };
};

const databases = async () => (await indexedDB.databases()).map(({ name }) => name);
const promised = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = () => reject(request.error))));
// `change(store)` with the stores of the wallet's database.
const tamper = async (change) => {
  const connection = await promised(indexedDB.open('mibun-wallet'));
  const transaction = connection.transaction(['meta', 'records', 'keys'], 'readwrite');
  const finished = new Promise((resolve) => (transaction.oncomplete = resolve));
  const out = await change((name) => transaction.objectStore(name), promised);
  await finished;
  connection.close();
  return out;
};

// Every byte string and text that lies in the database, names and values; anything else that could carry one is an error.
const flatten = (value) => {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return [new Uint8Array(value.buffer ?? value)];
  if (typeof value === 'string') return [bytesOf(value)];
  if (typeof value === 'number') return [];
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Error(`${value.constructor.name} in the database`);
  return Object.entries(value).flatMap(([name, inside]) => [bytesOf(name), ...flatten(inside)]);
};
const dump = () =>
  tamper(async (store, promised) => {
    const all = [];
    for (const name of ['meta', 'records', 'keys'])
      all.push(...(await promised(store(name).getAllKeys())), ...(await promised(store(name).getAll())));
    return all.flatMap(flatten);
  });
const contains = (haystack, needle) => {
  for (let at = haystack.indexOf(needle[0]); at >= 0; at = haystack.indexOf(needle[0], at + 1))
    if (needle.every((byte, i) => haystack[at + i] === byte)) return true;
  return false;
};
// As they are, and as texts would carry them.
const forms = (bytes) => [bytes, bytesOf(toBase64url(bytes)), bytesOf(btoa(String.fromCharCode(...bytes))), bytesOf(Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(''))];
const find = (places, needles) =>
  needles.filter((needle) => forms(needle).some((form) => places.some((place) => contains(place, form)))).map((needle) => new TextDecoder().decode(needle));

const memory = () => new Uint8Array(seen.modules.at(-1).instance.deref().exports.memory.buffer);

// The module by itself: a step waits in an import (`waits`) until `answer(4)`; `wentOn` counts what the module asks for after that.
const bare = async (form) => {
  const wasm = await (await fetch(module[form].first)).arrayBuffer();
  const names = WebAssembly.Module.imports(await WebAssembly.compile(wasm)).filter(({ module }) => module === 'host').map(({ name }) => name);
  const { promise, resolve: answer } = Promise.withResolvers();
  const { promise: waits, resolve: begun } = Promise.withResolvers();
  const at = { wentOn: 0 };
  const atOnce = { ...Object.fromEntries(names.map((name) => [name, () => 0])), take: () => void at.wentOn++ };
  const wasi = new Proxy({}, { get: () => () => 52 });
  const http = () => {
    begun();
    return promise;
  };
  const { call, exports, stop, view } = await instantiate(wasm, () => ({ atOnce, later: { http }, others: { wasi_snapshot_preview1: wasi } }));
  await call('_initialize');
  const put = (said) => {
    const place = exports.mibun_allocate(bytesOf(said).length);
    view().set(bytesOf(said), place);
    return [place, bytesOf(said).length];
  };
  const step = () => call('wallet_step', ...put('http'), ...put('{"a":"{}","b":""}'));
  return { at, answer, step, stop, waits };
};

// The imports by themselves, on a vault that is opened with `secret`; the memory is a plain one.
const importsWith = async (secret) => {
  const vault = await (await Vault.find(indexedDB, crypto)).unlock(secret.slice());
  const plain = new Uint8Array(1 << 16);
  const imports = makeImports(() => plain, { webcrypto: crypto, vault, passkey: null, origins: null, ended: new AbortController().signal });
  const put = (said) => {
    plain.set(bytesOf(said), 0);
    return [0, bytesOf(said).length];
  };
  return { vault, imports, put };
};

window.t = { seen, callable, bare, failure, open, register, creation, request, step, passkey, write, read, names, makeKey, openKey, belongs, RECORDS,
  databases, tamper, dump, find, bytesOf, memory, importsWith, Sealing, Database, toBase64url };
