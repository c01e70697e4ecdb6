// jose_differential.mjs JOSE_PEER: JWS and JWE with one thing changed and signed or sealed again, judged by us and by
// npm's jose. Wherever the two disagree the reason must stand in docs/formats/jose.md and below; a reason that explains
// nothing any more fails the test as well.
import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import * as jose from 'jose';
import { run, start } from './peer.mjs';

const { ask, stop } = start(process.argv[2]);
const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
const part = (value) => Buffer.from(text(value)).toString('base64url');
const EXTRA = {
  crit: [[], ['exp'], ['b64'], 'exp'], b64: [true, false], kid: ['1', 1, null], jku: ['https://a.example'], x5u: ['https://a.example'],
  x5c: [[], ['AA==']], x5t: ['AA'], 'x5t#S256': ['AA'], cty: ['JWT', 1], zip: ['DEF'], jwk: [{}], iss: ['a'],
};

async function makeKey(alg, options) {
  const pair = await jose.generateKeyPair(alg, { extractable: true, ...options });
  return { ...pair, secret: await jose.exportJWK(pair.privateKey), open: await jose.exportJWK(pair.publicKey) };
}

// One change to a header: a member that is missing, of another value or type, or one more than there should be.
function* headers(honest, other) {
  yield ['nothing', honest];
  for (const name of Object.keys(honest)) {
    const { [name]: gone, ...rest } = honest;
    yield [`${name} removed`, rest];
    for (const value of [null, '', 0, true, [], {}, [gone], `${text(gone)}x`, text(gone).toLowerCase(), ...(other[name] ?? [])]) {
      yield [`${name} as ${JSON.stringify(value)}`, { ...honest, [name]: value }];
    }
  }
  for (const [name, values] of Object.entries(EXTRA)) {
    for (const value of values) yield [`${name} added as ${JSON.stringify(value)}`, { ...honest, [name]: value }];
  }
  yield ['a name twice', JSON.stringify(honest).replace('{', '{"alg":"none",')];
  yield ['white space', ` ${JSON.stringify(honest, null, 1)}\n`];
  for (const odd of ['', '[]', 'null', '"x"', `${JSON.stringify(honest)}x`]) yield [`header ${JSON.stringify(odd)}`, odd];
}

// One change to a compact text that was good.
function* texts(good) {
  const parts = good.split('.');
  for (let i = 0; i < parts.length; i += 1) {
    const changed = (value) => parts.map((one, at) => (at === i ? value : one)).join('.');
    yield [`part ${i} empty`, changed('')];
    if (parts[i] === '') continue;
    yield [`part ${i} padded`, changed(`${parts[i]}=`)];
    yield [`part ${i} with a space`, changed(`${parts[i]} `)];
    yield [`part ${i} with a line feed inside`, changed(`${parts[i].slice(0, 4)}\n${parts[i].slice(4)}`)];
    yield [`part ${i} a character shorter`, changed(parts[i].slice(0, -1))];
    yield [`part ${i} in the other alphabet`, changed(parts[i].replaceAll('-', '+').replaceAll('_', '/') + (/[-_]/.test(parts[i]) ? '' : '+'))];
    const last = parts[i].at(-1);
    yield [`part ${i} with other last bits`, changed(parts[i].slice(0, -1) + (last === 'B' ? 'C' : 'B'))];
  }
  yield ['a part more', `${good}.`];
  yield ['a part less', parts.slice(1).join('.')];
  yield ['nothing', ''];
}

async function judge(corpus, mine, theirs, passedOver) {
  const counts = { 'taken by both': 0, 'refused by both': 0, 'refused by us alone': 0 };
  const used = new Set();
  const unexplained = [];
  for (const [what, message] of corpus) {
    const ours = await mine(message);
    const their = await theirs(message).then((value) => ({ value }), (error) => ({ error: error.message }));
    if (!ours.error) {
      assert.deepEqual(their, { value: ours }, what);
      counts['taken by both'] += 1;
    } else if (their.error) {
      counts['refused by both'] += 1;
    } else {
      counts['refused by us alone'] += 1;
      used.add(ours.error);
      if (!(ours.error in passedOver)) unexplained.push(`${what}: ${ours.error}`);
    }
  }
  console.table(counts);
  assert.deepEqual(unexplained, []);
  assert.deepEqual(Object.keys(passedOver).filter((code) => !used.has(code)), [], 'explain nothing any more');
  assert(counts['taken by both'] > 0 && counts['refused by both'] >= 50, 'the corpus has shrunk');
}

