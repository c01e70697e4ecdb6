// run.mjs MODULE.wasm: a doctest program of the browser's build, with node's WebCrypto in the place of the browser's.
// Files are read through WASI. MIBUN_CASES, MIBUN_EXCEPT: doctest's filters.
import { readFile } from 'node:fs/promises';
import { webcrypto } from 'node:crypto';
import { WASI } from 'node:wasi';
import { instantiate } from '../../web/core/asyncify.mjs';
import { makeHost } from '../../web/core/host.mjs';

const { MIBUN_CASES = '*', MIBUN_EXCEPT = '' } = process.env;
const wasi = new WASI({ version: 'preview1', env: { MIBUN_CASES, MIBUN_EXCEPT }, preopens: { '/': '/' } });
const { instance, call } = await instantiate(await readFile(process.argv[2]), (view) => ({
  ...makeHost(view, webcrypto),
  others: { wasi_snapshot_preview1: wasi.wasiImport },
}));
wasi.initialize(instance);
process.exitCode = await call('mibun_run_tests');
