// An issuer that somebody else made: npm's @openid4vc speaks at all its endpoints, @sd-jwt and @owf/mdoc issue, node
// serves TLS.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:https';
import {
  authorizationCodeGrantIdentifier, calculateJwkThumbprint, clientAuthenticationAnonymous, Oauth2AuthorizationServer,
  preAuthorizedCodeGrantIdentifier,
  refreshTokenGrantIdentifier,
} from '@openid4vc/oauth2';
import { Openid4vciIssuer, Openid4vciVersion } from '@openid4vc/openid4vci';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import * as sealed from './credential_encryption.mjs';
import * as mdoc from './foreign_mdoc.mjs';
import { callbacks, makeKey } from './openid4vc_crypto.mjs';
import { freePort } from './real_server.mjs';

export const CONFIGURATION = 'stranger_membership';
export const VCT = 'https://stranger.example/membership';
export const LICENCE = 'stranger_licence';
export const MDL = 'org.iso.18013.5.1.mDL';
export const MDL_NAME_SPACE = 'org.iso.18013.5.1';

// Rows of a server's configuration: whose cards of these types are taken. `issuers` and `iaca`: Authority, IssuingAuthority.
export const trustedIssuers = (issuers, iaca, types = { 'dc+sd-jwt': [VCT], mso_mdoc: [MDL] }) => [
  { format: 'dc+sd-jwt', types: types['dc+sd-jwt'], pem_files: [issuers.rootFile] },
  { format: 'mso_mdoc', types: types.mso_mdoc, pem_files: [iaca.rootFile], crls: [iaca.revocationList()] },
];
const PORTRAIT = new Uint8Array(randomBytes(400));

function jwtOf(compact) {
  const [header, payload] = compact.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString() || '{}'));
  return { header, payload };
}

// Everything one request of a wallet carries.
async function received(message, origin) {
  const parts = [];
  for await (const part of message) parts.push(part);
  return {
    method: message.method,
    url: origin + message.url,
    path: message.url,
    at: Date.now(),
    headers: new Headers(Object.entries(message.headers)),
    body: Buffer.concat(parts).toString(),
  };
}

