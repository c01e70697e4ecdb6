// The way of suspending for browsers that do it by themselves (JavaScript Promise Integration): the module is as the compiler
// made it, a quarter smaller and no slower. Between the export and the import that waits stand calls of the module alone.

/** As asyncify. */
export const promising = (goOn) => {
  let exports;
  const begin = (made) => {
    exports = made;
  };
  const suspending = (work) =>
    new WebAssembly.Suspending(async (...parameters) => {
      const answer = await work(...parameters);
      goOn();
      return answer;
    });
  const run = (name, parameters) => WebAssembly.promising(exports[name])(...parameters);
  return { suspending, begin, run };
};
