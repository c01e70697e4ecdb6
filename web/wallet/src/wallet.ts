// What the screens know of the core: one object, and steps that take and give JSON. web/core/wallet.mjs makes it.

export type Text = { ja: string; en: string };
export type Time = { ms: number; ja: string; en: string };
export type LockReason = "person" | "idle" | "hidden" | "failed";

export interface Wallet {
  state(): "none" | "locked" | "open";
  begin(): Promise<void>;
  unlock(): Promise<void>;
  lock(reason: LockReason): void;
  onLock(listener: (reason: LockReason) => void): () => void;
  step<Name extends keyof Steps>(name: Name, args?: Steps[Name]["args"]): Promise<Steps[Name]["answer"]>;
  erase(): Promise<void>;
  support(): Promise<{ passkey: boolean; prf: "yes" | "no" | "unknown" }>;
}

// What a step or the vault throws; `code` is a name of core/base/error_codes.def or one of the vault's.
export interface WalletError {
  code: string;
  where: string;
  detail: string;
}
export function walletError(thrown: unknown): WalletError {
  const { code, where, detail, message } = (thrown ?? {}) as Partial<Record<string, unknown>>;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { code: text(code) || "internal_error", where: text(where), detail: text(detail) || text(message) };
}

export interface Claim {
  path: unknown;
  label: Text;
  value: Text;
  picture?: ClaimPicture;
}
// A picture that may be drawn, in base64url: the core has looked at what its bytes are.
export interface ClaimPicture {
  media_type: "image/jpeg" | "image/png";
  image: string;
}
// Of a card in this wallet: where its issuer has the claim from; null when it does not say.
export interface CardClaim extends Claim {
  source: Text | null;
}
export interface Card {
  id: string;
  format: string;
  name: Text;
  issuer_name: Text;
  issuer: string;
  received_at: Time;
  expires_at: Time | null;
  copies: number;
  copies_left: number;
  state: "valid" | "expires_soon" | "expired" | "used_up" | "revoked" | "suspended";
  renewable: boolean;
  // When its issuer's list was read last, and why the last try to read it says nothing.
  status_at: Time | null;
  status_failure: string | null;
}
// `checked_on`: when its issuer confirmed what it says; null when it does not say.
export interface ListedCard extends Card {
  checked_on: Text | null;
}
// A card that is to be renewed without anybody asking for it, from `at` on.
export interface DueRenewal {
  card: Card;
  // Its renewal asks for the passkey.
  asks_person: boolean;
  at: Time;
  failures: number;
  failure: string | null;
  // It failed so often that only the person begins it again.
  by_hand: boolean;
}
export interface WaitingCard {
  id: string;
  name: Text;
  issuer_name: Text;
  ask_again_at: Time;
}
export interface Finding {
  check: Text;
  outcome: Text;
  result: "passed" | "failed" | "not_done";
  detail: string;
}
export interface Case {
  case_id: string;
  state: "open" | "in_review" | "more_needed" | "approved" | "rejected" | "expired";
  label: Text;
  findings: Finding[];
  // Why more is needed, or why it was rejected.
  reason: Text | null;
  photos_needed: PhotoName[];
  appeal_until: Time | null;
  appealed: boolean;
}
export type PhotoName = "photo.document" | "photo.selfie";
// JPEG, in base64url.
export type Photos = Partial<Record<PhotoName, string>>;
// What a passport's chip says; `image` in base64url. Nothing of it is proved yet.
export interface ChipReview {
  rows: { label: Text; value: Text }[];
  portrait: { media_type: "image/jpeg" | "image/jp2"; image: string } | null;
  expired: boolean;
}
type Reopened = { state: "in_review"; label: Text };

// One of the cards that may be had: what it will say, how many of its kind are here, and what the list of issuers says of who
// offers it.
export interface OfferedCard {
  id: string;
  name: Text;
  contents: Text[];
  held: number;
  trust: "own" | "listed" | "by_card" | "unlisted";
}
export interface OfferQuestion {
  step: "question";
  issuer: { name: Text; address: string };
  // Which of `cards` is received when nothing is chosen.
  card: string;
  cards: OfferedCard[];
  copies: number;
  tx_code: null | { length: number | null; numeric: boolean; description: string };
  wrong: boolean;
  signs_in: boolean;
}
export type Received =
  | OfferQuestion
  | { step: "visit"; url: string; own: boolean }
  | { step: "done"; card: Card; claims: Claim[] }
  | { step: "waiting"; id: string; name: Text; ask_again_at: Time }
  | { step: "refused" }
  // An error stopped it. "again": it can go on from there; "anew": the offer can be opened anew; "new_offer": only another helps.
  | { step: "stopped"; next: "again" | "anew" | "new_offer"; error: WalletError };

