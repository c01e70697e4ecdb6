// run.mjs MODULE.wasm: a program of tests of the browser's build, with node's WebCrypto in the place of the browser's.
// Files are read through WASI; the environment is this process's.
import { readFile } from 'node:fs/promises';
import { webcrypto } from 'node:crypto';
import { WASI } from 'node:wasi';
import { instantiate } from '../../web/core/module.mjs';
import { makeHost } from '../../web/core/host.mjs';
import { withKeysFromOutside } from './outside_keys.mjs';

const wasi = new WASI({ version: 'preview1', env: process.env, preopens: { '/': '/' } });
const { instance, call } = await instantiate(await readFile(process.argv[2]), (view) => ({
  ...withKeysFromOutside(makeHost(view, webcrypto), webcrypto),
  others: { wasi_snapshot_preview1: wasi.wasiImport },
}));
wasi.initialize({ exports: { memory: instance.exports.memory } });
await call('_initialize'); // by ours: constants of the tests are made with WebCrypto
process.exitCode = await call('mibun_run_tests');
