// oid4vci_interop.mjs MIBUN: npm's @openid4vc/openid4vci as a foreign wallet against our real issuer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { clientAuthenticationAnonymous } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { ATTESTED_CLIENT, CLIENT, ForeignWallet, MDOC, SD_JWT } from './foreign_wallet.mjs';
import { ForeignProvider } from './foreign_provider.mjs';
import { run } from './peer.mjs';
import { callbacks, makeKey } from './openid4vc_crypto.mjs';
import { readSvg, readTerminal } from './qr_reader.mjs';
import { approvedPerson, startServer, waitingPerson } from './real_server.mjs';

const server = await startServer(process.argv[2], () => ({ tlsRoots: [], config: { wallet_clients: [CLIENT, ATTESTED_CLIENT] } }));

const refused = async (promise, status, error) => {
  const thrown = await promise.then(() => assert.fail('it was accepted'), (caught) => caught);
  const response = thrown.response?.response ?? thrown.response;
  assert.equal(response?.status, status, String(thrown));
  const body = thrown.errorResponse ?? (await response.clone().json());
  assert.equal(body.error, error);
};

const person = await approvedPerson(server);

const tests = {
  async 'SD-JWT VC, pre-authorized code, in the clear: a batch of ten is received and accepted'() {
    const wallet = await ForeignWallet.make(server, 10);
    const response = await wallet.receive(await person.offer());
    assert.equal(response.credentials.length, 10);
    for (const [i, { credential }] of response.credentials.entries()) {
      const claims = await wallet.check(credential, wallet.cardKeys[i]);
      assert(claims.given_name && claims.birthdate);
    }
  },
  async 'a wrong tx_code is refused, and the right one still works'() {
    const wallet = await ForeignWallet.make(server, 1);
    const offer = await person.offer();
    await refused(wallet.receive(offer, { txCode: offer.txCode === '000000' ? '000001' : '000000' }), 400, 'invalid_grant');
    const response = await wallet.receive(offer);
    await wallet.check(response.credentials[0].credential, wallet.cardKeys[0]);
  },
  async 'a wallet that says it is ours, and has no attestation, is refused'() {
    const body = new URLSearchParams({
      client_id: 'mibun-wallet', response_type: 'code', redirect_uri: 'mibun-wallet://authorized', scope: 'mibun_identity',
      code_challenge: 'A'.repeat(43), code_challenge_method: 'S256',
    });
    const answer = await server.fetch(server.url('/oauth/par'), { method: 'POST', body });
    assert.equal(answer.status, 401);
    assert.equal((await answer.json()).error, 'invalid_client');
  },
  async 'an offer works once'() {
    const offer = await person.offer();
    await (await ForeignWallet.make(server, 1)).receive(offer);
    await refused((await ForeignWallet.make(server, 1)).receive(offer), 400, 'invalid_grant');
  },
  async 'the QR code of an offer, on the terminal and in the file, says its link, and their wallet takes it'() {
    const { reference, txCode, qr } = await person.offer();
    assert.equal(readTerminal(qr.terminal), reference);
    assert.equal(readSvg(qr.svg), reference);
    const wallet = await ForeignWallet.make(server, 1);
    await accepts(wallet, SD_JWT, (await wallet.receive({ link: readSvg(qr.svg), txCode })).credentials);
  },
  async 'an offer by reference is fetched by their wallet, and is the same offer'() {
    const wallet = await ForeignWallet.make(server, 2);
    const { reference, txCode } = await person.offer();
    assert.match(reference, /credential_offer_uri=https/);
    await accepts(wallet, SD_JWT, (await wallet.receive({ link: reference, txCode })).credentials);
  },
  async 'a proof with a broken signature is refused'() {
    const broken = ([jwt]) => [jwt.slice(0, -20) + (jwt.at(-20) === 'A' ? 'B' : 'A') + jwt.slice(-19)];
    await refused((await ForeignWallet.make(server, 1)).receive(await person.offer(), { twist: broken }), 400, 'invalid_proof');
  },
};

