#include "core/crypto/hash.h"
#include "server/access/access.h"

namespace mibun::server {

Status use_once(database::Transaction& transaction, std::string_view kind, BytesView value, Instant expires,
                ErrorCode replayed) {
  MIBUN_TRY(const std::int64_t inserted,
            transaction.run("INSERT INTO single_use (kind, value_sha256, expires_at) VALUES ($1, $2, $3) ON CONFLICT "
                            "(kind, value_sha256) DO NOTHING",
                            kind, BytesView(crypto::sha256(value)), expires.unix_milliseconds()));
  if (inserted != 1) return fail(replayed, std::string(kind), "used before");
  return {};
}

Result<bool> was_used(database::Transaction& transaction, std::string_view kind, BytesView value) {
  MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM single_use WHERE kind = $1 AND value_sha256 = $2", kind,
                                            BytesView(crypto::sha256(value))));
  return row.has_value();
}

}  // namespace mibun::server
