// A wallet for the tests of the screens, never part of what is shipped: it answers each step with examples of both languages,
// hostile texts among them. `globalThis.example` lets a test choose what it answers.
import type { Card, CardClaim, ChipReview, Choices, Claim, Deletion, Device, DueRenewal, Erasure, HistoryEvent, LockReason, MoveAwaited, MoveSeen, Inquiry, InquiryTerms, Notice, OfferedCard, Presented, PublicNotice, Receipt, Received, OverAsked, RequestQuestion, Text, Time, Wallet, WalletError } from "../../src/wallet.ts";

export const module = "";

const at = (ms: number): Time => {
  const there = new Date(ms + 9 * 3600_000).toISOString();
  const [year, month, day] = there.slice(0, 10).split("-").map(Number);
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const clock = there.slice(11, 16);
  return { ms, ja: `${year}年${month}月${day}日 ${clock}`, en: `${day} ${months[month! - 1]} ${year}, ${clock}` };
};
const now = Date.UTC(2026, 10, 28, 12, 34);
const hours = (count: number) => at(now + count * 3600_000);
const text = (ja: string, en: string): Text => ({ ja, en });

const issuer = text("身分証明発行センター", "Identity Issuing Centre");
const card = (id: string, state: Card["state"], change: Partial<Card> = {}): Card => ({
  id,
  format: "dc+sd-jwt",
  name: text("本人確認カード", "Identity card"),
  issuer_name: issuer,
  issuer: "https://localhost:8443/issuer",
  received_at: hours(-30),
  expires_at: hours(24 * 180),
  copies: 10,
  copies_left: state === "used_up" ? 0 : 7,
  state,
  renewable: true,
  status_at: hours(-0.5),
  status_failure: null,
  ...change,
});
const claim = (path: string, ja: string, en: string, valueJa: string, valueEn = valueJa): Claim => ({
  path: [path],
  label: text(ja, en),
  value: text(valueJa, valueEn),
});
const claims = [
  claim("family_name", "姓", "Family name", "身分", "Mibun"),
  claim("given_name", "名", "Given name", "花子", "Hanako"),
  claim("birthdate", "生年月日", "Date of birth", "1998年4月3日", "3 April 1998"),
  claim("age_equal_or_over", "20歳以上", "Aged 20 or over", "はい", "Yes"),
  claim("nationality", "国籍", "Nationality", "日本", "Japan"),
];
const chip = text("パスポートのICチップ", "Passport chip");
const computed = text("生年月日から計算", "Computed from the date of birth");
const sources: Record<string, Text | null> = { age_equal_or_over: computed, nationality: null };
const sourced = (one: Claim): CardClaim => ({ ...one, source: Object.hasOwn(sources, String(one.path)) ? sources[String(one.path)]! : chip });
export const hostile = "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script>\u202eevil\u0000\u2066 javascript:alert(1)";
const hostileText = text(hostile, hostile);

const cards = [
  card("one", "valid"),
  card("two", "expires_soon", { received_at: hours(-24 * 170), expires_at: hours(24 * 9), copies_left: 2 }),
  card("three", "used_up", { name: text("学生証", "Student card"), issuer_name: text("緑丘大学", "Midorigaoka University"), issuer: "https://univ.example" }),
  card("four", "expired", { name: hostileText, issuer_name: hostileText, renewable: false }),
];

const findings = [
  ["発行国の署名", "Signed by the issuing state", "passed"],
  ["記録内容が改ざんされていないこと", "Contents unchanged", "passed"],
  ["有効期限", "Not expired", "failed"],
  ["本物のチップ", "Genuine chip", "not_done"],
] as const;
const outcomes = { passed: text("合格", "passed"), failed: text("不合格", "failed"), not_done: text("未実施", "not done") };
const labels = {
  open: text("書類の提出待ち", "Waiting for your document"),
  in_review: text("審査中", "In review"),
  more_needed: text("追加の写真が必要です", "More is needed"),
  approved: text("確認済み", "Approved"),
  rejected: text("確認できませんでした", "Not approved"),
  expired: text("期限切れ", "Expired"),
};

