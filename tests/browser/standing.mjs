// What has to stand on the screens by which people decide: who asks and how sure that is, what for, and what goes out; what a
// card is, and where each entry comes from. And 5,000 hostile texts: each stands there as text, whole, and nothing else does.
// `tools`: open, close, quiet, openLink, withRequest, set, to of screens.mjs.
import assert from "node:assert/strict";
import { click, seen } from "./hands.mjs";

// The page's rows as people read them: [label, value, what stands in small below].
const rowsIn = (page, where) => page.evaluate(`[...document.querySelectorAll(${JSON.stringify(`${where} .rows > div`)})].map((row) => {
  const small = row.querySelector("dd > small")?.textContent ?? null;
  const value = row.querySelector("dd").cloneNode(true);
  value.querySelector(":scope > small")?.remove();
  return [row.querySelector("dt").textContent, value.textContent, small];
})`);
const textIn = (page, where) => page.evaluate(`[...document.querySelectorAll(${JSON.stringify(where)})].map(({ textContent }) => textContent)`);
// Not only in the document: people see it, too.
const visible = (page, where) => page.evaluate(`[...document.querySelectorAll(${JSON.stringify(where)})].every((one) => one.checkVisibility() && one.getBoundingClientRect().height > 0)`);

const unverified = `identified: { label: { ja: '登録がありません', en: 'No registration' }, verified: false }, cautions: null,
  warnings: [{ ja: '登録のない提供先です。', en: 'This organisation is not registered.' }, { ja: '生年月日を求めています。', en: 'It asks for your date of birth.' }]`;
