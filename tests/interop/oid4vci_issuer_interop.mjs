// oid4vci_issuer_interop.mjs MIBUN: our real wallet at an issuer made of npm's @openid4vc/openid4vci.
import assert from 'node:assert/strict';
import { ForeignIssuer, VCT } from './foreign_issuer.mjs';
import { Authority, PURPOSES } from './foreign_pki.mjs';
import { run } from './peer.mjs';
import { approvedPerson, startServer } from './real_server.mjs';

let issuers, strangers, tlsRoot, tls;
const server = await startServer(process.argv[2], (folder) => {
  issuers = new Authority(folder, 'stranger-issuers');
  strangers = new Authority(folder, 'unknown-issuers');
  tlsRoot = new Authority(folder, 'stranger-tls');
  tls = tlsRoot.leaf('localhost', PURPOSES.tlsServer, ['DNS:localhost']);
  return { walletTrust: { credential_issuer: [issuers.rootFile] }, tlsRoots: [tlsRoot.rootFile] };
});
const person = await approvedPerson(server);

const signerOf = (authority) => (origin) =>
  authority.leaf(`issuer-${Math.random().toString(36).slice(2)}`, PURPOSES.credentialIssuer, ['DNS:localhost', `URI:${origin}`]);

// What the person does: opens the link, agrees, types the code.
async function receive(issuer, { txCode, exit = 0 } = {}) {
  const offer = await issuer.offer();
  return person.wallet(['receive', offer.link, '--allow-origin', issuer.origin], ['y', txCode ?? offer.txCode, 'n'], exit);
}

async function withIssuer(options, test) {
  const issuer = await ForeignIssuer.start({ tls, makeSigner: signerOf(issuers), ...options });
  try {
    await test(issuer);
  } finally {
    await issuer.stop();
  }
}

const tests = {
  async 'SD-JWT VC, pre-authorized code, in the clear: our wallet receives their batch'() {
    await withIssuer({}, async (issuer) => {
      const received = await receive(issuer);
      assert.equal(received.said('copies'), '4', received.output);
      assert.match(received.output, /Hanako/);
      assert.equal(issuer.requests.filter((one) => one === 'POST /credential').length, 1);
    });
  },
  async 'a wrong code is told, and nothing is issued'() {
    await withIssuer({}, async (issuer) => {
      const refused = await receive(issuer, { txCode: '111111', exit: 1 });
      assert.match(refused.errors, /wallet_holder_refused/, 'asked again, the person stops');
      assert(!issuer.requests.includes('POST /credential'));
    });
  },
  async 'an issuer whose root nobody trusts gets no card into our wallet'() {
    await withIssuer({ makeSigner: signerOf(strangers) }, async (issuer) => {
      const refused = await receive(issuer, { exit: 1 });
      assert.match(refused.errors, /sd_jwt_issuer_not_trusted/);
    });
  },
  async 'a trusted issuer cannot issue in the name of another'() {
    await withIssuer({ twist: { claims: { iss: 'https://somebody-else.example' } } }, async (issuer) => {
      assert.match((await receive(issuer, { exit: 1 })).errors, /sd_jwt_issuer_mismatch/);
    });
  },
  async 'another type than the one offered is refused'() {
    await withIssuer({ twist: { claims: { vct: VCT + '/of-honour' } } }, async (issuer) => {
      assert.match((await receive(issuer, { exit: 1 })).errors, /sd_jwt_vct_mismatch/);
    });
  },
};

try {
  await run(tests);
} finally {
  await server.stop();
}
