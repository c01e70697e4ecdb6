#include "server/erasure/service.h"

#include <algorithm>
#include <iterator>

#include "core/codecs/base64url.h"
#include "core/receipt/receipt.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

constexpr std::size_t kIdBytes = 16;

}  // namespace

// What stands on a receipt in place of the account.
Result<Bytes> ErasureService::lookup_of(const keyd::PersonId& person) {
  return keys_.lookup_hash("erased_account", as_bytes(person.value));
}

Result<std::string> ErasureService::sign_receipt(BytesView account_lookup, Instant now) {
  receipt::ErasureReceipt content;
  content.issuer = public_origin_;
  content.receipt_id = base64url::encode(rng_.bytes(kIdBytes));
  content.issued_at = now;
  content.account = base64url::encode(account_lookup);
  const Instant at = Instant::from_unix_seconds(now.unix_seconds());
  for (const ErasablePart* part : parts_) {
    content.classes.push_back({std::string(part->record_class()), receipt::ErasureOutcome::erased, at, {}, {}, {}});
  }
  content.classes.push_back({"data key", receipt::ErasureOutcome::erased, at, {}, {}, {}});
  MIBUN_TRY(auto kept, retained_.kept_of(account_lookup));
  std::ranges::move(kept, std::back_inserter(content.classes));
  const SigningIdentity& signer = trust_.receipt();
  return receipt::sign_erasure_receipt(content, *signer.signer, signer.chain);
}

Result<std::string> ErasureService::begin(const keyd::PersonId& person, BytesView account_lookup,
                                          const std::vector<RetainedByLaw::Prepared>& retained) {
  std::string erasure_id = base64url::encode(rng_.bytes(kIdBytes));
  const Instant now = clock_.now();
  MIBUN_TRY(const auto keep, retained_.keep({erasure_id, to_bytes(account_lookup), now}, retained));
  // Before anything is done: an older database that is put back must not know them again, whose key will be destroyed.
  MIBUN_TRY(const std::uint64_t line, no_return_.erasing(person));
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(keep(transaction));
    MIBUN_CHECK(transaction.run(
        "INSERT INTO erasures (erasure_id, account_id, account_lookup, started_at) VALUES ($1, $2, $3, $4)", erasure_id,
        person.value, account_lookup, now.unix_milliseconds()));
    MIBUN_CHECK(NoReturn::erased(transaction, line));
    for (ErasablePart* part : parts_) MIBUN_CHECK(part->erase(transaction, person));
    return {};
  }));
  return erasure_id;
}

Result<std::string> ErasureService::erase(const Account& account) {
  MIBUN_TRY(const Bytes account_lookup, lookup_of(account.id));
  MIBUN_TRY(const auto retained, retained_.prepare(account.id));
  MIBUN_TRY(const std::string erasure_id, begin(account.id, account_lookup, retained));
  return finish(erasure_id, account.id, account_lookup);
}

Status ErasureService::erase_untold(const keyd::PersonId& person) {
  MIBUN_TRY(const Bytes account_lookup, lookup_of(person));
  MIBUN_CHECK(retained_.bring_back(account_lookup));
  MIBUN_TRY(const std::string erasure_id, begin(person, account_lookup, {}));
  MIBUN_CHECK(finish(erasure_id, person, account_lookup));
  log::warning("account_erased_again");
  return {};
}

Result<bool> ErasureService::knows_account(BytesView account_lookup) {
  MIBUN_TRY(const auto rows, database_.rows("SELECT account_id FROM accounts WHERE state <> 'erased'"));
  for (const database::Row& row : rows) {
    MIBUN_TRY(const Bytes lookup, lookup_of(keyd::PersonId{row.text(0)}));
    if (std::ranges::equal(lookup, account_lookup)) return true;
  }
  return false;
}

Result<std::string> ErasureService::finish(const std::string& erasure_id, const keyd::PersonId& person,
                                           BytesView account_lookup) {
  MIBUN_CHECK(keys_.destroy_person_key(person));
  for (ErasablePart* part : parts_) MIBUN_CHECK(part->erased());
  const Instant now = clock_.now();
  MIBUN_TRY(std::string text, sign_receipt(account_lookup, now));
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(
        transaction.run("UPDATE erasures SET account_id = NULL, finished_at = $2, receipt = $3 WHERE erasure_id "
                        "= $1",
                        erasure_id, now.unix_milliseconds(), text));
    return {};
  }));
  MIBUN_CHECK(database_.checkpoint());
  log::info("account_erased");
  return text;
}

Status ErasureService::resume(std::chrono::milliseconds at_rest) {
  MIBUN_TRY(const auto open,
            database_.rows("SELECT erasure_id, account_id, account_lookup FROM erasures WHERE finished_at IS "
                           "NULL AND started_at <= $1",
                           (clock_.now() - at_rest).unix_milliseconds()));
  for (const database::Row& row : open) {
    MIBUN_CHECK(finish(row.text(0), keyd::PersonId{row.text(1)}, row.blob(2)));
    log::warning("erasure_resumed");
  }
  return {};
}

}  // namespace mibun::server
