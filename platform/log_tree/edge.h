#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/tlog/compact_range.h"
#include "core/tlog/tile.h"

namespace mibun::log_tree {

// A file of a log and what it holds.
struct TileFile {
  tlog::TileId id;
  Bytes content;
};

// The right side of a log's tree: all that appending needs to know, and to write.
class Edge {
 public:
  Edge() = default;
  // Out of a log's files: those that are not full at `size`. Errors: the source's, tlv_malformed, blob_integrity_error
  // (the last entries are not those that were hashed).
  static Result<Edge> load(tlog::TileSource& source, std::uint64_t size);

  std::uint64_t size() const { return range_.size(); }
  tlog::TreeHead head() const { return {range_.size(), range_.root()}; }

  void append(BytesView entry);  // at most tlog::kEntryBytesMax
  // The files that changed since the last call, each once, as they are now.
  std::vector<TileFile> take_changed();

 private:
  void close_tile(unsigned level);

  tlog::CompactRange range_;
  Bytes bundle_;                                                  // entries of the bundle that is not full yet
  std::array<std::vector<tlog::Hash>, tlog::kTileLevels> tiles_;  // hashes of the tiles that are not full yet
  std::array<bool, tlog::kTileLevels> changed_{};
  std::vector<TileFile> closed_;
};

}  // namespace mibun::log_tree
