// What the screens decide by themselves: how foreign texts are shown, where links lead, and that no text is missing or uses a
// word that people do not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { agreementOf } from "../src/agreement.ts";
import { dayOf, dayWritten, momentOf } from "../src/days.ts";
import { apart, choiceOf, hasChoice, proposedBy, shownBy } from "../src/chosen.ts";
import { chipFileName, toBase64url } from "../src/files.ts";
import { fits } from "../src/history_filter.ts";
import { byWayOfPage, deepLink, destination, webAddress } from "../src/link.ts";
import { keptSize } from "../src/photo/picture.ts";
import { hintFor, measure } from "../src/photo/quality.ts";
import { announcements } from "../src/public_notices.ts";
import { shown } from "../src/shown.ts";
import { stopWallet } from "../src/stop_wallet.ts";
import { encode } from "../src/qr/encode.ts";
import { errorText, isToldLater, isWhole, load, loadLater, textsOf } from "../src/text/language.ts";
import { pushWords } from "../src/text/push_words.mjs";

test("nothing in a foreign text steers the text around it", () => {
  for (const character of ["\0", "\u001b", "\u007f", "\u0085", "\u200b", "\u200e", "\u202a", "\u202e", "\u2066", "\u2069", "\u2028", "\ufeff", "\u{e0041}", "\ud800"]) {
    assert.equal(shown(`a${character}b`), "a\ufffdb", character.codePointAt(0).toString(16));
  }
  assert.equal(shown("a\r\nb\tc\nd"), "a b c d");
  assert.equal(shown(`a${"\u0301".repeat(50)}b`), `a${"\u0301".repeat(8)}\ufffdb`);
  for (const text of ["身分 花子", "<b>&amp;</b>", "👩‍👩‍👧", "नमस्ते", "مرحبا"]) assert.equal(shown(text), text);
});

const way = (number, ...values) => ({ way: number, claims: values.map((value) => ({ path: value, label: { ja: value, en: value }, value: { ja: value, en: value } })) });
const cardOffer = (id, ...ways) => ({ card: { id }, checked_on: null, ways });
// Two cards answer "id", the second in two ways; "age" would do, too; "mail" and "id" are optional.
const asked = {
  cards: [{ credential: "id", card: { id: "one" }, way: 1 }],
  choices: {
    credentials: [
      { credential: "id", cards: [cardOffer("two", way(1, "age"), way(0, "name")), cardOffer("one", way(0, "age"), way(1, "name"))] },
      { credential: "age", cards: [cardOffer("one", way(0, "age"))] },
      { credential: "mail", cards: [cardOffer("two", way(0, "mail"))] },
    ],
    sets: [
      { required: true, options: [["id"], ["age"]], proposed: 0 },
      { required: false, options: [["mail"], ["id", "mail"]], proposed: null },
    ],
  },
};

test("a choice begins with what is proposed; what is shown is what is sent, each once", () => {
  const sent = (chosen) => choiceOf(shownBy(asked.choices, chosen)).map(({ credential, card, way }) => `${credential}=${card}/${way}`).join(" ");
  const proposed = proposedBy(asked);
  assert.equal(sent(proposed), "id=one/1");
  assert.deepEqual(shownBy(asked.choices, proposed).map(({ required, way }) => [required, way.claims[0].path]), [[true, "name"]]);
  const places = (card, way) => ({ ...proposed.cards, id: { card, way } });
  assert.equal(sent({ ...proposed, cards: places(0, 0) }), "id=two/1");
  assert.equal(sent({ ...proposed, cards: places(0, 1) }), "id=two/0");
  assert.equal(sent({ ...proposed, options: [1, null] }), "age=one/0");
  assert.equal(sent({ ...proposed, options: [0, 0] }), "id=one/1 mail=two/0");
  assert.equal(sent({ ...proposed, options: [0, 1] }), "id=one/1 mail=two/0"); // "id" is in both sets
  assert.equal(sent({ ...proposed, options: [1, 1] }), "id=one/1 age=one/0 mail=two/0");
  assert.deepEqual(shownBy(asked.choices, { ...proposed, options: [0, 1] }).map(({ required }) => required), [true, false]);
  assert.equal(sent({ ...proposed, options: [null, null] }), "");
});

