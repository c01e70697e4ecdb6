// run.mjs MODULE.wasm: a program of tests of the browser's build, with node's WebCrypto in the place of the browser's.
// Files are read through WASI; the environment is this process's.
import { readFile } from 'node:fs/promises';
import { webcrypto } from 'node:crypto';
import { WASI } from 'node:wasi';
import { instantiate } from '../../web/core/asyncify.mjs';
import { makeHost } from '../../web/core/host.mjs';

const wasi = new WASI({ version: 'preview1', env: process.env, preopens: { '/': '/' } });
// Keys that the browser makes stay in it; the tests look at some, so here they are made outside and brought in.
const withKeysFromOutside = ({ atOnce, later, importBytes }) => {
  const make_key = async (curve, out) => {
    const algorithm = curve === 25519 ? 'Ed25519' : { name: 'ECDSA', namedCurve: `P-${curve}` };
    const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    return importBytes(curve, new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)), out);
  };
  return { atOnce, later: { ...later, make_key } };
};
const { instance, call } = await instantiate(await readFile(process.argv[2]), (view) => ({
  ...withKeysFromOutside(makeHost(view, webcrypto)),
  others: { wasi_snapshot_preview1: wasi.wasiImport },
}));
wasi.initialize({ exports: { memory: instance.exports.memory } });
await call('_initialize'); // by ours: constants of the tests are made with WebCrypto
process.exitCode = await call('mibun_run_tests');
