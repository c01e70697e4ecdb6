// Credential requests and answers as JWEs (OpenID4VCI 1.0, sections 8.2, 8.3 and 10) by npm's jose, around the messages
// of @openid4vc, which knows neither.
import assert from 'node:assert/strict';
import * as jose from 'jose';
import { makeKey } from './openid4vc_crypto.mjs';

export const JWT = 'application/jwt';

export async function seal(object, recipient, enc) {
  const header = { alg: 'ECDH-ES', enc, ...(recipient.kid ? { kid: recipient.kid } : {}) };
  return new jose.CompactEncrypt(new TextEncoder().encode(JSON.stringify(object))).setProtectedHeader(header)
    .encrypt(await jose.importJWK(recipient, 'ECDH-ES'));
}

// The message and the header of the JWE that it came in.
export async function open(jwe, privateJwk) {
  const { plaintext, protectedHeader } = await jose.compactDecrypt(
    jwe, await jose.importJWK(privateJwk, 'ECDH-ES'), { keyManagementAlgorithms: ['ECDH-ES'] });
  return { message: JSON.parse(new TextDecoder().decode(plaintext)), header: protectedHeader };
}

// A wallet's fetch() that seals what goes to the credential endpoints of `server`, asks for a sealed answer and opens
// it. `opened`: the headers of the answers that it opened.
export function sealing(server, enc) {
  const opened = [];
  async function fetch(url, init = {}) {
    const metadata = await (await server.fetch(server.url('/.well-known/openid-credential-issuer'))).json();
    const { credential_endpoint, deferred_credential_endpoint, credential_request_encryption: wanted } = metadata;
    if (![credential_endpoint, deferred_credential_endpoint].includes(url)) return server.fetch(url, init);
    assert(wanted.enc_values_supported.includes(enc) && metadata.credential_response_encryption.enc_values_supported.includes(enc));
    const key = await makeKey();
    const answerTo = { ...key.public, kid: 'answer', use: 'enc', alg: 'ECDH-ES' };
    const request = { ...JSON.parse(init.body), credential_response_encryption: { jwk: answerTo, enc } };
    const headers = new Headers(init.headers);
    headers.set('content-type', JWT);
    const answer = await server.fetch(url, { ...init, headers, body: await seal(request, wanted.jwks.keys[0], enc) });
    if (!answer.headers.get('content-type').startsWith(JWT)) {
      assert(!answer.ok, 'an answer in the clear');  // errors are not encrypted: section 8.3.1.2
      return answer;
    }
    const { message, header } = await open(await answer.text(), key.private);
    opened.push(header);
    return new Response(JSON.stringify(message), { status: answer.status, headers: { 'content-type': 'application/json' } });
  }
  return { fetch, opened };
}
