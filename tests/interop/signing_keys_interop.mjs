// signing_keys_interop.mjs MIBUN: the real server with its signing keys in a token behind `mibun keyd`, seen by other
// people's code: @sd-jwt, @owf/mdoc, jose, node's X509Certificate and openssl read what it signs. And what becomes of a
// request while the key service is killed, hangs, or has lost its token.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as jose from 'jose';
import { ForeignWallet, MDOC, SD_JWT } from './foreign_wallet.mjs';
import { run } from './peer.mjs';
import { approvedPerson, mibun, startServer } from './real_server.mjs';

const PIN = 'correct pin 4711';
const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const LATER = ['iaca-root', 'access-root', 'push-sender'];  // their successors begin beside them
const LEAVES = ['issuer', 'document-signer', 'receipt', 'registrar', 'wallet-provider'];
const program = process.argv[2];
let keyd, folder;

// Made as docs/key_ceremony.md says, on the key directory that the demonstration's server had in its own process.
function makeToken(state) {
  const tokens = path.join(state, 'tokens');
  mkdirSync(tokens, { mode: 0o700 });
  process.env.SOFTHSM2_CONF = path.join(state, 'softhsm2.conf');
  writeFileSync(process.env.SOFTHSM2_CONF, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  writeFileSync(path.join(state, 'pin'), PIN + '\n', { mode: 0o600 });
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'mibun keys', '--pin', PIN, '--so-pin', 'so pin 4711']);
  return tokens;
}

function startKeyd() {
  const { keys, config, socket } = folder;
  keyd = spawn(program, ['keyd', '--directory', keys, '--socket', socket, '--config', config], { stdio: ['ignore', 'inherit', 'inherit'] });
}
const keysCommand = (...args) =>
  spawnSync(program, ['--lang', 'en', 'keys', ...args, '--data', folder.data, '--config', folder.serve], { encoding: 'utf8' });
// It answers when it is ready.
function waitForKeyd() {
  for (const end = Date.now() + 30_000; ;) {
    const listed = keysCommand('list');
    if (listed.status === 0) return listed.stdout;
    assert(Date.now() < end && keyd.exitCode === null, listed.stderr);
  }
}
process.once('exit', () => keyd?.kill('SIGKILL'));

// All of its threads are: a signal is on its way when kill() returns.
async function stopped(pid) {
  const stateOf = (task) => readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
  for (const end = Date.now() + 30_000; ; ) {
    if (readdirSync(`/proc/${pid}/task`).every((task) => stateOf(task) === 'T')) return;
    assert(Date.now() < end);
    await new Promise(setImmediate);
  }
}

const server = await startServer(program, (state) => {
  const data = path.join(state, 'server');
  folder = { data, tokens: makeToken(state), keys: path.join(data, 'keyd'), socket: path.join(state, 'keyd.sock'),
    config: path.join(state, 'keyd.json'), serve: path.join(state, 'keys.json') };
  const token = { kind: 'token', module: MODULE, token: 'mibun keys', pin_file: path.join(state, 'pin') };
  writeFileSync(folder.config, JSON.stringify({ signing_keys: token, previous_signing_keys: { kind: 'file' } }));
  const config = { keyd: { socket: folder.socket } };
  writeFileSync(folder.serve, JSON.stringify(config));
  folder.before = readdirSync(path.join(data, 'keys'));
  execFileSync(program, ['keyd', '--directory', folder.keys, '--take-signing-keys', path.join(data, 'keys')]);
  startKeyd();
  waitForKeyd();
  for (const name of [...LEAVES, ...LATER]) {
    const made = keysCommand('rotate', name);
    assert.equal(made.status, 0, made.stderr);
  }
  return { tlsRoots: [], config };
});
const trust = await (await server.fetch(server.url('/.well-known/mibun-trust.json'))).json();
const person = await approvedPerson(server);

const signing = (name) => path.join(folder.keys, 'signing', name);
// The public part as the token's key was recorded, in openssl's words.
const recorded = (stem) =>
  execFileSync('openssl', ['pkey', '-pubin', '-inform', 'DER', '-in', signing(`${stem}.pub`), '-pubout'], { encoding: 'utf8' });
