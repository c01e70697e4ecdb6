// Keeps one whole version of the page for use without a network. The build puts in which files that are, with their hashes;
// their names are those beside this script, "" is the page itself.
/* global FILES, MODULES, VERSION, WORDS */
const root = new URL("./", self.location.href).pathname;
// An origin may have a page in each of several folders.
const caching = `mibun ${root} `;
const cacheName = caching + VERSION;
// Of the module's two forms the page takes one, and the other stays on the server; as in web/core/module.mjs.
const notTaken = Object.values("Suspending" in WebAssembly && "promising" in WebAssembly ? MODULES.asyncify : MODULES.plain);

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

// A server that changes to another version halfway gives a file with another hash: then nothing is installed.
async function fetchWhole(name) {
  const path = root + name;
  const response = await fetch(path, { cache: "reload" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  const found = hex(await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer()));
  if (found !== FILES[name]) throw new Error(`${path} is of another version`);
  return response;
}

async function install() {
  const names = Object.keys(FILES).filter((name) => !notTaken.includes(name));
  const files = await Promise.all(names.map(async (name) => [name, await fetchWhole(name)]));
  const cache = await caches.open(cacheName);
  await Promise.all(files.map(([name, response]) => cache.put(root + name, response)));
}

async function removeOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(caching) && name !== cacheName).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// Only what belongs to this version, and only from it; everything else goes to the server.
async function answer(path, request) {
  const kept = await (await caches.open(cacheName)).match(path);
  return kept ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(removeOthers()));
// A new version waits: nobody loses a half-filled screen, and no page runs with files of two versions.
self.addEventListener("message", ({ data }) => {
  if (data === "switch") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { method, url, mode } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin) return;
  if (!pathname.startsWith(root)) return;
  const asked = pathname.slice(root.length);
  const name = mode === "navigate" && asked === "index.html" ? "" : asked;
  if (Object.hasOwn(FILES, name)) event.respondWith(answer(root + name, event.request));
});

// What the page keeps for here: the language it speaks. Beside the versions, which come and go.
async function language() {
  const kept = await (await caches.open("mibun-language")).match(`${root}language`);
  const name = kept ? await kept.text() : self.navigator.language;
  return name.startsWith("en") ? "en" : "ja";
}

// Which kind of notice there is; of what a push service brings nothing else is used, and nothing is shown.
function kindOf(data) {
  try {
    const { kind } = data.json();
    return typeof kind === "string" ? kind : "";
  } catch {
    return "";
  }
}

async function notify(data) {
  const lang = await language();
  const kind = kindOf(data);
  const words = WORDS[lang];
  const known = Object.hasOwn(words, kind);
  const { title, text } = known ? words[kind] : words.any;
  await self.registration.showNotification(title, { body: text, lang, tag: known ? kind : "any", icon: `${root}icon-192.png` });
}

async function openWallet() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => new URL(url).pathname.startsWith(root));
  return page ? page.focus() : self.clients.openWindow(root);
}

self.addEventListener("push", (event) => event.waitUntil(notify(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openWallet());
});
