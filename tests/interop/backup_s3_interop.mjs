// backup_s3_interop.mjs MIBUN: backups in S3, by npm's s3rver over TLS: the real server's data goes in by mibun and restic
// and comes back by them; what is damaged there is named, and a store that is away is not taken for an empty one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import S3rver from 's3rver';
import { approvedPerson, freePort, mibun, startServer } from './real_server.mjs';

const server = await startServer(process.argv[2]);
await approvedPerson(server);
const folder = path.join(server.state, 's3');
mkdirSync(folder);
const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
  '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
const port = await freePort();
const objects = path.join(folder, 'objects');
const openStore = async () => {
  const store = new S3rver({ address: '127.0.0.1', port, silent: true, directory: objects,
    key: readFileSync(key), cert: readFileSync(cert), configureBuckets: [{ name: 'backups' }] });
  await store.run();
  return store;
};
let store = await openStore();

// Read by restic; s3rver knows this one pair.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER', SSL_CERT_FILE: cert });
const repository = `s3:https://localhost:${port}/backups/mibun`;
const password = path.join(folder, 'password');
writeFileSync(password, 'a password of a test\n', { mode: 0o600 });
const config = path.join(folder, 'config.json');
writeFileSync(config, JSON.stringify({ backup: { repository, password_file: password }, journal_directories: [path.join(folder, 'journal')] }));
const data = path.join(server.state, 'server');
const backup = (args, exit = 0) => mibun(server, ['backup', ...args, '--data', data, '--config', config], '', exit);

// Nothing is there yet, and that is an error for whoever wants to read.
assert.match((await backup(['list'], 1)).errors, /backup_repository_failed/);
assert.match((await backup([])).output, /[Gg]eneration 1/);
assert.match((await backup(['list'])).output, /\+09:00 {2}good/);
await backup([]);
await backup(['verify']);
// In the store, nothing of it can be read: what a name says in clear is restic's.
const files = (where) => readdirSync(where, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  .map((entry) => path.join(entry.parentPath, entry.name));
const stored = files(objects);
assert.ok(stored.length > 10);
for (const file of stored) assert.ok(!readFileSync(file).includes('localhost'), file);

// Another certificate, or a store that is away: said as it is, and no repository is begun.
process.env.SSL_CERT_FILE = server.caFile;
assert.match((await backup([], 1)).errors, /certificate signed by unknown authority/);
process.env.SSL_CERT_FILE = cert;
await store.close();
const away = await backup(['list'], 1);
assert.match(away.errors, /backup_repository_failed/);
assert.match(away.errors, /connection refused/);
assert.match((await backup([], 1)).errors, /connection refused/);
store = await openStore();
assert.match((await backup(['list'])).output, /\+09:00 {2}good/);


// Both take the key table, which a running server has to itself.
await server.halt();
assert.match((await backup(['drill'])).output, /Restored and answered: generation 2/);
const fresh = path.join(folder, 'fresh');
const restore = (exit) => mibun(server, ['restore', '--repository', repository, '--password-file', password,
  '--generation', '2', '--data', fresh, '--keys', path.join(data, 'keys'), '--keyd-directory', path.join(data, 'keyd'),
  '--journal', path.join(data, 'journal')], '', exit);

// Some bytes of the largest object are others: verify names what they belong to, and a restore puts nothing in place.
const largest = files(path.join(objects, 'backups')).filter((file) => file.includes('data'))
  .reduce((most, file) => (statSync(file).size > statSync(most).size ? file : most));
const whole = readFileSync(largest);
writeFileSync(largest, Buffer.from(whole).fill('changed', whole.length >> 1, (whole.length >> 1) + 7));
const verified = await backup(['verify'], 1);
assert.match(verified.output, /2 .*damaged/);
assert.match((await restore(1)).errors, /backup_/);
assert.ok(!existsSync(fresh));

// Without the damage, the whole of it comes back.
writeFileSync(largest, whole);
assert.match((await restore(0)).output, /Restored: generation 2/);
assert.ok(existsSync(path.join(fresh, 'mibun.db')));

await store.close();
await server.stop();
console.log('backups in S3: made, listed, verified, drilled, restored; damage named, an absent store told from an empty one');