const tests = {
  async 'JWS: one corpus, two judges'() {
    const key = await makeKey('ES256');
    const secret = createPrivateKey({ key: key.secret, format: 'jwk' });
    const signed = (header, payload) => {
      const message = `${part(header)}.${part(payload)}`;
      return `${message}.${sign('sha256', Buffer.from(message), { key: secret, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    };
    const honest = { alg: 'ES256', typ: 'interop+jwt' };
    const claims = { iss: 'a', n: 1 };
    const corpus = [
      ...[...headers(honest, { alg: ['none', 'HS256', 'ES384', 'EdDSA'], typ: ['application/interop+jwt', 'INTEROP+JWT'] })]
        .map(([what, header]) => [what, signed(header, claims)]),
      ...['', '[]', 'null', '1', '{"a":1,"a":2}', '{"a":1}x', ' {"a":1} ', '{"a":"\\ud800"}', '{"a":1e400}'].map((payload) => [`payload ${payload}`, signed(honest, payload)]),
      ...texts(signed(honest, claims)),
    ];
    await judge(corpus, async (jws) => {
      const { payload, error } = await ask('verify', { key: key.open, jws });
      return error ? { error } : payload;
    }, async (jws) => (await jose.jwtVerify(jws, key.publicKey, { algorithms: ['ES256'], typ: 'interop+jwt' })).payload, {
      jws_typ_mismatch: 'typ is compared to the letter: RFC 8725, 3.11; they compare without case',
      jws_crit_not_understood: 'b64 without crit: RFC 7797, 6; they pass over it',
      jws_header_not_allowed: 'what names a key is refused where no protocol defines it; they pass over it',
      jws_header_malformed: 'a name twice in the header, a kid that is no string: RFC 7515, 4 and 4.1.4; they take the last, and any',
      jws_payload_malformed: 'a name twice, half a surrogate pair, a number that is none here: RFC 8259, 4, 6 and 8.2',
      jws_malformed: 'white space in the signature: RFC 7515, 2; node passes over it',
    });
  },

  async 'JWE: one corpus, two judges'() {
    const key = await makeKey('ECDH-ES', { crv: 'P-256' });
    const plaintext = '{"vp_token":{}}';
    const sealed = (header) => new jose.CompactEncrypt(Buffer.from(plaintext)).setProtectedHeader(header).encrypt(key.publicKey);
    const honest = { alg: 'ECDH-ES', enc: 'A256GCM', kid: '1' };
    const corpus = [];
    for (const [what, header] of headers(honest, { alg: ['ECDH-ES+A192KW', 'ECDH-ES+A128KW'], enc: ['A192GCM', 'A128CBC-HS256'] })) {
      // What jose does not write cannot be in the corpus.
      const message = typeof header === 'string' ? null : await sealed(header).catch(() => null);
      if (message) corpus.push([what, message]);
    }
    const good = await sealed(honest);
    corpus.push(...texts(good));
    const [head, ...rest] = good.split('.');
    const written = JSON.parse(Buffer.from(head, 'base64url'));
    for (const [what, header] of headers(written, {})) corpus.push([`${what}, not sealed again`, [part(header), ...rest].join('.')]);
    for (const [what, epk] of headers(written.epk, { crv: ['P-384', 'X25519'] })) {
      corpus.push([`epk: ${what}`, [part({ ...written, epk }), ...rest].join('.')]);
    }
    await judge(corpus, async (jwe) => {
      const { plaintext: opened, error } = await ask('decrypt', { recipient: key.secret, jwe });
      return error ? { error } : opened;
    }, async (jwe) => {
      const policy = { keyManagementAlgorithms: ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A128GCM', 'A256GCM'] };
      return new TextDecoder().decode((await jose.compactDecrypt(jwe, key.privateKey, policy)).plaintext);
    }, {
      jwe_header_malformed: 'kid is a string: RFC 7516, 4.1.6',
      jwe_zip_not_allowed: 'nothing is compressed: docs/divergences.md; they inflate it, bounded',
      jwe_malformed: 'white space in IV, ciphertext and tag: RFC 7515, 2; node passes over it',
    });
  },
};

await run(tests);
stop();
