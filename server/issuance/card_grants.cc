#include "server/issuance/card_grants.h"

#include "server/issuance/service.h"

// Cards by the authorization code flow: for whoever has an approved case, and so an offer, used or not.
namespace mibun::server {
namespace {

Result<std::string> latest_offer(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(
      const auto row,
      transaction.row("SELECT offer_id FROM offers WHERE account_id = $1 ORDER BY rowid DESC LIMIT 1", person.value));
  if (!row) return fail(ErrorCode::oid4vci_issuance_pending, "offer", "no approved case");
  return row->text(0);
}

}  // namespace

Status IssuanceService::check_entitled(database::Transaction& transaction, const keyd::PersonId& person,
                                       const std::optional<std::string>& /*issuer_state*/) {
  MIBUN_CHECK(latest_offer(transaction, person));
  return {};
}

// The pre-authorized code of the same offer, if one was open, has done its work. A batch that is being signed at this
// moment goes on; this token then finds its offer issued.
Result<std::string> IssuanceService::open_batch(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(std::string offer_id, latest_offer(transaction, person));
  MIBUN_CHECK(
      transaction.run("UPDATE offers SET state = 'redeemed', expires_at = $2 WHERE offer_id = $1 AND state <> "
                      "'issuing'",
                      offer_id, (clock_.now() + kRedeemedLifetime).unix_milliseconds()));
  return offer_id;
}

}  // namespace mibun::server
