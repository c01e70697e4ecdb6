// oid4vci_issuer_interop.mjs MIBUN: our real wallet at an issuer made of npm's @openid4vc/openid4vci.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as jose from 'jose';
import { CONFIGURATION, ForeignIssuer, LICENCE, MDL, trustedIssuers, VCT } from './foreign_issuer.mjs';
import { Authority, IssuingAuthority, PURPOSES } from './foreign_pki.mjs';
import { run } from './peer.mjs';
import { approvedPerson, fetchTrusting, startServer } from './real_server.mjs';

let issuers, iaca, strangers, clubs, clubIaca, tlsRoot, tls;
const server = await startServer(process.argv[2], (folder) => {
  issuers = new Authority(folder, 'stranger-issuers');
  iaca = new IssuingAuthority(folder, 'stranger-iaca');
  strangers = new IssuingAuthority(folder, 'unknown-issuers');
  tlsRoot = new Authority(folder, 'stranger-tls');
  tls = tlsRoot.leaf('localhost', PURPOSES.tlsServer, ['DNS:localhost']);
  // Trusted, and for other types than those that the issuer of these tests offers.
  clubs = new Authority(folder, 'club-issuers');
  clubIaca = new IssuingAuthority(folder, 'club-iaca');
  const others = trustedIssuers(clubs, clubIaca, { 'dc+sd-jwt': [`${VCT}/of-honour`], mso_mdoc: [`${MDL}.2`] });
  return { config: { trusted_issuers: [...trustedIssuers(issuers, iaca), ...others] }, tlsRoots: [tlsRoot.rootFile] };
});
const person = await approvedPerson(server);

const signerOf = (authority) => (origin) =>
  authority.leaf(`issuer-${Math.random().toString(36).slice(2)}`, PURPOSES.credentialIssuer, ['DNS:localhost', `URI:${origin}`]);

// What the person does: opens the link, agrees, types the code.
async function receive(issuer, { txCode, configuration, exit = 0 } = {}) {
  const offer = await issuer.offer(configuration);
  return person.wallet(['receive', offer.link, '--allow-origin', issuer.origin], ['y', txCode ?? offer.txCode, 'n'], exit);
}

async function withIssuer(options, test) {
  const issuer = await ForeignIssuer.start({ tls, tlsRoot: tlsRoot.rootPem, makeSigner: signerOf(issuers),
    documentSigner: iaca.documentSigner('signer'), ...options });
  try {
    await test(issuer);
  } finally {
    await issuer.stop();
  }
}

