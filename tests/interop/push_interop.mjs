// push_interop.mjs PEER: our Web Push messages sent to a push service of this test, opened by npm's http_ece as a browser would,
// and their sender verified by npm's jose.
import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import ece from 'http_ece';
import { exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose';
import { run, start } from './peer.mjs';

const { ask, ours, stop } = start(process.argv[2]);
const CONTACT = 'https://mibun.example';
const now = Math.floor(Date.now() / 1000);

// A browser: its key, its secret, and what it tells the server.
function newBrowser(endpoint) {
  const key = createECDH('prime256v1');
  key.generateKeys();
  const auth = randomBytes(16);
  return { key, auth, subscription: { endpoint, p256dh: key.getPublicKey('base64url'), auth: auth.toString('base64url') } };
}
const opened = ({ key, auth }, body) => ece.decrypt(body, { version: 'aes128gcm', privateKey: key, authSecret: auth }).toString();

const pair = await generateKeyPair('ES256', { extractable: true });
const sender = await exportJWK(pair.privateKey);
const send = (browser, message) => ours('make_request', { subscription: browser.subscription, key: sender, contact: CONTACT, message, now });

// A push service that takes what it gets, as it came over the wire.
async function throughPushService({ method, headers, body }) {
  let seen;
  const service = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    seen = { method: request.method, headers: request.headers, body: Buffer.concat(parts) };
    response.writeHead(201).end();
  });
  await new Promise((listening) => service.listen(0, '127.0.0.1', listening));
  const { status } = await fetch(`http://127.0.0.1:${service.address().port}/`, { method, headers, body: Buffer.from(body, 'base64url') });
  service.close();
  assert.equal(status, 201);
  return seen;
}

await run({
  async 'http_ece opens what we encrypted, of every length, and all of them have one size'() {
    const browser = newBrowser('https://push.example/1');
    const sizes = new Set();
    for (const message of ['', '{"kind":"case_approved","id":"AAAAAAAAAAAAAAAAAAAAAA"}', 'x'.repeat(128)]) {
      const seen = await throughPushService(await send(browser, message));
      assert.equal(seen.method, 'POST');
      assert.equal(seen.headers['content-encoding'], 'aes128gcm');
      assert.equal(seen.headers.ttl, '86400');
      assert.equal(opened(browser, seen.body), message);
      sizes.add(seen.body.length);
    }
    assert.equal(sizes.size, 1);
  },
  async 'another browser, another secret or a changed byte opens nothing'() {
    const browser = newBrowser('https://push.example/1');
    const body = Buffer.from((await send(browser, '{}')).body, 'base64url');
    assert.equal(opened(browser, body), '{}');
    assert.throws(() => opened(newBrowser('https://push.example/1'), body));
    assert.throws(() => opened({ ...browser, auth: randomBytes(16) }, body));
    body[body.length - 1] ^= 1;
    assert.throws(() => opened(browser, body));
  },
  async 'jose verifies who sent it, for this push service and less than a day'() {
    const { headers } = await send(newBrowser('https://push.example:8443/x?y=z'), '{}');
    const [, token, key] = /^vapid t=([^,]+), k=([A-Za-z0-9_-]+)$/.exec(headers.Authorization);
    const point = Buffer.from(key, 'base64url');
    assert.equal(point.length, 65);
    const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
    assert.equal(jwk.x, sender.x);
    const { payload, protectedHeader } = await jwtVerify(token, await importJWK(jwk, 'ES256'), { audience: 'https://push.example:8443', typ: 'JWT' });
    assert.equal(protectedHeader.alg, 'ES256');
    assert.equal(payload.sub, CONTACT);
    assert.ok(payload.exp > now && payload.exp <= now + 24 * 3600);
  },
  async 'a subscription whose key is no point makes no message'() {
    const browser = newBrowser('https://push.example/1');
    browser.subscription.p256dh = Buffer.alloc(65, 4).toString('base64url');
    const { error } = await ask('make_request', { subscription: browser.subscription, key: sender, contact: CONTACT, message: '{}', now });
    assert.equal(error, 'public_key_not_on_curve');
  },
});
stop();
