#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "platform/keyd/rehearsal.h"
#include "server/issuance/service.h"

// Cards that are asked for before the case is decided: OpenID4VCI 1.0, section 9.
namespace mibun::server {
namespace {

constexpr auto kTransactionLifetime = std::chrono::days(90);
constexpr std::int64_t kIntervalSeconds = 60;
constexpr std::size_t kIdBytes = 32;
constexpr records::ClassId kRecordClass = "deferred card";

std::string record_name(BytesView lookup) {
  return base64url::encode(lookup);
}

std::string to_text(const std::vector<crypto::P256PublicKey>& keys) {
  json::Array array;
  for (const crypto::P256PublicKey& key : keys) array.push_back(jose::Jwk(key).to_json());
  json::Object object;
  object["keys"] = std::move(array);
  return json::serialize(object);
}

Result<std::vector<crypto::P256PublicKey>> read_keys(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "deferred");
  MIBUN_TRY(const json::Array* array, reader.array("keys"));
  std::vector<crypto::P256PublicKey> keys;
  for (const json::Value& value : *array) {
    if (!value.is_object()) return fail(ErrorCode::json_bad_value, "deferred.keys");
    MIBUN_TRY(const jose::Jwk jwk, jose::Jwk::parse(value.get_object()));
    MIBUN_TRY(crypto::P256PublicKey key, jwk.p256());
    keys.push_back(std::move(key));
  }
  return keys;
}

std::unexpected<Error> unknown_transaction() {
  return fail(ErrorCode::oid4vci_invalid_transaction_id, "transaction_id", "unknown, used or expired");
}

}  // namespace

Result<oid4vci::CredentialAnswer> IssuanceService::defer(const Order& order, const std::string& nonce) {
  oid4vci::DeferredResponse deferred{base64url::encode(rng_.bytes(kIdBytes)), kIntervalSeconds};
  const crypto::Sha256Digest lookup = crypto::sha256(deferred.transaction_id);
  MIBUN_TRY(const Bytes sealed,
            keys_.seal(order.person, {kRecordClass, record_name(lookup)}, as_bytes(to_text(order.keys))));
  const json::Object details{{"configuration", order.configuration}};
  const keyd::AskedAhead asked([&] { history_.ask_ahead(order.person, HistoryKind::card_deferred, details); });
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(use_nonce(transaction, nonce));
    MIBUN_CHECK(require_token(transaction, order.token_id));
    MIBUN_TRY(const std::int64_t first,
              transaction.run("INSERT INTO deferred_issuances (transaction_sha256, account_id, case_id, configuration, "
                              "token_id, state, expires_at, sealed) VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7) ON "
                              "CONFLICT DO NOTHING",
                              BytesView(lookup), order.person.value, order.case_id, order.configuration, order.token_id,
                              (clock_.now() + kTransactionLifetime).unix_milliseconds(), sealed));
    if (first != 1) {
      return fail(ErrorCode::oid4vci_credential_request_denied, "token", "it asked for this kind of card before");
    }
    return history_.record(transaction, order.person, HistoryKind::card_deferred, details);
  }));
  return deferred;
}

Result<oid4vci::CredentialAnswer> IssuanceService::deny(const Bytes& transaction_lookup) {
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(
        transaction.run("UPDATE deferred_issuances SET state = 'denied', sealed = NULL WHERE "
                        "transaction_sha256 = $1 AND state = 'waiting'",
                        transaction_lookup));
    return {};
  }));
  return fail(ErrorCode::oid4vci_credential_request_denied, "transaction_id", "the case was rejected");
}

Result<oid4vci::CredentialAnswer> IssuanceService::answer(const Grant& grant, const oid4vci::DeferredRequest& request) {
  const crypto::Sha256Digest digest = crypto::sha256(request.transaction_id);
  const Bytes lookup(digest.begin(), digest.end());
  Order order{{grant.subject}, {}, {}, {}, {}, lookup};
  std::string state;
  Bytes sealed;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto row,
              transaction.row("SELECT case_id, configuration, token_id, state, sealed FROM deferred_issuances WHERE "
                              "transaction_sha256 = $1 AND account_id = $2 AND expires_at > $3",
                              lookup, grant.subject, clock_.now().unix_milliseconds()));
    if (!row) return {};
    order.case_id = row->text(0);
    order.configuration = row->text(1);
    order.token_id = row->text(2);
    state = row->text(3);
    if (state == "waiting") sealed = row->blob(4);
    return {};
  }));
  if (state == "denied") {
    return fail(ErrorCode::oid4vci_credential_request_denied, "transaction_id", "the case was rejected");
  }
  if (state != "waiting") return unknown_transaction();
  MIBUN_TRY(const CaseOutcome outcome, claims_->outcome(order.person, order.case_id));
  if (outcome == CaseOutcome::rejected) return deny(lookup);
  if (outcome == CaseOutcome::in_review) return oid4vci::DeferredResponse{request.transaction_id, kIntervalSeconds};
  MIBUN_TRY(const Bytes opened, keys_.open(order.person, {kRecordClass, record_name(lookup)}, sealed));
  MIBUN_TRY(order.keys, read_keys(as_text(opened)));
  return issue(order, std::nullopt);
}

}  // namespace mibun::server
