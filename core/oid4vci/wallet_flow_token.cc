#include "core/oid4vci/dpop.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/wallet_flow.h"
#include "core/oid4vci/wallet_flow_messages.h"

namespace mibun::oid4vci {
namespace {

constexpr unsigned kTxCodeTriesMax = 5;

}  // namespace

// From the yes of the holder to an access token.
Result<Step> IssuanceFlow::on_agreed(const HolderAgreed& agreed, Instant now) {
  if (offer_.tx_code.has_value() != agreed.tx_code.has_value()) {
    return fail(ErrorCode::oid4vci_tx_code_needed, "tx_code", offer_.tx_code ? "missing" : "not expected");
  }
  token_request_ = {.code = offer_.pre_authorized_code, .tx_code = agreed.tx_code};
  nonce_retried_ = false;
  return send_token_request(now);
}

// Every request to the authorization server goes out like this: the one place for what shows who the client is.
Result<Step> IssuanceFlow::send_to_server(State next, const std::string& url, std::string form, Instant now) {
  MIBUN_TRY(std::string proof, make_dpop_proof({.method = "POST", .url = url, .nonce = server_dpop_nonce_},
                                               parts_.dpop_key, now, parts_.rng));
  HttpRequest request = post(url, kForm, std::move(form));
  request.headers.push_back({"DPoP", std::move(proof)});
  state_ = next;
  return SendRequest{std::move(request)};
}

Result<Step> IssuanceFlow::send_token_request(Instant now) {
  return send_to_server(State::token, server_.token_endpoint, to_form(token_request_), now);
}

Result<Step> IssuanceFlow::on_token(const HttpResponse& response, Instant now) {
  if (auto nonce = dpop_nonce_of(response)) server_dpop_nonce_ = std::move(nonce);
  if (!is_success(response)) {
    Error error = error_from_response(response);
    if (error.code == ErrorCode::dpop_use_nonce && server_dpop_nonce_ && !nonce_retried_) {
      nonce_retried_ = true;
      return send_token_request(now);
    }
    const bool may_retype = error.code == ErrorCode::oauth_invalid_grant && offer_.tx_code;
    if (may_retype && ++tx_code_tries_ < kTxCodeTriesMax) return ask_holder(true);
    return std::unexpected(std::move(error));
  }
  MIBUN_CHECK(check_json(response));
  MIBUN_TRY(token_, TokenResponse::parse(response.body));
  if (!equal_ignoring_case(token_.token_type, "DPoP")) {
    return fail(ErrorCode::oid4vci_response_malformed, "token.token_type", "the token is not bound to our key");
  }
  nonce_retried_ = false;
  if (!issuer_.nonce_endpoint) {
    return fail(ErrorCode::oid4vci_metadata_malformed, "metadata.nonce_endpoint", "needed for key proofs");
  }
  return send_nonce_request();
}

}  // namespace mibun::oid4vci
