// Every screen of the wallet, built with an example in the place of the core (tools/web --example): in both languages and
// themes, on a phone and on a desktop, and on a phone in letters of twice the size and on its side, checked by axe, photographed; hostile texts;
// the keyboard alone; and that a violation of the content policy would be seen.
//   node screens.mjs BUILD OUTPUT [PART...]     only what has one of PART in its name: a chapter's, or a screen's with its
//                                               look (home ja-dark-phone); "chapters": all of these
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "../../web/wallet/src/qr/encode.ts";
import { buttonChapters } from "./buttons.mjs";
import { Browser } from "./devtools.mjs";
import { cameraFlags, filmFlags, filmOf, filmSize } from "./film.mjs";
import { click, countViolations, large, seen, sizes as usualSizes, type, withNetwork } from "./hands.mjs";
import { standingChapters } from "./standing.mjs";

// A phone on its side (WCAG 2.2, 1.3.4).
const landscape = { width: 844, height: 390 };
const sizes = { ...usualSizes, large, landscape };
const [build, output, ...parts] = process.argv.slice(2);
const wanted = (name) => parts.length === 0 || parts.some((part) => name.includes(part));
const axe = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../../web/wallet/node_modules/axe-core/axe.min.js"), "utf8");
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types sw";
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8" };

