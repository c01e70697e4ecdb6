// sd_jwt_matrix.mjs INTEROP_PEER: SD-JWT VC against npm's @sd-jwt/sd-jwt-vc, and the status lists that go with it against
// @sd-jwt/jwt-status-list. Each side issues, holds and verifies, with keys of every kind and in every serialisation; the
// matrix of who accepted what is printed.
import assert from 'node:assert/strict';
import { createHeaderAndPayload, getListFromStatusListJWT, getStatusListFromJWT, StatusList } from '@sd-jwt/jwt-status-list';
import { run, start } from './peer.mjs';
import { ALGORITHMS, jwt, makeKey, theirs } from './sd_jwt_theirs.mjs';

const { ask, ours, stop } = start(process.argv[2]);
const VCT = 'urn:interop:card:1';
const ISSUER = 'https://issuer.example';
const AUD = 'x509_hash:verifier';
const NONCE = 'interop-nonce-0123456789';
const LIST = `${ISSUER}/status/1`;
const now = Math.floor(Date.now() / 1000);
const clear = { iss: ISSUER, vct: VCT, iat: now, exp: now + 3600 };
const disclosable = { given_name: '花子', address: { region: '東京都', country: 'JP' }, nationalities: ['JP', 'DE'] };
// What the holder shows of it, and what the verifier then sees of it: the first nationality and the country stay closed.
const shown = { given_name: '花子', address: { region: '東京都' }, nationalities: ['DE'] };

async function world(alg) {
  const issuer = makeKey(alg);
  const holder = makeKey(alg);
  const made = await ours('make_issuer', { key: issuer.private, iss: ISSUER, now });
  return { issuer, holder, ...made, instance: theirs({ issuer, holder, ...made }) };
}

// Their library reads and writes JSON by itself, and verifies the compact form of it.
function toForm(instance, compact, form) {
  if (form === 'flattened') return JSON.stringify(instance.toFlattenJSON(compact).toJson());
  if (form === 'general') return JSON.stringify(instance.toGeneralJSON(compact).toJson());
  return compact;
}
function toCompact(instance, text, form) {
  if (form === 'compact') return text;
  const [reader, index] = form === 'flattened' ? [instance.toFlattenJSON, []] : [instance.toGeneralJSON, [0]];
  const type = reader.call(instance, 'a.b.c~').constructor;
  return type.fromSerialized(JSON.parse(text)).toEncoded(...index);
}

const parties = {
  mibun: {
    async issue({ issuer, holder, x5c }) {
      const parts = [['address', 'region'], ['address', 'country'], ['nationalities', null]];
      return (await ours('issue', { key: issuer.private, x5c, clear, disclosable, parts, holder: holder.public })).sd_jwt;
    },
    async present({ holder, root }, sd_jwt, form) {
      const selected = [['given_name'], ['address', 'region'], ['nationalities', 1]];
      const fields = { root, vct: VCT, aud: AUD, nonce: NONCE, now, selected, holder: holder.private, form };
      return (await ours('receive_and_present', { ...fields, sd_jwt })).presentation;
    },
    async verify({ root }, sd_jwt) {
      return (await ours('verify_presentation', { root, vct: VCT, aud: AUD, nonce: NONCE, now, sd_jwt })).claims;
    },
  },
  '@sd-jwt/sd-jwt-vc': {
    async issue({ instance, holder, x5c }) {
      const frame = {
        _sd: ['given_name', 'address', 'nationalities'], _sd_decoy: 2,
        address: { _sd: ['region', 'country'] }, nationalities: { _sd: [0, 1] } };
      return instance.issue({ ...clear, ...disclosable, cnf: { jwk: holder.public } }, frame, { header: { x5c } });
    },
    async present({ instance }, sd_jwt, form) {
      const frame = { given_name: true, address: { region: true }, nationalities: { 1: true } };
      const text = await instance.present(sd_jwt, frame, { kb: { payload: { iat: now, aud: AUD, nonce: NONCE } } });
      return toForm(instance, text, form);
    },
    async verify({ instance }, sd_jwt, form) {
      return (await instance.verify(toCompact(instance, sd_jwt, form), { keyBindingNonce: NONCE })).payload;
    },
  },
};

// Who issued, who held, who verified: "yes", or who refused and why.
async function rowsOf(setting, form) {
  const rows = [];
  for (const [issuer, first] of Object.entries(parties)) {
    for (const [holder, second] of Object.entries(parties)) {
      for (const [verifier, third] of Object.entries(parties)) {
        let accepted = 'yes';
        try {
          const text = await second.present(setting, await first.issue(setting), form);
          assert.equal(text.startsWith('{'), form !== 'compact');
          const { given_name, address, nationalities, family_name } = await third.verify(setting, text, form);
          assert.deepEqual({ given_name, address, nationalities, family_name }, { ...shown, family_name: undefined });
        } catch (error) {
          accepted = `no: ${error.message.split('\n')[0]}`;
        }
        rows.push({ algorithm: setting.issuer.alg, form, issuer, holder, verifier, accepted });
      }
    }
  }
  return rows;
}