// Who asks, and what there is to look up about them.
export interface Asker {
  organization: Text;
  identified: { label: Text; verified: boolean };
  contact: string;
  client_id: string;
  registration: { id: string; registrar: string; until: Time };
  // Of whoever signed the request with one.
  certificate: null | { subject: string; issuer: string; until: Time };
}
// Asked for more than was registered: it never became a question.
export interface OverAsked extends Asker {
  step: "over_asked";
  event: string;
  error: WalletError;
}
export interface RequestQuestion extends Asker {
  step: "question";
  address: string;
  purpose: Text;
  retention: { days: number; text: Text };
  cautions: Text;
  expires_at: Time;
  previous: { count: number; last: Time | null };
  pairing: null | { website: string };
  approvals: { title: Text; rows: { label: Text; value: string }[] }[];
  warnings: Text[];
  // Proposed: what is required, and nothing optional.
  cards: { card: Card; claims: Claim[]; credential: string; way: number }[];
  choices: Choices;
  can_share: boolean;
  missing: Text[];
}
// One way in which a card answers, and one card in all its ways; what shows least first.
export interface Way {
  way: number;
  claims: Claim[];
}
export interface CardOffer {
  card: Card;
  checked_on: Text | null;
  ways: Way[];
}
export interface AskedCredential {
  credential: string;
  cards: CardOffer[];
}
// One of the options is shown whole; when it is not required: or none.
export interface AskedSet {
  required: boolean;
  options: string[][];
  proposed: number | null;
}
export interface Choices {
  credentials: AskedCredential[];
  sets: AskedSet[];
}
export interface Picked {
  credential: string;
  card: string;
  way: number;
}
export type Presented =
  | { step: "code_again"; website: string }
  // An error ended it: nothing was sent, or it may have arrived all the same. `event`: empty where it could not be recorded.
  | { step: "ended"; sent: "nothing" | "perhaps"; event: string; organization: Text; error: WalletError }
  | {
      step: "done";
      outcome: "shared" | "refused" | "nothing_matches" | "rejected" | "pairing_code_locked";
      redirect_uri: string | null;
      receipt: string | null;
      event: string;
      organization: Text;
    };
export const reportReasons = ["asked_too_much", "not_what_it_said", "pressure", "looks_fake", "other"] as const;
export type ReportReason = (typeof reportReasons)[number];

// What an organisation was asked to delete, and how far it is.
export interface Deletion {
  state: "sent" | "received" | "done" | "overdue";
  label: Text;
  asked_at: Time;
  due_at: Time;
  done_at: Time | null;
}
// What the person asked the operator.
export interface Inquiry {
  id: string; // the number that people quote
  kind: Text;
  text: string;
  asked_at: Time;
  state: "open" | "answered";
  label: Text;
  answered_at: Time | null;
  answer: string | null;
}
// What to know before asking: the country where it is kept.
export interface InquiryTerms {
  country: string;
  country_name: Text;
  rules: Text;
  measures: Text;
  kept: Text;
  kept_days: number;
  characters_max: number;
  kinds: { kind: string; label: Text }[];
}
export interface HistoryEvent {
  id: string;
  at: Time;
  kind: string;
  label: Text;
  organization: Text;
  claims: Text[];
  outcome: string;
  outcome_label: Text | null;
  receipt: string | null;
  details: { label: Text; value: string }[];
  deletion: Deletion | null;
  can_request_deletion: boolean;
}
export interface History {
  events: HistoryEvent[];
  complete: boolean;
  why?: string;
}
export interface Notice {
  id: string;
  at: Time;
  kind: string;
  title: Text;
  text: Text;
  read: boolean;
}
export interface PublicNotice {
  id: string;
  kind: "incident" | "maintenance" | "change";
  title: Text;
  text: Text;
  published_at: Time;
  until: Time | null;
}
export interface Receipt {
  name: string;
  kind: "consent" | "erasure" | "nearby";
  at: Time;
  organization: Text | null;
  text: string;
}
export interface Erasure {
  receipt: string;
  classes: ErasedClass[];
}
export interface ErasedClass {
  class: Text;
  erased: boolean;
  at: Time;
  law: string;
  article: string;
  until: string;
  // Who owes it to the law.
  controller?: string;
}
export interface Standing {
  registered: boolean;
  // This device has read another one's link and waits for it.
  moving?: boolean;
  server?: string;
  account_id?: string;
  registered_at?: Time;
  // That the person accepted last.
  terms_version?: string;
}

