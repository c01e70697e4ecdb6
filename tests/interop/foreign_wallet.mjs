// A wallet that somebody else made: npm's @openid4vc speaks, @sd-jwt reads and presents, node's own crypto signs.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { clientAuthenticationAnonymous, clientAuthenticationNone, Oauth2Client } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import * as jose from 'jose';
import { callbacks, makeKey } from './openid4vc_crypto.mjs';

export const SD_JWT = 'mibun_identity_sd_jwt';
const hasher = (data, alg) => createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest();

// How the server's configuration knows this wallet.
export const CLIENT = {
  client_id: 'https://foreign-wallet.example', name_ja: 'よそのウォレット', name_en: 'A foreign wallet',
  redirect_uris: ['https://foreign-wallet.example/back'],
};

export class ForeignWallet {
  // Keys for `copies` cards and one for DPoP. Anonymous, or under its client_id.
  static async make(server, copies, { clientId } = {}) {
    const wallet = new ForeignWallet();
    wallet.server = server;
    wallet.cardKeys = await Promise.all(Array.from({ length: copies }, makeKey));
    const dpopKey = await makeKey();
    wallet.dpop = { signer: { method: 'jwk', alg: 'ES256', publicJwk: dpopKey.public } };
    const shared = callbacks({
      keys: [dpopKey, ...wallet.cardKeys],
      fetch: server.fetch,
      clientAuthentication: clientId ? clientAuthenticationNone({ clientId }) : clientAuthenticationAnonymous(),
    });
    wallet.client = new Openid4vciClient({ callbacks: shared });
    wallet.oauth = new Oauth2Client({ callbacks: shared });
    return wallet;
  }
  static async withCards(server, offer, copies) {
    const wallet = await ForeignWallet.make(server, copies);
    const { credentials } = await wallet.receive(offer);
    wallet.cards = credentials.map(({ credential }, i) => ({ text: credential, key: wallet.cardKeys[i] }));
    return wallet;
  }

  // A proof for each key: OpenID4VCI, appendix F.1.
  async proofs(issuerMetadata, configuration, nonce) {
    return Promise.all(this.cardKeys.map(async (key) => {
      const { jwt } = await this.client.createCredentialRequestJwtProof({
        issuerMetadata,
        credentialConfigurationId: configuration,
        nonce,
        signer: { method: 'jwk', alg: 'ES256', publicJwk: key.public },
      });
      return jwt;
    }));
  }

  // From the offer to the answer of the credential endpoint.
  async receive(offer, { txCode = offer.txCode, configuration = SD_JWT, twist = (list) => list } = {}) {
    const credentialOffer = await this.client.resolveCredentialOffer(offer.link);
    const issuerMetadata = await this.client.resolveIssuerMetadata(credentialOffer.credential_issuer);
    const token = await this.client.retrievePreAuthorizedCodeAccessTokenFromOffer(
      { credentialOffer, issuerMetadata, txCode, dpop: this.dpop });
    return this.credentials(issuerMetadata, token, { configuration, twist });
  }

  // By the authorization code flow: `signIn(url)` is where the person's browser ends.
  async receiveByCode(signIn, { configuration = SD_JWT, spoil = {} } = {}) {
    const issuerMetadata = await this.client.resolveIssuerMetadata(this.server.origin);
    const [authorizationServerMetadata] = issuerMetadata.authorizationServers;
    const redirectUri = CLIENT.redirect_uris[0];
    const asked = await this.oauth.createAuthorizationRequestUrl({
      authorizationServerMetadata,
      clientId: CLIENT.client_id,
      redirectUri,
      scope: issuerMetadata.credentialIssuer.credential_configurations_supported[configuration].scope,
      state: randomBytes(16).toString('base64url'),
      dpop: this.dpop,
    });
    const back = this.oauth.parseAuthorizationResponseRedirectUrl({ url: await signIn(asked.authorizationRequestUrl) });
    this.oauth.verifyAuthorizationResponse({ authorizationResponse: back, authorizationServerMetadata });
    const token = await this.oauth.retrieveAuthorizationCodeAccessToken({
      authorizationServerMetadata,
      authorizationCode: back.code,
      pkceCodeVerifier: spoil.verifier ?? asked.pkce.codeVerifier,
      redirectUri,
      dpop: asked.dpop ?? this.dpop,
      additionalRequestPayload: { client_id: CLIENT.client_id },
    });
    return this.credentials(issuerMetadata, token, { configuration, twist: (list) => list });
  }

  async credentials(issuerMetadata, token, { configuration, twist }) {
    assert.equal(token.accessTokenResponse.token_type, 'DPoP');
    const { c_nonce: nonce } = await this.client.requestNonce({ issuerMetadata });
    const response = await this.client.retrieveCredentials({
      issuerMetadata,
      credentialConfigurationId: configuration,
      proofs: { jwt: twist(await this.proofs(issuerMetadata, configuration, nonce)) },
      accessToken: token.accessTokenResponse.access_token,
      dpop: token.dpop,
    });
    return response.credentialResponse;
  }

  // A card that was not shown yet, with what `frame` names disclosed, bound to nonce and audience.
  async present(frame, { nonce, audience, iat = Math.floor(Date.now() / 1000) }) {
    const card = this.cards.pop();
    const holder = new SDJwtVcInstance({
      hasher,
      kbSignAlg: 'ES256',
      kbSigner: (data) => sign('sha256', Buffer.from(data),
        { key: createPrivateKey({ key: card.key.private, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }).toString('base64url'),
    });
    return holder.present(card.text, frame, { kb: { payload: { iat, aud: audience, nonce } } });
  }

  // Their reader on a card of ours: path, signature, status, the holder's key. Returns the claims.
  async check(credential, key) {
    const { fetch, origin, url } = this.server;
    const { x5c } = jose.decodeProtectedHeader(credential.split('~')[0]);
    const trust = await (await fetch(url('/.well-known/mibun-trust.json'))).json();
    const leaf = new X509Certificate(Buffer.from(x5c[0], 'base64'));
    const roots = trust.credential_issuer.map((pem) => new X509Certificate(pem));
    assert(roots.some((root) => leaf.checkIssued(root) && leaf.verify(root.publicKey)), 'no path to the trust list');
    assert(!x5c.some((der) => roots.some((root) => root.raw.equals(Buffer.from(der, 'base64')))), 'the anchor is in x5c');
    const publicKey = await jose.importJWK(await jose.exportJWK(leaf.publicKey), 'ES256');
    const verifier = (data, signature) => jose.compactVerify(`${data}.${signature}`, publicKey).then(() => true, () => false);
    const reader = new SDJwtVcInstance({
      hasher,
      saltGenerator: (length) => randomBytes(length).toString('base64url'),
      verifier,
      statusListFetcher: async (uri) => (await fetch(uri, { headers: { accept: 'application/statuslist+jwt' } })).text(),
      statusVerifier: verifier,
    });
    await reader.verify(credential);
    const claims = await reader.getClaims(credential);
    assert.deepEqual(claims.cnf.jwk, key.public);
    assert.equal(claims.iss, origin);
    return claims;
  }
}
