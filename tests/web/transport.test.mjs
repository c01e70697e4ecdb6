// The import http, against a server on this machine: what it refuses, its limits, which origin it asks.
//   node --test transport.test.mjs
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { makeHost } from '../../web/core/host.mjs';
import { makeTransportImports, mapOrigin } from '../../web/core/transport.mjs';

const MIB = 1 << 20;
let server;
let origin;
let seen = [];

const answers = {
  '/echo': (request, response, body) => {
    response.writeHead(201, { 'content-type': 'application/octet-stream', 'x-said': request.headers['x-say'] ?? '' });
    response.end(body);
  },
  '/redirect': (_, response) => response.writeHead(302, { location: '/echo' }).end(),
  '/not-modified': (_, response) => response.writeHead(304).end(),
  '/exactly': (_, response) => response.end(Buffer.alloc(4 * MIB, 7)),
  '/longer': (_, response) => response.end(Buffer.alloc(4 * MIB + 1, 7)),
  '/never-ends': (_, response) => {
    const more = () => {
      if (!response.destroyed) response.write(Buffer.alloc(64 * 1024), () => setImmediate(more)); // others have their turn
    };
    more();
  },
  '/silent': () => {},
  '/stalls': (_, response) => response.write('begun'),
};

before(async () => {
  server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    seen.push({ method: request.method, url: request.url, headers: request.headers });
    answers[request.url.split('?')[0]](request, response, Buffer.concat(parts));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const makeClient = (options = {}) => {
  const memory = new Uint8Array(16 * MIB);
  const host = makeHost(() => memory);
  const { later } = makeTransportImports(host.memory, { ended: new AbortController().signal, ...options });
  return async (request, body = new Uint8Array()) => {
    const head = new TextEncoder().encode(JSON.stringify({ method: 'GET', headers: [], ...request }));
    memory.set(head, 0);
    memory.set(body, MIB);
    const size = await later.http(0, head.length, MIB, body.length);
    if (size < 0) return size;
    host.atOnce.take(8 * MIB);
    const headSize = new DataView(memory.buffer, 8 * MIB).getUint32(0, true);
    const start = 8 * MIB + 4;
    const { status, headers } = JSON.parse(new TextDecoder().decode(memory.slice(start, start + headSize)));
    return { status, headers: Object.fromEntries(headers), body: memory.slice(start + headSize, 8 * MIB + size) };
  };
};

test('status, headers and raw bytes, both ways', async () => {
  seen = [];
  const body = Uint8Array.from([0, 255, 10, 13, 128]);
  const answer = await makeClient()({ method: 'POST', url: `${origin}/echo?a=b`, headers: [['X-Say', 'hello']] }, body);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers['x-said'], 'hello');
  assert.deepEqual(answer.body, body);
  assert.equal(seen[0].url, '/echo?a=b');
  assert.equal(seen[0].headers.cookie, undefined);
  assert.equal(seen[0].headers.referer, undefined);
});

test('an answer without a body', async () => {
  const answer = await makeClient()({ method: 'POST', url: `${origin}/echo` });
  assert.equal(answer.status, 201);
  assert.equal(answer.body.length, 0);
  assert.equal((await makeClient()({ url: `${origin}/not-modified` })).status, 304);
});

test('a redirect is refused, and not followed', async () => {
  seen = [];
  assert.equal(await makeClient()({ url: `${origin}/redirect` }), -4);
  assert.deepEqual(seen.map(({ url }) => url), ['/redirect']);
});

test('what every request asks the browser for', async () => {
  let asked;
  const fetch = async (url, options) => {
    asked = { url, ...options };
    return new Response('x');
  };
  await makeClient({ fetch })({ url: `${origin}/echo` });
  const { redirect, credentials, cache, referrerPolicy, body } = asked;
  const want = { redirect: 'manual', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', body: undefined };
  assert.deepEqual({ redirect, credentials, cache, referrerPolicy, body }, want);
});

test('a redirect as browsers show it', async () => {
  const opaque = { type: 'opaqueredirect', status: 0, headers: new Headers(), body: null };
  assert.equal(await makeClient({ fetch: async () => opaque })({ url: `${origin}/echo` }), -4);
});

test('four mebibytes, and one byte more', async () => {
  assert.equal((await makeClient()({ url: `${origin}/exactly` })).body.length, 4 * MIB);
  for (const path of ['/longer', '/never-ends']) {
    const answer = await makeClient()({ url: origin + path });
    assert.ok(answer === -5, path); // what came instead is too long to be printed
  }
});

test('a server that says nothing, or stops in the middle, in time', async () => {
  const limits = { milliseconds: 200, bytes: MIB };
  assert.equal(await makeClient({ limits })({ url: `${origin}/silent` }), -3);
  assert.equal(await makeClient({ limits })({ url: `${origin}/stalls` }), -3);
});

test('nobody listens', async () => {
  const closed = createServer();
  await new Promise((listening) => closed.listen(0, '127.0.0.1', listening));
  const { port } = closed.address();
  await new Promise((done) => closed.close(done));
  assert.equal(await makeClient()({ url: `http://127.0.0.1:${port}/` }), -2);
  assert.equal(await makeClient()({ url: 'http://user:password@127.0.0.1/' }), -2);
});

test('a session that ends takes its requests with it', async () => {
  const session = new AbortController();
  const waits = makeClient({ ended: session.signal })({ url: `${origin}/silent` });
  session.abort();
  await assert.rejects(waits, { name: 'AbortError' });
});

test("the server's public origin is asked for here; every other is left as it is", async () => {
  const from = 'https://localhost:8443';
  const to = 'http://localhost:8480';
  for (const [url, want] of [
    ['https://localhost:8443/a/b?c=d%20e', 'http://localhost:8480/a/b?c=d%20e'],
    ['https://localhost:8443', 'http://localhost:8480/'],
    ['https://LOCALHOST:8443/a', 'http://localhost:8480/a'],
    ['https://localhost:8443//elsewhere.example/a', 'http://localhost:8480//elsewhere.example/a'],
    ['https://localhost:8444/a', undefined],
    ['https://localhost.example:8443/a', undefined],
    ['https://localhost:8443@elsewhere.example/a', undefined],
    ['https://user@localhost:8443/a', undefined],
    ['http://localhost:8443/a', undefined],
    ['https://localhost/a', undefined],
    ['https://shop.localhost:8443/a', undefined],
  ])
    assert.equal(mapOrigin(url, from, to), want ?? url, url);
});

test('the mapped request arrives', async () => {
  seen = [];
  const ask = makeClient({ origins: { public: 'https://wallet.example', page: origin } });
  assert.equal((await ask({ url: 'https://wallet.example/echo?x' })).status, 201);
  assert.ok(seen.some(({ url }) => url === '/echo?x'));
});
