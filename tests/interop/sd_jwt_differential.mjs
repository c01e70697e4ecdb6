// sd_jwt_differential.mjs INTEROP_PEER: one corpus of presentations, each with one thing changed and signed again, judged
// by us and by npm's @sd-jwt/sd-jwt-vc. Wherever the two disagree the reason must stand in docs/formats/sd_jwt_vc.md and
// below; a reason that explains nothing any more fails the test as well.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { run, start } from './peer.mjs';
import { jwt, makeKey, theirs } from './sd_jwt_theirs.mjs';

const { ask, ours, stop } = start(process.argv[2]);
const VCT = 'urn:interop:card:1';
const ISSUER = 'https://issuer.example';
const AUD = 'x509_hash:verifier';
const NONCE = 'interop-nonce-0123456789';
const now = Math.floor(Date.now() / 1000);
const base64url = (text) => Buffer.from(text).toString('base64url');
const digest = (text) => createHash('sha256').update(text).digest('base64url');

const issuer = makeKey('ES256');
const holder = makeKey('ES256');
const { root, x5c } = await ours('make_issuer', { key: issuer.private, iss: ISSUER, now });
const instance = theirs({ root, x5c, issuer, holder });

// Made by hand, with everything that RFC 9901 knows: a claim, a nested one, one whose parent is hidden too, elements of
// an array, decoys, and digests of what stays closed.
const hidden = (salt, ...rest) => base64url(JSON.stringify([salt, ...rest]));
const texts = {
  name: hidden('salt-1', 'given_name', '花子'),
  region: hidden('salt-2', 'region', '東京都'),
  country: hidden('salt-4', 'country', 'JP'),
  german: hidden('salt-5', 'DE'),
  twenty: hidden('salt-6', '20', true),
};
texts.address = hidden('salt-3', 'address', { _sd: [digest(texts.region), digest(texts.country)], postal_code: '100' });
const honest = {
  header: { alg: 'ES256', typ: 'dc+sd-jwt', x5c },
  payload: {
    iss: ISSUER, vct: VCT, iat: now, nbf: now - 10, exp: now + 3600, _sd_alg: 'sha-256', cnf: { jwk: holder.public },
    _sd: [digest(texts.name), digest(texts.address), digest('a decoy')],
    nationalities: ['JP', { '...': digest(texts.german) }, { '...': digest('another decoy') }],
    age: { _sd: [digest(texts.twenty), digest('the third decoy')], checked: true },
  },
  disclosures: ['name', 'address', 'region', 'german', 'twenty'].map((name) => texts[name]),
  kbHeader: { alg: 'ES256', typ: 'kb+jwt' },
  kbPayload: { iat: now, aud: AUD, nonce: NONCE },
};

// Everything is signed again, and sd_hash is right unless it is what was changed.
function write({ header, payload, disclosures, kbHeader, kbPayload }, changeKb = (kb) => kb) {
  const presented = [jwt(header, payload, issuer), ...disclosures, ''].join('~');
  const bound = changeKb({ ...kbPayload, sd_hash: digest(presented) });
  return presented + jwt(kbHeader, bound, holder);
}

// [what was changed, the value with it changed] for every member and element, at every depth.
function* changes(value, path = '') {
  if (value === null || typeof value !== 'object') return;
  for (const key of Object.keys(value)) {
    const here = `${path}/${key}`;
    const replaced = (other) => {
      const copy = structuredClone(value);
      if (other === undefined && Array.isArray(copy)) copy.splice(Number(key), 1);
      else if (other === undefined) delete copy[key];
      else copy[key] = other;
      return copy;
    };
    yield [`${here} removed`, replaced(undefined)];
    for (const other of [null, '', 0, -1, 1e12, true, [], {}, [value[key]], `${value[key]}x`]) {
      yield [`${here} as ${JSON.stringify(other)}`, replaced(other)];
    }
    for (const [what, inner] of changes(value[key], here)) yield [what, replaced(inner)];
  }
  if (Array.isArray(value)) {
    if (value.length > 1) yield [`${path} reversed`, value.toReversed()];
    if (value.length > 0) yield [`${path} with its first twice`, [...value, value[0]]];
  }
}

