// As much of WASI as the tests' modules ask for, in a browser's worker: one folder to read from, "/", which is the server
// this page came from; what is written goes to `print`.

const OK = 0, BADF = 8, NOENT = 44;
const ROOT = 3; // the file descriptor of "/"

// A worker may wait for an answer; the page itself may not.
const read = (path) => {
  const request = new XMLHttpRequest();
  request.open('GET', path, false);
  request.responseType = 'arraybuffer';
  request.send();
  return request.status === 200 ? new Uint8Array(request.response) : null;
};

export const makeWasi = (memory, { env, print }) => {
  const files = new Map(); // file descriptor -> {bytes, at}
  let last = ROOT;
  const data = () => new DataView(memory());
  const bytes = (at, size) => new Uint8Array(memory(), at, size);
  const put32 = (at, value) => data().setUint32(at, value, true);
  const put64 = (at, value) => data().setBigUint64(at, BigInt(value), true);
  const texts = Object.entries(env).map(([name, value]) => new TextEncoder().encode(`${name}=${value}\0`));
  const decoder = new TextDecoder();

  const parts = (at, count) => Array.from({ length: count }, (_, i) => [data().getUint32(at + 8 * i, true), data().getUint32(at + 8 * i + 4, true)]);

  return {
    environ_sizes_get: (count, size) => {
      put32(count, texts.length);
      put32(size, texts.reduce((sum, text) => sum + text.length, 0));
      return OK;
    },
    environ_get: (pointers, at) => {
      for (const text of texts) {
        put32(pointers, at);
        bytes(at, text.length).set(text);
        pointers += 4;
        at += text.length;
      }
      return OK;
    },
    clock_time_get: (id, _precision, at) => {
      put64(at, Math.round((id === 0 ? performance.timeOrigin + performance.now() : performance.now()) * 1e6));
      return OK;
    },
    fd_prestat_get: (fd, at) => {
      if (fd !== ROOT) return BADF;
      put32(at, 0); // a folder
      put32(at + 4, 1);
      return OK;
    },
    fd_prestat_dir_name: (fd, at) => {
      bytes(at, 1).set([0x2f]);
      return OK;
    },
    fd_fdstat_get: (fd, at) => {
      bytes(at, 24).fill(0);
      bytes(at, 1).set([fd === ROOT ? 3 : fd > ROOT ? 4 : 2]); // folder, file, terminal
      put64(at + 8, 0xffffffffffffffffn);
      put64(at + 16, 0xffffffffffffffffn);
      return OK;
    },
    fd_fdstat_set_flags: () => OK,
    path_open: (_dir, _lookup, path, size, _flags, _rights, _inheriting, _fdflags, out) => {
      const found = read(`/${decoder.decode(bytes(path, size).slice())}`);
      if (found === null) return NOENT;
      files.set(++last, { bytes: found, at: 0 });
      put32(out, last);
      return OK;
    },
    fd_read: (fd, at, count, out) => {
      const file = files.get(fd);
      if (file === undefined) return BADF;
      let done = 0;
      for (const [to, size] of parts(at, count)) {
        const part = file.bytes.subarray(file.at, file.at + size);
        bytes(to, part.length).set(part);
        file.at += part.length;
        done += part.length;
      }
      put32(out, done);
      return OK;
    },
    fd_seek: (fd, offset, whence, out) => {
      const file = files.get(fd);
      if (file === undefined) return BADF;
      file.at = Number(offset) + [0, file.at, file.bytes.length][whence];
      put64(out, file.at);
      return OK;
    },
    fd_close: (fd) => (files.delete(fd) ? OK : BADF),
    fd_write: (_fd, at, count, out) => {
      let done = 0;
      for (const [from, size] of parts(at, count)) {
        print(decoder.decode(bytes(from, size).slice()));
        done += size;
      }
      put32(out, done);
      return OK;
    },
    proc_exit: (code) => {
      throw new Error(`exit ${code}`);
    },
  };
};
