// The page's build: every file with the hash of its content in its name, the same bytes every time; then the service worker,
// which is told the hash of each of them.
//   npm run build -- --outDir DIR                 with the core: WALLET_MODULES is where the module's parts are, wallet_first.wasm ...
//   npm run build -- --outDir DIR --mode example  with the example of a wallet instead, for the tests of the screens
import preact from "@preact/preset-vite";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { iconPng } from "./icons/png.mjs";
import { pushWords } from "./src/text/push_words.mjs";

const here = import.meta.dirname;
const tree = resolve(here, "../..");
const read = (path) => readFileSync(resolve(here, path));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

// "virtual:core": the core's wallet and its module in both forms, each in two parts, or the example.
const modules = {
  plain: { first: "wallet_plain_first.wasm", rest: "wallet_plain_rest.wasm" },
  asyncify: { first: "wallet_first.wasm", rest: "wallet_rest.wasm" },
};
const core = (example) => ({
  name: "core",
  resolveId: (id) => (id === "virtual:core" ? "\0virtual:core" : null),
  load(id) {
    if (id !== "\0virtual:core") return null;
    if (example) return `export { openWallet, module } from ${JSON.stringify(resolve(here, "test/example/wallet.ts"))};`;
    const folder = process.env.WALLET_MODULES;
    if (!folder) throw new Error("WALLET_MODULES must name the folder of the module's parts");
    const place = ([part, name]) => {
      const reference = this.emitFile({ type: "asset", name, source: readFileSync(resolve(folder, name)) });
      return `${part}: import.meta.ROLLUP_FILE_URL_${reference}`;
    };
    const places = Object.entries(modules).map(([form, parts]) => `${form}: { ${Object.entries(parts).map(place).join(", ")} }`);
    return `export { openWallet } from ${JSON.stringify(resolve(tree, "web/core/wallet.mjs"))};
      export const module = { ${places.join(", ")} };`;
  },
});

const licences = () =>
  [
    ["mibun", "../../LICENSE"],
    ["Preact", "node_modules/preact/LICENSE"],
    ["jsQR", "node_modules/jsqr/LICENSE"],
  ]
    .map(([name, path]) => `${name}\n${"=".repeat(name.length)}\n\n${read(path)}\n`)
    .join("\n");

const manifest = {
  name: "mibun 身分",
  short_name: "mibun",
  description: "デジタル身分証ウォレット / Digital ID wallet",
  lang: "ja",
  start_url: "./",
  scope: "./",
  display: "standalone",
  background_color: "#f4f6f9",
  theme_color: "#f4f6f9",
  icons: [
    { src: "icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
    { src: "icon-maskable.svg", sizes: "any", type: "image/svg+xml", purpose: "maskable" },
    { src: "icon-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
    { src: "icon-512.png", sizes: "512x512", type: "image/png", purpose: "any maskable" },
  ],
};

const link = (attrs) => ({ tag: "link", attrs, injectTo: "head" });

// What stands under fixed names, beside the page wherever that is.
const fixedFiles = () => ({
  name: "fixed-files",
  enforce: "post",
  transformIndexHtml: {
    order: "post",
    handler: () => [
      link({ rel: "manifest", href: "manifest.webmanifest" }),
      link({ rel: "icon", href: "icon.svg", type: "image/svg+xml" }),
      link({ rel: "apple-touch-icon", href: "icon-180.png" }),
    ],
  },
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      const add = (fileName, source) => this.emitFile({ type: "asset", fileName, source });
      add("manifest.webmanifest", JSON.stringify(manifest));
      add("icon.svg", read("icons/icon.svg"));
      add("icon-maskable.svg", read("icons/icon-maskable.svg"));
      for (const size of [180, 192, 512]) add(`icon-${size}.png`, iconPng(size));
      add("licences.txt", licences());
    },
  },
});

export default defineConfig(({ mode }) => {
  const example = mode === "example";
  return {
    root: here,
    base: "./",  // at the root of an origin, or in a folder of one
    publicDir: false,
    plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false }), core(example), fixedFiles(), serviceWorker()],
    build: {
      target: "es2022",
      emptyOutDir: true,
      cssCodeSplit: false,
      modulePreload: false,
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
    worker: { format: "es" },
  };
});

// Written last: it knows the hash of every other file, and has a name of its own for the cache of exactly these.
function serviceWorker() {
  return {
    name: "service-worker",
    enforce: "post",
    writeBundle: {
      order: "post",
      sequential: true,
      handler({ dir }, bundle) {
        const names = Object.keys(bundle).sort();
        const hashes = names.map((name) => [name === "index.html" ? "" : name, sha256(readFileSync(resolve(dir, name)))]);
        const version = sha256(JSON.stringify(hashes)).slice(0, 12);
        const placed = (name) => names.find((one) => bundle[one].names?.includes(name));
        const moduleNames = Object.fromEntries(Object.entries(modules).map(([form, { first, rest }]) => [form, { first: placed(first), rest: placed(rest) }]));
        const head = `const VERSION = ${JSON.stringify(version)};\nconst FILES = ${JSON.stringify(Object.fromEntries(hashes), null, 1)};\nconst MODULES = ${JSON.stringify(moduleNames)};\nconst WORDS = ${JSON.stringify(pushWords, null, 1)};\n`;
        writeFileSync(resolve(dir, "sw.js"), head + read("src/service_worker.js"));
      },
    },
  };
}
