#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/database/database.h"

namespace mibun::keyd {

// The key table in one or several directories, which are meant to lie on several disks. A write is acknowledged when
// more than half of them have it on disk; an erasure too.
//
// Each copy has a generation: (openings << 32) + writes since. It grows with every write, in the write's own
// transaction, and every opening begins a higher one on more than half of the copies before anything else is written.
// So of any half and one more, the copy with the highest generation has all that was ever acknowledged, and two copies
// of the same generation are the same. A copy that is behind is stale: it is neither read nor written until
// bring_up_stale() has replaced it as a whole. Nothing ever flows from it, so it cannot bring back a key that was
// erased.
//
// Only one process opens them (each table has a lock). Reads and writes from any thread; the rest from one alone.
class Replicas {
 public:
  using Work = std::function<Status(database::Transaction&)>;
  using OpenTable = std::function<Result<std::unique_ptr<database::Database>>(const std::string& directory)>;

  // Opens what can be opened and finds the newest; writes nothing but missing tables. Errors: keyd_no_quorum (half of
  // them or fewer can be opened); of a single directory those of key_table::open().
  static Result<std::unique_ptr<Replicas>> open(const std::vector<std::string>& directories,
                                                const OpenTable& open_table);

  // Before the first write: finishes a write that was cut off between two copies, and begins a new generation. Errors:
  // keyd_stale_replica (too many are behind by more than that: bring_up_stale() is for somebody to decide),
  // keyd_no_quorum.
  Status settle();
  // Replaces every copy that is behind by the newest, and tries again those that could not be opened. stale() says
  // which could not be helped.
  void bring_up_stale();

  Status read(const Work& work) const;
  // `work` runs once for each copy and must do the same each time. Errors: those of `work`, then nothing is written;
  // keyd_no_quorum or database_error: whether it is written is for the next opening to find out, and until then all
  // further writes fail.
  Status write(const Work& work);
  // Database::checkpoint() of each. Errors: database_busy, keyd_no_quorum, database_error.
  Status checkpoint();

  // A write ended so that the tables have to be opened anew.
  bool has_failed() const { return has_failed_; }
  // Too few copies are left that write at all: database::Writing::stopped. Looks now.
  bool is_stopped() const;
  // The directories whose copy is stale or cannot be opened.
  std::vector<std::string> stale() const;
  std::size_t size() const { return copies_.size(); }

 private:
  struct Copy {
    std::string directory;
    std::unique_ptr<database::Database> table;  // null: cannot be opened
    std::int64_t generation = 0;                // when it was opened
    std::atomic<bool> is_current = false;
  };

  Replicas() = default;
  std::size_t majority() const { return copies_.size() / 2 + 1; }
  std::size_t current_count() const;
  Status replace(Copy& copy);
  Status need_majority(const std::vector<Copy*>& failed_now);
  Status write_to_all(const Work& work);

  OpenTable open_table_;
  std::vector<std::unique_ptr<Copy>> copies_;
  std::int64_t newest_ = 0;  // before settle()
  std::mutex writes_;        // of several copies one write goes at a time, so that all see the same order
  std::atomic<bool> has_failed_ = false;
};

}  // namespace mibun::keyd