export class ForeignIssuer {
  // `tls` and what `makeSigner` and `documentSigner` make are leaves of foreign_pki.mjs. `encryption`: the values of
  // enc that are offered, and demanded; none: in the clear. `signsMetadata`: for whoever takes it. `providers`: wallets
  // and their keys have to be attested below one of these roots (PEM). `refreshes`: gives refresh tokens. `defers`: cards
  // come later, when `ready` is set. `proofType`: "attestation" takes the provider's word for keys, without a proof of
  // each. `twist` may spoil what is sent.
  static async start({ tls, tlsRoot, makeSigner, documentSigner, batchSize = 4, encryption = [], signsMetadata = false, providers,
    refreshes = false, defers = false, proofType = 'jwt', twist = {} }) {
    const issuer = new ForeignIssuer();
    issuer.port = await freePort();
    issuer.origin = `https://localhost:${issuer.port}`;
    issuer.signer = makeSigner(issuer.origin);
    issuer.documentSigner = documentSigner;
    issuer.tlsRoot = tlsRoot;
    issuer.encryption = encryption;
    issuer.signsMetadata = signsMetadata;
    issuer.encryptionKey = await makeKey();
    issuer.twist = twist;
    issuer.batchSize = batchSize;
    issuer.tokens = new Map();  // access token -> DPoP thumbprint
    issuer.nonces = new Set();
    issuer.requests = [];  // everything that came
    issuer.providers = providers;
    issuer.refreshes = refreshes;
    issuer.defers = defers;
    issuer.proofType = proofType;
    issuer.challenge = randomBytes(24).toString('base64url');
    issuer.callbacks = callbacks({ keys: [issuer.signer], trust: providers ?? [], clientAuthentication: clientAuthenticationAnonymous() });
    issuer.library = new Openid4vciIssuer({ callbacks: issuer.callbacks });
    issuer.authorization = new Oauth2AuthorizationServer({ callbacks: issuer.callbacks });
    issuer.server = createServer({ key: tls.keyPem, cert: tls.certificatePem, minVersion: 'TLSv1.3' }, (message, answer) =>
      issuer.handle(message, answer));
    await new Promise((resolve) => issuer.server.listen(issuer.port, '127.0.0.1', resolve));
    return issuer;
  }
  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  metadata() {
    const credentialIssuer = this.library.createCredentialIssuerMetadata({
      credential_issuer: this.origin,
      credential_endpoint: `${this.origin}/credential`,
      nonce_endpoint: `${this.origin}/nonce`,
      notification_endpoint: `${this.origin}/notification`,
      ...(this.defers ? { deferred_credential_endpoint: `${this.origin}/deferred` } : {}),
      ...(this.batchSize > 1 ? { batch_credential_issuance: { batch_size: this.batchSize } } : {}),
      ...this.encryptionMetadata(),
      display: [{ name: 'A stranger', locale: 'en' }],
      credential_configurations_supported: {
        [CONFIGURATION]: {
          format: 'dc+sd-jwt',
          vct: VCT,
          scope: 'membership',
          cryptographic_binding_methods_supported: ['jwk'],
          credential_signing_alg_values_supported: ['ES256'],
          proof_types_supported: this.proofTypes(),
          credential_metadata: { display: [{ name: 'Membership', locale: 'en' }] },
        },
        [LICENCE]: {
          format: 'mso_mdoc',
          doctype: MDL,
          scope: 'licence',
          cryptographic_binding_methods_supported: ['cose_key'],
          credential_signing_alg_values_supported: [-7],
          proof_types_supported: this.proofTypes(),
          credential_metadata: { display: [{ name: 'Licence', locale: 'en' }] },
        },
      },
    });
    const authorizationServer = this.authorization.createAuthorizationServerMetadata({
      issuer: this.origin,
      token_endpoint: `${this.origin}/token`,
      authorization_endpoint: `${this.origin}/authorize`,
      pushed_authorization_request_endpoint: `${this.origin}/par`,
      require_pushed_authorization_requests: true,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      scopes_supported: ['membership', 'licence'],
      ...(this.providers ? {
        token_endpoint_auth_methods_supported: ['attest_jwt_client_auth'],
        challenge_endpoint: `${this.origin}/challenge`,
        client_attestation_signing_alg_values_supported: ['ES256'],
        client_attestation_pop_signing_alg_values_supported: ['ES256'],
      } : { token_endpoint_auth_methods_supported: ['none'] }),
      grant_types_supported: [preAuthorizedCodeGrantIdentifier, authorizationCodeGrantIdentifier,
        ...(this.refreshes ? [refreshTokenGrantIdentifier] : [])],
      'pre-authorized_grant_anonymous_access_supported': true,
      dpop_signing_alg_values_supported: ['ES256'],
    });
    return {
      originalDraftVersion: Openid4vciVersion.V1,
      credentialIssuer,
      authorizationServers: [authorizationServer],
      knownCredentialConfigurations: credentialIssuer.credential_configurations_supported,
    };
  }

  proofTypes() {
    return { [this.proofType]: { proof_signing_alg_values_supported: ['ES256'], ...(this.providers ? { key_attestations_required: {} } : {}) } };
  }

  // What the library judges of a wallet attestation, and what it does not: the challenge.
  attested(parsed) {
    if (!this.providers) return {};
    const { payload } = jwtOf(parsed.clientAttestation?.clientAttestationPopJwt ?? '..');
    if (payload.challenge !== this.challenge) throw new Error('not our challenge');
    return { clientAttestation: { required: true, ...parsed.clientAttestation } };
  }

  // Signed for whoever asks for it (OpenID4VCI 1.0, section 12.2.2).
  async issuerMetadata(request) {
    const { credentialIssuer } = this.metadata();
    if (!this.signsMetadata || !request.headers.get('accept').includes(sealed.JWT)) return credentialIssuer;
    return this.library.createSignedCredentialIssuerMetadataJwt({
      credentialIssuerMetadata: { ...credentialIssuer, ...this.twist.metadata },
      signer: { method: 'x5c', alg: 'ES256', x5c: this.signer.x5c },
      issuedAt: new Date(),
      expiresAt: new Date(Date.now() + 3600_000),
    });
  }

  // OpenID4VCI 1.0, section 12.2.4.
  encryptionMetadata() {
    if (this.encryption.length === 0) return {};
    const common = { enc_values_supported: this.encryption, encryption_required: true };
    const key = { ...this.encryptionKey.public, kid: 'requests', use: 'enc', alg: 'ECDH-ES' };
    return {
      credential_request_encryption: { jwks: { keys: [key] }, ...common },
      credential_response_encryption: { alg_values_supported: ['ECDH-ES'], ...common },
    };
  }

