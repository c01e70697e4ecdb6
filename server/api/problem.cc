#include "server/api/problem.h"

#include <array>
#include <utility>

#include "core/codecs/json.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

struct Row {
  ErrorCode code;
  ProblemText text;
};

constexpr auto kTable = std::to_array<Row>({
    {ErrorCode::request_malformed,
     {400, "The request has a form we cannot read. Check it against the API description at /openapi.json.",
      "リクエストの形式が正しくありません。/openapi.json の説明と照らし合わせてください。"}},
    {ErrorCode::request_too_large, {413, "The request is too large.", "リクエストが大きすぎます。"}},
    {ErrorCode::route_not_found, {404, "There is nothing at this address.", "このアドレスには何もありません。"}},
    {ErrorCode::method_not_allowed,
     {405, "This address does not take that method; see the Allow header.",
      "このアドレスではそのメソッドを使えません。Allow ヘッダーを確認してください。"}},
    {ErrorCode::media_type_not_supported,
     {415, "Send the content type that the API description names for this address.",
      "この API の説明にある Content-Type で送ってください。"}},
    {ErrorCode::assertion_missing,
     {401, "Reading or changing ID data needs a fresh assertion of your device key: POST /api/v1/assertions first.",
      "本人データの操作には端末の鍵による新しい確認が必要です。先に POST /api/v1/assertions を呼んでください。"}},
    {ErrorCode::assertion_invalid,
     {401, "The assertion does not fit this request. Ask for a new one and sign again.",
      "確認の署名がこのリクエストと一致しません。新しい確認を取得して署名し直してください。"}},
    {ErrorCode::assertion_replayed,
     {401, "This assertion was used before. Ask for a new one.",
      "この確認はすでに使われています。新しい確認を取得してください。"}},
    {ErrorCode::assertion_expired,
     {401, "The assertion is older than a minute. Ask for a new one.",
      "確認から 1 分以上たちました。新しい確認を取得してください。"}},
    {ErrorCode::key_exists,
     {409,
      "This device is registered already. A key is never made a second time: to start again, revoke with your "
      "revocation code and register anew.",
      "この端末はすでに登録されています。鍵の再作成はできません。やり直すには停止コードで停止してから新しく登録してくだ"
      "さい。"}},
    {ErrorCode::registration_unknown,
     {404, "This registration is not open (unknown, expired or finished). Start again.",
      "この登録手続きは有効ではありません(不明・期限切れ・完了済み)。最初からやり直してください。"}},
    {ErrorCode::terms_not_accepted,
     {400, "Accept the current terms (terms_version) to register.",
      "登録には現在の利用規約 (terms_version) への同意が必要です。"}},
    {ErrorCode::account_closed,
     {401, "The assertion does not fit this request. Ask for a new one and sign again.",
      "確認の署名がこのリクエストと一致しません。新しい確認を取得して署名し直してください。"}},
    {ErrorCode::revocation_code_wrong,
     {404, "No account is stopped by this code. Check each character.",
      "このコードで停止できるアカウントはありません。1 文字ずつ確認してください。"}},
    {ErrorCode::private_key_rejected,
     {400, "A private key was sent. It was refused and not kept: treat that key as lost and make a new one.",
      "秘密鍵が送信されました。受け取らず、保存もしていません。その鍵は使わず、新しい鍵を作ってください。"}},
    {ErrorCode::oid4vci_invalid_proof,
     {400,
      "A key is not shown to be yours, or was attested for another wallet. Make a new key and a proof of possession "
      "with "
      "it.",
      "鍵の所持を確認できないか、別のウォレットの鍵として証明済みです。新しい鍵を作り、その鍵で所持の証明を作ってくださ"
      "い。"}},
    {ErrorCode::oauth_unauthorized_client,
     {403, "This provider does not vouch for that wallet software. Use a client_id that it speaks for.",
      "このウォレットソフトウェアは当サーバーの証明の対象外です。対象の client_id を使ってください。"}},
    {ErrorCode::case_not_found, {404, "There is no such case.", "その審査は見つかりません。"}},
    {ErrorCode::case_wrong_state,
     {409, "The case is not in a state for this step.", "審査の状態が、この操作に合っていません。"}},
    {ErrorCode::case_expired,
     {409, "The time for this case has passed. Open a new one.", "審査の期限が過ぎました。新しく始めてください。"}},
    {ErrorCode::case_same_reviewer,
     {409, "You decided on this case already. A second, different reviewer must decide.",
      "この審査はあなたがすでに判断しています。別の審査担当者の判断が必要です。"}},
    {ErrorCode::evidence_refused,
     {422, "The evidence did not pass; `findings` says which check failed and what to do.",
      "提出された証拠を確認できませんでした。findings に理由と次の手順があります。"}},
    {ErrorCode::partner_not_found, {404, "There is no such partner.", "その提供先は登録されていません。"}},
    {ErrorCode::partner_exists,
     {409, "A partner with this id is registered already.", "この ID の提供先はすでに登録されています。"}},
    {ErrorCode::claim_not_registered,
     {403,
      "The request asks for more than this partner registered. Ask for registered claims only, or change the "
      "registration first.",
      "登録された範囲を超える情報が求められています。登録済みの項目だけを求めるか、先に登録を変更してください。"}},
    {ErrorCode::result_not_ready, {409, "The person has not answered yet.", "まだ回答がありません。"}},
    {ErrorCode::result_already_given,
     {410, "The result was handed out once already and is no longer kept.",
      "結果はすでに一度お渡しし、保存していません。"}},
    {ErrorCode::request_refused_by_holder,
     {409, "The person refused (access_denied).", "本人が提供を中止しました (access_denied)。"}},
    {ErrorCode::oid4vp_response_code_wrong,
     {403, "The response_code is not the one that came back with the person.",
      "response_code が、本人と一緒に戻ってきたものと一致しません。"}},
    {ErrorCode::oid4vp_session_mismatch,
     {403,
      "This is not the browser session that started the request. Nothing was handed out; the result waits for the "
      "session that asked.",
      "このリクエストを始めたブラウザーのセッションではありません。結果は渡しておらず、始めたセッションのために保管し"
      "ています。"}},
    {ErrorCode::oid4vp_transaction_consumed,
     {409, "This request was answered already.", "このリクエストにはすでに回答がありました。"}},
    {ErrorCode::oid4vp_transaction_expired,
     {409, "The time for this request has passed. Make a new one.",
      "このリクエストの期限が過ぎました。新しく作ってください。"}},
    {ErrorCode::pairing_code_locked,
     {409, "The code from the page was wrong too often. Make a new request.",
      "画面の番号を間違えた回数が上限に達しました。新しいリクエストを作ってください。"}},
    {ErrorCode::request_not_found, {404, "There is no such request.", "そのリクエストはありません。"}},
    {ErrorCode::oauth_token_missing,
     {401, "Send a DPoP-bound access token.", "DPoP に結び付いたアクセストークンを送ってください。"}},
    {ErrorCode::oauth_invalid_token,
     {401, "The access token is unknown, expired or bound to another key.",
      "アクセストークンが不明・期限切れ・別の鍵のものです。"}},
    {ErrorCode::dpop_invalid_proof,
     {401, "The DPoP proof is missing or does not fit this request.",
      "DPoP の証明がないか、このリクエストと一致しません。"}},
    {ErrorCode::dpop_use_nonce,
     {401, "The DPoP proof must carry the nonce of the DPoP-Nonce header.",
      "DPoP の証明には、DPoP-Nonce ヘッダーの値が必要です。"}},
    {ErrorCode::oauth_invalid_request,
     {400, "This link is not complete. Start again in your wallet.",
      "このリンクは正しくありません。ウォレットからもう一度始めてください。"}},
    {ErrorCode::oauth_invalid_request_uri,
     {400,
      "This request to add a card is over: it was opened or answered before, or too much time has passed. Start again "
      "in your wallet.",
      "このカード追加の手続きは終わっています(すでに開かれた・回答済み・時間切れ)。ウォレットからもう一度始めてくださ"
      "い。"}},
    {ErrorCode::oid4vci_issuance_pending,
     {409, "There is no card to add yet. Prove who you are first, or wait until the check is done.",
      "追加できるカードがまだありません。先に本人確認を行うか、審査が終わるまでお待ちください。"}},
    {ErrorCode::dpop_replayed,
     {401, "This DPoP proof was used before. Make a new one for each request.",
      "この DPoP の証明はすでに使われています。リクエストごとに新しく作ってください。"}},
    {ErrorCode::dpop_wrong_key,
     {401, "The access token is unknown, expired or bound to another key.",
      "アクセストークンが不明・期限切れ・別の鍵のものです。"}},
    {ErrorCode::oauth_insufficient_scope,
     {403, "This access token is not for that purpose.", "このアクセストークンではその操作はできません。"}},
    {ErrorCode::service_overloaded,
     {503, "We are busy. Try again in a moment.", "混み合っています。しばらくしてからもう一度お試しください。"}},
    {ErrorCode::clock_untrusted,
     {503, "Our clock cannot be trusted right now, so nothing is signed. Try again later.",
      "時刻の信頼性を確認できないため、署名を停止しています。後でもう一度お試しください。"}},
});