test("there is a choice where anything can be left out, or answered in another way", () => {
  const [id, age, mail] = asked.choices.credentials;
  const only = (credential, set = {}) => ({ credentials: [credential], sets: [{ required: true, options: [[credential.credential]], proposed: 0, ...set }] });
  assert.equal(hasChoice(only(age)), false);
  assert.equal(hasChoice(only(id)), true);
  assert.equal(hasChoice(only({ ...id, cards: [id.cards[0]] })), true);
  assert.equal(hasChoice(only(mail, { required: false, proposed: null })), true);
  assert.equal(hasChoice({ credentials: [age, mail], sets: [{ required: true, options: [["age"], ["mail"]], proposed: 0 }] }), true);
  assert.deepEqual(apart(["a", "b", "a"]), ["a (1)", "b", "a (2)"]);
});

test("links lead where their scheme says, and nowhere else", () => {
  const rows = [
    ["openid-credential-offer://?credential_offer=x", "add"],
    ["OPENID-CREDENTIAL-OFFER://?x", "add"],
    ["haip-vci://?x", "add"],
    [" openid4vp://?client_id=x\n", "consent"],
    ["haip-vp://?x", "consent"],
    ["http://localhost:8480/#link=openid4vp%3A%2F%2F%3Fx", "consent"],
    ["https://x.example/#link=https%3A%2F%2Fy.example%2F%23link%3Dopenid4vp%253A%252F%252F", null],
    ["https://x.example/", null],
    ["mibun-move://?server=x", "move_new"],
    ["javascript://openid4vp://", null],
    ["openid4vp:?x", null],
    ["openid4vp://?a b", null],
    ["openid4vp://?a\0b", null],
    [`openid4vp://?${"x".repeat(20000)}`, null],
    ["", null],
  ];
  for (const [link, want] of rows) assert.equal(destination(link)?.name ?? null, want, link.slice(0, 60));
  assert.equal(deepLink("#link=openid4vp%3A%2F%2F%3Fx%3D1"), "openid4vp://?x=1");
  for (const hash of ["", "#", "#other=x", "#link=%", "link=x"]) assert.equal(deepLink(hash), null, hash);
});

test("only safe addresses are gone back to", () => {
  const rows = [
    ["https://shop.example/done?x=1", true, true],
    ["http://shop.localhost:8481/done", true, false],
    ["http://localhost/", true, false],
    ["http://shop.example/", false, false],
    ["http://notlocalhost/", false, false],
    ["https://user@shop.example/", false, false],
    ["javascript:alert(1)", false, false],
    ["java\nscript:alert(1)", false, false],
    ["data:text/html,x", false, false],
    ["//shop.example", false, false],
    [null, false, false],
  ];
  for (const [address, inDemo, elsewhere] of rows) {
    assert.equal(webAddress(address, true) !== null, inDemo, `${address} in the demonstration`);
    assert.equal(webAddress(address, false) !== null, elsewhere, `${address} elsewhere`);
  }
});

test("the wallet's server is reached by way of the page's own origin, and nobody else is", () => {
  const rows = [
    ["https://localhost:8443/demo/verifier?x=1#code=2", "http://localhost:8480/demo/verifier?x=1#code=2"],
    ["https://localhost:8444/demo", "https://localhost:8444/demo"],
    ["https://localhost.shop.example/", "https://localhost.shop.example/"],
    ["https://shop.example/done#code=2", "https://shop.example/done#code=2"],
    [null, null],
  ];
  for (const [address, want] of rows) {
    assert.equal(byWayOfPage(address, "https://localhost:8443", "http://localhost:8480"), want);
  }
});

