#pragma once

#include <string_view>

#include "core/base/result.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// A room that keeps something about people. Deleting an account calls each; calling twice does no harm, so that a
// deletion cut off by a crash can simply run again.
class ErasablePart {
 public:
  virtual ~ErasablePart() = default;
  // The class on the erasure receipt: "accounts", "proofing evidence" ...
  virtual std::string_view record_class() const = 0;
  virtual Status erase(database::Transaction& transaction, const keyd::PersonId& person) = 0;
  // After that transaction, and when the person's key is gone: what lies outside of the database. Again after a crash.
  virtual Status erased() { return {}; }
};

}  // namespace mibun::server
