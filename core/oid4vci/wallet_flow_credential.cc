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

// From an access token to the copies of the card, or to the word about those that there are.
Result<Step> IssuanceFlow::begin_errand(Instant now) {
  nonce_retried_ = false;
  if (const auto* notice = std::get_if<Notice>(&start_.errand)) {
    notification_id_ = notice->notification_id;
    return send_notification(notice->event, now);
  }
  if (const auto* deferred = std::get_if<DeferredCopies>(&start_.errand)) {
    holder_keys_ = deferred->keys;
    return send_deferred_request(now);
  }
  if (!issuer_.nonce_endpoint) {
    return fail(ErrorCode::oid4vci_metadata_malformed, "metadata.nonce_endpoint", "needed for key proofs");
  }
  return send_nonce_request();
}

Result<Step> IssuanceFlow::send_nonce_request() {
  state_ = State::nonce;
  return SendRequest{post(*issuer_.nonce_endpoint, kForm, "")};
}

Result<Step> IssuanceFlow::on_nonce(const HttpResponse& response, Instant now) {
  if (auto nonce = dpop_nonce_of(response)) issuer_dpop_nonce_ = std::move(nonce);
  MIBUN_CHECK(check_document(response));
  MIBUN_TRY(NonceResponse nonce, NonceResponse::parse(response.body));
  c_nonce_ = std::move(nonce.c_nonce);
  for (std::size_t i = 0; i < copies(); ++i) {
    MIBUN_TRY(HolderKey key, parts_.keys.make_key());
    holder_keys_.push_back(std::move(key));
  }
  if (configuration_.key_attestations) {
    state_ = State::key_attestation;
    return AttestKeys{.keys = holder_keys_, .nonce = c_nonce_};
  }
  MIBUN_CHECK(make_proofs(std::nullopt, now));
  return send_credential_request(now);
}

Result<Step> IssuanceFlow::on_keys_attested(const KeysAttested& attested, Instant now) {
  if (attested.attestation.empty() || attested.attestation.size() > kKeyAttestationBytesMax) {
    return fail(ErrorCode::invalid_argument, "attestation", "empty or too long");
  }
  if (configuration_.proof_type == CredentialRequest::ProofType::attestation) {
    proofs_ = {attested.attestation};
  } else {
    MIBUN_CHECK(make_proofs(attested.attestation, now));
  }
  return send_credential_request(now);
}

std::size_t IssuanceFlow::copies() const {
  return std::max<std::size_t>(1, std::min({issuer_.batch_size, copies_max_, kBatchSizeMax}));
}

// OpenID4VCI 1.0, section 6.1: a pre-authorized code may be redeemed without saying who we are.
bool IssuanceFlow::anonymous() const {
  const bool by_name = parts_.client && !std::holds_alternative<PreAuthorizedGrant>(start_.grant);
  return !by_name && !is_attested();
}

