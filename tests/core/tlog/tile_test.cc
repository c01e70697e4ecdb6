#include "core/tlog/tile.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "core/tlog/compact_range.h"
#include "tests/core/tlog/tree_of.h"

using namespace mibun;
using namespace mibun::tlog;

namespace {

// All tiles of a tree, made from the sentence of the specification: hash i of tile n at level l is
// MTH(D[(n * 256 + i) * 256^l : (n * 256 + i + 1) * 256^l]).
class MapSource final : public TileSource {
 public:
  MapSource(const std::vector<Hash>& leaves, std::uint64_t size) {
    for (unsigned level = 0; level < 3; ++level) {
      const std::size_t span = level == 0 ? 1 : level == 1 ? 256 : 65'536;
      const std::size_t count = static_cast<std::size_t>(size / span);
      for (std::size_t n = 0; n * 256 < count; ++n) {
        std::vector<Hash> hashes;
        for (std::size_t i = n * 256; i < std::min((n + 1) * 256, count); ++i) {
          hashes.push_back(mth(leaves, i * span, (i + 1) * span));
        }
        const TileId id{level, n, static_cast<unsigned>(hashes.size())};
        files[id.path()] = encode_tile(hashes);
      }
    }
  }
  Result<Bytes> read(const TileId& id) override {
    const auto found = files.find(id.path());
    if (found == files.end()) return fail(ErrorCode::not_found, id.path());
    return found->second;
  }
  std::map<std::string, Bytes> files;
};

}  // namespace

TEST_CASE("names of tiles are those of the specification") {
  CHECK(TileId{0, 1'234'067, 256}.path() == "tile/0/x001/x234/067");
  CHECK(TileId{0, 0, 256}.path() == "tile/0/000");
  CHECK(TileId{std::nullopt, 1000, 12}.path() == "tile/entries/x001/000.p/12");
  CHECK(TileId{2, 0, 1}.path() == "tile/2/000.p/1");
  for (const std::uint64_t index : {0ull, 7ull, 999ull, 1000ull, 1'000'000ull, 36'028'797'018'963'966ull}) {
    for (const unsigned width : {1u, 255u, 256u}) {
      for (const std::optional<unsigned> level : {std::optional<unsigned>(), std::optional<unsigned>(0)}) {
        const TileId id{level, index, width};
        const auto parsed = TileId::parse(id.path());
        REQUIRE(parsed.has_value());
        CHECK(*parsed == id);
      }
    }
  }
}

TEST_CASE("what is no name of a tile is refused") {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/000/",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/01",
                           "tile/0/000.p/256",
                           "tile/0/000.p/1a",
                           "tile/0/000.p/-1",
                           "tile/0/000.p/+1",
                           "tile/0/000.q/1",
                           "tile/00/000",
                           "tile/01/000",
                           "tile/-1/000",
                           "tile/8/000",
                           "tile/63/000",
                           "tile/a/000",
                           "tile/0/x000/001",
                           "tile/0/x001",
                           "tile/0/001/002",
                           "tile/0/x01/002",
                           "tile/0/X001/002",
                           "tile/0/x001/x002",
                           "tile/0/ 00",
                           "tile/0/0 0",
                           "/tile/0/000",
                           "tile//000",
                           "tile/0/../000",
                           "tile/data/000",
                           "tile/entries",
                           "tile/entries/000.p/257",
                           "tile/0/000.p/1/",
                           "tile/0/000\n",
                           "tile/7/001",
                           "tile/6/x001/000",
                           "tile/0/x036/x028/x797/x018/x963/968",
                           "tile/0/x999/x999/x999/x999/x999/x999/999",
                           "tile/entries/\xC2\xB2\x30\x30"}) {
    INFO(path);
    const auto parsed = TileId::parse(path);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::not_found);
  }
}