// A disclosure that says something else, and the digest that points to it follows.
function retold(name, content) {
  const text = base64url(typeof content === 'string' ? content : JSON.stringify(content));
  const follow = (from) => JSON.parse(JSON.stringify(from).replaceAll(digest(texts[name]), digest(text)));
  return { ...honest, payload: follow(honest.payload), disclosures: honest.disclosures.map((one) => (one === texts[name] ? text : one)) };
}

function* corpus() {
  yield ['nothing', write(honest)];
  for (const part of ['header', 'payload', 'kbHeader']) {
    for (const [what, changed] of changes(honest[part], part)) yield [what, write({ ...honest, [part]: changed })];
  }
  for (const [what, changed] of changes({ ...honest.kbPayload, sd_hash: '' }, 'kbPayload')) {
    yield [what, write(honest, (kb) => ({ ...changed, ...('sd_hash' in changed && changed.sd_hash === '' && !what.includes('sd_hash') ? { sd_hash: kb.sd_hash } : {}) }))];
  }
  yield ['kbPayload/sd_hash of something else', write(honest, (kb) => ({ ...kb, sd_hash: digest('else') }))];
  for (const [what, disclosures] of changes(honest.disclosures, 'disclosures')) {
    const written = disclosures.every((one) => typeof one === 'string');
    if (written) yield [what, write({ ...honest, disclosures })];
  }
  const name = ['salt-1', 'given_name', '花子'];
  const contents = [
    [], ['salt-1'], ['salt-1', '花子'], [...name, 1], [1, ...name.slice(1)], ['', ...name.slice(1)], ['salt-1', 1, '花子'],
    ['salt-1', '_sd', []], ['salt-1', '...', '花子'], ['salt-1', '_sd_alg', 'sha-256'], ['salt-1', 'iss', ISSUER], ['salt-1', 'vct', VCT],
    ['salt-1', 'nationalities', []], ['salt-1', 'given_name', { _sd: ['short'] }], ['salt-1', 'given_name', { _sd: digest('x') }],
    ['salt-1', 'given_name', { '...': digest('x') }], ['salt-1', 'given_name', { _sd_alg: 'sha-256' }],
    ['salt-1', 'given_name', [{ '...': digest('x'), more: 1 }]], ['salt-1', 'given_name', { _sd: [digest(texts.german)] }],
    ['salt-1', 'given_name', { _sd: [digest('a decoy')] }], ['salt-1', 'exp', now + 60], ['salt-1', 'aud', AUD], ['salt-1', 'aud', 'another'],
    { given_name: '花子' }, 'given_name', '["salt-1","given_name","花子"', '["salt-1","given_name","花子"] ', ' ["salt-1", "given_name", "花子"]',
    '["salt-1","given_name",{"a":1,"a":2}]', '["salt-1","given_name","\\ud800"]',
  ];
  for (const content of contents) yield [`disclosure says ${JSON.stringify(content)}`, write(retold('name', content))];
  for (const content of [['salt-5', 'region', 'DE'], ['salt-5'], [5, 'DE'], ['salt-5', { '...': digest('x') }]]) {
    yield [`element says ${JSON.stringify(content)}`, write(retold('german', content))];
  }
  const text = write(honest);
  const parts = text.split('~');
  yield ['text without its key binding', `${parts.slice(0, -1).join('~')}~`];
  yield ['text with a tilde behind', `${text}~`];
  yield ['text with an empty disclosure', [parts[0], '', ...parts.slice(1)].join('~')];
  yield ['text with a space behind', `${text} `];
  yield ['text with padding', write({ ...honest, disclosures: honest.disclosures.map((one) => `${one}=`) })];
  yield ['text of two key bindings', `${text}~${parts.at(-1)}`];
  yield ['text with a payload of two names alike', write({ ...honest, payload: JSON.stringify(honest.payload).replace('{', '{"vct":"urn:other",') })];
}

const fields = { root, vct: VCT, aud: AUD, nonce: NONCE, now };
async function judge(sd_jwt) {
  const mine = await ask('verify_presentation', { ...fields, sd_jwt });
  const their = await instance.verify(sd_jwt, { keyBindingNonce: NONCE, currentDate: now }).then(
    ({ payload }) => ({ claims: payload }), (error) => ({ error: error.message }));
  return { mine, their };
}

