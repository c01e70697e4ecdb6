#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "platform/database/forwarding_database.h"
#include "server/api/problem.h"

namespace mibun::server {

// Rule R3: a nonce, code, jti or consent is used once, in the transaction of its effect.
// Inserts (kind, SHA-256 of value); `replayed` is the code when it is there already. Rows go after `expires`.
Status use_once(database::Transaction& transaction, std::string_view kind, BytesView value, Instant expires,
                ErrorCode replayed);

// In a transaction that reads something else of the same moment.
Result<bool> is_used(database::Transaction& transaction, std::string_view kind, BytesView value);

// The database of all rooms, and what their doors use up: the jti of a proof, a challenge. A door claims it and lets
// the request in; its row then comes with the first thing that the request changes, in the same transaction, or by
// itself before the answer goes out, whatever the answer says. So a request pays for one commit and not for two, and
// nothing was done by a request whose proof can be used again. decisions/0084.
class SingleUses final : public database::ForwardingDatabase {
 public:
  struct Use {
    std::string_view kind;  // outlives the program
    Bytes value;
    Instant expires;     // when it could not be used any more anyway
    ErrorCode replayed;  // the code when it was used before
    // What else belongs to the use, in its transaction; may run several times, as every unit of work.
    std::function<Status(database::Transaction&)> also = {};
  };

  explicit SingleUses(database::Database& below) : ForwardingDatabase(below) {}

  // The request on this thread, from its handler's beginning to its answer.
  http::ServerResponse around(const http::ServerRequest& request, const std::function<http::ServerResponse()>& run);

  // Nobody else gets it from now on. Outside of a request it is durable when this returns. Errors: `replayed` (used
  // before, or another request has it), those of the database and of `also`.
  Status claim(Use use);

  Status write(const std::function<Status(database::Transaction&)>& work) override;

 private:
  class Claims;
  Claims* of_this_request();  // null: none, or another house's
  Status check_unused(const Use& use);
  Status settle();
  bool take(const Bytes& key);
  void give_back(const Bytes& key);

  std::mutex mutex_;
  std::set<Bytes> taken_;  // claimed and not yet a row
};

}  // namespace mibun::server
