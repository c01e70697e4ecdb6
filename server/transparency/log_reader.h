#pragma once

#include <memory>
#include <vector>

#include "core/tlog/proof.h"
#include "core/tlog/tile.h"
#include "platform/log_tree/storage.h"

namespace mibun::server {

// Reads a log beside whoever writes it: everything up to a checkpoint that was published stays as it is. Each question
// goes to one place after the other until one gives an answer that holds, so that a place which has lost something does
// no harm. Safe from several threads.
class LogReader {
 public:
  explicit LogReader(std::vector<std::unique_ptr<log_tree::Storage>> places) : places_(std::move(places)) {}

  // A file as a tree of `size` has it. A partial one of less width than there is now is cut out of it, so that
  // clients with an older checkpoint find theirs. Errors: not_found (not in that tree), those of the last place.
  Result<Bytes> file(const tlog::TileId& id, std::uint64_t size);

  // As in core/tlog/proof.h, and checked against the tree before they are returned. `head`: the newest.
  // Errors: invalid_argument, those of the last place.
  Result<tlog::Proof> inclusion(std::uint64_t index, std::uint64_t size, const tlog::TreeHead& head);
  Result<tlog::Proof> consistency(std::uint64_t from, std::uint64_t to, const tlog::TreeHead& head);

  // The entries of one bundle, of a tree of `size`; `first` is a multiple of its width. Errors: as file().
  Result<std::vector<Bytes>> bundle(std::uint64_t first, std::uint64_t size);

 private:
  std::vector<std::unique_ptr<log_tree::Storage>> places_;
};

}  // namespace mibun::server
