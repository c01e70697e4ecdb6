#include "wallet/authorization.h"

#include <algorithm>

#include "core/codecs/json.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPage = "/oauth/authorize?";

// What the page would show and answer.
struct Question {
  std::string authorization_id;
};

Result<Question> open_question(const Host& host, const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.headers = {{"Accept", std::string(kJson)}};
  MIBUN_TRY(const HttpResponse response, host.http.send(request));
  if (response.status != 200) {
    return fail(ErrorCode::wallet_server_refused, "authorize", "status " + std::to_string(response.status));
  }
  MIBUN_TRY(const json::Object object, json::parse_object(response.body));
  json::ObjectReader reader(object, "authorize");
  MIBUN_TRY(const std::string_view id, reader.string("authorization_id"));
  // It becomes part of a path: nothing but the letters of an id.
  const bool plain = !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain) return fail(ErrorCode::oid4vci_response_malformed, "authorize.authorization_id", "not an id");
  return Question{std::string(id)};
}

}  // namespace

bool is_own_server(const oid4vci::OpenAuthorization& visit, const Profile& profile) {
  return visit.url.starts_with(profile.origin + std::string(kPage));
}

Result<std::string> sign_in(const Host& host, ServerApi& api, Profile& profile,
                            const oid4vci::OpenAuthorization& visit) {
  if (!is_own_server(visit, profile)) return fail(ErrorCode::http_url_not_allowed, "authorize", "another server");
  MIBUN_TRY(const Question question, open_question(host, visit.url));
  const std::string target = "/api/v1/authorizations/" + question.authorization_id + "/approval";
  MIBUN_TRY(const auto answer, api.account_request(profile, "POST", target, "{}", kJson, "receive"));
  json::ObjectReader reader(answer.body, "authorization");
  MIBUN_TRY(const std::string_view redirect, reader.string("redirect_to"));
  return std::string(redirect);
}

}  // namespace mibun::wallet