// "iss" says who we are exactly when the server knows: OpenID4VCI 1.0, appendix F.1. Each key is proven, also where one
// proof with the attestation would do: not every issuer counts the others ("SHOULD issue a Credential for each").
Status IssuanceFlow::make_proofs(const std::optional<std::string>& attestation, Instant now) {
  std::optional<std::string_view> client_id;
  if (!anonymous()) client_id = parts_.client->client_id;
  for (const HolderKey& key : holder_keys_) {
    const KeyProofRequest request{.credential_issuer = issuer_.credential_issuer,
                                  .nonce = c_nonce_,
                                  .client_id = client_id,
                                  .key_attestation = attestation};
    MIBUN_TRY(std::string proof, make_key_proof(request, *key.signer, now));
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
  CredentialRequest credential_request{
      .name = configuration_.id, .proof_type = configuration_.proof_type, .proofs = proofs_};
  if (auto identifier = credential_identifier()) {
    credential_request.naming = CredentialRequest::Naming::identifier;
    credential_request.name = std::move(*identifier);
  }
  credential_request.response_encryption = encryption_.answer();
  return send_asking(credential_request.to_json(), issuer_.credential_endpoint, now);
}

// Section 9.1.
Result<Step> IssuanceFlow::send_deferred_request(Instant now) {
  if (!issuer_.deferred_credential_endpoint) {
    return fail(ErrorCode::oid4vci_metadata_malformed, "metadata.deferred_credential_endpoint", "it is gone");
  }
  const DeferredRequest request{.transaction_id = std::get<DeferredCopies>(start_.errand).transaction_id,
                                .response_encryption = encryption_.answer()};
  return send_asking(request.to_json(), *issuer_.deferred_credential_endpoint, now);
}

Result<Step> IssuanceFlow::send_asking(const json::Object& request, const std::string& url, Instant now) {
  MIBUN_TRY(WalletEncryption::Message message, encryption_.seal(request, parts_.rng));
  return send_to_issuer(State::credential, url, message.content_type, std::move(message.body), now);
}

Result<Step> IssuanceFlow::on_credential(const HttpResponse& response, Instant now) {
  if (auto nonce = dpop_nonce_of(response)) issuer_dpop_nonce_ = std::move(nonce);
  if (response.status != 200 && response.status != 202) {
    Error error = error_from_response(response);
    if (may_repeat(error, issuer_dpop_nonce_)) {
      const bool deferred = std::holds_alternative<DeferredCopies>(start_.errand);
      return deferred ? send_deferred_request(now) : send_credential_request(now);
    }
    return std::unexpected(std::move(error));
  }
  MIBUN_TRY(const std::string text, encryption_.open(response));
  MIBUN_TRY(CredentialAnswer answer, parse_credential_answer(response.status, text));
  if (auto* deferred = std::get_if<DeferredResponse>(&answer)) return on_deferred(std::move(*deferred));
  auto& issued = std::get<CredentialResponse>(answer);
  MIBUN_TRY(std::vector<IssuedCopy> copies,
            match_copies(configuration_.format, std::move(issued.credentials), holder_keys_));
  notification_id_ = issued.notification_id;
  state_ = State::finished;
  return Finished{.credential_issuer = issuer_.credential_issuer,
                  .configuration = configuration_,
                  .copies = std::move(copies),
                  .notification_id = std::move(issued.notification_id),
                  .authorization_server = server_.issuer,
                  .refresh_token = token_.refresh_token,
                  .anonymous = anonymous()};
}

// Section 8.3: the issuer needs time; the keys wait with the transaction.
Result<Step> IssuanceFlow::on_deferred(DeferredResponse deferred) {
  if (!issuer_.deferred_credential_endpoint) {
    return fail(ErrorCode::oid4vci_metadata_malformed, "metadata.deferred_credential_endpoint",
                "needed for a card that comes later");
  }
  const auto* asked = std::get_if<DeferredCopies>(&start_.errand);
  if (asked != nullptr && asked->transaction_id != deferred.transaction_id) {  // section 9.2
    return fail(ErrorCode::oid4vci_response_malformed, "deferred.transaction_id", "another one than was asked for");
  }
  std::vector<std::string> keys;
  for (const HolderKey& key : holder_keys_) keys.push_back(key.id);
  state_ = State::over;
  return Pending{.credential_issuer = issuer_.credential_issuer,
                 .issuer_display = issuer_.display,
                 .configuration = configuration_,
                 .transaction_id = std::move(deferred.transaction_id),
                 .interval = seconds(deferred.interval_seconds),
                 .access_token = token_.access_token,
                 .key_ids = std::move(keys),
                 .authorization_server = server_.issuer,
                 .refresh_token = token_.refresh_token,
                 .anonymous = anonymous()};
}

// Section 11. What the issuer answers changes nothing about the card: it is told, and that is all.
Result<Step> IssuanceFlow::send_notification(NotificationEvent event, Instant now) {
  if (!issuer_.notification_endpoint || !notification_id_) {
    state_ = State::over;
    return Notified{false};
  }
  notified_ = event;
  const NotificationRequest request{.notification_id = *notification_id_, .event = event, .event_description = {}};
  return send_to_issuer(State::notification, *issuer_.notification_endpoint, kJson, json::serialize(request.to_json()),
                        now);
}

Result<Step> IssuanceFlow::on_notified(const HttpResponse& response, Instant now) {
  if (auto nonce = dpop_nonce_of(response)) issuer_dpop_nonce_ = std::move(nonce);
  const bool taken = response.status >= 200 && response.status < 300;
  if (!taken && !nonce_retried_ && error_from_response(response).code == ErrorCode::dpop_use_nonce) {
    nonce_retried_ = true;
    return send_notification(notified_, now);
  }
  state_ = State::over;
  return Notified{taken};
}

}  // namespace mibun::oid4vci
