// A wallet provider that somebody else made: npm's @openid4vc makes its attestations, openssl its certificate.
import assert from 'node:assert/strict';
import { Openid4vciWalletProvider } from '@openid4vc/openid4vci';
import { decodeJwt, decodeProtectedHeader, importJWK, SignJWT } from 'jose';
import { Authority, PURPOSES } from './foreign_pki.mjs';
import { callbacks } from './openid4vc_crypto.mjs';

// OpenID4VCI 1.0, appendix D.1: typ "MUST be key-attestation+jwt". Version 0.4.6 of the library writes the name of an
// earlier draft, "keyattestation+jwt", and reads both; so what it makes is signed again under the right name.
export async function renamed(jwt, privateJwk) {
  const header = decodeProtectedHeader(jwt);
  assert.equal(header.typ, 'keyattestation+jwt', 'the library has caught up: sign no longer again');
  return new SignJWT(decodeJwt(jwt)).setProtectedHeader({ ...header, typ: 'key-attestation+jwt' })
    .sign(await importJWK(privateJwk, 'ES256'));
}

export class ForeignProvider {
  constructor(folder) {
    const authority = new Authority(folder, 'stranger-providers');
    this.leaf = authority.leaf('provider', PURPOSES.walletProvider, ['URI:https://provider.stranger.example']);
    this.rootFile = authority.rootFile;
  }

  // All of `keys` (as JWKs) in one attestation, for an issuer's nonce.
  async attestKeys(keys, nonce) {
    const { leaf } = this;
    const theirs = callbacks({ keys: [leaf], fetch: () => assert.fail('no network') });
    const now = Date.now();
    const jwt = await new Openid4vciWalletProvider({ callbacks: theirs }).createKeyAttestationJwt({
      attestedKeys: keys, nonce, use: 'proof_type.jwt', keyStorage: ['iso_18045_basic'],
      signer: { method: 'x5c', alg: 'ES256', x5c: leaf.x5c }, issuedAt: new Date(now), expiresAt: new Date(now + 3600_000),
    });
    return renamed(jwt, leaf.private);
  }
}
