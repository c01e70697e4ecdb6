#include <utility>

#include "core/codecs/base64url.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/response.h"
#include "core/receipt/receipt.h"
#include "platform/log/log.h"
#include "server/presentation/answer_mark.h"
#include "server/presentation/sealed_keys.h"
#include "server/presentation/service.h"

// Answers: read, judged, kept for the session that asked, handed over once.
namespace mibun::server {
namespace {

constexpr std::size_t kIdBytes = 16;

Status check_open(const presentation_store::RequestRow& row, Instant now) {
  if (row.state != "waiting") return fail(ErrorCode::oid4vp_transaction_consumed, "request");
  if (now >= row.expires_at) return fail(ErrorCode::oid4vp_transaction_expired, "request");
  if (row.pairing_locked) return fail(ErrorCode::pairing_code_locked, "request");
  return {};
}

std::string return_address(const Partner& partner, std::string_view response_code) {
  return partner.redirect_uri + "#response_code=" + std::string(response_code);
}

json::Array transactions_json(const std::vector<oid4vp::TransactionData>& asked,
                              const oid4vp::VerifiedResponse& response) {
  MIBUN_INVARIANT(asked.size() == response.authorized_by.size());
  json::Array list;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    list.push_back(json::Object{{"approval_id", asked[i].approval().approval_id},
                                {"credential_id", response.authorized_by[i]},
                                {"sha256", asked[i].hash()}});
  }
  return list;
}

json::Object claims_json(const oid4vp::VerifiedResponse& response) {
  json::Object all;
  for (const auto& [id, credentials] : response.credentials) {
    json::Array list;
    for (const auto& credential : credentials) list.push_back(credential.claims);
    all[id] = std::move(list);
  }
  return all;
}

Result<std::string> sign_receipt(const Trust& trust, const Partner& partner, const oid4vp::VerifiedResponse& response,
                                 const std::vector<oid4vp::TransactionData>& transactions, const std::string& audience,
                                 receipt::PresentationChannel channel, const std::string& issuer,
                                 std::string receipt_id, Instant now) {
  const oid4vp::Registration& registration = partner.registration.content();
  receipt::ConsentReceipt content;
  content.issuer = issuer;
  content.receipt_id = std::move(receipt_id);
  content.issued_at = now;
  content.client_id = audience;
  content.organization_ja = registration.organization.ja;
  content.organization_en = registration.organization.en;
  content.consent = *response.consent;
  content.channel = channel;
  content.verified_at = Instant::from_unix_seconds(now.unix_seconds());
  content.presentations = response.evidence;
  content.mdoc_presentations = response.mdoc_evidence;
  for (const oid4vp::TransactionData& data : transactions) content.transaction_data.push_back(data.encoded());
  const SigningIdentity& signer = trust.receipt();
  return receipt::sign_consent_receipt(content, *signer.signer, signer.chain);
}

Result<Bytes> seal_result(const presentation_store::RequestRow& row, std::string_view response_code,
                          std::string_view result, Rng& rng) {
  if (!waits_in_session(row.mode))
    return seal_for_return(response_code, row.session_sha256, row.request_id, result, rng);
  MIBUN_TRY(const auto session_key, crypto::P256PublicKey::from_point(row.session_public_key));
  return seal_for_session(session_key, result, rng);
}

// Session first: who is not the session that asked learns nothing about the rest. Both are always compared.
Status check_claim(const presentation_store::RequestRow& row, const PresentationService::Claim& claim) {
  if (claim.response_code.has_value() == waits_in_session(row.mode)) {
    return fail(ErrorCode::request_malformed, "body.response_code", "comes back from the same device, and only then");
  }
  const bool session = claim.secret.matches(row.session_sha256);
  const bool code =
      waits_in_session(row.mode) || ct_equal(row.response_code_sha256, crypto::sha256(*claim.response_code));
  if (!session) return fail(ErrorCode::oid4vp_session_mismatch, "session_secret");
  if (row.state != "waiting" && !code) return fail(ErrorCode::oid4vp_response_code_wrong, "response_code");
  return {};
}

}  // namespace

// For whom the holder signed.
Result<std::string> PresentationService::audience_of(const presentation_store::RequestRow& row,
                                                     const Partner& partner) const {
  if (row.mode != PresentationMode::dc_api) return client_id_of(row, partner);
  MIBUN_TRY(const std::string origin, partner.page_origin());
  return oid4vp::audience_of_origin(origin);
}