// What the server knows of a device that has, or had, the account's key; null where it does not.
export interface Device {
  kind: Text;
  ways: Text[];
  backup: Text;
  since: Time | null;
  last_used: Text | null;
  moved_at: Time | null;
}

// On the old device: the one that read the link.
export type MoveSeen = { step: "waiting" } | { step: "compare"; number: string; name: string; joined_at: Time };
// On the new device.
export interface MoveAwaited {
  step: "waiting" | "compare" | "confirmed";
  number: string | null;
}

type None = Record<string, never>;
export interface Steps {
  state: { args: None; answer: Standing };
  begin_registration: { args: { server: string }; answer: { registration_id: string; terms_version: string } };
  finish_registration: { args: None; answer: { revocation_code: string } };
  accept_terms: { args: { terms_version: string }; answer: None };
  revocation_code: { args: None; answer: { revocation_code: string } };
  cards: { args: None; answer: { cards: ListedCard[]; waiting: WaitingCard[] } };
  card: { args: { id: string }; answer: { card: Card; claims: CardClaim[]; checked_on: Text | null } };
  card_states: { args: None; answer: { asked: boolean; changed: Card[]; next: Time | null } };
  begin_proofing: { args: None; answer: { case_id: string; challenge: string } };
  review_chip: { args: { files: Record<string, string> }; answer: ChipReview };
  submit_proofing: { args: { case_id: string; files: Record<string, string>; signature: string; photos?: Photos }; answer: Case };
  resubmit_photos: { args: { case_id: string; photos: Photos }; answer: Reopened };
  appeal: { args: { case_id: string; text: string }; answer: Reopened };
  case: { args: None; answer: Case };
  offer: { args: None; answer: { link: string; tx_code: string } };
  receive_open: { args: { link: string; fetch: boolean }; answer: { step: "fetch"; origin: string } | OfferQuestion };
  receive_answer: { args: { agreed: boolean; tx_code?: string; card?: string }; answer: Received };
  receive_visited: { args: { url?: string }; answer: Received };
  receive_again: { args: None; answer: Received };
  fetch_waiting: { args: { id: string }; answer: Received };
  present_open: { args: { link: string }; answer: RequestQuestion | OverAsked };
  present_answer: { args: { agreed: boolean; language: "ja" | "en"; pairing_code?: string; choice?: Picked[] }; answer: Presented };
  present_code: { args: { code: string | null }; answer: Presented };
  drop: { args: None; answer: None };
  begin_move: { args: None; answer: { link: string; code: string; expires_at: Time } };
  move_state: { args: None; answer: MoveSeen };
  confirm_move: { args: None; answer: { moved: boolean; left_behind: number } };
  open_move: { args: { link: string } | { server: string; code: string }; answer: { server: string; terms_version: string } };
  join_move: { args: { name: string }; answer: None };
  await_move: { args: None; answer: MoveAwaited };
  finish_move: { args: None; answer: { revocation_code: string; brought_history: boolean; left_behind: number } };
  cancel_move: { args: None; answer: None };
  history: { args: { ask_server: boolean }; answer: History };
  card_history: { args: { id: string }; answer: { events: HistoryEvent[] } };
  receipts: { args: None; answer: { receipts: Receipt[]; missing: number } };
  request_deletion: { args: { event: string }; answer: Deletion };
  report_partner: { args: { event: string; reason: ReportReason; text?: string }; answer: None };
  deletion_state: { args: { event: string }; answer: Deletion };
  inquiry_terms: { args: None; answer: InquiryTerms };
  inquiries: { args: None; answer: { inquiries: Inquiry[]; can_ask: boolean } };
  send_inquiry: { args: { kind: string; text: string; country: string }; answer: Inquiry };
  notices: { args: None; answer: { notices: Notice[] } };
  notice_read: { args: { id: string }; answer: None };
  public_notices: { args: None; answer: { notices: PublicNotice[] } };
  push_key: { args: None; answer: { key: string } };
  subscribe_push: { args: { endpoint: string; p256dh: string; auth: string; key: string }; answer: None };
  unsubscribe_push: { args: None; answer: None };
  renew: { args: { id: string }; answer: { card: Card } };
  renewals: { args: None; answer: { due: DueRenewal[]; next: Time | null } };
  remove_card: { args: { id: string }; answer: None };
  delete_account: { args: None; answer: Erasure };
  devices: { args: None; answer: { device: Device; former: Device[] } };
  server_log: { args: None; answer: { state: "none" | "first" | "goes_on" } | { state: "broken"; code: string } };
  privacy_notice: { args: None; answer: { parts: { title: Text; text: Text }[] } };
}
