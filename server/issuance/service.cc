#include "server/issuance/service.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "platform/keyd/rehearsal.h"
#include "platform/log/log.h"
#include "server/issuance/card.h"
#include "server/issuance/photo_id.h"
#include "server/issuance/signing.h"

namespace mibun::server {
namespace {

constexpr auto kNonceLifetime = std::chrono::minutes(5);
constexpr std::size_t kIdBytes = 16;
constexpr std::string_view kIssuedCard =
    "SELECT configuration, issuance_id FROM card_issuances WHERE notification_id = $1 AND account_id = $2 AND state = "
    "'issued'";

HistoryKind kind_of(oid4vci::NotificationEvent event) {
  switch (event) {
    case oid4vci::NotificationEvent::credential_accepted:
      return HistoryKind::card_stored;
    case oid4vci::NotificationEvent::credential_failure:
      return HistoryKind::card_not_stored;
    case oid4vci::NotificationEvent::credential_deleted:
      return HistoryKind::card_deleted;
  }
  MIBUN_INVARIANT(false);
  return HistoryKind::card_not_stored;
}

}  // namespace

Result<std::string> IssuanceService::make_nonce() {
  std::string nonce = base64url::encode(rng_.bytes(32));
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("INSERT INTO c_nonces (nonce_sha256, expires_at) VALUES ($1, $2)",
                                BytesView(crypto::sha256(nonce)), (clock_.now() + kNonceLifetime).unix_milliseconds()));
    return {};
  }));
  return nonce;
}

Status IssuanceService::use_nonce(database::Transaction& transaction, const std::string& nonce) {
  MIBUN_TRY(const std::int64_t fresh,
            transaction.run("UPDATE c_nonces SET used = 1 WHERE nonce_sha256 = $1 AND used = 0 AND expires_at > $2",
                            BytesView(crypto::sha256(nonce)), clock_.now().unix_milliseconds()));
  if (fresh != 1) return fail(ErrorCode::oid4vci_invalid_nonce, "nonce", "unknown, used or expired");
  return {};
}

// Between its request and now a token may have been taken back: its wallet has moved, or its account was erased.
Status IssuanceService::require_token(database::Transaction& transaction, const std::string& token_id) {
  MIBUN_TRY(const Bytes token_sha256, base64url::decode(token_id));
  MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM access_tokens WHERE token_sha256 = $1", token_sha256));
  if (!row) return fail(ErrorCode::oauth_invalid_token, "Authorization", "taken back");
  return {};
}

Result<IssuanceService::Intent> IssuanceService::intend(const Order& order, const std::optional<std::string>& nonce) {
  Intent intent{base64url::encode(rng_.bytes(kIdBytes)), base64url::encode(rng_.bytes(kIdBytes)), {}};
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    if (nonce) MIBUN_CHECK(use_nonce(transaction, *nonce));
    if (!order.transaction) MIBUN_CHECK(require_token(transaction, order.token_id));
    if (order.transaction) {
      MIBUN_TRY(const std::int64_t begun,
                transaction.run("UPDATE deferred_issuances SET state = 'issuing', issuance_id = $2 WHERE "
                                "transaction_sha256 = $1 AND state = 'waiting'",
                                *order.transaction, intent.issuance_id));
      if (begun != 1) return fail(ErrorCode::oid4vci_invalid_transaction_id, "transaction_id", "used just now");
    }
    MIBUN_TRY(
        const std::int64_t first,
        transaction.run("INSERT INTO card_issuances (issuance_id, account_id, case_id, configuration, token_id, state, "
                        "copies, notification_id, intended_at) VALUES ($1, $2, $3, $4, $5, 'intended', $6, $7, $8) ON "
                        "CONFLICT DO NOTHING",
                        intent.issuance_id, order.person.value, order.case_id, order.configuration, order.token_id,
                        static_cast<std::int64_t>(order.keys.size()), intent.notification_id,
                        clock_.now().unix_milliseconds()));
    if (first != 1) {
      return fail(ErrorCode::oid4vci_credential_request_denied, "token", "it gave this kind of card before");
    }
    MIBUN_TRY(intent.indexes, status_lists_.take(transaction, order.person, intent.issuance_id, order.keys.size()));
    return {};
  }));
  return intent;
}

