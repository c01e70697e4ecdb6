#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/secret.h"
#include "platform/blobs/replica.h"
#include "platform/records/region.h"

// Files too large for a row, each encrypted under a key of its own (format.h) and kept in several directories: decision
// 0048. The store knows no people and keeps no keys: whoever puts a file gets its key and its digest, and keeps both in
// a row of theirs. A file without a row is nobody's, unreadable, and swept away.
namespace mibun::blobs {

// One of the directories.
struct Place {
  std::string directory;
  records::Region region = records::Region::japan;
};

struct StoreOptions {
  std::vector<Place> places;  // at least one
  // A put is acknowledged when it is durable everywhere that works, and in so many places at the least. 0: half of
  // them.
  std::size_t copies_min = 0;
};

class Store;

// A file that was put and has no row yet. Dropped, it is erased again: what follows from a transaction that failed.
class NewBlob {
 public:
  NewBlob(NewBlob&& other) noexcept;
  NewBlob& operator=(NewBlob&&) = delete;
  ~NewBlob();

  const BlobRef& ref() const { return ref_; }
  const SecretBytes& key() const { return key_; }
  // The row that names it is durable.
  void keep();

 private:
  friend class Store;
  NewBlob(Store& store, BlobRef ref, SecretBytes key) : store_(&store), ref_(std::move(ref)), key_(std::move(key)) {}
  Store* store_;  // null: kept, or moved from
  BlobRef ref_;
  SecretBytes key_;
};

// What the rows know. Implemented by the room that has them.
class BlobRows {
 public:
  virtual ~BlobRows() = default;
  // Those whose ids begin so.
  virtual Result<std::vector<BlobRef>> in_shard(std::string_view shard) = 0;
  virtual Result<bool> has(std::string_view id) = 0;
};

struct ScrubReport {
  std::size_t files = 0;           // that have rows
  std::size_t healed = 0;          // copies that were bad or missing, and are good again
  std::size_t orphans = 0;         // files without rows, erased
  std::vector<std::string> lost;   // files without any good copy
  std::vector<std::string> stuck;  // "<directory>/<id>": could not be written or erased; tried again the next time
  void add(ScrubReport&& other);
};

class Store {
 public:
  // Makes the directories where they can be made; one that cannot be is a lost replica, as long as copies_min are
  // there. Erases what crashes left of writes. `rng` must outlive the store and be safe for several threads. Errors:
  // io_error (fewer than copies_min can be used), invalid_argument (no place, one named twice, copies_min above their
  // number).
  static Result<std::unique_ptr<Store>> open(StoreOptions options, Rng& rng);

  // Under a new key, in a file with a new name. `owner` is part of what the file authenticates. `content`: at most
  // kContentBytesMax. Errors: io_error (durable in fewer than copies_min places, and erased from those).
  Result<NewBlob> put(std::string_view owner, BytesView content);
  // The whole content, or nothing of it. Takes the first good copy; bad and missing ones are written anew from it.
  // Errors: blob_integrity_error (no good copy, or the wrong key or owner).
  Result<Bytes> get(const BlobRef& file, std::string_view owner, BytesView key);
  // From every directory that can be reached. Missing: no error. Errors: io_error (somewhere it is still there; its key
  // is gone by then, and erase() again ends it).
  Status erase(std::string_view id);

  // Compares every copy in a shard with the digests of the rows, heals, and erases what has no row. `shard`: of
  // all_shards(). Safe while files are put, read and erased.
  Result<ScrubReport> scrub(std::string_view shard, BlobRows& rows);
  Result<ScrubReport> scrub_all(BlobRows& rows);
  // Only what has no row: for the start, when nothing is being put.
  Result<ScrubReport> sweep(BlobRows& rows);
  // When a directory was lost and can be used again: copies everything back. Otherwise does nothing.
  Result<ScrubReport> mend(BlobRows& rows);

  std::size_t copies_min() const { return copies_min_; }
  // Directories that were lost, or are not complete yet.
  std::vector<std::string> incomplete() const;

 private:
  friend class NewBlob;
  Store(std::vector<Replica> replicas, std::size_t copies_min, Rng& rng);

  std::size_t write_everywhere(std::string_view id, BytesView sealed);
  // Writes `sealed` where `bad` says, unless the file was erased, or healed by another, meanwhile.
  void heal(const BlobRef& file, BytesView sealed, const std::vector<const Replica*>& bad, ScrubReport& report);
  void scrub_file(const BlobRef& file, BlobRows& rows, ScrubReport& report);
  void erase_orphans(const std::vector<BlobRef>& known, const std::set<std::string>& present, ScrubReport& report);
  std::set<std::string> unclaimed_in(std::string_view shard);
  void forget_pending(const std::string& id);
  void mark_incomplete(const Replica& replica);

  const std::vector<Replica> replicas_;
  const std::size_t copies_min_;
  Rng& rng_;
  // Whoever heals and whoever erases, one after the other: no copy of an erased file is written back.
  std::mutex changes_;
  mutable std::mutex state_;
  std::set<std::string> pending_;  // put, and their rows not durable yet
  std::set<std::string> failed_;   // directories where a write failed
};

}  // namespace mibun::blobs
