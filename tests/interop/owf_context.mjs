// The cryptography that @owf/mdoc asks its user for, by node's own: nothing of ours takes part.
import {
  createECDH, createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, randomBytes, sign, timingSafeEqual, verify,
  X509Certificate,
} from 'node:crypto';
import { CoseKey, MacAlgorithm, KeyType } from '@owf/mdoc';

const HASHES = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const ecKey = (key, make) => make({ key: key.jwk, format: 'jwk' });
const raw = { dsaEncoding: 'ieee-p1363' };
const hashOf = (key) => ({ 'P-256': 'sha256', 'P-384': 'sha384' })[key.jwk.crv] ?? null;  // none for Ed25519

const certificate = (der) => new X509Certificate(Buffer.from(der));

export const context = {
  crypto: {
    random: (length) => new Uint8Array(randomBytes(length)),
    digest: ({ digestAlgorithm, bytes }) => new Uint8Array(createHash(HASHES[digestAlgorithm]).update(bytes).digest()),
    // ISO/IEC 18013-5, 9.1.1.5 and 9.1.3.5
    calculateEphemeralMacKey: ({ privateKey, publicKey, sessionTranscriptBytes, info }) => {
      const ecdh = createECDH('prime256v1');
      // It hands over the bare key when it verifies and a whole COSE_Key when it makes a MAC.
      const bare = (key, part) => (key.length <= 65 && key[0] !== 0xa4 && key[0] !== 0xa5 ? key : CoseKey.decode(key)[part]);
      ecdh.setPrivateKey(bare(privateKey, 'privateKey'));
      const salt = createHash('sha256').update(sessionTranscriptBytes).digest();
      const k = new Uint8Array(hkdfSync('sha256', ecdh.computeSecret(bare(publicKey, 'publicKey')), salt, info, 32));
      return CoseKey.create({ keyType: KeyType.Oct, k, algorithm: MacAlgorithm.HS256 });
    },
  },
  cose: {
    sign1: {
      sign: ({ toBeSigned, key }) =>
        new Uint8Array(sign(hashOf(key), toBeSigned, { key: ecKey(key, createPrivateKey), ...raw })),
      verify: ({ key, sign1 }) =>
        verify(hashOf(key), sign1.toBeSigned, { key: ecKey(key, createPublicKey), ...raw }, sign1.signature),
    },
    mac0: {
      sign: ({ key, toBeAuthenticated }) =>
        new Uint8Array(createHmac('sha256', key.privateKey).update(toBeAuthenticated).digest()),
      verify: ({ mac0, key }) => {
        const tag = createHmac('sha256', key.privateKey).update(mac0.toBeAuthenticated).digest();
        return timingSafeEqual(tag, Buffer.from(mac0.tag));
      },
    },
  },
  x509: {
    getIssuerNameField: ({ certificate: der, field }) =>
      certificate(der).issuer.split('\n').filter((line) => line.startsWith(`${field}=`)).map((line) => line.slice(field.length + 1)),
    getPublicKey: ({ certificate: der }) => CoseKey.fromJwk(certificate(der).publicKey.export({ format: 'jwk' })),
    verifyCertificateChain: ({ trustedCertificates, x5chain, now = new Date() }) => {
      const chain = [...x5chain, ...trustedCertificates].map(certificate);
      for (let i = 0; i < x5chain.length; ++i) {
        const issuer = chain.slice(i + 1).find((upper) => chain[i].checkIssued(upper) && chain[i].verify(upper.publicKey));
        if (!issuer) throw new Error('no path to a trusted certificate');
        if (now < new Date(chain[i].validFrom) || now > new Date(chain[i].validTo)) throw new Error('out of its validity');
      }
    },
    getCertificateData: ({ certificate: der }) => {
      const one = certificate(der);
      return {
        issuerName: one.issuer, subjectName: one.subject, serialNumber: one.serialNumber, thumbprint: one.fingerprint256,
        notBefore: new Date(one.validFrom), notAfter: new Date(one.validTo), pem: one.toString(),
      };
    },
  },
};
