// oid4vp_verifier_interop.mjs MIBUN: our real wallet at a verifier made of npm's @openid4vc/openid4vp.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Openid4vpVerifier } from '@openid4vc/openid4vp';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import * as jose from 'jose';
import { CONFIGURATION, ForeignIssuer, LICENCE, MDL, MDL_NAME_SPACE, trustedIssuers, VCT } from './foreign_issuer.mjs';
import * as mdoc from './foreign_mdoc.mjs';
import { Authority, IssuingAuthority, PURPOSES } from './foreign_pki.mjs';
import { callbacks, makeKey } from './openid4vc_crypto.mjs';
import { run } from './peer.mjs';
import { approvedPerson, freePort, startServer } from './real_server.mjs';

let issuers, iaca, verifiers, registrars, unknown, tlsRoot, tls;
const server = await startServer(process.argv[2], (folder) => {
  issuers = new Authority(folder, 'stranger-issuers');
  iaca = new IssuingAuthority(folder, 'stranger-iaca');
  verifiers = new Authority(folder, 'stranger-verifiers');
  registrars = new Authority(folder, 'stranger-registrars');
  unknown = new Authority(folder, 'unknown');
  tlsRoot = new Authority(folder, 'stranger-tls');
  tls = tlsRoot.leaf('localhost', PURPOSES.tlsServer, ['DNS:localhost']);
  const walletTrust = { verifier_access: [verifiers.rootFile], registrar: [registrars.rootFile] };
  return { walletTrust, config: { trusted_issuers: trustedIssuers(issuers, iaca) }, tlsRoots: [tlsRoot.rootFile] };
});

const hasher = (data, alg) => createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest();
const x509Hash = ({ x5c }) => 'x509_hash:' + createHash('sha256').update(Buffer.from(x5c[0], 'base64')).digest('base64url');
const REGISTRAR = 'https://registrar.example';

// What a registrar that the wallet trusts says about this verifier: for whom, and for which claims.
async function registrationOf(clientId, credentials) {
  const registrar = registrars.leaf(`registrar-${randomBytes(4).toString('hex')}`, PURPOSES.registrar, ['DNS:registrar.example', `URI:${REGISTRAR}`]);
  const both = (ja, en) => ({ ja, en });
  const now = Math.floor(Date.now() / 1000);
  return new jose.SignJWT({
    iss: REGISTRAR, sub: clientId, registration_id: 'club-1', iat: now - 60, exp: now + 86400,
    organization: { name: both('よその会', 'The other club'), contact: 'privacy@club.example' },
    purpose: both('会員の確認', 'To check your membership'),
    retention: { days: 1, text: both('翌日に消去します', 'Erased the next day') },
    cautions: both('なし', 'None'),
    credentials,
  }).setProtectedHeader({ alg: 'ES256', typ: 'mibun-partner-registration+jwt', x5c: registrar.x5c })
    .sign(await jose.importJWK(registrar.private, 'ES256'));
}

// What is asked for: of the membership (SD-JWT VC) and of the licence (mdoc).
const membership = (claims) => ({
  query: { id: 'membership', format: 'dc+sd-jwt', meta: { vct_values: [VCT] }, claims: claims.map((name) => ({ path: [name] })) },
  registered: { vct: VCT, claims: claims.map((name) => [name]) },
});
const licence = (elements) => ({
  query: {
    id: 'licence', format: 'mso_mdoc', meta: { doctype_value: MDL },
    claims: elements.map((name) => ({ path: [MDL_NAME_SPACE, name] })),
  },
  registered: { doctype: MDL, claims: elements.map((name) => [MDL_NAME_SPACE, name]) },
});

