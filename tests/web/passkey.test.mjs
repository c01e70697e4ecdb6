// What is asked of the browser's passkeys and what becomes of its answers, with a browser that is made up; the real one is
// tests/browser/vault.mjs.
//   node --test passkey.test.mjs
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { Passkey, makePasskeyImports, passkeyError } from '../../web/core/passkey.mjs';
import { makeHost } from '../../web/core/host.mjs';

const VERIFIED = 0x05;
const PRESENT = 0x01;
const secret = () => Uint8Array.from({ length: 32 }, (_, i) => 200 + i).buffer;
const data = (flags) => Uint8Array.from({ length: 37 }, (_, i) => (i === 32 ? flags : 1)).buffer;
const text = (buffer) => Buffer.from(buffer).toString('base64url');

// An answer as a browser gives it: what it says of extensions holds the PRF's output.
const credential = ({ flags = VERIFIED, prf }) => ({
  id: text(Buffer.from('id')),
  rawId: Uint8Array.from(Buffer.from('id')).buffer,
  type: 'public-key',
  authenticatorAttachment: 'platform',
  response: {
    clientDataJSON: Uint8Array.of(1).buffer,
    attestationObject: Uint8Array.of(2).buffer,
    authenticatorData: data(flags),
    signature: Uint8Array.of(3).buffer,
    userHandle: null,
    getAuthenticatorData: () => data(flags),
    getTransports: () => ['internal'],
    getPublicKeyAlgorithm: () => -7,
  },
  getClientExtensionResults: () => ({ prf }),
  toJSON: () => assert.fail('would make a text of the PRF output'),
});

const makeBrowser = ({ made, asked }) => {
  const calls = [];
  const unknown = [];
  const answer = (kind, what) => async ({ publicKey }) => {
    calls.push([kind, publicKey]);
    if (what instanceof Error) throw what;
    return credential(what);
  };
  const passkey = new Passkey({
    navigator: { credentials: { create: answer('create', made), get: answer('get', asked) } },
    PublicKeyCredential: { signalUnknownCredential: async (what) => void unknown.push(what) },
    crypto: webcrypto,
    location: { hostname: 'wallet.example' },
  });
  return { passkey, calls, unknown };
};
const creation = {
  rp: { id: 'wallet.example', name: 'mibun' },
  user: { id: text(Buffer.from('user')), name: 'n', displayName: 'd' },
  challenge: text(Buffer.from('challenge')),
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { userVerification: 'discouraged', residentKey: 'discouraged' },
  extensions: { prf: { eval: { first: 'AAAA' } }, largeBlob: { support: 'required' } },
};
const request = { challenge: text(Buffer.from('challenge')), rpId: 'wallet.example', userVerification: 'discouraged', extensions: { prf: {} } };
const stored = { rpId: 'wallet.example', credentialId: Uint8Array.from([9]), salt: new Uint8Array(32) };

test("the server's options ask for verification whatever they say, and for no extension", async () => {
  const { passkey, calls } = makeBrowser({ made: { prf: { enabled: true, results: { first: secret() } } }, asked: {} });
  await passkey.make(creation);
  await passkey.ask(request, stored);
  const [[, create], [, get]] = calls;
  assert.deepEqual(create.authenticatorSelection, { residentKey: 'required', requireResidentKey: true, userVerification: 'required' });
  assert.deepEqual(Object.keys(create.extensions), ['prf']);
  assert.equal(create.extensions.prf.eval.first.length, 32);
  assert.equal(Buffer.from(create.challenge).toString(), 'challenge');
  assert.equal(Buffer.from(create.user.id).toString(), 'user');
  assert.equal(get.userVerification, 'required');
  assert.equal(get.extensions, undefined);
  assert.deepEqual(get.allowCredentials, [{ type: 'public-key', id: stored.credentialId }]);
});

test('an answer without verification is none', async () => {
  const prf = { enabled: true, results: { first: secret() } };
  const { passkey } = makeBrowser({ made: { flags: PRESENT, prf }, asked: { flags: PRESENT, prf } });
  for (const answer of [passkey.make(creation), passkey.ask(request, stored), passkey.secret(stored)])
    await assert.rejects(answer, { code: 'wallet_user_verification_failed' });
});