  // A link for the wallet, and the code for the person.
  async offer(configuration = CONFIGURATION) {
    this.code = randomBytes(24).toString('base64url');
    this.txCode = '493536';
    const { credentialOffer } = await this.library.createCredentialOffer({
      issuerMetadata: this.metadata(),
      credentialConfigurationIds: [configuration],
      grants: {
        [preAuthorizedCodeGrantIdentifier]: {
          'pre-authorized_code': this.code,
          tx_code: { input_mode: 'numeric', length: 6, description: 'The code in our letter' },
        },
      },
    });
    return { link: credentialOffer, txCode: this.txCode };
  }

  // An offer for the code flow, to be fetched at an address of this issuer.
  async offerByReference(configuration = CONFIGURATION) {
    this.issuerState = randomBytes(16).toString('base64url');
    const { credentialOffer, credentialOfferObject } = await this.library.createCredentialOffer({
      issuerMetadata: this.metadata(),
      credentialConfigurationIds: [configuration],
      grants: { [authorizationCodeGrantIdentifier]: { issuer_state: this.issuerState } },
      credentialOfferUri: `${this.origin}/offer`,
    });
    this.offered = credentialOfferObject;
    return credentialOffer;
  }

  // What came to one endpoint.
  at(path) {
    return this.requests.filter((request) => request.path === path);
  }

  async handle(message, answer) {
    const request = await received(message, this.origin);
    this.requests.push(request);
    const send = (status, body) => {
      const jwe = typeof body === 'string';
      answer.writeHead(status, { 'Content-Type': jwe ? sealed.JWT : 'application/json', 'Cache-Control': 'no-store' });
      answer.end(jwe ? body : JSON.stringify(body));
    };
    try {
      const routes = {
        'GET /.well-known/openid-credential-issuer': () => this.issuerMetadata(request),
        'GET /.well-known/oauth-authorization-server': () => this.metadata().authorizationServers[0],
        'GET /offer': () => this.offered,
        'POST /par': () => this.push(request),
        'POST /token': () => this.token(request),
        'POST /nonce': () => this.nonce(),
        'POST /challenge': () => ({ attestation_challenge: this.challenge }),
        'POST /credential': () => this.credential(request),
        'POST /deferred': () => this.deferred(request),
        'POST /notification': () => this.notification(request),
      };
      const route = routes[`${request.method} ${request.path}`];
      if (request.path.startsWith('/authorize?')) return this.authorize(request, answer);
      if (!route) return send(404, {});
      const body = await route();
      if (body === undefined) return answer.writeHead(204).end();
      send(request.status ?? (request.path === '/par' ? 201 : 200), body);
    } catch (error) {
      this.lastError = error;
      send(400, error.errorResponse ?? { error: 'invalid_request' });
    }
  }

  // RFC 9126: what the wallet pushes, kept until it is opened.
  async push(request) {
    const parsed = await this.authorization.parsePushedAuthorizationRequest({
      authorizationRequest: Object.fromEntries(new URLSearchParams(request.body)),
      request,
    });
    const { authorizationRequest, dpop } = parsed;
    const { dpop: proved } = await this.authorization.verifyPushedAuthorizationRequest({
      ...this.attested(parsed),
      authorizationRequest,
      authorizationServerMetadata: this.metadata().authorizationServers[0],
      request,
      dpop: { jwt: dpop?.jwt, jwkThumbprint: dpop?.jwkThumbprint, allowedSigningAlgs: ['ES256'] },
    });
    this.pushed = { authorizationRequest, jwkThumbprint: proved?.jwkThumbprint ?? dpop?.jwkThumbprint };
    this.requestUri = `urn:ietf:params:oauth:request_uri:${randomBytes(24).toString('base64url')}`;
    return this.authorization.createPushedAuthorizationResponse({ requestUri: this.requestUri, expiresInSeconds: 60 }).pushedAuthorizationResponse;
  }

  // The person agrees at once, and the browser is sent back.
  authorize(request, answer) {
    const parameters = new URL(request.url).searchParams;
    if (parameters.get('request_uri') !== this.requestUri || parameters.get('client_id') !== this.pushed.authorizationRequest.client_id) {
      answer.writeHead(400);
      return answer.end();
    }
    this.requestUri = undefined;
    this.authorizationCode = randomBytes(24).toString('base64url');
    const back = new URL(this.pushed.authorizationRequest.redirect_uri);
    back.searchParams.set('code', this.authorizationCode);
    back.searchParams.set('state', this.pushed.authorizationRequest.state);
    back.searchParams.set('iss', this.twist.iss ?? this.origin);
    answer.writeHead(303, { Location: back.toString() });
    answer.end();
  }

