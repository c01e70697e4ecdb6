#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/receipt/receipt.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// What of an account a law keeps when it is erased.
class RetainedByLaw {
 public:
  virtual ~RetainedByLaw() = default;

  // By one duty: exactly its fields, as far as they are known.
  struct Prepared {
    std::string duty_id;
    std::map<std::string, json::Value> values;
  };
  // Before anything is erased; reads with the person's key. Empty: nothing is kept.
  virtual Result<std::vector<Prepared>> prepare(const keyd::PersonId& person) = 0;

  struct Erasure {
    std::string id;
    Bytes account_lookup;
    Instant at;
  };
  // Before the transaction that erases, and before the journal says that it will: durable outside of the database. What
  // it returns is done in that transaction.
  using InTransaction = std::function<Status(database::Transaction&)>;
  virtual Result<InTransaction> keep(const Erasure& erasure, const std::vector<Prepared>& prepared) = 0;
  // Of somebody who was erased before, in a database that does not know it: what was kept then is there again.
  virtual Status bring_back(BytesView account_lookup) = 0;
  // For the receipt.
  virtual Result<std::vector<receipt::ErasedClass>> kept_of(BytesView account_lookup) = 0;
};

}  // namespace mibun::server
