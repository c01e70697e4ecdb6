#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "platform/database/database.h"

// The table of 0010_wallet_provider.sql.
namespace mibun::server::wallet_provider_store {

using database::Transaction;

inline constexpr std::string_view kInstance = "instance";  // signs proofs of possession of a wallet attestation
inline constexpr std::string_view kCard = "card";          // a credential is bound to it

// Notes that the key with this thumbprint is the account's. Errors: oid4vci_invalid_proof (it is another account's, or
// was attested for the other purpose).
Status keep_key(Transaction& transaction, std::string_view thumbprint, std::string_view account_id,
                std::string_view purpose, Instant expires);
Status erase(Transaction& transaction, std::string_view account_id);
Status purge_expired(Transaction& transaction, Instant now);

}  // namespace mibun::server::wallet_provider_store
