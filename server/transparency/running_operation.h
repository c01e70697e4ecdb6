#pragma once

#include <functional>
#include <optional>

#include "platform/database/forwarding_database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// The operation that runs on this thread, from its intent to its result: here the rooms leave word of whom it is about,
// where they learn it anyway (a person proved themselves, or something went into their history). A handler runs on one
// thread from beginning to end, so this is a property of the thread, and of the database's writer for the time in which
// it works for that handler.
class RunningOperation {
 public:
  RunningOperation();
  ~RunningOperation();
  RunningOperation(const RunningOperation&) = delete;
  RunningOperation& operator=(const RunningOperation&) = delete;

  // Nobody, when nobody was named.
  const std::optional<keyd::PersonId>& person() const { return person_; }

  // Of the operation on this thread; without one it does nothing. The first person stays: who asked, before whoever
  // else is met on the way.
  static void is_about(const keyd::PersonId& person);

 private:
  friend class CarryingDatabase;
  static RunningOperation*& current();
  std::optional<keyd::PersonId> person_;
  RunningOperation* outer_;
};

// A database whose writer thread knows the operation that it works for, and that announces one of the server's own
// (TimedOperation) before the first row that it changes.
class CarryingDatabase final : public database::ForwardingDatabase {
 public:
  explicit CarryingDatabase(std::unique_ptr<database::Database> inner)
      : ForwardingDatabase(*inner), inner_(std::move(inner)) {}
  Status write(const std::function<Status(database::Transaction&)>& work) override;

 private:
  Status write_carrying(const std::function<Status(database::Transaction&)>& work);
  std::unique_ptr<database::Database> inner_;
};

}  // namespace mibun::server