const publicKey = (der) => new X509Certificate(der).publicKey.export({ type: 'spki', format: 'pem' });

function verifiesForOpenssl(der, roots) {
  const leaf = path.join(server.state, 'leaf.pem'), anchors = path.join(server.state, 'roots.pem');
  writeFileSync(leaf, new X509Certificate(der).toString());
  writeFileSync(anchors, roots.join(''));
  const said = execFileSync('openssl', ['verify', '-purpose', 'any', '-CAfile', anchors, leaf], { encoding: 'utf8' });
  assert.match(said, /: OK$/m);
}

// A JWT of theirs: by the key `stem` in the token, certified below one of `roots`. Returns the payload.
async function verified(jwt, typ, stem, roots) {
  const header = jose.decodeProtectedHeader(jwt);
  assert.equal(header.typ, typ);
  const leaf = Buffer.from(header.x5c[0], 'base64');
  assert.equal(publicKey(leaf), recorded(stem));
  verifiesForOpenssl(leaf, roots);
  const key = await jose.importX509(new X509Certificate(leaf).toString(), 'ES256');
  const { payload } = await jose.compactVerify(jwt, key);
  return JSON.parse(Buffer.from(payload).toString());
}

const receive = async (configuration = SD_JWT) => {
  const wallet = await ForeignWallet.make(server, 2);
  const { credentials } = await wallet.receive(await person.offer(), { configuration });
  return { wallet, credentials };
};
const statusOf = (promise) => promise.then(() => 200, (caught) => (caught.response?.response ?? caught.response)?.status ?? caught);
// What needs a signature and nothing else; each time another, since nothing of it is kept.
const signedMetadata = async () =>
  server.fetch(server.url('/.well-known/openid-credential-issuer'), { headers: { accept: 'application/jwt' } });

