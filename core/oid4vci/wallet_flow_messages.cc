#include "core/oid4vci/wallet_flow_messages.h"

#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {

bool is_success(const HttpResponse& response) {
  return response.status == 200;
}

Status check_json(const HttpResponse& response) {
  const auto type = response.header("Content-Type");
  if (type && equal_ignoring_case(media_type(*type), kJson)) return {};
  return fail(ErrorCode::oid4vci_response_malformed, "response.Content-Type", "must be application/json");
}

Status check_no_redirect(const HttpResponse& response) {
  if (response.status < 300 || response.status > 399) return {};
  return fail(ErrorCode::http_redirect_refused, "response", "status " + std::to_string(response.status));
}

Status check_document(const HttpResponse& response) {
  if (!is_success(response)) {
    return fail(ErrorCode::http_status_unexpected, "response", "status " + std::to_string(response.status));
  }
  return check_json(response);
}

std::optional<std::string> dpop_nonce_of(const HttpResponse& response) {
  const auto nonce = response.header("DPoP-Nonce");
  if (!nonce || nonce->empty() || nonce->size() > kNonceCharactersMax) return std::nullopt;
  return std::string(*nonce);
}

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {{"Accept", std::string(kJson)}};
  return request;
}

HttpRequest post(std::string url, std::string_view content_type, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"Accept", std::string(kJson)}, {"Content-Type", std::string(content_type)}};
  request.body = std::move(body);
  return request;
}

}  // namespace mibun::oid4vci
