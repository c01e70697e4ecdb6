// mdocs in the hands of others: npm's @owf/mdoc issues, holds and presents them, @owf/mdoc and @auth0/mdl verify them.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import auth0 from '@auth0/mdl';
import * as owf from '@owf/mdoc';
import { context } from './owf_context.mjs';

export const fullDate = (text) => new owf.DateOnly(text);
const derOf = (pem) => new Uint8Array(new X509Certificate(pem).raw);
// The library wants the algorithm with the key.
const cose = (jwk) => owf.CoseKey.fromJwk({ ...jwk, alg: 'ES256' });
const claimsOf = (issuerSigned) => Object.fromEntries(
  [...issuerSigned.issuerNamespaces.issuerNamespaces.keys()].map((name) => [name, issuerSigned.getPrettyClaims(name)]));

// A credential for `holder` (a public JWK), in the form of OpenID4VCI 1.0, appendix A.2.4. `nameSpaces`: {name space:
// {element: value}}; `signer`: a leaf of foreign_pki.mjs.
export async function issue({ docType, nameSpaces, signer, holder }) {
  const issuer = new owf.Issuer(docType, context);
  for (const [name, elements] of Object.entries(nameSpaces)) issuer.addIssuerNamespace(name, elements);
  const validFrom = new Date(Math.floor(Date.now() / 1000) * 1000);
  const made = await issuer.sign({
    signingKey: cose(signer.private),
    algorithm: owf.SignatureAlgorithm.ES256,
    digestAlgorithm: 'SHA-256',
    validityInfo: { signed: validFrom, validFrom, validUntil: new Date(validFrom.getTime() + 86400_000) },
    deviceKeyInfo: { deviceKey: owf.DeviceKey.fromJwk(holder) },
    certificates: signer.x5c.map((der) => new Uint8Array(Buffer.from(der, 'base64'))),
  });
  return made.encodedForOid4Vci;
}

// Their reader on a card: path to one of `roots` (PEM), signature, digests, validity, the holder's key.
export async function check(credential, roots, key) {
  const issuerSigned = owf.IssuerSigned.fromEncodedForOid4Vci(credential);
  await owf.Holder.verifyIssuerSigned({ issuerSigned, trustedCertificates: roots.map(derOf) }, context);
  const { mobileSecurityObject: mso } = issuerSigned.issuerAuth;
  const { kty, crv, x, y } = mso.deviceKeyInfo.deviceKey.jwk;
  assert.deepEqual({ kty, crv, x, y }, key.public);
  return {
    docType: mso.docType,
    claims: claimsOf(issuerSigned),
  };
}

// OpenID4VP 1.0, appendix B.2.6.1.
export const transcriptOf = ({ clientId, responseUri, nonce, jwkThumbprint }) =>
  owf.SessionTranscript.forOid4Vp({ clientId, responseUri, nonce, jwkThumbprint }, context);

// Appendix B.2.6.2.
export const browserTranscriptOf = ({ origin, nonce, jwkThumbprint }) =>
  owf.SessionTranscript.forOid4VpDcApi({ origin, nonce, jwkThumbprint }, context);

// What the holder shows: `shown` is {name space: [elements]}.
export async function present(credential, key, docType, shown, sessionTranscript) {
  const namespaces = Object.fromEntries(Object.entries(shown).map(([name, elements]) => [
    name, Object.fromEntries(elements.map((element) => [element, true]))]));
  const itemsRequest = owf.ItemsRequest.create({ docType, namespaces });
  const response = await owf.Holder.createDeviceResponseForDeviceRequest({
    deviceRequest: owf.DeviceRequest.create({ docRequests: [owf.DocRequest.create({ itemsRequest })] }),
    sessionTranscript,
    issuerSigned: [owf.IssuerSigned.fromEncodedForOid4Vci(credential)],
    signature: { signingKey: cose(key.private) },
  }, context);
  return response.encodedForOid4Vp;
}

// Both verifiers; the claims as @owf/mdoc reads them: {name space: {element: value}}.
export async function verify(presentation, roots, sessionTranscript) {
  const deviceResponse = owf.DeviceResponse.fromEncodedForOid4Vp(presentation);
  await owf.Verifier.verifyDeviceResponse({ deviceResponse, sessionTranscript, trustedCertificates: roots.map(derOf) }, context);
  const encodedSessionTranscript = Buffer.from(owf.cborEncode(owf.DataItem.fromData(sessionTranscript.encodedStructure)));
  const mdoc = await new auth0.Verifier(roots).verify(Buffer.from(presentation, 'base64url'), { encodedSessionTranscript });
  assert.equal(mdoc.documents.length, 1);
  const [document] = deviceResponse.documents;
  const claims = claimsOf(document.issuerSigned);
  for (const [name, elements] of Object.entries(claims)) {
    assert.deepEqual(Object.keys(mdoc.documents[0].getIssuerNameSpace(name)), Object.keys(elements));
  }
  return { docType: document.docType, claims };
}
