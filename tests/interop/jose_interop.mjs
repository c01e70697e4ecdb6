// jose_interop.mjs JOSE_PEER: every algorithm of ours against npm's jose, and status lists against
// @sd-jwt/jwt-status-list, both ways.
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import * as jose from 'jose';
import { StatusList } from '@sd-jwt/jwt-status-list';
import { run, start } from './peer.mjs';

const { ask, ours, stop } = start(process.argv[2]);
const payload = { iss: 'https://issuer.example', text: '署名', n: 9007199254740991 };
const SIGNING = { ES256: {}, ES384: {}, EdDSA: { crv: 'Ed25519' } };

async function makeKey(alg, options) {
  const pair = await jose.generateKeyPair(alg, { extractable: true, ...options });
  const [secret, open] = [await jose.exportJWK(pair.privateKey), await jose.exportJWK(pair.publicKey)];
  return { ...pair, secret, open };
}

const tests = {
  async 'JWS: ES256, ES384 and EdDSA, what we sign jose verifies, and the other way round'() {
    for (const [alg, options] of Object.entries(SIGNING)) {
      const key = await makeKey(alg, options);
      const { jws } = await ours('sign', { key: key.secret, payload });
      assert.equal(jose.decodeProtectedHeader(jws).alg, alg);
      assert.deepEqual((await jose.jwtVerify(jws, key.publicKey, { algorithms: [alg], typ: 'interop+jwt' })).payload, payload);
      const names = alg === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [alg];  // RFC 9864: another name for the same
      for (const name of names) {
        const theirs = await new jose.SignJWT(payload).setProtectedHeader({ alg: name, typ: 'interop+jwt' }).sign(
          await jose.importJWK(key.secret, name));
        assert.deepEqual((await ours('verify', { key: key.open, jws: theirs })).payload, payload);
        for (const [other, otherOptions] of Object.entries(SIGNING)) {
          const foreign = (await makeKey(other, otherOptions)).open;
          const refused = await ask('verify', { key: foreign, jws: theirs });
          assert.equal(refused.error, other === alg ? 'jws_signature_invalid' : 'jws_alg_not_allowed', `${name} with ${other}`);
        }
      }
      assert.equal((await ours('thumbprint', { key: key.open })).thumbprint, await jose.calculateJwkThumbprint(key.open));
      assert.equal((await ours('thumbprint', { key: key.open })).uri, await jose.calculateJwkThumbprintUri(key.open));
    }
  },

  async 'JWS in JSON: flattened and general, of every algorithm, both ways'() {
    const keys = {};
    for (const [alg, options] of Object.entries(SIGNING)) keys[alg] = await makeKey(alg, options);
    const all = Object.values(keys);
    const bytes = new TextEncoder().encode(JSON.stringify(payload));
    const header = { typ: 'interop+jwt' };
    const read = (answer) => JSON.parse(new TextDecoder().decode(answer.payload));
    const stranger = await makeKey('ES256');

    for (const [alg, key] of Object.entries(keys)) {
      const made = await ours('sign_json', { keys: [key.secret], payload, kid: 'one' });
      const opened = await jose.flattenedVerify(made, key.publicKey, { algorithms: [alg] });
      assert.deepEqual(read(opened), payload);
      assert.deepEqual(opened.unprotectedHeader, { kid: 'one' });
      await assert.rejects(jose.flattenedVerify({ ...made, header: { kid: 'one', typ: 'x' } }, key.publicKey), /Disjoint/i);
      const theirs = await new jose.FlattenedSign(bytes).setProtectedHeader({ alg, ...header })
        .setUnprotectedHeader({ kid: 'two' }).sign(key.privateKey);
      assert.deepEqual(await ours('verify_json', { jws: theirs, key: key.open }),
        { known: 1, ignored: 0, payload, unprotected: { kid: 'two' }, good: 1 });
      for (const [unprotected, want] of [[{ typ: 'x' }, 'jws_header_not_allowed'], [{ kid: 'two' }, undefined]]) {
        assert.equal((await ask('verify_json', { jws: { ...theirs, header: unprotected }, key: key.open })).error, want);
      }
    }

    const made = await ours('sign_json', { keys: all.map((key) => key.secret), payload, kid: 'three' });
    assert.equal(made.signatures.length, 3);
    for (const key of all) assert.deepEqual(read(await jose.generalVerify(made, key.publicKey)), payload);
    await assert.rejects(jose.generalVerify(made, stranger.publicKey));
    const signing = new jose.GeneralSign(bytes);
    for (const [alg, key] of Object.entries(keys)) signing.addSignature(key.privateKey).setProtectedHeader({ alg, ...header });
    signing.addSignature((await makeKey('RS256')).privateKey).setProtectedHeader({ alg: 'RS256', ...header });
    const theirs = await signing.sign();
    for (const key of all) {
      const { known, ignored, good, payload: told } = await ours('verify_json', { jws: theirs, key: key.open });
      assert.deepEqual({ known, ignored, good, told }, { known: 3, ignored: 1, good: 1, told: payload });
    }
    assert.equal((await ours('verify_json', { jws: theirs, key: stranger.open })).good, 0);
  },

  async 'JWE: direct and with wrapped keys, both GCM sizes, both ways'() {
    for (const alg of ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']) {
      for (const enc of ['A128GCM', 'A256GCM']) {
        const key = await makeKey(alg, { crv: 'P-256' });
        const plaintext = JSON.stringify({ alg, enc, text: '世界' });
        const { jwe } = await ours('encrypt', { recipient: key.open, alg, enc, plaintext });
        const opened = await jose.compactDecrypt(jwe, key.privateKey, {
          keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] });
        assert.equal(new TextDecoder().decode(opened.plaintext), plaintext);
        const theirs = await new jose.CompactEncrypt(new TextEncoder().encode(plaintext))
          .setProtectedHeader({ alg, enc }).setKeyManagementParameters({ apu: randomBytes(3), apv: randomBytes(16) })
          .encrypt(key.publicKey);
        assert.equal((await ours('decrypt', { recipient: key.secret, jwe: theirs })).plaintext, plaintext);
        const foreign = await makeKey(alg, { crv: 'P-256' });
        assert.equal((await ask('decrypt', { recipient: foreign.secret, jwe: theirs })).error, 'jwe_decryption_failed');
        const parts = theirs.split('.');
        for (const at of [1, 2, 3, 4]) {
          if (parts[at] === '') continue;
          const changed = [...parts];
          changed[at] = (changed[at][0] === 'A' ? 'B' : 'A') + changed[at].slice(1);
          const { error } = await ask('decrypt', { recipient: key.secret, jwe: changed.join('.') });
          assert.equal(error, 'jwe_decryption_failed', `${alg} ${enc}, part ${at}`);
        }
      }
    }
  },

  async 'status lists of 1, 2, 4 and 8 bits, both ways'() {
    for (const bits of [1, 2, 4, 8]) {
      const statuses = Array.from({ length: 4096 }, () => randomInt(2 ** bits));
      const { status_list } = await ours('make_list', { bits, statuses });
      assert.equal(status_list.bits, bits);
      const read = StatusList.decompressStatusList(status_list.lst, bits);
      statuses.forEach((status, i) => assert.equal(read.getStatus(i), status));

      const theirs = { bits, lst: new StatusList(statuses, bits).compressStatusList() };
      const answer = await ours('read_list', { status_list: theirs, count: statuses.length });
      assert.deepEqual(answer.statuses, statuses);
      const beyond = await ask('read_list', { status_list: theirs, count: statuses.length + 1 });
      assert.equal(beyond.error, 'status_list_index_out_of_range');
    }
  },
};

await run(tests);
stop();