// Made once for each key that signs: decoding its certificate costs as much as two cards.
Result<std::shared_ptr<const sd_jwt::Issuer>> IssuanceService::identity_issuer() {
  const std::lock_guard lock(identity_issuer_mutex_);
  const SigningIdentity& identity = trust_.credential_issuer();
  if (identity_issuer_of_ != &identity) {
    MIBUN_TRY(auto issuer, sd_jwt::Issuer::make(*identity.signer, identity.chain));
    identity_issuer_ = std::make_shared<const sd_jwt::Issuer>(std::move(issuer));
    identity_issuer_of_ = &identity;
  }
  return identity_issuer_;
}

Result<std::vector<std::string>> IssuanceService::sign(const Order& order, const Intent& intent) {
  MIBUN_TRY(const Approved approved, claims_->approved_claims(order.person, order.case_id));
  MIBUN_TRY(const CardContent card, make_card(approved, clock_.now()));
  if (order.configuration == kIdentityConfiguration) {
    MIBUN_TRY(const auto issuer, identity_issuer());
    return sign_identity_cards(card, *issuer, public_origin_, order.keys, intent.indexes, rng_);
  }
  MIBUN_TRY(const Bytes portrait, claims_->approved_portrait(order.person, order.case_id));
  MIBUN_TRY(const auto content, make_photo_id(card, approved.claims, portrait));
  return sign_photo_ids(card, content, trust_.document_signer(), order.keys, intent.indexes, rng_);
}

Status IssuanceService::complete(const Order& order, const Intent& intent, std::size_t copies) {
  const json::Object details{{"configuration", order.configuration}, {"copies", copies}};
  const keyd::AskedAhead asked([&] { history_.ask_ahead(order.person, HistoryKind::card_received, details); });
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t issued,
              transaction.run("UPDATE card_issuances SET state = 'issued', copies = $3, issued_at = $2 WHERE "
                              "issuance_id = $1 AND state = 'intended'",
                              intent.issuance_id, clock_.now().unix_milliseconds(), static_cast<std::int64_t>(copies)));
    if (issued != 1) {
      return fail(ErrorCode::oid4vci_credential_request_denied, "issuance", "it was abandoned meanwhile");
    }
    MIBUN_CHECK(transaction.run("UPDATE deferred_issuances SET state = 'issued', sealed = NULL WHERE issuance_id = $1",
                                intent.issuance_id));
    return history_.record(transaction, order.person, HistoryKind::card_received, details);
  });
}

Status IssuanceService::abandon(const std::string& issuance_id) {
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run(
        "UPDATE card_issuances SET state = 'abandoned' WHERE issuance_id = $1 AND state = 'intended'", issuance_id));
    MIBUN_CHECK(
        transaction.run("UPDATE deferred_issuances SET state = 'waiting', issuance_id = NULL WHERE issuance_id "
                        "= $1 AND state = 'issuing'",
                        issuance_id));
    return status_lists_.revoke_issuance(transaction, issuance_id);
  });
}

Result<oid4vci::CredentialAnswer> IssuanceService::issue(const Order& order, const std::optional<std::string>& nonce) {
  MIBUN_TRY(const Intent intent, intend(order, nonce));
  auto credentials = sign(order, intent);
  if (!credentials) {
    MIBUN_CHECK(abandon(intent.issuance_id));
    return pass_error(credentials);
  }
  if (auto completed = complete(order, intent, credentials->size()); !completed) {
    MIBUN_CHECK(abandon(intent.issuance_id));
    return std::unexpected(completed.error());
  }
  log::info("cards_issued", {{"copies", static_cast<std::int64_t>(credentials->size())}});
  return oid4vci::CredentialResponse{std::move(*credentials), intent.notification_id};
}

Result<std::string> IssuanceService::case_of(const Grant& grant) {
  if (grant.context.empty()) return claims_->newest_case({grant.subject});
  std::string case_id;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto row, transaction.row("SELECT case_id FROM offers WHERE offer_id = $1 AND account_id = $2",
                                              grant.context, grant.subject));
    if (row) case_id = row->text(0);
    return {};
  }));
  if (case_id.empty()) return fail(ErrorCode::case_not_found, "offer");
  return case_id;
}

