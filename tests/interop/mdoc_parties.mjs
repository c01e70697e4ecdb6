// Three who issue, hold and verify the same mDL: our peer program (named on the command line), npm's @owf/mdoc and
// @auth0/mdl. What the tests of mdoc share.
import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import auth0 from '@auth0/mdl';
import auth0Cbor from '@auth0/mdl/lib/cbor/index.js';
import * as owf from '@owf/mdoc';
import { context } from './owf_context.mjs';
import { start } from './peer.mjs';

export const { ask, ours, stop } = start(process.argv[2]);
export const DOC_TYPE = 'org.iso.18013.5.1.mDL';
export const NAME_SPACE = 'org.iso.18013.5.1';
export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
export const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
export const now = Math.floor(Date.now() / 1000);
const at = (seconds) => new Date((now + seconds) * 1000);

function makeKey() {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y, d } = pair.privateKey.export({ format: 'jwk' });
  return { private: { kty, crv, x, y, d }, public: { kty, crv, x, y } };
}
// Their libraries want the algorithm with the key, and write `undefined` into a COSE header where a kid is not given.
export const cose = (jwk) => owf.CoseKey.fromJwk({ ...jwk, alg: 'ES256' });
const named = (jwk) => ({ ...jwk, kid: 'interop' });
export const signer = makeKey();
const device = makeKey();
export const reader = makeKey();
export const certificates = await ours('make_certificates', { signer: signer.public, reader: reader.public, now });
export const iaca = certificates.iaca;
const pem = (der) => new X509Certificate(Buffer.from(der, 'base64url')).toString();

export const transcript = {
  client_id: 'x509_hash:verifier', nonce: 'interop-nonce-0123456789', response_uri: 'https://verifier.example/response',
  thumbprint: base64url(createHash('sha256').update('a key').digest()),
};
export const transcriptBytes = bytesOf((await ours('transcript', { transcript })).transcript);
const tagged = bytesOf((await ours('transcript', { transcript })).tagged);

const elements = {
  family_name: '山田', given_name: '花子', birth_date: { full_date: '1990-04-15' },
  issue_date: { full_date: '2026-01-01' }, expiry_date: { full_date: '2031-01-01' }, issuing_country: 'JP',
  issuing_authority: '公安委員会', document_number: '1234', portrait: { bytes: base64url(randomBytes(400)) },
  un_distinguishing_sign: 'J', age_over_18: true, age_over_20: true,
};
export const shown = { [NAME_SPACE]: ['family_name', 'age_over_20'] };
export const wanted = { [NAME_SPACE]: { family_name: '山田', age_over_20: true } };
const privileges = [
  { vehicle_category_code: 'C', issue_date: new owf.DateOnly('2026-01-01'), expiry_date: new owf.DateOnly('2031-01-01') },
];
// The same values as each library wants them.
const ourElements = { ...elements, driving_privileges: { cbor: base64url(owf.cborEncode(privileges)) } };
const owfElements = { ...Object.fromEntries(Object.entries(elements).map(([name, value]) => [
  name, value.full_date ? new owf.DateOnly(value.full_date) : value.bytes ? bytesOf(value.bytes) : value])),
  driving_privileges: privileges };
const auth0Elements = { ...Object.fromEntries(Object.entries(elements).map(([name, value]) => [
  name, value.full_date ?? (value.bytes ? Buffer.from(value.bytes, 'base64url') : value)])),
  driving_privileges: privileges.map((one) => ({
    ...one, issue_date: new auth0Cbor.DateOnly('2026-01-01'), expiry_date: new auth0Cbor.DateOnly('2031-01-01') })) };

export const verifier = { iaca, doc_type: DOC_TYPE, transcript, now };
const trustedCertificates = [bytesOf(iaca)];

// What auth0 reads: a DeviceResponse whose document has no deviceSigned yet.
function wrapped(issuerSigned) {
  const text = (value) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
  return Buffer.concat([
    Buffer.from([0xa3]), text('version'), text('1.0'), text('documents'), Buffer.from([0x81, 0xa2]), text('docType'),
    text(DOC_TYPE), text('issuerSigned'), Buffer.from(issuerSigned, 'base64url'), text('status'), Buffer.from([0]),
  ]);
}

