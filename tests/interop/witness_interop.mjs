// witness_interop.mjs MIBUN: the real server asks two witnesses over TLS: `mibun witness --listen`, and one that is written
// here from C2SP tlog-witness and tlog-cosignature alone. What the server publishes is read by the same few lines, and the
// real witness is asked for what it must refuse.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { isSigned, nodeHash, parseNote, parseVkey, sha256 } from './log_reader.mjs';
import { run } from './peer.mjs';
import { fetchTrusting, freePort, startServer, waitingPerson } from './real_server.mjs';

const program = process.argv[2];
const lineOf = ({ lines }, { name, id }) => lines.find((line) => line.name === name && line.id === id);
const cosignedBy = (note, witness) => note !== null && lineOf(note, witness) !== undefined && isSigned(note, witness);
// tlog-cosignature, type 0x04: eight bytes of time before the signature.
const timeOf = (note, witness) => Number(lineOf(note, witness).bytes.readBigUInt64BE());

// RFC 9162, section 2.1.4.2.
function isConsistent(first, firstRoot, second, secondRoot, proof) {
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot);
  if (first === 0) return proof.length === 0;
  const path = (first & (first - 1)) === 0 ? [firstRoot, ...proof] : [...proof];
  let fn = first - 1, sn = second - 1;
  while (fn % 2 === 1) [fn, sn] = [fn >>> 1, sn >>> 1];
  let [fr, sr] = [path[0], path[0]];
  for (const hash of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [nodeHash(hash, fr), nodeHash(hash, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >>> 1, sn >>> 1];
    } else {
      sr = nodeHash(sr, hash);
    }
    [fn, sn] = [fn >>> 1, sn >>> 1];
  }
  return sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot);
}

const headOf = (text) => {
  const [origin, size, root] = text.split('\n');
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
};

// The witness of this test: its name, its key, and what it saw last of its one log.
class OwnWitness {
  constructor(name) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const typed = Buffer.concat([Buffer.from([4]), Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url')]);
    this.id = sha256(Buffer.from(name + '\n'), typed).subarray(0, 4);
    this.vkey = `${name}+${this.id.toString('hex')}+${typed.toString('base64')}`;
    Object.assign(this, { name, privateKey, seen: { size: 0, root: sha256() }, statuses: [] });
  }
  answer(body) {
    const blank = body.indexOf('\n\n');
    const [old, ...hashes] = body.slice(0, blank).split('\n');
    const note = parseNote(body.slice(blank + 2));
    const head = headOf(note.text);
    if (head.origin !== this.log.name) return [404, ''];
    if (lineOf(note, this.log) === undefined || !isSigned(note, this.log)) return [403, ''];
    if (old !== `old ${this.seen.size}`) return [409, `${this.seen.size}\n`];
    const proof = hashes.map((hash) => Buffer.from(hash, 'base64'));
    if (!isConsistent(this.seen.size, this.seen.root, head.size, head.root, proof)) return [422, ''];
    this.seen = head;
    const time = Math.floor(Date.now() / 1000);
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${note.text}`), this.privateKey);
    return [200, `\u2014 ${this.name} ${Buffer.concat([this.id, stamp, signature]).toString('base64')}\n`];
  }
}

let folder, process_;
const own = new OwnWitness('own.example/w');
const server = await startServer(program, (state) => {
  folder = path.join(state, 'witness');
  mkdirSync(folder, { mode: 0o700 });
  const [certificate, key] = [path.join(folder, 'tls.pem'), path.join(folder, 'tls.key')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const log = readFileSync(path.join(state, 'server', 'keys', 'log.vkey'), 'utf8').trim();
  own.log = parseVkey(log);
  folder = { state: path.join(folder, 'state'), certificate, key, log, file: path.join(state, 'server', 'keys', 'log.vkey') };
  return { config: {} };
});
process.once('exit', () => process_?.kill());

await waitingPerson(server);  // something stands in the log

// Both listen before the server is told of them.
const ownPort = await freePort(), realPort = await freePort();
const tls = { cert: readFileSync(folder.certificate), key: readFileSync(folder.key) };
const listener = createServer(tls, async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  assert.equal(`${request.method} ${request.url}`, 'POST /add-checkpoint');
  const [status, body] = own.answer(Buffer.concat(parts).toString());
  own.statuses.push(status);
  response.writeHead(status, { 'content-type': status === 409 ? 'text/x.tlog.size' : 'text/plain' }).end(body);
});
await new Promise((listening) => listener.listen(ownPort, 'localhost', listening));

async function startWitness() {
  process_ = spawn(program, ['--lang', 'en', 'witness', '--listen', String(realPort), '--tls-certificate', folder.certificate, '--tls-key', folder.key,
    '--name', 'real.example/w', '--key', folder.file, '--state', folder.state], { stdio: ['ignore', 'pipe', 'inherit'] });
  let key = null;
  for await (const line of createInterface({ input: process_.stdout })) {
    if (line.startsWith('  key: ')) {
      key = line.slice('  key: '.length);
      break;
    }
  }
  assert.ok(key, 'the witness did not start');
  return key;
}
const realKey = await startWitness();
const real = parseVkey(realKey), mine = parseVkey(own.vkey);
const configFile = path.join(server.state, 'server-with-others.json');
await server.restart(() => {
  const config = JSON.parse(readFileSync(configFile, 'utf8'));
  config.witnesses = [
    { url: `https://localhost:${realPort}`, key: realKey, ca_file: folder.certificate },
    { url: `https://localhost:${ownPort}/`, key: own.vkey, ca_file: folder.certificate },
  ];
  writeFileSync(configFile, JSON.stringify(config));
});