Status PresentationService::check_pairing_code(const presentation_store::RequestRow& row,
                                               const std::optional<std::string>& code) {
  if (row.mode != PresentationMode::cross_device) return oid4vp::expect_no_pairing_code(code);
  // What is no code at all is not compared, and so is no try.
  if (!code || !oid4vp::is_pairing_code(*code)) return fail(ErrorCode::pairing_code_wrong, "pairing_code", "no code");
  MIBUN_TRY(const SecretBytes right, trust_.open_key(pairing_code_name(row.request_id), row.pairing_code));
  auto outcome = presentation_store::PairingTry::locked;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(outcome, presentation_store::try_pairing_code(transaction, row.request_id,
                                                            [&] { return ct_equal(as_bytes(*code), right.reveal()); }));
    return {};
  }));
  if (outcome == presentation_store::PairingTry::right) return {};
  const bool locked = outcome == presentation_store::PairingTry::locked;
  return fail(locked ? ErrorCode::pairing_code_locked : ErrorCode::pairing_code_wrong, "pairing_code");
}

Result<std::optional<std::string>> PresentationService::take_answer(const presentation_store::RequestRow& row,
                                                                    const std::optional<std::string>& posted_to,
                                                                    const AnswerReader& read) {
  const Instant now = clock_.now();
  MIBUN_CHECK(check_open(row, now));
  MIBUN_TRY(const Partner partner, partners_.find(row.partner_id, row.client_id));
  if (posted_to && *posted_to != answer_address(row, partner)) {
    return fail(ErrorCode::oid4vp_transaction_unknown, "request", "its answer is expected at another address");
  }
  MIBUN_TRY(const SecretBytes pkcs8, trust_.open_key(decryption_key_name(row.request_id), row.decryption_key));
  MIBUN_TRY(const auto decryption_key, crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal()));
  MIBUN_TRY(const auto dcql_query, json::parse_object(row.dcql_query));
  MIBUN_TRY(const auto query, dcql::Query::parse(dcql_query));
  MIBUN_TRY(const std::string audience, audience_of(row, partner));
  MIBUN_TRY(const auto transactions, presentation_store::stored_transactions(row, query));
  const oid4vp::ExpectedResponse expected{
      .client_id = audience,
      .nonce = row.nonce,
      .state = row.state_value,
      .response_uri = answer_address(row, partner),
      .encryption_kid = row.encryption_kid,
      .decryption_key = decryption_key,
      .query = query,
      .registration = partner.registration.content(),
      .check_pairing_code = [&](const std::optional<std::string>& code) { return check_pairing_code(row, code); },
      .mode = row.response_mode,
      .transaction_data = transactions};
  const oid4vp::ResponsePolicy policy{
      .issuers = issuers_.sd_jwt,
      .iaca = issuers_.mdoc,
      // Wallets that others made know no consent. One that was signed and taken out is noticed.
      .consent = oid4vp::ConsentDemand::accept_absent,
      .check_status = [this](const auto& reference, const auto& issuer) { return status_.check(reference, issuer); }};
  auto received = read(expected, policy, now);
  if (!received) {
    metrics_.count("presentation_rejected");
    return pass_error(received);
  }

  const std::string response_code = make_typed_token(rng_);
  const crypto::Sha256Digest code_sha256 = crypto::sha256(response_code);
  presentation_store::AnswerRow answer{"refused", code_sha256, {}, {}, {}};
  if (const auto* response = std::get_if<oid4vp::VerifiedResponse>(&*received)) {
    answer.state = "answered";
    const receipt::PresentationChannel channel = channel_of(row.mode);
    if (response->consent) {
      answer.consent_hash = oid4vp::consent_hash(*response->consent);
      MIBUN_TRY(answer.receipt, sign_receipt(trust_, partner, *response, transactions, audience, channel,
                                             public_origin_, base64url::encode(rng_.bytes(kIdBytes)), now));
    }
    json::Object result;
    result["claims"] = claims_json(*response);
    result["verified_at"] = to_jst_string(now);
    result["presentation_channel"] = receipt::to_string(channel);
    if (!transactions.empty()) result["transaction_data"] = transactions_json(transactions, *response);
    MIBUN_TRY(answer.result, seal_result(row, response_code, json::serialize(result), rng_));
  }
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t consumed, presentation_store::answer(transaction, row.request_id, answer, now));
    if (consumed != 1) return fail(ErrorCode::oid4vp_transaction_consumed, "request");
    return {};
  }));
  metrics_.count(answer.state == "answered" ? "presentation_verified" : "presentation_refused");
  log::info("presentation_received", {{"partner", row.partner_id}, {"state", answer.state}});
  if (waits_in_session(row.mode)) return std::nullopt;
  return return_address(partner, response_code);
}

