#include "server/presentation/service.h"

#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/response.h"
#include "core/receipt/receipt.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

constexpr auto kRequestLifetime = std::chrono::minutes(10);
// A QR code can be carried elsewhere: the page shows a new one after this.
constexpr auto kCrossDeviceLifetime = std::chrono::minutes(5);
// Receipts stay fetchable for a day after their request; after that wallet and partner have theirs.
constexpr auto kKeepAfterExpiry = std::chrono::hours(24);
constexpr std::size_t kIdBytes = 16;

std::string decryption_key_name(std::string_view request_id) {
  return "request|" + std::string(request_id);
}

std::string pairing_code_name(std::string_view request_id) {
  return "pairing|" + std::string(request_id);
}

bool is_cross_device(const presentation_store::RequestRow& row) {
  return row.mode == to_string(PresentationMode::cross_device);
}

// The page that shows the code is the partner's, on the origin it returns to.
Result<oid4vp::PairingDemand> pairing_demand(const Partner& partner) {
  MIBUN_TRY(const HttpsUrl page, HttpsUrl::parse(partner.redirect_uri));
  return oid4vp::PairingDemand{page.origin()};
}

std::string return_address(const Partner& partner, std::string_view response_code) {
  return partner.redirect_uri + "#response_code=" + std::string(response_code);
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
                                 receipt::PresentationChannel channel, const std::string& issuer,
                                 std::string receipt_id, Instant now) {
  const oid4vp::Registration& registration = partner.registration.content();
  receipt::ConsentReceipt content;
  content.issuer = issuer;
  content.receipt_id = std::move(receipt_id);
  content.issued_at = now;
  content.client_id = partner.client_id;
  content.organization_ja = registration.organization.ja;
  content.organization_en = registration.organization.en;
  content.consent = *response.consent;
  content.channel = channel;
  content.verified_at = Instant::from_unix_seconds(now.unix_seconds());
  for (const auto& evidence : response.evidence) {
    content.presentations.push_back(
        {evidence.credential_id, evidence.issuer_jwt, evidence.kb_jwt, evidence.presentation_sha256});
  }
  const SigningIdentity& signer = trust.receipt();
  return receipt::sign_consent_receipt(content, *signer.signer, signer.chain);
}

Result<Bytes> seal_result(const presentation_store::RequestRow& row, std::string_view response_code,
                          std::string_view result, Rng& rng) {
  if (!is_cross_device(row)) return seal_for_return(response_code, row.session_sha256, row.request_id, result, rng);
  MIBUN_TRY(const auto session_key, crypto::P256PublicKey::from_point(row.session_public_key));
  return seal_for_session(session_key, result, rng);
}

// Session first: who is not the session that asked learns nothing about the rest. Both are always compared.
Status check_claim(const presentation_store::RequestRow& row, const PresentationService::Claim& claim) {
  if (claim.response_code.has_value() == is_cross_device(row)) {
    return fail(ErrorCode::request_malformed, "body.response_code", "comes back from the same device, and only then");
  }
  const bool session = claim.secret.matches(row.session_sha256);
  const bool code = is_cross_device(row) || ct_equal(row.response_code_sha256, crypto::sha256(*claim.response_code));
  if (!session) return fail(ErrorCode::oid4vp_session_mismatch, "session_secret");
  if (row.state != "waiting" && !code) return fail(ErrorCode::oid4vp_response_code_wrong, "response_code");
  return {};
}

}  // namespace

