#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "platform/log_tree/edge.h"
#include "platform/log_tree/storage.h"

namespace mibun::log_tree {

// One place that a log is written to. What failed once is not tried again: after a failed fsync nobody knows what the
// disk has, and the log goes on elsewhere until it is opened anew. One thread appends to the journal while another
// writes the tree; a failure of either ends both.
class Sink {
 public:
  explicit Sink(std::unique_ptr<Storage> storage) : storage_(std::move(storage)) {}

  Storage& storage() { return *storage_; }
  StorageTiles tiles() { return StorageTiles(*storage_); }
  std::optional<Error> failure() const;
  void give_up(Error why);

  // In two steps, so that one sink's disk works while another is waited for: the second returns when the part is
  // durable, and the segment's name. Errors: io_error.
  Status begin_part(const std::string& segment, BytesView part);
  Status end_part(const std::string& segment);
  // Takes a segment away whose entries stand in this sink's own tree of `size`, after having read both again. Errors:
  // io_error, blob_integrity_error.
  Status remove_segment(const std::string& segment, std::uint64_t size);
  // All of them, the oldest first, so that no crash leaves a gap. Errors: io_error.
  Status remove_journal();

  // Durable when it returns: all contents first, then the names. Errors: io_error.
  Status write(std::span<const TileFile> files);
  // Makes `note` the checkpoint. Errors: io_error.
  Status publish(std::string_view note);
  // Takes away what stands behind a tree of `size`: files of an append that was never signed. They must not be taken
  // for the tree's when it grows past them. `entries_max`: more were never written at once. Errors: io_error.
  Status remove_behind(std::uint64_t size, std::uint64_t entries_max);
  // Partial files whose full one is there. Not needed for anything, so a failure does no harm.
  void drop_partials(std::span<const TileFile> files);

 private:
  Status keep_failure(Status status);
  Status write_all(std::span<const TileFile> files);
  Status sync_folders_of(const std::string& path, std::set<std::string>& done);
  Status remove_partials(const tlog::TileId& tile, unsigned wider_than);
  Status make_durable(const std::string& segment);
  Status remove_durably(const std::string& segment);
  Status check_in_tree(const std::string& segment, std::uint64_t size);

  std::unique_ptr<Storage> storage_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;         // behind mutex_
  std::set<std::string> known_folders_;  // of tiles; their own names are durable
  bool journal_known_ = false;           // the same of the journal's folder
  std::string open_segment_;             // its name is durable
};

}  // namespace mibun::log_tree
