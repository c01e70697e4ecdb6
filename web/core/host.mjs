// What the browser (or node) does for the core: the imports of core/crypto/web/imports.h and core/codecs/web/zlib.cc on
// WebCrypto and the compression streams. Nothing is decided here. Plain JavaScript, so that tests in node and the web
// app load the same file.

import { fromBase64url } from './base64url.mjs';

const EC = { 256: 'P-256', 384: 'P-384', 521: 'P-521' };
const COORDINATE = { 256: 32, 384: 48, 521: 66 };
const SIGNATURE = { ecdsa: 1, ed25519: 2, rsa_pkcs1: 3, rsa_pss: 4 };

// edwards25519 (RFC 8032, section 5.1): x exists for y when (y^2 - 1) (d y^2 + 1) is a square. Public values only.
const P = 2n ** 255n - 19n;
const power = (base, exponent) => {
  let out = 1n;
  for (base %= P; exponent > 0n; exponent >>= 1n, base = (base * base) % P) if (exponent & 1n) out = (out * base) % P;
  return out;
};
const D = (((P - 121665n) * power(121666n, P - 2n)) % P + P) % P;
// FIPS 186-4, D.1.2: [p, b], where y^2 = x^3 - 3x + b. Not every browser looks whether a point lies there before it agrees on a
// secret with it, and what comes out then tells of the private key.
export const CURVES = {
  256: [2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n, 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn],
  384: [2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n, 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn],
  521: [2n ** 521n - 1n, 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n],
};
/** Big endian. */
export const numberOf = (bytes) => bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
const isOnCurve = (curve, point) => {
  const [p, b] = CURVES[curve];
  const x = numberOf(point.subarray(1, 1 + COORDINATE[curve]));
  const y = numberOf(point.subarray(1 + COORDINATE[curve]));
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
};
const hasEd25519Point = (y) => {
  const square = (y * y) % P;
  return power((square - 1n + P) * (D * square + 1n), (P - 1n) / 2n) === 1n;
};

// All of a compression stream's output, at most `max` bytes: null when there is more.
const throughStream = async (stream, bytes, max) => {
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => {}); // the reader says it too
  const parts = [];
  let size = 0;
  for (const reader = stream.readable.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > max) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
  await written;
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

