// Runs one program of tests, as tests/web/run.mjs does in node: {module, env} in, {failed, said} out.
import { instantiate } from '/web/core/module.mjs';
import { makeHost } from '/web/core/host.mjs';
import { withKeysFromOutside } from '/tests/web/outside_keys.mjs';
import { makeWasi } from '/tests/web/page/wasi.mjs';

onmessage = async ({ data: { module, env } }) => {
  const said = [];
  try {
    const wasm = await (await fetch(module)).arrayBuffer();
    const { call } = await instantiate(wasm, (view) => ({
      ...withKeysFromOutside(makeHost(view), crypto),
      others: { wasi_snapshot_preview1: makeWasi(() => view().buffer, { env, print: (text) => said.push(text) }) },
    }));
    await call('_initialize');
    postMessage({ failed: await call('mibun_run_tests'), said: said.join('') });
  } catch (error) {
    postMessage({ failed: -1, said: `${said.join('')}\n${error.stack}` });
  }
};
