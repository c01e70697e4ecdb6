#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/receipt/receipt.h"
#include "platform/database/database.h"
#include "server/erasure/retained.h"
#include "server/journal/kept_files.h"
#include "server/legal_hold/duty.h"
#include "server/legal_hold/facts.h"
#include "server/legal_hold/record.h"

namespace mibun::server {

// The vault of what statutes keep of people who have gone (docs/decisions/0052). The server can put in and throw away;
// reading takes two members of the staff with their own keys, for a named order, and only the fields that it names.
// Each record is also a file beside the journal (docs/decisions/0058), so that an older database does not lose it.
class LegalHoldService final : public RetainedByLaw {
 public:
  // A configuration that cannot hold. `sign_in_keys`: of the staff, by client_id. Errors: invalid_argument.
  using SignInKeys = std::map<std::string, crypto::P256PublicKey, std::less<>>;
  static Status check(const LegalHoldConfig& config, const SignInKeys& sign_in_keys);

  LegalHoldService(database::Database& database, KeptFiles& files, HeldFacts& facts, const LegalHoldConfig& config,
                   const Clock& clock, Rng& rng)
      : database_(database), files_(files), facts_(facts), config_(config), clock_(clock), rng_(rng) {}

  Result<std::vector<Prepared>> prepare(const keyd::PersonId& person) override;
  Result<InTransaction> keep(const Erasure& erasure, const std::vector<Prepared>& prepared) override;
  Status bring_back(BytesView account_lookup) override;
  Result<std::vector<receipt::ErasedClass>> kept_of(BytesView account_lookup) override;

  // Before anybody is answered, and after it is known who is there: files and rows say the same again. A file without
  // a row comes back, unless its time is over or its person is still here (then that erasure never came to be); a row
  // without a file gets one. `is_here`: whether there is such an account. Errors: backup_integrity_error (a file that
  // only it has and that was changed), those of KeptFiles, database_error.
  using IsHere = std::function<Result<bool>(BytesView account_lookup)>;
  Status settle(const IsHere& is_here);

  // Staff.
  struct Hold {
    std::string hold_id, duty_id, law, article, controller, until;
    Bytes account_lookup;
    Instant kept_at;
    std::vector<std::string> fields;
  };
  Result<std::vector<Hold>> list();

  struct Order {
    std::string case_number, authority, article;
    std::vector<std::string> fields;
  };
  struct Opening {
    std::string opening_id, hold_id, duty_id;
    Order order;
    std::string requested_by;
    Instant requested_at;
    std::string approved_by;  // empty: not yet
    std::optional<Instant> approved_at, handed_at, read_at;
    std::string first_person, second_person;  // of the two, whose key opens the outside; empty before the approval
  };
  // Errors: legal_hold_not_found, legal_hold_not_approved (a field that is not on hold; somebody without a vault key).
  Result<Opening> request(std::string_view hold_id, const Order& order, const std::string& staff);
  // Once more by the same person changes nothing. Errors: legal_hold_not_found, legal_hold_same_person,
  // legal_hold_not_approved (without a vault key, or approved by another already).
  Result<Opening> approve(std::string_view opening_id, const std::string& staff);
  Result<Opening> look(std::string_view opening_id);
  Result<std::vector<Opening>> openings();
  using ByField = std::map<std::string, std::string>;
  // For the first of the two, once approved. Errors: legal_hold_not_found, legal_hold_not_approved.
  Result<ByField> envelopes(std::string_view opening_id, const std::string& staff);
  // From the first: what was inside, for exactly the fields of the order. Errors: as above, request_malformed.
  Result<Opening> hand_over(std::string_view opening_id, const std::string& staff, const ByField& halves);
  // For the second; they are gone from here afterwards. Errors: as above.
  Result<ByField> take_halves(std::string_view opening_id, const std::string& staff);

  // What has run out, and halves that nobody came for within an hour.
  Status purge_expired();

 private:
  const VaultKey* key_of(std::string_view staff) const;
  Result<Opening> read_opening(database::Transaction& transaction, std::string_view opening_id);
  Status require_live(database::Transaction& transaction, std::string_view hold_id);
  Result<legal_hold::HoldRecord> make_record(const Erasure& erasure, const Prepared& prepared);
  Result<std::vector<legal_hold::HoldRecord>> without_a_row();
  Status give_files_to_rows();
  Status erase_files();

  database::Database& database_;
  KeptFiles& files_;
  HeldFacts& facts_;
  const LegalHoldConfig& config_;
  const Clock& clock_;
  Rng& rng_;
  std::set<std::string> over_;  // files whose time is over; of one thread
};

}  // namespace mibun::server
