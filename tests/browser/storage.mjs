// Everything that a page's origin keeps in the browser, and whether texts can be found in it.
import assert from "node:assert/strict";

// Runs in the page: each byte string and text that is kept, in base64, and what could be a key.
const collect = `(async () => {
  const places = [];
  const keys = [];
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const take = (value) => {
    if (value === null || value === undefined || ["number", "boolean"].includes(typeof value)) return;
    if (typeof value === "string") places.push(base64(new TextEncoder().encode(value)));
    else if (value instanceof ArrayBuffer) places.push(base64(new Uint8Array(value)));
    else if (ArrayBuffer.isView(value)) places.push(base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
    else if (value instanceof CryptoKey) keys.push(value.algorithm.name + (value.extractable ? " extractable" : ""));
    else if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) Object.entries(value).flat().forEach(take);
    else throw new Error(value.constructor.name + " in the storage");
  };
  const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    take(name);
    for (const store of database.objectStoreNames) {
      const kept = database.transaction(store).objectStore(store);
      take([store, await done(kept.getAllKeys()), await done(kept.getAll())]);
    }
    database.close();
  }
  for (const storage of [localStorage, sessionStorage]) take(Object.entries(storage));
  take([document.cookie, location.href, JSON.stringify(history.state), document.title]);
  const files = [];
  for (const name of await caches.keys()) {
    take(name);
    for (const { url } of await (await caches.open(name)).keys()) files.push(url);
  }
  return { places, keys, files };
})()`;

const forms = (text) => {
  const bytes = Buffer.from(text);
  return [bytes, Buffer.from(text, "utf16le"), ...["base64", "base64url", "hex"].map((form) => Buffer.from(bytes.toString(form)))];
};

// Which of `texts` stand in it, as they are or as texts would carry them. `files`: the addresses that the offline copy has.
export async function findInStorage(page, texts) {
  for (const text of texts) assert.ok(Buffer.byteLength(text) >= 5, `${text} is too short: it may be there by chance`);
  const { places, keys, files } = await page.evaluate(collect);
  const bytes = places.map((place) => Buffer.from(place, "base64"));
  const found = texts.filter((text) => forms(text).some((form) => bytes.some((place) => place.includes(form))));
  return { found, keys, files, size: bytes.reduce((sum, { length }) => sum + length, 0) };
}
