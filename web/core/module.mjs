// Runs a module whose calls may stop in an import, wait for the browser, and go on. One call at a time; others queue. A call
// that waits cannot be taken back, but after stop() it never goes on: it rejects once what it waits for is there.
import { asyncify } from './asyncify.mjs';
import { once } from './once.mjs';
import { promising } from './promising.mjs';

/** Whether this browser suspends a module by itself (JavaScript Promise Integration), so that the smaller one will do. */
export const suspendsByItself = () => 'Suspending' in WebAssembly && 'promising' in WebAssembly;

// Whoever calls what has not come yet ends the module: it is in no known state then.
const missing = () => {
  throw new Error('the second part of the module is not there yet');
};
const placeholders = new Proxy({}, { get: () => missing });

// `wasm`: bytes, or a compiled module; it says itself whether wasm-opt has made it suspendable. `makeImports(view)`: {atOnce,
// later} of the module "host", and others by their modules. `rest`: of a module in two parts (docs/decisions/0082) a function that
// promises the compiled second one, whose functions come into the table of the first with complete().
export const instantiate = async (wasm, makeImports, rest = null) => {
  const module = wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm);
  const instrumented = WebAssembly.Module.exports(module).some(({ name }) => name === 'asyncify_start_unwind');
  let exports;
  let stopped = false;
  const view = () => new Uint8Array(exports.memory.buffer);
  const goOn = () => {
    if (stopped) throw new Error('the module was stopped');
  };
  const way = (instrumented ? asyncify : promising)(goOn);

  const { atOnce, later, others } = makeImports(view);
  const host = { ...atOnce };
  for (const [name, work] of Object.entries(later)) {
    // A browser's refusal is a negative answer, never an exception that leaves the module half unwound.
    host[name] = way.suspending((...parameters) => work(...parameters).catch(() => -1));
  }
  const instance = await WebAssembly.instantiate(module, { host, later: placeholders, ...others });
  ({ exports } = instance);
  way.begin(exports);

  const complete = once(async () => {
    if (rest !== null) await WebAssembly.instantiate(await rest(), { first: exports });
  });

  let last = Promise.resolve();
  const call = (name, ...parameters) => {
    const mine = last.then(() => {
      goOn();
      return way.run(name, parameters);
    });
    last = mine.catch(() => {});
    return mine;
  };
  const stop = () => {
    stopped = true;
  };
  return { exports, view, call, complete, stop, instance };
};
