#include <algorithm>

#include "core/oid4vci/client_attestation.h"
#include "core/oid4vci/dpop.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/wallet_flow.h"
#include "core/oid4vci/wallet_flow_messages.h"

// Who asks: every request to the authorization server leaves through here.
namespace mibun::oid4vci {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

}  // namespace

// HAIP 1.0, section 4.4.1: attested wherever clients authenticate, to servers that say they take it.
bool IssuanceFlow::is_attested() const {
  return parts_.client && parts_.client->instance_key != nullptr &&
         contains(server_.token_endpoint_auth_methods, kClientAttestationMethod);
}

// A server that lets in attested wallets only would refuse the others; better before the holder is asked.
Status IssuanceFlow::check_client_authentication() const {
  const auto& methods = server_.token_endpoint_auth_methods;
  const bool only_attested = contains(methods, kClientAttestationMethod) && !contains(methods, "none");
  const bool is_anonymous =
      std::holds_alternative<PreAuthorizedGrant>(start_.grant) && server_.anonymous_pre_authorized;
  if (is_attested() || is_anonymous || !only_attested) return {};
  return fail(ErrorCode::oauth_invalid_client, "metadata.token_endpoint_auth_methods_supported",
              "only attested wallets, and this one cannot be attested");
}

Result<Step> IssuanceFlow::send_to_server(State next, const std::string& url, std::string form, Instant now) {
  server_request_ = {next, url, std::move(form)};
  nonce_retried_ = challenge_retried_ = attestation_renewed_ = false;
  return proceed_to_server(now);
}

// Fetches what is missing first; each answer comes back here.
Result<Step> IssuanceFlow::proceed_to_server(Instant now) {
  if (is_attested() && !wallet_attestation_) {
    state_ = State::wallet_attestation;
    return AttestWallet{parts_.client->client_id};
  }
  if (is_attested() && !challenge_ && server_.challenge_endpoint) {
    state_ = State::challenge;
    return SendRequest{post(*server_.challenge_endpoint, kForm, "")};
  }
  const std::string& url = server_request_.url;
  MIBUN_TRY(std::string proof, make_dpop_proof({.method = "POST", .url = url, .nonce = server_dpop_nonce_},
                                               parts_.dpop_key, now, parts_.rng));
  HttpRequest request = post(url, kForm, server_request_.form);
  request.headers.push_back({"DPoP", std::move(proof)});
  if (is_attested()) MIBUN_CHECK(show_client(request, now));
  state_ = server_request_.state;
  return SendRequest{std::move(request)};
}

// The attestation serves the whole exchange; the proof of possession is made for one request.
Status IssuanceFlow::show_client(HttpRequest& request, Instant now) {
  MIBUN_TRY(std::string pop, make_client_attestation_pop({.client_id = parts_.client->client_id,
                                                          .authorization_server = server_.issuer,
                                                          .challenge = challenge_},
                                                         *parts_.client->instance_key, now, parts_.rng));
  request.headers.push_back({std::string(kClientAttestationHeader), *wallet_attestation_});
  request.headers.push_back({std::string(kClientAttestationPopHeader), std::move(pop)});
  return {};
}

Result<Step> IssuanceFlow::on_attested(const WalletAttested& attested, Instant now) {
  if (attested.attestation.empty() || attested.attestation.size() > kCompactJwtBytesMax) {
    return fail(ErrorCode::invalid_argument, "attestation", "empty or too long");
  }
  wallet_attestation_ = attested.attestation;
  return proceed_to_server(now);
}

Result<Step> IssuanceFlow::on_challenge(const HttpResponse& response, Instant now) {
  MIBUN_CHECK(check_document(response));
  MIBUN_TRY(AttestationChallenge challenge, AttestationChallenge::parse(response.body));
  challenge_ = std::move(challenge.text);
  return proceed_to_server(now);
}

// What the server demands anew goes into the same request, each once; everything else is its refusal.
Result<Step> IssuanceFlow::on_server_error(const HttpResponse& response, Instant now) {
  Error error = error_from_response(response);
  if (auto nonce = dpop_nonce_of(response)) server_dpop_nonce_ = std::move(nonce);
  if (may_repeat(error, server_dpop_nonce_)) return proceed_to_server(now);
  if (error.code == ErrorCode::oauth_use_attestation_challenge && is_attested() && !challenge_retried_) {
    challenge_retried_ = true;
    challenge_.reset();
    const auto given = response.header(kAttestationChallengeHeader);
    if (given && AttestationChallenge::is_one(*given)) challenge_ = std::string(*given);
    if (challenge_ || server_.challenge_endpoint) return proceed_to_server(now);
  }
  if (error.code == ErrorCode::oauth_use_fresh_attestation && is_attested() && !attestation_renewed_) {
    attestation_renewed_ = true;
    wallet_attestation_.reset();
    return proceed_to_server(now);
  }
  return std::unexpected(std::move(error));
}

}  // namespace mibun::oid4vci
