// oid4vci_interop.mjs MIBUN: npm's @openid4vc/openid4vci as a foreign wallet against our real issuer.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { clientAuthenticationAnonymous } from '@openid4vc/oauth2';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import * as jose from 'jose';
import { callbacks, makeKey } from './openid4vc_crypto.mjs';
import { run } from './peer.mjs';
import { approvedPerson, startServer } from './real_server.mjs';

const server = await startServer(process.argv[2]);
const SD_JWT = 'mibun_identity_sd_jwt';

// A foreign wallet: a client of the library with a key for DPoP and one for each copy.
async function foreignWallet(copies) {
  const dpopKey = await makeKey();
  const cardKeys = await Promise.all(Array.from({ length: copies }, makeKey));
  const client = new Openid4vciClient({
    callbacks: callbacks({
      keys: [dpopKey, ...cardKeys],
      fetch: server.fetch,
      clientAuthentication: clientAuthenticationAnonymous(),
    }),
  });
  return { client, cardKeys, dpop: { signer: { method: 'jwk', alg: 'ES256', publicJwk: dpopKey.public } } };
}

async function proofs(wallet, issuerMetadata, configuration, nonce) {
  return Promise.all(wallet.cardKeys.map(async (key) => {
    const { jwt } = await wallet.client.createCredentialRequestJwtProof({
      issuerMetadata,
      credentialConfigurationId: configuration,
      nonce,
      signer: { method: 'jwk', alg: 'ES256', publicJwk: key.public },
    });
    return jwt;
  }));
}

// From the offer to the answer of the credential endpoint.
async function receive(wallet, offer, { txCode = offer.txCode, configuration = SD_JWT, twist = (list) => list } = {}) {
  const credentialOffer = await wallet.client.resolveCredentialOffer(offer.link);
  const issuerMetadata = await wallet.client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const token = await wallet.client.retrievePreAuthorizedCodeAccessTokenFromOffer(
    { credentialOffer, issuerMetadata, txCode, dpop: wallet.dpop });
  assert.equal(token.accessTokenResponse.token_type, 'DPoP');
  const { c_nonce: nonce } = await wallet.client.requestNonce({ issuerMetadata });
  const response = await wallet.client.retrieveCredentials({
    issuerMetadata,
    credentialConfigurationId: configuration,
    proofs: { jwt: twist(await proofs(wallet, issuerMetadata, configuration, nonce)) },
    accessToken: token.accessTokenResponse.access_token,
    dpop: token.dpop,
  });
  return response.credentialResponse;
}

// npm's reader on what arrived: the issuer's path, the signature, the holder's key.
async function check(credential, key) {
  const header = jose.decodeProtectedHeader(credential.split('~')[0]);
  const trust = await (await server.fetch(server.url('/.well-known/mibun-trust.json'))).json();
  const leaf = new X509Certificate(Buffer.from(header.x5c[0], 'base64'));
  const roots = trust.credential_issuer.map((pem) => new X509Certificate(pem));
  assert(roots.some((root) => leaf.checkIssued(root) && leaf.verify(root.publicKey)), 'no path to a root of the trust list');
  assert(!header.x5c.some((der) => roots.some((root) => root.raw.equals(Buffer.from(der, 'base64')))), 'the anchor is in x5c');
  const publicKey = await jose.importJWK(await jose.exportJWK(leaf.publicKey), 'ES256');
  const verifier = (data, signature) => jose.compactVerify(`${data}.${signature}`, publicKey).then(() => true, () => false);
  const reader = new SDJwtVcInstance({
    hasher: (data, alg) => createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest(),
    verifier,
    statusListFetcher: async (uri) => (await server.fetch(uri, { headers: { accept: 'application/statuslist+jwt' } })).text(),
    statusVerifier: verifier,
  });
  await reader.verify(credential);
  const claims = await reader.getClaims(credential);
  assert.deepEqual(claims.cnf.jwk, key.public);
  assert.equal(claims.iss, server.origin);
  return claims;
}

const refused = async (promise, status, error) => {
  const thrown = await promise.then(() => assert.fail('it was accepted'), (caught) => caught);
  const response = thrown.response?.response ?? thrown.response;
  assert.equal(response?.status, status, String(thrown));
  const body = thrown.errorResponse ?? (await response.clone().json());
  assert.equal(body.error, error);
};

const person = await approvedPerson(server);

const tests = {
  async 'SD-JWT VC, pre-authorized code, in the clear: a batch of ten is received and accepted'() {
    const wallet = await foreignWallet(10);
    const response = await receive(wallet, await person.offer());
    assert.equal(response.credentials.length, 10);
    for (const [i, { credential }] of response.credentials.entries()) {
      const claims = await check(credential, wallet.cardKeys[i]);
      assert(claims.given_name && claims.birthdate);
    }
  },
  async 'a wrong tx_code is refused, and the right one still works'() {
    const wallet = await foreignWallet(1);
    const offer = await person.offer();
    await refused(receive(wallet, offer, { txCode: offer.txCode === '000000' ? '000001' : '000000' }), 400, 'invalid_grant');
    const response = await receive(wallet, offer);
    await check(response.credentials[0].credential, wallet.cardKeys[0]);
  },
  async 'an offer works once'() {
    const offer = await person.offer();
    await receive(await foreignWallet(1), offer);
    await refused(receive(await foreignWallet(1), offer), 400, 'invalid_grant');
  },
  async 'a proof with a broken signature is refused'() {
    const broken = ([jwt]) => [jwt.slice(0, -20) + (jwt.at(-20) === 'A' ? 'B' : 'A') + jwt.slice(-19)];
    await refused(receive(await foreignWallet(1), await person.offer(), { twist: broken }), 400, 'invalid_proof');
  },
};

try {
  await run(tests);
} finally {
  await server.stop();
}
