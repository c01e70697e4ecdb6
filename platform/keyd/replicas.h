#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/database/database.h"
#include "platform/keyd/generation_memory.h"
#include "platform/keyd/table_seal.h"

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
// A copy counts only if it is as its holder wrote it (table_seal.h): one that was forged or pieced together is treated
// as stale, whatever generation it claims. That all copies together were put back by an older state, each authentic,
// the memory of the generation tells, which lies elsewhere.
//
// Only one process opens them (each table has a lock). Reads and writes from any thread; the rest from one alone.
class Replicas {
 public:
  using Work = std::function<Status(database::Transaction&)>;
  using Change = std::function<Status(SealedTable&)>;
  using OpenTable = std::function<Result<std::unique_ptr<database::Database>>(const std::string& directory)>;

  // What a table says before its rows are believed.
  struct Head {
    std::optional<std::int64_t> epoch;      // none in a new table
    std::optional<Bytes> wrapped_seal_key;  // none in a table of before there were seals, either
  };
  // The seal of a table with this head, which has an epoch; null for one of before there were seals, after a look that
  // it is one. Errors: keyd_integrity_error (such a table is not believed), others end the opening.
  using Seals = std::function<Result<std::shared_ptr<const TableSeal>>(const Head& head, database::Database& table)>;

  struct Places {
    std::vector<std::string> directories;
    OpenTable open_table;
    std::string memory;  // a file outside of the directories; empty: that all of them were put back is not noticed
    std::string_view file = key_table::kPersonsFile;  // what `open_table` opens there
  };
  // Opens what can be opened and believed and finds the newest; writes nothing but missing tables. Errors:
  // keyd_no_quorum (half of them or fewer can be opened); keyd_integrity_error (none of those can be believed, or there
  // is none any more); keyd_stale_replica (the newest is older than what is remembered); of a single directory those of
  // key_table::open().
  static Result<std::unique_ptr<Replicas>> open(const Places& places, const Seals& seals);

  // Of the newest table.
  const Head& head() const { return head_; }
  // A table of before there were seals: the next begin_epoch() gives it one.
  bool is_unsealed() const { return head_.epoch.has_value() && seal_ == nullptr; }
  // Errors: keyd_integrity_error.
  Status verify() const;

  // Before the first write: finishes a write that was cut off between two copies, and begins a new generation. Errors:
  // keyd_stale_replica (too many are behind by more than that: bring_up_stale() is for somebody to decide),
  // keyd_no_quorum.
  Status settle();
  // Replaces every copy that is behind by the newest, and tries again those that could not be opened. stale() says
  // which could not be helped.
  void bring_up_stale();

  Status read(const Work& work) const;
  // The same after a look at every row, so that none is believed that was put in meanwhile. Also keyd_integrity_error.
  Status read_verified(const Work& work) const;
  // The file of a copy that is current, after a look at every row. Errors: as read_verified().
  Result<Bytes> image() const;
  // `work` runs once for each copy and must do the same each time. Errors: those of `work`, then nothing is written;
  // keyd_no_quorum, database_error or io_error (of the memory): whether it is written is for the next opening to find
  // out, and until then all further writes fail.
  Status write(const Change& work);
  // The same with SealedTable::begin_epoch(); `seal` is the table's from then on. No other write meanwhile.
  Status begin_epoch(std::int64_t epoch, std::span<const key_table::WrappedKey> keys,
                     std::shared_ptr<const TableSeal> seal);
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
    Head head;
    std::shared_ptr<const TableSeal> seal;  // null: new, unsealed, or not believed
    bool is_believed = false;               // it has an epoch, and its tag is right
    bool is_new = false;                    // it has neither epoch nor keys
    std::atomic<bool> is_current = false;
  };

  explicit Replicas(GenerationMemory memory) : memory_(std::move(memory)) {}
  enum class Opened { well, not_believed, unreadable };
  Result<Opened> open_copy(Copy& copy, const Seals& seals, std::optional<Error>& why);
  Status find_newest();
  std::size_t majority() const { return copies_.size() / 2 + 1; }
  std::size_t current_count() const;
  Status replace(Copy& copy);
  Status need_majority(const std::vector<Copy*>& failed_now);
  Status write_to_all(const Change& work, std::int64_t& generation);
  Status write_one(Copy& copy, const Change& work, std::int64_t& generation);

  OpenTable open_table_;
  std::string file_;
  GenerationMemory memory_;
  Head head_;
  std::shared_ptr<const TableSeal> seal_;
  std::vector<std::unique_ptr<Copy>> copies_;
  std::int64_t newest_ = 0;  // before settle()
  std::mutex writes_;        // of several copies one write goes at a time, so that all see the same order
  std::atomic<bool> has_failed_ = false;
};

}  // namespace mibun::keyd
