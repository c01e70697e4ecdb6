// A wallet that somebody else made: npm's @openid4vc speaks, @sd-jwt and @owf/mdoc read and present, node's own crypto
// signs.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { clientAuthenticationAnonymous, clientAuthenticationNone, Oauth2Client } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import * as jose from 'jose';
import { sealing } from './credential_encryption.mjs';
import * as mdoc from './foreign_mdoc.mjs';
import { PROVIDER } from './foreign_provider.mjs';
import { callbacks, makeKey } from './openid4vc_crypto.mjs';

export const SD_JWT = 'mibun_identity_sd_jwt';
export const MDOC = 'mibun_photo_id_mdoc';
export const PHOTO_ID = 'org.iso.23220.photoid.1';
const hasher = (data, alg) => createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest();

// How the server's configuration knows this wallet.
export const CLIENT = {
  client_id: 'https://foreign-wallet.example', name_ja: 'よそのウォレット', name_en: 'A foreign wallet',
  redirect_uris: ['https://foreign-wallet.example/back', 'foreign-wallet://back'],
};

// The same where its provider has to speak for it (HAIP 1.0, section 4.4.1).
export const ATTESTED_CLIENT = {
  ...CLIENT, client_id: 'https://attested-wallet.example', attested_by: PROVIDER,
};

export class ForeignWallet {
  // Keys for `copies` cards and one for DPoP. Anonymous, or under its client_id, with what its provider says of it where
  // there is one. `enc`: credential requests and answers are encrypted with it.
  static async make(server, copies, { clientId, provider, enc } = {}) {
    const wallet = new ForeignWallet();
    wallet.server = server;
    wallet.dpopKey = await makeKey();
    wallet.dpop = { signer: { method: 'jwk', alg: 'ES256', publicJwk: wallet.dpopKey.public } };
    wallet.keys = [wallet.dpopKey];
    await wallet.newCardKeys(copies);
    wallet.sealed = enc ? sealing(server, enc) : undefined;
    const shared = callbacks({
      keys: wallet.keys,
      fetch: wallet.sealed?.fetch ?? server.fetch,
      clientAuthentication: provider ? provider.authenticates(clientId, await makeKey(), server.fetch)
        : clientId ? clientAuthenticationNone({ clientId }) : clientAuthenticationAnonymous(),
    });
    wallet.clientId = clientId;
    wallet.client = new Openid4vciClient({ callbacks: shared });
    wallet.oauth = new Oauth2Client({ callbacks: shared });
    return wallet;
  }
  static async withCards(server, offer, copies, configuration = SD_JWT) {
    const wallet = await ForeignWallet.make(server, copies);
    const { credentials } = await wallet.receive(offer, { configuration });
    wallet.cards = credentials.map(({ credential }, i) => ({ text: credential, key: wallet.cardKeys[i] }));
    return wallet;
  }

  async newCardKeys(copies) {
    this.cardKeys = await Promise.all(Array.from({ length: copies }, makeKey));
    this.keys.push(...this.cardKeys);
  }

  // A proof for each key, with one attestation of all of them: OpenID4VCI, appendices D and F.1.
  async proofs(configuration, nonce) {
    const keyAttestationJwt = await this.server.provider.attestKeys(this.cardKeys.map((key) => key.public), nonce);
    return Promise.all(this.cardKeys.map(async (key) => {
      const { jwt } = await this.client.createCredentialRequestJwtProof({
        issuerMetadata: this.issuerMetadata,
        credentialConfigurationId: configuration,
        nonce,
        keyAttestationJwt,
        signer: { method: 'jwk', alg: 'ES256', publicJwk: key.public },
      });
      return jwt;
    }));
  }

  // From the offer to the answer of the credential endpoint.
  async receive(offer, { txCode = offer.txCode, configuration = SD_JWT, twist } = {}) {
    const credentialOffer = await this.client.resolveCredentialOffer(offer.link);
    this.issuerMetadata = await this.client.resolveIssuerMetadata(credentialOffer.credential_issuer);
    this.token = await this.client.retrievePreAuthorizedCodeAccessTokenFromOffer(
      { credentialOffer, issuerMetadata: this.issuerMetadata, txCode, dpop: this.dpop });
    return this.credentials({ configuration, twist });
  }