const request = {
  ja: {
    who: "さくら酒店", verified: "確認済み", unverified: "登録がありません", doubt: "この提供先の身元は確認できていません。心当たりがなければ中止してください。",
    last: "これまでに 2 回。前回は 2026年11月26日 19:34 です。", first: "この提供先には初めてです。", once: "これまでに 1 回。前回は 2026年11月26日 19:34 です。",
    more: [["提供先のアドレス", "https://shop.sakura.example", null], ["連絡先", "privacy@sakura.example", null], ["登録番号", "reg-2026-0417", null], ["登録機関", "https://registrar.example", null], ["登録の期限", "2027年6月16日 21:34", null], ["証明書の持ち主", "CN=shop.sakura.example,O=Sakura Liquor Shop,C=JP", null], ["証明書の発行元", "CN=Verifier Access CA,O=Example Trust,C=JP", null], ["証明書の期限", "2027年2月26日 21:34", null], ["識別子 (client_id)", "x509_san_dns:shop.sakura.example", null]],
    agreed: [["利用目的", "酒類を販売する前に、20歳以上であることを確かめるため。", null], ["保存期間", "30 日 確認の記録だけを残し、その後消します。", null], ["注意事項", "確認の結果をほかの会社に渡しません。", null]],
    values: [["姓", "身分", null], ["名", "花子", null], ["生年月日", "1998年4月3日", null], ["20歳以上", "はい", null]],
    card: "本人確認カード必須", from: "身分証明発行センター ・ 2026年11月27日 15:34 受け取り",
    warning: "ご注意ください", warnings: ["登録のない提供先です。", "生年月日を求めています。"], until: "この求めは 2026年11月28日 21:40 まで有効です。",
  },
  en: {
    who: "Sakura Liquor Shop", verified: "Verified", unverified: "No registration", doubt: "We could not verify who this is. If you do not know them, stop.",
    last: "Shared 2 times before, last on 26 Nov 2026, 19:34.", first: "You have never shared with them before.", once: "Shared once before, on 26 Nov 2026, 19:34.",
    more: [["Their address", "https://shop.sakura.example", null], ["Contact", "privacy@sakura.example", null], ["Registration number", "reg-2026-0417", null], ["Registered by", "https://registrar.example", null], ["Registered until", "16 Jun 2027, 21:34", null], ["Certificate of", "CN=shop.sakura.example,O=Sakura Liquor Shop,C=JP", null], ["Certificate issued by", "CN=Verifier Access CA,O=Example Trust,C=JP", null], ["Certificate valid until", "26 Feb 2027, 21:34", null], ["Identifier (client_id)", "x509_san_dns:shop.sakura.example", null]],
    agreed: [["Purpose", "To check that you are 20 or over before selling alcohol.", null], ["Kept for", "30 days Only the record of the check, then erased.", null], ["Please note", "The result is not given to other companies.", null]],
    values: [["Family name", "Mibun", null], ["Given name", "Hanako", null], ["Date of birth", "3 April 1998", null], ["Aged 20 or over", "Yes", null]],
    card: "Identity cardRequired", from: "Identity Issuing Centre · received 27 Nov 2026, 15:34",
    warning: "Take care", warnings: ["This organisation is not registered.", "It asks for your date of birth."], until: "This request is valid until 28 Nov 2026, 21:40.",
  },
};
const home = {
  ja: {
    received: ["受け取った日2026年11月27日 15:34", "受け取った日2026年6月11日 21:34"], checked: "確認した日2026年11月20日",
    rows: [["本人確認カード", "身分証明発行センター", "有効", "有効期限2027年5月27日 21:34", "残り 7 / 10 回分"], ["本人確認カード", "身分証明発行センター", "まもなく期限切れ", "有効期限2026年12月7日 21:34", "残り 2 / 10 回分"], ["学生証", "緑丘大学", "使い切り", "有効期限期限なし", "残り 0 / 10 回分"]],
    waiting: ["住民カード準備中", "青葉市", "次に確認できるのは 2026年11月28日 23:34 から"],
  },
  en: {
    received: ["Received on27 Nov 2026, 15:34", "Received on11 Jun 2026, 21:34"], checked: "Confirmed on20 Nov 2026",
    rows: [["Identity card", "Identity Issuing Centre", "Valid", "Valid until27 May 2027, 21:34", "7 of 10 uses left"], ["Identity card", "Identity Issuing Centre", "Expires soon", "Valid until7 Dec 2026, 21:34", "2 of 10 uses left"], ["Student card", "Midorigaoka University", "Used up", "Valid untilNo end date", "0 of 10 uses left"]],
    waiting: ["Resident cardPending", "Aoba City", "28 Nov 2026, 23:34"],
  },
};
const card = {
  ja: {
    values: [["姓", "身分", "出どころ: パスポートのICチップ"], ["名", "花子", "出どころ: パスポートのICチップ"], ["生年月日", "1998年4月3日", "出どころ: パスポートのICチップ"], ["20歳以上", "はい", "出どころ: 生年月日から計算"], ["国籍", "日本", "出どころ: 発行者の記載なし"]],
    about: [["発行者", "身分証明発行センター"], ["発行者のアドレス", "https://localhost:8443/issuer"], ["状態", "有効"], ["状態を確かめた日時", "2026年11月28日 21:04"], ["確認した日", "2026年11月20日"], ["受け取った日", "2026年11月27日 15:34"], ["有効期限", "2027年5月27日 21:34"], ["残り回数", "残り 7 / 10 回分"]],
  },
  en: {
    values: [["Family name", "Mibun", "Source: Passport chip"], ["Given name", "Hanako", "Source: Passport chip"], ["Date of birth", "3 April 1998", "Source: Passport chip"], ["Aged 20 or over", "Yes", "Source: Computed from the date of birth"], ["Nationality", "Japan", "Source: the issuer does not say"]],
    about: [["Issuer", "Identity Issuing Centre"], ["Issuer's address", "https://localhost:8443/issuer"], ["State", "Valid"], ["State last checked", "28 Nov 2026, 21:04"], ["Confirmed on", "20 Nov 2026"], ["Received on", "27 Nov 2026, 15:34"], ["Valid until", "27 May 2027, 21:34"], ["Uses left", "7 of 10 uses left"]],
  },
};

const hostileParts = ["<script>window.hurt=1</script>", "<img src=x onerror=window.hurt=1>", "<svg/onload=window.hurt=1>", "javascript:window.hurt=1", "{{constructor.constructor('window.hurt=1')()}}", "&lt;b&gt;",
  "\u202e", "\u2066", "\u0000", "\u001b[2J", "\u2028", "\u200e", "\u061c", "\ufeff", "\ud800", "e" + "\u0301".repeat(60), "\"'>", "</dd></dl>", "style=position:fixed", "花子", "x".repeat(3000)];
