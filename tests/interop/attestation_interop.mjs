// attestation_interop.mjs PEER: our wallet attestations and key attestations against npm's @openid4vc/oauth2 and
// @openid4vc/openid4vci, both ways.
import assert from 'node:assert/strict';
import { calculateJwkThumbprint } from 'jose';
import {
  clientAuthenticationClientAttestationJwt, createClientAttestationJwt, Oauth2AuthorizationServer,
} from '@openid4vc/oauth2';
import { Openid4vciIssuer, Openid4vciWalletProvider, verifyKeyAttestationJwt } from '@openid4vc/openid4vci';
import { renamed } from './foreign_provider.mjs';
import { callbacks, makeKey } from './openid4vc_crypto.mjs';
import { run, start } from './peer.mjs';

const { ask, ours, stop } = start(process.argv[2]);

const PROVIDER = 'https://provider.example';
const CLIENT = 'https://wallet.example';
const SERVER = 'https://issuer.example';
const NONCE = 'c-nonce-0123456789';
const now = Math.floor(Date.now() / 1000);

const provider = await makeKey();
const instance = await makeKey();
const cards = await Promise.all([makeKey(), makeKey(), makeKey()]);
const { root, x5c } = await ours('make_provider', { key: provider.private, iss: PROVIDER, now });
const theirs = callbacks({ keys: [{ ...provider, x5c }, instance, ...cards], fetch: () => assert.fail('no network'), trust: [root] });
const signer = { method: 'x5c', alg: 'ES256', x5c };
const verifier = { root, provider: PROVIDER, server: SERVER, now };
const thumbprints = await Promise.all(cards.map((key) => calculateJwkThumbprint(key.public)));
const issuerMetadata = { credentialIssuer: { credential_issuer: SERVER, credential_endpoint: `${SERVER}/credential`, credential_configurations_supported: {} } };

function theirAttestation() {
  return createClientAttestationJwt({
    callbacks: theirs, issuer: PROVIDER, clientId: CLIENT, signer,
    confirmation: { jwk: instance.public }, expiresAt: new Date((now + 3600) * 1000),
  });
}

// Their client sets both headers; it knows no challenge (draft -07, section 8).
async function theirHeaders(clientAttestationJwt) {
  const headers = new Headers();
  const authenticate = clientAuthenticationClientAttestationJwt({ callbacks: theirs, clientAttestationJwt });
  await authenticate({ headers, authorizationServerMetadata: { issuer: SERVER, token_endpoint: `${SERVER}/token` } });
  return { attestation: headers.get('OAuth-Client-Attestation'), pop: headers.get('OAuth-Client-Attestation-PoP') };
}

function theirKeyAttestation(keys = cards, nonce = NONCE) {
  return new Openid4vciWalletProvider({ callbacks: theirs }).createKeyAttestationJwt({
    attestedKeys: keys.map((key) => key.public), nonce, signer, use: 'proof_type.jwt', keyStorage: ['iso_18045_basic'],
    issuedAt: new Date(now * 1000), expiresAt: new Date((now + 3600) * 1000),
  });
}

