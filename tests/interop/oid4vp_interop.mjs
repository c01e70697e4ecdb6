// oid4vp_interop.mjs MIBUN: npm's @openid4vc/openid4vp as a foreign wallet at our real gateway.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Openid4vpClient } from '@openid4vc/openid4vp';
import * as jose from 'jose';
import * as mdoc from './foreign_mdoc.mjs';
import { callbacks, isLinked } from './openid4vc_crypto.mjs';
import { ForeignWallet, MDOC, PHOTO_ID } from './foreign_wallet.mjs';
import { run } from './peer.mjs';
import { approvedPerson, partner, reviewer, shop, startServer } from './real_server.mjs';

// What HAIP has not is asked for where a test says so.
const server = await startServer(process.argv[2], () => ({ config: {
  unencrypted_answers: true, requests_by_value: true,
  client_id_prefixes: ['verifier_attestation', 'pre-registered', 'redirect_uri'],
} }));
const person = await approvedPerson(server);
// The shop is registered for both cards.
const NAME_SPACE = 'org.iso.23220.1';
const application = JSON.parse(readFileSync(`${server.state}/demo/shop.json`, 'utf8'));
application.credentials.push({ doctype: PHOTO_ID, claims: ['given_name', 'age_over_20'].map((name) => [NAME_SPACE, name]) });
writeFileSync(`${server.state}/shop.json`, JSON.stringify(application));
await reviewer(server, 'akari', ['partner', 'register', `${server.state}/shop.json`]);
// Another partner asks under the gateway's name in place of its certificate's hash.
const NAMED = 'named-shop';
const named = (args, exit) => partner(server, NAMED, args, exit);
writeFileSync(`${server.state}/named.json`, JSON.stringify({ ...application, partner_id: NAMED, client_id_prefix: 'x509_san_dns' }));
await reviewer(server, 'akari', ['partner', 'register', `${server.state}/named.json`]);
// And three who have no certificate.
const BY_NAME = { 'attested-shop': 'verifier_attestation', 'known-shop': 'pre-registered', 'unsigned-shop': 'redirect_uri' };
for (const [partner_id, client_id_prefix] of Object.entries(BY_NAME)) {
  writeFileSync(`${server.state}/by-name.json`, JSON.stringify({ ...application, partner_id, client_id_prefix }));
  await reviewer(server, 'akari', ['partner', 'register', `${server.state}/by-name.json`]);
}
const answersAt = (id) => `${server.origin}/oid4vp/partners/${id}/responses`;
const trust = await (await server.fetch(server.url('/.well-known/mibun-trust.json'))).json();
const wallet = await ForeignWallet.withCards(server, await person.offer(), 10);
wallet.cards.push(...(await ForeignWallet.withCards(server, await person.offer(), 10)).cards);
wallet.cards.push(...(await ForeignWallet.withCards(server, await person.offer(), 10)).cards);
for (let i = 0; i < 3; ++i) wallet.cards.push(...(await ForeignWallet.withCards(server, await person.offer(), 10)).cards);
const photoIds = await ForeignWallet.withCards(server, await person.offer(), 10, MDOC);
photoIds.cards.push(...(await ForeignWallet.withCards(server, await person.offer(), 10, MDOC)).cards);
photoIds.cards.push(...(await ForeignWallet.withCards(server, await person.offer(), 10, MDOC)).cards);
for (let i = 0; i < 3; ++i) photoIds.cards.push(...(await ForeignWallet.withCards(server, await person.offer(), 10, MDOC)).cards);

const asked = async (...what) => askedBy((args) => shop(server, args), ...what);
const askedBy = async (who, ...what) => {
  const shown = await who(['request', ...what]);
  const forBrowser = JSON.parse(shown.said('dc_api_requests') ?? 'null');
  return { id: shown.said('request_id'), link: shown.said('wallet_link'), secret: shown.said('session_secret'), forBrowser };
};
const ask = (...claims) => asked('--claims', claims.join(','));
const SD_JWT_QUERY = {
  id: 'identity', format: 'dc+sd-jwt', meta: { vct_values: ['urn:mibun:identity:1'] },
  claims: [{ path: ['given_name'] }, { path: ['age_equal_or_over', '20'] }],
};
const MDOC_QUERY = {
  id: 'photo_id', format: 'mso_mdoc', meta: { doctype_value: PHOTO_ID },
  claims: ['given_name', 'age_over_20'].map((name) => ({ path: [NAME_SPACE, name] })),
};
function askFor(credentials, ...more) {
  writeFileSync(`${server.state}/query.json`, JSON.stringify({ credentials }));
  return asked('--query', `${server.state}/query.json`, ...more);
}