// The same texts every time: each of these, then mixtures of three by a small generator.
function hostileTexts(count) {
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648) >> 8;
  return Array.from({ length: count }, (_, index) =>
    index < hostileParts.length ? hostileParts[index] : [0, 1, 2].map(() => hostileParts[next() % hostileParts.length]).join(String(index)));
}
// What must stand on the screen for such a text: all of it, with a sign in the place of what steers, of halves of letters, and
// of marks beyond the eighth on one letter.
const steers = (letter) => /^[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]$/u.test(letter) || "\u061c\u200b\u200e\u200f\ufeff".includes(letter) || /^[\u202a-\u202e\u2060-\u206f]$/.test(letter);
function standsFor(text) {
  let marks = 0;
  let out = "";
  for (const letter of text) {
    marks = /^\p{M}$/u.test(letter) ? marks + 1 : 0;
    if (marks <= 8) out += steers(letter) ? "\ufffd" : letter;
    else if (marks === 9) out += "\ufffd";
  }
  return out;
}
const shortOf = (text) => (standsFor(text).length <= 160 ? standsFor(text) : `${standsFor(text).slice(0, 160)}…`);
const forPage = (texts) => JSON.stringify(texts.map((text) => ({ ja: text, en: text })));
// The texts of others below each of `where`, whole: what is longer than a screen stands behind "show all".
const dataIn = (page, where) => page.evaluate(`[...document.querySelectorAll(${JSON.stringify(where)})].map((one) => (one.querySelector(".long > details > bdi") ?? one.querySelector("bdi") ?? one).textContent)`);
// Nothing but text came of them, on the whole page and not only where they are looked for.
async function onlyText(page, name) {
  assert.equal(await page.evaluate(`document.querySelectorAll("main script, main img, main iframe, main a[href^='javascript'], main [style]").length`), 0, name);
  const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udfff](?![\udc00-\udfff])/;
  assert.doesNotMatch(await page.evaluate("document.body.textContent"), steering, name);
  assert.doesNotMatch(await page.evaluate("[...document.querySelectorAll('[aria-label]')].map(({ ariaLabel }) => ariaLabel).join(' ')"), steering, name);
}

