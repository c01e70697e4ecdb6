#include "core/oid4vci/wallet_flow.h"

#include <algorithm>

#include "core/oid4vci/credential.h"
#include "core/oid4vci/dpop.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/issued_key.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/proof.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr unsigned kTxCodeTriesMax = 5;

bool is_success(const HttpResponse& response) {
  return response.status == 200;
}

Status check_json(const HttpResponse& response) {
  const auto type = response.header("Content-Type");
  if (type && equal_ignoring_case(media_type(*type), kJson)) return {};
  return fail(ErrorCode::oid4vci_response_malformed, "response.Content-Type", "must be application/json");
}

// A redirect would take a code or a token to a server that nobody named.
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

Step get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {{"Accept", std::string(kJson)}};
  return SendRequest{std::move(request)};
}

HttpRequest post(std::string url, std::string_view content_type, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"Accept", std::string(kJson)}, {"Content-Type", std::string(content_type)}};
  request.body = std::move(body);
  return request;
}

}  // namespace

Result<Step> IssuanceFlow::advance(const Event& event, Instant now) {
  auto next = step(event, now);
  if (!next) state_ = State::over;
  return next;
}

Result<Step> IssuanceFlow::step(const Event& event, Instant now) {
  if (std::holds_alternative<Start>(event) && state_ == State::start) return fetch_issuer_metadata();
  if (const auto* agreed = std::get_if<HolderAgreed>(&event); agreed != nullptr && state_ == State::holder) {
    return on_agreed(*agreed, now);
  }
  if (const auto* arrived = std::get_if<ResponseArrived>(&event)) return on_response(arrived->response, now);
  return fail(ErrorCode::invalid_argument, "event", "does not belong to this state");
}

Result<Step> IssuanceFlow::on_response(const HttpResponse& response, Instant now) {
  MIBUN_CHECK(check_no_redirect(response));
  switch (state_) {
    case State::issuer_metadata:
      return on_issuer_metadata(response);
    case State::server_metadata:
      return on_server_metadata(response);
    case State::token:
      return on_token(response, now);
    case State::nonce:
      return on_nonce(response, now);
    case State::credential:
      return on_credential(response, now);
    default:
      return fail(ErrorCode::invalid_argument, "event", "no request is out");
  }
}

Result<Step> IssuanceFlow::fetch_issuer_metadata() {
  MIBUN_TRY(std::string url, issuer_metadata_url(offer_.credential_issuer));
  state_ = State::issuer_metadata;
  return get(std::move(url));
}

Result<Step> IssuanceFlow::on_issuer_metadata(const HttpResponse& response) {
  MIBUN_CHECK(check_document(response));
  MIBUN_TRY(issuer_, IssuerMetadata::parse(response.body, offer_.credential_issuer));
  if (issuer_.encryption_required) {
    return fail(ErrorCode::oid4vci_invalid_encryption_parameters, "metadata", "the issuer demands encrypted messages");
  }
  MIBUN_CHECK(choose_configuration());
  MIBUN_TRY(const std::string server, choose_server());
  server_.issuer = server;
  MIBUN_TRY(std::string url, authorization_server_metadata_url(server));
  state_ = State::server_metadata;
  return get(std::move(url));
}

// The first one offered that we can hold.
Status IssuanceFlow::choose_configuration() {
  for (const std::string& id : offer_.configuration_ids) {
    const CredentialConfiguration* configuration = issuer_.find(id);
    if (configuration == nullptr || !configuration->usable) continue;
    configuration_ = *configuration;
    return {};
  }
  return fail(ErrorCode::oid4vci_unknown_credential_configuration, "offer.credential_configuration_ids",
              "none that this wallet can hold");
}

// OpenID4VCI 1.0, section 4.1.1: an authorization_server in the offer must be one the metadata lists.
Result<std::string> IssuanceFlow::choose_server() const {
  const auto& servers = issuer_.authorization_servers;
  if (!offer_.authorization_server) return servers.empty() ? issuer_.credential_issuer : servers.front();
  if (std::ranges::find(servers, *offer_.authorization_server) != servers.end()) return *offer_.authorization_server;
  return fail(ErrorCode::oid4vci_issuer_mismatch, "offer.authorization_server", "not listed by the issuer");
}

Result<Step> IssuanceFlow::on_server_metadata(const HttpResponse& response) {
  MIBUN_CHECK(check_document(response));
  const std::string expected = server_.issuer;
  MIBUN_TRY(server_, AuthorizationServerMetadata::parse(response.body, expected));
  if (std::ranges::find(server_.grant_types, kPreAuthorizedCodeGrant) == server_.grant_types.end()) {
    return fail(ErrorCode::oauth_unsupported_grant_type, "metadata.grant_types_supported", "no pre-authorized code");
  }
  if (std::ranges::find(server_.dpop_algorithms, "ES256") == server_.dpop_algorithms.end()) {
    return fail(ErrorCode::oid4vci_metadata_malformed, "metadata.dpop_signing_alg_values_supported", "no ES256");
  }
  return ask_holder(false);
}