// Each answers with base64url: an IssuerSigned, a DeviceResponse; `verify` with the claims.
export const parties = {
  mibun: {
    async issue() {
      const fields = { key: signer.private, signer: certificates.signer, device: device.public, doc_type: DOC_TYPE, now };
      return (await ours('issue', { ...fields, name_spaces: { [NAME_SPACE]: ourElements } })).issuer_signed;
    },
    async present(issuer_signed, mac) {
      const key = mac ? { mac_for: reader.public } : {};
      const fields = { ...verifier, issuer_signed, device: device.private, selected: shown, ...key };
      return (await ours('receive_and_present', fields)).device_response;
    },
    async verify(device_response, mac) {
      const key = mac ? { mac_key: reader.private } : {};
      return (await ours('verify', { ...verifier, device_response, ...key })).claims;
    },
  },
  '@owf/mdoc': {
    async issue() {
      const issuer = new owf.Issuer(DOC_TYPE, context);
      issuer.addIssuerNamespace(NAME_SPACE, owfElements);
      const made = await issuer.sign({
        signingKey: cose(signer.private), algorithm: owf.SignatureAlgorithm.ES256, digestAlgorithm: 'SHA-256',
        validityInfo: { signed: at(-60), validFrom: at(-60), validUntil: at(86400) },
        deviceKeyInfo: { deviceKey: owf.DeviceKey.fromJwk(device.public) }, certificates: [bytesOf(certificates.signer)],
      });
      return made.encodedForOid4Vci;
    },
    async present(issuer_signed, mac) {
      const issuerSigned = owf.IssuerSigned.fromEncodedForOid4Vci(issuer_signed);
      await owf.Holder.verifyIssuerSigned({ issuerSigned, trustedCertificates }, context);
      const itemsRequest = owf.ItemsRequest.create({
        docType: DOC_TYPE, namespaces: { [NAME_SPACE]: Object.fromEntries(shown[NAME_SPACE].map((name) => [name, true])) },
      });
      const deviceRequest = owf.DeviceRequest.create({ docRequests: [owf.DocRequest.create({ itemsRequest })] });
      const signingKey = cose(device.private);
      const proof = mac
        ? { mac: { signingKey, ephemeralKey: owf.CoseKey.fromJwk(reader.public) } } : { signature: { signingKey } };
      const sessionTranscript = owf.SessionTranscript.decode(transcriptBytes);
      const response = await owf.Holder.createDeviceResponseForDeviceRequest(
        { deviceRequest, sessionTranscript, issuerSigned: [issuerSigned], ...proof }, context);
      return response.encodedForOid4Vp;
    },
    async verify(device_response, mac) {
      const deviceResponse = owf.DeviceResponse.fromEncodedForOid4Vp(device_response);
      const key = mac ? { ephemeralReaderKey: owf.CoseKey.fromJwk(reader.private) } : {};
      await owf.Verifier.verifyDeviceResponse(
        { deviceResponse, sessionTranscript: owf.SessionTranscript.decode(transcriptBytes), trustedCertificates, ...key }, context);
      return { [NAME_SPACE]: deviceResponse.documents[0].issuerSigned.getPrettyClaims(NAME_SPACE) };
    },
  },
  '@auth0/mdl': {
    async issue() {
      const document = await new auth0.Document(DOC_TYPE)
        .addIssuerNameSpace(NAME_SPACE, auth0Elements)
        .useDigestAlgorithm('SHA-256')
        .addValidityInfo({ signed: at(-60), validFrom: at(-60), validUntil: at(86400) })
        .addDeviceKeyInfo({ deviceKey: device.public })
        .sign({ issuerPrivateKey: signer.private, kid: 'interop', issuerCertificate: pem(certificates.signer), alg: 'ES256' });
      return base64url(auth0Cbor.cborEncode(document.prepare().get('issuerSigned')));
    },
    async present(issuer_signed, mac) {
      const fields = shown[NAME_SPACE].map((name) => ({ path: [`$['${NAME_SPACE}']['${name}']`], intent_to_retain: false }));
      const definition = {
        id: 'shown',
        input_descriptors: [{ id: DOC_TYPE, format: { mso_mdoc: { alg: ['ES256'] } }, constraints: { limit_disclosure: 'required', fields } }],
      };
      const unsigned = auth0.DeviceResponse.from(wrapped(issuer_signed))
        .usingPresentationDefinition(definition)
        .usingSessionTranscriptBytes(Buffer.from(tagged));
      const proven = mac
        ? unsigned.authenticateWithMAC(named(device.private), owf.CoseKey.fromJwk(reader.public).encode(), 'HS256')
        : unsigned.authenticateWithSignature(named(device.private), 'ES256');
      return base64url((await proven.sign()).encode());
    },
    async verify(device_response, mac) {
      const key = mac ? { ephemeralReaderKey: owf.CoseKey.fromJwk(reader.private).encode() } : {};
      const mdoc = await new auth0.Verifier([pem(iaca)]).verify(
        Buffer.from(device_response, 'base64url'), { encodedSessionTranscript: Buffer.from(tagged), ...key });
      return { [NAME_SPACE]: mdoc.documents[0].getIssuerNameSpace(NAME_SPACE) };
    },
  },
};
export const names = Object.keys(parties);