const get = (file) => server.fetch(server.url(`/log/${file}`));
async function until(ready) {
  for (const end = Date.now() + 60_000; ;) {
    const found = await ready();
    if (found) return found;
    assert(Date.now() < end);
    await pause(200);
  }
}
const cosigned = async () => {
  const answer = await get('cosigned-checkpoint');
  return answer.status === 200 ? parseNote(await answer.text()) : null;
};
const ask = (body, target = '/add-checkpoint', method = 'POST') =>
  fetchTrusting(readFileSync(folder.certificate))(`https://localhost:${realPort}${target}`, { method, body });

await run({
  async 'the server publishes a checkpoint that both witnesses signed, as the specification reads it'() {
    const note = await until(async () => {
      const now = await cosigned();
      return cosignedBy(now, real) && cosignedBy(now, mine) ? now : null;
    });
    assert(isSigned(note, own.log));
    assert.equal(note.lines.length, 3);
    for (const witness of [real, mine]) assert(Math.abs(timeOf(note, witness) - Date.now() / 1000) < 60);
    assert(headOf(note.text).size > 0);
    assert.deepEqual(own.statuses.filter((status) => status !== 200 && status !== 409), []);
  },
  async 'the real witness refuses each thing as the specification says'() {
    const { size } = headOf((await cosigned()).text);
    const checkpoint = await (await get('checkpoint')).text();
    const seen = await ask(`old 0\n\n${checkpoint}`);
    assert.equal(seen.status, 409);
    assert.equal(seen.headers.get('content-type'), 'text/x.tlog.size');
    const last = Number(await seen.text());
    assert(last >= size);
    const { text, lines } = parseNote(checkpoint);
    const changed = checkpoint.replace(`\n${headOf(text).size}\n`, `\n${headOf(text).size + 1}\n`);
    const other = `other.example/log\n${text.slice(text.indexOf('\n') + 1)}\n\u2014 other.example/log ${Buffer.concat([Buffer.from(lines[0].id, 'hex'), lines[0].bytes]).toString('base64')}\n`;
    for (const [why, status, body] of [
      ['from a larger tree', 400, `old ${headOf(text).size + 1}\n\n${checkpoint}`],
      ['a changed checkpoint', 403, `old ${last}\n\n${changed}`],
      ['another log', 404, `old 0\n\n${other}`],
      ['zeros ahead', 400, `old 0${last}\n\n${checkpoint}`],
      ['nonsense', 400, 'nonsense'],
      ['too large', 413, `old ${last}\n\n${'x'.repeat(200_000)}`],
    ]) {
      assert.equal((await ask(body)).status, status, why);
    }
    assert.equal((await ask(undefined, '/add-checkpoint', 'GET')).status, 405);
    assert.equal((await ask('', '/')).status, 404);
  },
  async 'without the real witness the other signs on; back again, it goes on from what it saw'() {
    const gone = new Promise((resolve) => process_.once('exit', resolve));
    process_.kill('SIGTERM');
    await gone;
    await until(async () => {
      const now = await cosigned();
      return cosignedBy(now, mine) && !cosignedBy(now, real);
    });
    assert.equal(await startWitness(), realKey);
    await until(async () => cosignedBy(await cosigned(), real));
  },
});
process_.kill('SIGTERM');
listener.close();
listener.closeAllConnections();
await server.stop();