Result<Step> IssuanceFlow::ask_holder(bool tx_code_was_wrong) {
  state_ = State::holder;
  return AskHolder{.credential_issuer = issuer_.credential_issuer,
                   .issuer_display = issuer_.display,
                   .configuration = configuration_,
                   .copies = copies(),
                   .tx_code = offer_.tx_code,
                   .tx_code_was_wrong = tx_code_was_wrong};
}

Result<Step> IssuanceFlow::on_agreed(const HolderAgreed& agreed, Instant now) {
  if (offer_.tx_code.has_value() != agreed.tx_code.has_value()) {
    return fail(ErrorCode::oid4vci_tx_code_needed, "tx_code", offer_.tx_code ? "missing" : "not expected");
  }
  token_request_ = {.code = offer_.pre_authorized_code, .tx_code = agreed.tx_code};
  nonce_retried_ = false;
  return send_token_request(now);
}

Result<Step> IssuanceFlow::send_token_request(Instant now) {
  MIBUN_TRY(std::string proof,
            make_dpop_proof({.method = "POST", .url = server_.token_endpoint, .nonce = server_dpop_nonce_},
                            parts_.dpop_key, now, parts_.rng));
  HttpRequest request = post(server_.token_endpoint, "application/x-www-form-urlencoded", to_form(token_request_));
  request.headers.push_back({"DPoP", std::move(proof)});
  state_ = State::token;
  return SendRequest{std::move(request)};
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

Result<Step> IssuanceFlow::send_nonce_request() {
  state_ = State::nonce;
  return SendRequest{post(*issuer_.nonce_endpoint, "application/x-www-form-urlencoded", "")};
}

Result<Step> IssuanceFlow::on_nonce(const HttpResponse& response, Instant now) {
  if (auto nonce = dpop_nonce_of(response)) issuer_dpop_nonce_ = std::move(nonce);
  MIBUN_CHECK(check_document(response));
  MIBUN_TRY(const NonceResponse nonce, NonceResponse::parse(response.body));
  MIBUN_CHECK(make_proofs(nonce.c_nonce, now));
  return send_credential_request(now);
}

std::size_t IssuanceFlow::copies() const {
  return std::max<std::size_t>(1, std::min({issuer_.batch_size, copies_max_, kBatchSizeMax}));
}

Status IssuanceFlow::make_proofs(std::string_view nonce, Instant now) {
  for (std::size_t i = 0; i < copies(); ++i) {
    MIBUN_TRY(HolderKey key, parts_.keys.make_key());
    MIBUN_TRY(std::string proof,
              make_key_proof({.credential_issuer = issuer_.credential_issuer, .nonce = nonce}, *key.signer, now));
    holder_keys_.push_back(std::move(key));
    proofs_.push_back(std::move(proof));
  }
  return {};
}

std::optional<std::string> IssuanceFlow::credential_identifier() const {
  for (const TokenResponse::Identifiers& detail : token_.authorization_details) {
    if (detail.configuration_id == configuration_.id && !detail.credential_identifiers.empty()) {
      return detail.credential_identifiers.front();
    }
  }
  return std::nullopt;
}

Result<Step> IssuanceFlow::send_credential_request(Instant now) {
  CredentialRequest credential_request{.name = configuration_.id, .proofs = proofs_};
  if (auto identifier = credential_identifier()) {
    credential_request.naming = CredentialRequest::Naming::identifier;
    credential_request.name = std::move(*identifier);
  }
  MIBUN_TRY(std::string proof, make_dpop_proof({.method = "POST",
                                                .url = issuer_.credential_endpoint,
                                                .access_token = token_.access_token,
                                                .nonce = issuer_dpop_nonce_},
                                               parts_.dpop_key, now, parts_.rng));
  HttpRequest request = post(issuer_.credential_endpoint, kJson, json::serialize(credential_request.to_json()));
  request.headers.push_back({"Authorization", "DPoP " + token_.access_token});
  request.headers.push_back({"DPoP", std::move(proof)});
  state_ = State::credential;
  return SendRequest{std::move(request)};
}

Result<Step> IssuanceFlow::on_credential(const HttpResponse& response, Instant now) {
  if (auto nonce = dpop_nonce_of(response)) issuer_dpop_nonce_ = std::move(nonce);
  if (!is_success(response)) {
    Error error = error_from_response(response);
    if (error.code == ErrorCode::dpop_use_nonce && issuer_dpop_nonce_ && !nonce_retried_) {
      nonce_retried_ = true;
      return send_credential_request(now);
    }
    return std::unexpected(std::move(error));
  }
  MIBUN_CHECK(check_json(response));
  MIBUN_TRY(CredentialResponse issued, CredentialResponse::parse(response.body));
  MIBUN_TRY(std::vector<IssuedCopy> copies, match_copies(std::move(issued.credentials), holder_keys_));
  state_ = State::over;
  return Finished{.credential_issuer = issuer_.credential_issuer,
                  .configuration = configuration_,
                  .copies = std::move(copies),
                  .notification_id = std::move(issued.notification_id)};
}

}  // namespace mibun::oid4vci
