// The real program: `mibun serve --demo` on a free port, and the commands that people type. Nothing of it is replaced.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ForeignProvider } from './foreign_provider.mjs';

const PASSPHRASE = 'correct horse battery staple';
const lines = (...answers) => answers.map((answer) => answer + '\n').join('');

export async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function launch(program, args) {
  const server = spawn(program, ['--lang', 'en', 'serve', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => server.kill());  // also when a test ends before it stopped the server
  const stop = async () => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    if (server.exitCode !== null) return;
    server.kill('SIGTERM');
    await gone;
  };
  let ready = false;
  for await (const line of createInterface({ input: server.stdout })) {
    if ((ready = line.startsWith('ready: '))) break;
  }
  if (!ready) {
    await stop();
    throw new Error('the server ended before it was ready');
  }
  server.stdout.resume();
  return stop;
}

// Starts the server. `url(path)` is an address of it, `fetch` trusts its root and no other and follows no redirect.
// `others(folder)` makes strangers before: {walletTrust: roots that the trust list names beside ours, tlsRoots: PEM files
// that a wallet trusts on the way, config: members of the server's configuration}. `provider` attests the keys of wallets
// that somebody else made; the server trusts it.
export async function startServer(program, others = () => ({})) {
  const state = mkdtempSync(join(tmpdir(), 'mibun-interop-'));
  const port = await freePort();
  const origin = `https://localhost:${port}`;
  const demo = ['--demo', '--state', state, '--port', String(port), '--wallet-port', String(await freePort()), '--shop-port', String(await freePort()), '--office-port', String(await freePort())];
  await (await launch(program, demo))();  // makes the world of the demonstration
  const caFile = `${state}/server/keys/tls-root.crt`;
  const walletCaFile = `${state}/wallet-roots.pem`;
  const provider = new ForeignProvider(state);
  const { walletTrust = {}, tlsRoots = [], config: more = {} } = others(state);
  const config = JSON.parse(readFileSync(`${state}/demo/server.json`, 'utf8'));
  writeFileSync(`${state}/server-with-others.json`,
    JSON.stringify({ ...config, wallet_provider_pem_files: [provider.rootFile], ...more, wallet_trust: walletTrust }));
  const roots = [caFile, ...tlsRoots].map((file) => readFileSync(file, 'utf8'));
  const served = ['--data', `${state}/server`, '--config', `${state}/server-with-others.json`, '--port', String(port)];
  let stopServer = await launch(program, served);
  // `meanwhile`: what is done to its folders while it is down.
  const restart = async (meanwhile) => {
    await stopServer();
    meanwhile();
    stopServer = await launch(program, served);
  };
  writeFileSync(walletCaFile, roots.join(''));
  const halt = () => stopServer();  // its folders stay, for whoever needs them to himself
  const stop = async () => {
    await stopServer();
    rmSync(state, { recursive: true, force: true });
  };
  return { program, state, origin, provider, caFile, walletCaFile, halt, stop, restart, fetch: fetchTrusting(readFileSync(caFile)), url: (path) => origin + path };
}

// fetch() with one root, over node's own https; the answer is a standard Response.
export function fetchTrusting(ca) {
  return async (url, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers).entries());
    const body = init.body === undefined || init.body === null ? undefined : Buffer.from(String(init.body));
    if (init.body instanceof URLSearchParams && !headers['content-type']) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
    }
    if (body) headers['content-length'] = String(body.length);
    return new Promise((resolve, reject) => {
      const out = request(url, { method: init.method ?? 'GET', headers, ca }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          const empty = answer.statusCode === 204 || answer.statusCode === 304;
          const pairs = Object.entries(answer.headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
          resolve(new Response(empty ? null : Buffer.concat(parts), { status: answer.statusCode, headers: pairs }));
        });
      });
      out.on('error', reject);
      out.end(body);
    });
  };
}

// Runs `mibun` to its end. `said('case')` is the rest of the line "case: ...". `respond`: by such a name, what is typed
// (or undefined) when the program has said that line. `wantedExit`: null: whichever.
export async function mibun(server, args, input = '', wantedExit = 0, respond = {}) {
  const child = spawn(server.program, ['--lang', 'en', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdin.on('error', () => {});  // it may end without reading everything
  const waiting = new Map(Object.entries(respond));
  child.stdout.on('data', async (part) => {
    output += part;
    for (const [name, answer] of waiting) {
      const line = new RegExp(`^${name}: (.*)\n`, 'm').exec(output);
      if (!line) continue;
      waiting.delete(name);
      child.stdin.write((await answer(line[1])) + '\n');
      if (waiting.size === 0) child.stdin.end();
    }
  });
  child.stderr.on('data', (part) => (errors += part));
  child.stdin.write(input);
  if (waiting.size === 0) child.stdin.end();
  const exit = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (wantedExit !== null) assert.equal(exit, wantedExit, `mibun ${args.slice(0, 2).join(' ')} ended ${exit}\n${output}${errors}`);
  return { exit, output, errors, said: (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(output)?.[1] };
}

// A person with a wallet of ours, whose identity nobody has approved yet.
export async function waitingPerson(server) {
  const home = `${server.state}/wallet-${await freePort()}`;
  const wallet = (args, answers, exit, respond) =>
    mibun(server, ['wallet', ...args, '--home', home], lines(...answers), exit, respond);
  await wallet(['register', '--server', server.origin, '--ca', server.walletCaFile], ['y', PASSPHRASE, PASSPHRASE]);
  const proved = await wallet(['prove', '--passport', `${server.state}/demo/passport`], [PASSPHRASE]);
  return {
    wallet: (args, answers = [], exit = 0, respond = {}) => wallet(args, [PASSPHRASE, ...answers], exit, respond),
    passphrase: PASSPHRASE,
    // It takes two to approve, and one to reject.
    async approve() {
      for (const name of ['akari', 'minoru']) await reviewer(server, name, ['case', 'approve', proved.said('case')]);
    },
    reject: (reason) => reviewer(server, 'akari', ['case', 'reject', '--reason', reason, proved.said('case')]),
    // What the person opens in a wallet that somebody else made: as text, and as the QR code of the terminal and of the
    // file.
    async offer() {
      const file = `${home}-offer.svg`;
      const shown = await wallet(['offer', '--svg', file], [PASSPHRASE]);
      const qr = { terminal: shown.output, svg: readFileSync(file, 'utf8') };
      return { link: shown.said('offer'), reference: shown.said('offer by reference'), txCode: shown.said('tx_code'), qr };
    },
  };
}

export async function approvedPerson(server) {
  const person = await waitingPerson(server);
  await person.approve();
  return person;
}

export const reviewer = (server, name, args) =>
  mibun(server, ['operator', ...args, '--id', `reviewer-${name}`, '--server', server.origin, '--ca', server.caFile,
    '--key', `${server.state}/demo/reviewer-${name}.jwk`]);

export const shop = (server, args, exit = 0) => partner(server, 'musubi-shop', args, exit);
// Another partner with the shop's key.
export const partner = (server, id, args, exit = 0) =>
  mibun(server, ['partner', ...args, '--id', id, '--server', server.origin, '--ca', server.caFile,
    '--key', `${server.state}/demo/shop.jwk`], '', exit);