// A grey picture whose brightness `at` gives.
const picture = (size, at) => {
  const pixels = new Uint8ClampedArray(4 * size * size);
  for (let i = 0; i < size * size; ++i) pixels.fill(at(i % size, Math.floor(i / size)), 4 * i, 4 * i + 3);
  return measure(pixels, size, size);
};
test("a picture's brightness and sharpness are measured, and the hint says what is wrong first", () => {
  const flat = picture(32, () => 120);
  assert.ok(Math.abs(flat.brightness - 120) < 0.01);
  assert.ok(flat.sharpness < 0.01);
  assert.equal(hintFor(flat), "blurred");
  // A slope has no edge, whatever its brightness; a line of text has.
  assert.equal(hintFor(picture(32, (x) => 60 + 4 * x)), "blurred");
  const text = picture(32, (x, y) => ((x + y) % 4 < 2 ? 60 : 200));
  assert.equal(hintFor(text), "good");
  // The same text out of focus.
  assert.ok(picture(32, (x) => 130 + 8 * Math.sin(x / 3)).sharpness < text.sharpness / 20);
  assert.equal(hintFor(picture(32, (x) => (x % 2 ? 0 : 60))), "dark");
  assert.equal(hintFor(picture(32, (x) => (x % 2 ? 255 : 200))), "bright");
  assert.equal(hintFor(picture(1, () => 120)), "blurred");
});

test("photos are kept in a size that is of use, and no larger", () => {
  assert.deepEqual(keptSize(640, 640), { width: 640, height: 640 });
  assert.equal(keptSize(640, 639), null);
  assert.equal(keptSize(639, 4000), null);
  assert.deepEqual(keptSize(2000, 1500), { width: 2000, height: 1500 });
  assert.deepEqual(keptSize(4000, 3000), { width: 2000, height: 1500 });
  assert.deepEqual(keptSize(3000, 4000), { width: 1500, height: 2000 });
  assert.equal(keptSize(8000, 1000), null); // a strip: too narrow once it is small enough
});

test("announcements are taken as the server gives them, and what is none is left out", () => {
  const good = { id: "a", kind: "incident", text: { ja: "障害", en: "Incident" }, published_at: "2026-11-28T21:00:00+09:00", until: null };
  assert.deepEqual(announcements({ notices: [good] }), [good]);
  for (const wrong of [null, {}, { ...good, kind: "__proto__" }, { ...good, kind: "html" }, { ...good, id: 1 }, { ...good, text: "障害" }, { ...good, text: { ja: "障害" } }]) {
    assert.deepEqual(announcements({ notices: [wrong, good] }), [good], JSON.stringify(wrong));
  }
  for (const wrong of [null, 1, "x", [], {}, { notices: null }, { notices: {} }]) assert.equal(announcements(wrong), null, JSON.stringify(wrong));
});

test("a notification has words for every kind of notice that the server knows, in both languages, and none about a person", () => {
  const recorder = readFileSync(new URL("../../../server/notices/recorder.h", import.meta.url), "utf8");
  const kinds = /enum class NoticeKind \{([^}]*)\}/.exec(recorder)[1].split(",").map((kind) => kind.trim());
  assert.ok(kinds.length >= 4);
  for (const language of ["ja", "en"]) {
    assert.deepEqual(Object.keys(pushWords[language]).sort(), ["any", ...kinds].sort());
    for (const { title, text } of Object.values(pushWords[language])) assert.ok(title && text);
  }
  assert.doesNotMatch(JSON.stringify(pushWords.en), /[ぁ-んァ-ヶ一-龠]/);
});

// Everything that the page loads with its first file: what that one imports, and so on.
function filesAtFirst(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const source = readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8");
  for (const [, path] of source.matchAll(/^import (?!type )[^;]*?"(\.\.?\/[^"]+)";$/gms)) {
    filesAtFirst(new URL(path, `file:///${name}`).pathname.slice(1), seen);
  }
  return seen;
}

