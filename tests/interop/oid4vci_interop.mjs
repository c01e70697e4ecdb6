// oid4vci_interop.mjs MIBUN: npm's @openid4vc/openid4vci as a foreign wallet against our real issuer.
import assert from 'node:assert/strict';
import { CLIENT, ForeignWallet } from './foreign_wallet.mjs';
import { run } from './peer.mjs';
import { approvedPerson, startServer } from './real_server.mjs';

const server = await startServer(process.argv[2], () => ({ tlsRoots: [], config: { wallet_clients: [CLIENT] } }));

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
  async 'an offer works once'() {
    const offer = await person.offer();
    await (await ForeignWallet.make(server, 1)).receive(offer);
    await refused((await ForeignWallet.make(server, 1)).receive(offer), 400, 'invalid_grant');
  },
  async 'a proof with a broken signature is refused'() {
    const broken = ([jwt]) => [jwt.slice(0, -20) + (jwt.at(-20) === 'A' ? 'B' : 'A') + jwt.slice(-19)];
    await refused((await ForeignWallet.make(server, 1)).receive(await person.offer(), { twist: broken }), 400, 'invalid_proof');
  },
};

// The person signs in with the key of their own wallet, where a browser would have asked for the passkey.
const signIn = async (url) => (await person.wallet(['sign-in', url], ['y'])).said('redirect');

Object.assign(tests, {
  async 'SD-JWT VC, authorization code: pushed request, PKCE, iss, DPoP with a nonce of the server'() {
    const wallet = await ForeignWallet.make(server, 3, { clientId: CLIENT.client_id });
    const response = await wallet.receiveByCode(signIn);
    assert.equal(response.credentials.length, 3);
    for (const [i, { credential }] of response.credentials.entries()) await wallet.check(credential, wallet.cardKeys[i]);
  },
  async 'a code without its PKCE verifier is worth nothing'() {
    const wallet = await ForeignWallet.make(server, 1, { clientId: CLIENT.client_id });
    await refused(wallet.receiveByCode(signIn, { spoil: { verifier: 'x'.repeat(43) } }), 400, 'invalid_grant');
  },
});

try {
  await run(tests);
} finally {
  await server.stop();
}