// What the library reads out of a link: it fetches the request, checks its signature, and judges the client id.
const clientWith = (more = {}) => new Openid4vpClient({ callbacks: callbacks({
  keys: [], fetch: server.fetch, trust: trust.verifier_access, verifierKey: (request) => verifierKey(request), ...more }) });
const client = clientWith();
async function open(link, reader = client) {
  const { params } = reader.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
  const resolved = await reader.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: params });
  return resolved;
}

// Of a verifier without a certificate: by a registrar's attestation (OpenID4VP 1.0, section 12), or as the trust list has
// it. The library hands over the header and leaves it to its user whom to believe.
async function verifierKey({ header, payload }, list = trust) {
  const { client_id: id, response_uri: address } = payload;
  if (!id.includes(':')) {
    const known = list.verifiers?.find((one) => one.client_id === id);
    return known?.response_uris.includes(address) ? known.jwks.keys.find(({ kid }) => kid === header.kid) : undefined;
  }
  const { x5c, typ } = jose.decodeProtectedHeader(header.jwt);
  if (typ !== 'verifier-attestation+jwt' || !isLinked(x5c, list.registrar)) return undefined;
  const registrar = await jose.importX509(`-----BEGIN CERTIFICATE-----\n${x5c[0]}\n-----END CERTIFICATE-----`, 'ES256');
  const { payload: said } = await jose.jwtVerify(header.jwt, registrar, { requiredClaims: ['iss', 'sub', 'exp', 'cnf'] });
  const fits = `verifier_attestation:${said.sub}` === id && said.redirect_uris.includes(address);
  return fits ? said.cnf.jwk : undefined;
}

const jarm = {
  encryption: { nonce: 'not-used-by-the-final-version' },
  serverMetadata: {
    authorization_signing_alg_values_supported: [],
    authorization_encryption_alg_values_supported: ['ECDH-ES'],
    authorization_encryption_enc_values_supported: ['A256GCM', 'A128GCM'],
  },
};

const isEncrypted = ({ response_mode: mode }) => mode.endsWith('.jwt');