// As the page does it: one language, then the later screens, then the other language.
await load("ja");
const atFirst = Object.keys(textsOf("ja").screens);
const wholeBefore = isWhole("ja");
const codes = [...readFileSync(new URL("../../../core/base/error_codes.def", import.meta.url), "utf8").matchAll(/^MIBUN_ERROR\((\w+),/gm)].map(([, code]) => code);
const toldAtFirst = new Map(codes.map((code) => [code, isToldLater(code, "ja") ? null : errorText(code, "ja")]));
await loadLater("ja");
await load("en");
const texts = { ja: textsOf("ja"), en: textsOf("en") };

test("what is loaded first says nothing that comes later, and a language comes whole once a later screen was wanted", () => {
  assert.ok(!wholeBefore && isWhole("ja") && isWhole("en"));
  const comesLater = Object.keys(texts.ja.screens).filter((name) => !atFirst.includes(name));
  assert.ok(comesLater.includes("consent") && comesLater.includes("move"), comesLater.join());
  const files = [...filesAtFirst("main.tsx")];
  assert.ok(files.includes("screens/home.tsx") && files.includes("ui/parts.tsx") && !files.includes("screens/later.tsx"), files.join());
  for (const name of files.filter((one) => !one.startsWith("text/"))) {
    const source = readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8");
    const said = [...source.matchAll(/\bt\.(\w+)/g)].map(([, section]) => section);
    const taken = [...source.matchAll(/\{([^{}]*)\} = (?:t|textsOf\(\w+\)\.screens);/g)].flatMap(([, names]) => names.split(",").map((one) => one.trim()));
    for (const section of [...said, ...taken]) assert.ok(atFirst.includes(section), `${name} says ${section}`);
    assert.doesNotMatch(source, /\bhelp\b[^;\n]*\} = useWords\(\)/, name);
  }
});

const sentences = (texts) =>
  Object.values(texts).flatMap((text) => (typeof text === "string" ? [text] : typeof text === "function" ? [text(1, 2), text(2, 3)] : sentences(text)));
const shape = (texts) => (typeof texts === "object" ? Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, shape(text)])) : typeof texts);

test("both languages have every text, in plain words", () => {
  assert.deepEqual(shape(texts.en), shape(texts.ja));
  const forbidden = /[Cc]redential(?!-offer)|[Vv]erifier|[Hh]older|\b[Cc]laims?\b|\bDIDs?\b|\bJWTs?\b|クレデンシャル|検証者|保有者|クレーム/;
  for (const language of ["ja", "en"]) {
    for (const sentence of sentences(texts[language])) {
      assert.notEqual(sentence.trim(), "");
      assert.doesNotMatch(sentence, forbidden);
    }
  }
  const english = sentences(texts.en).filter((sentence) => !/言語|日本語|mibun 身分/.test(sentence));
  for (const sentence of english) assert.doesNotMatch(sentence, /[ぁ-んァ-ヶ一-龠]/);
});

// What only partners and staff are answered: none of it comes to a person's page.
const others = ["case_same_reviewer", "claim_not_registered", "legal_hold_not_approved", "legal_hold_not_found", "legal_hold_same_person", "request_refused_by_holder", "result_already_given", "result_not_ready"];

test("every code that can come to the page has an explanation, its own or its family's", () => {
  assert.ok(codes.length > 300);
  for (const language of ["ja", "en"]) {
    for (const code of [...codes, "http_*", "__proto__", "constructor"]) assert.ok(errorText(code, language).remedy, code);
    const unexplained = [...codes, "http_something_new"].filter((code) => errorText(code, language) === errorText("*", language));
    assert.deepEqual(unexplained.sort(), others);
    for (const code of ["something_new", "502", "", "__proto__", "constructor"]) assert.equal(errorText(code, language), errorText("*", language), code);
  }
  const names = Object.keys(texts.ja.errors).flatMap((one) => one.split(" "));
  assert.equal(new Set(names).size, names.length);
  for (const name of names) {
    const known = codes.some((code) => (name.endsWith("*") ? code.startsWith(name.slice(0, -1)) : code === name));
    assert.ok(known || /^(wallet_(busy|open_elsewhere|storage_damaged|module_failed)|passkey_(failed|without_prf))$/.test(name), `${name} is no code of the core`);
  }
});

test("an error is explained by its own words or waits for them, and by no other's meanwhile", () => {
  for (const [code, text] of toldAtFirst) if (text !== null) assert.equal(text, errorText(code, "ja"), code);
  const later = codes.filter((code) => toldAtFirst.get(code) === null);
  for (const code of ["oid4vp_request_expired", "case_expired", "emrtd_digest_mismatch"]) assert.ok(later.includes(code), code);
  for (const code of ["http_timeout", "wallet_user_verification_failed", "key_exists", "service_overloaded", "terms_not_accepted"]) assert.ok(!later.includes(code), code);
  for (const code of [...codes, "something_new"]) assert.equal(isToldLater(code, "ja"), false, code);
});