constexpr ProblemText kMalformed = kTable[0].text;
constexpr ProblemText kUnavailable{
    503, "We could not do this right now and nothing was changed. Try again in a moment.",
    "現在処理できません。何も変更されていません。しばらくしてからもう一度お試しください。"};

bool is_ours_to_mend(ErrorCode code) {
  const auto number = static_cast<int>(code);
  return (number >= 1000 && number < 1200) || code == ErrorCode::internal_error || code == ErrorCode::io_error ||
         code == ErrorCode::crypto_failure || code == ErrorCode::unavailable;
}

// A 401 says what would open the door: RFC 9110, section 11.6.1. Tokens: RFC 9449, section 7.1.
std::string_view challenge(ErrorCode code) {
  switch (code) {
    case ErrorCode::oauth_token_missing:
      return R"(DPoP algs="ES256")";
    case ErrorCode::oauth_invalid_token:
    case ErrorCode::dpop_wrong_key:
      return R"(DPoP error="invalid_token", algs="ES256")";
    case ErrorCode::dpop_invalid_proof:
    case ErrorCode::dpop_replayed:
      return R"(DPoP error="invalid_dpop_proof", algs="ES256")";
    default:
      return "Mibun-Assertion";
  }
}

}  // namespace

bool prefers_japanese(std::string_view accept_language) {
  const auto ja = accept_language.find("ja");
  const auto en = accept_language.find("en");
  return ja != std::string_view::npos && (en == std::string_view::npos || ja < en);
}

