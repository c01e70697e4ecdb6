// A wallet provider that somebody else made: npm's @openid4vc makes its attestations, openssl its certificate.
import assert from 'node:assert/strict';
import { clientAuthenticationClientAttestationJwt, createClientAttestationJwt } from '@openid4vc/oauth2';
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

export const PROVIDER = 'https://provider.stranger.example';

export class ForeignProvider {
  constructor(folder, name = 'stranger-providers') {
    const authority = new Authority(folder, name);
    this.leaf = authority.leaf('provider', PURPOSES.walletProvider, [`URI:${PROVIDER}`]);
    this.rootFile = authority.rootFile;
  }

  // How a wallet of this provider, with the key `instance`, shows itself at an authorization server. The library knows
  // no challenge (attestation-based client authentication -11, section 6), so that is fetched and put in here.
  authenticates(clientId, instance, fetch) {
    const { leaf } = this;
    const theirs = callbacks({ keys: [leaf, instance] });
    return async (options) => {
      const { challenge_endpoint: endpoint } = options.authorizationServerMetadata;
      const { attestation_challenge: challenge } = await (await fetch(endpoint, { method: 'POST' })).json();
      const clientAttestationJwt = await createClientAttestationJwt({
        callbacks: theirs, issuer: PROVIDER, clientId, signer: { method: 'x5c', alg: 'ES256', x5c: leaf.x5c },
        confirmation: { jwk: instance.public }, expiresAt: new Date(Date.now() + 3600_000),
      });
      const signJwt = (signer, { header, payload }) => theirs.signJwt(signer, { header, payload: { ...payload, challenge } });
      await clientAuthenticationClientAttestationJwt({ clientAttestationJwt, callbacks: { ...theirs, signJwt } })(options);
    };
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
