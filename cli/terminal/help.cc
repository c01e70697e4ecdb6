#include "cli/terminal/help.h"

#include <array>

#include "cli/terminal/help_groups.h"

namespace mibun::cli {
namespace {

struct Row {
  ErrorCode code;
  Help help;
};

constexpr auto kOwn = std::to_array<Row>({
    {ErrorCode::io_error,
     {{"The file or folder does not exist, belongs to somebody else, or the disk is full.",
       "ファイルまたはフォルダーが存在しないか、権限がないか、ディスクに空きがありません。"},
      {"Check the path that stands in the message, then run the same command again.",
       "表示された場所を確認し、同じコマンドをもう一度実行してください。"}}},
    {ErrorCode::http_connect_failed,
     {{"No server listens at this address, the name is not known, or there is no network.",
       "このアドレスにサーバーがないか、名前が見つからないか、ネットワークがありません。"},
      {"Check the network and the address. If it is your own server, start it, and try again.",
       "ネットワークとアドレスを確認してください。ご自身のサーバーなら起動してから、もう一度お試しください。"}}},
    {ErrorCode::http_tls_failed,
     {{"The certificate of the other side is of another name, has run out, or nobody we trust signed it. Somebody may "
       "stand in "
       "between.",
       "相手の証明書が別の名前のものか、期限切れか、信頼できる署名がありません。第三者が間にいるかもしれません。"},
      {"Do not go on in another way. Check the address letter by letter, and the --ca file if the server has a root of "
       "its own.",
       "別の方法で続けないでください。アドレスを一文字ずつ、独自の証明書の場合は --ca "
       "のファイルも確認してください。"}}},
    {ErrorCode::http_url_not_allowed,
     {{"Links of others are followed into the public internet only, and to port 443: a link could otherwise make this "
       "device speak "
       "to machines that only it can reach.",
       "他人から届いたリンクは、公開されたインターネットの 443 番ポートにだけつながります。"
       "この端末からしか届かない機器を操作されないためです。"},
      {"If the server is your own, name it: mibun wallet --allow-origin https://host:port ... Otherwise ask for "
       "another link.",
       "ご自身のサーバーであれば mibun wallet --allow-origin https://host:port "
       "で指定してください。それ以外は新しいリンクを求めてください。"}}},
    {ErrorCode::http_address_not_allowed,
     {{"The name in the link leads to an address inside a network or on this device. That is how a link would be used "
       "to reach "
       "what it should not.",
       "リンクの名前が、内部ネットワークまたはこの端末のアドレスを指しています。本来届かない所に触れる手口です。"},
      {"Do not open it in another way. Tell the person or organisation it came from.",
       "別の方法で開かないでください。リンクを渡した相手に知らせてください。"}}},
    {ErrorCode::sealed_file_wrong_passphrase,
     {{"The passphrase does not open the file. Nothing was counted and nothing is locked.",
       "パスフレーズが一致しません。回数は数えられず、ロックもされません。"},
      {"Try again, and mind the keyboard layout. A passphrase that is lost cannot be brought back: stop the wallet "
       "with its "
       "revocation code and register anew.",
       "キーボードの種類を確認してもう一度お試しください。"
       "忘れた場合は復元できません。停止コードで停止し、登録し直してください。"}}},
    {ErrorCode::wallet_no_matching_card,
     {{"The request asks for a card or for claims that you do not have.",
       "お持ちでないカードや項目が求められています。"},
      {"Look at what you have: mibun wallet status. Receive a card if one is waiting: mibun wallet receive.",
       "mibun wallet status で確認し、受け取れるカードがあれば mibun wallet receive で受け取ってください。"}}},
    {ErrorCode::dcql_bad_selection,
     {{"--also, --instead, --card and --way take the names that the question shows, and only what answers it.",
       "--also、--instead、--card、--way には、依頼の画面に表示された名前だけを指定できます。"},
      {"See what can be chosen, without answering: mibun wallet present --look. Then try again.",
       "mibun wallet present --look で選べるものを確認し (回答はしません)、もう一度お試しください。"}}},
    {ErrorCode::wallet_no_copy_left,
     {{"Each showing uses up one copy, so that shops cannot recognise you by it. All of them are used.",
       "提供のたびに控えを一枚使い、お店同士で同じ人だと分からないようにしています。すべて使い切りました。"},
      {"Receive new copies: mibun wallet receive.", "mibun wallet receive で新しい控えを受け取ってください。"}}},
    {ErrorCode::wallet_not_renewable,
     {{"Its issuer gave nothing to renew it with, or took that back: after a year, or when the wallet was stopped.",
       "発行者から更新の許可が出ていないか、取り消されています (一年を過ぎたとき、ウォレットを停止したときなど)。"},
      {"The card can be used until it runs out. Receive it anew: mibun wallet receive.",
       "カードは期限まで使えます。mibun wallet receive で受け取り直してください。"}}},
    {ErrorCode::oid4vp_claim_not_registered,
     {{"Organisations register what they may ask for. This request goes beyond it, by mistake or on purpose.",
       "提供先は求める項目を事前に登録します。この依頼は、誤りか故意に、その範囲を超えています。"},
      {"You need not do anything; nothing was sent. Tell the organisation, and report it if it happens again.",
       "何も送信していないため操作は不要です。提供先に知らせ、繰り返される場合は通報してください。"}}},
    {ErrorCode::oauth_invalid_grant,
     {{"A code can be used once and within minutes; after five wrong numbers it is locked.",
       "案内の番号は数分以内に一度だけ使えます。五回間違えるとロックされます。"},
      {"Ask for a new offer: mibun wallet receive.", "mibun wallet receive で新しい案内を受け取ってください。"}}},
    {ErrorCode::pairing_code_wrong,
     {{"The six digits are not those on the page of the organisation.",
       "6桁の番号が、提供先の画面に表示されたものと一致しません。"},
      {"Type the digits that stand on the page right now. If you see no page with digits, refuse: somebody may have "
       "passed you "
       "their code.",
       "いま画面に表示されている番号を入力してください。"
       "番号の画面が手元にないときは、他人の依頼かもしれないため中止してください。"}}},
    {ErrorCode::pairing_code_locked,
     {{"Five wrong codes were typed for this request, so it is closed.",
       "番号が五回間違えられたため、この依頼は閉じられました。"},
      {"Start again on the page of the organisation, which shows a new code.",
       "提供先の画面で最初からやり直し、新しい番号を使ってください。"}}},
    {ErrorCode::revocation_code_wrong,
     {{"No wallet is stopped by this code: a letter differs, or the wallet was stopped before.",
       "この停止コードのウォレットはありません。文字が違うか、すでに停止されています。"},
      {"Type it again from the paper, letter by letter.", "控えの紙を見て、一文字ずつ入力し直してください。"}}},
    {ErrorCode::status_revoked,
     {{"The issuer took the card back, or you deleted it or moved to another device.",
       "発行者がカードを取り消したか、削除または機種変更により無効になっています。"},
      {"Receive a new one: mibun wallet receive. If you did not expect it, ask the issuer.",
       "mibun wallet receive で受け取り直してください。心当たりがない場合は発行者にお問い合わせください。"}}},
});

}  // namespace

Help help_for(ErrorCode code) {
  for (const Row& row : kOwn) {
    if (row.code == code) return row.help;
  }
  const HelpGroup& group = help_group(code);
  return {group.cause, group.next};
}

Text group_sentence(ErrorCode code) {
  return help_group(code).sentence;
}

Result<ErrorCode> find_error_code(std::string_view text) {
#define MIBUN_ERROR(name, number) \
  if (text == #name || text == #number) return ErrorCode::name;
#include "core/base/error_codes.def"
#undef MIBUN_ERROR
  return fail(ErrorCode::not_found, "code", "no error has this name");
}

}  // namespace mibun::cli
