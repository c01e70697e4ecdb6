#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/jose/jwk.h"
#include "platform/database/database.h"
#include "server/access/client_authenticator.h"
#include "server/erasure/part.h"
#include "server/registration/accounts.h"
#include "server/registration/unit.h"
#include "server/trust/trust.h"

namespace mibun::server {

// A lost wallet is out after a day at the latest: its account is revoked, and a revoked account gets no new one.
inline constexpr auto kWalletAttestationLifetime = std::chrono::hours(24);
// As long as a card lives: what is said about a key ends with it.
inline constexpr auto kAttestedKeysLifetime = std::chrono::days(90);
// What this provider can say of where its wallets keep keys: sealed files, no hardware, nobody evaluated it. The value
// of key_storage is the address of that statement (docs/decisions/0030).
inline constexpr std::string_view kSoftwareKeyStoragePath = "/wallet-provider/key-storage/software";

// Vouches for the wallets of this house: for a wallet instance (OpenID4VCI 1.0, appendix E) and for the keys its cards
// are bound to (appendix D). Issuers are not told to it, and it keeps no record of them.
class WalletProviderService final : public ErasablePart, public UnitBoundPart {
 public:
  WalletProviderService(database::Database& database, const WalletClients& clients, const Trust& trust,
                        const Clock& clock, std::string public_origin)
      : database_(database),
        clients_(clients),
        trust_(trust),
        clock_(clock),
        public_origin_(std::move(public_origin)) {}

  struct Attestation {
    std::string jwt;
    Instant expires;
  };
  // For the key that `possession` shows. `client_id`: of a wallet that this provider speaks for. Errors:
  // oid4vci_invalid_proof, oauth_unauthorized_client (a wallet of somebody else), assertion_invalid.
  Result<Attestation> attest_wallet(const Account& account, std::string_view client_id, std::string_view possession);
  // For the keys that `possessions` show, at most a batch; `nonce`: the c_nonce of the issuer they are for.
  // Errors: oid4vci_invalid_proof, assertion_invalid.
  Result<Attestation> attest_keys(const Account& account, std::string_view nonce,
                                  std::span<const std::string> possessions);

  std::string software_key_storage() const { return public_origin_ + std::string(kSoftwareKeyStoragePath); }

  std::string_view record_class() const override { return "attested keys"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  Status end_unit(database::Transaction& transaction, const keyd::PersonId& person) override {
    return erase(transaction, person);
  }
  Status purge_expired();

 private:
  Result<std::vector<jose::Jwk>> shown_keys(const Account& account, std::span<const std::string> possessions) const;
  Status keep(const Account& account, std::span<const jose::Jwk> keys, std::string_view purpose, Instant expires);
  database::Database& database_;
  const WalletClients& clients_;
  const Trust& trust_;
  const Clock& clock_;
  std::string public_origin_;
};

}  // namespace mibun::server
