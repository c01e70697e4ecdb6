// dcql_differential.mjs DCQL_PEER [COUNT [SEED]]: random DCQL queries, cards and presentations; who can answer, ours
// against npm's dcql. Every disagreement must be of a class named below (docs/formats/dcql.md quotes the specification
// for each), and there our answer must be that of a third, literal reading of section 7.1.1, written here.
import assert from 'node:assert/strict';
import { DcqlPresentationResult, DcqlQuery } from 'dcql';
import { start } from './peer.mjs';

const COUNT = Number(process.argv[3] ?? 4000);
const SEED = Number(process.argv[4] ?? 20261125);

const ours = start(process.argv[2]);

// ---- Random worlds (mulberry32) ----

let state = SEED;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const chance = (p) => random() < p;
const pick = (list) => list[below(list.length)];
const some = (n, make) => Array.from({ length: n }, make);
const subset = (list) => list.filter(() => chance(0.5));

const NAMES = ['a', 'b', 'c', 'd'];
const SCALARS = ['x', 'y', '', 1, 2, 0, -1, true, false, null, 9007199254740991];
const VCTS = ['urn:v:1', 'urn:v:2'];
const DOCTYPES = ['org.d.1', 'org.d.2'];
const AUTHORITIES = {
  aki: ['s9tIpPmhxdiuNkHMEWNpYim8S8Y', 'AAAA'],
  etsi_tl: ['https://list.example', 'https://other.example'],
  openid_federation: ['https://anchor.example'],
};

function value(depth) {
  const kind = below(10);
  if (depth === 0 || kind < 5) return pick(SCALARS);
  if (kind < 8) return object(depth - 1);
  return some(below(4), () => value(depth - 1));
}
const object = (depth) => Object.fromEntries(subset(NAMES).map((name) => [name, value(depth)]));

function card() {
  const mdoc = chance(0.35);
  const type = pick(Object.keys(AUTHORITIES));
  const authorities = chance(0.6) ? [{ type, values: [pick(AUTHORITIES[type])] }] : [];
  return {
    format: mdoc ? 'mso_mdoc' : 'dc+sd-jwt',
    types: [pick(mdoc ? DOCTYPES : VCTS)],
    holder_bound: chance(0.8),
    authorities,
    claims: mdoc ? Object.fromEntries(subset(['n', 'm']).map((name) => [name, object(2)])) : object(3),
  };
}

// A value in which a path finds something, mostly.
function planted(path, values) {
  if (path.length === 0) return values && chance(0.8) ? pick(values) : value(1);
  const [component, ...rest] = path;
  if (chance(0.04)) return value(1);
  if (typeof component === 'string') return { ...object(1), [component]: planted(rest, values) };
  const size = component === null ? below(4) : component + 1 + below(2) - (chance(0.1) ? 1 : 0);
  return some(size, () => (chance(0.85) ? planted(rest, values) : value(1)));
}
const isObject = (one) => one !== null && typeof one === 'object' && !Array.isArray(one);
const joined = (a, b) => (isObject(a) && isObject(b)
  ? Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, name in a && name in b ? joined(a[name], b[name]) : (a[name] ?? b[name] ?? null)]))
  : a);

// A card that a credential query was made for.
function cardFor({ format, meta, trusted_authorities: authorities, claims }) {
  const held = { ...card(), format, types: [(format === 'mso_mdoc' ? meta?.doctype_value : meta?.vct_values?.[0]) ?? 'urn:v:1'] };
  if (chance(0.9)) held.holder_bound = true;
  if (authorities?.[0]?.values?.length && authorities[0].type in AUTHORITIES && chance(0.9)) {
    held.authorities = [{ type: authorities[0].type, values: [authorities[0].values[0]] }];
  }
  const seeds = Array.isArray(claims) ? claims.filter(({ path }) => Array.isArray(path) && typeof path[0] === 'string') : [];
  held.claims = seeds.reduce((made, { path, values }) => joined(planted(path, Array.isArray(values) && values.length ? values : undefined), made), {});
  if (!isObject(held.claims)) held.claims = {};
  if (format === 'mso_mdoc') for (const name of Object.keys(held.claims)) if (!isObject(held.claims[name])) delete held.claims[name];
  return typeof held.types[0] === 'string' && ['mso_mdoc', 'dc+sd-jwt'].includes(format) ? held : card();
}

