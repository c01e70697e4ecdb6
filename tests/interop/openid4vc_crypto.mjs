// The cryptography that @openid4vc asks its user for, by node and npm's jose: nothing of ours takes part.
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import * as jose from 'jose';

export async function makeKey() {
  const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
  const { kty, crv, x, y, d } = await jose.exportJWK(privateKey);
  return { public: { kty, crv, x, y }, private: { kty, crv, x, y, d } };
}

const spki = (der) => new X509Certificate(Buffer.from(der, 'base64'));
const HASHES = { 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' };

// Whether each certificate of `x5c` is signed by a later one or by one of `trust` (PEM).
export function isLinked(x5c, trust) {
  const chain = [...x5c.map(spki), ...trust.map((pem) => new X509Certificate(pem))];
  return x5c.every((_, i) => chain.slice(i + 1).some((upper) => chain[i].checkIssued(upper) && chain[i].verify(upper.publicKey)));
}

// Callbacks over `keys` (the private ones that may sign or decrypt), and `fetch`. `verifierKey`: the key of a verifier
// that no certificate names, by header and payload of its request; undefined: nobody.
export function callbacks({ keys, fetch, clientAuthentication, trust = [], verifierKey = async () => undefined }) {
  const privateOf = (jwk) => {
    const key = keys.find((one) => one.public.x === jwk.x && one.public.y === jwk.y);
    if (!key) throw new Error('a key that is not ours is asked to sign');
    return key;
  };
  return {
    fetch,
    clientAuthentication,
    generateRandom: (size) => new Uint8Array(randomBytes(size)),
    hash: (data, alg) => new Uint8Array(createHash(HASHES[alg.toLowerCase()]).update(data).digest()),
    async signJwt(signer, { header, payload }) {
      const key = signer.method === 'x5c'
        ? keys.find((one) => one.x5c?.[0] === signer.x5c[0])
        : privateOf(signer.publicJwk);
      const jwt = await new jose.SignJWT(payload).setProtectedHeader(header).sign(await jose.importJWK(key.private, signer.alg));
      return { jwt, signerJwk: key.public };
    },
    async verifyJwt(signer, { compact, header, payload }) {
      let publicJwk = signer.publicJwk;
      if (signer.method === 'custom') {
        publicJwk = await verifierKey({ header, payload });
        if (!publicJwk) return { verified: false };
      }
      if (signer.method === 'x5c') {
        if (!isLinked(signer.x5c, trust)) return { verified: false };
        publicJwk = await jose.exportJWK(spki(signer.x5c[0]).publicKey);
      }
      try {
        await jose.compactVerify(compact, await jose.importJWK(publicJwk, signer.alg));
        return { verified: true, signerJwk: publicJwk };
      } catch {
        return { verified: false };
      }
    },
    async encryptJwe(encryptor, data) {
      const header = { alg: encryptor.alg, enc: encryptor.enc };
      if (encryptor.publicJwk.kid) header.kid = encryptor.publicJwk.kid;
      const jwe = await new jose.CompactEncrypt(new TextEncoder().encode(data)).setProtectedHeader(header)
        .encrypt(await jose.importJWK(encryptor.publicJwk, encryptor.alg));
      return { jwe, encryptionJwk: encryptor.publicJwk };
    },
    async decryptJwe(jwe, options) {
      const { kid } = jose.decodeProtectedHeader(jwe);
      const key = keys.find((one) => (options?.jwk ? one.public.x === options.jwk.x : one.public.kid === kid));
      if (!key) return { decrypted: false };
      const { plaintext } = await jose.compactDecrypt(jwe, await jose.importJWK(key.private, 'ECDH-ES'));
      return { decrypted: true, decryptionJwk: key.public, payload: new TextDecoder().decode(plaintext) };
    },
    getX509CertificateMetadata(der) {
      const names = (spki(der).subjectAltName ?? '').split(', ');
      return {
        sanDnsNames: names.filter((name) => name.startsWith('DNS:')).map((name) => name.slice(4)),
        sanUriNames: names.filter((name) => name.startsWith('URI:')).map((name) => name.slice(4)),
      };
    },
  };
}
