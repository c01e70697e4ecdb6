#include "server/transparency/log_reader.h"

#include <algorithm>
#include <span>

namespace mibun::server {
namespace {

using tlog::TileId;

// The files of a tree of `size` in one place, also those that it has only as the beginning of a wider one.
class WholeTiles final : public tlog::TileSource {
 public:
  WholeTiles(log_tree::Storage& place, std::uint64_t size) : tiles_(place), size_(size) {}

  Result<Bytes> read(const TileId& id) override {
    if (id.leaves_needed() > size_) return fail(ErrorCode::not_found, id.path(), "behind the tree");
    const TileId now = tlog::tile_at(id.level, id.index * tlog::kTileWidth, size_);
    MIBUN_TRY(Bytes bytes, read_now(now));
    return id.level ? cut_tile(bytes, now, id.width) : cut_bundle(bytes, now, id.width);
  }

 private:
  // While a tree grows its partial files make way for the full one.
  Result<Bytes> read_now(const TileId& id) {
    auto bytes = tiles_.read(id);
    if (bytes || id.is_full() || bytes.error().code != ErrorCode::not_found) return bytes;
    MIBUN_TRY(const Bytes full, tiles_.read(id.full()));
    return id.level ? cut_tile(full, id.full(), id.width) : cut_bundle(full, id.full(), id.width);
  }
  static Result<Bytes> cut_tile(BytesView bytes, const TileId& id, unsigned width) {
    MIBUN_TRY(const auto hashes, tlog::parse_tile(bytes, id.width));
    return tlog::encode_tile(std::span(hashes).first(width));
  }
  static Result<Bytes> cut_bundle(BytesView bytes, const TileId& id, unsigned width) {
    MIBUN_TRY(const auto entries, tlog::parse_bundle(bytes, id.width));
    Bytes out;
    for (const BytesView entry : std::span(entries).first(width)) tlog::append_to_bundle(out, entry);
    return out;
  }

  log_tree::StorageTiles tiles_;
  std::uint64_t size_;
};

// The first answer of a place that holds; the last error when there is none.
template <class T, class Ask>
Result<T> ask_each(const std::vector<std::unique_ptr<log_tree::Storage>>& places, std::uint64_t size, const Ask& ask) {
  Result<T> answer = fail(ErrorCode::unavailable, "log", "no place to read from");
  for (const auto& place : places) {
    WholeTiles tiles(*place, size);
    answer = ask(tiles);
    if (answer) return answer;
  }
  return answer;
}

// The head of an older tree, out of the tiles of the newest, which have to lead to the root that is signed.
Result<tlog::TreeHead> head_of(std::uint64_t size, const tlog::TreeHead& newest, tlog::NodeReader& nodes) {
  MIBUN_TRY(const tlog::Hash root, tlog::tree_root(size, nodes));
  if (size == newest.size && root != newest.root) {
    return fail(ErrorCode::blob_integrity_error, "tiles", "do not lead to the root that is signed");
  }
  return tlog::TreeHead{size, root};
}

}  // namespace

Result<Bytes> LogReader::file(const TileId& id, std::uint64_t size) {
  return ask_each<Bytes>(places_, size, [&](WholeTiles& tiles) { return tiles.read(id); });
}

Result<tlog::Proof> LogReader::inclusion(std::uint64_t index, std::uint64_t size, const tlog::TreeHead& head) {
  if (size > head.size || index >= size) return fail(ErrorCode::invalid_argument, "size", "not a leaf of this tree");
  return ask_each<tlog::Proof>(places_, head.size, [&](WholeTiles& tiles) -> Result<tlog::Proof> {
    tlog::TileNodes nodes(tiles, head.size);
    MIBUN_TRY(tlog::Proof proof, tlog::make_inclusion_proof(index, size, nodes));
    MIBUN_TRY(const tlog::TreeHead of, head_of(size, head, nodes));
    MIBUN_TRY(const tlog::Hash leaf, nodes.node({0, index}));
    MIBUN_CHECK(tlog::verify_inclusion(index, leaf, of, proof));
    return proof;
  });
}

Result<tlog::Proof> LogReader::consistency(std::uint64_t from, std::uint64_t to, const tlog::TreeHead& head) {
  if (from > to || to > head.size) return fail(ErrorCode::invalid_argument, "to", "not a tree that this log had");
  return ask_each<tlog::Proof>(places_, head.size, [&](WholeTiles& tiles) -> Result<tlog::Proof> {
    tlog::TileNodes nodes(tiles, head.size);
    MIBUN_TRY(tlog::Proof proof, tlog::make_consistency_proof(from, to, nodes));
    MIBUN_TRY(const tlog::TreeHead older, head_of(from, head, nodes));
    MIBUN_TRY(const tlog::TreeHead newer, head_of(to, head, nodes));
    if (from > 0) MIBUN_CHECK(tlog::verify_consistency(older, newer, proof));
    return proof;
  });
}

Result<std::vector<Bytes>> LogReader::bundle(std::uint64_t first, std::uint64_t size) {
  const TileId id = tlog::tile_at(std::nullopt, first, size);
  return ask_each<std::vector<Bytes>>(places_, size, [&](WholeTiles& tiles) -> Result<std::vector<Bytes>> {
    MIBUN_TRY(const Bytes bytes, tiles.read(id));
    MIBUN_TRY(const auto views, tlog::parse_bundle(bytes, id.width));
    std::vector<Bytes> entries;
    for (const BytesView view : views) entries.push_back(to_bytes(view));
    return entries;
  });
}

}  // namespace mibun::server
