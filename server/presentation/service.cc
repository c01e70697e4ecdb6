#include "server/presentation/service.h"

#include <utility>

#include "platform/log/log.h"
#include "platform/records/record_class.h"
#include "server/presentation/answer_mark.h"
#include "server/presentation/sealed_keys.h"

namespace mibun::server {
namespace {

constexpr milliseconds kRequestLifetime = std::chrono::minutes(10);
// A QR code can be carried elsewhere: the page shows a new one after this.
constexpr milliseconds kCrossDeviceLifetime = std::chrono::minutes(5);
// Receipts stay fetchable for a day after their request; after that wallet and partner have theirs.
constexpr auto kKeepAfterExpiry = records::limit_of("presentation");
constexpr std::size_t kIdCharacters = 22;  // 132 random bits

milliseconds lifetime_of(PresentationMode mode) {
  return mode == PresentationMode::cross_device ? kCrossDeviceLifetime : kRequestLifetime;
}

Result<oid4vp::DcApiRequest> browser_request(const presentation_store::RequestRow& row, const Partner& partner,
                                             const jose::Jwk& encryption_key, const json::Object& dcql_query,
                                             std::vector<oid4vp::TransactionData> transaction_data) {
  MIBUN_TRY(const std::string origin, partner.page_origin());
  return oid4vp::build_dc_api_request({.origin = origin,
                                       .nonce = row.nonce,
                                       .issued_at = row.created_at,
                                       .expires_at = row.expires_at,
                                       .dcql_query = dcql_query,
                                       .encryption_key = encryption_key,
                                       .encryption_kid = row.encryption_kid,
                                       .transaction_data = std::move(transaction_data),
                                       .mode = row.response_mode},
                                      partner.registration, *partner.signer);
}

// What the partner wants to have approved, as it will travel. Types that are not known here are refused: a wallet could
// not show them, and we could not say what was approved.
Result<std::vector<oid4vp::TransactionData>> read_transactions(const json::Array& objects, const dcql::Query& query) {
  json::Array list;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const std::string where = "body.transaction_data[" + std::to_string(i) + "]";
    if (!objects[i].is_object()) return fail(ErrorCode::request_malformed, where, "an object is expected");
    const auto data = oid4vp::TransactionData::make(objects[i].get_object(), query, where);
    if (!data) return fail(ErrorCode::request_malformed, data.error().where, data.error().detail);
    list.emplace_back(data->encoded());
  }
  if (list.empty()) return std::vector<oid4vp::TransactionData>{};
  auto read = oid4vp::read_transaction_data({{oid4vp::kTransactionDataMember, std::move(list)}}, query);
  if (!read) return fail(ErrorCode::request_malformed, "body.transaction_data", read.error().detail);
  return read;
}

std::string to_stored(const std::vector<oid4vp::TransactionData>& transactions) {
  if (transactions.empty()) return {};
  json::Array list;
  for (const oid4vp::TransactionData& data : transactions) list.emplace_back(data.encoded());
  return json::serialize(list);
}

// What an answer comes with to a partner that has one address for all of them: to which request it is.
std::string mark(std::string_view request_id, const Partner& partner, const std::string& token) {
  return partner.answers_at.empty() ? token : marked_with(request_id, token);
}

Status check_can_answer(const oid4vp::WalletMetadata& metadata, const Partner& partner, const json::Object& dcql_query,
                        oid4vp::ResponseMode mode) {
  MIBUN_TRY(const dcql::Query query, dcql::Query::parse(dcql_query));
  const auto answers = metadata.check_answers({.query = query, .prefix = partner.prefix, .mode = mode});
  if (answers) return {};
  return fail(ErrorCode::request_malformed, answers.error().where, answers.error().detail);
}

}  // namespace

