// proximity_interop.mjs MDOC_PEER PROXIMITY_PEER: meetings at close range (ISO/IEC 18013-5) of our holder with a reader
// made of npm's @owf/mdoc, and of our reader with a holder made of it. Session encryption (9.1.1.5) is node's crypto.
import assert from 'node:assert/strict';
import {
  createCipheriv, createDecipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync,
  randomBytes,
} from 'node:crypto';
import * as owf from '@owf/mdoc';
import { context } from './owf_context.mjs';
import { authenticatedRequest } from './owf_reader.mjs';
import { run, start } from './peer.mjs';

const issuing = start(process.argv[2]);
const meeting = start(process.argv[3]);
const DOC_TYPE = 'org.iso.18013.5.1.mDL';
const NAME_SPACE = 'org.iso.18013.5.1';
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
const now = Math.floor(Date.now() / 1000);

function makeKey() {
  const { kty, crv, x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return { private: { kty, crv, x, y, d }, public: { kty, crv, x, y } };
}
const cose = (jwk) => owf.CoseKey.fromJwk({ ...jwk, alg: 'ES256' });
const signer = makeKey();
const device = makeKey();
const reader = makeKey();
const certificates = await issuing.ours('make_certificates', { signer: signer.public, reader: reader.public, now });
const { iaca } = certificates;
const { issuer_signed } = await issuing.ours('issue', {
  key: signer.private, signer: certificates.signer, device: device.public, doc_type: DOC_TYPE, now,
  name_spaces: { [NAME_SPACE]: {
    family_name: '山田', given_name: '花子', birth_date: { full_date: '1990-04-15' }, issue_date: { full_date: '2026-01-01' },
    expiry_date: { full_date: '2031-01-01' }, issuing_country: 'JP', issuing_authority: '公安委員会', document_number: '1234',
    portrait: { bytes: base64url(randomBytes(400)) }, un_distinguishing_sign: 'J', age_over_18: true, age_over_20: true,
    driving_privileges: { cbor: base64url(owf.cborEncode([{
      vehicle_category_code: 'C', issue_date: new owf.DateOnly('2026-01-01'), expiry_date: new owf.DateOnly('2031-01-01') }])) },
  } },
});
const wanted = { [NAME_SPACE]: { family_name: '山田', age_over_20: true } };

// ISO/IEC 18013-5, 9.1.1.5: both directions, each with its key and a counter from 1.
class Session {
  constructor(own, peer, transcript, isReader) {
    const secret = diffieHellman({
      privateKey: createPrivateKey({ key: own, format: 'jwk' }), publicKey: createPublicKey({ key: peer, format: 'jwk' }) });
    const tagged = owf.cborEncode(owf.DataItem.fromData(transcript.encodedStructure));
    const salt = createHash('sha256').update(tagged).digest();
    const derive = (info) => Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
    this.keys = { reader: derive('SKReader'), device: derive('SKDevice') };
    this.counters = { reader: 0, device: 0 };
    [this.self, this.other] = isReader ? ['reader', 'device'] : ['device', 'reader'];
  }
  iv(who) {
    const iv = Buffer.alloc(12);
    iv.writeUInt32BE(who === 'device' ? 1 : 0, 4);
    iv.writeUInt32BE((this.counters[who] += 1), 8);
    return iv;
  }
  seal(plaintext) {
    const cipher = createCipheriv('aes-256-gcm', this.keys[this.self], this.iv(this.self));
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  }
  open(sealed) {
    const cipher = createDecipheriv('aes-256-gcm', this.keys[this.other], this.iv(this.other));
    cipher.setAuthTag(sealed.subarray(-16));
    return new Uint8Array(Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]));
  }
}

const member = (map, name) => (map instanceof Map ? map.get(name) : map[name]);
const coseBytes = (jwk) => owf.CoseKey.fromJwk(jwk).encode();
const jwkOf = (key) => {
  const { kty, crv, x, y } = key.jwk;
  return { kty, crv, x, y };
};
// A byte string in tag 24, as it is written.
function tagged(bytes) {
  const head = bytes.length < 24 ? [0x40 + bytes.length] : bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from([0xd8, 0x18]), Buffer.from(head), Buffer.from(bytes)]);
}
const transcriptOf = (engagement, readerKey) => owf.SessionTranscript.decode(new Uint8Array(Buffer.concat([
  Buffer.from([0x83]), tagged(engagement), tagged(readerKey), Buffer.from([0xf6])])));

async function foreignRequest(sessionTranscript, key) {
  const request = await authenticatedRequest({
    docType: DOC_TYPE, namespaces: { [NAME_SPACE]: { family_name: true, age_over_20: false } }, sessionTranscript,
    certificate: bytesOf(certificates.reader), signingKey: cose(key) });
  return request.encode();
}