const tests = {
  async 'our wallet attestation and proof are accepted by @openid4vc/oauth2'() {
    const { attestation } = await ours('make_client_attestation',
      { key: provider.private, x5c, iss: PROVIDER, client_id: CLIENT, instance: instance.public, now });
    const { pop } = await ours('make_pop', { key: instance.private, client_id: CLIENT, server: SERVER, now });
    const server = new Oauth2AuthorizationServer({ callbacks: theirs });
    const seen = await server.verifyClientAttestation({
      authorizationServer: SERVER, clientAttestationJwt: attestation, clientAttestationPopJwt: pop, now: new Date(now * 1000),
    });
    assert.equal(seen.clientAttestation.payload.sub, CLIENT);
    assert.equal(seen.clientAttestation.payload.iss, PROVIDER);
    assert.equal(seen.clientAttestationPop.payload.challenge, 'challenge-0123456789');
    await assert.rejects(server.verifyClientAttestation({
      authorizationServer: 'https://other.example', clientAttestationJwt: attestation, clientAttestationPopJwt: pop,
    }));
  },

  async 'their wallet attestation and proof are accepted by us'() {
    const shown = await theirHeaders(await theirAttestation());
    const { client_id, jkt } = await ours('verify_client_attestation', { ...verifier, ...shown });
    assert.equal(client_id, CLIENT);
    assert.equal(jkt, await calculateJwkThumbprint(instance.public));
  },

  async 'their attestation for somebody else, or in the wrong place, is refused by us'() {
    const shown = await theirHeaders(await theirAttestation());
    const refused = async (fields, where) => {
      const answer = await ask('verify_client_attestation', { ...verifier, ...shown, ...fields });
      assert.equal(answer.error, 'oauth_invalid_client_attestation');
      assert.match(answer.where, where);
    };
    await refused({ server: 'https://other.example' }, /^pop\.aud/);
    await refused({ provider: 'https://second.example' }, /^attestation/);
    await refused({ attestation: shown.pop, pop: shown.attestation }, /^attestation/);
    const other = await theirHeaders(await createClientAttestationJwt({
      callbacks: theirs, issuer: PROVIDER, clientId: CLIENT, signer,
      confirmation: { jwk: cards[0].public }, expiresAt: new Date((now + 3600) * 1000),
    }));
    await refused({ pop: other.pop }, /^pop/);
  },

  async 'our key attestation is accepted by @openid4vc/openid4vci, alone and in a proof'() {
    const { key_attestation } = await ours('make_key_attestation',
      { key: provider.private, x5c, iss: PROVIDER, nonce: NONCE, keys: cards.map((key) => key.public), now });
    const seen = await verifyKeyAttestationJwt({ callbacks: theirs, keyAttestationJwt: key_attestation, use: 'proof_type.jwt', expectedNonce: NONCE });
    assert.deepEqual(seen.payload.attested_keys, cards.map((key) => key.public));
    assert.deepEqual(seen.payload.key_storage, ['iso_18045_basic']);

    const { proof } = await ours('make_key_proof', { key: cards[1].private, issuer: SERVER, nonce: NONCE, key_attestation, now });
    const issuer = new Openid4vciIssuer({ callbacks: theirs });
    const verified = await issuer.verifyCredentialRequestJwtProof({ issuerMetadata, jwt: proof, expectedNonce: NONCE });
    assert.equal(verified.keyAttestation.payload.nonce, NONCE);
  },

  async 'their key attestation is accepted by us under the name of the specification, and gives all its keys'() {
    const attestation = await renamed(await theirKeyAttestation(), provider.private);
    const required = { root, issuer: SERVER, key_storage: ['iso_18045_basic'], now };
    const alone = await ours('verify_key_proofs', { ...required, proofs: [], attestation });
    assert.deepEqual(alone, { keys: thumbprints, nonce: NONCE });
    const { proof } = await ours('make_key_proof', { key: cards[0].private, issuer: SERVER, nonce: NONCE, key_attestation: attestation, now });
    const inProof = await ours('verify_key_proofs', { ...required, proofs: [proof] });
    assert.deepEqual(inProof.keys, thumbprints);

    const answer = async (fields) => (await ask('verify_key_proofs', { ...required, proofs: [], attestation, ...fields })).error;
    assert.equal(await answer({ key_storage: ['iso_18045_high'] }), 'oid4vci_key_attestation_invalid');
    assert.equal(await answer({ attestation: await theirKeyAttestation() }), 'oid4vci_key_attestation_invalid');
    assert.equal(await answer({ attestation: undefined, proofs: [(await ours('make_key_proof',
      { key: cards[0].private, issuer: SERVER, nonce: 'another', key_attestation: attestation, now })).proof] }), 'oid4vci_invalid_nonce');
  },
};

await run(tests);
stop();
