#include <algorithm>

#include "core/oid4vci/credential.h"
#include "core/oid4vci/dpop.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/issued_key.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/proof.h"
#include "core/oid4vci/wallet_flow.h"
#include "core/oid4vci/wallet_flow_messages.h"

namespace mibun::oid4vci {

// From an access token to the copies of the card.
Result<Step> IssuanceFlow::send_nonce_request() {
  state_ = State::nonce;
  return SendRequest{post(*issuer_.nonce_endpoint, kForm, "")};
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

// "iss" says who we are exactly when the server knows: OpenID4VCI 1.0, appendix F.1.
Status IssuanceFlow::make_proofs(std::string_view nonce, Instant now) {
  const bool anonymous = std::holds_alternative<PreAuthorizedGrant>(start_.grant) || !parts_.client;
  std::optional<std::string_view> client_id;
  if (!anonymous) client_id = parts_.client->client_id;
  for (std::size_t i = 0; i < copies(); ++i) {
    MIBUN_TRY(HolderKey key, parts_.keys.make_key());
    MIBUN_TRY(std::string proof,
              make_key_proof({.credential_issuer = issuer_.credential_issuer, .nonce = nonce, .client_id = client_id},
                             *key.signer, now));
    holder_keys_.push_back(std::move(key));
    proofs_.push_back(std::move(proof));
  }
  return {};
}

std::optional<std::string> IssuanceFlow::credential_identifier() const {
  for (const AuthorizationDetail& detail : token_.authorization_details) {
    if (detail.configuration_id == configuration_.id && !detail.credential_identifiers.empty()) {
      return detail.credential_identifiers.front();
    }
  }
  return std::nullopt;
}

// Every request with the access token goes out like this.
Result<Step> IssuanceFlow::send_to_issuer(State next, const std::string& url, std::string_view content_type,
                                          std::string body, Instant now) {
  MIBUN_TRY(
      std::string proof,
      make_dpop_proof({.method = "POST", .url = url, .access_token = token_.access_token, .nonce = issuer_dpop_nonce_},
                      parts_.dpop_key, now, parts_.rng));
  HttpRequest request = post(url, content_type, std::move(body));
  request.headers.push_back({"Authorization", "DPoP " + token_.access_token});
  request.headers.push_back({"DPoP", std::move(proof)});
  state_ = next;
  return SendRequest{std::move(request)};
}

Result<Step> IssuanceFlow::send_credential_request(Instant now) {
  CredentialRequest credential_request{.name = configuration_.id, .proofs = proofs_};
  if (auto identifier = credential_identifier()) {
    credential_request.naming = CredentialRequest::Naming::identifier;
    credential_request.name = std::move(*identifier);
  }
  return send_to_issuer(State::credential, issuer_.credential_endpoint, kJson,
                        json::serialize(credential_request.to_json()), now);
}

Result<Step> IssuanceFlow::on_credential(const HttpResponse& response, Instant now) {
  if (auto nonce = dpop_nonce_of(response)) issuer_dpop_nonce_ = std::move(nonce);
  if (!is_success(response)) {
    Error error = error_from_response(response);
    if (may_repeat(error, issuer_dpop_nonce_)) return send_credential_request(now);
    return std::unexpected(std::move(error));
  }
  MIBUN_CHECK(check_json(response));
  MIBUN_TRY(CredentialResponse issued, CredentialResponse::parse(response.body));
  MIBUN_TRY(std::vector<IssuedCopy> copies, match_copies(std::move(issued.credentials), holder_keys_));
  state_ = State::over;
  return Finished{.credential_issuer = issuer_.credential_issuer,
                  .configuration = configuration_,
                  .copies = std::move(copies),
                  .notification_id = std::move(issued.notification_id),
                  .authorization_server = server_.issuer,
                  .refresh_token = token_.refresh_token};
}

}  // namespace mibun::oid4vci