const tests = {
  async 'matrix: every presentation is accepted by everyone, of every algorithm and in every serialisation'() {
    const rows = [];
    for (const alg of Object.keys(ALGORITHMS)) {
      const setting = await world(alg);
      for (const form of ['compact', 'flattened', 'general']) rows.push(...await rowsOf(setting, form));
    }
    console.table(rows);
    assert.equal(rows.length, 3 * 3 * 8);
    for (const row of rows) assert.equal(row.accepted, 'yes', JSON.stringify(row));
  },

  async 'what is wrong is refused by both, of every algorithm and in every serialisation'() {
    for (const alg of Object.keys(ALGORITHMS)) {
      const setting = await world(alg);
      const stranger = await world(alg);
      for (const [name, party] of Object.entries(parties)) {
        for (const form of ['compact', 'flattened', 'general']) {
          const who = `${alg}, ${name}, ${form}`;
          const text = await party.present(setting, await party.issue(setting), form);
          const refused = async (fields) => (await ask('verify_presentation', {
            root: setting.root, vct: VCT, aud: AUD, nonce: NONCE, now, sd_jwt: text, ...fields })).error;
          assert.equal(await refused({ root: stranger.root }), 'sd_jwt_issuer_not_trusted', who);
          assert.equal(await refused({ nonce: 'another' }), 'sd_jwt_key_binding_nonce_mismatch', who);
          await assert.rejects(parties['@sd-jwt/sd-jwt-vc'].verify({ instance: stranger.instance }, text, form), undefined, who);
          // Another salt in the first disclosure: nothing points to it any more.
          const compact = toCompact(setting.instance, text, form).split('~');
          const [, ...told] = JSON.parse(Buffer.from(compact[1], 'base64url'));
          compact[1] = Buffer.from(JSON.stringify(['another salt', ...told])).toString('base64url');
          const changed = toForm(setting.instance, compact.join('~'), form);
          assert.equal(await refused({ sd_jwt: changed }), 'sd_jwt_unreferenced_disclosure', who);
          await assert.rejects(parties['@sd-jwt/sd-jwt-vc'].verify(setting, changed, form), undefined, who);
        }
      }
    }
  },

  async 'status: our tokens and references are read by them, theirs by us'() {
    for (const alg of Object.keys(ALGORITHMS)) {
      const setting = await world(alg);
      const { issuer, holder, root, x5c } = setting;
      for (const bits of [1, 2, 4, 8]) {
        const statuses = Array.from({ length: 256 }, (_, i) => i % 2 ** bits);
        const { token } = await ours('make_status_token', { key: issuer.private, x5c, uri: LIST, bits, statuses, now });
        const list = getListFromStatusListJWT(token);
        assert.equal(list.getBitsPerStatus(), bits);
        statuses.forEach((status, i) => assert.equal(list.getStatus(i), status));

        const { header, payload } = createHeaderAndPayload(new StatusList(statuses, bits),
          { iss: ISSUER, sub: LIST, iat: now, exp: now + 3600 }, { alg, typ: 'statuslist+jwt', x5c });
        const made = jwt(header, payload, issuer);
        const check = async (fields) => (await ask('check_status', { root, token: made, uri: LIST, iss: ISSUER, now, ...fields }));
        assert.deepEqual(await check({ index: 0 }), { status: 'valid' });
        assert.equal((await check({ index: 1 })).error, 'status_revoked');
        if (bits > 1) assert.equal((await check({ index: 2 })).error, 'status_suspended');
        if (bits > 1) assert.equal((await check({ index: 3 })).error, 'status_unknown_value');
        assert.equal((await check({ index: 256 })).error, 'status_list_index_out_of_range');
        assert.equal((await check({ index: 0, uri: `${ISSUER}/status/2` })).error, 'status_list_subject_mismatch');
        assert.equal((await check({ index: 0, iss: 'https://other.example' })).error, 'jwt_issuer_mismatch');
        assert.equal((await check({ index: 0, now: now + 3600 })).error, 'status_list_expired');
        const foreign = jwt(header, payload, makeKey(alg));
        assert.equal((await check({ index: 0, token: foreign })).error, 'jws_signature_invalid');

        // Their verifier follows the reference in our credential to our list.
        const parts = { key: issuer.private, x5c, disclosable, parts: [], holder: holder.public };
        for (const idx of [0, 1]) {
          const status = { status_list: { idx, uri: LIST } };
          const { sd_jwt } = await ours('issue', { ...parts, clear: { ...clear, status } });
          assert.deepEqual(getStatusListFromJWT(sd_jwt.split('~')[0]), status.status_list);
          const asked = [];
          const instance = theirs({ ...setting, statusListFetcher: async (uri) => { asked.push(uri); return token; } });
          const verified = instance.verify(sd_jwt);
          if (idx === 0) assert.equal((await verified).payload.given_name, '花子');
          else await assert.rejects(verified, /Status is not valid/);
          assert.deepEqual(asked, [LIST]);
        }
      }
    }
  },
};

await run(tests);
stop();