// `view()`: the module's memory as it is now; it moves when it grows, so nothing keeps it over an await. Besides the imports:
// `memory` and `keep` are for imports that stand elsewhere (vault.mjs and its neighbours); after `forget` no number
// stands for a key any more.
export const makeHost = (view, webcrypto = globalThis.crypto) => {
  const { subtle } = webcrypto;
  const copy = (at, size) => view().slice(at, at + size);
  const put = (at, bytes) => {
    view().set(new Uint8Array(bytes), at);
    return bytes.byteLength;
  };

  // Keys by number; never handed back to C++.
  let keys = new Map();
  let lastKey = 0;
  const keep = (key) => {
    keys.set(++lastKey, key);
    return lastKey;
  };
  const forget = () => {
    keys = null; // whoever asks for a key from now on is refused
  };
  const publicPart = (jwk, curve) => {
    if (curve === 25519) return fromBase64url(jwk.x);
    return Uint8Array.from([4, ...fromBase64url(jwk.x), ...fromBase64url(jwk.y)]);
  };
  const withoutPrivate = ({ kty, crv, x, y }) => ({ kty, crv, x, y });
  const signAlgorithm = (curve) => (curve === 25519 ? 'Ed25519' : { name: 'ECDSA', namedCurve: EC[curve] });

  const verifyKey = (kind, digest, parameter) => {
    if (kind === SIGNATURE.ecdsa) return { name: 'ECDSA', namedCurve: EC[parameter] };
    if (kind === SIGNATURE.ed25519) return { name: 'Ed25519' };
    return { name: kind === SIGNATURE.rsa_pss ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: `SHA-${digest}` };
  };
  const verifyAlgorithm = (kind, digest, parameter) => {
    if (kind === SIGNATURE.ecdsa) return { name: 'ECDSA', hash: `SHA-${digest}` };
    if (kind === SIGNATURE.rsa_pss) return { name: 'RSA-PSS', saltLength: parameter };
    return verifyKey(kind, digest, parameter).name;
  };

  // `whole`: PKCS #8; overwritten.
  const importBytes = async (curve, whole, out) => {
    const sign = await subtle.importKey('pkcs8', whole, signAlgorithm(curve), true, ['sign']);
    const agree =
      curve === 25519 ? null : await subtle.importKey('pkcs8', whole, { name: 'ECDH', namedCurve: EC[curve] }, false, ['deriveBits']);
    whole.fill(0);
    const jwk = await subtle.exportKey('jwk', sign);
    put(out, publicPart(withoutPrivate(jwk), curve));
    return keep({ curve, sign, agree, part: fromBase64url(jwk.d) });
  };

  let waiting = null; // what take() will ask for
  const wait = (bytes) => {
    waiting = bytes;
    return bytes.length;
  };
  const text = (at, size) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(copy(at, size));

  const atOnce = {
    random: (out, size) => {
      for (let at = 0; at < size; at += 65536) webcrypto.getRandomValues(view().subarray(out + at, out + Math.min(size, at + 65536)));
    },
    release_key: (key) => void keys?.delete(key),
    has_ed25519_point: (at) => {
      return hasEd25519Point(numberOf(copy(at, 32).reverse())) ? 1 : 0;
    },
    take: (out) => {
      put(out, waiting);
      waiting = null;
    },
  };

  const later = {
    digest: async (bits, data, size, out) => put(out, await subtle.digest(`SHA-${bits}`, copy(data, size))),
    hmac_sha256: async (key, keySize, data, size, out) => {
      const message = copy(data, size);
      // WebCrypto has no empty keys; zeros up to the block are what RFC 2104 makes of them.
      const bytes = keySize === 0 ? new Uint8Array(64) : copy(key, keySize);
      const hmac = await subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
      return put(out, await subtle.sign('HMAC', hmac, message));
    },
    hkdf_sha256: async (key, keySize, salt, saltSize, info, infoSize, out, size) => {
      const parameters = { name: 'HKDF', hash: 'SHA-256', salt: copy(salt, saltSize), info: copy(info, infoSize) };
      const base = await subtle.importKey('raw', copy(key, keySize), 'HKDF', false, ['deriveBits']);
      return put(out, await subtle.deriveBits(parameters, base, size * 8));
    },
    has_point: async (curve, at, size) => {
      const point = copy(at, size);
      await subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: EC[curve] }, false, ['verify']);
      return isOnCurve(curve, point) ? 1 : 0;
    },
    verify: async (kind, digest, parameter, spki, spkiSize, message, size, signature, signatureSize) => {
      const signed = copy(message, size);
      const given = copy(signature, signatureSize);
      const key = await subtle.importKey('spki', copy(spki, spkiSize), verifyKey(kind, digest, parameter), false, ['verify']);
      return (await subtle.verify(verifyAlgorithm(kind, digest, parameter), key, given, signed)) ? 1 : 0;
    },
    make_key: async (curve, out) => {
      const pair = await subtle.generateKey(signAlgorithm(curve), curve !== 25519, ['sign', 'verify']);
      const jwk = await subtle.exportKey('jwk', pair.publicKey);
      if (curve === 25519) {
        put(out, publicPart(jwk, curve));
        return keep({ curve, sign: pair.privateKey });
      }
      // One key for two uses, which WebCrypto keeps apart: it is read again as each and then forgotten.
      const whole = await subtle.exportKey('pkcs8', pair.privateKey);
      const sign = await subtle.importKey('pkcs8', whole, signAlgorithm(curve), false, ['sign']);
      const agree = await subtle.importKey('pkcs8', whole, { name: 'ECDH', namedCurve: EC[curve] }, false, ['deriveBits']);
      new Uint8Array(whole).fill(0);
      put(out, publicPart(jwk, curve));
      return keep({ curve, sign, agree });
    },
    import_key: async (curve, pkcs8, size, out) => importBytes(curve, copy(pkcs8, size), out),
    sign: async (key, digest, message, size, out) => {
      const { curve, sign } = keys.get(key);
      const algorithm = curve === 25519 ? 'Ed25519' : { name: 'ECDSA', hash: `SHA-${digest}` };
      return put(out, await subtle.sign(algorithm, sign, copy(message, size)));
    },
    private_part: async (key, out) => put(out, keys.get(key).part),
    agree: async (key, point, out) => {
      const { curve, agree } = keys.get(key);
      const named = { name: 'ECDH', namedCurve: EC[curve] };
      const peer = await subtle.importKey('raw', copy(point, 2 * COORDINATE[curve] + 1), named, false, []);
      return put(out, await subtle.deriveBits({ name: 'ECDH', public: peer }, agree, 8 * COORDINATE[curve]));
    },
    aes_gcm: async (opens, key, keySize, iv, aad, aadSize, data, size, out) => {
      const parameters = { name: 'AES-GCM', iv: copy(iv, 12), additionalData: copy(aad, aadSize) };
      const bytes = copy(data, size);
      const aes = await subtle.importKey('raw', copy(key, keySize), 'AES-GCM', false, ['encrypt', 'decrypt']);
      return put(out, await (opens ? subtle.decrypt(parameters, aes, bytes) : subtle.encrypt(parameters, aes, bytes)));
    },
    // WebCrypto wraps keys only: the bytes are made one whose length is free.
    aes_kw: async (opens, key, keySize, data, size, out) => {
      const bytes = copy(data, size);
      const aes = await subtle.importKey('raw', copy(key, keySize), 'AES-KW', false, ['wrapKey', 'unwrapKey']);
      const any = { name: 'HMAC', hash: 'SHA-256' };
      if (opens) {
        const inside = await subtle.unwrapKey('raw', bytes, aes, 'AES-KW', any, true, ['sign']);
        return put(out, await subtle.exportKey('raw', inside));
      }
      const inside = await subtle.importKey('raw', bytes, any, true, ['sign']);
      return put(out, await subtle.wrapKey('raw', inside, aes, 'AES-KW'));
    },
    inflate: async (data, size, max) => {
      const out = await throughStream(new DecompressionStream('deflate'), copy(data, size), max);
      return out === null ? -2 : wait(out);
    },
    deflate: async (data, size) => wait(await throughStream(new CompressionStream('deflate'), copy(data, size), Infinity)),
  };
  return { atOnce, later, importBytes, keep, forget, memory: { copy, put, text, wait } };
};
