#include <algorithm>

#include "core/oid4vci/error_map.h"
#include "core/oid4vci/wallet_flow.h"
#include "core/oid4vci/wallet_flow_messages.h"

namespace mibun::oid4vci {
namespace {

constexpr unsigned kTxCodeTriesMax = 5;

}  // namespace

// From the yes of the holder to an access token.

// Without grant_types_supported RFC 8414 means what neither of the two is.
Status IssuanceFlow::check_grant() const {
  MIBUN_CHECK(check_client_authentication());
  if (std::holds_alternative<CodeGrant>(start_.grant)) return check_code_flow();
  const std::string_view wanted =
      std::holds_alternative<RefreshGrant>(start_.grant) ? kRefreshTokenGrant : kPreAuthorizedCodeGrant;
  if (std::ranges::find(server_.grant_types, wanted) != server_.grant_types.end()) return {};
  return fail(ErrorCode::oauth_unsupported_grant_type, "metadata.grant_types_supported", "no " + std::string(wanted));
}

Status IssuanceFlow::choose_configuration(const std::string& id) {
  if (id.empty()) return {};
  const auto chosen = std::ranges::find(offered_, id, &CredentialConfiguration::id);
  if (chosen == offered_.end()) {
    return fail(ErrorCode::oid4vci_unknown_credential_configuration, "configuration_id", "it was not on offer");
  }
  configuration_ = *chosen;
  return {};
}

Result<Step> IssuanceFlow::on_agreed(const HolderAgreed& agreed, Instant now) {
  MIBUN_CHECK(choose_configuration(agreed.configuration_id));
  const auto* grant = std::get_if<PreAuthorizedGrant>(&start_.grant);
  const bool tx_code_needed = grant != nullptr && grant->tx_code;
  if (tx_code_needed != agreed.tx_code.has_value()) {
    return fail(ErrorCode::oid4vci_tx_code_needed, "tx_code", tx_code_needed ? "missing" : "not expected");
  }
  if (grant == nullptr) return begin_authorization(now);
  PreAuthorizedCodeRequest request{.code = grant->code, .tx_code = agreed.tx_code, .client_id = {}, .details = {}};
  if (is_attested()) request.client_id = parts_.client->client_id;
  token_request_ = std::move(request);
  return send_token_request(now);
}

Result<Step> IssuanceFlow::begin_refresh(Instant now) {
  std::optional<std::string> client_id;
  if (parts_.client) client_id = parts_.client->client_id;
  token_request_ = RefreshTokenRequest{.refresh_token = std::get<RefreshGrant>(start_.grant).refresh_token,
                                       .client_id = std::move(client_id),
                                       .scopes = {}};
  return send_token_request(now);
}

// A server that demands a DPoP nonce is obeyed once per request.
bool IssuanceFlow::may_repeat(const Error& error, const std::optional<std::string>& nonce) {
  if (error.code != ErrorCode::dpop_use_nonce || !nonce || nonce_retried_) return false;
  nonce_retried_ = true;
  return true;
}

Result<Step> IssuanceFlow::send_token_request(Instant now) {
  return send_to_server(State::token, server_.token_endpoint, to_form(token_request_), now);
}

Result<Step> IssuanceFlow::on_token(const HttpResponse& response, Instant now) {
  if (!is_success(response)) {
    auto next = on_server_error(response, now);
    if (next) return next;
    const auto* grant = std::get_if<PreAuthorizedGrant>(&start_.grant);
    const bool may_retype = next.error().code == ErrorCode::oauth_invalid_grant && grant != nullptr && grant->tx_code;
    if (may_retype && ++tx_code_tries_ < kTxCodeTriesMax) return ask_holder(true);
    return next;
  }
  if (auto nonce = dpop_nonce_of(response)) server_dpop_nonce_ = std::move(nonce);
  MIBUN_CHECK(check_json(response));
  MIBUN_TRY(token_, TokenResponse::parse(response.body));
  if (!equal_ignoring_case(token_.token_type, "DPoP")) {
    return fail(ErrorCode::oid4vci_response_malformed, "token.token_type", "the token is not bound to our key");
  }
  if (token_.refresh_token && parts_.keep_refresh_token) {
    MIBUN_CHECK(parts_.keep_refresh_token(*token_.refresh_token));
  }
  return begin_errand(now);
}

}  // namespace mibun::oid4vci