ProblemText problem_text(ErrorCode code) {
  for (const Row& row : kTable) {
    if (row.code == code) return row.text;
  }
  return is_ours_to_mend(code) ? kUnavailable : kMalformed;
}

http::ServerResponse problem(ErrorCode code, std::string_view accept_language) {
  const ProblemText text = problem_text(code);
  json::Object body;
  body["type"] = "urn:mibun:problem:" + std::string(to_string(code));
  body["title"] = prefers_japanese(accept_language) ? text.ja : text.en;
  body["status"] = text.status;
  body["code"] = to_string(code);
  http::ServerResponse response;
  response.status = text.status;
  response.content_type = "application/problem+json";
  response.body = json::serialize(body);
  if (text.status == 401) response.headers.push_back({"WWW-Authenticate", std::string(challenge(code))});
  if (text.status == 503) response.headers.push_back({"Retry-After", "2"});
  return response;
}

http::ServerResponse refuse(const Error& error, const http::ServerRequest& request) {
  const auto level = is_ours_to_mend(error.code) ? log::Level::error : log::Level::info;
  log::write(level, "request_refused", {{"code", to_string(error.code)}, {"where", std::string_view(error.where)}});
  return problem(error.code, request.header("accept-language").value_or(""));
}

http::RouteHandler answer_or_refuse(ApiHandler handler) {
  return [handler = std::move(handler)](const http::ServerRequest& request, const http::PathParameters& parameters) {
    auto answer = handler(request, parameters);
    return answer ? std::move(*answer) : refuse(answer.error(), request);
  };
}

http::RouteHandler answer_or_refuse(std::function<Result<http::ServerResponse>(const http::ServerRequest&)> handler) {
  return [handler = std::move(handler)](const http::ServerRequest& request, const http::PathParameters&) {
    auto answer = handler(request);
    return answer ? std::move(*answer) : refuse(answer.error(), request);
  };
}

http::ServerResponse problem_for_status(int status, std::string_view code, std::string_view detail) {
  json::Object body;
  body["type"] = "urn:mibun:problem:" + std::string(code);
  body["title"] = detail;
  body["status"] = status;
  body["code"] = code;
  http::ServerResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = json::serialize(body);
  return response;
}

http::ServerResponse json_answer(const std::string& body, int status) {
  http::ServerResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = body;
  return response;
}

}  // namespace mibun::server