await run({
  async 'the folder of the server has no signing key any more, and the new ones are in no file at all'() {
    assert(folder.before.includes('issuer.key') && folder.before.includes('iaca-root.key'));
    const keys = readdirSync(path.join(folder.data, 'keys')).filter((name) => name.endsWith('.key'));
    // What opens the sealed files, TLS, opening what wallets encrypt, and the log's own key.
    assert.deepEqual(keys.sort(), ['credential-encryption.key', 'log.key', 'master.key', 'tls-root.key', 'tls.key']);
    for (const name of LEAVES) {
      assert(existsSync(signing(`${name}-2.pub`)), name);
      assert(existsSync(signing(`${name}-2.pem`)), name);
      assert(!existsSync(signing(`${name}-2.key`)), name);
    }
    const listed = keysCommand('list').stdout;
    assert.match(listed, /^issuer 1 {2}verifies/m);
    assert.match(listed, /^issuer 2 {2}signs {2}until 20\d\d-.*\+09:00$/m);
  },
  async 'SD-JWT VCs are read by @sd-jwt, with their status list, and their path by openssl'() {
    const { wallet, credentials } = await receive();
    for (const [i, { credential }] of credentials.entries()) {
      const claims = await wallet.check(credential, wallet.cardKeys[i]);
      assert(claims.given_name);
      await verified(credential.split('~')[0], 'dc+sd-jwt', 'issuer-2', trust.credential_issuer);
      const list = await server.fetch(claims.status.status_list.uri, { headers: { accept: 'application/statuslist+jwt' } });
      await verified(await list.text(), 'statuslist+jwt', 'issuer-2', trust.credential_issuer);
    }
  },
  async 'mdocs are read by @owf/mdoc'() {
    const { wallet, credentials } = await receive(MDOC);
    for (const [i, { credential }] of credentials.entries()) {
      assert((await wallet.checkMdoc(credential, wallet.cardKeys[i]))['org.iso.23220.1'].given_name);
      // The document signer's certificate stands in it as it is.
      const leaf = new X509Certificate(readFileSync(signing('document-signer-2.pem'))).raw;
      assert(Buffer.from(credential, 'base64url').includes(leaf));
      assert.equal(publicKey(leaf), recorded('document-signer-2'));
    }
  },
  async 'metadata are read by jose'() {
    const answer = await signedMetadata();
    assert.equal(answer.status, 200);
    const said = await verified(await answer.text(), 'openidvci-issuer-metadata+jwt', 'issuer-2', trust.credential_issuer);
    assert.equal(said.sub, server.origin);
  },
  async 'a receipt of erasure is read by jose'() {
    const other = await approvedPerson(server);
    const file = path.join(server.state, 'erasure.jwt');
    await other.wallet(['delete-account', '--receipt', file], ['y', other.passphrase]);
    const receipt = await verified(readFileSync(file, 'utf8').trim(), 'mibun-erasure-receipt+jwt', 'receipt-2', trust.receipt);
    assert(receipt.classes.length >= 8);
  },
  async 'without its token the service signs nothing: 503, and on again when it is back, nobody restarted'() {
    const away = folder.tokens + '.away';
    renameSync(folder.tokens, away);
    mkdirSync(folder.tokens, { mode: 0o700 });
    assert.equal((await signedMetadata()).status, 503);
    assert.equal(await statusOf(receive()), 503);
    rmdirSync(folder.tokens);
    renameSync(away, folder.tokens);
    assert.equal((await signedMetadata()).status, 200);
    const { wallet, credentials } = await receive();
    await wallet.check(credentials[0].credential, wallet.cardKeys[0]);
  },
  async 'a service that hangs: 503 within its time, and on again when it goes on'() {
    keyd.kill('SIGSTOP');
    await stopped(keyd.pid);  // until then it may answer on another processor
    const began = Date.now();
    assert.equal((await signedMetadata()).status, 503);
    assert(Date.now() - began < 20_000);
    keyd.kill('SIGCONT');
    assert.equal((await signedMetadata()).status, 200);
  },
  async 'a service that is killed: 503 at once, and on again with the next one'() {
    const gone = new Promise((resolve) => keyd.once('exit', resolve));
    keyd.kill('SIGKILL');
    await gone;
    assert.equal((await signedMetadata()).status, 503);
    startKeyd();
    waitForKeyd();
    assert.equal((await signedMetadata()).status, 200);
    const { wallet, credentials } = await receive();
    await wallet.check(credentials[0].credential, wallet.cardKeys[0]);
  },
  async 'a key of another name is not made, and the newest is not made twice'() {
    const nobody = await mibun(server, ['keys', 'rotate', 'tls', '--data', folder.data, '--config', folder.serve], '', 1);
    assert.match(nobody.errors, /invalid_argument/);
  },
  async 'a new root stands beside the old one: openssl makes the way over its link, and each root has its own list'() {
    const [iaca, iaca2] = trust.iaca, [link] = trust.iaca_link;
    assert.equal(trust.iaca.length, 2);
    assert.equal(publicKey(Buffer.from(new X509Certificate(iaca2).raw)), recorded('iaca-root-2'));
    assert.equal(publicKey(Buffer.from(new X509Certificate(link).raw)), recorded('iaca-root-2'));
    verifiesForOpenssl(new X509Certificate(link).raw, [iaca]);
    assert.throws(() => verifiesForOpenssl(new X509Certificate(iaca2).raw, [iaca]));
    assert.equal(trust.verifier_access.length, 2);
    for (const [place, roots, own] of [
      ['/.well-known/mibun-iaca.crl', trust.iaca, 0],
      ['/.well-known/mibun-iaca-crl/2', trust.iaca, 1],
      [trust.readers_crl[0], trust.verifier_access, 0],
      [trust.readers_crl[1], trust.verifier_access, 1],
    ]) {
      const file = path.join(server.state, 'list.crl');
      const list = await server.fetch(server.url(place));
      assert.equal(list.status, 200, place);
      writeFileSync(file, Buffer.from(await list.arrayBuffer()));
      roots.forEach((pem, index) => {
        writeFileSync(path.join(server.state, 'root.pem'), pem);
        const said = spawnSync('openssl', ['crl', '-inform', 'DER', '-in', file, '-noout', '-CAfile', path.join(server.state, 'root.pem')], { encoding: 'utf8' });
        assert.equal(/verify OK/.test(said.stderr + said.stdout), index === own, place);
      });
    }
  },
});
await server.stop();
keyd.kill('SIGTERM');
