// mdoc_differential.mjs MDOC_PEER: DeviceResponses of three holders with one bit changed, judged by us, by npm's @owf/mdoc
// and by @auth0/mdl. Wherever we and one of them disagree the reason must stand in docs/formats/mdoc.md and below; a
// reason that explains nothing any more fails the test as well.
import assert from 'node:assert/strict';
import { ask, base64url, names, parties, stop, verifier, wanted } from './mdoc_parties.mjs';
import { run } from './peer.mjs';

const OTHERS = names.filter((name) => name !== 'mibun');

// Every byte that says what stands where. Of byte strings, whose contents digests and signatures cover, the head, the
// first, the middle and the last byte. Yields offsets; returns where the item ends.
function* places(message, at = 0) {
  const major = message[at] >> 5;
  const info = message[at] & 31;
  assert(info < 28, 'an indefinite length');
  const size = info < 24 ? 0 : 1 << (info - 24);
  const count = size === 0 ? info : message.readUIntBE(at + 1, size);
  const content = at + 1 + size;
  for (let i = at; i < content; i += 1) yield i;
  if (major === 2) {
    yield* new Set(count === 0 ? [] : [content, content + (count >> 1), content + count - 1]);
    return content + count;
  }
  if (major === 3) {
    for (let i = content; i < content + count; i += 1) yield i;
    return content + count;
  }
  let end = content;
  for (let i = { 4: count, 5: 2 * count, 6: 1 }[major] ?? 0; i > 0; i -= 1) end = yield* places(message, end);
  return end;
}

// They take what we refuse with this code; docs/formats/mdoc.md has the same rows.
const THEY_PASS_OVER = {
  '@owf/mdoc': {
    mdoc_response_status: 'owf: a status other than 0 beside documents is left to the caller: 8.3.2.1.2.3',
    mdoc_version_not_supported: 'owf: any version is taken: 8.3.2.1.2.2',
  },
  '@auth0/mdl': {
    mdoc_response_status: 'auth0: a status other than 0 beside documents is left to the caller: 8.3.2.1.2.3',
    mdoc_version_not_supported: 'auth0: any version from 1.0 on is taken: 8.3.2.1.2.2',
    mdoc_missing_member: 'auth0: status need not be there: 8.3.2.1.2.2',
    cbor_wrong_type: 'auth0: status may be of any type: 8.3.2.1.2.2',
    utf8_malformed: 'auth0: bytes that are no UTF-8 are taken for text: RFC 8949, 3.1',
  },
};
const used = new Set();

// Null when they agree, or when it is explained; otherwise a sentence.
async function disagreement(library, response, mine) {
  const their = await parties[library].verify(response, false).then((claims) => ({ claims }), (error) => ({ error: error.message }));
  if (mine.claims && their.claims) {
    assert.deepEqual(their.claims, mine.claims);
    return null;
  }
  if (mine.error && their.error) return null;
  if (mine.claims) {
    // Under another name nobody knows issuerSigned.nameSpaces, and nothing is shown (docs/formats/mdoc.md).
    return Object.keys(mine.claims).length === 0 ? null : `${library} refuses: ${their.error}`;
  }
  const reason = THEY_PASS_OVER[library]?.[mine.error];
  if (reason) used.add(reason);
  return reason ? null : `${library} takes what we refuse with ${mine.error}`;
}

const tests = {};
for (const holder of names) {
  tests[`a response of ${holder}, each place with one bit changed: every disagreement is explained`] = async () => {
    const good = Buffer.from(await parties[holder].present(await parties[holder].issue(), false), 'base64url');
    for (const name of names) assert.deepEqual(await parties[name].verify(base64url(good), false), wanted, name);
    const counts = { 'taken by us': 0, 'refused by us': 0 };
    const unexplained = new Set();
    let turn = 0;
    for (const at of places(good)) {
      const bad = Buffer.from(good);
      bad[at] ^= 1 << (turn++ % 8);
      const response = base64url(bad);
      const mine = await ask('verify', { ...verifier, device_response: response });
      counts[mine.claims ? 'taken by us' : 'refused by us'] += 1;
      for (const library of OTHERS) {
        const found = await disagreement(library, response, mine);
        if (found) unexplained.add(found);
      }
    }
    console.table(counts);
    assert.deepEqual([...unexplained], []);
    assert(counts['refused by us'] > 150, 'there are fewer places than there were');
  };
}
tests['every reason explains something'] = async () => {
  const all = Object.values(THEY_PASS_OVER).flatMap((reasons) => Object.values(reasons));
  assert.deepEqual(all.filter((reason) => !used.has(reason)), []);
};

await run(tests);
stop();
