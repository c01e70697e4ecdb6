// The way of suspending for every browser: wasm-opt has rewritten the module (Asyncify), so that it can leave all its calls
// and come back into them. One call at a time: overlapping ones would write over one another's stack.

const STACK = 1 << 20; // bytes for the frames of a suspended call

/** `begin(exports)` comes before the first `run`. `suspending(work)`: an import for work that answers later, and never refuses.
 * `goOn` throws when the module must not go on. */
export const asyncify = (goOn) => {
  let exports;
  let frames;
  let state = 'running';
  let pending;
  let answer;

  const suspending = (work) => (...parameters) => {
    if (state === 'rewinding') {
      exports.asyncify_stop_rewind();
      state = 'running';
      return answer;
    }
    pending = work(...parameters);
    exports.asyncify_start_unwind(frames);
    state = 'unwinding';
    return 0;
  };

  const prepare = () => {
    const at = exports.mibun_allocate(STACK + 8);
    new Uint32Array(exports.memory.buffer).set([at + 8, at + 8 + STACK], at >> 2);
    return at;
  };
  const run = async (name, parameters) => {
    frames ??= prepare();
    let result = exports[name](...parameters);
    while (state === 'unwinding') {
      exports.asyncify_stop_unwind();
      state = 'waiting';
      answer = await pending;
      goOn();
      state = 'rewinding';
      exports.asyncify_start_rewind(frames);
      result = exports[name](...parameters);
    }
    return result;
  };
  const begin = (made) => {
    exports = made;
  };
  return { suspending, begin, run };
};