const tests = {
  async 'oid4vci-1_0-wallet-test-credential-issuance: our wallet receives their SD-JWT VC, pre-authorized and in the clear'() {
    await withIssuer({ batchSize: 1 }, async (issuer) => {
      const received = await receive(issuer);
      assert.equal(received.said('copies'), '1', received.output);
      assert.match(received.output, /Hanako/);
      const [request] = issuer.at('/credential');
      assert.equal(request.headers.get('content-type'), 'application/json');
      const body = JSON.parse(request.body);
      assert.deepEqual(Object.keys(body).sort(), ['credential_configuration_id', 'proofs']);
      assert.deepEqual(Object.keys(body.proofs), ['jwt']);
      assert.equal(issuer.at('/token').length, 1);
    });
  },
  async 'oid4vci-1_0-wallet-test-batch-credential-issuance: a proof for each copy, each with a key of its own'() {
    await withIssuer({}, async (issuer) => {
      const received = await receive(issuer);
      assert.equal(received.said('copies'), '4', received.output);
      assert.equal(issuer.at('/credential').length, 1, 'one request for the whole batch');
      const proofs = JSON.parse(issuer.at('/credential')[0].body).proofs.jwt;
      const keys = proofs.map((jwt) => JSON.stringify(jose.decodeProtectedHeader(jwt).jwk));
      assert.equal(new Set(keys).size, 4);
    });
  },
  async 'our wallet says its language and nothing else about itself on the way'() {
    await withIssuer({}, async (issuer) => {
      await receive(issuer);
      const known = ['host', 'accept', 'accept-language', 'content-type', 'content-length', 'authorization', 'dpop'];
      assert(issuer.requests.length >= 5);
      assert.equal(issuer.at('/.well-known/openid-credential-issuer')[0].headers.get('accept-language'), 'en');
      for (const { path, headers } of issuer.requests) {
        for (const [name, value] of headers) assert(known.includes(name), `${path} came with ${name}: ${value}`);
      }
    });
  },
  async 'a wrong code is told, and nothing is issued'() {
    await withIssuer({}, async (issuer) => {
      const refused = await receive(issuer, { txCode: '111111', exit: 1 });
      assert.match(refused.errors, /wallet_holder_refused/, 'asked again, the person stops');
      assert.equal(issuer.at('/credential').length, 0);
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

// The person's browser at the foreign server: where it ends.
const follow = (issuer) => async (url) => {
  const answer = await fetchTrusting(issuer.tlsRoot)(url);
  assert.equal(answer.status, 303);
  return answer.headers.get('location');
};
const receiveByCode = (issuer, { exit = 0, configuration = CONFIGURATION } = {}) =>
  person.wallet(['receive', '--issuer', issuer.origin, '--configuration', configuration, '--allow-origin', issuer.origin],
    ['y'], exit, { open: follow(issuer) });

Object.assign(tests, {
  async 'SD-JWT VC, authorization code: our wallet pushes, comes back with iss, and redeems with PKCE and DPoP'() {
    await withIssuer({}, async (issuer) => {
      const received = await receiveByCode(issuer);
      assert.equal(received.said('copies'), '4', received.output);
      const pushed = Object.fromEntries(new URLSearchParams(issuer.at('/par')[0].body));
      assert.equal(pushed.code_challenge_method, 'S256');
      assert.equal(pushed.scope, 'membership');
      assert.equal(pushed.request_uri, undefined);
    });
  },
  async 'oid4vci-1_0-wallet-happy-path-with-scopes-without-authorization-details-in-token-response: the configuration is named'() {
    await withIssuer({ batchSize: 1 }, async (issuer) => {
      await receiveByCode(issuer);
      const body = JSON.parse(issuer.at('/credential')[0].body);
      assert.equal(body.credential_configuration_id, CONFIGURATION);
      assert.equal(body.credential_identifier, undefined);
    });
  },
  async 'a redirect with the iss of another server ends it before the code is sent'() {
    await withIssuer({ twist: { iss: 'https://somebody-else.example' } }, async (issuer) => {
      await receiveByCode(issuer, { exit: 1 });
      assert.equal(issuer.at('/token').length, 0);
    });
  },
});

// Both formats, by both grants, in the clear and encrypted; A256GCM where it is offered (HAIP 1.0, section 4).
const ways = { 'pre-authorized code': receive, 'authorization code': receiveByCode };
for (const [format, configuration] of [['SD-JWT VC', CONFIGURATION], ['mdoc', LICENCE]]) {
  for (const [way, get] of Object.entries(ways)) {
    for (const encryption of [[], ['A128GCM'], ['A128GCM', 'A256GCM']]) {
      const how = encryption.length === 0 ? 'in the clear' : `encrypted, offered ${encryption.join(' and ')}`;
      tests[`${format}, ${way}, ${how}: our wallet takes all copies`] = () => withIssuer({ encryption }, async (issuer) => {
        const received = await get(issuer, { configuration });
        assert.equal(received.said('copies'), '4', received.output);
        assert.match(received.output, /Hanako/);
        if (encryption.length === 0) return;
        const { header, message } = issuer.at('/credential')[0].opened;
        assert.equal(header.alg, 'ECDH-ES');
        assert.equal(header.enc, encryption.at(-1));
        assert.equal(message.credential_response_encryption.enc, encryption.at(-1));
      });
    }
  }
}

Object.assign(tests, {
  async 'oid4vci-1_0-wallet-test-credential-issuance-notification: our wallet tells their issuer that it keeps the card, or cannot'() {
    await withIssuer({}, async (issuer) => {
      await receive(issuer);
      assert.equal(issuer.told, 'credential_accepted');
    });
    await withIssuer({ twist: { claims: { iss: 'https://somebody-else.example' } } }, async (issuer) => {
      await receive(issuer, { exit: 1 });
      assert.equal(issuer.told, 'credential_failure');
    });
  },
  async 'their offer by reference, for the code flow: fetched after a yes, and its issuer_state travels along'() {
    await withIssuer({}, async (issuer) => {
      const link = await issuer.offerByReference();
      const received = await person.wallet(['receive', link, '--allow-origin', issuer.origin], ['y', 'y'], 0, { open: follow(issuer) });
      assert.equal(received.said('copies'), '4', received.output);
      assert.equal(new URLSearchParams(issuer.at('/par')[0].body).get('issuer_state'), issuer.issuerState);
      const unfetched = await person.wallet(['receive', link, '--allow-origin', issuer.origin], ['n'], 1);
      assert.match(unfetched.errors, /wallet_holder_refused/);
      assert.equal(issuer.at('/offer').length, 1, 'nothing is fetched without a yes');
    });
  },
  async 'signed metadata of their issuer are asked for, verified and believed'() {
    await withIssuer({ signsMetadata: true }, async (issuer) => {
      const received = await receive(issuer);
      assert.equal(received.said('copies'), '4', received.output);
      assert.match(issuer.at('/.well-known/openid-credential-issuer')[0].headers.get('accept'), /application\/jwt/);
    });
  },
  async 'oid4vci-1_0-wallet-test-client-attestation-challenge: their issuer wants attested wallets and keys, and takes ours'() {
    const providers = (await (await server.fetch(server.url('/.well-known/mibun-trust.json'))).json()).wallet_provider;
    await withIssuer({ providers }, async (issuer) => {
      const received = await receiveByCode(issuer);
      assert.equal(received.said('copies'), '4', received.output);
      assert(issuer.at('/challenge').length > 0);
    });
    await withIssuer({ providers: [strangers.rootPem] }, async (issuer) => {
      await receiveByCode(issuer, { exit: 1 });
      assert.equal(issuer.at('/credential').length, 0, 'the provider of our wallet is not one of theirs');
    });
  },
  async 'their issuer takes the word of our wallet provider for the keys, without a proof of each: the proof type attestation'() {
    const providers = (await (await server.fetch(server.url('/.well-known/mibun-trust.json'))).json()).wallet_provider;
    for (const configuration of [CONFIGURATION, LICENCE]) {
      await withIssuer({ providers, proofType: 'attestation' }, async (issuer) => {
        const received = await receiveByCode(issuer, { configuration });
        assert.equal(received.said('copies'), '4', received.output);
        const { proofs } = JSON.parse(issuer.at('/credential')[0].body);
        assert.deepEqual(Object.keys(proofs), ['attestation']);
        assert.equal(proofs.attestation.length, 1);
        assert.equal(jose.decodeJwt(proofs.attestation[0]).attested_keys.length, 4);
      });
    }
    await withIssuer({ providers, proofType: 'attestation' }, async (issuer) => {
      issuer.ourNonce = () => 'another';
      await receiveByCode(issuer, { exit: 1 });
      assert.match(String(issuer.lastError?.cause ?? issuer.lastError), /nonce/i);
    });
  },
  async 'metadata signed by somebody whom nobody trusts are not believed'() {
    await withIssuer({ signsMetadata: true, makeSigner: signerOf(strangers) }, async (issuer) => {
      assert.match((await receive(issuer, { exit: 1 })).errors, /certificate_untrusted|oid4vci_/);
      assert.equal(issuer.at('/token').length, 0);
    });
  },
  async 'an mdoc of an issuing authority that nobody trusts is refused'() {
    await withIssuer({ documentSigner: strangers.documentSigner('signer') }, async (issuer) => {
      assert.match((await receive(issuer, { configuration: LICENCE, exit: 1 })).errors, /certificate_untrusted(?!_)/);
    });
  },
  async 'V3: an issuer and an authority that are trusted for other types get no card into our wallet'() {
    await withIssuer({ makeSigner: signerOf(clubs), documentSigner: clubIaca.documentSigner('signer') }, async (issuer) => {
      for (const configuration of [CONFIGURATION, LICENCE]) {
        assert.match((await receive(issuer, { configuration, exit: 1 })).errors, /certificate_untrusted_for_type/);
      }
    });
  },
  async 'an mdoc of another type than the one offered is refused'() {
    await withIssuer({ twist: { docType: `${MDL}.2` } }, async (issuer) => {
      assert.match((await receive(issuer, { configuration: LICENCE, exit: 1 })).errors, /mdoc_doc_type_unexpected/);
    });
  },
  async 'copies of one mdoc that differ are refused: by them the holder could be told apart'() {
    await withIssuer({ twist: { portrait: () => new Uint8Array(randomBytes(400)) } }, async (issuer) => {
      assert.match((await receive(issuer, { configuration: LICENCE, exit: 1 })).errors, /sd_jwt_claim_collision/);
    });
  },
});

// A card that takes time, in every way, and what the terminal says of it.
const home = (issuer) => ['--allow-origin', issuer.origin];
for (const [format, configuration] of [['SD-JWT VC', CONFIGURATION], ['mdoc', LICENCE]]) {
  for (const [name, options] of Object.entries({
    'in the clear, with the access token': {},
    'in the clear, with a refresh token': { refreshes: true },
    'encrypted, with a refresh token': { refreshes: true, encryption: ['A256GCM'] },
  })) {
    tests[`${format} that comes later, ${name}: our wallet keeps the wait and fetches it`] = () =>
      withIssuer({ defers: true, ...options }, async (issuer) => {
        const asked = await receive(issuer, { configuration });
        assert.match(asked.output, /on its way/);
        const waiting = asked.said('waiting');
        assert(waiting, asked.output);
        // Who opens the wallet late enough has it ask already; the card waits on.
        assert.equal((await person.wallet(['status', ...home(issuer)])).said('waiting'), waiting);
        // No earlier than the issuer said; then it is asked, and says that it still takes time.
        while (issuer.at('/deferred').length === 0) {
          assert.equal((await person.wallet(['fetch', ...home(issuer)])).said('still waiting'), '1');
        }
        const times = issuer.requests.filter(({ path }) => ['/credential', '/deferred'].includes(path)).map(({ at }) => at);
        assert(times[1] - times[0] >= 1000, `asked again after ${times[1] - times[0]} ms`);
        issuer.ready = true;
        let fetched;
        do {
          fetched = await person.wallet(['fetch', ...home(issuer)]);
        } while (fetched.said('still waiting') !== '0');
        assert.equal(fetched.said('card'), waiting);
        assert.equal(fetched.said('copies'), '4');
        assert.match(fetched.output, /Hanako/);
        assert.equal(issuer.told, 'credential_accepted');
        assert.equal(issuer.at('/token').length > 1, options.refreshes === true);
      });
  }
}

Object.assign(tests, {
  async 'opening the wallet fetches the card that waited'() {
    await withIssuer({ defers: true }, async (issuer) => {
      await receive(issuer);
      issuer.ready = true;
      let opened;
      do {
        opened = await person.wallet(['status', ...home(issuer)]);
      } while (opened.said('waiting'));
      assert.match(opened.output, /Card added/);
      assert.equal(issuer.told, 'credential_accepted');
    });
  },
  async 'a card that their issuer refuses after all: said once, and nothing waits any more'() {
    await withIssuer({ defers: true }, async (issuer) => {
      await receive(issuer);
      issuer.deferred = () => {
        throw Object.assign(new Error(), { errorResponse: { error: 'credential_request_denied' } });
      };
      while (issuer.at('/deferred').length === 0) {
        const last = await person.wallet(['fetch', ...home(issuer)], [], null);
        if (issuer.at('/deferred').length > 0) {
          assert.equal(last.exit, 1);
          assert.match(last.errors, /Not received: Membership/);
        }
      }
      assert.equal((await person.wallet(['fetch'])).said('still waiting'), '0');
    });
  },
  async 'a card is renewed at their issuer, again and again, in its place; removed, and its issuer is told'() {
    const trusted = (await (await server.fetch(server.url('/.well-known/mibun-trust.json'))).json()).wallet_provider;
    for (const [providers, configuration] of [[undefined, CONFIGURATION], [undefined, LICENCE], [trusted, CONFIGURATION], [trusted, LICENCE]]) {
      await withIssuer({ refreshes: true, providers }, async (issuer) => {
        const card = (await (providers ? receiveByCode : receive)(issuer, { configuration })).said('card');
        for (const round of [1, 2]) {
          const renewed = await person.wallet(['renew', card, ...home(issuer)]);
          assert.match(renewed.output, /Card renewed/);
          assert.equal(renewed.said('card'), card);
          assert.equal(renewed.said('copies'), '4');
          assert.equal(issuer.at('/credential').length, round + 1);
          assert.equal(issuer.told, 'credential_accepted');
        }
        const kept = await person.wallet(['remove', card, ...home(issuer)], ['n'], 1);
        assert.match(kept.errors, /wallet_holder_refused/);
        const removed = await person.wallet(['remove', card, ...home(issuer)], ['y']);
        assert.equal(removed.said('removed'), card);
        assert.equal(issuer.told, 'credential_deleted');
        assert.doesNotMatch((await person.wallet(['status'])).output, new RegExp(card));
        assert.match((await person.wallet(['renew', card], [], 1)).errors, /not_found/);
      });
    }
  },
  async 'a card whose issuer took the refresh token back says how to get it anew, and can be shown all the same'() {
    await withIssuer({ refreshes: true }, async (issuer) => {
      const card = (await receive(issuer)).said('card');
      issuer.refreshToken = 'another';
      for (const time of ['at once', 'later']) {
        const refused = await person.wallet(['renew', card, ...home(issuer)], [], 1);
        assert.match(refused.errors, /cannot be renewed by itself.*wallet_not_renewable/s, time);
      }
      assert.equal(issuer.at('/token').length, 2, 'a token that is worth nothing is not sent twice');
      await person.wallet(['remove', card], ['y']);
    });
  },
});

try {
  await run(tests);
} finally {
  await server.stop();
}
