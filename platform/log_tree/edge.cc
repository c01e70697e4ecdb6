#include "platform/log_tree/edge.h"

#include <utility>

namespace mibun::log_tree {

using tlog::Hash;
using tlog::TileId;

Result<Edge> Edge::load(tlog::TileSource& source, std::uint64_t size) {
  Edge edge;
  tlog::TileNodes nodes(source, size);
  std::vector<Hash> peaks;
  for (const tlog::NodeId& id : tlog::peaks_of(0, size)) {
    MIBUN_TRY(const Hash hash, nodes.node(id));
    peaks.push_back(hash);
  }
  edge.range_ = tlog::CompactRange(size, std::move(peaks));
  for (unsigned level = 0; level < tlog::kTileLevels; ++level) {
    const std::uint64_t count = tlog::hashes_at(level, size);
    if (count % tlog::kTileWidth == 0) continue;
    MIBUN_TRY(edge.tiles_[level], tlog::read_hashes(source, tlog::tile_at(level, count - 1, size)));
  }
  if (edge.tiles_[0].empty()) return edge;
  const TileId last = tlog::tile_at(std::nullopt, size - 1, size);
  MIBUN_TRY(edge.bundle_, source.read(last));
  MIBUN_TRY(const auto entries, tlog::parse_bundle(edge.bundle_, last.width));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (tlog::leaf_hash(entries[i]) == edge.tiles_[0][i]) continue;
    return fail(ErrorCode::blob_integrity_error, last.path(), "an entry is not the one that was hashed");
  }
  return edge;
}

void Edge::append(BytesView entry) {
  tlog::append_to_bundle(bundle_, entry);
  const Hash leaf = tlog::leaf_hash(entry);
  range_.append(leaf);
  tiles_[0].push_back(leaf);
  changed_[0] = true;
  if (tiles_[0].size() < tlog::kTileWidth) return;
  closed_.push_back({{std::nullopt, size() / tlog::kTileWidth - 1, tlog::kTileWidth}, std::exchange(bundle_, {})});
  close_tile(0);
}

void Edge::close_tile(unsigned level) {
  const std::uint64_t index = tlog::hashes_at(level, size()) / tlog::kTileWidth - 1;
  const std::vector<Hash> hashes = std::exchange(tiles_[level], {});
  changed_[level] = false;
  closed_.push_back({{level, index, tlog::kTileWidth}, tlog::encode_tile(hashes)});
  tiles_[level + 1].push_back(tlog::subtree_root(hashes));
  changed_[level + 1] = true;
  if (tiles_[level + 1].size() == tlog::kTileWidth) close_tile(level + 1);
}

std::vector<TileFile> Edge::take_changed() {
  std::vector<TileFile> out = std::exchange(closed_, {});
  if (changed_[0]) out.push_back({tlog::tile_at(std::nullopt, size() - 1, size()), bundle_});
  for (unsigned level = 0; level < tlog::kTileLevels; ++level) {
    if (!std::exchange(changed_[level], false)) continue;
    const std::uint64_t count = tlog::hashes_at(level, size());
    out.push_back({tlog::tile_at(level, count - 1, size()), tlog::encode_tile(tiles_[level])});
  }
  return out;
}

}  // namespace mibun::log_tree
