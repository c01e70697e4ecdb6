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

}  // namespace mibun::server
