#pragma once

#include "platform/database/database.h"

namespace mibun::database {

// Stands before another database and says truly what that one says. Whoever derives from it is there for what is
// written, and says how.
class ForwardingDatabase : public Database {
 public:
  // `below` must outlive it, or belong to whoever derives.
  explicit ForwardingDatabase(Database& below) : below_(below) {}

  Status read(const std::function<Status(Transaction&)>& work) override { return below_.read(work); }
  Status checkpoint() override { return below_.checkpoint(); }
  Writing writing() const override { return below_.writing(); }

 protected:
  Database& below() { return below_; }

 private:
  Database& below_;
};

}  // namespace mibun::database