// The person signs in with the key of their own wallet, where a browser would have asked for the passkey.
const signsIn = (who) => async (url) => (await who.wallet(['sign-in', url], ['y'])).said('redirect');
const signIn = signsIn(person);
const known = { clientId: CLIENT.client_id };
const GIVEN = JSON.parse(readFileSync(`${server.state}/demo/person.json`, 'utf8')).given_name;

// Every copy by their readers: each for its key, all saying the same, and what the passport said.
async function accepts(wallet, configuration, credentials) {
  assert.equal(credentials.length, wallet.cardKeys.length);
  const names = new Set();
  for (const [i, { credential }] of credentials.entries()) {
    const claims = configuration === MDOC
      ? (await wallet.checkMdoc(credential, wallet.cardKeys[i]))['org.iso.23220.1']
      : await wallet.check(credential, wallet.cardKeys[i]);
    names.add(claims.given_name);
  }
  assert.deepEqual([...names], [GIVEN]);
}

// Both formats, by both grants, in the clear and encrypted with both algorithms.
for (const [format, configuration] of [['SD-JWT VC', SD_JWT], ['mdoc', MDOC]]) {
  for (const enc of [undefined, 'A128GCM', 'A256GCM']) {
    const how = enc ? `encrypted with ${enc}` : 'in the clear';
    tests[`${format}, pre-authorized code, ${how}: received and accepted`] = async () => {
      const wallet = await ForeignWallet.make(server, 3, { enc });
      const { credentials } = await wallet.receive(await person.offer(), { configuration });
      await accepts(wallet, configuration, credentials);
      if (enc) assert.deepEqual(wallet.sealed.opened.map((header) => header.enc), [enc]);
    };
    tests[`${format}, authorization code, ${how}: pushed request, PKCE, iss, DPoP with a nonce of the server`] = async () => {
      const wallet = await ForeignWallet.make(server, 3, { ...known, enc });
      const { credentials } = await wallet.receiveByCode(signIn, { configuration });
      await accepts(wallet, configuration, credentials);
      if (enc) assert.deepEqual(wallet.sealed.opened.map((header) => header.enc), [enc]);
    };
  }
}

