// The office's words in both languages: what codes mean to the people who decide.
const japanese = document.documentElement.lang === "ja";
export const say = (ja, en) => (japanese ? ja : en);

// A code that has no words yet is shown as it is: better than nothing, and never wrong.
const worded = (table) => (code) => (table[code] ? say(...table[code]) : String(code));

export const methodWord = worded({
  emrtd: ["パスポートのチップ", "passport chip"],
});

export const outcomeWord = worded({
  passed: ["合格", "passed"],
  failed: ["不合格", "failed"],
  not_done: ["未実施", "not done"],
});

export const checkWord = worded({
  sod_signature: ["発行国の署名", "Signed by the issuing state"],
  signer_chain: ["署名者の証明書", "The signer's certificates"],
  signer_revocation: ["署名者の失効確認", "The signer is not revoked"],
  data_group_digests: ["記録内容が改ざんされていないこと", "Contents unchanged"],
  data_groups_not_supplied: ["読み取っていない記録", "Parts that were not read"],
  mrz_check_digits: ["検査数字", "Check digits"],
  issuing_state: ["発行国の一致", "Issuing state matches"],
  document_expiry: ["有効期限", "Not expired"],
  active_authentication: ["本物のチップ", "Genuine chip"],
});

// What a check says beside its outcome. The server says it in English, for developers too.
const details = {
  "one signer": ["署名者は 1 人です", "One signer"],
  "document signer and CSCA valid at the time of signing": ["署名の時点で、署名者と発行国の証明書が有効でした", "The signer's and the state's certificates were valid when it was signed"],
  "document signer and CSCA valid at the time of checking": ["確認の時点で、署名者と発行国の証明書が有効でした", "The signer's and the state's certificates were valid when it was checked"],
  "no revocation list of this CSCA is kept here": ["この発行国の失効リストは、ここにはありません", "No revocation list of this state is kept here"],
  "no country code to compare with the CSCA's": ["発行国の証明書と比べられる国コードがありません", "There is no country code to compare with the state's certificate"],
  "the CSCA is the issuing state's": ["証明書は発行国のものです", "The certificate is the issuing state's"],
  "the chip signed this session's challenge": ["チップが、この申請のための問いに署名しました", "The chip signed the question of this application"],
  "the chip has a key, but gave no signature": ["チップに鍵がありますが、署名していません", "The chip has a key, but gave no signature"],
  "the chip has no key": ["チップに鍵がありません", "The chip has no key"],
  "all of them": ["すべて一致しました", "All of them"],
};
// Null where there are no words in the reader's language: then the server's own are shown as what they are.
export function detailWord(detail) {
  if (details[detail]) return say(...details[detail]);
  if (/^DG\d+(, DG\d+)*$/.test(detail)) return detail;
  const day = /^in date on (\d{4}-\d\d-\d\d)$/.exec(detail);
  return day ? say(`${day[1]} の時点で有効です`, `In date on ${day[1]}`) : null;
}

export const claimWord = worded({
  given_name: ["名", "Given name"],
  family_name: ["姓", "Family name"],
  birthdate: ["生年月日", "Date of birth"],
  sex: ["性別", "Sex"],
  nationality: ["国籍", "Nationality"],
  issuing_state: ["発行国", "Issuing state"],
  document_number: ["旅券番号", "Passport number"],
  document_expiry: ["旅券の有効期限", "Passport valid until"],
  portrait_sha256: ["顔写真の指紋 (SHA-256)", "Fingerprint of the portrait (SHA-256)"],
});

export function sourceWord(source) {
  const group = /^emrtd:DG(\d+)$/.exec(source);
  return group ? say(`パスポートのチップ (DG${group[1]})`, `passport chip (DG${group[1]})`) : source;
}

export const decisionWord = worded({
  approve: ["承認する", "Approve"],
  reject: ["却下する", "Reject"],
  ask_again: ["写真の撮り直しをお願いする", "Ask for better photos"],
});

export const reasonsOf = {
  approve: ["all_checks_passed"],
  reject: ["portrait_mismatch", "document_damaged", "document_expired", "suspected_fraud", "applicant_withdrew"],
  ask_again: ["photo_missing", "photo_unreadable", "document_not_readable", "document_not_whole", "face_not_visible", "face_blurred"],
};

export const reasonWord = worded({
  all_checks_passed: ["すべての確認に問題がない", "All checks passed"],
  portrait_mismatch: ["顔写真が一致しない", "The portrait does not match"],
  document_damaged: ["書類が損傷している", "The document is damaged"],
  document_expired: ["書類の有効期限が切れている", "The document has expired"],
  suspected_fraud: ["不正の疑いがある", "Fraud is suspected"],
  applicant_withdrew: ["本人が取り下げた", "The applicant withdrew"],
  photo_missing: ["書類と顔の写真がない", "The photos of document and face are missing"],
  photo_unreadable: ["書類と顔の写真が見づらい", "The photos of document and face cannot be made out"],
  document_not_readable: ["書類の写真の文字が読めない", "The document's text cannot be read"],
  document_not_whole: ["書類の全体が写っていない", "The document is not whole in the photo"],
  face_not_visible: ["顔が写っていない", "The face cannot be seen"],
  face_blurred: ["顔の写真がぼやけている", "The photo of the face is blurred"],
});

const outcomes = {
  in_review: ["一人目の承認を記録しました", "First approval recorded", "もう一人の承認が必要です。別の審査担当者に交代して、同じ案件を見てもらってください。", "One more person must approve. Switch to the other reviewer, who looks at the same case."],
  approved: ["承認されました", "Approved", "二人が承認しました。本人は、ウォレットでカードを受け取れます。", "Two people have approved: the wallet can receive the card now."],
  rejected: ["却下を記録しました", "Rejection recorded", "本人のウォレットに、理由とともに表示されます。", "The person's wallet shows it, with the reason."],
  more_needed: ["撮り直しをお願いしました", "Asked for better photos", "本人のウォレットに表示されます。新しい写真が届くと、案件は一覧に戻ります。", "The person's wallet shows it. The case comes back to the list when new photos arrive."],
};

const refusals = {
  case_same_reviewer: ["同じ人は二度判断できません", "The same person cannot decide twice", "あなたはこの案件をすでに判断しました。もう一人の審査担当者に交代してください。", "You have decided on this case already. Switch to the other reviewer."],
  case_not_found: ["その案件は見つかりません", "There is no such case", "本人がアカウントを削除した可能性があります。一覧に戻ってください。", "The person may have deleted the account. Go back to the list."],
  case_wrong_state: ["この案件の審査は終わっています", "This case is not in review any more", "ほかの審査担当者が先に判断しました。一覧に戻ってください。", "Another reviewer was first. Go back to the list."],
};

const inWords = (row) => ({ title: say(row[0], row[1]), text: say(row[2], row[3]) });
export const outcomeOf = (state) => inWords(outcomes[state] ?? [state, state, "", ""]);
export function refusalOf(error) {
  if (error.code === undefined) return inWords(["通信できませんでした", "The office could not be reached", "サーバーが動いているか確かめて、もう一度お試しください。", "Check that the server is running, and try again."]);
  if (refusals[error.code]) return inWords(refusals[error.code]);
  return { title: say("記録できませんでした", "This was not recorded"), text: `${error.message} (${error.code})` };
}

// In Japan's time, wherever the reviewer's clock stands.
export function timeWord(text) {
  const format = new Intl.DateTimeFormat(japanese ? "ja-JP" : "en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo" });
  return `${format.format(new Date(text))} (JST)`;
}