  // By the authorization code flow: `signIn(url)` is where the person's browser ends.
  async receiveByCode(signIn, { configuration = SD_JWT, redirectUri = CLIENT.redirect_uris[0], spoil = {} } = {}) {
    this.issuerMetadata = await this.client.resolveIssuerMetadata(this.server.origin);
    const [authorizationServerMetadata] = this.issuerMetadata.authorizationServers;
    const asked = await this.oauth.createAuthorizationRequestUrl({
      authorizationServerMetadata,
      clientId: this.clientId,
      redirectUri,
      scope: this.issuerMetadata.credentialIssuer.credential_configurations_supported[configuration].scope,
      state: randomBytes(16).toString('base64url'),
      dpop: this.dpop,
    });
    const back = this.oauth.parseAuthorizationResponseRedirectUrl({ url: await signIn(asked.authorizationRequestUrl) });
    this.oauth.verifyAuthorizationResponse({ authorizationResponse: back, authorizationServerMetadata });
    if (back.error) throw Object.assign(new Error(back.error), { errorResponse: back });
    this.token = await this.oauth.retrieveAuthorizationCodeAccessToken({
      authorizationServerMetadata,
      authorizationCode: back.code,
      pkceCodeVerifier: spoil.verifier ?? asked.pkce.codeVerifier,
      redirectUri,
      dpop: asked.dpop ?? this.dpop,
      additionalRequestPayload: { client_id: this.clientId },
    });
    return this.credentials({ configuration });
  }

  // A new access token and, with new keys, new copies; nobody is asked. `dpopKey`: somebody else's.
  async refresh({ configuration = SD_JWT, refreshToken = this.token.accessTokenResponse.refresh_token, dpopKey } = {}) {
    if (dpopKey) this.keys.push(dpopKey);
    this.token = await this.oauth.retrieveRefreshTokenAccessToken({
      authorizationServerMetadata: this.issuerMetadata.authorizationServers[0],
      refreshToken,
      dpop: dpopKey ? { signer: { ...this.dpop.signer, publicJwk: dpopKey.public } } : this.dpop,
      additionalRequestPayload: { client_id: this.clientId },
    });
    await this.newCardKeys(this.cardKeys.length);
    return this.credentials({ configuration });
  }

  // What every request with the access token carries.
  authorized(fields) {
    const { issuerMetadata, token } = this;
    return { issuerMetadata, accessToken: token.accessTokenResponse.access_token, dpop: token.dpop, ...fields };
  }

  async credentials({ configuration, twist = (list) => list }) {
    assert.equal(this.token.accessTokenResponse.token_type, 'DPoP');
    const { c_nonce: nonce } = await this.client.requestNonce({ issuerMetadata: this.issuerMetadata });
    const response = await this.client.retrieveCredentials(this.authorized(
      { credentialConfigurationId: configuration, proofs: { jwt: twist(await this.proofs(configuration, nonce)) } }));
    return response.credentialResponse;
  }

  // What the deferred credential endpoint answers. The library takes a notification_id for a mistake where it belongs,
  // beside the credentials (OpenID4VCI 1.0, section 9.2); such an answer is read without it.
  async deferred(transactionId) {
    try {
      const { deferredCredentialResponse } = await this.client.retrieveDeferredCredentials(this.authorized({ transactionId }));
      return deferredCredentialResponse;
    } catch (error) {
      const answer = error.response?.response;
      if (!answer?.ok) throw error;
      const body = await answer.clone().json();
      assert(body.credentials && body.notification_id, 'another mistake');
      return body;
    }
  }

  notify(notificationId, event) {
    return this.client.sendNotification(this.authorized({ notification: { notificationId, event } }));
  }

  // An mdoc that was not shown yet, with `shown` of it: {name space: [elements]}.
  presentMdoc(shown, sessionTranscript) {
    const card = this.cards.pop();
    return mdoc.present(card.text, card.key, PHOTO_ID, shown, sessionTranscript);
  }

  // An SD-JWT VC that was not shown yet, with what `frame` names disclosed, bound to nonce and audience.
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

  trustList() {
    return this.server.fetch(this.server.url('/.well-known/mibun-trust.json')).then((answer) => answer.json());
  }

  // Their reader on an mdoc of ours. Returns the claims by name space.
  async checkMdoc(credential, key) {
    const { docType, claims } = await mdoc.check(credential, (await this.trustList()).iaca, key);
    assert.equal(docType, PHOTO_ID);
    return claims;
  }

  // Their reader on an SD-JWT VC of ours: path, signature, status, the holder's key. Returns the claims.
  async check(credential, key) {
    const { fetch, origin } = this.server;
    const { x5c } = jose.decodeProtectedHeader(credential.split('~')[0]);
    const trust = await this.trustList();
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