Result<PresentationService::Created> PresentationService::create(std::string_view partner_id,
                                                                 const json::Object& dcql_query,
                                                                 PresentationMode mode) {
  MIBUN_TRY(const Partner partner, partners_.find(partner_id));
  auto query = dcql::Query::parse_to_send(dcql_query);
  if (!query) return fail(ErrorCode::request_malformed, "body.dcql_query." + query.error().where, query.error().detail);
  if (auto allowed = partner.registration.allows(*query); !allowed) {
    return fail(ErrorCode::claim_not_registered, allowed.error().where);
  }
  const crypto::P256PrivateKey decryption_key = crypto::P256PrivateKey::generate();
  const SecretBytes pkcs8 = decryption_key.pkcs8();
  const Instant now = clock_.now();
  presentation_store::RequestRow row;
  row.request_id = base64url::encode(rng_.bytes(kIdBytes));
  row.partner_id = partner_id;
  row.dcql_query = json::serialize(dcql_query);
  row.nonce = oid4vp::random_token(rng_);
  row.state_value = oid4vp::random_token(rng_);
  row.encryption_kid = oid4vp::random_token(rng_);
  row.decryption_key = trust_.seal_key(decryption_key_name(row.request_id), pkcs8.reveal());
  row.created_at = now;
  row.expires_at = now + (mode == PresentationMode::cross_device ? kCrossDeviceLifetime : kRequestLifetime);
  const SessionSecret secret = SessionSecret::make(mode, rng_);
  row.mode = to_string(mode);
  row.session_sha256 = secret.digest();
  std::string pairing_code;
  if (mode == PresentationMode::cross_device) {
    MIBUN_TRY(const auto session_key, secret.key());
    row.session_public_key = to_bytes(session_key.public_key().point());
    pairing_code = oid4vp::make_pairing_code(rng_);
    row.pairing_code = trust_.seal_key(pairing_code_name(row.request_id), as_bytes(pairing_code));
  }
  MIBUN_CHECK(database_.write(
      [&](database::Transaction& transaction) { return presentation_store::insert(transaction, row); }));

  Created created{
      row.request_id, partner.client_id, public_origin_ + "/oid4vp/requests/" + row.request_id, {}, row.expires_at,
      secret.text(),  pairing_code};
  created.wallet_link = oid4vp::RequestLink{created.client_id, created.request_uri}.to_string();
  log::info("presentation_requested", {{"partner", partner_id}, {"mode", row.mode}});
  return created;
}

Result<presentation_store::RequestRow> PresentationService::find(std::string_view request_id) {
  std::optional<presentation_store::RequestRow> row;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(row, presentation_store::find(transaction, request_id));
    return {};
  }));
  if (!row) return fail(ErrorCode::request_not_found, "request");
  return std::move(*row);
}

Result<std::string> PresentationService::request_object(std::string_view request_id,
                                                        std::optional<std::string> wallet_nonce) {
  MIBUN_TRY(const auto row, find(request_id));
  const Instant now = clock_.now();
  if (row.state != "waiting" || row.pairing_locked || now >= row.expires_at) {
    return fail(ErrorCode::request_not_found, "request");
  }
  MIBUN_TRY(const Partner partner, partners_.find(row.partner_id));
  MIBUN_TRY(const SecretBytes pkcs8, trust_.open_key(decryption_key_name(request_id), row.decryption_key));
  MIBUN_TRY(const auto decryption_key, crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal()));
  MIBUN_TRY(auto dcql_query, json::parse_object(row.dcql_query));
  std::optional<oid4vp::PairingDemand> pairing;
  if (is_cross_device(row)) {
    MIBUN_TRY(pairing, pairing_demand(partner));
  }
  const oid4vp::RequestParameters parameters{.response_uri = public_origin_ + "/oid4vp/responses/" + row.request_id,
                                             .nonce = row.nonce,
                                             .state = row.state_value,
                                             .issued_at = now,
                                             .expires_at = row.expires_at,
                                             .dcql_query = std::move(dcql_query),
                                             .encryption_key = jose::Jwk(decryption_key.public_key()),
                                             .encryption_kid = row.encryption_kid,
                                             .wallet_nonce = std::move(wallet_nonce),
                                             .pairing = std::move(pairing)};
  return oid4vp::build_request_object(parameters, partner.registration, *partner.signer, partner.chain);
}

