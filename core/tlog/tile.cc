#include "core/tlog/tile.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

namespace mibun::tlog {
namespace {

std::unexpected<Error> no_tile() {
  return fail(ErrorCode::not_found, "tile", "no name of a tile");
}

std::unexpected<Error> malformed(const char* what, const char* why) {
  return fail(ErrorCode::tlv_malformed, what, why);
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "x001/x234/067": three digits each, all but the last behind an x; no group of zeros ahead.
std::optional<std::uint64_t> take_index(std::string_view& text) {
  std::uint64_t index = 0;
  for (int groups = 1; groups <= 7; ++groups) {
    const bool more = take(text, "x");
    if (text.size() < 3 || !std::all_of(text.begin(), text.begin() + 3, is_digit)) return std::nullopt;
    unsigned group = 0;
    std::from_chars(text.data(), text.data() + 3, group);
    if (groups == 1 && more && group == 0) return std::nullopt;
    if (index > (kTreeSizeMax - group) / 1000) return std::nullopt;
    index = index * 1000 + group;
    text.remove_prefix(3);
    if (!more) return index;
    if (!take(text, "/")) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<unsigned> take_width(std::string_view text) {
  unsigned width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.front() == '0' || width == 0 || width >= kTileWidth) return std::nullopt;
  return width;
}

std::string index_text(std::uint64_t index) {
  std::string out;
  for (bool last = true;; last = false) {
    const std::string group = std::to_string(1000 + index % 1000).substr(1);
    out = (last ? group : "x" + group + "/") + out;
    index /= 1000;
    if (index == 0) return out;
  }
}

}  // namespace

std::string TileId::path() const {
  std::string out = "tile/" + (level ? std::to_string(*level) : std::string("entries")) + "/" + index_text(index);
  if (!is_full()) out += ".p/" + std::to_string(width);
  return out;
}

Result<TileId> TileId::parse(std::string_view path) {
  TileId id;
  if (!take(path, "tile/")) return no_tile();
  if (!take(path, "entries/")) {
    if (path.size() < 2 || path[0] < '0' || path[0] >= static_cast<char>('0' + kTileLevels)) return no_tile();
    id.level = static_cast<unsigned>(path[0] - '0');
    path.remove_prefix(1);
    if (!take(path, "/")) return no_tile();
  }
  const auto index = take_index(path);
  if (!index) return no_tile();
  id.index = *index;
  if (!path.empty()) {
    const auto width = take(path, ".p/") && !path.empty() ? take_width(path) : std::nullopt;
    if (!width) return no_tile();
    id.width = *width;
  }
  const unsigned shift = 8 * id.level.value_or(0);
  if (id.index > (kTreeSizeMax >> shift) / kTileWidth) return no_tile();
  if (id.index * kTileWidth + id.width > (kTreeSizeMax >> shift)) return no_tile();
  return id;
}

std::uint64_t TileId::leaves_needed() const {
  return (index * kTileWidth + width) << (8 * level.value_or(0));
}

std::uint64_t hashes_at(unsigned level, std::uint64_t size) {
  return size >> (8 * level);
}

TileId tile_at(std::optional<unsigned> level, std::uint64_t position, std::uint64_t size) {
  const std::uint64_t index = position / kTileWidth;
  const std::uint64_t behind = hashes_at(level.value_or(0), size) - index * kTileWidth;
  return {level, index, static_cast<unsigned>(std::min<std::uint64_t>(behind, kTileWidth))};
}

std::vector<TileId> tiles_between(std::uint64_t from, std::uint64_t to) {
  std::vector<TileId> out;
  const auto add = [&](std::optional<unsigned> level) {
    const std::uint64_t end = hashes_at(level.value_or(0), to);
    const std::uint64_t begin = hashes_at(level.value_or(0), from);
    for (std::uint64_t at = begin; at < end; at = (at / kTileWidth + 1) * kTileWidth) {
      out.push_back(tile_at(level, at, to));
    }
  };
  add(std::nullopt);
  for (unsigned level = 0; level < kTileLevels; ++level) add(level);
  return out;
}

Result<std::vector<Hash>> parse_tile(BytesView bytes, unsigned width) {
  if (bytes.size() != width * sizeof(Hash)) return malformed("tile", "not 32 bytes for each hash");
  std::vector<Hash> hashes(width);
  for (Hash& hash : hashes) {
    std::copy_n(bytes.begin(), hash.size(), hash.begin());
    bytes = bytes.subspan(hash.size());
  }
  return hashes;
}

Bytes encode_tile(std::span<const Hash> hashes) {
  Bytes out;
  out.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

Result<std::vector<BytesView>> parse_bundle(BytesView bytes, unsigned width) {
  std::vector<BytesView> entries;
  entries.reserve(width);
  while (!bytes.empty()) {
    if (entries.size() == width) return malformed("bundle", "bytes behind the last entry");
    if (bytes.size() < 2) return malformed("bundle", "ends in a length");
    const std::size_t size = static_cast<std::size_t>(bytes[0]) << 8 | bytes[1];
    bytes = bytes.subspan(2);
    if (bytes.size() < size) return malformed("bundle", "ends in an entry");
    entries.push_back(bytes.first(size));
    bytes = bytes.subspan(size);
  }
  if (entries.size() != width) return malformed("bundle", "fewer entries than its name says");
  return entries;
}

void append_to_bundle(Bytes& bundle, BytesView entry) {
  MIBUN_INVARIANT(entry.size() <= kEntryBytesMax);
  bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
  bundle.push_back(static_cast<std::uint8_t>(entry.size()));
  bundle.insert(bundle.end(), entry.begin(), entry.end());
}

Result<std::vector<Hash>> read_hashes(TileSource& source, const TileId& id) {
  const auto exact = source.read(id);
  if (exact) return parse_tile(*exact, id.width);
  if (exact.error().code != ErrorCode::not_found || id.is_full()) return std::unexpected<Error>(exact.error());
  MIBUN_TRY(const Bytes full, source.read(id.full()));
  MIBUN_TRY(std::vector<Hash> hashes, parse_tile(full, kTileWidth));
  hashes.resize(id.width);
  return hashes;
}

Result<const std::vector<Hash>*> TileNodes::tile(const TileId& id) {
  const auto held = std::ranges::find(kept_, id, &Kept::id);
  if (held != kept_.end()) return &held->hashes;
  MIBUN_TRY(std::vector<Hash> hashes, read_hashes(source_, id));
  std::erase_if(kept_, [&](const Kept& kept) { return kept.id.level == id.level; });
  kept_.push_back({id, std::move(hashes)});
  return &kept_.back().hashes;
}

Result<Hash> TileNodes::node(NodeId id) {
  const unsigned level = id.level / 8, height = id.level % 8;
  if (level >= kTileLevels || id.index >= size_ >> id.level) {
    return fail(ErrorCode::invalid_argument, "node", "not a complete subtree of this tree");
  }
  const std::uint64_t first = id.index << height;
  MIBUN_TRY(const std::vector<Hash>* hashes, tile(tile_at(level, first, size_)));
  return subtree_root(std::span(*hashes).subspan(first % kTileWidth, std::size_t{1} << height));
}

Hash subtree_root(std::span<const Hash> hashes) {
  MIBUN_INVARIANT(std::has_single_bit(hashes.size()) && hashes.size() <= kTileWidth);
  std::array<Hash, kTileWidth> row{};
  std::ranges::copy(hashes, row.begin());
  for (std::size_t width = hashes.size(); width > 1; width /= 2) {
    for (std::size_t i = 0; i < width / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
  }
  return row[0];
}

}  // namespace mibun::tlog