Object.assign(tests, {
  async 'a code without its PKCE verifier is worth nothing'() {
    const wallet = await ForeignWallet.make(server, 1, known);
    await refused(wallet.receiveByCode(signIn, { spoil: { verifier: 'x'.repeat(43) } }), 400, 'invalid_grant');
  },
  async 'new copies by a refresh token, which is worth nothing with another key, nor once its successor was used'() {
    const wallet = await ForeignWallet.make(server, 2, known);
    await wallet.receiveByCode(signIn);
    const { refresh_token: refreshToken } = wallet.token.accessTokenResponse;
    assert(refreshToken);
    await refused(wallet.refresh({ refreshToken, dpopKey: await makeKey() }), 400, 'invalid_grant');
    await accepts(wallet, SD_JWT, (await wallet.refresh({ refreshToken })).credentials);
    const { refresh_token: successor } = wallet.token.accessTokenResponse;
    assert(successor && successor !== refreshToken);
    // As if that answer had been lost on its way: the same wallet gets the same successor again.
    await accepts(wallet, SD_JWT, (await wallet.refresh({ refreshToken })).credentials);
    assert.equal(wallet.token.accessTokenResponse.refresh_token, successor);
    await accepts(wallet, SD_JWT, (await wallet.refresh({ refreshToken: successor })).credentials);
    await refused(wallet.refresh({ refreshToken }), 400, 'invalid_grant');
  },
  async 'their provider attests their wallet: code flow and refresh, at PAR and at the token endpoint'() {
    const wallet = await ForeignWallet.make(server, 2, { clientId: ATTESTED_CLIENT.client_id, provider: server.provider });
    await accepts(wallet, SD_JWT, (await wallet.receiveByCode(signIn)).credentials);
    await accepts(wallet, SD_JWT, (await wallet.refresh()).credentials);
  },
  async 'an attested wallet is refused without its attestation, or with that of a provider whom nobody trusts'() {
    const clientId = ATTESTED_CLIENT.client_id;
    const asked = (url) => assert.fail(`the person was asked: ${url}`);
    await refused((await ForeignWallet.make(server, 1, { clientId })).receiveByCode(asked), 401, 'invalid_client');
    const provider = new ForeignProvider(server.state, 'unknown-providers');
    const other = await ForeignWallet.make(server, 1, { clientId, provider });
    await refused(other.receiveByCode(asked), 401, 'invalid_client_attestation');
  },
  async 'a refresh token of an attested wallet is worth nothing to another instance of it'() {
    const attested = { clientId: ATTESTED_CLIENT.client_id, provider: server.provider };
    const wallet = await ForeignWallet.make(server, 1, attested);
    await wallet.receiveByCode(signIn);
    const thief = await ForeignWallet.make(server, 1, attested);
    thief.issuerMetadata = wallet.issuerMetadata;
    await refused(thief.refresh({ refreshToken: wallet.token.accessTokenResponse.refresh_token, dpopKey: wallet.dpopKey }),
      400, 'invalid_grant');
  },
  async 'our signed metadata are verified by their library, up to the trust list'() {
    const trust = (await (await server.fetch(server.url('/.well-known/mibun-trust.json'))).json()).credential_issuer;
    const asking = (roots) => new Openid4vciClient({ callbacks: callbacks({
      keys: [], trust: roots, clientAuthentication: clientAuthenticationAnonymous(),
      fetch: (url, init = {}) => server.fetch(url, url.includes('credential-issuer') ? { ...init, headers: { accept: 'application/jwt' } } : init),
    }) });
    const { signedCredentialIssuer, credentialIssuer } = await asking(trust).resolveIssuerMetadata(server.origin);
    assert.equal(signedCredentialIssuer.jwt.payload.sub, server.origin);
    assert.equal(signedCredentialIssuer.signer.method, 'x5c');
    assert(credentialIssuer.credential_configurations_supported[MDOC]);
    await assert.rejects(asking([]).resolveIssuerMetadata(server.origin), /verification failed/);
  },
  async 'their wallet says what became of the cards'() {
    const wallet = await ForeignWallet.make(server, 1);
    const { notification_id: id } = await wallet.receive(await person.offer());
    await wallet.notify(id, 'credential_accepted');
    await wallet.notify(id, 'credential_accepted');  // again is no mistake: OpenID4VCI 1.0, section 11.1
    await refused(wallet.notify('not-one-of-theirs', 'credential_accepted'), 400, 'invalid_notification_id');
  },
});

// Two reviewers have not looked yet: the card comes later (OpenID4VCI 1.0, section 9).
async function askedTooEarly(enc) {
  const waiting = await waitingPerson(server);
  const wallet = await ForeignWallet.make(server, 2, { ...known, enc });
  const { transaction_id: id, interval, credentials } = await wallet.receiveByCode(signsIn(waiting));
  assert(id && interval > 0 && !credentials);
  assert.equal((await wallet.deferred(id)).transaction_id, id);
  return { waiting, wallet, id };
}
for (const enc of [undefined, 'A256GCM']) {
  tests[`a card asked for under review, ${enc ? 'encrypted' : 'in the clear'}: it comes after the approval, once`] = async () => {
    const { waiting, wallet, id } = await askedTooEarly(enc);
    await waiting.approve();
    await accepts(wallet, SD_JWT, (await wallet.deferred(id)).credentials);
    await refused(wallet.deferred(id), 400, 'invalid_transaction_id');
  };
}
tests['a card asked for under review: after the rejection it does not come'] = async () => {
  const { waiting, wallet, id } = await askedTooEarly();
  await waiting.reject('portrait_mismatch');
  await refused(wallet.deferred(id), 400, 'credential_request_denied');
};

try {
  await run(tests);
} finally {
  await server.stop();
}