Status PresentationService::check_pairing_code(const presentation_store::RequestRow& row,
                                               const std::optional<std::string>& code) {
  if (!is_cross_device(row)) return oid4vp::expect_no_pairing_code(code);
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

Result<std::optional<std::string>> PresentationService::receive(std::string_view request_id,
                                                                std::string_view form_body) {
  auto row = find(request_id);
  if (!row && row.error().code == ErrorCode::request_not_found) {
    return fail(ErrorCode::oid4vp_transaction_unknown, "request");
  }
  if (!row) return pass_error(row);
  const Instant now = clock_.now();
  if (row->state != "waiting") return fail(ErrorCode::oid4vp_transaction_consumed, "request");
  if (now >= row->expires_at) return fail(ErrorCode::oid4vp_transaction_expired, "request");
  if (row->pairing_locked) return fail(ErrorCode::pairing_code_locked, "request");

  MIBUN_TRY(const Partner partner, partners_.find(row->partner_id));
  MIBUN_TRY(const SecretBytes pkcs8, trust_.open_key(decryption_key_name(request_id), row->decryption_key));
  MIBUN_TRY(const auto decryption_key, crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal()));
  MIBUN_TRY(const auto dcql_query, json::parse_object(row->dcql_query));
  MIBUN_TRY(const auto query, dcql::Query::parse(dcql_query));
  const oid4vp::ExpectedResponse expected{
      .client_id = partner.client_id,
      .nonce = row->nonce,
      .state = row->state_value,
      .encryption_kid = row->encryption_kid,
      .decryption_key = decryption_key,
      .query = query,
      .registration = partner.registration.content(),
      .check_pairing_code = [&](const std::optional<std::string>& code) { return check_pairing_code(*row, code); }};
  const oid4vp::ResponsePolicy policy{
      .issuers = trust_.credential_issuer_anchors(),
      // Wallets that others made know no consent. One that was signed and taken out is noticed.
      .consent = oid4vp::ConsentDemand::accept_absent,
      .check_status = [this](const status_list::StatusReference& reference) { return status_.check(reference); }};
  auto received = oid4vp::receive_response(form_body, expected, policy, now);
  if (!received) {
    metrics_.count("presentation_rejected");
    return pass_error(received);
  }

  const std::string response_code = oid4vp::random_token(rng_);
  const crypto::Sha256Digest code_sha256 = crypto::sha256(response_code);
  presentation_store::AnswerRow answer{"refused", code_sha256, {}, {}, {}};
  if (const auto* response = std::get_if<oid4vp::VerifiedResponse>(&*received)) {
    answer.state = "answered";
    MIBUN_TRY(const PresentationMode mode, parse_presentation_mode(row->mode));
    const receipt::PresentationChannel channel = channel_of(mode);
    if (response->consent) {
      answer.consent_hash = oid4vp::consent_hash(*response->consent);
      MIBUN_TRY(answer.receipt, sign_receipt(trust_, partner, *response, channel, public_origin_,
                                             base64url::encode(rng_.bytes(kIdBytes)), now));
    }
    json::Object result;
    result["claims"] = claims_json(*response);
    result["verified_at"] = to_jst_string(now);
    if (response->consent) result["consent_receipt"] = answer.receipt;
    result["presentation_channel"] = receipt::to_string(channel);
    MIBUN_TRY(answer.result, seal_result(*row, response_code, json::serialize(result), rng_));
  }
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t consumed, presentation_store::answer(transaction, request_id, answer, now));
    if (consumed != 1) return fail(ErrorCode::oid4vp_transaction_consumed, "request");
    return {};
  }));
  metrics_.count(answer.state == "answered" ? "presentation_verified" : "presentation_refused");
  log::info("presentation_received", {{"partner", row->partner_id}, {"state", answer.state}});
  // Nobody comes back from another device: the browser that asked waits where it is.
  if (is_cross_device(*row)) return std::nullopt;
  return return_address(partner, response_code);
}

Result<std::string> PresentationService::state(std::string_view partner_id, std::string_view request_id) {
  MIBUN_TRY(const auto row, find(request_id));
  if (row.partner_id != partner_id) return fail(ErrorCode::request_not_found, "request");
  if (row.state == "waiting" && row.pairing_locked) return std::string("locked");
  if (row.state == "waiting" && clock_.now() >= row.expires_at) return std::string("expired");
  return row.state;
}

Result<json::Object> PresentationService::result(std::string_view partner_id, std::string_view request_id,
                                                 const Claim& claim) {
  MIBUN_TRY(const auto row, find(request_id));
  if (row.partner_id != partner_id) return fail(ErrorCode::request_not_found, "request");
  MIBUN_CHECK(check_claim(row, claim));
  if (row.state == "waiting") {
    return fail(row.pairing_locked ? ErrorCode::pairing_code_locked : ErrorCode::result_not_ready, "request");
  }
  if (row.state == "refused") return fail(ErrorCode::request_refused_by_holder, "request");
  if (row.state == "delivered") return fail(ErrorCode::result_already_given, "request");
  MIBUN_TRY(const std::string opened,
            is_cross_device(row) ? open_in_session(claim.secret, row.result)
                                 : open_after_return(*claim.response_code, claim.secret, row.request_id, row.result));
  MIBUN_TRY(auto result, json::parse_object(opened, {.bytes_max = oid4vp::kResponseBytesMax}));
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t delivered, presentation_store::deliver(transaction, request_id));
    if (delivered != 1) return fail(ErrorCode::result_already_given, "request");
    return {};
  }));
  return result;
}

Result<std::string> PresentationService::receipt(std::string_view consent_hash) {
  std::optional<std::string> found;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(found, presentation_store::find_receipt(transaction, consent_hash));
    return {};
  }));
  if (!found) return fail(ErrorCode::route_not_found, "receipt");
  return std::move(*found);
}

Status PresentationService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) {
    return presentation_store::purge_before(transaction, clock_.now() - kKeepAfterExpiry);
  });
}

}  // namespace mibun::server