let demo = true;
let announced = []; // what the server tells everybody
let down = false;    // no answer to anybody
let changed = false; // another version of the page
let halfway = null;  // the path of a file that is of a third version already
// The code of one wallet, however it is written.
const stoppable = "7KQM-3XWB-9TFA-2HCD-5ZNR-V8YE";
function stops({ revocation_code: code }) {
  const letters = (text) => text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  if (letters(code) !== letters(stoppable)) return ["application/problem+json", JSON.stringify({ code: "revocation_code_wrong", detail: "detail" }), 403];
  return ["application/json", JSON.stringify({ revoked_at: "2026-11-28T21:34:00+09:00" })];
}
function answer(path, posted) {
  if (path === "/wallet.json") return ["application/json", JSON.stringify({ server: "https://localhost:8443", demo })];
  if (path === "/api/v1/public-notices") return ["application/json", JSON.stringify({ notices: announced })];
  if (path === "/api/v1/revocations") return stops(posted);
  if (path === "/demo/passport") return ["application/json", JSON.stringify({ files: { "EF.SOD": "MA", "EF.DG1": "YQ" }, signature: "AA" })];
  const name = path === "/" ? "/index.html" : path;
  return [types[extname(name)] ?? "application/octet-stream", readFileSync(join(resolve(build), name))];
}
const server = createServer(async (request, response) => {
  const { url } = request;
  if (down) return response.destroy();
  try {
    const path = new URL(url, "http://localhost").pathname.replace(/^\/wallet\//, "/"); // the page a second time, in a folder
    const parts = [];
    for await (const part of request) parts.push(part);
    let [type, body, status = 200] = answer(path, parts.length > 0 ? JSON.parse(Buffer.concat(parts)) : {});
    if (changed && path === "/sw.js") body = body.toString().replace(/VERSION = "[^"]*"/, 'VERSION = "another"');
    if (path === halfway) body = Buffer.concat([Buffer.from(body), Buffer.from("\n")]);
    response.writeHead(status, { "content-type": type, "content-security-policy": policy, "cache-control": "no-store" });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const origin = `http://localhost:${server.address().port}`;

async function resize(page, { width, height, letterPixels }) {
  await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  if (letterPixels !== undefined) await page.send("Page.setFontSizes", { fontSizes: { standard: letterPixels } });
}
// A page of its own profile, with language and theme chosen. Every violation of the policy is counted in the page.
async function open(query, { language = "ja", theme = "light", size = "phone", from = browser } = {}) {
  const page = await from.page();
  await resize(page, sizes[size]);
  await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-reduced-motion", value: "reduce" }] });
  await page.send("Page.addScriptToEvaluateOnNewDocument", {
    source: `${countViolations} ${withNetwork}
      localStorage.setItem("mibun.language", "${language}"); localStorage.setItem("mibun.theme", "${theme}");`,
  });
  await page.open(`${origin}/${query}`);
  await page.until("document.querySelector('h1') && window.example");
  await page.until("document.getElementById('main') || document.getElementById('again') || document.querySelector('main .progress')");
  return page;
}
const close = (page) => page.browser.send("Target.disposeBrowserContext", { browserContextId: page.profile });
const set = async (page, change) => {
  await page.evaluate(`Object.assign(example, ${change})`);
  await click(page, "tab-home");
};
const consent = "openid4vp://?client_id=x";
const offer = "openid-credential-offer://?credential_offer=x";
const openLink = async (page, link) => {
  await click(page, "tab-scan");
  await seen(page, "open-link");
  await type(page, "link", link);
  await click(page, "open-link");
};
const withRequest = (change) => async (page) => {
  await set(page, `{ request: { ...example.request, ${change} } }`);
  await openLink(page, consent);
};
const withOffer = (change) => async (page) => {
  await set(page, `{ offer: { ...example.offer, ${change} } }`);
  await openLink(page, offer);
};
// What the server tells everybody, as the page hears it when it comes back to the front.
async function tell(page, ...notices) {
  announced = notices;
  if (notices.length > 0) await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
}
const incident = { id: "p1", kind: "incident", text: { ja: "カードの発行が止まっています。復旧の見込みは18時です。", en: "Issuing cards has stopped. It should be back at 18:00." } };
const hostileText = "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script>\u202eevil";
const hostileChange = { id: "p2", kind: "change", text: { ja: hostileText, en: hostileText } };
const registrationOf = (page) =>
  new Promise((resolve, reject) => {
    page.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`);
      if (own) resolve(own.registrationId);
    });
    page.send("ServiceWorker.enable").catch(reject);
  });
// What the service worker opens when a notification is pressed, while no page of the wallet is there.
async function pressedNotification(page) {
  const { targetInfos } = await page.browser.send("Target.getTargets", { filter: [{ type: "service_worker" }] });
  const { targetId } = targetInfos.find(({ url, browserContextId }) => url === `${origin}/sw.js` && browserContextId === page.profile);
  const { sessionId } = await page.browser.send("Target.attachToTarget", { targetId, flatten: true });
  const expression = `(async () => {
    const [notification] = await registration.getNotifications();
    let closed = "open";
    notification.close = () => { closed = "closed"; };
    clients.matchAll = async () => [];
    const opened = new Promise((open) => { clients.openWindow = async (address) => open([[address, closed]]); });
    dispatchEvent(new NotificationEvent("notificationclick", { notification }));
    return opened;
  })()`;
  const { result, exceptionDetails } = await page.browser.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
  assert.equal(exceptionDetails, undefined);
  return result.value;
}
const outcome = (name, redirect = "null") => async (page) => {
  await set(page, `{ presented: { ...example.presented, outcome: "${name}", redirect_uri: ${redirect} } }`);
  await openLink(page, consent);
  await click(page, "share");
  await page.until(`document.getElementById("outcome")?.dataset.outcome === "${name}"`);
};
const ended = (sent) => async (page) => {
  await set(page, `{ presented: example.ended.${sent} }`);
  await openLink(page, consent);
  await click(page, "share");
  await page.until(`document.getElementById("outcome")?.dataset.outcome === "${sent}"`);
};
const stopped = (name) => async (page) => {
  await received(`example.stopped.${name}`)(page);
  await seen(page, "stopped");
};
const openDetails = (page) => page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })");
const received = (answer) => async (page) => {
  await set(page, `{ received: ${answer} }`);
  await openLink(page, offer);
  await click(page, "add-agree");
};
const caseState = (state) => async (page) => {
  await set(page, `{ caseState: "${state}" }`);
  await click(page, "prove");
  await click(page, "case-status");
};
const goOffline = async (page) => {
  assert.equal(await page.evaluate("document.getElementById('offline') === null"), true);
  await page.evaluate("Object.defineProperty(navigator, 'onLine', { value: false }); dispatchEvent(new Event('offline'))");
  await seen(page, "offline");
};
// A card whose renewal waits for the person, unless `change` says otherwise; `asks`: whether the screen has the button.
const dueRenewal = (change, asks = "document.getElementById('renew-due')") => async (page) => {
  await set(page, `{ dueRenewals: [{ card: example.cards[1], asks_person: true, at: { ...example.request.expires_at, ms: 0 }, failures: 0, failure: null, by_hand: false, ${change} }] }`);
  await page.until(`document.querySelector("main .note") && ${asks}`);
};
// What their issuers' lists say of some cards when home asks next, and home has said so.
const newStates = (states) => async (page) => {
  await set(page, `{ newStates: ${states} }`);
  await page.until("document.querySelector('.card-change')");
};
const errorOf = (step, code, where = "") => async (page) => {
  await set(page, `{ fail: { ${step}: { code: "${code}", where: "${where}", detail: "one sentence" } } }`);
};
const to = (...ids) => async (page) => {
  for (const id of ids) await click(page, id);
};
const first = (...visits) => async (page) => {
  for (const visit of visits) await visit(page);
};
const moveLink = "mibun-move://?server=https%3A%2F%2Flocalhost%3A8443&move=AAAA&secret=AAAA&commitment=AAAA";
const words = { ja: "削除", en: "delete" };
const toPhotos = to("prove", "method-chip", "begin-proofing");
const toFiles = first(toPhotos, to("photo-skip"), (page) => page.until("document.getElementById('photo-file')?.dataset.photo === 'photo.selfie'"), to("photo-skip"));
const toReview = first(toFiles, to("sample-passport"), (page) => seen(page, "chip-review"));
// A picture of somebody, in base64url, made in the page: an expression.
const drawn = (type) => `(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 240, height: 320 });
    const context = canvas.getContext("2d"); context.fillStyle = "#678"; context.fillRect(0, 0, 240, 320); context.fillStyle = "#edc"; context.arc(120, 140, 70, 0, 7); context.fill();
    return canvas.toDataURL("${type}").split(",")[1].replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  })()`;
// A portrait as the chip has it, and a photo of the passport from the camera.
const withPortrait = (page) => page.evaluate(`example.chipReview.portrait = { media_type: "image/jpeg", image: ${drawn("image/jpeg")} }; 0`);
// One on a card.
const withPicture = (page) => page.evaluate(`example.claims = [...example.claims, { ...example.portrait, picture: { media_type: "image/png", image: ${drawn("image/png")} } }]; 0`);
const pictureDrawn = (page) => page.until("document.querySelector('main dd img.portrait')?.naturalWidth === 240");
const toPhotoReview = first(withPortrait, toPhotos, to("photo-camera", "photo-shutter", "photo-use"), (page) => page.until("document.getElementById('photo-file')?.dataset.photo === 'photo.selfie'"), to("photo-skip", "sample-passport"), (page) => page.until("document.getElementById('portrait')?.naturalWidth === 240 && document.getElementById('sends-photo.document')?.naturalWidth >= 640"));
// As a device that has none, or a person who says no.
const withoutCamera = async (page) => {
  await page.evaluate("navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))");
};
const writeAppeal = async (page) => {
  await seen(page, "appeal-text");
  await page.evaluate(`(() => { const field = document.getElementById("appeal-text"); field.value = "写真の人物は私です。"; field.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`);
};

// Files that the page hands out are kept as [name, text], instead of being saved.
const withoutSaving = async (page) => {
  await page.evaluate(`(() => {
    window.saved = [];
    URL.createObjectURL = (blob) => { saved.push(["", blob.text()]); return "blob:"; };
    HTMLAnchorElement.prototype.click = function () { saved.at(-1)[0] = this.download; };
  })()`);
};
const lastSaved = (page) => page.evaluate("saved.at(-1)[1].then((text) => [saved.at(-1)[0], text])");

const writeInquiry = async (page, text) => {
  await seen(page, "inquiry-text");
  await type(page, "inquiry-text", text);
};

// name: [the page's query, how to get there]
const screens = {
  "welcome": ["?state=none", to()],
  "how": ["?state=none", to("how")],
  "terms": ["?state=none", to("start")],
  "terms-unread": ["?state=none", first(to("start"), to("accept"))],
  "terms-other-version": ["?state=none", async (page) => { await page.evaluate("example.terms = '2099-01-01'"); await click(page, "start"); }],
  "terms-changed": ["?terms=2025-04-01", (page) => seen(page, "new-terms")],
  "new-terms": ["?terms=2025-04-01", to("new-terms")],
  "new-terms-unread": ["?terms=2025-04-01", to("new-terms", "accept")],
  "new-terms-refused": ["?terms=2025-04-01", async (page) => { await page.evaluate("example.fail = { accept_terms: { code: 'wallet_user_verification_failed', where: '', detail: '' } }"); await to("new-terms", "agree", "accept")(page); await seen(page, "error"); }],
  "register": ["?state=none", to("start", "agree", "accept")],
  "register-stopped": ["?state=none", async (page) => { await page.evaluate("example.fail = { finish_registration: { code: 'wallet_user_verification_failed', where: '', detail: '' } }"); await to("start", "agree", "accept", "register")(page); await seen(page, "error"); }],
  "register-no-prf": ["?state=none", async (page) => { await page.evaluate("example.support = { passkey: true, prf: 'no' }"); await to("start", "agree", "accept")(page); }],
  "register-no-passkey": ["?state=none", async (page) => { await page.evaluate("example.support = { passkey: false, prf: 'no' }"); await to("start", "agree", "accept")(page); }],
  "revocation-code": ["?state=none", to("start", "agree", "accept", "register")],
  "locked": ["?state=locked", to()],
  "stop": ["?state=locked", to("stop-lost")],
  "stop-empty": ["?state=none", to("stop-lost", "stop-wallet")],
  "stop-sure": ["?state=none", first(to("stop-lost"), (page) => type(page, "stop-code", "7kqm3xwb"), to("stop-wallet"), (page) => seen(page, "confirm-yes"))],
  "stopped": ["?state=none", first(to("stop-lost"), (page) => type(page, "stop-code", stoppable), to("stop-wallet", "confirm-yes"), (page) => seen(page, "stopped-done"))],
  "locked-by-person": ["?state=open", to("lock")],
  "move": ["", to("tab-settings", "move")],
  "move-show": ["", first(to("tab-settings", "move", "begin-move"), (page) => seen(page, "copy-link"))],
  "move-compare": ["", async (page) => { await page.evaluate("example.moveSeen = { step: 'compare', number: '048213', name: 'Android', joined_at: example.request.expires_at }"); await to("tab-settings", "move", "begin-move")(page); await seen(page, "move-number"); }],
  "move-sure": ["", async (page) => { await page.evaluate("example.moveSeen = { step: 'compare', number: '048213', name: example.hostile, joined_at: example.request.expires_at }"); await to("tab-settings", "move", "begin-move", "confirm-move")(page); await seen(page, "confirm-yes"); }],
  "move-ended": ["", async (page) => { await page.evaluate("Object.assign(example, { moveSeen: { step: 'compare', number: '048213', name: 'Android', joined_at: example.request.expires_at }, fail: { confirm_move: { code: 'wallet_server_refused', where: 'move_not_found', detail: '' } } })"); await to("tab-settings", "move", "begin-move", "confirm-move", "confirm-yes")(page); await seen(page, "error"); assert.equal(await page.evaluate("document.getElementById('confirm-move')"), null); }],
  "moved": ["", async (page) => { await page.evaluate("example.moveSeen = { step: 'compare', number: '048213', name: 'Android', joined_at: example.request.expires_at }"); await to("tab-settings", "move", "begin-move", "confirm-move", "confirm-yes")(page); await seen(page, "moved-done"); }],
  "move-here": ["?state=none", to("move-here")],
  "move-join": ["?state=none", first(to("move-here"), (page) => type(page, "move-link", moveLink), to("open-move"))],
  "move-not-opened": ["?state=none", async (page) => { await page.evaluate("example.fail = { open_move: { code: 'http_connect_failed', where: '', detail: '' } }"); await click(page, "move-here"); await type(page, "move-link", moveLink); await click(page, "open-move"); await seen(page, "open-again"); }],
  "move-wait": ["?state=none", first(to("move-here"), (page) => type(page, "move-link", moveLink), to("open-move", "agree", "join-move"), (page) => seen(page, "stop-move"))],
  "move-number": ["?state=locked", async (page) => { await page.evaluate("Object.assign(example, { registered: false, moving: true, moveAwaited: { step: 'compare', number: '048213' } })"); await click(page, "unlock"); await seen(page, "move-number"); }],
  "move-agreed": ["?state=locked", async (page) => { await page.evaluate("Object.assign(example, { registered: false, moving: true, moveAwaited: { step: 'confirmed', number: '048213' } })"); await click(page, "unlock"); await seen(page, "finish-move"); }],
  "move-code-wrong": ["?state=none", async (page) => { await page.evaluate("example.fail = { open_move: { code: 'invalid_argument', where: 'code.3', detail: '' } }"); await click(page, "move-here"); await seen(page, "move-code"); await type(page, "move-code", "7kqm3xwb９ｔｆｂ"); await click(page, "open-code"); await seen(page, "move-code-error"); assert.equal(await page.evaluate("document.getElementById('move-code').value"), "7KQM-3XWB-9TFB"); }],
  "move-left-behind": ["?state=locked", async (page) => { await page.evaluate("Object.assign(example, { registered: false, moving: true, leftBehind: 12, moveAwaited: { step: 'confirmed', number: '048213' } })"); await to("unlock", "finish-move")(page); await seen(page, "left-behind"); }],
  "move-without-history": ["?state=locked", async (page) => { await page.evaluate("Object.assign(example, { registered: false, moving: true, broughtHistory: false, moveAwaited: { step: 'confirmed', number: '048213' } })"); await to("unlock", "finish-move")(page); await seen(page, "not-brought"); }],
  "moved-away": ["?state=none", async (page) => { await page.evaluate("localStorage.setItem('mibun.moved', '1795402800000')"); await page.open(`${origin}/?state=none`); await seen(page, "moved-away"); }],
  "devices-ask": ["", to("tab-settings", "devices")],
  "devices": ["", first(to("tab-settings", "devices", "show-devices"), (page) => seen(page, "devices-before"))],
  "devices-first": ["", async (page) => { await page.evaluate("example.formerDevices = false"); await to("tab-settings", "devices", "show-devices")(page); await seen(page, "devices-before"); }],
  "devices-error": ["", first(errorOf("devices", "http_connect_failed"), to("tab-settings", "devices", "show-devices"), (page) => seen(page, "error"))],
  "leftover": ["?state=locked", async (page) => { await page.evaluate("example.registered = false"); await click(page, "unlock"); await seen(page, "clear"); }],
  "starting": ["?wait", to()],
  "other-tab": ["?refuse=wallet_open_elsewhere", to()],
  "cannot-start": ["?refuse=wallet_storage_damaged", to()],
  "home": ["", to()],
  "home-log": ["?log=log_rollback", (page) => seen(page, "server-log")],
  "home-empty": ["", (page) => set(page, "{ cards: [], waiting: [] }")],
  "home-many": ["", first((page) => set(page, "{ cards: [...example.cards, ...example.cards.slice(0, 2).map((card, index) => ({ ...card, id: `more-${index}` }))] }"), (page) => type(page, "card-words", "学生証"), (page) => seen(page, "how-many"))],
  "home-offline": ["", goOffline],
  "home-busy": ["", async (page) => { await set(page, "{ wait: ['cards'] }"); await page.until("document.querySelector('.progress')"); }],
  "home-error": ["", errorOf("cards", "wallet_storage_damaged")],
  "home-renewal": ["", dueRenewal("")],
  "home-renewal-offline": ["", first(dueRenewal(""), goOffline, (page) => seen(page, "renew-online"))],
  "home-renewing": ["", first(dueRenewal(""), (page) => page.evaluate("example.wait = ['renew']"), to("renew-due"), (page) => seen(page, "renewing"))],
  "home-renewal-failed": ["", dueRenewal("failures: 1, failure: 'wallet_user_verification_failed'")],
  "home-renewal-waits": ["", dueRenewal("asks_person: false, at: { ...example.request.expires_at, ms: 4e12 }, failures: 2, failure: 'http_connect_failed'", "[]")],
  "home-renewal-by-hand": ["", dueRenewal("failures: 11, failure: 'http_connect_failed', by_hand: true", "[]")],
  "home-renewal-over": ["", first(dueRenewal(""), async (page) => page.evaluate("example.fail = { get renew() { example.dueRenewals = []; return { code: 'wallet_not_renewable', where: '', detail: '' }; } }"), to("renew-due"), (page) => page.until("document.querySelector('.note.warn') && !document.getElementById('renew-due')"))],
  "home-renewed": ["", first(dueRenewal(""), to("renew-due"), (page) => page.until("document.querySelector('.note.good') && !document.getElementById('renew-due')"))],
  "home-revoked": ["", newStates("{ one: 'revoked' }")],
  "home-suspended": ["", newStates("{ one: 'suspended', two: 'suspended' }")],
  "home-lifted": ["", first((page) => set(page, "{ cards: example.cards.map((card, index) => index === 0 ? { ...card, state: 'suspended' } : card) }"), newStates("{ one: 'valid' }"))],
  "home-unchecked": ["", (page) => set(page, "{ cards: example.cards.map((card, index) => ({ ...card, status_failure: 'http_connect_failed', status_at: index === 0 ? card.status_at : null })) }")],
  "home-unknown-error": ["", errorOf("cards", "something_new")],
  "card": ["", to("card-0")],
  "card-history": ["", first((page) => set(page, "{ events: [...example.events, ...example.events.slice(0, 3).map((event, index) => ({ ...event, id: `more${index}` }))] }"), to("card-0", "card-history-all"), (page) => page.until("document.querySelectorAll('#card-history li').length === 7 && document.activeElement === document.querySelectorAll('#card-history li button')[5]"))],
  "card-history-empty": ["", first((page) => set(page, "{ events: [] }"), to("card-0"), (page) => page.until("document.querySelector('#card-history .soft')"))],
  "card-hostile": ["", async (page) => { await page.evaluate("example.claims = [{ path: [], label: { ja: example.hostile, en: example.hostile }, value: { ja: example.hostile, en: example.hostile } }, ...example.claims]"); await click(page, "card-3"); }],
  "card-revoked": ["", first(newStates("{ one: 'revoked' }"), to("card-0"), (page) => page.until("document.querySelector('[data-stopped=revoked]')"))],
  "card-suspended": ["", first(newStates("{ one: 'suspended' }"), to("card-0"), (page) => page.until("document.querySelector('[data-stopped=suspended]')"))],
  "card-unchecked": ["", first((page) => set(page, "{ cards: example.cards.map((card) => ({ ...card, status_failure: 'status_list_subject_mismatch' })) }"), to("card-0"), (page) => seen(page, "face-unchecked"))],
  "card-remove": ["", to("card-0", "remove")],
  "card-renewed": ["", to("card-1", "renew")],
  "prove": ["", to("prove")],
  "prove-explain": ["", to("prove", "method-chip")],
  "prove-photo": ["", to("prove", "method-chip", "begin-proofing")],
  "prove-photo-camera": ["", first(to("prove", "method-chip", "begin-proofing", "photo-camera"), (page) => page.until("document.getElementById('photo-hint').dataset.hint"))],
  "prove-photo-taken": ["", first(to("prove", "method-chip", "begin-proofing", "photo-camera", "photo-shutter"), (page) => seen(page, "photo-taken"))],
  "prove-photo-selfie": ["", first(toPhotos, to("photo-skip", "photo-camera"), (page) => page.until("document.getElementById('photo-hint').dataset.hint"))],
  "prove-photo-no-camera": ["", first(toPhotos, (page) => seen(page, "photo-camera"), withoutCamera, to("photo-camera"), (page) => seen(page, "camera-trouble"))],
  "prove-files": ["", toFiles],
  "prove-files-missing": ["", first(toFiles, to("read-chip"), (page) => seen(page, "chip-files-error"))],
  "prove-files-damaged": ["", first(errorOf("review_chip", "emrtd_digest_mismatch", "EF.DG1"), toFiles, to("sample-passport"), (page) => seen(page, "error"))],
  "prove-review": ["", toReview],
  "prove-review-photos": ["", toPhotoReview],
  "prove-review-not-agreed": ["", first(toReview, to("submit-proofing"), (page) => seen(page, "agree-proofing-error"))],
  "prove-review-wrong": ["", first(toReview, (page) => page.evaluate("document.querySelector('#review-wrong summary').click()"))],
  "prove-review-expired": ["", first(async (page) => page.evaluate("Object.assign(example.chipReview, { expired: true, portrait: { media_type: 'image/jp2', image: 'AAAA' } })"), toReview, (page) => seen(page, "portrait-unseen"))],
  "prove-review-hostile": ["", first(async (page) => page.evaluate("example.chipReview.rows = [{ label: { ja: example.hostile, en: example.hostile }, value: { ja: example.hostile.repeat(20), en: example.hostile.repeat(20) } }]; example.chipReview.portrait = { media_type: 'image/jpeg', image: 'AAAA' }"), toReview)],
  "prove-review-again": ["", first(toPhotoReview, to("again-photo.document"), (page) => seen(page, "photo-camera"))],
  "prove-submitted": ["", async (page) => { await first(toReview, to("agree-proofing", "submit-proofing"))(page); await page.until("document.getElementById('case-state')?.dataset.state === 'in_review'"); }],
  ...Object.fromEntries(["open", "in_review", "more_needed", "approved", "rejected", "expired"].map((state) => [`case-${state}`, ["", first(caseState(state), (page) => seen(page, "case-state"))]])),
  "case-photos-again": ["", first(caseState("more_needed"), to("photos-again"))],
  "case-photos-send": ["", first(caseState("more_needed"), to("photos-again", "photo-camera", "photo-shutter", "photo-use"), (page) => seen(page, "photos-send"))],
  "case-appeal": ["", first(caseState("rejected"), to("appeal"))],
  "case-appeal-empty": ["", first(caseState("rejected"), to("appeal", "appeal-send"))],
  "case-appealed": ["", first(caseState("rejected"), to("appeal"), writeAppeal, to("appeal-send"), (page) => page.until("document.getElementById('case-state')?.dataset.state === 'in_review'"))],
  "case-appeal-ended": ["", async (page) => { await page.evaluate("example.appealed = true"); await caseState("rejected")(page); await seen(page, "case-state"); }],
  "case-none": ["", caseState("none")],
  "add": ["", to("tab-add")],
  "add-not-a-link": ["", first(to("tab-add"), (page) => type(page, "link", "hello"), to("open-link"))],
  "add-fetch": ["", async (page) => { await page.evaluate("example.fetchFirst = true"); await openLink(page, offer); await seen(page, "fetch"); }],
  "add-question": ["", first(withOffer(""), (page) => seen(page, "add-agree"))],
  "add-code": ["", first(withOffer("tx_code: { length: 6, numeric: true, description: 'Sent to you by mail' }"), (page) => seen(page, "tx-code"), to("add-agree"))],
  "add-from-case": ["", first(async (page) => page.evaluate("example.offer.tx_code = { length: 6, numeric: true, description: '' }"), caseState("approved"), to("receive"), (page) => seen(page, "add-agree"))],
  "add-which": ["", first(withOffer("cards: example.severalOffered"), to("offered-1"), (page) => page.until("document.querySelector('#offer-contents li:nth-child(6)')"))],
  "add-which-hostile": ["", first(withOffer("cards: example.severalOffered.map((card) => ({ ...card, name: { ja: example.hostile.repeat(20), en: example.hostile.repeat(20) }, contents: [{ ja: example.hostile, en: example.hostile }] }))"), (page) => seen(page, "offered-1"))],
  "add-unlisted": ["", first(withOffer("cards: example.severalOffered.map((card) => ({ ...card, held: 0, contents: [], trust: 'unlisted' })).slice(0, 1)"), (page) => page.until("document.querySelector('.note.bad')"))],
  "add-done-picture": ["", first(withPicture, received("{ ...example.received, claims: example.claims }"), pictureDrawn)],
  "add-done-keep-not": ["", first(received("example.received"), to("keep-not"), (page) => seen(page, "confirm-yes"))],
  "card-picture": ["", first(withPicture, to("card-0"), pictureDrawn)],
  "card-picture-damaged": ["", first((page) => page.evaluate("example.claims = [{ ...example.portrait, picture: { media_type: 'image/png', image: 'AAAA' } }]; 0"), to("card-0"), (page) => page.until("[...document.querySelectorAll('main dd')].some(({ innerText }) => innerText.includes('21'))"))],
  "consent-picture": ["", first(withPicture, withRequest("choices: { ...example.choices.cards, credentials: example.choices.cards.credentials.map((asked) => ({ ...asked, cards: asked.cards.map((offer) => ({ ...offer, ways: offer.ways.map((way) => ({ ...way, claims: example.claims })) })) })) }"), pictureDrawn)],
  "add-done": ["", first(received("example.received"), (page) => seen(page, "done-card"))],
  "add-waiting": ["", first(received("{ ...example.waiting[0], step: 'waiting' }"), (page) => seen(page, "done-home"))],
  "add-visit": ["", first(received("{ step: 'visit', url: 'https://issuer.example/authorize?x=1', own: false }"), (page) => seen(page, "visit"))],
  "add-visit-own": ["", first(received("{ step: 'visit', url: 'https://localhost:8443/oauth', own: true }"), (page) => seen(page, "visit-own"))],
  "add-visit-unsafe": ["", first(received("{ step: 'visit', url: 'javascript:alert(1)', own: false }"), (page) => page.until("document.querySelector('.note.bad')"))],
  "add-refused": ["", first(withOffer(""), to("add-refuse"), (page) => seen(page, "done-home"))],
  "add-stopped": ["", stopped("again")],
  "add-stopped-anew": ["", stopped("anew")],
  "add-stopped-new-offer": ["", stopped("newOffer")],
  "add-error": ["", first(errorOf("receive_open", "wallet_server_refused", "service_overloaded"), (page) => openLink(page, offer), (page) => seen(page, "error"))],
  "scan": ["", to("tab-scan")],
  "scan-no-camera": ["", first(to("tab-scan"), withoutCamera, to("camera"), (page) => seen(page, "camera-trouble"))],
  "consent": ["", first(withRequest(""), (page) => seen(page, "share"))],
  "consent-unverified": ["", first(withRequest("identified: { label: { ja: '登録がありません', en: 'No registration' }, verified: false }, previous: { count: 0, last: null }, warnings: [{ ja: '登録のない提供先です。', en: 'This organisation is not registered.' }]"), (page) => seen(page, "share"))],
  "consent-pairing": ["", first(withRequest("pairing: { website: 'https://shop.sakura.example' }"), to("share"), (page) => seen(page, "pairing-code-error"))],
  "consent-approvals": ["", first(withRequest("approvals: [{ title: { ja: '支払い', en: 'Payment' }, rows: [{ label: { ja: '金額', en: 'Amount' }, value: '¥12,800' }] }]"), to("share"), (page) => seen(page, "approve-error"))],
  "consent-choice": ["", first(withRequest("choices: example.choices.cards"), to("card-0-0-0-1", "way-0-0-0-1"), (page) => page.until("document.querySelector('#will-share [data-card=two]')"))],
  "consent-optional": ["", first(withRequest("choices: example.choices.optional"), (page) => seen(page, "also-1"))],
  "consent-optional-chosen": ["", first(withRequest("choices: example.choices.optional"), to("also-1"), (page) => page.until("document.querySelector('#will-share [data-card=three]')"))],
  "consent-optional-one-of": ["", first(withRequest("choices: example.choices.both"), to("set-1-1"), (page) => page.until("document.querySelector('#will-share [data-card=three]')"))],
  "consent-one-of": ["", first(withRequest("choices: example.choices.instead"), to("set-0-1"), (page) => page.until("document.querySelector('#will-share [data-card=three]')"))],
  "consent-nothing-chosen": ["", first(withRequest("cards: [], choices: example.choices.onlyOptional"), to("share"), (page) => seen(page, "choice-error"))],
  "consent-choice-hostile": ["", first(withRequest("choices: { ...example.choices.both, credentials: example.choices.both.credentials.map((asked) => ({ ...asked, cards: asked.cards.map((offer) => ({ ...offer, card: { ...offer.card, name: { ja: example.hostile, en: example.hostile }, issuer_name: { ja: example.hostile, en: example.hostile } } })) })) }"), (page) => seen(page, "share"))],
  "consent-choice-refused": ["", first(errorOf("present_answer", "dcql_bad_selection", "choice[0]"), withRequest("choices: example.choices.cards"), to("share"), (page) => seen(page, "error"))],
  "consent-hostile": ["", first(withRequest("organization: { ja: example.hostile, en: example.hostile }, purpose: { ja: example.hostile.repeat(20), en: example.hostile.repeat(20) }, address: example.hostile, contact: example.hostile, registration: { ...example.request.registration, id: example.hostile, registrar: example.hostile }, certificate: { ...example.request.certificate, subject: example.hostile, issuer: example.hostile }"), (page) => seen(page, "share"), openDetails)],
  "consent-stop": ["", first(withRequest(""), to("stop"), (page) => seen(page, "confirm-yes"))],
  "consent-missing": ["", first(withRequest("can_share: false, missing: [{ ja: '住所', en: 'Address' }]"), (page) => seen(page, "get-card"))],
  "consent-missing-revoked": ["", first(newStates("{ one: 'revoked' }"), withRequest("can_share: false, missing: [{ ja: '氏名', en: 'Name' }]"), (page) => page.until("document.querySelector('[data-stopped=revoked]')"))],
  "consent-over-asking": ["", first((page) => set(page, "{ request: example.overAsked }"), (page) => openLink(page, consent), (page) => seen(page, "report-partner"), openDetails)],
  "consent-details": ["", first(withRequest(""), (page) => seen(page, "share"), openDetails)],
  "consent-details-unsigned": ["", first(withRequest("identified: { ...example.request.identified, verified: false }, certificate: null"), (page) => seen(page, "share"), openDetails)],
  "consent-not-opened": ["", first(errorOf("present_open", "http_connect_failed"), (page) => openLink(page, consent), (page) => seen(page, "open-again"))],
  "consent-not-opened-for-good": ["", first(errorOf("present_open", "oid4vp_registration_invalid"), (page) => openLink(page, consent), (page) => seen(page, "done-home"))],
  "ended-perhaps": ["", ended("perhaps")],
  "ended-nothing": ["", ended("nothing")],
  "consent-code-again": ["", async (page) => { await set(page, "{ presented: { step: 'code_again', website: 'https://shop.sakura.example' } }"); await openLink(page, consent); await click(page, "share"); await seen(page, "send-code"); }],
  "shared": ["", outcome("shared", "'https://shop.sakura.example/done'")],
  "shared-unsafe-return": ["", outcome("shared", "'javascript:alert(1)'")],
  "nothing-matches": ["", outcome("nothing_matches")],
  "rejected": ["", outcome("rejected")],
  "pairing-code-locked": ["", outcome("pairing_code_locked")],
  "refused": ["", first(withRequest(""), to("stop", "confirm-yes"), (page) => seen(page, "outcome"))],
  "history": ["", first(to("tab-history"), (page) => seen(page, "event-e1"))],
  "history-with-server": ["", to("tab-history", "ask-server")],
  "history-empty": ["", async (page) => { await set(page, "{ events: [] }"); await click(page, "tab-history"); await seen(page, "export"); }],
  "history-looked-for": ["", first(to("tab-history"), (page) => seen(page, "look-for"), (page) => page.evaluate("document.querySelector('#look-for summary').click()"), (page) => type(page, "words", "さくら"), to("standing-deletion"), (page) => seen(page, "how-many"))],
  "event": ["", first(to("tab-history", "event-e1"), (page) => seen(page, "agreed"))],
  "ask-deletion": ["", first(to("tab-history", "event-e1", "ask-deletion"), (page) => seen(page, "send-deletion"))],
  "deletion-sent": ["", first(to("tab-history", "event-e1", "ask-deletion", "send-deletion"), (page) => page.until("document.getElementById('deletion-state')?.dataset.state === 'sent'"))],
  "deletion-refused": ["", first(errorOf("request_deletion", "wallet_server_refused", "deletion_request_exists"), to("tab-history", "event-e1", "ask-deletion", "send-deletion"), (page) => seen(page, "error"))],
  "deletion-done": ["", async (page) => { await set(page, "{ deletionState: 'done' }"); await to("tab-history", "event-e6", "deletion-look")(page); await page.until("document.getElementById('deletion-state')?.dataset.state === 'done' && !document.getElementById('deletion-look')"); }],
  "deletion-overdue": ["", first(to("tab-history", "event-e6"), (page) => seen(page, "deletion-state"))],
  "report": ["", first(to("tab-history", "event-e2", "report-partner"), (page) => seen(page, "send-report"))],
  "report-after-stopping": ["", first(withRequest(""), to("stop", "confirm-yes", "report-partner", "reason-looks_fake"), (page) => seen(page, "send-report"))],
  "report-too-long": ["", first(to("tab-history", "event-e2", "report-partner"), (page) => seen(page, "report-text"), (page) => page.evaluate("(() => { const field = document.getElementById('report-text'); field.value = '字'.repeat(1001); field.dispatchEvent(new InputEvent('input', { bubbles: true })); })()"), (page) => seen(page, "report-text-error"))],
  "report-sent": ["", first(to("tab-history", "event-e2", "report-partner", "send-report"), (page) => seen(page, "report-done"))],
  "receipts": ["", first(to("tab-history", "receipts"), (page) => seen(page, "save-receipt-0"))],
  "inquiries": ["", first(to("tab-settings", "inquiries"), (page) => seen(page, "open-inquiries"))],
  "inquiries-open": ["", first(to("tab-settings", "inquiries", "open-inquiries"), (page) => seen(page, "inquiry-1"))],
  "inquiries-empty": ["", first((page) => set(page, "{ inquiries: [] }"), to("tab-settings", "inquiries", "open-inquiries"), (page) => seen(page, "no-inquiries"))],
  "inquiries-enough": ["", first((page) => set(page, "{ canAsk: false }"), to("tab-settings", "inquiries", "open-inquiries"), (page) => seen(page, "enough"))],
  "inquiries-error": ["", first(errorOf("inquiries", "http_connect_failed"), to("tab-settings", "inquiries", "open-inquiries"), (page) => seen(page, "error"))],
  "inquiry": ["", first(to("tab-settings", "inquiries", "ask"), (page) => seen(page, "country"))],
  "inquiry-not-agreed": ["", first(to("tab-settings", "inquiries", "ask", "send-inquiry"), (page) => seen(page, "agree-country-error"))],
  "inquiry-too-long": ["", first(to("tab-settings", "inquiries", "ask"), (page) => writeInquiry(page, "字".repeat(2001)), (page) => seen(page, "inquiry-text-error"))],
  "inquiry-hostile": ["", first((page) => set(page, "{ inquiryTerms: { ...example.inquiryTerms, country_name: { ja: example.hostile, en: example.hostile }, rules: { ja: example.hostile.repeat(20), en: example.hostile.repeat(20) }, kept: { ja: example.hostile, en: example.hostile }, kinds: [{ kind: example.hostile, label: { ja: example.hostile, en: example.hostile } }] } }"), to("tab-settings", "inquiries", "ask"), (page) => seen(page, "country"))],
  "inquiry-no-terms": ["", first(errorOf("inquiry_terms", "http_connect_failed"), to("tab-settings", "inquiries", "ask"), (page) => seen(page, "retry"))],
  "inquiry-country-refused": ["", first(errorOf("send_inquiry", "wallet_server_refused", "inquiry_country_not_agreed"), to("tab-settings", "inquiries", "ask"), (page) => writeInquiry(page, "なぜ"), to("agree-country", "send-inquiry"), (page) => seen(page, "error"))],
  "inquiry-sent": ["", first(to("tab-settings", "inquiries", "ask"), (page) => writeInquiry(page, "カードが届きません。"), to("agree-country", "send-inquiry"), (page) => seen(page, "inquiry-number"))],
  "inquiry-of-an-error": ["", first(errorOf("receipts", "wallet_storage_damaged"), to("tab-settings", "receipts", "error-help", "inquiries", "ask"), (page) => page.until("document.getElementById('inquiry-text')?.value.includes('wallet_storage_damaged')"))],
  "notices": ["", first(to("notices"), (page) => seen(page, "open-notices"))],
  "notices-open": ["", first(to("notices", "open-notices"), (page) => seen(page, "notice-case-0"))],
  "notices-empty": ["", first((page) => set(page, "{ notices: [], publicNotices: [] }"), to("notices", "open-notices"), (page) => seen(page, "no-notices"))],
  "notices-error": ["", first(errorOf("notices", "http_connect_failed"), to("notices", "open-notices"), (page) => seen(page, "error"))],
  "announcements": ["?state=none", async (page) => { await tell(page, incident, hostileChange); await page.until("document.querySelectorAll('.announcement').length === 2"); await tell(page); }],
  "settings": ["", to("tab-settings")],
  "code-again": ["", first(to("tab-settings", "code-again"))],
  "code-shown": ["", first(to("tab-settings", "code-again", "show-code"), (page) => seen(page, "revocation-code"))],
  "read-terms": ["", to("tab-settings", "read-terms")],
  "privacy": ["", to("tab-settings", "privacy")],
  "about": ["", to("tab-settings", "about")],
  "my-data": ["", to("tab-settings", "my-data")],
  "my-data-partly": ["", first(errorOf("inquiries", "http_connect_failed"), to("tab-settings", "my-data"), withoutSaving, to("save-all"), (page) => seen(page, "my-data-saved"))],
  "help": ["", to("tab-settings", "help-all")],
  "help-topic": ["", first(to("tab-scan", "help"), (page) => seen(page, "help-text"))],
  "help-of-an-error": ["", first(errorOf("receipts", "wallet_storage_damaged"), to("tab-settings", "receipts", "error-help"), (page) => seen(page, "help-text"))],
  "help-everything": ["", first(to("tab-scan", "help", "help-everything"), (page) => seen(page, "topic-scan"))],
  "delete": ["", first(to("tab-settings", "delete-account", "delete"), (page) => seen(page, "confirm-word-error"))],
  "deleted": ["", async (page, { language }) => { await to("tab-settings", "delete-account")(page); await seen(page, "confirm-word"); await type(page, "confirm-word", words[language]); await click(page, "delete"); await seen(page, "finish"); }],
};

async function violationsOf(page) {
  return page.evaluate(`(async () => {
    const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 160) + " " + failureSummary));
  })()`);
}
// axe-core is handed over by the protocol, so that the page's policy stands as it is.
const loadAxe = (page) => page.evaluate(`${axe}; 0`);

const quiet = async (page, name) => {
  assert.deepEqual(page.problems, [], name);
  assert.deepEqual(await page.evaluate("violations"), [], name);
  assert.equal(await page.evaluate("window.hurt"), undefined, name);
};
// What every screen must have beyond what axe knows.
async function mannersOf(page, { size }) {
  return page.evaluate(`(() => {
    const wrong = [];
    if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
    if (!document.activeElement.closest("dialog, [aria-invalid], button, h1, input, textarea")) wrong.push("the focus is nowhere: " + document.activeElement.tagName);
    if (document.documentElement.scrollWidth > ${sizes[size].width}) wrong.push("wider than the screen: " + document.documentElement.scrollWidth);
    for (const one of document.querySelectorAll("button, a.button, input:not([type=radio]):not([type=checkbox]), textarea, .tick label, .choice label, summary")) {
      const { width, height } = one.getBoundingClientRect();
      if (width > 0 && height > 0 && (height < 43.5 || width < 43.5)) wrong.push("small: " + one.outerHTML.slice(0, 80) + " " + width + "x" + height);
    }
    const letters = parseFloat(getComputedStyle(document.documentElement).fontSize);
    if (letters !== ${sizes[size].letterPixels ?? 16}) wrong.push("letters of " + letters);
    // Who asked for less motion sees none.
    for (const one of document.getAnimations()) wrong.push("moves: " + one.effect.target.outerHTML.slice(0, 80));
    for (const { scrollWidth, clientWidth } of document.querySelectorAll("dialog")) if (scrollWidth > clientWidth) wrong.push("a dialog wider than itself: " + scrollWidth);
    // What a screen cuts off nobody reads; in letters of any size.
    for (const one of document.querySelectorAll("main :not(.unseen), nav *, header *, dialog *")) {
      if (![...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim() !== "")) continue;
      const { right, width } = one.getBoundingClientRect();
      if (width > 1 && right > innerWidth + 1) wrong.push("cut off: " + one.outerHTML.slice(0, 80) + " " + right);
      const card = one.closest(".face");
      if (card !== null && right > card.getBoundingClientRect().right + 1) wrong.push("out of its card: " + one.outerHTML.slice(0, 80));
    }
    // axe leaves texts over a drawing to people: at worst all of its light lies over the card's colour.
    const light = (rgb) => { const [r, g, b] = rgb.map((one) => (one /= 255) <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const numbers = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    for (const face of document.querySelectorAll(".face")) {
      const { backgroundColor, backgroundImage } = getComputedStyle(face);
      const circles = backgroundImage.split("radial-gradient").slice(1).map((circle) => Math.max(...[...circle.matchAll(/rgba\\(255, 255, 255, ([\\d.]+)\\)/g)].map(([, alpha]) => Number(alpha))));
      if (circles.length === 0) wrong.push("the drawing of a card is not understood: " + backgroundImage);
      const worst = circles.reduce((colour, alpha) => colour.map((one) => one + (255 - one) * alpha), numbers(backgroundColor));
      for (const one of face.querySelectorAll("*")) {
        if (one.closest(".chip") || ![...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim() !== "")) continue;
        const contrast = (light(numbers(getComputedStyle(one).color)) + 0.05) / (light(worst) + 0.05);
        if (!(contrast >= 4.5)) wrong.push("on a card, " + one.outerHTML.slice(0, 80) + ": contrast " + contrast.toFixed(2));
      }
    }
    return wrong;
  })()`);
}

// Every screen has help: a topic that says something, over the screen, and gives the focus back. These need none:
const withoutHelp = {
  "help": "it is help",
  "starting": "it passes by itself, and what may come of it has help",
  "help-topic": "help stands over it", "help-of-an-error": "help stands over it", "help-everything": "help stands over it",
};
const topicsSeen = new Set(); // each is opened once in each look
async function helpOf(page, screen, look) {
  if (Object.hasOwn(withoutHelp, screen)) return [];
  const button = await page.evaluate(`(({ tagName, dataset }) => ({ tagName, topic: dataset?.topic }))(document.getElementById("help") ?? {})`);
  if (button.tagName === undefined) return ["no help"];
  if (button.tagName === "DETAILS") {
    await page.evaluate("document.querySelector('#help > summary').click()");
    await settled(page);
    const text = await page.evaluate("document.querySelector('#help > p').checkVisibility() && document.querySelector('#help > p').innerText.trim()");
    return [...(text ? [] : ["its help says nothing"]), ...(await violationsOf(page)), ...(await mannersOf(page, look))];
  }
  if (!button.topic) return ["help about nothing"];
  const topic = `${button.topic} ${Object.values(look)}`;
  // A question over the screen comes first; then its help is there again.
  if (topicsSeen.has(topic) || (await page.evaluate("document.querySelector('dialog[open]') !== null"))) return [];
  topicsSeen.add(topic);
  await page.evaluate("document.getElementById('help').focus()");
  await click(page, "help");
  await page.until("document.querySelector('dialog[open] #help-text p')?.innerText.trim() && document.querySelector('dialog[open] #help-text h3').innerText.trim()");
  const found = [...(await violationsOf(page)), ...(await mannersOf(page, look))];
  if ((await page.evaluate("document.getElementById('help-text').dataset.topic")) !== button.topic) found.push("help about something else");
  await click(page, "close-help");
  await page.until("document.querySelector('dialog') === null");
  if (!(await page.evaluate("document.activeElement.id === 'help'"))) found.push("the focus does not come back from help");
  return found;
}

let failed = 0;
const report = (name, error) => {
  if (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${error.message}`);
  } else {
    console.log(`ok   ${name}`);
  }
};

const settled = (page) => page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");

// Every screen that the page can show, as its own source says: src/navigation.ts, the union Screen.
const navigation = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../../web/wallet/src/navigation.ts"), "utf8");
const union = navigation.slice(navigation.indexOf("export type FirstScreen"), navigation.indexOf("export type Screen"));
const screensOfPage = [...union.matchAll(/name: ("[^;}]*)/g)].flatMap(([, names]) => [...names.matchAll(/"(\w+)"/g)].map(([, name]) => name));
assert.ok(screensOfPage.length > 30 && new Set(screensOfPage).size === screensOfPage.length, String(screensOfPage));

async function visitAll(look) {
  let checked = 0;
  const visited = new Set();
  const name = Object.values(look).join("-");
  for (const [screen, [query, visit]] of Object.entries(screens)) {
    if (!wanted(`${screen} ${name}`)) continue;
    try {
      const page = await open(query, look);
      await visit(page, look);
      await settled(page);
      await page.until("document.querySelector('main h1')"); // its file may have to come first
      await settled(page);
      visited.add(await page.evaluate("document.getElementById('main')?.dataset.screen"));
      await loadAxe(page);
      const found = [...(await violationsOf(page)), ...(await mannersOf(page, look))];
      const { cssContentSize } = await page.send("Page.getLayoutMetrics");
      await resize(page, { ...sizes[look.size], height: Math.max(sizes[look.size].height, Math.ceil(cssContentSize.height)) });
      await settled(page);
      writeFileSync(join(output, `${screen}-${name}.png`), await page.screenshot({ whole: false }));
      found.push(...(await helpOf(page, screen, look)));
      assert.deepEqual(found, []);
      await quiet(page, screen);
      await close(page);
      checked += 1;
    } catch (error) {
      report(`${screen}-${name}`, error);
    }
  }
  if (Object.keys(screens).every((screen) => wanted(`${screen} ${name}`))) {
    const missed = screensOfPage.filter((screen) => !visited.has(screen));
    report(`every screen of the page has a state here, ${name}`, missed.length === 0 ? undefined : new Error(`none shows ${missed.join(", ")}`));
  }
  if (checked > 0) report(`${checked} screens ${name}: axe finds nothing, no violation, no error`);
}

// A QR code of `text` in the middle, as our own encoder draws it.
function filmOfCode(text) {
  const { width, height } = filmSize;
  const pixels = 6;
  const rows = encode(text);
  const light = Buffer.alloc(width * height, 235);
  const [left, top] = [width, height].map((side) => Math.floor((side - rows.length * pixels) / 2));
  rows.forEach((row, y) => row.forEach((dark, x) => {
    if (dark) for (let line = 0; line < pixels; line++) light.fill(16, (top + y * pixels + line) * width + left + x * pixels, (top + y * pixels + line) * width + left + (x + 1) * pixels);
  }));
  return filmOf(light);
}
// A browser whose camera sees a QR code of `text`.
async function cameraSees(text, chapter, query = "") {
  const film = join(directory, "camera.y4m");
  writeFileSync(film, filmOfCode(text));
  const other = await Browser.start("chromium", { spki: "", directory: join(directory, "camera"), flags: filmFlags(film) });
  try {
    await chapter(await open(query, { from: other }));
  } finally {
    await other.stop();
    rmSync(join(directory, "camera"), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const chapters = {
  ...standingChapters({ open, close, quiet, openLink, withRequest, set, to, offer }),
  ...buttonChapters({ open, close, quiet, withOffer, to, received }),
  async "what an error ended offers no button that can only fail, and each that it offers leads on"() {
    for (const language of ["ja", "en"]) {
      const page = await open("", { language });
      await page.evaluate("globalThis.asked = example.request; 0");
      const calls = (name) => page.evaluate(`example.calls.filter((call) => call.name === "${name}").map(({ args }) => args)`);
      for (const sent of ["perhaps", "nothing"]) {
        await ended(sent)(page);
        assert.deepEqual(await page.evaluate("['share', 'stop', 'send-code'].filter((id) => document.getElementById(id))"), []);
      }
      assert.equal(await page.evaluate("document.getElementById('see-entry')"), null, "the example has no record of what was not sent");
      assert.deepEqual(await calls("drop"), [], "what is over needs no dropping");
      await ended("perhaps")(page);
      await click(page, "see-entry");
      await seen(page, "report-partner");

      await set(page, "{ request: example.overAsked }");
      await openLink(page, consent);
      await click(page, "report-partner");
      await click(page, "send-report");
      await seen(page, "report-done");
      assert.deepEqual(await calls("report_partner"), [{ event: "e2", reason: "asked_too_much" }]);

      await stopped("again")(page);
      assert.equal(await page.evaluate("document.getElementById('add-agree')"), null);
      await click(page, "add-again");
      await seen(page, "done-card");
      assert.deepEqual(await calls("receive_again"), [{}]);
      assert.deepEqual(await calls("drop"), []);
      await stopped("again")(page);
      await click(page, "done-home");
      await seen(page, "card-0");
      assert.equal((await calls("drop")).length, 1, "what could go on is left");

      await stopped("anew")(page);
      await page.evaluate("example.calls.length = 0");
      await click(page, "add-anew");
      await seen(page, "add-agree");
      assert.deepEqual(await calls("receive_open"), [{ link: offer, fetch: false }]);
      await stopped("newOffer")(page);
      await click(page, "add-other");
      await seen(page, "open-link");

      // Nobody was there when the request, or the offer, was opened: once more, and it opens.
      for (const [name, link, id] of [["present_open", consent, "share"], ["receive_open", offer, "add-agree"]]) {
        await set(page, "{ request: asked }");
        await page.evaluate(`example.fail = { ${name}: { code: "http_timeout", where: "", detail: "" } }`);
        await openLink(page, link);
        await seen(page, "open-again");
        await page.evaluate("example.fail = {}");
        await click(page, "open-again");
        await seen(page, id);
      }
      await quiet(page, `what an error ended, ${language}`);
      await close(page);
    }
  },
  async "a card that its issuer stops while home stands open: said aloud, in words on its face, and the list is new at once"() {
    for (const [language, revoked] of [["ja", "「本人確認カード」は失効しました。"], ["en", "“Identity card” was revoked."]]) {
      const page = await open("", { language });
      await seen(page, "face-0-name");
      const chip = () => page.evaluate("document.querySelector('#card-0 .chip').textContent");
      const valid = await chip();
      const online = (is) => page.evaluate(`Object.defineProperty(navigator, 'onLine', { configurable: true, value: ${is} }); dispatchEvent(new Event('${is ? "online" : "offline"}'))`);
      await online(false);
      await seen(page, "offline");
      await page.evaluate("example.newStates = { one: 'revoked' }; example.calls.length = 0");
      assert.equal(await chip(), valid, "nobody is asked without a connection");
      await online(true);
      await page.until(`document.querySelector('#card-0 .chip').className === "chip revoked"`);
      assert.equal(await page.evaluate("document.getElementById('said').textContent"), revoked);
      assert.notEqual(await chip(), valid);
      assert.deepEqual(await page.evaluate("example.calls.map(({ name }) => name).filter((name) => name.startsWith('card'))"), ["card_states", "cards"]);
      assert.match(await page.evaluate("document.querySelector('.card-change').textContent"), new RegExp(revoked));
      await click(page, "card-0");
      await seen(page, "remove");
      assert.deepEqual(await page.evaluate("[example.cards[0].renewable, document.getElementById('renew')]"), [true, null], "to be received again, not renewed");
      await quiet(page, "stopped");
      await close(page);
    }
  },
  async "home asks for its cards once, not for each of them"() {
    const page = await open("");
    await seen(page, "face-0-checked");
    await page.until("example.calls.some(({ name }) => name === 'card_states')");
    assert.deepEqual(await page.evaluate("example.calls.map(({ name }) => name).filter((name) => name.startsWith('card'))"), ["cards", "card_states"]);
    assert.match(await page.evaluate("document.getElementById('face-0-checked').textContent"), /2026年11月20日/);
    await close(page);
  },
  async "terms that came after those accepted: home says so until the person has read and accepted them"() {
    for (const [language, go] of [["ja", "新しい規約に同意する"], ["en", "Accept the new terms"]]) {
      const page = await open("?terms=2025-04-01", { language });
      await seen(page, "new-terms");
      await click(page, "new-terms");
      await seen(page, "accept");
      assert.equal(await page.evaluate("document.getElementById('accept').textContent.trim()"), go);
      await click(page, "accept");
      await seen(page, "agree-error");
      assert.deepEqual(await page.evaluate("example.calls.filter(({ name }) => name === 'accept_terms')"), [], "nothing is accepted without the tick");
      await click(page, "agree");
      await click(page, "accept");
      await seen(page, "face-0-name");
      assert.deepEqual(await page.evaluate("example.calls.filter(({ name }) => name === 'accept_terms').map(({ args }) => args)"), [{ terms_version: "2026-11-01" }]);
      await page.until("example.calls.at(-1).name !== 'accept_terms'");
      assert.equal(await page.evaluate("document.getElementById('new-terms')"), null);
      await click(page, "tab-settings");
      await page.until(`document.body.textContent.includes("2026-11-01")`);
      await quiet(page, "new terms");
      await close(page);
    }
  },
  async "a violation of the policy is seen"() {
    const page = await open("");
    await page.evaluate(`(() => { const image = document.createElement("img"); image.src = "https://elsewhere.example/x.png"; document.body.append(image); })()`);
    await page.until("violations.length > 0");
    await assert.rejects(quiet(page, "planted"));
    await close(page);
  },
  async "two cards of one type have different names for those who listen"() {
    for (const [language, type] of [["ja", "本人確認カード"], ["en", "Identity card"]]) {
      const page = await open("", { language });
      await seen(page, "card-1");
      const { nodes } = await page.send("Accessibility.getFullAXTree");
      const names = nodes.filter(({ role, name }) => role?.value === "button" && name?.value.startsWith(type)).map(({ name }) => name.value);
      assert.ok(names.length >= 2, String(names));
      assert.equal(new Set(names).size, names.length, String(names));
      await close(page);
    }
  },
  async "what is chosen at a request is what is shown, said and sent, with the keyboard alone; nothing optional by itself"() {
    for (const [language, cards, legend, said] of [
      ["ja", [/本人確認カード ・ 身分証明発行センター ・ 2026年11月20日 確認/, /本人確認カード ・ 身分証明発行センター ・ 2026年5月8日 確認/], "どのカードで答えますか", /渡すものが変わりました。.*太郎/],
      ["en", [/Identity card · Identity Issuing Centre · confirmed 20 Nov 2026/, /Identity card · Identity Issuing Centre · confirmed 8 May 2026/], "Which card answers?", /What will be shared has changed\. .*Taro/],
    ]) {
      const page = await open("", { language });
      await withRequest("choices: example.choices.both")(page);
      await seen(page, "share");
      page.keyboardOnly = true;
      // Everything about the request, by what listens: the cards have names that differ, in a group with a name.
      const { nodes } = await page.send("Accessibility.getFullAXTree");
      const named = (wanted) => nodes.filter(({ role }) => role?.value === wanted).map(({ name }) => name?.value ?? "");
      const radios = named("radio");
      for (const name of cards) assert.equal(radios.filter((one) => name.test(one)).length, 1, String(radios));
      assert.equal(new Set(radios).size, radios.length, String(radios));
      assert.ok(named("group").includes(legend), String(named("group")));

      const willShare = () => page.evaluate("[...document.querySelectorAll('#will-share [data-card]')].map((card) => [card.dataset.card, ...[...card.querySelectorAll('li strong')].map(({ innerText }) => innerText.trim())])");
      const values = () => page.evaluate("[...document.querySelectorAll('main .values:not(.untaken) .rows dd')].map(({ innerText }) => innerText.trim())");
      const proposed = await values();
      assert.equal(proposed.length, 4);
      assert.deepEqual(await willShare(), [["one", ...proposed]]);
      const chips = () => page.evaluate("[...document.querySelectorAll('#will-share .chip')].map(({ className }) => className)");
      assert.deepEqual(await chips(), ["chip required"]);
      // What is optional is there to be read, and not chosen.
      assert.deepEqual(await page.evaluate("[...document.querySelectorAll('main .untaken .rows dd')].map(({ innerText }) => innerText.trim())"), ["hanako@example.jp", "090-1234-5678"]);
      assert.deepEqual(await page.evaluate("[...document.querySelectorAll('main fieldset input:checked')].map(({ id }) => id)"), ["card-0-0-0-0", "set-1-none"]);

      // The arrow keys move within a group of radio buttons.
      const right = async () => page.key("ArrowDown");
      await page.tabTo("card-0-0-0-0");
      await right();
      await page.until("document.querySelector('#will-share [data-card=two]')");
      assert.deepEqual(await willShare(), [["two", ...(await values())]]);
      assert.equal((await values()).length, 1); // what shows least of this card
      const more = async () => {
        await page.tabTo("way-0-0-0-0");
        await right();
        await page.until("document.querySelectorAll('#will-share li').length === 3");
      };
      await more();
      // Another card begins with what shows least of it, whatever was picked before.
      await page.tabTo("card-0-0-0-1");
      await page.key("ArrowUp");
      await page.until("document.querySelector('#will-share [data-card=one]')");
      assert.deepEqual(await willShare(), [["one", ...proposed]]);
      await right();
      await page.until("document.querySelector('#will-share [data-card=two]')");
      assert.equal((await values()).length, 1);
      await more();
      assert.match(await page.evaluate("document.getElementById('said').innerText"), said);
      await page.tabTo("set-1-none");
      await right();
      await page.until("document.querySelector('#will-share [data-card=three]')");
      assert.deepEqual((await willShare()).flatMap(([, ...shown]) => shown), await values());
      assert.deepEqual(await chips(), ["chip required", "chip optional"]);
      await click(page, "share");
      await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
      const sent = () => page.evaluate("example.calls.filter(({ name }) => name === 'present_answer').at(-1).args.choice");
      assert.deepEqual(await sent(), [{ credential: "identity", card: "two", way: 0 }, { credential: "mail", card: "three", way: 0 }]);

      // Taken back, it is not sent; and where everything is optional, nothing is sent without a choice.
      page.keyboardOnly = false;
      await withRequest("choices: example.choices.optional")(page);
      await to("also-1", "also-1", "share")(page);
      await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
      assert.deepEqual(await sent(), [{ credential: "identity", card: "one", way: 0 }]);
      await page.evaluate("example.calls = []; 0");
      await withRequest("cards: [], choices: example.choices.onlyOptional")(page);
      await click(page, "share");
      await seen(page, "choice-error");
      assert.equal(await page.evaluate("example.calls.filter(({ name }) => name === 'present_answer').length"), 0);
      await to("also-0", "share")(page);
      await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
      assert.deepEqual(await sent(), [{ credential: "mail", card: "three", way: 0 }]);
      await quiet(page, "choosing");
      await close(page);
    }
  },
  async "two cards with very long names still have names that differ"() {
    const page = await open("", { language: "en" });
    await withRequest("choices: { ...example.choices.cards, credentials: example.choices.cards.credentials.map((asked) => ({ ...asked, cards: asked.cards.map((offer) => ({ ...offer, card: { ...offer.card, name: { ja: '名'.repeat(500), en: 'x'.repeat(500) }, issuer_name: { ja: '名'.repeat(500), en: 'x'.repeat(500) } } })) })) }")(page);
    await seen(page, "card-0-0-0-1");
    const names = await page.evaluate("[...document.querySelectorAll('.picks label')].map(({ innerText }) => innerText.trim())");
    assert.match(names[0], /confirmed 20 Nov 2026/);
    assert.match(names[1], /confirmed 8 May 2026/);
    await close(page);
  },
  async "two cards whose facts are all the same still have names that differ"() {
    const page = await open("", { language: "en" });
    await withRequest("choices: { ...example.choices.cards, credentials: example.choices.cards.credentials.map((asked) => ({ ...asked, cards: asked.cards.map((offer) => ({ ...offer, checked_on: null, card: { ...example.cards[0], id: offer.card.id } })) })) }")(page);
    await seen(page, "card-0-0-0-1");
    const names = await page.evaluate("[...document.querySelectorAll('.picks label')].map(({ innerText }) => innerText.trim())");
    assert.match(names[0], /\(1\)$/);
    assert.match(names[1], /\(2\)$/);
    await close(page);
  },
  async "register, add and share with the keyboard alone"() {
    const page = await open("?state=none");
    const press = async (id) => {
      await seen(page, id);
      await page.press(id);
    };
    const tick = async (id) => {
      await seen(page, id);
      await page.tabTo(id);
      await page.send("Input.dispatchKeyEvent", { type: "keyDown", key: " ", code: "Space", text: " ", windowsVirtualKeyCode: 32 });
      await page.send("Input.dispatchKeyEvent", { type: "keyUp", key: " ", code: "Space", windowsVirtualKeyCode: 32 });
    };
    const write = async (id, text) => {
      await seen(page, id);
      await page.tabTo(id);
      await page.send("Input.insertText", { text });
    };
    await press("start");
    await tick("agree");
    await press("accept");
    await press("register");
    await tick("wrote");
    await press("go-home");
    await press("tab-add");
    await write("link", offer);
    await press("open-link");
    await press("add-agree");
    await press("done-home");
    await page.evaluate("example.request = { ...example.request, pairing: { website: 'https://shop.sakura.example' } }; 0");
    await press("tab-scan");
    await write("link", consent);
    await press("open-link");
    await tick("same-site");
    await write("pairing-code", "123456");
    await press("share");
    await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
    const calls = await page.evaluate("example.calls.filter(({ name }) => /finish|answer/.test(name)).map(({ name, args }) => [name, args])");
    assert.deepEqual(calls, [["finish_registration", {}], ["receive_answer", { agreed: true, card: "identity" }], ["present_answer", { agreed: true, language: "ja", choice: [{ credential: "identity", card: "one", way: 0 }], pairing_code: "123456" }]]);
    await quiet(page, "keyboard");
    await close(page);
  },
  async "without a server the page opens; a new version waits until the person switches"() {
    const page = await open("");
    await page.until("navigator.serviceWorker.controller");
    down = true;
    await page.open(`${origin}/`);
    await seen(page, "card-0");
    down = false;
    changed = true;
    await page.open(`${origin}/`);
    await seen(page, "switch-version");
    const names = () => page.evaluate("caches.keys()");
    assert.equal((await names()).length, 2);
    const reloaded = page.loads();
    await click(page, "switch-version");
    await reloaded;
    await seen(page, "card-0");
    await page.until("caches.keys().then((names) => window.kept = names) && window.kept?.length === 1");
    assert.deepEqual(await names(), ["mibun / another"]);
    assert.deepEqual(await page.evaluate("violations"), []);
    changed = false;
    await close(page);
  },
  async "a server that changes to a third version in the middle of an update: nothing of it is installed, and the page goes on as it was"() {
    const page = await open("");
    await page.until("navigator.serviceWorker.controller");
    const names = () => page.evaluate("caches.keys()");
    const before = await names();
    assert.equal(before.length, 1);
    const filesOf = (name) => page.evaluate(`caches.open(${JSON.stringify(name)}).then((cache) => cache.keys()).then((all) => all.map(({ url }) => new URL(url).pathname))`);
    const files = await filesOf(before[0]);
    // What becomes of the worker that the browser finds now.
    const update = () => page.evaluate(`navigator.serviceWorker.getRegistration().then(async (registration) => {
      const ended = new Promise((done) => registration.addEventListener("updatefound", () => {
        const worker = registration.installing;
        worker.addEventListener("statechange", () => worker.state !== "installing" && done(worker.state));
      }, { once: true }));
      await registration.update().catch(() => {});
      return ended;
    })`);
    changed = true;
    try {
      for (const one of ["/", files.find((path) => path.endsWith(".css")), files.find((path) => /\/later-.*\.js$/.test(path))]) {
        assert.ok(one);
        halfway = one;
        assert.equal(await update(), "redundant", one);
        assert.deepEqual(await names(), before, one);
        assert.deepEqual(await page.evaluate("navigator.serviceWorker.getRegistration().then(({ waiting, installing }) => [waiting, installing])"), [null, null]);
      }
      assert.equal(await page.evaluate("document.getElementById('switch-version')"), null);
      assert.deepEqual((await filesOf(before[0])).sort(), files.sort());
      // What stands open goes on, and so does what is opened from the copy.
      await click(page, "tab-settings");
      await seen(page, "delete-account");
      down = true;
      await page.open(`${origin}/`);
      await seen(page, "card-0");
      down = false;
      // Once the server has one version only, that is offered.
      halfway = null;
      assert.equal(await update(), "installed");
      await seen(page, "switch-version");
      assert.deepEqual(await page.evaluate("violations"), []);
    } finally {
      down = changed = false;
      halfway = null;
    }
    await close(page);
  },
  async "in a folder of its origin the page works, without a server too, and leaves the caches of others alone"() {
    const page = await open("");
    await page.until("navigator.serviceWorker.controller");
    await page.open(`${origin}/wallet/`);
    await seen(page, "card-0");
    await page.until(`navigator.serviceWorker.controller?.scriptURL === "${origin}/wallet/sw.js"`);
    down = true;
    await page.open(`${origin}/wallet/`);
    await seen(page, "card-0");
    await page.open(`${origin}/`);
    await seen(page, "card-0");
    down = false;
    const scopes = (await page.evaluate("caches.keys()")).map((name) => name.split(" ").slice(0, 2).join(" "));
    assert.deepEqual(scopes.sort(), ["mibun /", "mibun /wallet/"]);
    assert.deepEqual(await page.evaluate("violations"), []);
    await close(page);
  },
  async "where a language's texts cannot be had, the page says so, and keeps the language that it has"() {
    const page = await open("");
    await page.send("Network.setBypassServiceWorker", { bypass: true });
    await page.send("Network.setBlockedURLs", { urls: ["*first_en*"] });
    await click(page, "tab-settings");
    await seen(page, "language-en");
    await page.evaluate("document.querySelector('input[name=language][value=en]').click()");
    await page.until("document.getElementById('offline')");
    assert.equal(await page.evaluate("document.documentElement.lang"), "ja");
    assert.equal(await page.evaluate("localStorage.getItem('mibun.language')"), "ja");
    await page.until("document.getElementById('language-ja').checked");
    await page.send("Network.setBlockedURLs", { urls: ["*later_en*"] }); // of a language in use, all or nothing
    // Pressed and looked at in one go: the answer that there is nothing may come before a second question.
    assert.equal(await page.evaluate("(() => { document.querySelector('input[name=language][value=en]').click(); return document.getElementById('language-en').checked; })()"), true);
    await page.until("document.getElementById('language-ja').checked"); // it knows by now, and was offline before
    assert.equal(await page.evaluate("document.documentElement.lang"), "ja");
    await page.send("Network.setBlockedURLs", { urls: [] });
    await page.evaluate("document.querySelector('input[name=language][value=en]').click()");
    await page.until("document.documentElement.lang === 'en' && document.querySelector('h1').innerText === 'Settings'");
    await page.evaluate("document.querySelector('input[name=language][value=ja]').click()");
    await page.until("document.documentElement.lang === 'ja'");
    await page.send("Network.setBlockedURLs", { urls: ["*first_ja*"] });
    await page.open(`${origin}/?again`);
    await page.until("document.getElementById('page').innerText.includes('読み込めませんでした') && document.getElementById('page').innerText.includes('Check your connection')");
    await close(page);
  },
  async "where the file of the later screens cannot be had, the page says so, and the screen comes when it can"() {
    for (const blocked of ["*later-*", "*later_ja*"]) {
      const page = await open("");
      await page.send("Network.setBypassServiceWorker", { bypass: true });
      await page.send("Network.setBlockedURLs", { urls: [blocked] });
      await click(page, "tab-settings");
      // The focus follows once the screen stands.
      await page.until("document.getElementById('error')?.dataset.code === 'http_connect_failed' && document.activeElement.tagName === 'H1'");
      assert.equal(await page.evaluate("document.getElementById('language')"), null);
      await click(page, "tab-home");
      await seen(page, "card-0");
      await click(page, "tab-settings");
      await seen(page, "again");
      await page.send("Network.setBlockedURLs", { urls: [] });
      await click(page, "again");
      await seen(page, "delete-account");
      assert.deepEqual(await page.evaluate("violations"), []);
      await close(page);
    }
  },
  async "an error on home whose words come later is told in general until they are there, and then in its own"() {
    const page = await open("");
    await page.send("Network.setBypassServiceWorker", { bypass: true });
    await page.send("Network.setBlockedURLs", { urls: ["*later_ja*"] });
    const failed = dueRenewal("failures: 1, failure: 'oid4vci_credential_request_denied'");
    const why = () => page.evaluate("document.querySelector('main .note.warn').innerText");
    await failed(page);
    await seen(page, "renew-due");
    assert.match(await why(), /このアプリが知らないことが起きました/);
    await page.send("Network.setBlockedURLs", { urls: [] });
    await click(page, "tab-settings");
    await seen(page, "delete-account");
    await to("tab-home")(page);
    await seen(page, "renew-due");
    assert.doesNotMatch(await why(), /このアプリが知らないことが起きました/);
    await close(page);

    const whole = await open("");
    await failed(whole);
    await whole.until("/発行者/.test(document.querySelector('main .note.warn').innerText)");
    await quiet(whole, "the words of an error");
    await close(whole);
  },
  async "an announcement stands on top of every screen; an incident stays, another one is put away for this visit"() {
    const page = await open("?state=locked");
    await tell(page, incident, hostileChange);
    await page.until("document.querySelectorAll('#announcements[role=status] .announcement').length === 2");
    assert.equal(await page.evaluate("document.querySelectorAll('.announcement.incident button').length"), 0);
    await click(page, "put-away-1");
    await page.until("document.querySelectorAll('.announcement').length === 1");
    await click(page, "unlock");
    for (const tab of ["tab-settings", "tab-home"]) {
      await click(page, tab);
      await page.until("document.querySelectorAll('.announcement').length === 1 && document.querySelector('.announcement').dataset.kind === 'incident'");
    }
    await page.open(`${origin}/?state=open`); // another visit
    await page.until("document.querySelectorAll('.announcement').length === 2");
    announced = [];
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.until("document.querySelectorAll('.announcement').length === 0");
    await quiet(page, "announcements");
    await close(page);
  },
  async "an inquiry without the tick for the country is not sent, and goes out with the country that was shown"() {
    const page = await open("");
    await to("tab-settings", "inquiries", "ask")(page);
    await writeInquiry(page, "カードが届きません。");
    const sent = "example.calls.filter(({ name }) => name === 'send_inquiry').map(({ args }) => args)";
    // The country stands above the box and the button, for eyes and for those who listen.
    assert.equal(await page.evaluate(`(() => { const after = (a, b) => (document.getElementById(a).compareDocumentPosition(document.getElementById(b)) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0; return after("country", "agree-country") && after("agree-country", "send-inquiry"); })()`), true);
    await click(page, "send-inquiry");
    await seen(page, "agree-country-error");
    assert.deepEqual(await page.evaluate(sent), []);
    await click(page, "agree-country");
    await click(page, "agree-country"); // taken back
    await click(page, "send-inquiry");
    assert.deepEqual(await page.evaluate(sent), []);
    await to("agree-country", "kind-my_data", "send-inquiry")(page);
    await seen(page, "inquiry-number");
    assert.deepEqual(await page.evaluate(sent), [{ kind: "my_data", text: "カードが届きません。", country: "US" }]);
    await quiet(page, "an inquiry");
    await close(page);
  },
  async "the list of notices asks once, and what was seen is told to the wallet"() {
    const page = await open("");
    await to("notices")(page);
    await seen(page, "open-notices");
    assert.equal(await page.evaluate("example.calls.filter(({ name }) => name === 'notices').length"), 0);
    await click(page, "open-notices");
    await page.until("example.calls.some(({ name }) => name === 'notice_read')");
    assert.deepEqual(await page.evaluate("example.calls.filter(({ name }) => name === 'notice_read').map(({ args }) => args)"), [{ id: "n3" }]);
    await close(page);
  },
  async "the browser is asked about notifications only after a press; without a push service it is said plainly"() {
    const page = await open("");
    await page.evaluate("Notification.requestPermission = async () => { window.asked = (window.asked ?? 0) + 1; return 'granted'; }; 0");
    await page.until("navigator.serviceWorker.controller");
    await click(page, "tab-settings");
    await page.until("document.getElementById('push-state')?.dataset.state === 'off'");
    assert.equal(await page.evaluate("window.asked"), undefined);
    await click(page, "push-on");
    await page.until("document.querySelector('.note.warn')");
    assert.equal(await page.evaluate("window.asked"), 1);
    assert.deepEqual(await page.evaluate("example.calls.filter(({ name }) => /push/.test(name)).map(({ name }) => name)"), ["push_key"]);
    await close(page);
  },
  async "what a push brings is told in the wallet's own words, whatever stands in it, and a press opens the wallet"() {
    const page = await open("", { language: "en" });
    await page.browser.send("Browser.grantPermissions", { origin, permissions: ["notifications"], browserContextId: page.profile });
    await page.until("navigator.serviceWorker.controller");
    await page.open(`${origin}/`); // with the permission, the worker is told the language
    await page.until("caches.has('mibun-language').then((has) => window.told = has) && window.told");
    const registrationId = await registrationOf(page);
    const notifications = "navigator.serviceWorker.ready.then((ready) => ready.getNotifications()).then((all) => all.map(({ title, body, lang, tag }) => [title, body, lang, tag]))";
    const rows = [
      [JSON.stringify({ kind: "case_approved", id: "x" }), ["Your identity check is done", "Open your wallet to receive your card.", "en", "case_approved"]],
      [JSON.stringify({ kind: "__proto__", title: "evil", id: "x" }), ["There is a notice", "Open your wallet to read it.", "en", "any"]],
      ["no json, 花子", ["There is a notice", "Open your wallet to read it.", "en", "any"]],
    ];
    for (const [data, want] of rows) {
      await page.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
      await page.until(`${notifications}.then((all) => window.all = JSON.stringify(all)) && window.all?.includes(${JSON.stringify(want[3])})`);
      const all = JSON.parse(await page.evaluate("window.all"));
      assert.deepEqual(all.find(([, , , tag]) => tag === want[3]), want);
      assert.doesNotMatch(JSON.stringify(all), /evil|花子/);
    }
    assert.deepEqual(await pressedNotification(page), [["/", "closed"]]);
    await quiet(page, "push");
    await close(page);
  },
  async "help stands over a screen, which keeps its question and what was typed; a lock and leaving take help along"() {
    const page = await open("", { language: "en" });
    const helped = async () => {
      await click(page, "help");
      await page.until("document.getElementById('help-text') && document.activeElement.id === 'help-title'");
    };
    const closed = () => page.until("document.querySelector('dialog') === null");
    await openLink(page, consent);
    await seen(page, "share");
    await helped();
    await page.key("Escape");
    await closed();
    await click(page, "share");
    await page.until("document.getElementById('outcome')?.dataset.outcome === 'shared'");
    await helped();
    assert.equal(await page.evaluate("document.getElementById('help-text').dataset.topic"), "outcome");
    await click(page, "help-everything");
    await page.until("document.activeElement.id === 'help-topics'");
    await click(page, "close-help");
    await closed();
    const calls = await page.evaluate("example.calls.map(({ name }) => name).filter((name) => ['present_open', 'present_answer', 'drop'].includes(name))");
    assert.deepEqual(calls, ["present_open", "present_answer"]);
    await to("tab-settings", "inquiries", "ask")(page);
    await writeInquiry(page, "Where is my card?");
    await helped();
    await click(page, "close-help");
    await closed();
    assert.equal(await page.evaluate("document.getElementById('inquiry-text').value"), "Where is my card?");
    await helped();
    await click(page, "inquiries"); // the line in help leads away
    await seen(page, "open-inquiries");
    await closed();
    await helped();
    await page.evaluate("document.getElementById('lock').click()");
    await seen(page, "unlock");
    await closed();
    await quiet(page, "help");
    await close(page);
  },
  async "the camera reads a QR code and what it asks is shown; any other code is told, and the camera goes on looking"() {
    await cameraSees(offer, async (page) => {
      await to("tab-scan", "camera")(page);
      await seen(page, "add-agree");
      assert.deepEqual(await page.evaluate("example.calls.filter(({ name }) => name === 'receive_open').map(({ args }) => args)"), [{ link: offer, fetch: false }]);
      await quiet(page, "camera");
    });
    await cameraSees("https://shop.example/", async (page) => {
      await to("tab-scan", "camera")(page);
      await page.until("document.querySelector('.note.warn [role=alert]')");
      assert.equal(await page.evaluate("document.getElementById('camera-stop') !== null && document.getElementById('camera-trouble') === null"), true);
      assert.equal(await page.evaluate("example.calls.filter(({ name }) => /open/.test(name)).length"), 0);
      await quiet(page, "camera");
    });
  },
  async "a new phone's camera reads the old one's code, and nothing else: a request is none of its business yet"() {
    await cameraSees(moveLink, async (page) => {
      await to("move-here", "scan-move", "camera")(page);
      await seen(page, "join-move");
      assert.deepEqual(await page.evaluate("example.calls.filter(({ name }) => name === 'open_move').map(({ args }) => args)"), [{ link: moveLink }]);
      await quiet(page, "scan-move");
    }, "?state=none");
    await cameraSees(consent, async (page) => {
      await to("move-here", "scan-move", "camera")(page);
      await page.until("document.querySelector('.note.warn [role=alert]')");
      assert.equal(await page.evaluate("document.getElementById('camera-stop') !== null && example.calls.every(({ name }) => !/open/.test(name))"), true);
    }, "?state=none");
  },
  async "what is saved as a file is what the screen says: activity, receipts, both codes' texts, the receipt of erasure"() {
    const page = await open("", { language: "en" });
    await withoutSaving(page);
    await to("tab-history", "export")(page);
    const [name, text] = await lastSaved(page);
    assert.equal(name, "mibun-history.json");
    const { events, complete } = JSON.parse(text);
    assert.equal(complete, false);
    assert.deepEqual(events.map(({ id, at }) => [id, at]).slice(0, 2), [["e1", "2026-11-28T20:34:00.000+09:00"], ["e2", "2026-11-28T19:34:00.000+09:00"]]);
    assert.equal(events.length, 6);
    await to("receipts", "save-receipt-0")(page);
    assert.deepEqual(await lastSaved(page), ["mibun-consent-1.txt", await page.evaluate("document.querySelector('.signed details bdi').textContent")]);
    await to("tab-settings", "code-again", "show-code", "save-code")(page);
    const [, code] = await lastSaved(page);
    assert.ok(code.includes("7KQM-3XWB-9TFA-2HCD-5ZNR-V8YE") && code.includes(`${origin}/#stop\n`), code);
    await to("tab-settings", "delete-account")(page);
    await type(page, "confirm-word", words.en);
    await to("delete", "save-erasure")(page);
    const [erasureName, erasure] = await lastSaved(page);
    assert.equal(erasureName, "mibun-erasure-receipt.txt");
    assert.match(erasure, /^eyJhbGciOiJFUzI1NiJ9\./);
    await close(page);
  },
  async "one's data is one file: what the device has without the passkey, the server's if wanted, and what is missing is named"() {
    const page = await open("", { language: "en" });
    await withoutSaving(page);
    await to("tab-settings", "my-data", "save-here")(page);
    await seen(page, "my-data-saved");
    const asked = () => page.evaluate("example.calls.map(({ name, args }) => name + (args.ask_server ? ' and the server' : '')).filter((name) => /server$|devices|notices|inquiries/.test(name) && name !== 'public_notices' && name !== 'server_log')");
    assert.deepEqual(await asked(), []);
    const [name, text] = await lastSaved(page);
    assert.equal(name, "mibun-my-data.json");
    const here = JSON.parse(text);
    assert.equal(here.cards.length, await page.evaluate("example.cards.length"));
    assert.deepEqual(here.cards[0].claims.slice(0, 2).map(({ value, source }) => [value.en, source.en]), [["Mibun", "Passport chip"], ["Hanako", "Passport chip"]]);
    assert.deepEqual([here.history.events.length, here.receipts.receipts.length, here.registration.registered, here.server], [6, 2, true, undefined]);
    assert.doesNotMatch(text, /7KQM-?3XWB-?9TFA/);
    await page.evaluate("example.fail = { inquiries: { code: 'http_connect_failed', where: '', detail: '' } }; 0");
    await click(page, "save-all");
    await page.until("document.querySelector('#my-data-saved .warn')");
    assert.deepEqual(await asked(), ["history and the server", "devices", "notices", "inquiries"]);
    assert.match(await page.evaluate("document.getElementById('my-data-saved').innerText"), /Not in it: inquiries\./);
    const whole = JSON.parse((await lastSaved(page))[1]);
    assert.deepEqual([whole.server.notices.notices.length, whole.server.inquiries, whole.missing], [2, undefined, { inquiries: "http_connect_failed" }]);
    await quiet(page, "my data");
    await close(page);
  },
  async "nothing is handed in for an identity check before the person has agreed to that"() {
    const page = await open("");
    await toReview(page);
    await click(page, "submit-proofing");
    await seen(page, "agree-proofing-error");
    const handedIn = () => page.evaluate("example.calls.filter(({ name }) => name === 'submit_proofing').length");
    assert.equal(await handedIn(), 0);
    await to("agree-proofing", "agree-proofing", "submit-proofing")(page); // and taken back
    await seen(page, "agree-proofing-error");
    assert.equal(await handedIn(), 0);
    await to("agree-proofing", "submit-proofing")(page);
    await page.until("document.getElementById('case-state')?.dataset.state === 'in_review'");
    assert.equal(await handedIn(), 1);
    await quiet(page, "agreed");
    await close(page);
  },
  async "what the chip's files say is looked at first: damaged ones lead to no question, and a photo taken again is the one handed in"() {
    const page = await open("", { language: "en" });
    const calls = (name) => page.evaluate(`example.calls.filter((call) => call.name === "${name}").map(({ args }) => args)`);
    await errorOf("review_chip", "emrtd_digest_mismatch", "EF.DG1")(page);
    await first(toFiles, to("sample-passport"))(page);
    await page.until("document.getElementById('error')?.dataset.code === 'emrtd_digest_mismatch'");
    assert.equal(await page.evaluate("document.getElementById('submit-proofing') === null && document.getElementById('chip-files') !== null"), true);
    await page.evaluate(`example.fail = {}; window.drawn = [];
      const make = URL.createObjectURL; URL.createObjectURL = (blob) => { drawn.push(blob.arrayBuffer()); return make.call(URL, blob); }; 0`);
    await click(page, "tab-home");
    await toPhotoReview(page);
    assert.match(await page.evaluate("document.getElementById('chip-review').innerText"), /HANAKO[^]*3 Apr 1998[^]*TK1234567/);
    assert.equal(await page.evaluate("document.getElementById('portrait').alt"), "The portrait in the chip");
    const before = await page.evaluate("document.getElementById('sends-photo.document').src");
    await to("again-photo.document", "photo-camera", "photo-shutter", "photo-use")(page);
    await page.until(`![null, "${before}"].includes(document.getElementById("sends-photo.document")?.src ?? null)`);
    const drawn = await page.evaluate("drawn.at(-1).then((bytes) => [...new Uint8Array(bytes)])");
    assert.deepEqual(await calls("submit_proofing"), []);
    await to("agree-proofing", "submit-proofing")(page);
    await page.until("document.getElementById('case-state')?.dataset.state === 'in_review'");
    const [sent] = await calls("submit_proofing");
    assert.deepEqual(Object.keys(sent.photos), ["photo.document"]);
    assert.deepEqual(sent.files, (await calls("review_chip")).at(-1).files);
    assert.ok(Buffer.from(sent.photos["photo.document"], "base64url").equals(Buffer.from(drawn)), "what was shown is what is sent");
    await quiet(page, "reviewed");
    await close(page);
  },
  async "a lost wallet is stopped from any device by its code, and only after a yes; a code that stops none is said to"() {
    // The address in the file that was saved with the code.
    const page = await open("?state=locked#stop", { language: "en" });
    assert.equal(await page.evaluate("location.hash"), "");
    const asked = () => page.evaluate("performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/revocations')).length");
    const send = async (code) => {
      await type(page, "stop-code", code);
      await click(page, "stop-wallet");
    };
    await send("7kqm-3xwb-9tfa-2hcd-5znr-v8y");
    await click(page, "confirm-no");
    assert.equal(await asked(), 0);
    await to("stop-wallet", "confirm-yes")(page);
    await page.until("document.getElementById('error')?.dataset.code === 'revocation_code_wrong'");
    assert.equal(await page.evaluate("document.getElementById('stop-code').value"), "7KQM-3XWB-9TFA-2HCD-5ZNR-V8Y");
    await send("７ｋｑｍ3xwb 9tfa2hcd5znrv8ye");
    await click(page, "confirm-yes");
    await seen(page, "stopped-done");
    assert.match(await page.evaluate("document.querySelector('.note.good').innerText"), /stopped on 28 November 2026, 21:34/);
    assert.equal(await asked(), 2);
    await click(page, "stopped-done");
    await seen(page, "unlock");
    assert.deepEqual(page.problems.filter((one) => !/status of 403/.test(one)), []);
    assert.deepEqual(await page.evaluate("violations"), []);
    await page.evaluate("location.hash = '#stop'"); // in a page that is open already
    await seen(page, "stop-code");
    down = true;
    await send(stoppable);
    await click(page, "confirm-yes");
    await page.until("document.getElementById('error')?.dataset.code === 'http_connect_failed'");
    down = false;
    await close(page);
  },
  async "who asked for less motion sees none; the others see that something is going on"() {
    const page = await open("");
    await set(page, "{ wait: ['cards'] }");
    await page.until("document.querySelector('.progress')");
    const moving = () => page.evaluate("document.getAnimations().length");
    assert.equal(await moving(), 0);
    await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-reduced-motion", value: "no-preference" }] });
    await page.until("document.getAnimations().length > 0");
    await close(page);
  },
  async "the page can be installed, and offers it only where the browser does"() {
    const page = await open("");
    await page.until("navigator.serviceWorker.controller");
    const { errors } = await page.send("Page.getAppManifest");
    assert.deepEqual(errors, []);
    const { installabilityErrors } = await page.send("Page.getInstallabilityErrors");
    assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []); // each page of the tests is
    await click(page, "tab-settings");
    await seen(page, "delete-account");
    assert.equal(await page.evaluate("document.getElementById('install')"), null);
    await page.evaluate("dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt: async () => { window.prompted = true; } })) && 0");
    await click(page, "install");
    assert.equal(await page.evaluate("window.prompted"), true);
    await close(page);
  },
  async "when each card was confirmed stands on the first screen, and on none that has no copy left to say it"() {
    const page = await open("");
    await page.until("document.getElementById('face-0-checked')?.innerText.includes('2026年11月20日')");
    assert.equal(await page.evaluate("document.querySelectorAll('[id$=-checked]').length - example.cards.filter((card) => card.copies_left > 0).length"), 0);
    assert.ok(await page.evaluate("example.cards.some((card) => card.copies_left === 0)"));
    await close(page);
  },
  async "among many cards one is found by its name, its issuer or its state, and opens"() {
    const page = await open("", { language: "en" });
    await seen(page, "card-0");
    assert.equal(await page.evaluate("document.getElementById('card-words')"), null); // a few need no search
    await set(page, "{ cards: [...example.cards, ...example.cards.slice(0, 2).map((card, index) => ({ ...card, id: 'more-' + index, name: { ja: '図書館', en: 'Library card' } }))] }");
    const finds = async (words, count) => {
      await type(page, "card-words", words);
      await page.until(`document.querySelectorAll("button.card").length === ${count}`);
    };
    await finds("ＬＩＢＲＡＲＹ", 2);
    await finds("midorigaoka", 1);
    await finds("used up", 1);
    await finds("nothing of the kind", 0);
    assert.equal(await page.evaluate("document.getElementById('how-many').innerText"), `0 of ${await page.evaluate("example.cards.length")} cards`);
    await finds("library", 2);
    await page.evaluate("document.querySelector('button.card').click()");
    await page.until("document.querySelector('h1')?.innerText === 'Card details' && document.getElementById('face-name')");
    assert.match(await page.evaluate("document.getElementById('face-name').innerText"), /Library card/);
    await close(page);
  },
  async "the activity is looked through by organisation, by how it ended and by when; what was agreed to stands with what was shared"() {
    const page = await open("", { language: "en" });
    await page.evaluate("example.events = example.events.map((event, index) => ({ ...event, at: { ...event.at, ms: Date.now() - index * 20 * 24 * 3600e3 } })); 0");
    await click(page, "tab-history");
    await seen(page, "look-for");
    await page.evaluate("document.querySelector('#look-for summary').click()");
    const shows = (...ids) => page.until(`JSON.stringify([...document.querySelectorAll("main li button")].map(({ id }) => id)) === '${JSON.stringify(ids.map((id) => `event-${id}`))}'`);
    await shows("e1", "e2", "e3", "e4", "e5", "e6");
    await type(page, "words", "  SAKURA  liquor ");
    await shows("e1", "e2", "e6");
    await click(page, "standing-stopped");
    await shows("e2");
    await click(page, "standing-deletion");
    await shows("e6");
    await click(page, "period-30");
    await shows();
    assert.equal(await page.evaluate("document.getElementById('how-many').innerText"), "0 of 6 records");
    await type(page, "words", "");
    await click(page, "standing-all");
    await shows("e1", "e2");
    await click(page, "filter-sharing");
    await click(page, "event-e1");
    await seen(page, "agreed");
    const said = await page.evaluate("document.getElementById('agreed').innerText");
    for (const words of ["To check that you are 20 or over", "30 days", "not given to other companies"]) assert.ok(said.includes(words), words);
    await quiet(page, "activity");
    await close(page);
  },
  async "going back drops an open question, and a link in the address is taken away"() {
    const page = await open(`?state=locked#link=${encodeURIComponent(consent)}`);
    assert.equal(await page.evaluate("location.hash"), "");
    await click(page, "unlock");
    await seen(page, "share");
    await page.evaluate("history.back()");
    await page.until("example.calls.some(({ name }) => name === 'drop')");
    await seen(page, "card-0");
    await quiet(page, "back");
    await close(page);
  },
};

mkdirSync(output, { recursive: true });
const directory = mkdtempSync(join(tmpdir(), "mibun-screens-"));
const browser = await Browser.start("chromium", { spki: "", directory: join(directory, "profile"), flags: cameraFlags });
try {
  for (const [name, chapter] of Object.entries(chapters)) {
    if (!wanted(name) && !parts.includes("chapters")) continue;
    await chapter().then(() => report(name), (error) => report(name, error));
  }
  for (const language of ["ja", "en"]) {
    for (const size of ["large", "landscape"]) await visitAll({ language, theme: "light", size });
  }
  for (const size of ["phone", "desktop"]) {
    for (const theme of ["light", "dark"]) {
      for (const language of ["ja", "en"]) await visitAll({ language, theme, size });
    }
  }
} finally {
  await browser.stop();
  server.close();
  rmSync(directory, { recursive: true, force: true });
}
console.log(failed === 0 ? "all as it should be" : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