// Their library writes requests for direct_post, direct_post.jwt and the browser; it has no fragment.
class ForeignVerifier {
  static async start({ authority = verifiers } = {}) {
    const verifier = new ForeignVerifier();
    verifier.port = await freePort();
    verifier.origin = `https://localhost:${verifier.port}`;
    verifier.access = authority.leaf(`verifier-${randomBytes(4).toString('hex')}`, PURPOSES.verifierAccess, ['DNS:localhost']);
    verifier.clientId = x509Hash(verifier.access);
    verifier.encryption = await makeKey();
    Object.assign(verifier.encryption.public, { kid: 'enc-1', alg: 'ECDH-ES', use: 'enc' });
    verifier.answers = [];
    verifier.asked = [];
    verifier.callbacks = callbacks({ keys: [verifier.access, verifier.encryption] });
    verifier.library = new Openid4vpVerifier({ callbacks: verifier.callbacks });
    verifier.server = createServer({ key: tls.keyPem, cert: tls.certificatePem, minVersion: 'TLSv1.3' }, async (message, answer) => {
      const parts = [];
      for await (const part of message) parts.push(part);
      verifier.handle(message.url, Buffer.concat(parts).toString(), answer);
    });
    await new Promise((resolve) => verifier.server.listen(verifier.port, '127.0.0.1', resolve));
    return verifier;
  }
  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  // The link for the wallet; the request object waits at request_uri.
  async request(cards, { registered = cards, aud = 'https://self-issued.me/v2', mode = 'direct_post.jwt' } = {}) {
    const created = await this.create(cards, registered, aud, {
      response_mode: mode, response_uri: `${this.origin}/response`, state: randomBytes(16).toString('base64url') });
    return created.authorizationRequest;
  }

  // The same with the request object in the link itself.
  async requestByValue(cards) {
    const created = await this.create(cards, cards, 'https://self-issued.me/v2', {
      response_mode: 'direct_post.jwt', response_uri: `${this.origin}/response`, state: randomBytes(16).toString('base64url') }, { byValue: true });
    return created.authorizationRequest;
  }

  // Unsigned: the client is the address that the answer goes to. What it may ask for is registered all the same.
  async unsignedRequest(cards, { clientId = `redirect_uri:${this.origin}/response`, registered = cards } = {}) {
    this.clientId = clientId;
    this.nonce = randomBytes(32).toString('base64url');
    this.payload = {
      ...this.asking(cards, { response_mode: 'direct_post.jwt', response_uri: `${this.origin}/response`, state: randomBytes(16).toString('base64url') }),
      verifier_info: [{ format: 'mibun-partner-registration+jwt', data: await registrationOf(clientId, registered.map((card) => card.registered)) }],
    };
    const created = await this.library.createOpenId4vpAuthorizationRequest({ authorizationRequestPayload: this.payload });
    return created.authorizationRequest;
  }

  // What a page gives to the browser: OpenID4VP 1.0, appendix A.3.
  async browserRequest(cards, expectedOrigins = [this.origin]) {
    await this.create(cards, cards, 'https://self-issued.me/v2', { response_mode: 'dc_api.jwt', expected_origins: expectedOrigins });
    return { protocol: 'openid4vp-v1-signed', data: { request: this.object } };
  }

  asking(cards, way) {
    return {
      response_type: 'vp_token',
      client_id: this.clientId,
      nonce: this.nonce,
      ...way,
      dcql_query: { credentials: cards.map((card) => card.query), ...(this.sets ? { credential_sets: this.sets } : {}) },
      client_metadata: {
        jwks: { keys: [this.encryption.public] },
        encrypted_response_enc_values_supported: ['A128GCM', 'A256GCM'],
        vp_formats_supported: {
          'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] },
          mso_mdoc: { issuerauth_alg_values: [-7], deviceauth_alg_values: [-7] },
        },
      },
    };
  }