test("the PRF's output is in no answer for the server", async () => {
  const prf = { enabled: true, results: { first: secret() } };
  const { passkey } = makeBrowser({ made: { prf }, asked: { prf } });
  const made = await passkey.make(creation);
  assert.deepEqual(made.secret, new Uint8Array(secret()));
  for (const json of [made.json, await passkey.ask(request, stored)]) {
    assert.deepEqual(json.clientExtensionResults, {});
    assert.ok(!JSON.stringify(json).includes(text(secret())));
  }
});

test('enabled, and no output yet: it is asked for right after', async () => {
  const { passkey, calls } = makeBrowser({ made: { prf: { enabled: true } }, asked: { prf: { results: { first: secret() } } } });
  const made = await passkey.make(creation);
  assert.deepEqual(made.secret, new Uint8Array(secret()));
  const [[, create], [, get]] = calls;
  assert.deepEqual(get.extensions.prf.eval.first, create.extensions.prf.eval.first);
  assert.deepEqual(get.allowCredentials, [{ type: 'public-key', id: made.passkey.credentialId }]);
  assert.equal(get.userVerification, 'required');
});

test('a passkey without PRF is refused and taken back', async () => {
  for (const prf of [undefined, {}, { enabled: false }, { enabled: false, results: { first: new ArrayBuffer(16) } }]) {
    const { passkey, unknown, calls } = makeBrowser({ made: { prf }, asked: { prf } });
    await assert.rejects(passkey.make(creation), { code: 'passkey_without_prf' });
    assert.deepEqual(unknown, [{ rpId: 'wallet.example', credentialId: text(Buffer.from('id')) }]);
    assert.equal(calls.length, 1);
    await assert.rejects(passkey.secret(stored), { code: 'passkey_without_prf' });
  }
});

test('what browsers throw, as codes', () => {
  for (const [name, code] of [
    ['NotAllowedError', 'wallet_user_verification_failed'],
    ['AbortError', 'cancelled'],
    ['SecurityError', 'passkey_failed'],
    ['InvalidStateError', 'passkey_failed'],
  ])
    assert.equal(passkeyError(new DOMException('', name)).code, code);
});

const importOf = (browser, vault) => {
  const memory = new Uint8Array(1 << 16);
  const host = makeHost(() => memory, webcrypto);
  const { later } = makePasskeyImports(host.memory, browser.passkey, vault, undefined);
  return async (kind, options) => {
    const json = new TextEncoder().encode(typeof options === 'string' ? options : JSON.stringify(options));
    memory.set(json, 0);
    return later.passkey(kind, 0, json.length);
  };
};
const waitingVault = (create = async () => {}) => ({ isWaiting: () => true, passkey: () => null, create });

test('what browsers throw, as numbers', async () => {
  for (const [name, number] of [
    ['NotAllowedError', -2],
    ['AbortError', -2],
    ['SecurityError', -4],
  ]) {
    const made = new DOMException('', name);
    assert.equal(await importOf(makeBrowser({ made }), waitingVault())(1, creation), number);
  }
  assert.equal(await importOf(makeBrowser({ made: { prf: {} } }), waitingVault())(1, creation), -3);
});

test('a second passkey is not made, one that is not there is not asked, and nonsense is refused', async () => {
  const browser = makeBrowser({ made: { prf: { enabled: true, results: { first: secret() } } }, asked: {} });
  assert.equal(await importOf(browser, { ...waitingVault(), isWaiting: () => false, passkey: () => stored })(1, creation), -4);
  assert.equal(await importOf(browser, waitingVault())(2, request), -4);
  assert.equal(await importOf(browser, waitingVault())(3, request), -4);
  assert.equal(await importOf(browser, waitingVault())(1, '{'), -4);
  assert.equal(browser.calls.length, 0);
});

test('a vault that cannot be written is a failure, not a passkey', async () => {
  const browser = makeBrowser({ made: { prf: { enabled: true, results: { first: secret() } } } });
  const full = waitingVault(() => Promise.reject(new DOMException('', 'QuotaExceededError')));
  assert.equal(await importOf(browser, full)(1, creation), -4);
  assert.equal(browser.unknown.length, 1); // and taken back
});
