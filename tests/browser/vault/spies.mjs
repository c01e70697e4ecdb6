// Sees what the vault does with the browser's keys: every secret that passes by is noted, so that the tests know what must
// be found nowhere. Keys and modules are held weakly: what the wallet has let go of, the browser may collect.

export const seen = { secrets: [], scalars: [], secretBuffers: [], keys: [], modules: [], passkeys: 0, signatures: 0, at: {} };

const after = (object, name, note) => {
  const original = object[name];
  object[name] = async function (...parameters) {
    const noted = note.before?.(parameters);
    const out = await original.apply(this, parameters);
    await note.done?.(out, parameters, noted);
    return out;
  };
};
const noteKey = (key) => void seen.keys.push({ key: new WeakRef(key), type: key.type, extractable: key.extractable });

const { exportKey } = SubtleCrypto.prototype;
const noteScalar = async (key) => {
  const { d } = await exportKey.call(crypto.subtle, 'jwk', key);
  seen.scalars.push(Uint8Array.from(atob(d.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)));
};
for (const name of ['deriveKey', 'unwrapKey']) after(SubtleCrypto.prototype, name, { done: noteKey });
after(SubtleCrypto.prototype, 'sign', { before: () => void (seen.signatures += 1) });
after(SubtleCrypto.prototype, 'generateKey', {
  done: async (made) => {
    if (made instanceof CryptoKey) return noteKey(made);
    noteKey(made.privateKey);
    await noteScalar(made.privateKey);
  },
});
after(SubtleCrypto.prototype, 'importKey', {
  // The secret: a copy of what came, and the bytes themselves, to see what becomes of them.
  before: ([, bytes, algorithm]) => {
    if (algorithm !== 'HKDF') return;
    seen.secrets.push(bytes.slice());
    seen.secretBuffers.push(bytes);
  },
  done: noteKey,
});
// `seen.at`: what a test does at a moment, once.
const moment = (name) => {
  const act = seen.at[name];
  delete seen.at[name];
  act?.();
};
for (const name of ['create', 'get'])
  after(CredentialsContainer.prototype, name, {
    done: () => {
      seen.passkeys += 1;
      moment('passkey');
    },
  });
const { deleteDatabase } = IDBFactory.prototype; // the vault's first deed when it writes all that has waited
IDBFactory.prototype.deleteDatabase = function (name) {
  const request = deleteDatabase.call(this, name);
  moment('writing');
  return request;
};

// What stands behind an import that the browser suspends for, which cannot be called otherwise.
const works = new WeakMap();
export const callable = (one) => works.get(one) ?? one;
const { Suspending } = WebAssembly;
if (Suspending !== undefined) {
  WebAssembly.Suspending = function (work) {
    const made = new Suspending(work);
    works.set(made, work);
    return made;
  };
}

const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (wasm, imports) => {
  const made = await instantiate(wasm, imports);
  const instance = made.instance ?? made;
  seen.modules.push({ instance: new WeakRef(instance), host: new WeakRef(imports.host) });
  return made;
};
