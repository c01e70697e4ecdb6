#include "server/presentation/service.h"

#include <utility>

#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/response.h"
#include "core/receipt/receipt.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

constexpr auto kRequestLifetime = std::chrono::minutes(10);
// Receipts stay fetchable for a day after their request; after that wallet and partner have theirs.
constexpr auto kKeepAfterExpiry = std::chrono::hours(24);
constexpr std::size_t kIdBytes = 16;

std::string decryption_key_name(std::string_view request_id) {
  return "request|" + std::string(request_id);
}

// Only who has the response_code can open the result.
SecretBytes result_key(std::string_view response_code) {
  return crypto::hkdf_sha256(as_bytes(response_code), {}, as_bytes("mibun presentation result"), 32);
}

Bytes result_aad(std::string_view request_id) {
  return to_bytes("result|" + std::string(request_id));
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
                                 const std::string& issuer, std::string receipt_id, Instant now) {
  const oid4vp::Registration& registration = partner.registration.content();
  receipt::ConsentReceipt content;
  content.issuer = issuer;
  content.receipt_id = std::move(receipt_id);
  content.issued_at = now;
  content.client_id = partner.client_id;
  content.organization_ja = registration.organization.ja;
  content.organization_en = registration.organization.en;
  content.consent = *response.consent;
  content.verified_at = Instant::from_unix_seconds(now.unix_seconds());
  for (const auto& evidence : response.evidence) {
    content.presentations.push_back(
        {evidence.credential_id, evidence.issuer_jwt, evidence.kb_jwt, evidence.presentation_sha256});
  }
  const SigningIdentity& signer = trust.receipt();
  return receipt::sign_consent_receipt(content, *signer.signer, signer.chain);
}

}  // namespace

Result<PresentationService::Created> PresentationService::create(std::string_view partner_id,
                                                                 const json::Object& dcql_query) {
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
  row.expires_at = now + kRequestLifetime;
  MIBUN_CHECK(database_.write(
      [&](database::Transaction& transaction) { return presentation_store::insert(transaction, row); }));

  Created created{
      row.request_id, partner.client_id, public_origin_ + "/oid4vp/requests/" + row.request_id, {}, row.expires_at};
  created.wallet_link = oid4vp::RequestLink{created.client_id, created.request_uri}.to_string();
  log::info("presentation_requested", {{"partner", partner_id}});
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
  if (row.state != "waiting" || now >= row.expires_at) return fail(ErrorCode::request_not_found, "request");
  MIBUN_TRY(const Partner partner, partners_.find(row.partner_id));
  MIBUN_TRY(const SecretBytes pkcs8, trust_.open_key(decryption_key_name(request_id), row.decryption_key));
  MIBUN_TRY(const auto decryption_key, crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal()));
  MIBUN_TRY(auto dcql_query, json::parse_object(row.dcql_query));
  const oid4vp::RequestParameters parameters{.response_uri = public_origin_ + "/oid4vp/responses/" + row.request_id,
                                             .nonce = row.nonce,
                                             .state = row.state_value,
                                             .issued_at = now,
                                             .expires_at = row.expires_at,
                                             .dcql_query = std::move(dcql_query),
                                             .encryption_key = jose::Jwk(decryption_key.public_key()),
                                             .encryption_kid = row.encryption_kid,
                                             .wallet_nonce = std::move(wallet_nonce)};
  return oid4vp::build_request_object(parameters, partner.registration, *partner.signer, partner.chain);
}

Result<std::string> PresentationService::receive(std::string_view request_id, std::string_view form_body) {
  auto row = find(request_id);
  if (!row && row.error().code == ErrorCode::request_not_found) {
    return fail(ErrorCode::oid4vp_transaction_unknown, "request");
  }
  if (!row) return pass_error(row);
  const Instant now = clock_.now();
  if (row->state != "waiting") return fail(ErrorCode::oid4vp_transaction_consumed, "request");
  if (now >= row->expires_at) return fail(ErrorCode::oid4vp_transaction_expired, "request");

  MIBUN_TRY(const Partner partner, partners_.find(row->partner_id));
  MIBUN_TRY(const SecretBytes pkcs8, trust_.open_key(decryption_key_name(request_id), row->decryption_key));
  MIBUN_TRY(const auto decryption_key, crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal()));
  MIBUN_TRY(const auto dcql_query, json::parse_object(row->dcql_query));
  MIBUN_TRY(const auto query, dcql::Query::parse(dcql_query));
  const oid4vp::ExpectedResponse expected{.client_id = partner.client_id,
                                          .nonce = row->nonce,
                                          .state = row->state_value,
                                          .encryption_kid = row->encryption_kid,
                                          .decryption_key = decryption_key,
                                          .query = query,
                                          .registration = partner.registration.content()};
  const oid4vp::ResponsePolicy policy{
      .issuers = trust_.credential_issuer_anchors(),
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
    answer.consent_hash = oid4vp::consent_hash(*response->consent);
    MIBUN_TRY(answer.receipt,
              sign_receipt(trust_, partner, *response, public_origin_, base64url::encode(rng_.bytes(kIdBytes)), now));
    json::Object result;
    result["claims"] = claims_json(*response);
    result["verified_at"] = to_jst_string(now);
    result["consent_receipt"] = answer.receipt;
    answer.result = crypto::seal_record(result_key(response_code).reveal(), result_aad(request_id),
                                        as_bytes(json::serialize(result)), rng_);
  }
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t consumed, presentation_store::answer(transaction, request_id, answer, now));
    if (consumed != 1) return fail(ErrorCode::oid4vp_transaction_consumed, "request");
    return {};
  }));
  metrics_.count(answer.state == "answered" ? "presentation_verified" : "presentation_refused");
  log::info("presentation_received", {{"partner", row->partner_id}, {"state", answer.state}});
  return return_address(partner, response_code);
}

Result<std::string> PresentationService::state(std::string_view partner_id, std::string_view request_id) {
  MIBUN_TRY(const auto row, find(request_id));
  if (row.partner_id != partner_id) return fail(ErrorCode::request_not_found, "request");
  if (row.state == "waiting" && clock_.now() >= row.expires_at) return std::string("expired");
  return row.state;
}

Result<json::Object> PresentationService::result(std::string_view partner_id, std::string_view request_id,
                                                 std::string_view response_code) {
  MIBUN_TRY(const auto row, find(request_id));
  if (row.partner_id != partner_id) return fail(ErrorCode::request_not_found, "request");
  if (row.state == "waiting") return fail(ErrorCode::result_not_ready, "request");
  if (!ct_equal(row.response_code_sha256, crypto::sha256(response_code))) {
    return fail(ErrorCode::oid4vp_response_code_wrong, "response_code");
  }
  if (row.state == "refused") return fail(ErrorCode::request_refused_by_holder, "request");
  if (row.state == "delivered") return fail(ErrorCode::result_already_given, "request");
  MIBUN_TRY(const Bytes opened,
            crypto::open_record(result_key(response_code).reveal(), result_aad(request_id), row.result));
  MIBUN_TRY(auto result, json::parse_object(as_text(opened), {.bytes_max = oid4vp::kResponseBytesMax}));
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