  async create(cards, registered, aud, way, { byValue = false } = {}) {
    this.nonce = randomBytes(32).toString('base64url');
    const registration = await registrationOf(this.clientId, registered.map((card) => card.registered));
    this.payload = { ...this.asking(cards, way), verifier_info: [{ format: 'mibun-partner-registration+jwt', data: registration }] };
    const created = await this.library.createOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: this.payload,
      jar: {
        requestUri: byValue ? undefined : `${this.origin}/request`,
        expiresInSeconds: 300,
        jwtSigner: { method: 'x5c', alg: 'ES256', x5c: this.access.x5c },
        additionalJwtPayload: aud ? { aud } : undefined,
      },
    });
    this.object = created.jar.authorizationRequestJwt;
    return created;
  }

  handle(path, body, answer) {
    this.asked.push(path);
    if (path === '/request') {
      answer.writeHead(200, { 'Content-Type': 'application/oauth-authz-req+jwt' });
      return answer.end(this.object);
    }
    if (path !== '/response') {  // our wallet asks for a receipt, which nobody but our gateway gives
      answer.writeHead(404);
      return answer.end();
    }
    this.answers.push(Object.fromEntries(new URLSearchParams(body)));
    answer.writeHead(200, { 'Content-Type': 'application/json' });
    answer.end(JSON.stringify({ redirect_uri: `${this.origin}/done#response_code=abc` }));
  }

  // What their library reads out of the answer: one presentation for each card that was asked for, or for `ids`.
  async presentations(ids = this.payload.dcql_query.credentials.map(({ id }) => id)) {
    assert.equal(this.answers.length, 1);
    const parsed = await this.library.parseOpenid4vpAuthorizationResponse(
      { authorizationResponse: this.answers[0], authorizationRequestPayload: this.payload, origin: this.origin, callbacks: this.callbacks });
    assert.equal(parsed.authorizationResponsePayload.state, this.payload.state);
    const { presentations } = parsed.dcql;
    assert.deepEqual(Object.keys(presentations).sort(), ids.sort());
    for (const list of Object.values(presentations)) assert.equal(list.length, 1);
    return presentations;
  }

  // What @sd-jwt reads out of an SD-JWT VC.
  async judgeSdJwt(presentation, audience = this.clientId) {
    const { x5c } = jose.decodeProtectedHeader(presentation.split('~')[0]);
    const es256 = (key, data, signature) =>
      verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
    const issuerKey = createPublicKey(`-----BEGIN CERTIFICATE-----\n${x5c[0]}\n-----END CERTIFICATE-----`);
    const reader = new SDJwtVcInstance({
      hasher,
      hashAlg: 'sha-256',
      verifier: (data, signature) => es256(issuerKey, data, signature),
      kbVerifier: (data, signature, payload) => es256(createPublicKey({ key: payload.cnf.jwk, format: 'jwk' }), data, signature),
    });
    const { kb, payload } = await reader.verify(presentation, { keyBindingNonce: this.nonce });
    assert.equal(kb.payload.aud, audience);
    return payload;
  }

  // What @owf/mdoc and @auth0/mdl read out of an mdoc, over the transcript that this verifier makes itself.
  async judgeMdoc(presentation) {
    const thumbprint = await jose.calculateJwkThumbprint(this.encryption.public, 'sha256');
    const isEncrypted = this.payload.response_mode.endsWith('.jwt');
    const jwkThumbprint = isEncrypted ? new Uint8Array(Buffer.from(thumbprint, 'base64url')) : null;
    const { clientId, nonce, origin } = this;
    const responseUri = this.payload.response_uri;
    const transcript = responseUri
      ? await mdoc.transcriptOf({ clientId, nonce, responseUri, jwkThumbprint })
      : await mdoc.browserTranscriptOf({ origin, nonce, jwkThumbprint });
    const { docType, claims } = await mdoc.verify(presentation, [iaca.rootPem], transcript);
    assert.equal(docType, MDL);
    return claims;
  }
}

const person = await approvedPerson(server);
const issuer = await ForeignIssuer.start({
  tls,
  makeSigner: (origin) => issuers.leaf('issuer', PURPOSES.credentialIssuer, ['DNS:localhost', `URI:${origin}`]),
  documentSigner: iaca.documentSigner('signer'),
  batchSize: 10,
});
for (const configuration of [CONFIGURATION, LICENCE]) {
  const offer = await issuer.offer(configuration);
  await person.wallet(['receive', offer.link, '--allow-origin', issuer.origin], ['y', offer.txCode]);
}

// What the person does: opens the link, agrees, proves that it is them.
const present = (verifier, link, exit = 0, options = []) =>
  person.wallet(['present', link, '--allow-origin', verifier.origin, ...options], ['y', person.passphrase], exit);

// The same where a browser hands the request over and takes the answer back.
async function presentToBrowser(verifier, request, exit = 0, origin = verifier.origin) {
  const file = `${server.state}/browser-request.json`;
  writeFileSync(file, JSON.stringify(request));
  const shown = await person.wallet(
    ['present', '--browser-request', file, '--origin', origin, '--answer', `${file}.answer`], ['y', person.passphrase], exit);
  if (exit === 0) verifier.answers.push(JSON.parse(readFileSync(`${file}.answer`, 'utf8')).data);
  return shown;
}

async function withVerifier(options, test) {
  const verifier = await ForeignVerifier.start(options);
  try {
    await test(verifier);
  } finally {
    await verifier.stop();
  }
}
// A request that our wallet must not answer, and the code that the person sees.
const refuses = (code, options, ask) => () => withVerifier(options, async (verifier) => {
  const refused = await present(verifier, await ask(verifier), 1);
  assert.match(refused.errors, new RegExp(code));
  assert.equal(verifier.answers.length, 0, 'something was sent');
});