// The library encrypts and posts; the presentations are made by @sd-jwt and @owf/mdoc.
async function answer(resolved, vpToken) {
  const request = resolved.authorizationRequestPayload;
  const made = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: { vp_token: vpToken },
    jarm: isEncrypted(request) ? jarm : undefined,
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

const identity = async (...asked) => ({ identity: [await wallet.present(...asked)] });

const thumbprintOf = async (jwk) => new Uint8Array(Buffer.from(await jose.calculateJwkThumbprint(jwk, 'sha256'), 'base64url'));

// What the holder of an mdoc signs; `spoil` changes what it is made of.
async function transcriptOf(resolved, spoil = {}) {
  const request = resolved.authorizationRequestPayload;
  const { nonce, client_id: clientId, response_uri: responseUri, client_metadata: { jwks } } = request;
  const jwkThumbprint = isEncrypted(request) ? await thumbprintOf(jwks.keys[0]) : null;
  return mdoc.transcriptOf({ clientId, nonce, responseUri, jwkThumbprint, ...spoil });
}
const BOTH = { [NAME_SPACE]: ['given_name', 'age_over_20'] };
const photoId = async (resolved, spoil, shown = BOTH) =>
  ({ photo_id: [await photoIds.presentMdoc(shown, await transcriptOf(resolved, spoil))] });

const PERSON = JSON.parse(readFileSync(`${server.state}/demo/person.json`, 'utf8'));

// The shop takes the result of an answer that was accepted: the claims, by query.
async function resultOf({ id, secret }, { status, body }, who = (args) => shop(server, args)) {
  assert.equal(status, 200, JSON.stringify(body));
  const code = new URL(body.redirect_uri).hash.replace('#response_code=', '');
  const result = await who(['result', id, '--session-secret', secret, '--response-code', code]);
  assert.match(result.output, /verified_at: /);
  assert(!result.said('claims').includes(PERSON.birthdate), 'more than was shown');
  return JSON.parse(result.said('claims'));
}

const tests = {
  async 'SD-JWT VC, encrypted: their wallet reads our request, and our gateway takes its answer'() {
    const asked = await ask('given_name', 'age_equal_or_over.20');
    const resolved = await open(asked.link);
    assert.equal(resolved.client.prefix, 'x509_hash');
    assert.equal(resolved.version, 100);
    const claims = await resultOf(asked, await answer(resolved, await identity(frame, bindingOf(resolved))));
    assert.equal(claims.identity[0].given_name, PERSON.given_name);
  },
  async 'mdoc, encrypted: their wallet reads our request, and our gateway takes its answer'() {
    const asked = await askFor([MDOC_QUERY]);
    const resolved = await open(asked.link);
    assert.deepEqual(Object.keys(resolved.authorizationRequestPayload.client_metadata.vp_formats_supported), ['mso_mdoc']);
    const claims = await resultOf(asked, await answer(resolved, await photoId(resolved)));
    assert.deepEqual(claims, { photo_id: [{ [NAME_SPACE]: { given_name: PERSON.given_name, age_over_20: true } }] });
  },
  async 'SD-JWT VC, in the clear: their wallet answers so where it was asked so, and our gateway takes it'() {
    const asked = await askFor([SD_JWT_QUERY], '--unencrypted');
    const resolved = await open(asked.link);
    assert.equal(resolved.authorizationRequestPayload.response_mode, 'direct_post');
    const claims = await resultOf(asked, await answer(resolved, await identity(frame, bindingOf(resolved))));
    assert.equal(claims.identity[0].given_name, PERSON.given_name);
  },
  async 'mdoc, in the clear: the transcript names no key, and one that does is refused'() {
    const asked = await askFor([MDOC_QUERY], '--unencrypted');
    const resolved = await open(asked.link);
    const withKey = { jwkThumbprint: new Uint8Array(32) };
    assert.equal((await answer(resolved, await photoId(resolved, withKey))).status, 400);
    const claims = await resultOf(asked, await answer(resolved, await photoId(resolved)));
    assert.deepEqual(claims, { photo_id: [{ [NAME_SPACE]: { given_name: PERSON.given_name, age_over_20: true } }] });
  },
  async 'x509_san_dns: their wallet reads a request under the gateway\'s name, and answers to that name alone, both cards'() {
    writeFileSync(`${server.state}/query.json`, JSON.stringify({ credentials: [SD_JWT_QUERY, MDOC_QUERY] }));
    const asked = await askedBy(named, '--query', `${server.state}/query.json`);
    const resolved = await open(asked.link);
    assert.equal(resolved.client.prefix, 'x509_san_dns');
    const name = `x509_san_dns:${new URL(server.origin).hostname}`;
    assert.equal(resolved.authorizationRequestPayload.client_id, name);
    const right = bindingOf(resolved);
    const both = async (binding, spoil) => ({ ...(await identity(frame, binding)), ...(await photoId(resolved, spoil)) });
    const byHash = bindingOf(await open((await ask('given_name')).link)).audience;
    for (const wrong of [byHash, 'x509_san_dns:shop.example', new URL(server.origin).hostname]) {
      assert.equal((await answer(resolved, await both({ ...right, audience: wrong }))).status, 400, wrong);
      assert.equal((await answer(resolved, await both(right, { clientId: wrong }))).status, 400, wrong);
    }
    const claims = await resultOf(asked, await answer(resolved, await both(right)), named);
    assert.deepEqual(Object.keys(claims).sort(), ['identity', 'photo_id']);
    const again = new URL((await askedBy(named, '--claims', 'given_name')).link);
    again.searchParams.set('client_id', 'x509_san_dns:shop.example');
    await assert.rejects(open(again.href));
  },
  async 'by value: their wallet reads the signed request out of the link, and nothing can be fetched'() {
    const asked = await askFor([SD_JWT_QUERY, MDOC_QUERY], '--by-value');
    assert.match(asked.link, /[?&]request=ey/);
    assert.doesNotMatch(asked.link, /request_uri=/);
    let fetched = 0;
    const counting = clientWith({ fetch: (...what) => (fetched++, server.fetch(...what)) });
    const resolved = await open(asked.link, counting);
    assert.equal(fetched, 0);
    assert.equal(resolved.jar.sendBy, 'value');
    assert.equal(resolved.client.prefix, 'x509_hash');
    assert.equal((await server.fetch(server.url(`/oid4vp/requests/${asked.id}`))).status, 404);
    const both = { ...(await identity(frame, bindingOf(resolved))), ...(await photoId(resolved)) };
    const claims = await resultOf(asked, await answer(resolved, both));
    assert.deepEqual(Object.keys(claims).sort(), ['identity', 'photo_id']);
    const spoiled = new URL(asked.link);
    spoiled.searchParams.set('request', spoiled.searchParams.get('request').replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')));
    await assert.rejects(open(spoiled.href));
  },
  async 'without a certificate: under an attestation, known from the trust list, and unsigned, by reference and by value'() {
    writeFileSync(`${server.state}/query.json`, JSON.stringify({ credentials: [SD_JWT_QUERY, MDOC_QUERY] }));
    const ways = [
      ['attested-shop', 'verifier_attestation:attested-shop', []], ['attested-shop', 'verifier_attestation:attested-shop', ['--by-value']],
      ['known-shop', 'known-shop', []], ['known-shop', 'known-shop', ['--by-value']],
      ['unsigned-shop', `redirect_uri:${answersAt('unsigned-shop')}`, []],
    ];
    for (const [id, name, more] of ways) {
      const by = (args, exit) => partner(server, id, args, exit);
      for (const clear of [[], ['--unencrypted']]) {
        const where = `${name} ${more} ${clear}`;
        const asked = await askedBy(by, '--query', `${server.state}/query.json`, ...more, ...clear);
        const resolved = await open(asked.link);
        assert.equal(resolved.client.prefix, BY_NAME[id], where);
        assert.equal(resolved.authorizationRequestPayload.client_id, name, where);
        assert.equal(resolved.authorizationRequestPayload.response_uri, answersAt(id), where);
        assert.equal(resolved.jar === undefined, id === 'unsigned-shop', where);
        const right = bindingOf(resolved);
        const both = async (binding, spoil) => ({ ...(await identity(frame, binding)), ...(await photoId(resolved, spoil)) });
        // Not for somebody else, in either format.
        const wrong = id === 'known-shop' ? 'attested-shop' : 'known-shop';
        if (clear.length === 0) {
          assert.equal((await answer(resolved, await both({ ...right, audience: wrong }))).status, 400, where);
          assert.equal((await answer(resolved, await both(right, { clientId: wrong }))).status, 400, where);
        }
        const claims = await resultOf(asked, await answer(resolved, await both(right)), by);
        assert.deepEqual(Object.keys(claims).sort(), ['identity', 'photo_id'], where);
      }
    }
  },
  async 'without a certificate: a wallet that does not know the partner, or not its registrar, reads no request'() {
    const ofOthers = async (list, id) => {
      const link = (await askedBy((args) => partner(server, id, args), '--claims', 'given_name')).link;
      await open(link);
      await assert.rejects(open(link, clientWith({ verifierKey: (request) => verifierKey(request, list) })));
    };
    await ofOthers({ ...trust, verifiers: [] }, 'known-shop');
    await ofOthers({ ...trust, verifiers: trust.verifiers.map((one) => ({ ...one, response_uris: ['https://shop.example/'] })) }, 'known-shop');
    await ofOthers({ ...trust, registrar: trust.verifier_access }, 'attested-shop');
  },
  async 'without a certificate: nothing that needs what is not there'() {
    for (const what of [['--cross-device'], ['--browser']]) {
      await partner(server, 'unsigned-shop', ['request', '--claims', 'given_name', ...what], 1);
    }
    await shop(server, ['request', '--claims', 'given_name', '--cross-device', '--by-value'], 1);
  },
  async 'both cards in one answer'() {
    const asked = await askFor([SD_JWT_QUERY, MDOC_QUERY]);
    const resolved = await open(asked.link);
    const both = { ...(await identity(frame, bindingOf(resolved))), ...(await photoId(resolved)) };
    const claims = await resultOf(asked, await answer(resolved, both));
    assert.deepEqual(Object.keys(claims).sort(), ['identity', 'photo_id']);
    assert.equal(claims.photo_id[0][NAME_SPACE].given_name, claims.identity[0].given_name);
  },
  async 'one card where both were asked for is refused'() {
    const resolved = await open((await askFor([SD_JWT_QUERY, MDOC_QUERY])).link);
    assert.equal((await answer(resolved, await identity(frame, bindingOf(resolved)))).status, 400);
    assert.equal((await answer(resolved, await photoId(resolved))).status, 400);
  },
  // The shop's page passes the request to the browser, which hands it to their wallet with the page's origin.
  async 'both cards, Digital Credentials API: their wallet reads the signed request and answers to the origin'() {
    const { origin } = new URL(application.redirect_uri);
    const asked = await askFor([SD_JWT_QUERY, MDOC_QUERY], '--browser');
    const [{ protocol, data }] = asked.forBrowser;
    assert.equal(protocol, 'openid4vp-v1-signed');
    const resolved = await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: data, origin });
    assert.equal(resolved.client.prefix, 'x509_hash');
    const elsewhere = client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: data, origin: 'https://other.example' });
    await assert.rejects(elsewhere, /expected_origins/);
    const { nonce, client_id: clientId, client_metadata: { jwks } } = resolved.authorizationRequestPayload;
    const jwkThumbprint = await thumbprintOf(jwks.keys[0]);
    // OpenID4VP 1.0, appendices A.4 and B.2.6.2: what is signed names the origin, also for a signed request.
    const handOver = async (audience, signedOrigin, exit) => {
      const sessionTranscript = await mdoc.browserTranscriptOf({ origin: signedOrigin, nonce, jwkThumbprint });
      const made = await client.createOpenid4vpAuthorizationResponse({
        authorizationRequestPayload: resolved.authorizationRequestPayload, origin, jarm,
        authorizationResponsePayload: { vp_token: {
          ...(await identity(frame, { nonce, audience })), photo_id: [await photoIds.presentMdoc(BOTH, sessionTranscript)],
        } },
      });
      writeFileSync(`${server.state}/browser-answer.json`, JSON.stringify({ response: made.jarm.responseJwt }));
      return shop(server, ['answer', asked.id, `${server.state}/browser-answer.json`, '--session-secret', asked.secret], exit);
    };
    const refused = [[clientId, origin], [`origin:${origin}`, 'https://other.example'], ['origin:https://other.example', origin]];
    for (const [audience, signedOrigin] of refused) await handOver(audience, signedOrigin, 1);
    assert.equal((await handOver(`origin:${origin}`, origin, 0)).said('state'), 'answered');
    const result = await shop(server, ['result', asked.id, '--session-secret', asked.secret]);
    assert.equal(result.said('presentation_channel'), 'dc_api');
    const claims = JSON.parse(result.said('claims'));
    assert.equal(claims.identity[0].given_name, PERSON.given_name);
    assert.deepEqual(claims.photo_id, [{ [NAME_SPACE]: { given_name: PERSON.given_name, age_over_20: true } }]);
  },
  // The transcript holds who asks, the nonce, where the answer goes and the key that reads it: OpenID4VP 1.0, B.2.6.1.
  async 'oid4vp-1final-verifier-invalid-session-transcript: an mdoc signed over another transcript is refused'() {
    const resolved = await open((await askFor([MDOC_QUERY])).link);
    const spoils = [
      { clientId: 'x509_hash:somebody-else' }, { nonce: 'a-nonce-of-somebody-else' }, { responseUri: 'https://somebody-else.example/' },
      { jwkThumbprint: undefined }, { jwkThumbprint: new Uint8Array(32) },
    ];
    for (const spoil of spoils) {
      const { status, body } = await answer(resolved, await photoId(resolved, spoil));
      assert.equal(status, 400, JSON.stringify(spoil));
      assert.equal(body.error, 'invalid_request');
    }
    assert.equal((await answer(resolved, await photoId(resolved, {}, { [NAME_SPACE]: ['given_name'] }))).status, 400, 'too little');
    assert.equal((await answer(resolved, await photoId(resolved))).status, 200);
    assert.equal((await answer(resolved, await photoId(resolved))).status, 400, 'it is taken once');
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
      const { status, body } = await answer(resolved, await identity(frame, binding));
      assert.equal(status, 400, JSON.stringify(binding));
      assert.equal(body.error, 'invalid_request');
    }
    const tooLittle = await answer(resolved, await identity({ given_name: true }, right));
    assert.equal(tooLittle.status, 400);
    assert.equal((await answer(resolved, await identity(frame, right))).status, 200);
    assert.equal((await answer(resolved, await identity(frame, right))).status, 400, 'it is taken once');
  },
};

try {
  await run(tests);
} finally {
  await server.stop();
}
