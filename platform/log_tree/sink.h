#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "platform/log_tree/edge.h"
#include "platform/log_tree/storage.h"

namespace mibun::log_tree {

// One place that a log is written to. What failed once is not tried again: after a failed fsync nobody knows what the
// disk has, and the log goes on elsewhere until it is opened anew.
class Sink {
 public:
  explicit Sink(std::unique_ptr<Storage> storage) : storage_(std::move(storage)) {}

  Storage& storage() { return *storage_; }
  StorageTiles tiles() { return StorageTiles(*storage_); }
  const std::optional<Error>& failure() const { return failure_; }
  void give_up(Error why);

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

  std::unique_ptr<Storage> storage_;
  std::optional<Error> failure_;
  std::set<std::string> known_folders_;  // their own names are durable
};

}  // namespace mibun::log_tree
