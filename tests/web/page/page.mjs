// What the driver calls: window.run(module, env), one worker for each program of tests.
window.run = (module, env) =>
  new Promise((resolve) => {
    const worker = new Worker('/tests/web/page/worker.mjs', { type: 'module' });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = ({ message }) => resolve({ failed: -1, said: message });
    worker.postMessage({ module, env });
  });
