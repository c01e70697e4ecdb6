// What a notification says, by kind of notice: the build puts these into the service worker. Nothing about a person; whoever
// looks over a shoulder sees a lock screen.
export const pushWords = {
  ja: {
    any: { title: "お知らせがあります", text: "ウォレットを開いてご覧ください。" },
    case_approved: { title: "本人確認が終わりました", text: "ウォレットを開いて、カードを受け取ってください。" },
    case_rejected: { title: "本人確認の結果が出ました", text: "ウォレットを開いて、結果をご覧ください。" },
    case_more_needed: { title: "本人確認に追加の情報が必要です", text: "ウォレットを開いて、続きをお願いします。" },
    card_revoked: { title: "カードが失効しました", text: "心当たりがないときは、運営者にご連絡ください。" },
    inquiry_answered: { title: "お問い合わせに回答しました", text: "ウォレットを開いて、回答をご覧ください。" },
    file_lost: { title: "大切なお知らせがあります", text: "ウォレットを開いてご覧ください。" },
  },
  en: {
    any: { title: "There is a notice", text: "Open your wallet to read it." },
    case_approved: { title: "Your identity check is done", text: "Open your wallet to receive your card." },
    case_rejected: { title: "There is a result of your identity check", text: "Open your wallet to see it." },
    case_more_needed: { title: "Your identity check needs something more", text: "Open your wallet to go on." },
    card_revoked: { title: "Your cards were revoked", text: "If it was not you, contact the operator." },
    inquiry_answered: { title: "Your inquiry was answered", text: "Open your wallet to read the answer." },
    file_lost: { title: "There is an important notice", text: "Open your wallet to read it." },
  },
};
