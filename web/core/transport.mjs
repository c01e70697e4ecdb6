// Requests, on fetch: no cookies, no cache, no redirect followed, bounded in time and length. Gives the import http.

const NO_CONNECTION = -2;
const TIMEOUT = -3;
const REDIRECT = -4;
const TOO_LONG = -5;

const LIMITS = { milliseconds: 30_000, bytes: 4 << 20 };

/** A request to the server's public origin goes to the page's own, where the same server listens; the rest is untouched. */
export const mapOrigin = (url, publicOrigin, pageOrigin) => {
  const { origin, pathname, search, username, password } = new URL(url);
  if (origin !== publicOrigin || username !== '' || password !== '') return url;
  return `${pageOrigin}${pathname}${search}`;
};

// A browser hides it behind a type; node shows its status.
const isRedirect = ({ type, status, headers }) =>
  type === 'opaqueredirect' || (status >= 300 && status < 400 && headers.has('location'));

// At most `max` bytes of the body; null when there are more, and what follows is not waited for.
const readBody = async (response, max) => {
  const parts = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > max) {
      await reader.cancel();
      return null;
    }
    parts.push(part.value);
  }
  return parts;
};

// As C++ takes it: the length of the head (4 bytes, little endian), the head, the body.
const pack = (response, parts) => {
  const head = new TextEncoder().encode(JSON.stringify({ status: response.status, headers: [...response.headers] }));
  const out = new Uint8Array(4 + head.length + parts.reduce((sum, part) => sum + part.length, 0));
  new DataView(out.buffer).setUint32(0, head.length, true);
  let at = 4;
  for (const part of [head, ...parts]) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/**
 * `memory`: of host.mjs. `ended`: the session's signal; a request that is on its way ends with it.
 * `origins`: {public, page}, or null where they are one.
 */
export const makeTransportImports = (memory, { ended, origins = null, fetch = globalThis.fetch, limits = LIMITS }) => {
  const { copy, text, wait } = memory;
  const send = async ({ method, url, headers }, body, signal) => {
    const response = await fetch(origins ? mapOrigin(url, origins.public, origins.page) : url, {
      method,
      headers,
      body,
      signal,
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    if (isRedirect(response)) return REDIRECT;
    const parts = await readBody(response, limits.bytes);
    return parts === null ? TOO_LONG : wait(pack(response, parts));
  };
  return {
    atOnce: {},
    later: {
      http: async (head, headSize, body, bodySize) => {
        const request = JSON.parse(text(head, headSize));
        const bytes = bodySize === 0 ? undefined : copy(body, bodySize);
        const timeout = AbortSignal.timeout(limits.milliseconds);
        try {
          return await send(request, bytes, AbortSignal.any([timeout, ended]));
        } catch (error) {
          if (ended.aborted) throw error;
          return timeout.aborted ? TIMEOUT : NO_CONNECTION;
        }
      },
    },
  };
};