const request: RequestQuestion = {
  step: "question",
  organization: text("さくら酒店", "Sakura Liquor Shop"),
  identified: { label: text("確認済み", "Verified"), verified: true },
  contact: "privacy@sakura.example",
  client_id: "x509_san_dns:shop.sakura.example",
  registration: { id: "reg-2026-0417", registrar: "https://registrar.example", until: hours(24 * 200) },
  certificate: { subject: "CN=shop.sakura.example,O=Sakura Liquor Shop,C=JP", issuer: "CN=Verifier Access CA,O=Example Trust,C=JP", until: hours(24 * 90) },
  address: "https://shop.sakura.example",
  purpose: text("酒類を販売する前に、20歳以上であることを確かめるため。", "To check that you are 20 or over before selling alcohol."),
  retention: { days: 30, text: text("確認の記録だけを残し、その後消します。", "Only the record of the check, then erased.") },
  cautions: text("確認の結果をほかの会社に渡しません。", "The result is not given to other companies."),
  expires_at: hours(0.1),
  previous: { count: 2, last: hours(-50) },
  pairing: null,
  approvals: [],
  warnings: [],
  cards: [{ card: cards[0]!, claims: claims.slice(0, 4), credential: "identity", way: 0 }],
  choices: {
    credentials: [{ credential: "identity", cards: [{ card: cards[0]!, checked_on: text("2026年11月20日", "20 Nov 2026"), ways: [{ way: 0, claims: claims.slice(0, 4) }] }] }],
    sets: [{ required: true, options: [["identity"]], proposed: 0 }],
  },
  can_share: true,
  missing: [],
};
const error = (code: string): WalletError => ({ code, where: "example", detail: "detail" });
const { organization, identified, contact, client_id, registration, certificate } = request;
const overAsked: OverAsked = { step: "over_asked", organization, identified, contact, client_id, registration, certificate, event: "e2", error: error("oid4vp_claim_not_registered") };
const ended = {
  perhaps: { step: "ended", sent: "perhaps", event: "e2", organization: request.organization, error: error("http_timeout") },
  nothing: { step: "ended", sent: "nothing", event: "", organization: request.organization, error: error("oid4vp_request_expired") },
} satisfies Record<string, Presented>;
const stopped = {
  again: { step: "stopped", next: "again", error: error("wallet_user_verification_failed") },
  anew: { step: "stopped", next: "anew", error: error("http_redirect_refused") },
  newOffer: { step: "stopped", next: "new_offer", error: error("oauth_invalid_grant") },
} satisfies Record<string, Received>;
// Two cards of one type, the second of them in two ways; and what may be left out.
const secondClaims = [claim("family_name", "姓", "Family name", "身分", "Mibun"), claim("given_name", "名", "Given name", "太郎", "Taro"), claim("age_equal_or_over", "20歳以上", "Aged 20 or over", "はい", "Yes")];
const mail = [claim("email", "メールアドレス", "Mail address", "hanako@example.jp")];
const phone = [claim("phone_number", "電話番号", "Phone number", "090-1234-5678")];
const twoCards: Choices["credentials"][number] = {
  credential: "identity",
  cards: [
    { card: cards[0]!, checked_on: text("2026年11月20日", "20 Nov 2026"), ways: [{ way: 0, claims: claims.slice(0, 4) }] },
    { card: cards[1]!, checked_on: text("2026年5月8日", "8 May 2026"), ways: [{ way: 1, claims: secondClaims.slice(2) }, { way: 0, claims: secondClaims }] },
  ],
};
const offerOf = (credential: string, shownClaims: Claim[]): Choices["credentials"][number] => ({ credential, cards: [{ card: cards[2]!, checked_on: null, ways: [{ way: 0, claims: shownClaims }] }] });
const required: Choices["sets"][number] = { required: true, options: [["identity"]], proposed: 0 };
const choices = {
  cards: { credentials: [twoCards], sets: [required] },
  optional: { credentials: [...request.choices.credentials, offerOf("mail", mail)], sets: [required, { required: false, options: [["mail"]], proposed: null }] },
  both: { credentials: [twoCards, offerOf("mail", mail), offerOf("phone", phone)], sets: [required, { required: false, options: [["mail"], ["phone"]], proposed: null }] },
  instead: { credentials: [twoCards, offerOf("mail", mail)], sets: [{ required: true, options: [["identity"], ["mail"]], proposed: 0 }] },
  onlyOptional: { credentials: [offerOf("mail", mail)], sets: [{ required: false, options: [["mail"]], proposed: null }] },
} satisfies Record<string, Choices>;
const event = (id: string, hour: number, kind: string, label: Text, change: Partial<HistoryEvent> = {}): HistoryEvent => ({
  id,
  at: hours(hour),
  kind,
  label,
  organization: text("", ""),
  claims: [],
  outcome: "done",
  outcome_label: text("完了", "done"),
  receipt: null,
  details: [],
  deletion: null,
  can_request_deletion: false,
  ...change,
});
const deletionLabels = {
  sent: text("依頼を送りました", "Sent"),
  received: text("提供先が受け付けました", "Received by the organisation"),
  done: text("提供先が削除しました", "Deleted, says the organisation"),
  overdue: text("期限を過ぎています", "Overdue"),
};
const deletion = (state: Deletion["state"]): Deletion => ({
  state,
  label: deletionLabels[state],
  asked_at: hours(state === "overdue" ? -24 * 31 : -24),
  due_at: hours(state === "overdue" ? -24 : 24 * 29),
  done_at: state === "done" ? hours(-1) : null,
});
const shop = { organization: request.organization, claims: claims.map(({ label }) => label) };
const events = [
  event("e1", -1, "shared", text("提供しました", "Shared"), { ...shop, receipt: "receipt.1", can_request_deletion: true }),
  event("e2", -2, "refused", text("提供を中止しました", "Sharing stopped"), shop),
  event("e3", -26, "card_received", text("カードを追加しました", "Card added"), { organization: issuer, details: [{ label: text("控えの数", "Copies"), value: "10" }] }),
  event("e4", -27, "staff_viewed", text("審査担当者が閲覧しました", "A reviewer looked at your case")),
  event("e5", -60, "registered", text("登録しました", "Registered")),
  event("e6", -24 * 32, "shared", text("提供しました", "Shared"), { ...shop, receipt: "receipt.2", deletion: deletion("overdue") }),
];

