// @sd-jwt/sd-jwt-vc with a key of any kind, and our certificates: what the tests of SD-JWT VC share.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, X509Certificate } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';

export const ALGORITHMS = { ES256: 'P-256', ES384: 'P-384', EdDSA: 'Ed25519' };

export function makeKey(alg) {
  const pair = alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: ALGORITHMS[alg] });
  return { alg, private: pair.privateKey.export({ format: 'jwk' }), public: pair.publicKey.export({ format: 'jwk' }) };
}

// Node signs r || s when it is told to, and Ed25519 without a digest.
const digestOf = { ES256: 'sha256', ES384: 'sha384', EdDSA: null };
const raw = { dsaEncoding: 'ieee-p1363' };
export function signer(key) {
  const secret = createPrivateKey({ key: key.private, format: 'jwk' });
  return (data) => sign(digestOf[key.alg], Buffer.from(data), { key: secret, ...raw }).toString('base64url');
}
function verifies(alg, publicKey, data, signature) {
  return verify(digestOf[alg], Buffer.from(data), { key: publicKey, ...raw }, Buffer.from(signature, 'base64url'));
}

// A JWT of any header and payload, signed with `key`.
export function jwt(header, payload, key) {
  const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${signer(key)(text)}`;
}

// Their instance. The issuer's key comes from the certificate, which node checks against the root.
export function theirs({ root, x5c, issuer, holder, ...more }) {
  const leaf = new X509Certificate(Buffer.from(x5c[0], 'base64'));
  assert(leaf.verify(new X509Certificate(root).publicKey), 'node does not accept our certificate');
  return new SDJwtVcInstance({
    hasher: (data, alg) => createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest(),
    hashAlg: 'sha-256',
    saltGenerator: (length) => randomBytes(length).toString('base64url'),
    signAlg: issuer.alg,
    signer: signer(issuer),
    verifier: (data, signature) => verifies(issuer.alg, leaf.publicKey, data, signature),
    kbSignAlg: holder.alg,
    kbSigner: signer(holder),
    kbVerifier: (data, signature, payload) =>
      verifies(holder.alg, createPublicKey({ key: payload.cnf.jwk, format: 'jwk' }), data, signature),
    ...more,
  });
}
