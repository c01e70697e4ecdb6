#include <array>

#include "cli/terminal/terminal.h"

namespace mibun::cli {
namespace {

struct Row {
  ErrorCode code;
  Text text;
};

constexpr auto kSentences = std::to_array<Row>({
    {ErrorCode::io_error,
     {"A file or an address could not be opened. Check that it exists, that you may use it, and that the disk has room.",
      "ファイルまたはアドレスを開けませんでした。存在・権限・空き容量を確認してください。"}},
    {ErrorCode::http_connect_failed,
     {"The server does not answer. Check that it runs and that the address is right, then try again.",
      "サーバーから応答がありません。起動しているか、アドレスが正しいかを確認して、もう一度お試しください。"}},
    {ErrorCode::http_tls_failed,
     {"The server could not prove who it is, so nothing was sent. Check the address and the --ca file.",
      "接続先を確認できなかったため、何も送信していません。アドレスと --ca のファイルを確認してください。"}},
    {ErrorCode::http_timeout,
     {"The server took too long to answer. Try again in a moment.",
      "応答に時間がかかりすぎました。しばらくしてからもう一度お試しください。"}},
    {ErrorCode::sealed_file_wrong_passphrase,
     {"The passphrase is not right. Try again; nothing was changed.",
      "パスフレーズが違います。もう一度お試しください。何も変更されていません。"}},
    {ErrorCode::sealed_file_malformed,
     {"The sealed file is damaged. Restore the wallet folder from your own copy, or start again with a new wallet.",
      "封印ファイルが壊れています。ご自身のコピーから戻すか、新しいウォレットで始めてください。"}},
    {ErrorCode::wallet_already_registered,
     {"This wallet is registered already; a key is never made twice. Use another --home for another wallet.",
      "このウォレットはすでに登録されています。鍵の再作成はできません。別のウォレットには別の --home を使ってください。"}},
    {ErrorCode::wallet_not_registered,
     {"This wallet is not registered yet. Start with: mibun wallet register",
      "このウォレットはまだ登録されていません。まず mibun wallet register を実行してください。"}},
    {ErrorCode::wallet_user_verification_failed,
     {"We could not confirm that it is you. Nothing was sent.", "本人確認ができませんでした。何も送信していません。"}},
    {ErrorCode::wallet_no_matching_card,
     {"You have no card that answers this request. Nothing was sent. Receive one with: mibun wallet receive",
      "この依頼に答えられるカードがありません。何も送信していません。mibun wallet receive で受け取れます。"}},
    {ErrorCode::wallet_no_copy_left,
     {"All copies of this card are used up. Receive a new batch.",
      "このカードの控えを使い切りました。新しく受け取ってください。"}},
    {ErrorCode::wallet_no_offer,
     {"There is no card to receive yet. The review may still be going on: mibun wallet status",
      "受け取れるカードがまだありません。審査中かもしれません: mibun wallet status"}},
    {ErrorCode::wallet_holder_refused, {"You stopped. Nothing was shared.", "中止しました。何も提供していません。"}},
    {ErrorCode::wallet_server_refused, {"The server refused.", "サーバーが受け付けませんでした。"}},
    {ErrorCode::oid4vp_claim_not_registered,
     {"The request asks for more than this organisation registered. It was stopped and nothing was sent.",
      "登録された範囲を超える情報が求められたため止めました。何も送信していません。"}},
    {ErrorCode::oid4vp_request_expired,
     {"The request is too old. Ask the organisation to make a new one.",
      "この依頼は期限切れです。提供先で新しい依頼を作ってもらってください。"}},
    {ErrorCode::certificate_untrusted,
     {"Nobody we trust vouches for the other side. It was stopped and nothing was sent.",
      "相手を確認できる証明がないため止めました。何も送信していません。"}},
    {ErrorCode::key_exists,
     {"This device is registered already. To start again, stop the old registration with its revocation code first.",
      "この端末はすでに登録されています。やり直すには停止コードで停止してください。"}},
    {ErrorCode::receipt_malformed,
     {"This is not a receipt of ours, or it was changed.", "受領証ではないか、内容が変更されています。"}},
    {ErrorCode::receipt_signature_invalid,
     {"The receipt's signature does not hold: it was changed, or somebody else made it.",
      "受領証の署名が正しくありません。変更されたか、別の者が作ったものです。"}},
    {ErrorCode::cancelled, {"Stopped: no more input.", "入力が終わったため中止しました。"}},
    {ErrorCode::not_found, {"There is nothing by that name.", "その名前のものはありません。"}},
    {ErrorCode::invalid_argument,
     {"An argument is not right; see --help.", "引数が正しくありません。--help を見てください。"}},
});

constexpr Text kAnyOther{"The step was stopped by a check and nothing was changed. The code says which one.",
                         "確認により処理を止めました。何も変更されていません。コードが理由を示します。"};

}  // namespace

Text sentence_for(ErrorCode code) {
  for (const Row& row : kSentences) {
    if (row.code == code) return row.text;
  }
  return kAnyOther;
}

}  // namespace mibun::cli
