#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/tlog/checkpoint.h"
#include "core/tlog/record.h"
#include "core/tlog/tile.h"
#include "platform/log_tree/journal.h"
#include "platform/log_tree/storage.h"

namespace mibun::log_tree {

// What is wrong with a log, and where. No finding is harmless: files that no tree needs are findings too.
struct Finding {
  std::string path;  // in the log; of a record: "entry 12"
  std::string what;  // one sentence
  friend bool operator==(const Finding&, const Finding&) = default;
};

// What a witness saw of the log: its key, and the checkpoint that it signed.
struct Witnessed {
  tlog::VerifierKey key;
  std::string note;
};

// Looks at every file of a log: each bundle against its tile, each tile against the one above, all of them against the
// root, and the root against the log's signature; the journal in itself, and against the tree. Files may be given
// again: only what hangs on the changed one is computed anew, so that half a million damaged logs can be checked in a
// minute.
class LogCheck {
 public:
  explicit LogCheck(tlog::VerifierKey log, std::optional<Witnessed> witnessed = {});

  void set(const std::string& path, BytesView content);
  void remove(const std::string& path);

  std::vector<Finding> findings() const;
  // The head that the log signed; none when the checkpoint is not good.
  const std::optional<tlog::TreeHead>& head() const { return head_; }
  // When the witness signed; none without one.
  std::optional<Instant> witnessed_at() const { return witnessed_at_; }
  std::size_t file_count() const {
    return files_.size() + strangers_.size() + segments_.size() + (checkpoint_there_ ? 1 : 0);
  }
  // What is acknowledged and not in the tree yet stands behind its size.
  const JournalContent& journal() const { return journal_; }

 private:
  struct Facts {
    std::optional<std::string> fault;
    std::vector<tlog::Hash> hashes;  // of the tile, or of the bundle's entries
    std::vector<tlog::Hash> peaks;   // over them; one for a full tile
  };
  class Source;

  static Facts facts_of(const tlog::TileId& id, BytesView content);
  void read_journal_anew();
  void check_journal(std::vector<Finding>& out) const;
  void check_journal_in_tree(std::vector<Finding>& out) const;
  const Facts* good(const tlog::TileId& id) const;
  void check_needed(std::optional<unsigned> level, std::vector<Finding>& out) const;
  void check_bundles(std::vector<Finding>& out) const;
  void check_parents(unsigned level, std::vector<Finding>& out) const;
  void check_others(std::vector<Finding>& out) const;
  void check_root(std::vector<Finding>& out) const;
  void check_witness(std::vector<Finding>& out) const;

  tlog::VerifierKey log_;
  std::optional<tlog::TreeHead> head_;
  bool checkpoint_there_ = false;
  std::string checkpoint_fault_;
  std::map<tlog::TileId, Facts> files_;
  std::map<std::string, std::string> strangers_;  // names that no log has
  std::map<std::string, Bytes> segments_;
  JournalContent journal_;
  std::vector<tlog::Hash> journal_hashes_;  // of its entries
  std::optional<tlog::TreeHead> witnessed_;
  std::optional<Instant> witnessed_at_;
  std::string witness_fault_;
};

// The records of mibun's log, in their order: each has the sequence of its place, and a result comes after its intent,
// once, and says the same operation.
class RecordCheck {
 public:
  void add(BytesView entry);
  const std::vector<Finding>& findings() const { return findings_; }
  std::uint64_t count() const { return count_; }
  // Intents whose result is not there: operations that were cut off, or that run.
  std::uint64_t open_intents() const { return open_.size(); }

 private:
  std::uint64_t count_ = 0;
  std::map<std::uint64_t, std::string> open_;  // sequence and operation
  std::vector<Finding> findings_;
};

struct CheckedLog {
  std::vector<Finding> findings;
  std::optional<tlog::TreeHead> head;
  std::optional<Instant> witnessed_at;
  std::size_t files = 0;
  std::uint64_t open_intents = 0;
  std::uint64_t waiting = 0;  // entries that are acknowledged and not in the tree yet
};

// Everything of a log in a folder that nobody writes to meanwhile. Errors: io_error and not_found (the folder).
Result<CheckedLog> check_log(Storage& storage, const tlog::VerifierKey& log, std::optional<Witnessed> witnessed);

}  // namespace mibun::log_tree
