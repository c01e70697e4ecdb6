// oid4vp_interop.mjs MIBUN: npm's @openid4vc/openid4vp as a foreign wallet at our real gateway.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Openid4vpClient } from '@openid4vc/openid4vp';
import { callbacks, makeKey } from './openid4vc_crypto.mjs';
import { ForeignWallet } from './foreign_wallet.mjs';
import { run } from './peer.mjs';
import { approvedPerson, reviewer, shop, startServer } from './real_server.mjs';

const server = await startServer(process.argv[2]);
const person = await approvedPerson(server);
await reviewer(server, 'akari', ['partner', 'register', `${server.state}/demo/shop.json`]);
const trust = await (await server.fetch(server.url('/.well-known/mibun-trust.json'))).json();
const wallet = await ForeignWallet.withCards(server, await person.offer(), 10);

const ask = async (...claims) => {
  const asked = await shop(server, ['request', '--claims', claims.join(',')]);
  return { id: asked.said('request_id'), link: asked.said('wallet_link'), secret: asked.said('session_secret') };
};

// What the library reads out of a link: it fetches the request, checks its signature, and judges the client id.
const client = new Openid4vpClient({ callbacks: callbacks({ keys: [], fetch: server.fetch, trust: trust.verifier_access }) });
async function open(link) {
  const { params } = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: params });
  return resolved;
}

// The library encrypts and posts; the presentation is made by @sd-jwt.
async function answer(resolved, presentation) {
  const request = resolved.authorizationRequestPayload;
  const made = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: { vp_token: { identity: [presentation] } },
    jarm: {
      encryption: { nonce: 'not-used-by-the-final-version' },
      serverMetadata: {
        authorization_signing_alg_values_supported: [],
        authorization_encryption_alg_values_supported: ['ECDH-ES'],
        authorization_encryption_enc_values_supported: ['A256GCM', 'A128GCM'],
      },
    },
  });
  const { response } = await client.submitOpenid4vpAuthorizationResponse(
    { authorizationRequestPayload: request, authorizationResponsePayload: made.authorizationResponsePayload, jarm: made.jarm });
  return { status: response.status, body: await response.json() };
}

const frame = { given_name: true, age_equal_or_over: { 20: true } };
const bindingOf = (resolved) => {
  const { nonce, client_id: audience } = resolved.authorizationRequestPayload;
  return { nonce, audience };
};

const tests = {
  async 'SD-JWT VC, encrypted: their wallet reads our request, and our gateway takes its answer'() {
    const asked = await ask('given_name', 'age_equal_or_over.20');
    const resolved = await open(asked.link);
    assert.equal(resolved.client.prefix, 'x509_hash');
    assert.equal(resolved.version, 100);
    const { status, body } = await answer(resolved, await wallet.present(frame, bindingOf(resolved)));
    assert.equal(status, 200, JSON.stringify(body));
    const code = new URL(body.redirect_uri).hash.replace('#response_code=', '');
    const result = await shop(server, ['result', asked.id, '--session-secret', asked.secret, '--response-code', code]);
    const person = JSON.parse(readFileSync(`${server.state}/demo/person.json`, 'utf8'));
    const claims = JSON.parse(result.said('claims'));
    assert.equal(JSON.stringify(claims).includes(person.given_name), true);
    assert.equal(JSON.stringify(claims).includes(person.birthdate), false);
    assert.match(result.output, /verified_at: /);
  },
  async 'what their wallet signs wrong is refused, and the request stays open for the right answer'() {
    const asked = await ask('given_name', 'age_equal_or_over.20');
    const resolved = await open(asked.link);
    const right = bindingOf(resolved);
    const year = 365 * 24 * 3600;
    const now = Math.floor(Date.now() / 1000);
    const wrong = [
      { ...right, nonce: 'a-nonce-of-somebody-else' },
      { ...right, audience: 'x509_hash:somebody-else' },
      { ...right, iat: now - year },
      { ...right, iat: now + year },
    ];
    for (const binding of wrong) {
      const { status, body } = await answer(resolved, await wallet.present(frame, binding));
      assert.equal(status, 400, JSON.stringify(binding));
      assert.equal(body.error, 'invalid_request');
    }
    const tooLittle = await answer(resolved, await wallet.present({ given_name: true }, right));
    assert.equal(tooLittle.status, 400);
    assert.equal((await answer(resolved, await wallet.present(frame, right))).status, 200);
    assert.equal((await answer(resolved, await wallet.present(frame, right))).status, 400, 'it is taken once');
  },
};

try {
  await run(tests);
} finally {
  await server.stop();
}