const step = () => (chance(0.55) ? pick(NAMES) : chance(0.5) ? null : below(3));
function claim(format, index, withId) {
  const path = format === 'mso_mdoc' ? [pick(['n', 'm']), pick(NAMES)] : [pick(NAMES), ...some(below(4), step)];
  return {
    ...(withId ? { id: `k${index}` } : {}),
    path,
    ...(chance(0.25) ? { values: some(1 + below(3), () => pick(SCALARS.filter((scalar) => scalar !== null))) } : {}),
    ...(chance(0.1) ? { intent_to_retain: chance(0.5) } : {}),
  };
}

function credential(index) {
  const format = chance(0.35) ? 'mso_mdoc' : 'dc+sd-jwt';
  const query = { id: `q${index}`, format, meta: {} };
  if (chance(0.7)) query.meta = format === 'mso_mdoc' ? { doctype_value: pick(DOCTYPES) } : { vct_values: some(1 + below(2), () => pick(VCTS)) };
  if (chance(0.2)) query.multiple = chance(0.7);
  if (chance(0.3)) query.require_cryptographic_holder_binding = chance(0.5);
  if (chance(0.2)) {
    const type = pick(Object.keys(AUTHORITIES));
    query.trusted_authorities = some(1 + below(2), () => ({ type, values: [pick(AUTHORITIES[type])] }));
  }
  if (chance(0.85)) {
    const withSets = chance(0.4);
    query.claims = some(1 + below(3), (_, place) => claim(format, place, withSets || chance(0.3)));
    if (withSets) {
      const ids = query.claims.map(({ id }) => id);
      query.claim_sets = some(1 + below(3), () => (subset(ids).length ? subset(ids) : [pick(ids)])).map((set) => (set.length ? set : [ids[0]]));
    }
  }
  return query;
}

// One thing that section 6 does not allow, or that only one of us allows.
const SPOILERS = [
  (query) => { query.credentials.push({ ...query.credentials[0] }); },
  (query) => { query.credentials = []; },
  (query) => { query.credentials[0].id = pick(['', 'a.b', 'ä', 7, null]); },
  (query) => { delete query.credentials[0][pick(['id', 'format', 'meta'])]; },
  (query) => { query.credentials[0].format = pick(['ldp_vc', 'future', '', 3]); },
  (query) => { query.credentials[0].multiple = pick(['true', 1, null]); },
  (query) => { query.credentials[0].meta = pick([[], 'x', null, { vct_values: [] }, { doctype_value: 7 }, { vct_values: ['a', 3] }]); },
  (query) => { query.credentials[0].claims = pick([[], {}, [7], [{}], [{ path: [] }], [{ path: 'a' }], [{ path: [1.5] }], [{ path: ['a', -1] }], [{ path: ['a', true] }]]); },
  (query) => { query.credentials[0].claims = [{ path: ['a', 'b'], values: pick([[], 'x', [null], [1.5], [{}]]) }]; },
  (query) => { query.credentials[0].claims = [{ id: 'k', path: ['n', 'a'] }, { id: 'k', path: ['n', 'b'] }]; },
  (query) => { query.credentials[0].claims = [{ id: 'k', path: ['n', 'a'] }, { path: ['n', 'b'] }]; query.credentials[0].claim_sets = [['k']]; },
  (query) => { query.credentials[0].claims = [{ namespace: 'n', claim_name: 'a' }]; },
  (query) => { query.credentials[0].claims = [{ path: ['n', 'a', 'b'] }]; },
  (query) => { query.credentials[0].claim_sets = pick([[], [[]], [['nobody']], 'k', [7]]); },
  (query) => { query.credentials[0].trusted_authorities = pick([[], {}, [{ type: 'aki' }], [{ type: 'aki', values: [] }], [{ type: 'future', values: ['x'] }], [{ type: 'aki', values: ['?'] }], [{ type: 'etsi_tl', values: ['no url'] }], [{ values: ['x'] }]]); },
  (query) => { query.credential_sets = pick([[], {}, [{}], [{ options: [] }], [{ options: [[]] }], [{ options: [['nobody']] }], [{ options: [[query.credentials[0].id]], required: 'no' }], [7]]); },
];