TEST_CASE("a tree of 70,000 leaves has the tiles that the specification counts") {
  std::map<std::pair<int, bool>, std::vector<TileId>> count;
  for (const TileId& id : tiles_between(0, 70'000)) {
    count[{id.level ? static_cast<int>(*id.level) : -1, id.is_full()}].push_back(id);
  }
  CHECK(count[{0, true}].size() == 273);
  CHECK(count[{-1, true}].size() == 273);
  REQUIRE(count[{0, false}].size() == 1);
  CHECK(count[{0, false}].front().width == 112);
  CHECK(count[{1, true}].size() == 1);
  REQUIRE(count[{1, false}].size() == 1);
  CHECK(count[{1, false}].front().width == 17);
  CHECK(count[{2, true}].empty());
  REQUIRE(count[{2, false}].size() == 1);
  CHECK(count[{2, false}].front().width == 1);
  REQUIRE(count[{-1, false}].size() == 1);
  CHECK(count[{-1, false}].front().width == 112);
  CHECK(count.size() == 8);  // no other; {2, full} was asked for and is empty
  CHECK(tiles_between(0, 256) == std::vector<TileId>{{std::nullopt, 0, 256}, {0, 0, 256}, {1, 0, 1}});
  CHECK(tiles_between(255, 256) == tiles_between(0, 256));
  CHECK(tiles_between(256, 257) == std::vector<TileId>{{std::nullopt, 1, 1}, {0, 1, 1}});
  CHECK(tiles_between(9, 9).empty());
}

TEST_CASE("roots and proofs out of tiles are those of the leaves") {
  const std::vector<Hash> leaves = numbered_leaves(66'000);
  LeafNodes plain(numbered_leaves(1000));
  for (const std::uint64_t size : {1u, 2u, 255u, 256u, 257u, 511u, 512u, 700u, 1000u}) {
    MapSource source(leaves, size);
    TileNodes nodes(source, size);
    CHECK(tree_root(size, nodes).value() == mth(leaves, 0, static_cast<std::size_t>(size)));
    for (std::uint64_t at = 0; at < size; at += 37) {
      CHECK(make_inclusion_proof(at, size, nodes).value() == make_inclusion_proof(at, size, plain).value());
      CHECK(make_consistency_proof(at, size, nodes).value() == make_consistency_proof(at, size, plain).value());
    }
  }
  MapSource source(leaves, 66'000);
  TileNodes nodes(source, 66'000);
  const TreeHead head{66'000, mth(leaves, 0, 66'000)};
  CHECK(tree_root(66'000, nodes).value() == head.root);
  for (const std::uint64_t at : {0u, 65'535u, 65'536u, 65'999u}) {
    CHECK(verify_inclusion(at, leaves[static_cast<std::size_t>(at)], head,
                           make_inclusion_proof(at, 66'000, nodes).value())
              .has_value());
  }
}

TEST_CASE("where a partial tile is gone, the full one serves a smaller tree") {
  const std::vector<Hash> leaves = numbered_leaves(300);
  MapSource source(leaves, 300);
  for (const std::uint64_t size : {1u, 100u, 255u}) {
    TileNodes nodes(source, size);
    CHECK(tree_root(size, nodes).value() == mth(leaves, 0, static_cast<std::size_t>(size)));
  }
  source.files.erase("tile/0/000");
  TileNodes nodes(source, 100);
  CHECK(tree_root(100, nodes).error().code == ErrorCode::not_found);
  CHECK(nodes.node({0, 100}).error().code == ErrorCode::invalid_argument);
  CHECK(nodes.node({64, 0}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("a tile or a bundle of another size than its name says is refused") {
  const std::vector<Hash> leaves = numbered_leaves(5);
  const Bytes tile = encode_tile(leaves);
  CHECK(parse_tile(tile, 5).value() == leaves);
  for (std::size_t size = 0; size < tile.size(); ++size) {
    REQUIRE(parse_tile(BytesView(tile).first(size), 5).error().code == ErrorCode::tlv_malformed);
  }
  CHECK(!parse_tile(tile, 4));
  CHECK(!parse_tile(tile, 6));

  Bytes bundle;
  const std::vector<std::string> entries{"one", "", std::string(300, 'x'), std::string(kEntryBytesMax, 'y')};
  for (const std::string& entry : entries) append_to_bundle(bundle, as_bytes(entry));
  const auto parsed = parse_bundle(bundle, 4);
  REQUIRE(parsed.has_value());
  for (std::size_t i = 0; i < entries.size(); ++i) CHECK(as_text((*parsed)[i]) == entries[i]);
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    REQUIRE(parse_bundle(BytesView(bundle).first(size), 4).error().code == ErrorCode::tlv_malformed);
  }
  CHECK(!parse_bundle(bundle, 3));
  CHECK(!parse_bundle(bundle, 5));
  bundle.push_back(0);
  CHECK(!parse_bundle(bundle, 4));
}
