// Keys that the browser makes stay in it; the tests look at some, so for them they are made outside and brought in.
export const withKeysFromOutside = ({ atOnce, later, importBytes }, { subtle }) => {
  const make_key = async (curve, out) => {
    const algorithm = curve === 25519 ? 'Ed25519' : { name: 'ECDSA', namedCurve: `P-${curve}` };
    const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
    return importBytes(curve, new Uint8Array(await subtle.exportKey('pkcs8', pair.privateKey)), out);
  };
  return { atOnce, later: { ...later, make_key } };
};