function query() {
  const count = 1 + below(3);
  const made = { credentials: some(count, (_, index) => credential(index)) };
  const ids = made.credentials.map(({ id }) => id);
  if (chance(0.35)) {
    made.credential_sets = some(1 + below(2), () => ({
      options: some(1 + below(2), () => { const option = subset(ids); return option.length ? option : [pick(ids)]; }),
      ...(chance(0.5) ? { required: chance(0.5) } : {}),
    }));
  }
  if (chance(0.15)) pick(SPOILERS)(made);
  return made;
}

// ---- Theirs ----

const forThem = ({ format, types, holder_bound, authorities, claims }) => ({
  credential_format: format,
  cryptographic_holder_binding: holder_bound,
  ...(authorities.length ? { authority: authorities[0] } : {}),
  ...(format === 'mso_mdoc' ? { doctype: types[0], namespaces: claims } : { vct: types[0], claims }),
});

function parsedByThem(asked) {
  try {
    const parsed = DcqlQuery.parse(structuredClone(asked));
    DcqlQuery.validate(parsed);
    return parsed;
  } catch {
    return undefined;
  }
}

// ---- The literal reading ----

function select(claims, path) {
  let selected = [claims];
  for (const component of path) {
    const next = [];
    for (const element of selected) {
      const isArray = Array.isArray(element);
      if (typeof component === 'string') {
        if (isArray || element === null || typeof element !== 'object') return [];
        if (Object.hasOwn(element, component)) next.push(element[component]);
      } else {
        if (!isArray) return [];
        if (component === null) next.push(...element);
        else if (component < element.length) next.push(element[component]);
      }
    }
    selected = next;
  }
  return selected;
}
const samePath = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const claimsOf = (credentialQuery, set) =>
  (set === undefined ? (credentialQuery.claims ?? []) : set.map((id) => credentialQuery.claims.find((one) => one.id === id)))
    .filter((one, place, all) => all.findIndex((other) => samePath(other.path, one.path)) === place);
const holds = (held, { path, values }) => select(held.claims, path).some((found) => !values || values.includes(found));
function fits(credentialQuery, held) {
  const { format, meta, trusted_authorities: authorities } = credentialQuery;
  const types = format === 'mso_mdoc' ? meta.doctype_value && [meta.doctype_value] : meta.vct_values;
  if (format !== held.format || (types && !types.includes(held.types[0]))) return [];
  if ((credentialQuery.require_cryptographic_holder_binding ?? true) && !held.holder_bound) return [];
  const under = ({ type, values }) => held.authorities.some((one) => one.type === type && values.includes(one.values[0]));
  if (authorities && !authorities.some(under)) return [];
  const sets = credentialQuery.claim_sets ?? [undefined];
  return sets.flatMap((set, place) => (claimsOf(credentialQuery, set).every((one) => holds(held, one)) ? [place] : []));
}

// ---- Classes of disagreement ----

