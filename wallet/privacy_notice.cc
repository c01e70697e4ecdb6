#include "wallet/privacy_notice.h"

#include <array>

namespace mibun::wallet {

std::span<const NoticePart> privacy_notice() {
  static const std::array<NoticePart, 8> parts = {{
      {{"この端末だけにあるもの", "Only on this device"},
       {"カードの鍵、カードとその控え、相手ごとの活動の記録、受領証。どれも封印して保存します。鍵は外に出ません。",
        "The keys of your cards, the cards with their copies, the record of what you did, and your receipts; all "
        "of it sealed. The keys never leave."}},
      {{"サーバーが持つもの", "What the server keeps"},
       {"この端末の公開鍵、パスキーの種類と最後に使った日、同意した規約の版、本人確認の資料と結果、出来事の時刻。"
        "あなたのデータはあなた専用の鍵で暗号化します。何を誰に提供したかの記録は、このウォレットでしか開けません。"
        "提供先を通報したときは、その内容を担当者が読みます。",
        "This device's public key, the kind of its passkey and the day you last used it, the version of the terms you "
        "accepted, the evidence of your identity check with its result, and when things happened. Your data are "
        "encrypted under a key of yours alone. The record of what you shared with whom opens in this wallet only. What "
        "you write in a report about an organisation is read by staff."}},
      {{"外国で保管するもの", "What is kept in another country"},
       {"運営者へのお問い合わせと、その回答だけです。アメリカ合衆国で保管します。送る前に国の名前を示し、同意を求めます"
        "。"
        "ほかのデータは、すべて日本で保管します。",
        "Only what you ask the operator, and the answer: in the United States of America. The country is named and you "
        "are asked to agree before anything is sent. All other data are kept in Japan."}},
      {{"提供先に渡るもの", "What an organisation gets"},
       {"画面に示した項目だけを、あなたが同意したときに、一度だけ。mibun を通す依頼では、サーバーが答えを確かめ、"
        "提供先が受け取るまで暗号化して預かります。控えは一枚ずつ使うので、提供先どうしで見比べることはできません。",
        "Only what the screen lists, when you say yes, once. Where it asks through mibun, the server checks the answer "
        "and holds it encrypted until the organisation has fetched it. Every copy is shown once, so that two of them "
        "cannot compare what they got."}},
      {{"カードの発行者に伝わること", "What an issuer learns"},
       {"受け取ったこと、更新したこと、このウォレットから削除したこと。どこで使ったかは、提供したときに知らせません。",
        "That a card was received, renewed or removed here. When you show it, this wallet tells the issuer nothing."}},
      {{"通知を届ける会社に伝わること", "What the company that carries notifications learns"},
       {"通知をオンにしたときだけ、お知らせがあったことと、その時刻。内容は、この端末でしか開けません。"
        "通知の宛先は、オフにするまでサーバーが暗号化して持ちます。",
        "Only when you switched notifications on: that there is a notice, and when. What it says opens on this device "
        "alone. The server keeps where to send it, encrypted, until you switch it off."}},
      {{"送らないもの", "What is never sent"},
       {"使い方の統計、広告用の番号、プログラムの名前や版。",
        "Statistics of how you use it, numbers for advertising, the name or version of this program."}},
      {{"やめるとき", "When you leave"},
       {"アカウントを削除すると、サーバーのあなたの鍵を壊し、カードを失効させ、何を消したかの証明書を渡します。"
        "この端末の鍵とカードも消えます。",
        "Deleting the account destroys your key at the server, revokes your cards and gives you a signed receipt of "
        "what was erased. The keys and cards on this device go, too."}},
  }};
  return parts;
}

}  // namespace mibun::wallet