test("the sentence of a code goes before its family's, and that of a longer family before a shorter one's", () => {
  const title = (code) => errorText(code, "en").title;
  assert.equal(title("keyd_rate_limited"), "Too many at once");
  assert.equal(title("keyd_unavailable"), title("unavailable"));
  assert.equal(title("url_not_https"), "The address is not safe");
  assert.equal(title("url_malformed"), "The link is not right");
  assert.equal(title("dcql_too_large"), "Too much at once");
  assert.equal(title("dcql_bad_path"), title("oid4vp_invalid_request"));
  assert.equal(title("json_missing_member"), title("cbor_truncated"));
  assert.notEqual(title("jwe_decryption_failed"), title("jws_malformed"));
  assert.equal(title("certificate_untrusted_for_type"), "This issuer may not issue this kind of card");
});

test("a day that came as one is written in words, and any other text stays as it came", () => {
  assert.equal(dayWritten("2033-11-28", "ja"), "2033年11月28日");
  assert.equal(dayWritten("2024-05-01", "en"), "1 May 2024");
  for (const text of ["2033-11-28T00:00:00Z", "x2033-11-28", "no passport chip", ""]) assert.equal(dayWritten(text, "ja"), text);
});

test("what was agreed to is read out of a receipt, and out of nothing else", () => {
  const text = { ja: "年齢を確かめるため", en: "To check your age" };
  const agreed = { purpose: text, retention: { days: 30, text }, cautions: text };
  const jws = (payload) => `e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.AA`;
  assert.deepEqual(agreementOf({ kind: "consent", text: jws({ consent: JSON.stringify({ ...agreed, nonce: "x" }) }) }), agreed);
  const { cautions, ...ofReader } = agreed;
  assert.deepEqual(agreementOf({ kind: "nearby", text: JSON.stringify({ reader: { standing: "registered", ...ofReader } }) }), { ...ofReader, cautions: null });
  const wrong = [
    ["consent", ""], ["consent", "a.b"], ["consent", "a.%.c"], ["consent", jws(null)], ["consent", jws({})], ["consent", jws({ consent: agreed })],
    ...[{ purpose: "x" }, { purpose: { ja: "x" } }, { retention: null }, { retention: { days: "30", text } }, { retention: { days: 30, text: { ja: 1, en: "x" } } }].map((part) => ["consent", jws({ consent: JSON.stringify({ ...agreed, ...part }) })]),
    ["nearby", "{}"], ["nearby", JSON.stringify({ reader: { standing: "unknown" } })], ["nearby", "no json"],
    ["erasure", jws({ consent: JSON.stringify(agreed) })],
  ];
  for (const [kind, text] of wrong) assert.equal(agreementOf({ kind, text }), null, `${kind} ${text}`);
});

test("the activity is looked through by kind, by how it ended, by time and by words", () => {
  const now = Date.UTC(2026, 10, 30);
  const day = 24 * 3600_000;
  const all = { kind: "all", standing: "all", days: null, words: "" };
  const event = (kind, ja, en, change = {}) => ({ kind, label: { ja: "提供しました", en: "Shared" }, organization: { ja, en }, deletion: null, at: { ms: now - 40 * day }, ...change });
  const shared = event("shared", "さくら酒店", "Sakura Liquor");
  const rows = [
    [{}, shared, true],
    [{ kind: "sharing" }, shared, true], [{ kind: "cards" }, shared, false],
    [{ kind: "cards" }, event("card_received", "", ""), true], [{ kind: "identity" }, event("staff_viewed", "", ""), true], [{ kind: "account" }, event("registered", "", ""), true],
    [{ standing: "done" }, shared, true], [{ standing: "stopped" }, shared, false], [{ standing: "stopped" }, event("refused", "", ""), true],
    [{ standing: "failed" }, event("failed", "", ""), true], [{ standing: "failed" }, event("uncertain", "", ""), true], [{ standing: "failed" }, shared, false],
    [{ standing: "deletion" }, shared, false], [{ standing: "deletion" }, event("shared", "", "", { deletion: {} }), true], [{ standing: "done" }, event("shared", "", "", { deletion: {} }), true],
    [{ days: 40 }, shared, true], [{ days: 39 }, shared, false],
    [{ words: "ｓａｋｕｒａ" }, shared, true], [{ words: " さくら  SHARED " }, shared, true], [{ words: "さくら 中止" }, shared, false],
    [{ words: "evil" }, event("shared", "\u202eevil", ""), true],
  ];
  for (const [wanted, one, want] of rows) assert.equal(fits(one, { ...all, ...wanted }, now), want, JSON.stringify([wanted, one]));
});

