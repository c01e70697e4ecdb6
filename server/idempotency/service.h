#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "platform/database/forwarding_database.h"
#include "platform/http/router.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/part.h"
#include "server/idempotency/key.h"

namespace mibun::server {

// How long an answer is kept, how many for one caller, and how large it may be.
struct IdempotencyLimits {
  milliseconds life = std::chrono::hours(24);
  milliseconds anonymous_life = std::chrono::hours(1);
  // For so long the very same request, with the very same proofs, is answered again; later only a fresh proof opens.
  milliseconds same_proofs = std::chrono::minutes(10);
  std::size_t per_account = 1000, per_client = 100'000, anonymous = 100'000;
  std::size_t answer_bytes = 1024 * 1024;
};

class IdempotentRequest;

// Requests that may come twice (header Idempotency-Key): the effect happens once, and the second request gets the first
// one's answer. docs/decisions/0051 says what is guaranteed when this program ends in the middle.
class Idempotency final : public ErasablePart {
 public:
  // `database`: the one below MarkedDatabase.
  Idempotency(database::Database& database, keyd::KeyHolder& keys, const Clock& clock, Rng& rng,
              IdempotencyLimits limits = {})
      : database_(database), keys_(keys), clock_(clock), rng_(rng), limits_(limits) {}

  // Router::set_around, for one router. From any thread.
  http::ServerResponse around(const http::Route& route, const http::ServerRequest& request,
                              const std::function<http::ServerResponse()>& run);

  // For the gates: the request that this thread answers is this caller's. `person`: whose key seals the answer.
  // Errors, all of which end the request: idempotency_key_in_use (being answered, or answered before: then around()
  // gives that answer), idempotency_key_reused.
  Status caller_is(const std::string& caller, const std::optional<keyd::PersonId>& person);

  // Reads how many rows there are. Call once, before the first request.
  Status open() { return count_rows(); }
  Status purge_expired();
  std::string_view record_class() const override { return "repeated answers"; }
  // The answer to the very request that erases stays, tied to nobody: whoever lost it may ask again.
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;

 private:
  friend class MarkedDatabase;
  friend class IdempotentRequest;
  struct Kept {
    Bytes owner_hash, request_hash, content_hash;
    std::optional<std::string> sealed_for;
    std::optional<Bytes> sealed_answer;
    Instant repeat_until;
  };
  Result<std::optional<Kept>> find(std::string_view column, BytesView hash);
  bool claim(BytesView hash);
  void release(BytesView hash);
  // `sealed_answer`: empty where the answer is not known yet.
  Status mark(database::Transaction& transaction, const IdempotentRequest& request,
              const std::optional<Bytes>& sealed_answer);
  Bytes seal_answer(const IdempotentRequest& request, const http::ServerResponse& response);
  bool is_kept(const IdempotentRequest& request, const http::ServerResponse& response) const;
  void marked(const std::string& caller);
  Status check_room(const std::string& caller);
  Status count_rows();
  void keep(const IdempotentRequest& request, const http::ServerResponse& response);
  http::ServerResponse repeat(const IdempotentRequest& request, const Kept& kept,
                              const http::ServerRequest& message) const;
  Result<Bytes> open_answer(const IdempotentRequest& request, const Kept& kept) const;

  database::Database& database_;
  keyd::KeyHolder& keys_;
  const Clock& clock_;
  Rng& rng_;
  const IdempotencyLimits limits_;
  std::mutex mutex_;
  std::set<Bytes> running_;                               // requests and owners that are being answered
  std::map<std::string, std::size_t, std::less<>> rows_;  // by caller
};

// The database of all rooms: the first write of a request that has a key, once its caller is known, brings the key's
// row in the same transaction.
class MarkedDatabase final : public database::ForwardingDatabase {
 public:
  MarkedDatabase(database::Database& below, Idempotency& idempotency)
      : ForwardingDatabase(below), idempotency_(idempotency) {}
  Status write(const std::function<Status(database::Transaction&)>& work) override;

 private:
  Idempotency& idempotency_;
};

}  // namespace mibun::server