const device = (moved_at: Time | null): Device =>
  moved_at === null
    ? { kind: text("端末の画面ロック (指紋・顔・PIN)", "The device's screen lock (fingerprint, face or PIN)"), ways: [text("端末に内蔵", "Built into the device")], backup: text("なし (この端末の外に出ません)", "No (it never leaves the device)"), since: hours(-240), last_used: text("2026年11月28日", "28 Nov 2026"), moved_at }
    : { kind: text("記録がありません", "Not recorded"), ways: [], backup: text("記録がありません", "Not recorded"), since: null, last_used: null, moved_at };

const offered = (id: string, name: Text, change: Partial<OfferedCard>): OfferedCard => ({ id, name, contents: claims.map(({ label }) => label), held: 0, trust: "own", ...change });
const portrait: Claim = claim("portrait", "顔写真", "Portrait", "画像など(21 バイト)", "picture or other data (21 bytes)");
const photoId = offered("photo", text("顔写真付き身分証", "Photo ID"), { contents: [...claims, portrait].map(({ label }) => label) });

// What a test may change. `fail`: the error a step ends with; `wait`: steps that never end.
const example = {
  dueRenewals: [] as DueRenewal[],
  state: "open" as ReturnType<Wallet["state"]>,
  support: { passkey: true, prf: "yes" as "yes" | "no" | "unknown" },
  registered: true,
  terms: "2026-11-01",
  moveSeen: { step: "waiting" } as MoveSeen,
  moveAwaited: { step: "waiting", number: null } as MoveAwaited,
  moving: false,
  broughtHistory: true,
  leftBehind: 0,
  formerDevices: true,
  serverLog: null as string | null, // the code of what is wrong with it
  cards,
  acceptedTerms: new URLSearchParams(location.search).get("terms") ?? "2026-11-01",
  newStates: {} as Record<string, Card["state"]>, // by id: what their issuers' lists say; told as a change at each question, whichever screen asks
  claims,
  waiting: [{ id: "later", name: text("住民カード", "Resident card"), issuer_name: text("青葉市", "Aoba City"), ask_again_at: hours(2) }],
  chipReview: {
    rows: [
      [text("姓", "Family name"), text("MIBUN", "MIBUN")],
      [text("名", "Given name"), text("HANAKO", "HANAKO")],
      [text("生年月日", "Date of birth"), text("1998年4月3日", "3 Apr 1998")],
      [text("旅券番号", "Passport number"), text("TK1234567", "TK1234567")],
      [text("旅券の有効期限", "Passport valid until"), text("2033年1月31日", "31 Jan 2033")],
    ].map(([label, value]) => ({ label: label!, value: value! })),
    portrait: null,
    expired: false,
  } as ChipReview,
  caseState: "approved" as keyof typeof labels | "none",
  appealed: false,
  offer: { step: "question", issuer: { name: issuer, address: "https://localhost:8443/issuer" }, card: "identity", cards: [offered("identity", cards[0]!.name, {})], copies: 10, tx_code: null as null | { length: number | null; numeric: boolean; description: string }, wrong: false, signs_in: false },
  severalOffered: [offered("identity", cards[0]!.name, { held: 1 }), photoId],
  portrait, // without its picture, which a test draws
  fetchFirst: false,
  received: { step: "done", card: cards[0]!, claims } as Received,
  fetched: null as Received | null, // of a card that was waited for; null: it is waited for still
  request: request as RequestQuestion | OverAsked,
  overAsked,
  ended,
  stopped,
  choices,
  presented: { step: "done", outcome: "shared", redirect_uri: "https://shop.sakura.example/done", receipt: "receipt.1", event: "e1", organization: request.organization } as Presented,
  events,
  deletionState: "sent" as Deletion["state"],
  notices: [
    { id: "n3", at: hours(-1), kind: "case_approved", title: text("本人確認が終わりました", "Your identity check is done"), text: text("確認できました。カードを受け取れます。", "You were identified. You can receive your card."), read: false },
    { id: "n2", at: hours(-30), kind: "card_revoked", title: text("カードが失効しました", "Your cards were revoked"), text: text("停止コードが使われました。", "Your revocation code was used."), read: true },
  ] as Notice[],
  inquiries: [
    { id: "k3Xw9PqLm2Za", kind: text("カード", "Cards"), text: "カードが届きません。\nいつ届きますか。", asked_at: hours(-2), state: "open", label: text("回答をお待ちください", "Waiting for an answer"), answered_at: null, answer: null },
    { id: "aB7cD9eF1gH3", kind: text("その他", "Something else"), text: hostile, asked_at: hours(-50), state: "answered", label: text("回答があります", "Answered"), answered_at: hours(-20), answer: `${hostile}\nホームの「カードの追加」をご覧ください。` },
  ] as Inquiry[],
  canAsk: true,
  inquiryTerms: {
    country: "US",
    country_name: text("アメリカ合衆国", "the United States of America"),
    rules: text("個人情報の保護を全体として定める連邦の法律がありません。", "There is no federal law about personal data as a whole."),
    measures: text("日本にある鍵で暗号化し、仮の番号を付けて保管します。", "It is encrypted under a key that stays in Japan, under a pseudonym."),
    kept: text("お問い合わせの内容、回答、それぞれの日時", "What you ask, the answer, and when each was written"),
    kept_days: 365,
    characters_max: 2000,
    kinds: [
      { kind: "card", label: text("カード", "Cards") },
      { kind: "my_data", label: text("個人情報の取り扱い", "My personal data") },
      { kind: "other", label: text("その他", "Something else") },
    ],
  } as InquiryTerms,
  publicNotices: [
    { id: "p1", kind: "incident", title: text("障害のお知らせ", "Something is not working"), text: text("カードの発行が止まっています。", "Issuing cards has stopped."), published_at: hours(-2), until: null },
    { id: "p2", kind: "maintenance", title: text("メンテナンスのお知らせ", "Maintenance"), text: hostileText, published_at: hours(-3), until: hours(20) },
  ] as PublicNotice[],
  keptReceipts: null as Receipt[] | null, // null: the usual ones
  fail: {} as Record<string, WalletError>,
  wait: [] as string[],
  calls: [] as { name: string; args: unknown }[],
  hostile,
};
declare global {
  var example: typeof exampleType;
}
const exampleType = example;
globalThis.example = example;

