// sd_jwt_types.mjs INTEROP_PEER: type metadata of a credential of ours, resolved by us and by npm's @sd-jwt/sd-jwt-vc: the
// chain, what each document was asked for with, what is inherited, and the names in Japanese and English.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { run, start } from './peer.mjs';
import { makeKey, theirs } from './sd_jwt_theirs.mjs';

const { ask, ours, stop } = start(process.argv[2]);
const ISSUER = 'https://issuer.example';
const BASE = `${ISSUER}/types/person`;
const CHILD = `${ISSUER}/types/resident`;
const now = Math.floor(Date.now() / 1000);
const integrityOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
const labels = (ja, en) => [{ locale: 'ja-JP', label: ja }, { locale: 'en-US', label: en }];

const base = {
  vct: BASE, name: 'person',
  display: [{ locale: 'ja-JP', name: '人' }, { locale: 'en-US', name: 'Person' }],
  claims: [
    { path: ['given_name'], sd: 'always', mandatory: true, display: labels('名', 'Given name') },
    { path: ['nationalities', null], display: labels('国籍', 'Nationality') },
    { path: ['address', 'region'], sd: 'allowed', display: labels('地域', 'Region') },
  ],
};
const child = {
  vct: CHILD, name: 'resident', extends: BASE, 'extends#integrity': integrityOf(JSON.stringify(base)),
  display: [{ locale: 'ja-JP', name: '住民' }, { locale: 'en-US', name: 'Resident' }],
  claims: [
    { path: ['address', 'region'], sd: 'always', mandatory: false, display: labels('都道府県', 'Prefecture') },
    { path: ['since'], sd: 'never', display: labels('居住開始日', 'Resident since') },
  ],
};
const documents = { [BASE]: JSON.stringify(base), [CHILD]: JSON.stringify(child) };

const issuer = makeKey('ES256');
const holder = makeKey('ES256');
const made = await ours('make_issuer', { key: issuer.private, iss: ISSUER, now });
const issue = async (change = {}) => (await ours('issue', {
  key: issuer.private, x5c: made.x5c, holder: holder.public,
  clear: { iss: ISSUER, vct: CHILD, 'vct#integrity': integrityOf(documents[CHILD]), iat: now, exp: now + 3600, since: '2020-04-01' },
  disclosable: { given_name: '花子', address: { region: '東京都' }, nationalities: ['JP'] },
  parts: [['address', 'region'], ['nationalities', null]], ...change })).sd_jwt;
const resolve = (sd_jwt, fields = {}) => ask('resolve_type', { root: made.root, vct: CHILD, now, sd_jwt, documents, language: 'ja', ...fields });

async function resolvedByThem(sd_jwt, served = documents) {
  const asked = [];
  const instance = theirs({
    ...made, issuer, holder, loadTypeMetadataFormat: true,
    vctFetcher: async (vct, integrity) => { asked.push([vct, integrity ?? null]); return JSON.parse(served[vct]); } });
  const { typeMetadata } = await instance.verify(sd_jwt);
  return { asked, vcts: typeMetadata.vctValues, merged: typeMetadata.mergedTypeMetadata };
}

const tests = {
  async 'both follow the same chain, and read the same claims and names from it'() {
    const sd_jwt = await issue();
    const their = await resolvedByThem(sd_jwt);
    for (const [language, locale] of [['ja', 'ja-JP'], ['en', 'en-US'], ['en-GB', 'en-US'], ['de', 'en-US']]) {
      const mine = await resolve(sd_jwt, { language });
      assert.deepEqual(mine.asked, [[CHILD, integrityOf(documents[CHILD])], [BASE, integrityOf(documents[BASE])]]);
      assert.deepEqual(mine.asked, their.asked);
      assert.deepEqual(mine.vcts, [CHILD, BASE]);
      assert.deepEqual(new Set(mine.vcts), new Set(their.vcts));
      const inLocale = (display) => display.find((one) => one.locale === locale);
      assert.equal(mine.name, inLocale(their.merged.display).name);
      assert.deepEqual(mine.claims, their.merged.claims.map(({ path, sd, mandatory, display }) => ({
        path, ...(sd && { sd }), ...(mandatory !== undefined && { mandatory }), label: inLocale(display).label })));
    }
  },

  async 'a document that is not the one named, or loosens its base, and a credential that does not obey are refused'() {
    const sd_jwt = await issue();
    const other = { ...documents, [BASE]: `${documents[BASE]} ` };
    assert.equal((await resolve(sd_jwt, { documents: other })).error, 'sd_jwt_integrity_mismatch');
    const loose = JSON.stringify({ ...child, claims: [{ path: ['given_name'], sd: 'allowed' }] });
    const loosened = { ...documents, [CHILD]: loose };
    const clear = { iss: ISSUER, vct: CHILD, iat: now, exp: now + 3600, since: '2020-04-01' };
    const unfixed = await issue({ clear });
    assert.equal((await resolve(unfixed, { documents: loosened })).error, 'sd_jwt_type_metadata_conflict');
    await assert.rejects(resolvedByThem(unfixed, loosened), /Cannot change 'sd' property/);
    const round = { [BASE]: JSON.stringify({ vct: BASE, extends: CHILD }), [CHILD]: JSON.stringify({ vct: CHILD, extends: BASE }) };
    assert.equal((await resolve(unfixed, { documents: round })).error, 'sd_jwt_type_metadata_cycle');
    await assert.rejects(resolvedByThem(unfixed, round), /circular/i);
    // What they do not ask: whether the credential obeys.
    const disobedient = [
      [{ clear: { ...clear, given_name: '花子' }, disclosable: { address: { region: '東京都' } }, parts: [['address', 'region']] }, 'sd_jwt_type_claim_not_disclosable'],
      [{ clear, disclosable: { address: { region: '東京都' } }, parts: [['address', 'region']] }, 'sd_jwt_type_claim_missing'],
    ];
    for (const [change, want] of disobedient) assert.equal((await resolve(await issue(change))).error, want);
  },

  // Subresource Integrity, section 3.1, and SD-JWT VC, section 6: base64. Version 0.19.0 compares with hexadecimal digits, so its
  // own fetcher refuses every document that is named as the specification says.
  async 'their own fetcher compares integrity with other digits'() {
    const real = globalThis.fetch;
    globalThis.fetch = async (url) => new Response(documents[url]);
    try {
      const instance = theirs({ ...made, issuer, holder, loadTypeMetadataFormat: true });
      await assert.rejects(instance.verify(await issue()), /Integrity check/, 'it works now, take the exception out');
    } finally {
      globalThis.fetch = real;
    }
  },
};

await run(tests);
stop();