const first = (asked) => asked.credentials?.[0] ?? {};
const anyClaim = (asked, test) => (asked.credentials ?? []).some(({ claims }) => Array.isArray(claims) && claims.some(test));
// By a query: only one of us takes it.
const QUERY_CLASSES = {
  'theirs takes a query without "meta"': (q) => first(q).meta === undefined,
  'theirs takes an empty "vct_values"': (q) => first(q).meta?.vct_values?.length === 0,
  'theirs takes a list as "meta"': (q) => Array.isArray(first(q).meta),
  'theirs takes claims with one id': (q) => (first(q).claims?.length ?? 0) > 1 && new Set(first(q).claims.map(({ id }) => id)).size === 1,
  'theirs takes claims without an id beside claim sets': (q) => first(q).claim_sets && first(q).claims?.some(({ id }) => id === undefined),
  'theirs takes empty "values"': (q) => anyClaim(q, ({ values }) => values?.length === 0),
  'theirs takes the draft form of an mdoc claim': (q) => anyClaim(q, ({ namespace }) => namespace !== undefined),
  'theirs takes an mdoc path of more than two names': (q) =>
    (q.credentials ?? []).some(({ format, claims }) => format === 'mso_mdoc' && Array.isArray(claims) && claims.some(({ path }) => path?.length > 2)),
  'theirs takes an empty option': (q) => q.credential_sets?.[0]?.options?.[0]?.length === 0,
  'ours takes a format not known here': (q) => ['future', 'ldp_vc'].includes(first(q).format),
  'ours takes an authority of an unknown type': (q) => first(q).trusted_authorities?.[0]?.type === 'future',
  'ours takes any text as an authority': (q) => ['?', 'no url'].includes(first(q).trusted_authorities?.[0]?.values?.[0]),
};

// By a credential query and a card: does a claim path meet this on its way?
function onTheWay(credentialQuery, held, test) {
  return (credentialQuery.claims ?? []).some(({ path }) => path.some((component, place) => {
    const reached = (elements, steps) => (steps.length === 0 ? elements : reached(elements.flatMap((element) => {
      if (Array.isArray(element)) return typeof steps[0] === 'string' ? [element[steps[0]]] : element;
      return element !== null && typeof element === 'object' && Object.hasOwn(element, steps[0]) ? [element[steps[0]]] : [];
    }), steps.slice(1)));
    return test(component, reached([held.claims], path.slice(0, place)), place === path.length - 1, path);
  }));
}
const MATCH_CLASSES = {
  'null reaches an element of another type': (q, c) =>
    onTheWay(q, c, (component, elements) => elements.length > 1 &&
      elements.some((e) => (typeof component === 'string' ? Array.isArray(e) || e === null || typeof e !== 'object' : !Array.isArray(e)))),
  'null selects nothing of an empty array': (q, c) => onTheWay(q, c, (component, elements) => component === null && elements.some((e) => Array.isArray(e) && e.length === 0)),
  'the claim is null': (q, c) =>
    onTheWay(q, c, (component, elements, last, path) => last && select(c.claims, path).includes(null)),
  'a claim is asked for twice': (q) => (q.claims ?? []).some((one, place, all) => all.some((other, at) => at > place && samePath(one.path, other.path))),
  'in a presentation an index stands for an element at or before it': (q) => (q.claims ?? []).some(({ path }) => path.some((component) => typeof component === 'number')),
};

const throwsAtEmpty = (q, c) => onTheWay(q, c, (component, elements) => typeof component === 'number' && elements.some((e) => Array.isArray(e) && e.length === 0));
const THROW_CLASSES = {
  'theirs throws at an index into an empty array that was presented': (error, pairs) => error instanceof TypeError && pairs.some((pair) => throwsAtEmpty(...pair)),
};

const seen = new Map();
function explain(classes, subject, details) {
  const name = Object.keys(classes).find((one) => classes[one](...subject));
  assert(name, `a disagreement that no class explains:\n${JSON.stringify(details, null, 1)}`);
  seen.set(name, (seen.get(name) ?? 0) + 1);
}

// ---- The comparison ----

const tally = { queries: 0, refusedByBoth: 0, pairs: 0, fitting: 0, presentations: 0, accepted: 0 };

