#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tlog/hash.h"
#include "core/tlog/proof.h"

// The files of a log: C2SP tlog-tiles.
namespace mibun::tlog {

inline constexpr unsigned kTileWidth = 256;  // hashes of a full tile, entries of a full bundle
inline constexpr unsigned kTileLevels = 8;   // 256^8 leaves: more than a tree has
inline constexpr std::size_t kEntryBytesMax = 65'535;
inline constexpr std::size_t kTileBytesMax = kTileWidth * sizeof(Hash);
inline constexpr std::size_t kBundleBytesMax = kTileWidth * (kEntryBytesMax + 2);

// The name of one file.
//   tile/<level>/<index>[.p/<width>]      tile/entries/<index>[.p/<width>]
struct TileId {
  // Of hashes when there is a level (0 .. 7), of entries when not.
  std::optional<unsigned> level;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;  // 1 .. 256; 256 is a full one

  // "tile/0/x001/x234/067.p/12"
  std::string path() const;
  // Exactly what path() writes, and only what a tree below 2^63 leaves can have. Errors: not_found.
  static Result<TileId> parse(std::string_view path);

  bool is_full() const { return width == kTileWidth; }
  TileId full() const { return {level, index, kTileWidth}; }
  // The tree has this file when it has at least so many leaves.
  std::uint64_t leaves_needed() const;

  friend bool operator==(const TileId&, const TileId&) = default;
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

// How many hashes (entries, for level 0) a tree of `size` has at a tile's level.
std::uint64_t hashes_at(unsigned level, std::uint64_t size);
// The tile that holds hash `position` of a level in a tree of `size`: full, or as wide as the tree is there.
TileId tile_at(std::optional<unsigned> level, std::uint64_t position, std::uint64_t size);
// Every tile and bundle of a tree that holds something behind the first `from` leaves: what a log of size `to` has to
// write when it had `from`. The bundles first, then level by level.
std::vector<TileId> tiles_between(std::uint64_t from, std::uint64_t to);

// A tile's hashes. Errors: tlv_malformed (not 32 bytes for each of `width`).
Result<std::vector<Hash>> parse_tile(BytesView bytes, unsigned width);
Bytes encode_tile(std::span<const Hash> hashes);

// A bundle's entries, each behind its length in two bytes, big-endian. Views into `bytes`. Errors: tlv_malformed (not
// exactly `width` of them).
Result<std::vector<BytesView>> parse_bundle(BytesView bytes, unsigned width);
// Appends one. At most kEntryBytesMax bytes; more is our bug.
void append_to_bundle(Bytes& bundle, BytesView entry);

// Where tiles are read from: a directory, a server.
class TileSource {
 public:
  virtual ~TileSource() = default;
  // The whole file. Errors: not_found, and the source's own.
  virtual Result<Bytes> read(const TileId& id) = 0;
};

// One tile or bundle; where a partial one is gone, the beginning of the full one. Errors: the source's, tlv_malformed.
Result<std::vector<Hash>> read_hashes(TileSource& source, const TileId& id);

// The subtrees of a tree of `size`, out of its tiles. Nothing is verified here: compare tree_root() with a head that
// is.
class TileNodes final : public NodeReader {
 public:
  TileNodes(TileSource& source, std::uint64_t size) : source_(source), size_(size) {}
  // Errors: the source's, tlv_malformed, invalid_argument (not in the tree).
  Result<Hash> node(NodeId id) override;

 private:
  struct Kept {
    TileId id;
    std::vector<Hash> hashes;
  };
  Result<const std::vector<Hash>*> tile(const TileId& id);

  TileSource& source_;
  std::uint64_t size_;
  std::vector<Kept> kept_;  // one for each level: a proof walks up one path
};

// The root of a complete subtree: 1, 2, 4 ... 256 hashes.
Hash subtree_root(std::span<const Hash> hashes);

}  // namespace mibun::tlog