  async token(request) {
    const parsed = this.authorization.parseAccessTokenRequest({
      accessTokenRequest: Object.fromEntries(new URLSearchParams(request.body)),
      request,
    });
    const { accessTokenRequest, grant, dpop, pkceCodeVerifier } = parsed;
    const common = {
      ...this.attested(parsed),
      accessTokenRequest,
      request,
      grant,
      authorizationServerMetadata: this.metadata().authorizationServers[0],
      dpop: { required: true, allowedSigningAlgs: ['ES256'], jwt: dpop?.jwt },
    };
    const { dpop: proved } = grant.grantType === refreshTokenGrantIdentifier
      ? await this.authorization.verifyRefreshTokenAccessTokenRequest({
        ...common, dpop: { ...common.dpop, expectedJwkThumbprint: this.refreshKey }, expectedRefreshToken: this.refreshToken })
      : grant.grantType === authorizationCodeGrantIdentifier
      ? await this.authorization.verifyAuthorizationCodeAccessTokenRequest({
        ...common,
        dpop: { ...common.dpop, expectedJwkThumbprint: this.pushed.jwkThumbprint },
        expectedCode: this.authorizationCode,
        pkce: {
          codeVerifier: pkceCodeVerifier,
          codeChallenge: this.pushed.authorizationRequest.code_challenge,
          codeChallengeMethod: this.pushed.authorizationRequest.code_challenge_method,
        },
      })
      : await this.authorization.verifyPreAuthorizedCodeAccessTokenRequest(
        { ...common, expectedPreAuthorizedCode: this.code, expectedTxCode: this.txCode });
    const accessToken = randomBytes(24).toString('base64url');
    const thumbprint = await calculateJwkThumbprint({
      jwk: proved.jwk, hashAlgorithm: 'sha-256', hashCallback: this.callbacks.hash });
    this.tokens.set(accessToken, thumbprint);
    const response = { access_token: accessToken, token_type: 'DPoP', expires_in: 300 };
    if (!this.refreshes) return response;
    this.refreshToken = randomBytes(24).toString('base64url');  // the one before is used up
    this.refreshKey = thumbprint;
    return { ...response, refresh_token: this.refreshToken };
  }

  nonce() {
    const nonce = randomBytes(24).toString('base64url');
    this.nonces.add(nonce);
    return this.library.createNonceResponse({ cNonce: nonce });
  }

  // RFC 9449, section 7: a token of ours, by the key that it is bound to.
  async checkToken(request) {
    const [scheme, accessToken] = (request.headers.get('authorization') ?? '').split(' ');
    if (scheme !== 'DPoP' || !this.tokens.has(accessToken)) throw new Error('no token of ours');
    await this.authorization.verifyDpopJwt({
      request,
      dpopJwt: request.headers.get('dpop'),
      accessToken,
      expectedJwkThumbprint: this.tokens.get(accessToken),
      allowedSigningAlgs: ['ES256'],
    });
  }

  async notification(request) {
    await this.checkToken(request);
    const { notification_id: id, event } = JSON.parse(request.body);
    if (id !== this.notificationId) throw new Error('not the id of this card');
    this.told = event;
  }

  async credential(request) {
    await this.checkToken(request);
    const { message, answerTo } = await this.unseal(request);
    const parsed = this.library.parseCredentialRequest({ credentialRequest: message, issuerMetadata: this.metadata() });
    const keys = await (this.proofType === 'attestation' ? this.attestedKeys(parsed.proofs) : this.provenKeys(parsed.proofs));
    this.nonces.clear();
    const answer = (response) => (answerTo ? sealed.seal(response, answerTo.jwk, answerTo.enc) : response);
    if (this.defers) {
      this.transaction = { id: randomBytes(16).toString('base64url'), keys, configuration: message.credential_configuration_id };
      request.status = 202;
      return answer(this.library.createCredentialResponse(
        { credentialRequest: parsed, transactionId: this.transaction.id, interval: 1 }));
    }
    return answer(this.library.createCredentialResponse({ credentialRequest: parsed,
      ...await this.issue(keys, message.credential_configuration_id) }));
  }

  ourNonce(jwt) {
    const { nonce } = jwtOf(jwt).payload;
    if (!this.nonces.has(nonce)) throw new Error('no nonce of ours');
    return nonce;
  }

  async provenKeys({ jwt: proofs }) {
    const keys = [];
    for (const jwt of proofs) {
      const nonce = this.ourNonce(jwt);
      const { signer, keyAttestation } = await this.library.verifyCredentialRequestJwtProof(
        { issuerMetadata: this.metadata(), jwt, expectedNonce: nonce });
      if (this.providers && keyAttestation?.payload.nonce !== nonce) throw new Error('the key is not attested for our nonce');
      keys.push(signer.publicJwk);
    }
    return keys;
  }

