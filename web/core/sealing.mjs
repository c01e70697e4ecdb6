// Three keys out of one secret, the passkey's PRF output, and what each may do: wrap card keys, seal records, hide the
// records' names. None can be read out. Whatever is sealed says what it is and whose (AAD), so that nothing opens in the
// place of something else: docs/formats/browser_vault.md.

const P256 = { sign: { name: 'ECDSA', namedCurve: 'P-256' }, agree: { name: 'ECDH', namedCurve: 'P-256' } };
const AES = { name: 'AES-GCM', length: 256 };
const HMAC = { name: 'HMAC', hash: 'SHA-256', length: 256 };
const IV = 12;

const utf8 = (text) => new TextEncoder().encode(text);
const join = (...parts) => {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return out;
};
const aad = (kind, name) => join(utf8(`${kind}\0`), typeof name === 'string' ? utf8(name) : name);

export class Sealing {
  #webcrypto;
  #keys;

  constructor(webcrypto, keys) {
    this.#webcrypto = webcrypto;
    this.#keys = keys;
  }

  // `secret`: overwritten as soon as the browser has it.
  static async fromSecret(webcrypto, secret) {
    const { subtle } = webcrypto;
    const base = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']).finally(() => secret.fill(0));
    const derive = (purpose, algorithm, uses) => {
      const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(`mibun wallet 1: ${purpose}`) };
      return subtle.deriveKey(hkdf, base, algorithm, false, uses);
    };
    return new Sealing(webcrypto, {
      wrapping: await derive('card keys', AES, ['wrapKey', 'unwrapKey']),
      records: await derive('records', AES, ['encrypt', 'decrypt']),
      names: await derive('record names', HMAC, ['sign']),
    });
  }

  // For keys that are made before there is a passkey; it never leaves this page's memory.
  static async forNow(webcrypto) {
    const { subtle } = webcrypto;
    return new Sealing(webcrypto, {
      wrapping: await subtle.generateKey(AES, false, ['wrapKey', 'unwrapKey']),
      records: await subtle.generateKey(AES, false, ['encrypt', 'decrypt']),
    });
  }

  #parameters(kind, name, iv) {
    return { name: 'AES-GCM', iv, additionalData: aad(kind, name) };
  }
  #iv() {
    return this.#webcrypto.getRandomValues(new Uint8Array(IV));
  }

  // `kind` and `name`: what this is and whose; opening takes the same.
  async seal(kind, name, bytes) {
    const iv = this.#iv();
    return join(iv, await this.#webcrypto.subtle.encrypt(this.#parameters(kind, name, iv), this.#keys.records, bytes));
  }
  async open(kind, name, sealed) {
    const parameters = this.#parameters(kind, name, sealed.slice(0, IV));
    return new Uint8Array(await this.#webcrypto.subtle.decrypt(parameters, this.#keys.records, sealed.slice(IV)));
  }

  async storedName(name) {
    return new Uint8Array(await this.#webcrypto.subtle.sign('HMAC', this.#keys.names, utf8(name)));
  }

  async wrap(id, privateKey) {
    const iv = this.#iv();
    const parameters = this.#parameters('key', id, iv);
    return join(iv, await this.#webcrypto.subtle.wrapKey('pkcs8', privateKey, this.#keys.wrapping, parameters));
  }
  #unwrap(id, wrapped, algorithm, extractable, uses) {
    const parameters = this.#parameters('key', id, wrapped.slice(0, IV));
    const { subtle } = this.#webcrypto;
    return subtle.unwrapKey('pkcs8', wrapped.slice(IV), this.#keys.wrapping, parameters, algorithm, extractable, uses);
  }
  // One key for two uses, which WebCrypto keeps apart; it cannot be read out of either.
  async unwrap(id, wrapped) {
    return {
      sign: await this.#unwrap(id, wrapped, P256.sign, false, ['sign']),
      agree: await this.#unwrap(id, wrapped, P256.agree, false, ['deriveBits']),
    };
  }
  // The same key wrapped by `other`; in between it can be read out, by nobody but this function.
  async rewrap(id, wrapped, other) {
    return other.wrap(id, await this.#unwrap(id, wrapped, P256.sign, true, ['sign']));
  }

  // A new key: wrapped, and its public point. Only while it is wrapped could it be read out.
  async makeKey(id) {
    const { subtle } = this.#webcrypto;
    const pair = await subtle.generateKey(P256.sign, true, ['sign', 'verify']);
    const point = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
    return { wrapped: await this.wrap(id, pair.privateKey), point };
  }
}