export function standingChapters({ open, close, quiet, openLink, withRequest, set, to, offer }) {
  const asked = async (page, change) => {
    await withRequest(change)(page);
    await seen(page, "share");
  };
  return {
    async "what stands on a request: who asks and how sure that is, how often before, what for, how long, what to note, and each value"() {
      for (const language of ["ja", "en"]) {
        const want = request[language];
        const page = await open("", { language });
        await asked(page, "");
        assert.deepEqual(await textIn(page, "main .who > h2"), [want.who]);
        assert.deepEqual(await textIn(page, "main .who > .standing.good > strong"), [want.verified]);
        assert.equal(await page.evaluate("document.querySelectorAll('main .who > .standing.good > svg').length"), 1);
        assert.equal(await page.evaluate("document.querySelectorAll('main .unverified, main .standing.bad, main .note.warn').length"), 0);
        assert.deepEqual(await textIn(page, "main .who > p:not(.standing)"), [want.last]);
        assert.deepEqual(await rowsIn(page, "main .who > details >"), want.more);
        // One after the other: what is agreed to, then what goes out.
        assert.deepEqual(await rowsIn(page, "main .page >"), want.agreed);
        assert.deepEqual(await rowsIn(page, "main .values"), want.values);
        assert.deepEqual([await textIn(page, "main .values h3"), await textIn(page, "main .values .soft")], [[want.card], [want.from]]);
        assert.ok((await textIn(page, "main .page > .soft")).includes(want.until));
        assert.ok(await visible(page, "main .who > h2, main .who > p, main .page > .rows > div, main .values .rows > div"));
        assert.equal(await page.evaluate("(() => { const places = ['.who', '.rows', '.values', '#share'].map((one) => document.querySelector(`main .page ${one}`)); return places.every((one, index) => index === 0 || (places[index - 1].compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0); })()"), true);

        await asked(page, `${unverified}, previous: { count: 0, last: null }`);
        assert.deepEqual(await textIn(page, "main .who.unverified > .standing.bad > strong"), [want.unverified]);
        assert.deepEqual(await textIn(page, "main .who > p:not(.standing)"), [want.doubt, want.first]);
        assert.equal(await page.evaluate("document.querySelectorAll('main .standing.good').length"), 0);
        assert.deepEqual([await textIn(page, "main .note.warn > h2"), await textIn(page, "main .note.warn li")], [[want.warning], want.warnings]);
        assert.deepEqual(await rowsIn(page, "main .page >"), want.agreed.slice(0, 2)); // it says nothing to note
        assert.ok(await visible(page, "main .who > p, main .note.warn li"));
        await asked(page, "previous: { count: 1, last: example.request.previous.last ?? example.events.find(({ id }) => id === 'e2').at }, warnings: []");
        assert.match((await textIn(page, "main .who > p:not(.standing)")).at(-1), language === "ja" ? /^これまでに 1 回。前回は .+ です。$/ : /^Shared once before, on .+\.$/);
        await quiet(page, "a request");
        await close(page);
      }
    },
    async "what stands on home: each card's name, issuer, state, days and copies left, and what waits; on a card: where each entry comes from"() {
      for (const language of ["ja", "en"]) {
        const want = home[language];
        const page = await open("", { language });
        await set(page, "{ cards: example.cards.slice(0, 3).map((card, index) => ({ ...card, expires_at: index === 2 ? null : card.expires_at })) }");
        await page.until("document.querySelectorAll('main button.card').length === 3");
        const faces = await page.evaluate(`[0, 1, 2].map((card) => ["name", "issuer"].map((part) => document.getElementById(\`face-\${card}-\${part}\`).textContent).concat(["chip", "face-facts > :last-child", "face-copies"].map((part) => document.querySelector(\`#card-\${card} .\${part}\`).textContent)))`);
        assert.deepEqual(faces, want.rows);
        assert.deepEqual(await textIn(page, "[id^=face-][id$=-received]"), [want.received[0], want.received[1], want.received[0]]);
        assert.deepEqual(await textIn(page, "[id^=face-][id$=-checked]"), [want.checked, want.checked]);
        assert.deepEqual(await page.evaluate("[...document.querySelectorAll('#main meter')].map(({ value, max }) => [value, max])"), [[7, 10], [2, 10], [0, 10]]);
        assert.ok(await visible(page, "main .face span, main .face strong"));
        const waiting = (await textIn(page, "main li.panel")).join();
        for (const word of want.waiting) assert.ok(waiting.includes(word), `${word}: ${waiting}`);

        await click(page, "card-0");
        await seen(page, "renew");
        assert.deepEqual(await rowsIn(page, "main section > section:first-of-type"), card[language].values);
        assert.deepEqual((await rowsIn(page, "main section > section:nth-of-type(2)")).map(([label, value]) => [label, value]), card[language].about);
        assert.deepEqual((await textIn(page, "#face-name, #face-issuer")), want.rows[0].slice(0, 2));
        assert.ok(await visible(page, "main .rows > div, main .rows small"));
        await quiet(page, "cards");
        await close(page);
      }
    },

    async "5,000 hostile texts in a card and in a request are text, each of them whole"() {
      const texts = hostileTexts(5000);
      const page = await open("");
      await page.evaluate(`example.hostileTexts = ${forPage(texts)}; 0`);
      for (let from = 0; from < texts.length; from += 500) {
        const want = texts.slice(from, from + 500).map(standsFor);
        await page.evaluate(`example.claims = example.hostileTexts.slice(${from}, ${from + 500}).map((text) => ({ path: [], label: text, value: text })); example.request = { ...example.request, organization: example.claims[0].value, purpose: example.claims[1].value, choices: { ...example.choices.both, credentials: example.choices.both.credentials.map((asked) => ({ ...asked, cards: asked.cards.map((offer) => ({ ...offer, card: { ...offer.card, name: example.claims[2].value, issuer_name: example.claims[3].value }, ways: offer.ways.map((way) => ({ ...way, claims: example.claims })) })) })) } }; 0`);
        await to("tab-home", "card-0")(page);
        await page.until(`document.querySelectorAll("main .rows.strong > div").length === 500`);
        for (const part of ["dt", "dd"]) assert.deepEqual(await dataIn(page, `main .rows.strong > div > ${part}`), want, part);
        await onlyText(page, "a card");
        await openLink(page, "openid4vp://?client_id=x");
        await seen(page, "share");
        for (const part of ["dt", "dd"]) assert.deepEqual(await dataIn(page, `main .values .rows > div > ${part}`), [...want, ...want, ...want], part);
        assert.deepEqual(await dataIn(page, "main .who > h2"), [want[0]]);
        assert.deepEqual((await dataIn(page, "main .page > .rows > div > dd"))[0], want[1]);
        assert.deepEqual(await dataIn(page, "main .values h3 > span:first-of-type"), [want[2], want[2], want[2]]);
        await onlyText(page, "a request");
      }
      await quiet(page, "hostile texts");
      await close(page);
    },
    async "a hundred of the hostile texts on home, in the activity, in notices, in receipts and in an offer are text, too"() {
      const texts = hostileTexts(100);
      const want = texts.map(standsFor);
      const short = texts.map(shortOf);
      const page = await open("");
      await page.evaluate(`example.hostileTexts = ${forPage(texts)}; 0`);
      await set(page, "{ cards: example.hostileTexts.map((text, index) => ({ ...example.cards[0], id: `h${index}`, name: text, issuer_name: text })), waiting: example.hostileTexts.map((text, index) => ({ ...example.waiting[0], id: `w${index}`, name: text, issuer_name: text })) }");
      await page.until("document.querySelectorAll('main button.card').length === 100");
      for (const part of ["name", "issuer"]) assert.deepEqual(await dataIn(page, `[id^=face-][id$=-${part}]`), short, part);
      assert.equal(await page.evaluate("document.querySelectorAll('main button details').length"), 0, "nothing to open within what is pressed");
      assert.deepEqual(await dataIn(page, "main li.panel > h3"), want);
      assert.deepEqual(await dataIn(page, "main li.panel > p:nth-of-type(1)"), want);
      await onlyText(page, "home");
      // What is cut there stands whole on the card.
      const long = texts.findIndex((text) => text.length > 2000);
      await click(page, `card-${long}`);
      await seen(page, "renew");
      for (const part of ["name", "issuer"]) assert.deepEqual(await dataIn(page, `#face-${part}`), [want[long]]);

      await set(page, "{ events: example.hostileTexts.map((text, index) => ({ ...example.events[0], id: `h${index}`, label: text, organization: text, claims: [text], details: [{ label: text, value: text.ja }] })) }");
      await click(page, "tab-history");
      await page.until("document.querySelectorAll('main [id^=event-]').length === 100");
      assert.deepEqual(await dataIn(page, "main [id^=event-] strong"), short);
      assert.deepEqual(await dataIn(page, "main [id^=event-] .line-text > .soft"), short);
      assert.equal(await page.evaluate("document.querySelectorAll('main button details').length"), 0, "nothing to open within what is pressed");
      await onlyText(page, "the activity");
      for (const index of [long, 6, 9, texts.length - 1]) {
        await to("tab-history", `event-h${index}`)(page);
        await seen(page, "report-partner");
        assert.deepEqual(await dataIn(page, "main .page > h2"), [want[index]]);
        assert.deepEqual(await dataIn(page, "main .note.plain li"), [want[index]]);
        assert.deepEqual((await dataIn(page, "main .page > .rows > div:last-child > *")), [want[index], want[index]]);
        await onlyText(page, "an entry");
      }

      await set(page, "{ notices: example.hostileTexts.map((text, index) => ({ ...example.notices[1], id: `h${index}`, title: text, text })), publicNotices: example.hostileTexts.map((text, index) => ({ ...example.publicNotices[0], id: `h${index}`, title: text, text })) }");
      await to("notices", "open-notices")(page);
      await page.until("document.querySelectorAll('main li.panel').length === 200");
      assert.deepEqual(await dataIn(page, "main li.panel > h3"), [...want, ...want]);
      assert.deepEqual(await dataIn(page, "main li.panel > p:not(.soft)"), [...want, ...want]);
      await onlyText(page, "notices");

      await set(page, "{ keptReceipts: example.hostileTexts.map((text, index) => ({ name: `h${index}`, kind: 'consent', at: example.request.expires_at, organization: text, text: text.ja })) }");
      await to("tab-history", "receipts")(page);
      await page.until("document.querySelectorAll('main li.panel').length === 100");
      assert.deepEqual(await dataIn(page, "main li.panel > p"), want);
      assert.deepEqual(await dataIn(page, "main .signed"), want);
      await onlyText(page, "receipts");

      for (const [index, text] of texts.entries()) {
        await page.evaluate(`example.offer = { ...example.offer, issuer: { name: example.hostileTexts[${index}], address: example.hostileTexts[${index}].ja }, cards: [{ ...example.offer.cards[0], name: example.hostileTexts[${index}], contents: [example.hostileTexts[${index}]] }], tx_code: { length: 6, numeric: true, description: example.hostileTexts[${index}].ja } }; 0`);
        await openLink(page, offer);
        await seen(page, "tx-code");
        assert.deepEqual(await dataIn(page, "main .rows > div > dd"), [want[index], want[index], want[index], "10"], text);
        assert.deepEqual(await dataIn(page, "main .panel:not(#offer-contents) > h2 + p"), [want[index]], text);
        assert.deepEqual(await dataIn(page, "#offer-contents li"), [want[index]], text);
        await onlyText(page, "an offer");
      }
      await quiet(page, "hostile texts");
      await close(page);
    },
  };
}
