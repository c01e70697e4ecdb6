#include "server/wallet_provider/store.h"

#include "core/crypto/hash.h"

namespace mibun::server::wallet_provider_store {

Status keep_key(Transaction& transaction, std::string_view thumbprint, std::string_view account_id,
                std::string_view purpose, Instant expires) {
  MIBUN_TRY(const std::int64_t kept,
            transaction.run("INSERT INTO attested_keys (key_sha256, account_id, purpose, expires_at) VALUES ($1, $2, "
                            "$3, $4) ON CONFLICT (key_sha256) DO UPDATE SET expires_at = excluded.expires_at WHERE "
                            "account_id = excluded.account_id AND purpose = excluded.purpose",
                            BytesView(crypto::sha256(thumbprint)), account_id, purpose, expires.unix_milliseconds()));
  if (kept == 1) return {};
  return fail(ErrorCode::oid4vci_invalid_proof, "key", "attested for another wallet or another purpose");
}

Status erase(Transaction& transaction, std::string_view account_id) {
  MIBUN_CHECK(transaction.run("DELETE FROM attested_keys WHERE account_id = $1", account_id));
  return {};
}

Status purge_expired(Transaction& transaction, Instant now) {
  MIBUN_CHECK(transaction.run("DELETE FROM attested_keys WHERE expires_at <= $1", now.unix_milliseconds()));
  return {};
}

}  // namespace mibun::server::wallet_provider_store