Result<oid4vci::CredentialAnswer> IssuanceService::answer(const Grant& grant,
                                                          const oid4vci::VerifiedCredentialRequest& request) {
  const auto denied = [](const char* why) { return fail(ErrorCode::oid4vci_credential_request_denied, "case", why); };
  auto case_id = case_of(grant);
  if (!case_id && case_id.error().code == ErrorCode::case_not_found) return denied("nothing was proven");
  if (!case_id) return pass_error(case_id);
  Order order{{grant.subject}, *case_id, request.configuration_id, grant.token_id, {}, {}};
  for (const jose::Jwk& key : request.proofs.keys()) {
    MIBUN_TRY(crypto::P256PublicKey public_key, key.p256());
    order.keys.push_back(std::move(public_key));
  }
  MIBUN_TRY(const CaseOutcome outcome, claims_->outcome(order.person, order.case_id));
  switch (outcome) {
    case CaseOutcome::in_review:
      return defer(order, request.proofs.nonce());
    case CaseOutcome::approved:
      return issue(order, request.proofs.nonce());
    case CaseOutcome::rejected:
      return denied("it was rejected");
  }
  MIBUN_INVARIANT(false);
  return denied("");
}

Status IssuanceService::notified(const Grant& grant, const oid4vci::NotificationRequest& notification) {
  const keyd::PersonId person{grant.subject};
  const HistoryKind kind = kind_of(notification.event);
  const keyd::AskedAhead asked([&] {
    const auto row = database_.row(kIssuedCard, notification.notification_id, grant.subject);
    if (row && *row) history_.ask_ahead(person, kind, json::Object{{"configuration", (*row)->text(0)}});
  });
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto row, transaction.row(kIssuedCard, notification.notification_id, grant.subject));
    if (!row) return fail(ErrorCode::oid4vci_invalid_notification_id, "notification_id");
    MIBUN_TRY(const std::int64_t first,
              transaction.run("UPDATE card_issuances SET notified_event = $2 WHERE notification_id = $1 AND "
                              "(notified_event IS NULL OR (notified_event = 'credential_accepted' AND $2 = "
                              "'credential_deleted'))",
                              notification.notification_id, to_string(notification.event)));
    // What its wallet deleted nobody shows any more: whoever does is not its person.
    const bool deleted = notification.event == oid4vci::NotificationEvent::credential_deleted;
    if (deleted) MIBUN_CHECK(status_lists_.revoke_issuance(transaction, row->text(1)));
    if (first != 1) return {};
    return history_.record(transaction, person, kind, json::Object{{"configuration", row->text(0)}});
  });
}

Status IssuanceService::recover() {
  std::vector<std::string> cut_off;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto rows, transaction.rows("SELECT issuance_id FROM card_issuances WHERE state = 'intended'"));
    for (const database::Row& row : rows) cut_off.push_back(row.text(0));
    return {};
  }));
  for (const std::string& issuance_id : cut_off) {
    MIBUN_CHECK(abandon(issuance_id));
    log::warning("issuance_abandoned");
  }
  return {};
}

Status IssuanceService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(status_lists_.revoke_all(transaction, person));
  // The bits stay as long as cards could be shown; who they belonged to does not.
  MIBUN_CHECK(transaction.run("UPDATE status_entries SET account_id = NULL WHERE account_id = $1", person.value));
  MIBUN_CHECK(transaction.run("DELETE FROM card_issuances WHERE account_id = $1", person.value));
  MIBUN_CHECK(transaction.run("DELETE FROM deferred_issuances WHERE account_id = $1", person.value));
  MIBUN_CHECK(transaction.run("DELETE FROM offers WHERE account_id = $1", person.value));
  return {};
}

Status IssuanceService::end_unit(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(status_lists_.revoke_all(transaction, person));
  MIBUN_CHECK(transaction.run(
      "UPDATE card_issuances SET state = 'abandoned' WHERE account_id = $1 AND state = 'intended'", person.value));
  MIBUN_CHECK(transaction.run("DELETE FROM deferred_issuances WHERE account_id = $1", person.value));
  MIBUN_CHECK(transaction.run("UPDATE offers SET state = 'locked' WHERE account_id = $1", person.value));
  return {};
}

Status IssuanceService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) -> Status {
    const std::int64_t now = clock_.now().unix_milliseconds();
    MIBUN_CHECK(transaction.run("DELETE FROM c_nonces WHERE expires_at < $1", now));
    MIBUN_CHECK(transaction.run("DELETE FROM deferred_issuances WHERE expires_at < $1 AND state <> 'issuing'", now));
    return {};
  });
}

}  // namespace mibun::server
