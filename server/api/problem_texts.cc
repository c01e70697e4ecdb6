#include <array>

#include "server/api/problem.h"

// What our own API says of each code: what happened, and what to do next.
namespace mibun::server {
namespace {

struct Row {
  ErrorCode code;
  ProblemText text;
};

constexpr ProblemWords kAskForNewAssertion{
    "Ask for a new one (POST /api/v1/assertions), and sign exactly this request.",
    "新しい確認を取得し (POST /api/v1/assertions)、このリクエストに署名してください。"};
constexpr ProblemWords kNotThisAssertion{"The assertion does not fit this request.",
                                         "確認の署名がこのリクエストと一致しません。"};
constexpr ProblemWords kGetToken{
    "Get a new access token at /oauth/token, and show it with a DPoP proof of the same key.",
    "/oauth/token で新しいアクセストークンを取得し、同じ鍵の DPoP の証明と共に送ってください。"};
constexpr ProblemWords kTokenUseless{"The access token is unknown, expired or bound to another key.",
                                     "アクセストークンが不明・期限切れ・別の鍵のものです。"};
constexpr ProblemWords kMakeNewRequest{"Make a new request and send the person there.",
                                       "新しいリクエストを作り、本人にもう一度案内してください。"};
constexpr ProblemWords kStartInWallet{"Start again in your wallet.", "ウォレットからもう一度始めてください。"};
constexpr ProblemWords kCheckId{"Check the id. Ids of others are answered like ids that do not exist.",
                                "ID を確認してください。他の人の ID は、存在しない ID と同じ扱いです。"};
constexpr ProblemWords kTryLater{"Try again in a moment.", "しばらくしてからもう一度お試しください。"};

constexpr ProblemText kMalformed{
    400,
    {"The request has a form we cannot read.", "リクエストの形式が正しくありません。"},
    {"Check it against the API description at /openapi.json.", "/openapi.json の説明と照らし合わせてください。"}};
constexpr ProblemText kUnavailable{
    503,
    {"We could not do this right now and nothing was changed.", "現在処理できません。何も変更されていません。"},
    kTryLater};

constexpr auto kTable = std::to_array<Row>({
    {ErrorCode::request_malformed, kMalformed},
    {ErrorCode::request_too_large,
     {413,
      {"The request is too large.", "リクエストが大きすぎます。"},
      {"Send less at once; /openapi.json says how much an address takes.",
       "送る量を減らしてください。上限は /openapi.json にあります。"}}},
    {ErrorCode::route_not_found,
     {404,
      {"There is nothing at this address.", "このアドレスには何もありません。"},
      {"Check the address against the API description at /openapi.json.",
       "/openapi.json の説明でアドレスを確認してください。"}}},
    {ErrorCode::method_not_allowed,
     {405,
      {"This address does not take that method.", "このアドレスではそのメソッドを使えません。"},
      {"Use one that the Allow header names.", "Allow ヘッダーにあるメソッドを使ってください。"}}},
    {ErrorCode::media_type_not_supported,
     {415,
      {"This address does not take that kind of body.", "このアドレスではその形式の本文を受け取れません。"},
      {"Send the Content-Type that /openapi.json names for it.",
       "/openapi.json にある Content-Type で送ってください。"}}},
    {ErrorCode::assertion_missing,
     {401,
      {"Reading or changing ID data needs a fresh assertion of your device key.",
       "本人データの操作には端末の鍵による新しい確認が必要です。"},
      kAskForNewAssertion}},
    {ErrorCode::assertion_invalid, {401, kNotThisAssertion, kAskForNewAssertion}},
    {ErrorCode::assertion_replayed,
     {401, {"This assertion was used before.", "この確認はすでに使われています。"}, kAskForNewAssertion}},
    {ErrorCode::assertion_expired,
     {401, {"The assertion is older than a minute.", "確認から 1 分以上たちました。"}, kAskForNewAssertion}},
    // Whether an account was closed is nobody's business: the same as assertion_invalid.
    {ErrorCode::account_closed, {401, kNotThisAssertion, kAskForNewAssertion}},
    {ErrorCode::key_exists,
     {409,
      {"This device is registered already. A key is never made a second time.",
       "この端末はすでに登録されています。鍵の再作成はできません。"},
      {"To start again, stop the old registration with its revocation code, and register anew.",
       "やり直すには、停止コードで停止してから新しく登録してください。"}}},
    {ErrorCode::registration_unknown,
     {404,
      {"This registration is not open: unknown, expired or finished.",
       "この登録手続きは有効ではありません(不明・期限切れ・完了済み)。"},
      {"Start the registration again from the beginning.", "登録を最初からやり直してください。"}}},
    {ErrorCode::terms_not_accepted,
     {400,
      {"Nobody is registered without accepting the current terms.", "現在の利用規約への同意がないため登録できません。"},
      {"Read them, and send their terms_version if you accept them.",
       "規約を読み、同意する場合はその terms_version を送ってください。"}}},
    {ErrorCode::revocation_code_wrong,
     {404,
      {"No account is stopped by this code.", "このコードで停止できるアカウントはありません。"},
      {"Type it again from the paper, letter by letter.", "控えを見て、一文字ずつ入力し直してください。"}}},
    {ErrorCode::private_key_rejected,
     {400,
      {"A private key was sent. It was refused and not kept.",
       "秘密鍵が送信されました。受け取らず、保存もしていません。"},
      {"Treat that key as lost, make a new one, and send its public part only.",
       "その鍵は使わず、新しい鍵を作り、公開鍵だけを送ってください。"}}},
    {ErrorCode::oid4vci_invalid_proof,
     {400,
      {"A key is not shown to be yours, or was attested for another wallet.",
       "鍵の所持を確認できないか、別のウォレットの鍵として証明済みです。"},
      {"Make a new key, and a proof of possession with it.", "新しい鍵を作り、その鍵で所持の証明を作ってください。"}}},
    {ErrorCode::oauth_unauthorized_client,
     {403,
      {"This provider does not vouch for that wallet software.",
       "このウォレットソフトウェアは当サーバーの証明の対象外です。"},
      {"Use a client_id that it speaks for.", "対象の client_id を使ってください。"}}},
    {ErrorCode::case_not_found, {404, {"There is no such case.", "その審査は見つかりません。"}, kCheckId}},
    {ErrorCode::case_wrong_state,
     {409,
      {"The case is not in a state for this step.", "審査の状態が、この操作に合っていません。"},
      {"Look at its state first (GET the case), and take the step that fits it.",
       "先に審査の状態を確認し (GET)、状態に合った操作をしてください。"}}},
    {ErrorCode::case_expired,
     {409,
      {"The time for this case has passed.", "審査の期限が過ぎました。"},
      {"Open a new one.", "新しく始めてください。"}}},
    {ErrorCode::case_same_reviewer,
     {409,
      {"You decided on this case already.", "この審査はあなたがすでに判断しています。"},
      {"Leave it to a second, different reviewer.", "別の審査担当者に判断を任せてください。"}}},
    {ErrorCode::evidence_refused,
     {422,
      {"The evidence did not pass.", "提出された証拠を確認できませんでした。"},
      {"See in `findings` which check failed, mend that, and hand the evidence in again.",
       "findings で失敗した項目を確認し、直してからもう一度提出してください。"}}},
    {ErrorCode::partner_not_found,
     {404,
      {"There is no such partner.", "その提供先は登録されていません。"},
      {"Check its partner_id, or register it first.", "partner_id を確認するか、先に登録してください。"}}},
    {ErrorCode::partner_exists,
     {409,
      {"A partner with this id is registered already.", "この ID の提供先はすでに登録されています。"},
      {"Choose another partner_id.", "別の partner_id を選んでください。"}}},
    {ErrorCode::claim_not_registered,
     {403,
      {"The request asks for more than this partner registered.", "登録された範囲を超える情報が求められています。"},
      {"Ask for registered claims only, or change the registration first.",
       "登録済みの項目だけを求めるか、先に登録を変更してください。"}}},
    {ErrorCode::result_not_ready,
     {409,
      {"The person has not answered yet.", "まだ回答がありません。"},
      {"Ask for the state again in some seconds, until the request expires.",
       "数秒後にもう一度状態を確認してください。期限まで繰り返せます。"}}},
    {ErrorCode::result_already_given,
     {410,
      {"The result was handed out once already and is no longer kept.", "結果はすでに一度お渡しし、保存していません。"},
      {"Use the result that you have. If it is lost, make a new request.",
       "お手元の結果を使ってください。失われた場合は新しいリクエストを作ってください。"}}},
    {ErrorCode::request_refused_by_holder,
     {409,
      {"The person refused (access_denied).", "本人が提供を中止しました (access_denied)。"},
      {"Offer another way to go on. Ask again only if the person wants to.",
       "別の方法を案内してください。もう一度求めるのは、本人が望むときだけにしてください。"}}},
    {ErrorCode::oid4vp_response_code_wrong,
     {403,
      {"The response_code is not the one that came back with the person.",
       "response_code が、本人と一緒に戻ってきたものと一致しません。"},
      {"Take it from the address that the person came back to, unchanged.",
       "本人が戻ってきたアドレスにある値を、そのまま使ってください。"}}},
    {ErrorCode::oid4vp_session_mismatch,
     {403,
      {"This is not the browser session that started the request. Nothing was handed out; the result waits for the "
       "session that asked.",
       "このリクエストを始めたブラウザーのセッションではありません。結果は渡しておらず、始めたセッションのために保管し"
       "ています。"},
      {"Go on in the browser where it began. If somebody sent you a link, do not follow it.",
       "始めたブラウザーで続けてください。人から送られたリンクであれば、開かないでください。"}}},
    {ErrorCode::oid4vp_transaction_consumed,
     {409, {"This request was answered already.", "このリクエストにはすでに回答がありました。"}, kMakeNewRequest}},
    {ErrorCode::oid4vp_transaction_expired,
     {409, {"The time for this request has passed.", "このリクエストの期限が過ぎました。"}, kMakeNewRequest}},
    {ErrorCode::pairing_code_locked,
     {409,
      {"The code from the page was wrong too often.", "画面の番号を間違えた回数が上限に達しました。"},
      kMakeNewRequest}},
    {ErrorCode::request_not_found, {404, {"There is no such request.", "そのリクエストはありません。"}, kCheckId}},
    {ErrorCode::oauth_token_missing,
     {401, {"A DPoP-bound access token is needed here.", "DPoP に結び付いたアクセストークンが必要です。"}, kGetToken}},
    {ErrorCode::oauth_invalid_token, {401, kTokenUseless, kGetToken}},
    {ErrorCode::dpop_wrong_key, {401, kTokenUseless, kGetToken}},
    {ErrorCode::dpop_invalid_proof,
     {401,
      {"The DPoP proof is missing or does not fit this request.",
       "DPoP の証明がないか、このリクエストと一致しません。"},
      {"Make a proof for exactly this method, address and token.",
       "このメソッド・アドレス・トークンに対する証明を作ってください。"}}},
    {ErrorCode::dpop_use_nonce,
     {401,
      {"The DPoP proof lacks the nonce of this server.", "DPoP の証明に、このサーバーの nonce がありません。"},
      {"Make it again with the value of the DPoP-Nonce header.",
       "DPoP-Nonce ヘッダーの値を入れて作り直してください。"}}},
    {ErrorCode::dpop_replayed,
     {401,
      {"This DPoP proof was used before.", "この DPoP の証明はすでに使われています。"},
      {"Make a new one for each request.", "リクエストごとに新しく作ってください。"}}},
    {ErrorCode::oauth_insufficient_scope,
     {403,
      {"This access token is not for that purpose.", "このアクセストークンではその操作はできません。"},
      {"Ask for a token with the scope that /openapi.json names for this address.",
       "/openapi.json にある scope のトークンを取得してください。"}}},
    {ErrorCode::oauth_invalid_request,
     {400, {"This link is not complete.", "このリンクは正しくありません。"}, kStartInWallet}},
    {ErrorCode::oauth_invalid_request_uri,
     {400,
      {"This request to add a card is over: it was opened or answered before, or too much time has passed.",
       "このカード追加の手続きは終わっています(すでに開かれた・回答済み・時間切れ)。"},
      kStartInWallet}},
    {ErrorCode::oid4vci_issuance_pending,
     {409,
      {"There is no card to add yet.", "追加できるカードがまだありません。"},
      {"Prove who you are first, or wait until the check is done.",
       "先に本人確認を行うか、審査が終わるまでお待ちください。"}}},
    {ErrorCode::service_overloaded, {503, {"We are busy.", "混み合っています。"}, kTryLater}},
    {ErrorCode::clock_untrusted,
     {503,
      {"Our clock cannot be trusted right now, so nothing is signed.",
       "時刻の信頼性を確認できないため、署名を停止しています。"},
      kTryLater}},
});

}  // namespace

bool is_ours_to_mend(ErrorCode code) {
  const auto number = static_cast<int>(code);
  return (number >= 1000 && number < 1200) || code == ErrorCode::internal_error || code == ErrorCode::io_error ||
         code == ErrorCode::crypto_failure || code == ErrorCode::unavailable;
}

ProblemText problem_text(ErrorCode code) {
  for (const Row& row : kTable) {
    if (row.code == code) return row.text;
  }
  return is_ours_to_mend(code) ? kUnavailable : kMalformed;
}

}  // namespace mibun::server