  // OpenID4VCI 1.0, appendix F.3.
  async attestedKeys({ attestation }) {
    assert.equal(attestation.length, 1);
    const { payload } = await this.library.verifyCredentialRequestAttestationProof(
      { issuerMetadata: this.metadata(), keyAttestationJwt: attestation[0], expectedNonce: this.ourNonce(attestation[0]) });
    return payload.attested_keys;
  }

  async issue(keys, configuration) {
    const issue = configuration === LICENCE ? this.issueMdoc : this.issueSdJwt;
    const credentials = await Promise.all(keys.map(async (key) => ({ credential: await issue.call(this, key) })));
    this.notificationId = randomBytes(16).toString('base64url');
    return { credentials, notificationId: this.notificationId };
  }

  // OpenID4VCI 1.0, section 9. That credentials come with a notification_id the library takes for a mistake (see
  // docs/divergences.md), so that is put in after it.
  async deferred(request) {
    await this.checkToken(request);
    const { message, answerTo } = await this.unseal(request);
    const { deferredCredentialRequest } = this.library.parseDeferredCredentialRequest({ deferredCredentialRequest: message });
    if (deferredCredentialRequest.transaction_id !== this.transaction?.id) throw new Error('no transaction of ours');
    const answer = (response) => (answerTo ? sealed.seal(response, answerTo.jwk, answerTo.enc) : response);
    if (!this.ready) {
      request.status = 202;
      return answer(this.library.createDeferredCredentialResponse({ transactionId: this.transaction.id, interval: 1 }));
    }
    const { keys, configuration } = this.transaction;
    this.transaction = undefined;
    const { credentials, notificationId } = await this.issue(keys, configuration);
    return answer({ ...this.library.createDeferredCredentialResponse({ credentials }), notification_id: notificationId });
  }

  // What the wallet asked for, and to whom the answer is encrypted. The library takes a credential_response_encryption
  // without the `alg` of the drafts for a mistake (OpenID4VCI 1.0, section 8.2), so it does not see it.
  async unseal(request) {
    const jwe = request.headers.get('content-type') === sealed.JWT;
    if (jwe !== this.encryption.length > 0) throw new Error('not encrypted as the metadata say');
    if (!jwe) return { message: JSON.parse(request.body) };
    const { message, header } = await sealed.open(request.body, this.encryptionKey.private);
    const { credential_response_encryption: answerTo, ...rest } = message;
    if (header.kid !== 'requests' || !this.encryption.includes(answerTo.enc)) throw new Error('not what the metadata say');
    request.opened = { header, message };
    return { message: rest, answerTo };
  }

  issueMdoc(holder) {
    const elements = {
      family_name: 'Stranger', given_name: 'Hanako', birth_date: mdoc.fullDate('1990-04-15'), issue_date: mdoc.fullDate('2026-01-01'),
      expiry_date: mdoc.fullDate('2031-01-01'), issuing_country: 'JP', issuing_authority: 'Stranger', document_number: '1234',
      portrait: this.twist.portrait?.() ?? PORTRAIT, un_distinguishing_sign: 'J', age_over_20: true,
      driving_privileges: [{ vehicle_category_code: 'C', issue_date: mdoc.fullDate('2026-01-01'), expiry_date: mdoc.fullDate('2031-01-01') }],
    };
    return mdoc.issue({ docType: this.twist.docType ?? MDL, nameSpaces: { [MDL_NAME_SPACE]: elements }, signer: this.documentSigner, holder });
  }

  async issueSdJwt(holderKey) {
    const signer = this.signer;
    const issuer = new SDJwtVcInstance({
      hasher: (data, alg) => createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest(),
      hashAlg: 'sha-256',
      saltGenerator: (length) => randomBytes(length).toString('base64url'),
      signAlg: 'ES256',
      signer: (data) => sign('sha256', Buffer.from(data),
        { key: createPrivateKey({ key: signer.private, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }).toString('base64url'),
    });
    const now = Math.floor(Date.now() / 3600_000) * 3600;
    const { kty, crv, x, y } = holderKey;
    const claims = {
      iss: this.origin, vct: VCT, iat: now, exp: now + 30 * 86400, cnf: { jwk: { kty, crv, x, y } },
      member_name: 'Hanako', member_since: 2020, ...this.twist.claims,
    };
    return issuer.issue(claims, { _sd: ['member_name', 'member_since'] }, { header: { typ: 'dc+sd-jwt', x5c: signer.x5c } });
  }
}
