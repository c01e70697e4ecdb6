// Runs a module that wasm-opt has made suspendable (Asyncify): a call into it may stop in an import, wait for the
// browser, and go on. One call at a time; others queue, because overlapping ones would write over one another's stack. A call
// that waits cannot be taken back, but after stop() it never goes on: it rejects once what it waits for is there.

const STACK = 1 << 20; // bytes for the frames of a suspended call

// `wasm`: bytes, or a compiled module. `makeImports(view)`: {atOnce, later} of the module "host", and others by their modules.
export const instantiate = async (wasm, makeImports) => {
  let exports;
  let frames;
  let state = 'running';
  let pending;
  let answer;
  let stopped = false;
  const view = () => new Uint8Array(exports.memory.buffer);

  const suspending = (work) => (...parameters) => {
    if (state === 'rewinding') {
      exports.asyncify_stop_rewind();
      state = 'running';
      return answer;
    }
    // A browser's refusal is a negative answer, never an exception that leaves the module half unwound.
    pending = work(...parameters).catch(() => -1);
    exports.asyncify_start_unwind(frames);
    state = 'unwinding';
    return 0;
  };

  const { atOnce, later, others } = makeImports(view);
  const host = { ...atOnce };
  for (const [name, work] of Object.entries(later)) host[name] = suspending(work);
  const made = await WebAssembly.instantiate(wasm, { host, ...others });
  const instance = made.instance ?? made; // a compiled module's answer is the instance alone
  ({ exports } = instance);

  const prepare = () => {
    const at = exports.mibun_allocate(STACK + 8);
    new Uint32Array(exports.memory.buffer).set([at + 8, at + 8 + STACK], at >> 2);
    return at;
  };
  const goOn = () => {
    if (stopped) throw new Error('the module was stopped');
  };
  const run = async (name, parameters) => {
    goOn();
    frames ??= prepare();
    let result = exports[name](...parameters);
    while (state === 'unwinding') {
      exports.asyncify_stop_unwind();
      answer = await pending;
      goOn();
      state = 'rewinding';
      exports.asyncify_start_rewind(frames);
      result = exports[name](...parameters);
    }
    return result;
  };
  let last = Promise.resolve();
  const call = (name, ...parameters) => {
    const mine = last.then(() => run(name, parameters));
    last = mine.catch(() => {});
    return mine;
  };
  const stop = () => {
    stopped = true;
  };
  return { exports, view, call, stop, instance };
};