// The foreign reader's first message, and its session.
async function foreignReader(engagementText, signingKey = reader.private) {
  assert(engagementText.startsWith('mdoc:'));
  const engagementBytes = bytesOf(engagementText.slice(5));
  const engagement = owf.DeviceEngagement.decode(engagementBytes);
  const ephemeral = makeKey();
  const keyBytes = coseBytes(ephemeral.public);
  const transcript = transcriptOf(engagementBytes, keyBytes);
  const session = new Session(ephemeral.private, jwkOf(engagement.security.eDeviceKey), transcript, true);
  const data = session.seal(await foreignRequest(transcript, signingKey));
  const establishment = Buffer.concat([
    Buffer.from([0xa2, 0x64]), Buffer.from('data'), Buffer.from(owf.cborEncode(data)), Buffer.from([0x6a]),
    Buffer.from('eReaderKey'), tagged(keyBytes)]);
  return { session, transcript, message: base64url(establishment) };
}

const tests = {
  async 'our holder shows a card to a foreign reader'() {
    const { engagement } = await meeting.ours('show_code', { iaca, issuer_signed, device: device.private, now });
    const foreign = await foreignReader(engagement);
    const asked = await meeting.ours('holder_message', { message: foreign.message });
    assert.deepEqual(asked, { reader: 'Interop reader', elements: ['family_name', 'age_over_20'] });
    const { message } = await meeting.ours('agree', {});
    const response = foreign.session.open(member(owf.cborDecode(bytesOf(message)), 'data'));
    const deviceResponse = owf.DeviceResponse.decode(response);
    await owf.Verifier.verifyDeviceResponse(
      { deviceResponse, sessionTranscript: foreign.transcript, trustedCertificates: [bytesOf(iaca)] }, context);
    assert.deepEqual({ [NAME_SPACE]: deviceResponse.documents[0].issuerSigned.getPrettyClaims(NAME_SPACE) }, wanted);
    const goodBye = base64url(owf.cborEncode(new Map([['status', 20]])));
    assert.deepEqual(await meeting.ours('holder_message', { message: goodBye }), { outcome: 0 });
  },

  async 'a foreign reader with a key that is not its certificate\'s gets nothing'() {
    const { engagement } = await meeting.ours('show_code', { iaca, issuer_signed, device: device.private, now });
    const foreign = await foreignReader(engagement, makeKey().private);
    const { why } = await meeting.ours('holder_message', { message: foreign.message });
    assert.equal(why, 'mdoc_reader_auth_signature_invalid');
  },

  async 'our reader takes the answer of a foreign holder'() {
    for (const honest of [true, false]) {
      const ephemeral = makeKey();
      const keyBytes = coseBytes(ephemeral.public);
      const engagement = new Uint8Array(Buffer.concat([
        Buffer.from([0xa2, 0x00, 0x63]), Buffer.from('1.0'), Buffer.from([0x01, 0x82, 0x01]), tagged(keyBytes)]));
      const { message } = await meeting.ours('scan', {
        iaca, engagement: `mdoc:${base64url(engagement)}`, doc_type: DOC_TYPE, name_space: NAME_SPACE,
        elements: ['family_name', 'age_over_20'], key: reader.private, certificate: certificates.reader, now });
      const establishment = owf.cborDecode(bytesOf(message));
      const readerKeyBytes = new Uint8Array(member(establishment, 'eReaderKey').buffer);
      const transcript = transcriptOf(engagement, readerKeyBytes);
      const peer = jwkOf(owf.CoseKey.decode(readerKeyBytes));
      const session = new Session(ephemeral.private, peer, transcript, false);
      const request = session.open(member(establishment, 'data'));
      await owf.Holder.verifyDeviceRequest({ deviceRequest: request, sessionTranscript: transcript }, context);
      const signingKey = cose((honest ? device : makeKey()).private);
      const response = await owf.Holder.createDeviceResponseForDeviceRequest({
        deviceRequest: owf.DeviceRequest.decode(request), sessionTranscript: transcript,
        issuerSigned: [owf.IssuerSigned.fromEncodedForOid4Vci(issuer_signed)], signature: { signingKey } }, context);
      const sealed = base64url(owf.cborEncode(new Map([['data', session.seal(response.encode())]])));
      const answer = await meeting.ask('reader_message', { message: sealed });
      if (honest) assert.deepEqual(answer.claims, wanted);
      else assert.equal(answer.error, 'mdoc_device_signature_invalid');
    }
  },
};

await run(tests);
issuing.stop();
meeting.stop();
