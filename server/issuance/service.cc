#include "server/issuance/service.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/sd_jwt/issuer.h"
#include "platform/log/log.h"
#include "server/issuance/card.h"

namespace mibun::server {
namespace {

constexpr auto kNonceLifetime = std::chrono::minutes(5);
constexpr std::size_t kIdBytes = 16;

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

Result<IssuanceService::Intent> IssuanceService::intend(const Grant& grant, const oid4vci::VerifiedKeyProofs& proofs) {
  Intent intent;
  const Instant now = clock_.now();
  const keyd::PersonId person{grant.subject};
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t fresh,
              transaction.run("UPDATE c_nonces SET used = 1 WHERE nonce_sha256 = $1 AND used = 0 AND expires_at > $2",
                              BytesView(crypto::sha256(proofs.nonce())), now.unix_milliseconds()));
    if (fresh != 1) return fail(ErrorCode::oid4vci_invalid_nonce, "nonce", "unknown, used or expired");
    MIBUN_TRY(const std::int64_t begun,
              transaction.run("UPDATE offers SET state = 'issuing' WHERE offer_id = $1 AND state = 'redeemed'",
                              grant.context));
    if (begun != 1) {
      return fail(ErrorCode::oid4vci_credential_request_denied, "offer", "the cards of this offer were issued already");
    }
    MIBUN_TRY(const auto offer, transaction.row("SELECT case_id FROM offers WHERE offer_id = $1", grant.context));
    intent.case_id = offer->text(0);
    intent.issuance_id = base64url::encode(rng_.bytes(kIdBytes));
    intent.notification_id = base64url::encode(rng_.bytes(kIdBytes));
    MIBUN_CHECK(transaction.run(
        "INSERT INTO issuances (issuance_id, offer_id, account_id, state, copies, notification_id, intended_at) VALUES "
        "($1, $2, $3, 'intended', $4, $5, $6)",
        intent.issuance_id, grant.context, grant.subject, static_cast<std::int64_t>(proofs.keys().size()),
        intent.notification_id, now.unix_milliseconds()));
    MIBUN_TRY(intent.indexes, status_lists_.take(transaction, person, intent.issuance_id, proofs.keys().size()));
    return {};
  }));
  return intent;
}

Result<std::vector<std::string>> IssuanceService::sign(const json::Object& claims,
                                                       const oid4vci::VerifiedKeyProofs& proofs, const Intent& intent) {
  MIBUN_TRY(const CardContent card, make_card(claims, clock_.now()));
  const SigningIdentity& issuer = trust_.credential_issuer();
  MIBUN_TRY(const sd_jwt::Issuer ready, sd_jwt::Issuer::make(*issuer.signer, issuer.chain));
  std::vector<std::string> credentials;
  for (std::size_t i = 0; i < proofs.keys().size(); ++i) {
    const auto request = copy_of(card, public_origin_, *proofs.keys()[i].key().p256(), intent.indexes[i]);
    MIBUN_TRY(std::string credential, ready.issue(request, rng_));
    credentials.push_back(std::move(credential));
  }
  return credentials;
}

Status IssuanceService::complete(const Grant& grant, const Intent& intent, std::size_t copies) {
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(
        const std::int64_t issued,
        transaction.run("UPDATE issuances SET state = 'issued', issued_at = $2 WHERE issuance_id = $1 AND state = "
                        "'intended'",
                        intent.issuance_id, clock_.now().unix_milliseconds()));
    if (issued != 1)
      return fail(ErrorCode::oid4vci_credential_request_denied, "issuance", "it was abandoned meanwhile");
    MIBUN_CHECK(transaction.run("UPDATE offers SET state = 'issued' WHERE offer_id = $1", grant.context));
    json::Object details;
    details["configuration"] = kIdentityConfiguration;
    details["copies"] = copies;
    return history_.record(transaction, {grant.subject}, HistoryKind::card_received, details);
  });
}

Status IssuanceService::abandon(const std::string& issuance_id, const std::string& offer_id) {
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run(
        "UPDATE issuances SET state = 'abandoned' WHERE issuance_id = $1 AND state = 'intended'", issuance_id));
    MIBUN_CHECK(status_lists_.revoke_issuance(transaction, issuance_id));
    MIBUN_CHECK(
        transaction.run("UPDATE offers SET state = 'redeemed' WHERE offer_id = $1 AND state = 'issuing'", offer_id));
    return {};
  });
}

Result<oid4vci::CredentialResponse> IssuanceService::issue(const Grant& grant,
                                                           const oid4vci::VerifiedCredentialRequest& request) {
  MIBUN_TRY(const Intent intent, intend(grant, request.proofs));
  auto claims = claims_->approved_claims({grant.subject}, intent.case_id);
  auto credentials = claims ? sign(*claims, request.proofs, intent) : std::unexpected(claims.error());
  if (!credentials) {
    MIBUN_CHECK(abandon(intent.issuance_id, grant.context));
    return pass_error(credentials);
  }
  if (auto completed = complete(grant, intent, credentials->size()); !completed) {
    MIBUN_CHECK(abandon(intent.issuance_id, grant.context));
    return std::unexpected(completed.error());
  }
  log::info("cards_issued", {{"copies", static_cast<std::int64_t>(credentials->size())}});
  return oid4vci::CredentialResponse{std::move(*credentials), intent.notification_id};
}

Status IssuanceService::notified(const Grant& grant, std::string_view notification_id) {
  bool known = false;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM issuances WHERE notification_id = $1 AND account_id = $2",
                                              notification_id, grant.subject));
    known = row.has_value();
    return {};
  }));
  if (!known) return fail(ErrorCode::not_found, "notification_id");
  return {};
}

Status IssuanceService::recover() {
  struct CutOff {
    std::string issuance_id, offer_id;
  };
  std::vector<CutOff> cut_off;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto rows,
              transaction.rows("SELECT issuance_id, offer_id FROM issuances WHERE state = 'intended'"));
    for (const database::Row& row : rows) cut_off.push_back({row.text(0), row.text(1)});
    return {};
  }));
  for (const CutOff& issuance : cut_off) {
    MIBUN_CHECK(abandon(issuance.issuance_id, issuance.offer_id));
    log::warning("issuance_abandoned");
  }
  return {};
}

Status IssuanceService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(status_lists_.revoke_all(transaction, person));
  // The bits stay as long as cards could be shown; who they belonged to does not.
  MIBUN_CHECK(transaction.run("UPDATE status_entries SET account_id = NULL WHERE account_id = $1", person.value));
  MIBUN_CHECK(transaction.run("DELETE FROM issuances WHERE account_id = $1", person.value));
  MIBUN_CHECK(transaction.run("DELETE FROM offers WHERE account_id = $1", person.value));
  return {};
}

Status IssuanceService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("DELETE FROM c_nonces WHERE expires_at < $1", clock_.now().unix_milliseconds()));
    return {};
  });
}

}  // namespace mibun::server