// Why they take what we refuse, by our code; docs/formats/sd_jwt_vc.md has the same rows.
const THEY_PASS_OVER = new Map(Object.entries({
  jws_header_malformed: 'alg is there and a string: RFC 7515, 4.1.1',
  jws_alg_not_allowed: 'alg is that of the key: RFC 8725, 3.1; they ask their verifier function, which is not shown the header',
  jws_typ_mismatch: 'typ is dc+sd-jwt: SD-JWT VC, 2.2.1',
  jws_x5c_malformed: 'x5c: RFC 7515, 4.1.6; they leave finding the key to the caller',
  sd_jwt_issuer_not_trusted: 'as above',
  sd_jwt_issuer_mismatch: 'iss is a name of the certificate: SD-JWT VC, 2.5; left to the caller',
  sd_jwt_missing_claim: 'vct is required: SD-JWT VC, 2.2.2.3; iss is required by our policy',
  sd_jwt_vct_mismatch: 'the type is the one asked for: left to the caller',
  jwt_claim_wrong_type: 'iss, vct, iat, nbf and exp have types: RFC 7519, 4.1; SD-JWT VC, 2.2.2.3',
  jwt_expired: 'exp is 0: they take it for absent',
  jwt_audience_mismatch: 'an aud that names somebody else: RFC 7519, 4.1.3',
  jws_payload_malformed: 'a name twice in the payload: RFC 7519, 4',
  sd_jwt_digest_algorithm_not_allowed: '_sd_alg is a string: RFC 9901, 4.1.1; whatever their hasher takes for its default passes',
  sd_jwt_malformed_digest: 'digests are strings of their length, "..." stands alone: RFC 9901, 4.2.4 and 7.1 (3)',
  sd_jwt_duplicate_digest: 'no digest twice: RFC 9901, 7.1 (4)',
  sd_jwt_unreferenced_disclosure: 'every disclosure is pointed to: RFC 9901, 7.1 (5)',
  sd_jwt_duplicate_disclosure: 'no disclosure twice: RFC 9901, 7.1 (4)',
  sd_jwt_malformed_disclosure: 'salt and name are strings: RFC 9901, 4.2.1',
  sd_jwt_wrong_disclosure_kind: 'a property for _sd, an element for "...": RFC 9901, 7.1 (3c)',
  sd_jwt_reserved_claim_name: 'nobody is named _sd or "...": RFC 9901, 7.1 (3c)',
  sd_jwt_claim_collision: 'the name is free at its level: RFC 9901, 7.1 (3c)',
  sd_jwt_protected_claim_disclosed: 'iss, vct and exp stay in the clear: SD-JWT VC, 2.2.2.3',
  sd_jwt_key_binding_malformed: 'alg, iat and aud of the key binding JWT have types, nothing stands behind it: RFC 9901, 4.3',
  sd_jwt_key_binding_audience_mismatch: 'aud is the verifier: RFC 9901, 7.3 (5f); left to the caller',
  json_duplicate_key: 'a name twice in a disclosure: RFC 9901, 4.2 and RFC 8259, 4',
  json_malformed: 'half a surrogate pair: RFC 8259, 8.2',
  base64url_bad_character: 'no padding: RFC 9901, 1.2',
}));

const tests = {
  async 'one corpus, two judges: every disagreement is explained'() {
    const counts = { 'taken by both': 0, 'refused by both': 0, 'refused by us alone': 0 };
    const used = new Set();
    const unexplained = [];
    for (const [what, text] of corpus()) {
      const { mine, their } = await judge(text);
      if (what === 'nothing') assert(mine.claims && their.claims, JSON.stringify({ mine, their }));
      if (mine.claims) {
        // What we take they take, too, and read the same.
        assert.deepEqual(their, { claims: mine.claims }, what);
        counts['taken by both'] += 1;
      } else if (their.error) {
        counts['refused by both'] += 1;
      } else {
        counts['refused by us alone'] += 1;
        used.add(mine.error);
        if (!THEY_PASS_OVER.has(mine.error)) unexplained.push(`${what}: ${mine.error}`);
      }
    }
    console.table(counts);
    assert.deepEqual(unexplained, []);
    assert.deepEqual([...THEY_PASS_OVER.keys()].filter((code) => !used.has(code)), [], 'explain nothing any more');
    assert(counts['taken by both'] >= 50 && counts['refused by both'] >= 140, 'the corpus has shrunk');
  },
};

await run(tests);
stop();