Result<PresentationService::Created> PresentationService::create(std::string_view partner_id, const Question& question,
                                                                 const std::function<void(const Created&)>& planned) {
  const auto& [dcql_query, mode, said_response_mode, objects, said_request_by] = question;
  MIBUN_TRY(const Partner partner, partners_.find(partner_id));
  MIBUN_CHECK(partners_.check_may_ask(partner));
  MIBUN_TRY(const auto response_mode, choose_response_mode(mode, said_response_mode, allowed_.modes));
  MIBUN_TRY(const RequestBy by, choose_request_by({mode, partner.prefix}, said_request_by, allowed_.requests_by_value));
  auto query = dcql::Query::parse_to_send(dcql_query);
  if (!query) return fail(ErrorCode::request_malformed, "body.dcql_query." + query.error().where, query.error().detail);
  if (auto allowed = partner.registration.allows(*query); !allowed) {
    return fail(ErrorCode::claim_not_registered, allowed.error().where);
  }
  MIBUN_TRY(auto transactions, read_transactions(objects, *query));
  const crypto::P256PrivateKey decryption_key = crypto::P256PrivateKey::generate();
  const SecretBytes pkcs8 = decryption_key.pkcs8();
  const Instant now = clock_.now();
  presentation_store::RequestRow row;
  row.request_id = make_typed_token(rng_).substr(0, kIdCharacters);
  row.partner_id = partner_id;
  row.client_id = partner.client_id;
  row.dcql_query = json::serialize(dcql_query);
  row.nonce = oid4vp::random_token(rng_);
  row.state_value = mark(row.request_id, partner, oid4vp::random_token(rng_));
  row.encryption_kid = mark(row.request_id, partner, oid4vp::random_token(rng_));
  row.decryption_key = trust_.seal_key(decryption_key_name(row.request_id), pkcs8.reveal());
  row.created_at = now;
  row.expires_at = now + lifetime_of(mode);
  row.mode = mode;
  row.response_mode = response_mode;
  row.by_value = by == RequestBy::value;
  row.transaction_data = to_stored(transactions);
  const SessionSecret secret = SessionSecret::make(mode, rng_);
  row.session_sha256 = secret.digest();
  if (waits_in_session(mode)) {
    MIBUN_TRY(const auto session_key, secret.key());
    row.session_public_key = to_bytes(session_key.public_key().point());
  }
  Created created{.request_id = row.request_id,
                  .client_id = client_id_of(row, partner),
                  .expires_at = row.expires_at,
                  .session_secret = secret.text()};
  if (mode == PresentationMode::cross_device) {
    created.pairing_code = oid4vp::make_pairing_code(rng_);
    row.pairing_code = trust_.seal_key(pairing_code_name(row.request_id), as_bytes(created.pairing_code));
  }
  if (mode == PresentationMode::dc_api) {
    MIBUN_TRY(created.dc_api, browser_request(row, partner, jose::Jwk(decryption_key.public_key()), dcql_query,
                                              std::move(transactions)));
  } else {
    if (by == RequestBy::reference) created.request_uri = request_uri(row.request_id);
    MIBUN_TRY(created.wallet_link, link_of(row, partner));
  }
  if (planned) planned(created);
  MIBUN_CHECK(database_.write(
      [&](database::Transaction& transaction) { return presentation_store::insert(transaction, row); }));
  log::info("presentation_requested", {{"partner", partner_id}, {"mode", to_string(mode)}});
  return created;
}

Result<std::string> PresentationService::wallet_link(std::string_view partner_id, std::string_view request_id) {
  MIBUN_TRY(const std::string now, state(partner_id, request_id));
  if (now != "waiting") return fail(ErrorCode::request_not_found, "request");
  MIBUN_TRY(const auto row, find(request_id));
  MIBUN_TRY(const Partner partner, partners_.find(partner_id, row.client_id));
  return link_of(row, partner);
}

std::string PresentationService::request_uri(std::string_view request_id) const {
  return public_origin_ + "/oid4vp/requests/" + std::string(request_id);
}

std::string PresentationService::response_uri(std::string_view request_id) const {
  return public_origin_ + "/oid4vp/responses/" + std::string(request_id);
}

std::string PresentationService::answer_address(const presentation_store::RequestRow& row,
                                                const Partner& partner) const {
  if (row.mode == PresentationMode::dc_api) return {};
  if (row.mode == PresentationMode::fragment) return partner.redirect_uri;
  return partner.answers_at.empty() ? response_uri(row.request_id) : partner.answers_at;
}

std::string PresentationService::client_id_of(const presentation_store::RequestRow& row, const Partner& partner) const {
  if (partner.prefix != oid4vp::ClientId::Prefix::redirect_uri) return partner.client_id;
  return oid4vp::client_id_of_address(answer_address(row, partner));
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

Result<std::string> PresentationService::request_object(std::string_view request_id, Fetch fetch) {
  MIBUN_TRY(const auto row, find(request_id));
  const Instant now = clock_.now();
  const bool is_fetched = row.mode != PresentationMode::dc_api && !row.by_value;
  if (row.state != "waiting" || !is_fetched || row.pairing_locked || now >= row.expires_at) {
    return fail(ErrorCode::request_not_found, "request");
  }
  MIBUN_TRY(const Partner partner, partners_.find(row.partner_id, row.client_id));
  MIBUN_TRY(auto parameters, parameters_of(row, partner));
  if (fetch.metadata) {
    MIBUN_CHECK(check_can_answer(*fetch.metadata, partner, parameters.dcql_query, row.response_mode));
  }
  parameters.wallet_nonce = std::move(fetch.wallet_nonce);
  MIBUN_INVARIANT(partner.signer != nullptr);  // who signs nothing asks by value
  MIBUN_TRY(std::string object, oid4vp::build_request_object(parameters, partner.registration, *partner.signer));
  if (!fetch.metadata || !fetch.metadata->request_key()) return object;
  return oid4vp::encrypt_request_object(object, *fetch.metadata->request_key(), rng_);
}

Result<std::string> PresentationService::state(std::string_view partner_id, std::string_view request_id) {
  MIBUN_TRY(const auto row, find(request_id));
  if (row.partner_id != partner_id) return fail(ErrorCode::request_not_found, "request");
  if (row.state == "waiting" && row.pairing_locked) return std::string("locked");
  if (row.state == "waiting" && clock_.now() >= row.expires_at) return std::string("expired");
  return row.state;
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