const tests = {
  async 'SD-JWT VC of their issuer, encrypted: our wallet shows what their verifier asked for and no more'() {
    await withVerifier({}, async (verifier) => {
      const shown = await present(verifier, await verifier.request([membership(['member_name'])]));
      assert.equal(shown.said('outcome'), 'shared');
      assert.equal(shown.said('redirect'), `${verifier.origin}/done#response_code=abc`);
      const claims = await verifier.judgeSdJwt((await verifier.presentations()).membership[0]);
      assert.equal(claims.member_name, 'Hanako');
      assert.equal(claims.member_since, undefined);
    });
  },
  async 'SD-JWT VC of their issuer, in the clear: our wallet answers so where the person allowed it'() {
    await withVerifier({}, async (verifier) => {
      const link = await verifier.request([membership(['member_name'])], { mode: 'direct_post' });
      const shown = await present(verifier, link, 0, ['--also-unencrypted']);
      assert.equal(shown.said('outcome'), 'shared');
      assert.equal(verifier.answers[0].response, undefined);
      const claims = await verifier.judgeSdJwt((await verifier.presentations()).membership[0]);
      assert.equal(claims.member_name, 'Hanako');
    });
  },
  async 'mdoc of their issuer, encrypted: our wallet shows what their verifier asked for and no more'() {
    await withVerifier({}, async (verifier) => {
      const shown = await present(verifier, await verifier.request([licence(['family_name', 'age_over_20'])]));
      assert.equal(shown.said('outcome'), 'shared');
      const claims = await verifier.judgeMdoc((await verifier.presentations()).licence[0]);
      assert.deepEqual(claims, { [MDL_NAME_SPACE]: { family_name: 'Stranger', age_over_20: true } });
    });
  },
  async 'mdoc of their issuer, in the clear: the transcript names no key'() {
    await withVerifier({}, async (verifier) => {
      const link = await verifier.request([licence(['age_over_20'])], { mode: 'direct_post' });
      assert.equal((await present(verifier, link, 0, ['--also-unencrypted'])).said('outcome'), 'shared');
      assert.equal(verifier.answers[0].response, undefined);
      const claims = await verifier.judgeMdoc((await verifier.presentations()).licence[0]);
      assert.deepEqual(claims, { [MDL_NAME_SPACE]: { age_over_20: true } });
    });
  },
  async 'a request by value: nothing is fetched, and the answer is the same'() {
    await withVerifier({}, async (verifier) => {
      const link = await verifier.requestByValue([membership(['member_name'])]);
      assert.match(link, /[?&]request=ey/);
      assert.doesNotMatch(link, /request_uri=/);
      assert.equal((await present(verifier, link)).said('outcome'), 'shared');
      assert.deepEqual(verifier.asked.filter((path) => path === '/request'), []);
      assert.equal((await verifier.judgeSdJwt((await verifier.presentations()).membership[0])).member_name, 'Hanako');
    });
  },
  async 'an unsigned request is answered to nobody but the address that it names'() {
    await withVerifier({}, async (verifier) => {
      const shown = await present(verifier, await verifier.unsignedRequest([membership(['member_name'])]));
      assert.equal(shown.said('outcome'), 'shared');
      assert.equal((await verifier.judgeSdJwt((await verifier.presentations()).membership[0])).member_name, 'Hanako');
    });
  },
  async 'both cards in one answer'() {
    await withVerifier({}, async (verifier) => {
      await present(verifier, await verifier.request([membership(['member_name']), licence(['age_over_20'])]));
      const presentations = await verifier.presentations();
      assert.equal((await verifier.judgeSdJwt(presentations.membership[0])).member_name, 'Hanako');
      assert.deepEqual(await verifier.judgeMdoc(presentations.licence[0]), { [MDL_NAME_SPACE]: { age_over_20: true } });
    });
  },
  async 'both cards in one answer through the browser: Digital Credentials API'() {
    await withVerifier({}, async (verifier) => {
      await presentToBrowser(verifier, await verifier.browserRequest([membership(['member_name']), licence(['age_over_20'])]));
      const presentations = await verifier.presentations();
      const claims = await verifier.judgeSdJwt(presentations.membership[0], `origin:${verifier.origin}`);
      assert.equal(claims.member_name, 'Hanako');
      assert.deepEqual(await verifier.judgeMdoc(presentations.licence[0]), { [MDL_NAME_SPACE]: { age_over_20: true } });
    });
  },
  async 'an optional credential set: left out unless the person adds it, and with the card that the person picks'() {
    const offer = await issuer.offer(CONFIGURATION);
    await person.wallet(['receive', offer.link, '--allow-origin', issuer.origin], ['y', offer.txCode]);
    const asked = async (verifier) => {
      verifier.sets = [{ options: [['membership']] }, { options: [['licence']], required: false }];
      return verifier.request([membership(['member_name']), licence(['age_over_20'])]);
    };
    await withVerifier({}, async (verifier) => {
      await present(verifier, await asked(verifier));
      const presentations = await verifier.presentations(['membership']);
      assert.equal((await verifier.judgeSdJwt(presentations.membership[0])).member_name, 'Hanako');
    });
    await withVerifier({}, async (verifier) => {
      const link = await asked(verifier);
      // Looking answers nothing, and says what can be typed.
      const looked = await present(verifier, link, 0, ['--look']);
      assert.match(looked.output, /--also licence/);
      const [, other] = /--card membership=(\S+)/.exec(looked.output);
      assert.equal(verifier.answers.length, 0);
      const wrong = await present(verifier, link, 1, ['--card', `licence=${other}`]);
      assert.match(wrong.errors, /dcql_bad_selection/);
      assert.equal(verifier.answers.length, 0);

      const shown = await present(verifier, link, 0, ['--also', 'licence', '--card', `membership=${other}`]);
      assert.equal(shown.said('outcome'), 'shared');
      assert.match(shown.output, /\[Optional\]/);
      const presentations = await verifier.presentations();
      assert.equal((await verifier.judgeSdJwt(presentations.membership[0])).member_name, 'Hanako');
      assert.deepEqual(await verifier.judgeMdoc(presentations.licence[0]), { [MDL_NAME_SPACE]: { age_over_20: true } });
      // Of the card that was picked one copy is gone; after --look, and a wrong name, none was.
      const again = await present(verifier, await asked(verifier), 0, ['--look']);
      assert.match(again.output, /copies left: 9/);
    });
  },
  async 'a request that another page passes on is not answered: Digital Credentials API'() {
    await withVerifier({}, async (verifier) => {
      const request = await verifier.browserRequest([membership(['member_name'])]);
      const refused = await presentToBrowser(verifier, request, 1, 'https://another-page.example');
      assert.match(refused.errors, /oid4vp_/);
    });
  },
  'an unsigned request whose answer would go elsewhere is not answered': refuses('oid4vp_', {},
    (verifier) => verifier.unsignedRequest([membership(['member_name'])], { clientId: `redirect_uri:${verifier.origin}/elsewhere` })),
  'an unsigned request for more than is registered is not answered': refuses('oid4vp_claim_not_registered', {},
    (verifier) => verifier.unsignedRequest([membership(['member_name', 'member_since'])], { registered: [membership(['member_name'])] })),
  'more of an mdoc than is registered is not answered': refuses('oid4vp_claim_not_registered', {},
    (verifier) => verifier.request([licence(['portrait'])], { registered: [licence(['age_over_20'])] })),
  'a verifier whose root nobody trusts is not answered': refuses('certificate_untrusted', { get authority() { return unknown; } },
    (verifier) => verifier.request([membership(['member_name'])])),
  'more than is registered is not answered': refuses('oid4vp_claim_not_registered', {},
    (verifier) => verifier.request([membership(['member_name', 'member_since'])], { registered: [membership(['member_name'])] })),
  'an answer in the clear is not given unless the person allowed it': refuses('oid4vp_response_mode_not_supported', {},
    (verifier) => verifier.request([membership(['member_name'])], { mode: 'direct_post' })),
  // OpenID4VP 1.0, section 5.8: their library writes its own request_uri where the specification wants
  // https://self-issued.me/v2, unless it is told.
  "their library's own aud is refused": refuses('jwt_audience_mismatch', {},
    (verifier) => verifier.request([membership(['member_name'])], { aud: null })),
};

try {
  await run(tests);
} finally {
  await issuer.stop();
  await server.stop();
}