test("a wallet is stopped by what the server answers, and by nothing else", async () => {
  const asked = [];
  const answering = (status, body) => async (address, { method, body: sent, credentials }) => {
    asked.push([address, method, JSON.parse(sent), credentials]);
    return new Response(body, { status });
  };
  assert.equal(await stopWallet("7KQM", answering(200, '{"revoked_at":"2026-11-28T21:34:00+09:00"}')), Date.UTC(2026, 10, 28, 12, 34));
  assert.deepEqual(asked, [["/api/v1/revocations", "POST", { revocation_code: "7KQM" }, "omit"]]);
  const rows = [
    [403, '{"code":"revocation_code_wrong","detail":"x"}', { code: "wallet_server_refused", where: "revocation_code_wrong", detail: "x" }],
    [200, "{}", { code: "http_status_unexpected", where: "200", detail: "" }],
    [200, '{"revoked_at":"x"}', { code: "http_status_unexpected", where: "200", detail: "" }],
    [200, '{"revoked_at":1,"code":"x"}', { code: "http_status_unexpected", where: "200", detail: "" }],
    [500, "<html>", { code: "http_status_unexpected", where: "500", detail: "" }],
    [502, "null", { code: "http_status_unexpected", where: "502", detail: "" }],
  ];
  for (const [status, body, want] of rows) await assert.rejects(stopWallet("x", answering(status, body)), (error) => (assert.deepEqual(error, want), true), body);
  await assert.rejects(stopWallet("x", async () => Promise.reject(new TypeError("offline"))), { code: "http_connect_failed" });
});

test("days are Japan's", () => {
  assert.equal(dayOf(Date.UTC(2026, 10, 28, 14, 59), "ja"), "2026年11月28日");
  assert.equal(dayOf(Date.UTC(2026, 10, 28, 15, 0), "en"), "29 November 2026");
  assert.equal(momentOf(Date.UTC(2026, 10, 28, 15, 5), "ja"), "2026年11月29日 00:05 (JST)");
  assert.equal(momentOf(Date.UTC(2026, 10, 28, 15, 5), "en"), "29 November 2026, 00:05 (JST)");
});

test("a chip's files are known by their names", () => {
  const rows = [["EF.SOD", "EF.SOD"], ["ef.dg1.bin", "EF.DG1"], ["EF_DG15.dat", "EF.DG15"], ["EF.DG3", null], ["EF.DG1.tar.gz", null], ["xEF.DG1", null]];
  for (const [name, want] of rows) assert.equal(chipFileName(name), want, name);
  assert.equal(toBase64url(new Uint8Array([251, 255, 0])), "-_8A");
});

// The other reader that we have: it must read what we draw, in each version.
test("a QR code that is drawn can be read, and a text that fits into none is not drawn", () => {
  const jsQR = createRequire(import.meta.url)("jsqr");
  const scale = 4;
  const quiet = 4;
  for (const length of [1, 17, 18, 53, 78, 106, 134, 154, 192, 230, 231, 271, 321, 367, 425, 458, 500, 520]) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(33 + ((i * 7 + length) % 90))).join("");
    const rows = encode(text);
    const size = (rows.length + 2 * quiet) * scale;
    const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const dark = rows[Math.floor(y / scale) - quiet]?.[Math.floor(x / scale) - quiet];
        if (dark) pixels.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
      }
    }
    assert.equal(jsQR(pixels, size, size)?.data, text, `${length} characters`);
  }
  assert.equal(encode("x".repeat(600)), null);
});
