// base64url without padding (RFC 4648, section 5), as WebAuthn's JSON forms and JWKs carry bytes.

/** @param {string} text @returns {Uint8Array} */
export const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

/** @param {ArrayBuffer | Uint8Array} bytes @returns {string} */
export const toBase64url = (bytes) =>
  btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
