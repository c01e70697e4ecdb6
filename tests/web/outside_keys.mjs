// Keys as the tests need them, where a browser keeps to itself what it makes, or takes a private key only together with its
// public one (Firefox; what it exports has both, and the wallet imports nothing else).
import { toBase64url } from '../../web/core/base64url.mjs';
import { CURVES, numberOf } from '../../web/core/host.mjs';

// SEC 2, sections 2.4.2 and 2.5.1: the order and the base point.
const GROUPS = {
  256: {
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    g: [0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n, 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n],
  },
  384: {
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    g: [
      0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
      0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
    ],
  },
};
const modulo = (a, p) => ((a % p) + p) % p;
const inverse = (a, p) => {
  let [r, before, s, last] = [modulo(a, p), p, 1n, 0n];
  while (r !== 0n) {
    const q = before / r;
    [before, r, last, s] = [r, before - q * r, s, last - q * s];
  }
  return modulo(last, p);
};
const sum = (p, a, b) => {
  if (a === null || b === null) return a ?? b;
  if (a[0] === b[0] && a[1] !== b[1]) return null;
  const slope = a[0] === b[0] ? (3n * a[0] * a[0] - 3n) * inverse(2n * a[1], p) : (b[1] - a[1]) * inverse(b[0] - a[0], p);
  const x = modulo(slope * slope - a[0] - b[0], p);
  return [x, modulo(slope * (a[0] - x) - a[1], p)];
};

const bytesOf = (number, size) => Uint8Array.from({ length: size }, (_, i) => Number((number >> BigInt(8 * (size - 1 - i))) & 0xffn));

// The private key with the public one beside it.
const whole = async (subtle, curve, scalar) => {
  const [p] = CURVES[curve];
  const { n, g } = GROUPS[curve];
  const d = numberOf(scalar);
  if (d === 0n || d >= n) throw new Error('no key of this curve');
  let point = null;
  for (let bit = scalar.length * 8 - 1; bit >= 0; --bit) {
    point = sum(p, point, point);
    if ((d >> BigInt(bit)) & 1n) point = sum(p, point, g);
  }
  const [x, y] = point.map((coordinate) => toBase64url(bytesOf(coordinate, scalar.length)));
  const jwk = { kty: 'EC', crv: `P-${curve}`, d: toBase64url(scalar), x, y };
  const key = await subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: jwk.crv }, true, ['sign']);
  return new Uint8Array(await subtle.exportKey('pkcs8', key));
};

/** `host`: of makeHost. */
export const withKeysFromOutside = ({ atOnce, later, importBytes, memory }, { subtle }) => {
  const make_key = async (curve, out) => {
    const algorithm = curve === 25519 ? 'Ed25519' : { name: 'ECDSA', namedCurve: `P-${curve}` };
    const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
    return importBytes(curve, new Uint8Array(await subtle.exportKey('pkcs8', pair.privateKey)), out);
  };
  const import_key = async (curve, pkcs8, size, out) => {
    const bytes = memory.copy(pkcs8, size);
    try {
      return await importBytes(curve, bytes.slice(), out);
    } catch (error) {
      if (!(curve in GROUPS)) throw error;
      return importBytes(curve, await whole(subtle, curve, bytes.slice(-curve / 8)), out); // the scalar stands last
    }
  };
  return { atOnce, later: { ...later, make_key, import_key } };
};