const erasure: Erasure = {
  receipt: "eyJhbGciOiJFUzI1NiJ9.ZXhhbXBsZQ.c2lnbmF0dXJl",
  classes: [
    { class: text("アカウント", "Account"), erased: true, at: hours(0), law: "", article: "", until: "" },
    { class: text("本人確認の書類と審査", "Identity check"), erased: true, at: hours(0), law: "", article: "", until: "" },
    { class: text("取引の記録", "Transaction record"), erased: false, at: hours(0), law: "犯罪収益移転防止法", article: "第7条", until: "2033-11-28" },
  ],
};

const base64url = (value: unknown) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value)))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const consentReceipt = [{ alg: "ES256" }, { outcome: "shared", consent: JSON.stringify({ purpose: request.purpose, retention: request.retention, cautions: request.cautions }) }, "signature"].map(base64url).join(".");

const kindOfExample = ["shared", "refused", "card_received"];

type Answers = { [name: string]: (args: never) => unknown };
const answers: Answers = {
  unlock: () => ({}),
  state: () => ({ registered: example.registered, ...(example.moving ? { moving: true } : {}), server: "https://localhost:8443", account_id: "acc_7KQM3XWB", registered_at: hours(-60), terms_version: example.acceptedTerms }),
  accept_terms: ({ terms_version }: { terms_version: string }) => {
    example.acceptedTerms = terms_version;
    return {};
  },
  begin_registration: () => ({ registration_id: "reg", terms_version: example.terms }),
  finish_registration: () => {
    example.state = "open";
    return { revocation_code: "7KQM-3XWB-9TFA-2HCD-5ZNR-V8YE" };
  },
  revocation_code: () => ({ revocation_code: "7KQM-3XWB-9TFA-2HCD-5ZNR-V8YE" }),
  begin_move: () => ({ link: "mibun-move://?server=https%3A%2F%2Flocalhost%3A8443&move=q83vEjRWeJCrze8SNFZ4kA&secret=q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA&commitment=kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0Vng", code: "7KQM-3XWB-9TFA-2HCD-5ZNR-V8YE", expires_at: hours(0.16) }),
  move_state: () => example.moveSeen,
  confirm_move: () => ({ moved: true, left_behind: 2 }),
  open_move: () => ({ server: "https://localhost:8443", terms_version: example.terms }),
  join_move: () => {
    example.state = "open";
    return {};
  },
  await_move: () => example.moveAwaited,
  finish_move: () => ({ revocation_code: "7KQM-3XWB-9TFA-2HCD-5ZNR-V8YE", brought_history: example.broughtHistory, left_behind: example.leftBehind }),
  server_log: () => (example.serverLog === null ? { state: "goes_on" } : { state: "broken", code: example.serverLog }),
  devices: () => ({ device: device(null), former: example.formerDevices ? [device(hours(-240))] : [] }),
  cancel_move: () => ({}),
  cards: () => ({ cards: example.cards.map((one) => ({ ...one, checked_on: one.copies_left > 0 ? text("2026年11月20日", "20 Nov 2026") : null })), waiting: example.waiting }),
  card_states: () => {
    const changed = example.cards.filter(({ id }) => example.newStates[id] !== undefined).map((one) => ({ ...one, state: example.newStates[one.id]!, status_at: at(now) }));
    example.cards = example.cards.map((one) => changed.find(({ id }) => id === one.id) ?? one);
    return { asked: changed.length > 0, changed, next: null };
  },
  card: ({ id }: { id: string }) => ({ card: example.cards.find((one) => one.id === id) ?? example.cards[0], claims: example.claims.map(sourced), checked_on: text("2026年11月20日", "20 Nov 2026") }),
  begin_proofing: () => ({ case_id: "case_01JD", challenge: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA" }),
  review_chip: () => example.chipReview,
  submit_proofing: () => caseAnswer("in_review"),
  resubmit_photos: () => ({ state: "in_review", label: labels.in_review }),
  appeal: () => ({ state: "in_review", label: labels.in_review }),
  case: () => {
    if (example.caseState === "none") throw { code: "wallet_no_offer", where: "case", detail: "" };
    return caseAnswer(example.caseState);
  },
  offer: () => ({ link: "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Flocalhost%3A8443%2Foffers%2F1", tx_code: "482913" }),
  receive_open: ({ fetch }: { fetch: boolean }) => (example.fetchFirst && !fetch ? { step: "fetch", origin: "https://issuer.example" } : example.offer),
  receive_answer: ({ agreed }: { agreed: boolean }) => (agreed ? example.received : { step: "refused" }),
  receive_again: () => ({ step: "done", card: cards[0]!, claims }),
  receive_visited: () => ({ step: "done", card: cards[0]!, claims }),
  fetch_waiting: () => example.fetched ?? ({ step: "waiting", id: "later", name: text("住民カード", "Resident card"), ask_again_at: hours(4) }),
  present_open: () => example.request,
  present_answer: ({ agreed }: { agreed: boolean }) =>
    agreed ? example.presented : { step: "done", outcome: "refused", redirect_uri: null, receipt: null, event: "e2", organization: example.request.organization },
  present_code: () => ({ step: "done", outcome: "shared", redirect_uri: null, receipt: null, event: "e2", organization: example.request.organization }),
  drop: () => ({}),
  history: ({ ask_server }: { ask_server: boolean }) => ({ events: example.events, complete: ask_server }),
  card_history: () => ({ events: example.events.filter(({ kind }) => kindOfExample.includes(kind)) }),
  notices: () => ({ notices: example.notices }),
  inquiry_terms: () => example.inquiryTerms,
  inquiries: () => ({ inquiries: example.inquiries, can_ask: example.canAsk }),
  send_inquiry: () => ({ ...example.inquiries[0], id: "Qr5sT7uV9wX1" }),
  notice_read: () => ({}),
  public_notices: () => ({ notices: example.publicNotices }),
  push_key: () => ({ key: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8" }),
  subscribe_push: () => ({}),
  unsubscribe_push: () => ({}),
  receipts: () => ({ receipts: example.keptReceipts ?? [
    { name: "receipt.1", kind: "consent", at: hours(-1), organization: request.organization, text: consentReceipt },
    { name: "receipt.3", kind: "erasure", at: hours(-2), organization: null, text: erasure.receipt },
  ], missing: 1 }),
  renewals: () => ({ due: example.dueRenewals, next: example.dueRenewals[0]?.at ?? null }),
  renew: ({ id }: { id: string }) => {
    example.dueRenewals = example.dueRenewals.filter(({ card: due }) => due.id !== id);
    return { card: { ...example.cards.find((one) => one.id === id)!, copies_left: 10, state: "valid" } };
  },
  report_partner: () => ({}),
  request_deletion: () => deletion(example.deletionState),
  deletion_state: () => deletion(example.deletionState),
  remove_card: () => ({}),
  delete_account: () => erasure,
  privacy_notice: () => ({ parts: [{ title: text("この端末だけにあるもの", "Only on this device"), text: text("カードの鍵、カード、記録、受領証。", "The keys of your cards, the cards, your activity and receipts.") }] }),
};
function caseAnswer(state: keyof typeof labels) {
  const checked = state === "open" || state === "expired" ? [] : findings.filter(([, , result]) => state === "rejected" || result !== "failed");
  return {
    case_id: "case_01JD",
    state,
    label: labels[state],
    findings: checked.map(([ja, en, result]) => ({ check: text(ja, en), outcome: outcomes[result], result, detail: result === "failed" ? "2024-05-01" : "" })),
    reason: { rejected: text("パスポートの有効期限が切れています。", "The passport has expired."), more_needed: text("ご本人の写真に、顔がはっきり写っていませんでした。", "Your face cannot be seen well in the photo of you.") }[state as string] ?? null,
    photos_needed: state === "more_needed" ? ["photo.selfie"] : [],
    appeal_until: state === "rejected" && !example.appealed ? hours(30 * 24) : null,
    appealed: example.appealed,
  };
}

const listeners = new Set<(reason: LockReason) => void>();
async function step(name: string, args: object = {}): Promise<never> {
  example.calls.push({ name, args });
  if (example.wait.includes(name)) return new Promise(() => {});
  await Promise.resolve();
  if (example.fail[name]) throw example.fail[name];
  return answers[name]!(args as never) as never;
}

export const openWallet = async (): Promise<Wallet> => {
  const wanted = new URLSearchParams(location.search);
  example.state = (wanted.get("state") ?? "open") as typeof example.state;
  example.serverLog = wanted.get("log");
  if (wanted.has("wait")) await new Promise(() => {}); // for good
  const refusal = wanted.get("refuse");
  if (refusal !== null) throw { code: refusal, where: "", detail: "example" };
  return {
    state: () => example.state,
    begin: async () => {},
    unlock: async () => {
      await step("unlock");
      example.state = "open";
    },
    lock(reason) {
      example.state = "locked";
      for (const listener of [...listeners]) listener(reason);
    },
    onLock(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    step,
    erase: async () => {
      example.state = "none";
    },
    support: async () => example.support,
  };
};
