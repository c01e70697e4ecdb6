// interop.mjs INTEROP_PEER: our SD-JWT VC, JWS and JWE against npm's @sd-jwt/sd-jwt-vc and jose, both ways.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, X509Certificate } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import * as jose from 'jose';
import { run, start } from './peer.mjs';

const { ask, ours, stop } = start(process.argv[2]);

const VCT = 'urn:interop:card:1';
const ISSUER = 'https://issuer.example';
const AUD = 'x509_hash:verifier';
const NONCE = 'interop-nonce-0123456789';
const now = Math.floor(Date.now() / 1000);

async function makeKey() {
  const pair = await jose.generateKeyPair('ES256', { extractable: true });
  const { kty, crv, x, y, d } = await jose.exportJWK(pair.privateKey);
  return { private: { kty, crv, x, y, d }, public: { kty, crv, x, y }, pair };
}
const signer = (key) => (data) =>
  sign('sha256', Buffer.from(data), { key: createPrivateKey({ key: key.private, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }).toString('base64url');
const verifies = (publicKey, data, signature) =>
  verify('sha256', Buffer.from(data), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));

const issuer = await makeKey();
const holder = await makeKey();
const { root, x5c } = await ours('make_issuer', { key: issuer.private, iss: ISSUER, now });

// Their instance; the issuer's key comes from the certificate, which node checks against the root.
const leaf = new X509Certificate(Buffer.from(x5c[0], 'base64'));
assert(leaf.verify(new X509Certificate(root).publicKey), 'node does not accept our certificate');
assert.equal(leaf.subjectAltName, `URI:${ISSUER}`);
const theirs = new SDJwtVcInstance({
  hasher: (data, alg) => createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest(),
  hashAlg: 'sha-256',
  saltGenerator: (length) => randomBytes(length).toString('base64url'),
  signAlg: 'ES256',
  signer: signer(issuer),
  verifier: (data, signature) => verifies(leaf.publicKey, data, signature),
  kbSignAlg: 'ES256',
  kbSigner: signer(holder),
  kbVerifier: (data, signature, payload) =>
    verifies(createPublicKey({ key: payload.cnf.jwk, format: 'jwk' }), data, signature),
});

const disclosable = {
  given_name: '花子',
  family_name: '山田',
  address: { region: '東京都', country: 'JP' },
  nationalities: ['JP', 'DE'],
  age_equal_or_over: { 18: true, 20: true },
};
const clear = { iss: ISSUER, vct: VCT, iat: now, exp: now + 3600 };
const verifier = { root, vct: VCT, aud: AUD, nonce: NONCE, now };

const tests = {
  async 'our credential and presentation are accepted by @sd-jwt/sd-jwt-vc'() {
    const parts = [['address', 'region'], ['nationalities', null], ['age_equal_or_over', '18'], ['age_equal_or_over', '20']];
    const { sd_jwt } = await ours('issue', { key: issuer.private, x5c, clear, disclosable, parts, holder: holder.public });
    const issued = await theirs.verify(sd_jwt);
    assert.deepEqual({ ...issued.payload, cnf: undefined }, { ...clear, ...disclosable, cnf: undefined });
    assert.equal(issued.header.typ, 'dc+sd-jwt');

    const selected = [['given_name'], ['age_equal_or_over', '20'], ['nationalities', 1]];
    const { presentation } = await ours('receive_and_present', { ...verifier, sd_jwt, selected, holder: holder.private });
    const seen = await theirs.verify(presentation, { keyBindingNonce: NONCE, requiredClaimKeys: ['given_name'] });
    assert.equal(seen.payload.given_name, '花子');
    assert.deepEqual(seen.payload.age_equal_or_over, { 20: true });
    assert.deepEqual(seen.payload.nationalities, ['DE']);
    assert.equal(seen.payload.family_name, undefined);
    assert.equal(seen.payload.address, undefined);
    assert.equal(seen.kb.payload.consent_hash, 'abc');
    assert.equal(seen.kb.payload.aud, AUD);

    // They as the holder of our credential.
    const kb = { payload: { iat: now, aud: AUD, nonce: NONCE } };
    const text = await theirs.present(sd_jwt, { family_name: true, address: { region: true } }, { kb });
    const { claims } = await ours('verify_presentation', { ...verifier, sd_jwt: text });
    assert.equal(claims.family_name, '山田');
    assert.deepEqual(claims.address, { region: '東京都', country: 'JP' });
    assert.equal(claims.given_name, undefined);
  },

  async 'their credential and presentation are accepted by us'() {
    const frame = {
      _sd: ['given_name', 'family_name', 'address', 'nationalities'],
      _sd_decoy: 2,
      address: { _sd: ['region'] },
      nationalities: { _sd: [0, 1] },
      age_equal_or_over: { _sd: ['18', '20'] },
    };
    const payload = { ...clear, ...disclosable, cnf: { jwk: holder.public } };
    const sd_jwt = await theirs.issue(payload, frame, { header: { x5c } });
    const selected = [['given_name'], ['age_equal_or_over', '20'], ['nationalities', 0]];
    const held = await ours('receive_and_present', { ...verifier, sd_jwt, selected, holder: holder.private });
    assert.deepEqual(held.claims, payload);
    const seen = await ours('verify_presentation', { ...verifier, sd_jwt: held.presentation });
    assert.deepEqual(seen.claims, {
      ...clear, cnf: payload.cnf, given_name: '花子', age_equal_or_over: { 20: true }, nationalities: ['JP'],
    });
    assert.equal((await theirs.verify(held.presentation, { keyBindingNonce: NONCE })).payload.given_name, '花子');

    const kb = { payload: { iat: now, aud: AUD, nonce: NONCE } };
    const text = await theirs.present(sd_jwt, { given_name: true }, { kb });
    assert.equal((await ours('verify_presentation', { ...verifier, sd_jwt: text })).claims.given_name, '花子');

    // And what they make wrong is refused for its reason.
    const refused = async (fields) => (await ask('verify_presentation', { ...verifier, sd_jwt: text, ...fields })).error;
    assert.equal(await refused({ nonce: 'another' }), 'sd_jwt_key_binding_nonce_mismatch');
    assert.equal(await refused({ aud: 'another' }), 'sd_jwt_key_binding_audience_mismatch');
    assert.equal(await refused({ vct: 'another' }), 'sd_jwt_vct_mismatch');
    assert.equal(await refused({ now: now + 301 }), 'sd_jwt_key_binding_time');
    assert.equal(await refused({ sd_jwt: text.slice(0, text.lastIndexOf('~') + 1) }), 'sd_jwt_key_binding_missing');
    const parts = text.split('~');
    assert.equal(await refused({ sd_jwt: [parts[0], parts.at(-1)].join('~') }), 'sd_jwt_key_binding_hash_mismatch');
  },

  async 'what we make wrong is refused by them'() {
    const { sd_jwt } = await ours('issue', { key: issuer.private, x5c, clear, disclosable, parts: [], holder: holder.public });
    const parts = sd_jwt.split('~');
    const extra = Buffer.from(JSON.stringify(['salt', 'admin', true])).toString('base64url');
    await assert.rejects(theirs.verify(`${parts[0].slice(0, -4)}AAAA~${parts.slice(1).join('~')}`));
    const old = { ...clear, exp: now - 3600 };
    const expired = await ours('issue', { key: issuer.private, x5c, clear: old, disclosable, parts: [], holder: holder.public });
    await assert.rejects(theirs.verify(expired.sd_jwt));
    const unsigned = await ask('receive_and_present', { ...verifier, sd_jwt: sd_jwt + extra + '~', selected: [], holder: holder.private });
    assert.equal(unsigned.error, 'sd_jwt_unreferenced_disclosure');
  },

  async 'JWE: what we seal jose opens, and the other way round'() {
    const recipient = await makeKey();
    const privateKey = await jose.importJWK(recipient.private, 'ECDH-ES');
    const publicKey = await jose.importJWK(recipient.public, 'ECDH-ES');
    for (const enc of ['A128GCM', 'A256GCM']) {
      const plaintext = JSON.stringify({ vp_token: { card: ['世界'] }, enc });
      const { jwe } = await ours('encrypt', { recipient: recipient.public, enc, plaintext });
      const opened = await jose.compactDecrypt(jwe, privateKey, { keyManagementAlgorithms: ['ECDH-ES'] });
      assert.equal(new TextDecoder().decode(opened.plaintext), plaintext);
      assert.equal(opened.protectedHeader.enc, enc);
      assert.equal(opened.protectedHeader.kid, 'interop');

      for (const parties of [{}, { apu: new TextEncoder().encode('us'), apv: new TextEncoder().encode(NONCE) }]) {
        const sealed = await new jose.CompactEncrypt(new TextEncoder().encode(plaintext))
          .setProtectedHeader({ alg: 'ECDH-ES', enc, kid: 'theirs' })
          .setKeyManagementParameters(parties)
          .encrypt(publicKey);
        const answer = await ours('decrypt', { recipient: recipient.private, jwe: sealed });
        assert.deepEqual(answer, { plaintext, enc });
        const foreign = await ask('decrypt', { recipient: holder.private, jwe: sealed });
        assert.equal(foreign.error, 'jwe_decryption_failed');
      }
    }
    const refused = async (alg, enc, key) => {
      const sealed = await new jose.CompactEncrypt(new Uint8Array(3)).setProtectedHeader({ alg, enc }).encrypt(key);
      return (await ask('decrypt', { recipient: recipient.private, jwe: sealed })).error;
    };
    assert.equal(await refused('ECDH-ES', 'A128CBC-HS256', publicKey), 'jwe_enc_not_allowed');
    assert.equal(await refused('ECDH-ES+A128KW', 'A128GCM', await jose.importJWK(recipient.public, 'ECDH-ES+A128KW')), 'jwe_alg_not_allowed');
    assert.equal(await refused('dir', 'A128GCM', randomBytes(16)), 'jwe_alg_not_allowed');
    assert.equal(await refused('PBES2-HS256+A128KW', 'A128GCM', randomBytes(16)), 'jwe_alg_not_allowed');
  },

  async 'JWS: what we sign jose verifies, and the other way round'() {
    const key = await makeKey();
    const payload = { iss: ISSUER, text: '署名', n: 9007199254740991 };
    const { jws } = await ours('sign', { key: key.private, typ: 'interop+jwt', payload });
    const checked = await jose.jwtVerify(jws, key.pair.publicKey, { algorithms: ['ES256'], typ: 'interop+jwt' });
    assert.deepEqual(checked.payload, payload);

    const make = (header, secret) => new jose.SignJWT(payload).setProtectedHeader(header).sign(secret);
    const signed = await make({ alg: 'ES256', typ: 'interop+jwt' }, key.pair.privateKey);
    assert.deepEqual((await ours('verify', { key: key.public, typ: 'interop+jwt', jws: signed })).payload, payload);
    const refused = async (text, typ = 'interop+jwt') => (await ask('verify', { key: key.public, typ, jws: text })).error;
    assert.equal(await refused(signed, 'JWT'), 'jws_typ_mismatch');
    assert.equal(await refused(await make({ alg: 'HS256', typ: 'interop+jwt' }, Buffer.from(JSON.stringify(key.public)))), 'jws_alg_not_allowed');
    assert.equal(await refused(new jose.UnsecuredJWT(payload).encode()), 'jws_alg_not_allowed');
    assert.equal(await refused(await make({ alg: 'ES256', typ: 'interop+jwt', jwk: key.public }, key.pair.privateKey)), 'jws_header_not_allowed');
    assert.equal(await refused(await make({ alg: 'ES256', typ: 'interop+jwt' }, (await makeKey()).pair.privateKey)), 'jws_signature_invalid');
    const rsa = await jose.generateKeyPair('RS256');
    assert.equal(await refused(await make({ alg: 'RS256', typ: 'interop+jwt' }, rsa.privateKey)), 'jws_alg_not_allowed');
  },

  async 'thumbprints agree'() {
    const { thumbprint } = await ours('thumbprint', { key: holder.public });
    assert.equal(thumbprint, await jose.calculateJwkThumbprint(holder.public, 'sha256'));
  },
};

await run(tests);
stop();