Result<std::optional<std::string>> PresentationService::receive(std::string_view request_id,
                                                                std::string_view form_body) {
  return receive_posted(request_id, response_uri(request_id), form_body);
}

Result<std::optional<std::string>> PresentationService::receive_at_partner(std::string_view partner_id,
                                                                           std::string_view form_body) {
  MIBUN_TRY(const std::string request_id, request_named_in(form_body));
  return receive_posted(request_id, partner_answer_address(public_origin_, partner_id), form_body);
}

Result<std::optional<std::string>> PresentationService::receive_posted(std::string_view request_id,
                                                                       const std::string& posted_to,
                                                                       std::string_view form_body) {
  auto row = find(request_id);
  const bool unknown = !row && row.error().code == ErrorCode::request_not_found;
  if (unknown || (row && comes_by_page(row->mode))) {
    return fail(ErrorCode::oid4vp_transaction_unknown, "request");
  }
  if (!row) return pass_error(row);
  return take_answer(*row, posted_to, [&](const auto& expected, const auto& policy, Instant now) {
    return oid4vp::receive_response(form_body, expected, policy, now);
  });
}

Status PresentationService::receive_from_page(std::string_view partner_id, std::string_view request_id,
                                              const SessionSecret& secret, const PageAnswer& answer) {
  MIBUN_TRY(const auto row, find(request_id));
  const auto wanted =
      std::holds_alternative<json::Object>(answer) ? PresentationMode::dc_api : PresentationMode::fragment;
  if (row.partner_id != partner_id || row.mode != wanted) return fail(ErrorCode::request_not_found, "request");
  if (!secret.matches(row.session_sha256)) return fail(ErrorCode::oid4vp_session_mismatch, "session_secret");
  MIBUN_CHECK(take_answer(row, std::nullopt, [&](const auto& expected, const auto& policy, Instant now) {
    if (const auto* data = std::get_if<json::Object>(&answer)) {
      return oid4vp::receive_dc_api_response(*data, expected, policy, now);
    }
    return oid4vp::receive_response(std::get<std::string>(answer), expected, policy, now);
  }));
  return {};
}

Result<json::Object> PresentationService::result(std::string_view partner_id, std::string_view request_id,
                                                 const Claim& claim,
                                                 const std::function<void(const json::Object&)>& planned) {
  MIBUN_TRY(const auto row, find(request_id));
  if (row.partner_id != partner_id) return fail(ErrorCode::request_not_found, "request");
  MIBUN_CHECK(check_claim(row, claim));
  if (row.state == "waiting") {
    return fail(row.pairing_locked ? ErrorCode::pairing_code_locked : ErrorCode::result_not_ready, "request");
  }
  if (row.state == "refused") return fail(ErrorCode::request_refused_by_holder, "request");
  if (row.state == "delivered") return fail(ErrorCode::result_already_given, "request");
  MIBUN_TRY(const std::string opened, waits_in_session(row.mode) ? open_in_session(claim.secret, row.result)
                                                                 : open_after_return(*claim.response_code, claim.secret,
                                                                                     row.request_id, row.result));
  MIBUN_TRY(auto result, json::parse_object(opened, {.bytes_max = oid4vp::kResponseBytesMax}));
  // Not sealed with the rest: it stands beside the requests, for whoever has its hash.
  if (!row.consent_hash.empty()) {
    MIBUN_TRY(result["consent_receipt"], receipt(row.consent_hash));
  }
  if (planned) planned(result);
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t delivered, presentation_store::deliver(transaction, request_id));
    if (delivered != 1) return fail(ErrorCode::result_already_given, "request");
    return {};
  }));
  return result;
}

}  // namespace mibun::server
