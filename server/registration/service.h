#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/webauthn/options.h"
#include "core/webauthn/responses.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/part.h"
#include "server/history/recorder.h"
#include "server/issuance/offers.h"
#include "server/journal/no_return.h"
#include "server/registration/accounts.h"
#include "server/registration/request_challenges.h"
#include "server/registration/store.h"
#include "server/registration/unit.h"
#include "server/single_use/single_use.h"

namespace mibun::server {

// The terms in force; a registration names the version it accepted and it is kept with the account.
inline constexpr std::string_view kTermsVersion = "2026-11-01";

struct RelyingParty {
  std::string id;                    // "localhost"
  std::string name;                  // "mibun"
  std::vector<std::string> origins;  // "https://localhost:8443"
};

// Accounts: one device key each, made on the device (promises WP-05, WP-07). It is never replaced but by a move to
// another device, which the old key signs for and which ends it.
class RegistrationService final : public AssertionGate, public AccountStates, public ErasablePart {
 public:
  RegistrationService(database::Database& database, SingleUses& uses, keyd::KeyHolder& keys, NoReturn& no_return,
                      HistoryRecorder& history, const Clock& clock, Rng& rng, RelyingParty relying_party)
      : database_(database),
        uses_(uses),
        keys_(keys),
        no_return_(no_return),
        history_(history),
        clock_(clock),
        rng_(rng),
        relying_party_(std::move(relying_party)),
        challenges_(database, keys, clock, rng) {}

  struct Begun {
    std::string registration_id;
    webauthn::CreationOptions options;
  };
  Result<Begun> begin();

  struct Registered {
    std::string account_id;
    std::string revocation_code;  // shown once; only its keyed hash stays
    Instant created_at;
  };
  // Errors: registration_unknown, terms_not_accepted, key_exists, webauthn_* (the device's answer does not hold).
  Result<Registered> finish(std::string_view registration_id, std::string_view terms_version,
                            const webauthn::RegistrationResponse& response);

  // A begun registration that ends in no account: its device is to take over one that exists. Nothing is written.
  // Errors: those of finish().
  Result<NewUnit> check_unit(std::string_view registration_id, std::string_view terms_version,
                             const webauthn::RegistrationResponse& response);
  // Uses the registration up, so that nobody finishes it besides. Errors: key_exists.
  Status take_unit(database::Transaction& transaction, const NewUnit& unit, std::string_view move_id);
  // From now on `unit` is the account's one key and the one that confirmed it is refused with wallet_moved: the same
  // transaction, so that there are never two (promise WP-07). Errors: assertion_invalid, key_exists.
  Status change_unit(database::Transaction& transaction, const Account& confirmed_by, const NewUnit& unit);
  // A new revocation code; the one before ends. Errors: assertion_invalid (the account was closed meanwhile).
  Result<std::string> new_revocation_code(database::Transaction& transaction, const keyd::PersonId& person);

  struct AssertionOptions {
    std::string assertion_id;
    webauthn::RequestOptions options;
  };
  // For one request, which is still to come.
  Result<AssertionOptions> begin_assertion(const RequestChallenges::Request& request);

  Result<Account> require(const http::ServerRequest& request) override;
  Status require_active(database::Transaction& transaction, const keyd::PersonId& person) override;

  struct Summary {
    Instant created_at;
    std::string terms_version;
  };
  Result<Summary> summary(const Account& account);
  // The person accepts the terms in force, after others that were when they registered. The time is kept in the
  // history. Errors: terms_not_accepted (another version), account_closed.
  Result<Instant> accept_terms(const Account& account, std::string_view terms_version);

  // The account's one device, and those that it had before a move, the last one first.
  Result<std::vector<registration_store::DeviceRow>> devices(const Account& account);

  // Stops an account without its device: every card is revoked. Errors: revocation_code_wrong.
  Result<Instant> revoke(std::string_view revocation_code, CredentialRevoker& revoker);

  std::string_view record_class() const override { return "account"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;

  Status purge_expired();
  // Destroys the keys of registrations that a crash cut off. Before anything is served.
  Status recover();

 private:
  Status give_up(const keyd::PersonId& planned);
  Result<Bytes> credential_lookup(BytesView credential_id);
  Result<Bytes> revocation_lookup(std::string_view code);
  database::Database& database_;
  SingleUses& uses_;
  keyd::KeyHolder& keys_;
  NoReturn& no_return_;
  HistoryRecorder& history_;
  const Clock& clock_;
  Rng& rng_;
  RelyingParty relying_party_;
  RequestChallenges challenges_;
};

}  // namespace mibun::server