function compareMatch(asked, cards, mine, theirs) {
  let same = true;
  for (const credentialQuery of asked.credentials) {
    const valid = new Map((theirs.credential_matches[credentialQuery.id].valid_credentials ?? []).map((one) => [
      one.input_credential_index, one.claims.valid_claim_sets.map(({ claim_set_index }) => claim_set_index ?? 0)]));
    cards.forEach((held, place) => {
      const ourSets = mine.fitting[credentialQuery.id][place] ?? [];
      assert.deepEqual(ourSets, fits(credentialQuery, held), JSON.stringify([credentialQuery, held]));
      tally.pairs += 1;
      tally.fitting += ourSets.length ? 1 : 0;
      const theirSets = valid.get(place) ?? [];
      if (JSON.stringify(ourSets) === JSON.stringify(theirSets)) return;
      same = false;
      explain(MATCH_CLASSES, [credentialQuery, held], { credentialQuery, held, ourSets, theirSets });
    });
  }
  if (same) assert.equal(mine.satisfied, theirs.can_be_satisfied, JSON.stringify([asked, cards]));
}

// Cards as they are shown: some queries answered, some with a wrong card.
async function comparePresentations(asked, parsed, cards) {
  const presentations = {};
  for (const credentialQuery of asked.credentials) {
    if (chance(0.2)) continue;
    const fitting = cards.filter((held) => fits(credentialQuery, held).length);
    const shown = fitting.length && chance(0.9) ? [pick(fitting)] : [pick(cards)];
    if (credentialQuery.multiple && chance(0.5)) shown.push(pick(cards));
    presentations[credentialQuery.id] = shown;
  }
  if (Object.keys(presentations).length === 0) return;
  const mine = await ours.ask('check', { query: asked, presentations });
  const pairs = asked.credentials.flatMap((one) => (presentations[one.id] ?? []).map((held) => [one, held]));
  let theirs;
  try {
    theirs = DcqlPresentationResult.fromDcqlPresentation(
      Object.fromEntries(Object.entries(presentations).map(([id, shown]) => [id, shown.map(forThem)])), { dcqlQuery: parsed });
  } catch (error) {
    explain(THROW_CLASSES, [error, pairs], { asked, presentations, error: String(error.stack) });
    return;
  }
  tally.presentations += 1;
  const satisfied = mine.satisfied === true;
  tally.accepted += satisfied ? 1 : 0;
  if (satisfied === Boolean(theirs.can_be_satisfied)) return;
  const classes = Object.fromEntries(Object.entries(MATCH_CLASSES).map(([name, test]) => [name, () => pairs.some((pair) => test(...pair))]));
  explain(classes, [], { asked, presentations, mine, theirs: theirs.can_be_satisfied });
}

for (let round = 0; round < COUNT; ++round) {
  const asked = query();
  const cards = some(4, () => (chance(0.6) && isObject(asked.credentials?.[0]) ? cardFor(pick(asked.credentials)) : card()));
  tally.queries += 1;
  const mine = await ours.ask('match', { query: asked, cards });
  const parsed = parsedByThem(asked);
  if (mine.error !== undefined || parsed === undefined) {
    if (mine.error !== undefined && parsed === undefined) {
      tally.refusedByBoth += 1;
    } else {
      explain(QUERY_CLASSES, [asked], { asked, mine, theirs: parsed !== undefined });
    }
    continue;
  }
  let theirs;
  try {
    theirs = DcqlQuery.query(parsed, cards.map(forThem));
  } catch (error) {
    explain(THROW_CLASSES, [error, asked.credentials.flatMap((one) => cards.map((held) => [one, held]))], { asked, cards, error: String(error.stack) });
    continue;
  }
  compareMatch(asked, cards, mine, theirs);
  await comparePresentations(asked, parsed, cards);
}

console.log(JSON.stringify({ seed: SEED, ...tally }));
for (const [name, count] of [...seen].sort((a, b) => b[1] - a[1])) console.log(`${String(count).padStart(6)}  ${name}`);
// A comparison in which hardly anything fits or is accepted would say nothing.
assert(tally.fitting > COUNT && tally.accepted > COUNT / 5 && tally.refusedByBoth > COUNT / 50, 'too little was compared');
ours.stop();
