#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/codecs/base64url.h"
#include "core/tlog/proof.h"
#include "core/tlog/tile.h"
#include "tests/server/transparency/logged_world.h"

// The log over HTTP, read by whoever has the trust list.
namespace mibun::server {
namespace {

class OverHttp final : public tlog::TileSource {
 public:
  explicit OverHttp(TestWorld& w) : world_(w) {}
  Result<Bytes> read(const tlog::TileId& id) override {
    const Reply reply = world_.send({.target = "/log/" + id.path()});
    if (reply.status() != 200) return fail(ErrorCode::not_found, id.path());
    return to_bytes(reply.response.body);
  }

 private:
  TestWorld& world_;
};

tlog::SignedCheckpoint checkpoint_of(TestWorld& w) {
  const auto list = must(
      json::parse_object(w.send({.target = "/.well-known/mibun-trust.json"}).response.body, {.bytes_max = 256 * 1024}));
  const auto key = must(tlog::VerifierKey::parse(std::string(list.at("log").as_string())));
  return must(tlog::SignedCheckpoint::open(w.send_well({.target = "/log/checkpoint"}, 200).response.body, key));
}

tlog::Proof proof_of(const Reply& reply) {
  tlog::Proof proof;
  for (const json::Value& one : reply.json.at("proof").as_array()) {
    tlog::Hash hash{};
    std::ranges::copy(must(base64::decode(std::string(one.as_string()))), hash.begin());
    proof.push_back(hash);
  }
  return proof;
}

std::string query(const char* a, std::uint64_t one, const char* b, std::uint64_t two) {
  return "?" + std::string(a) + "=" + std::to_string(one) + "&" + b + "=" + std::to_string(two);
}

// Until the log has more than a full tile.
void fill(TestWorld& w, std::uint64_t size) {
  while (checkpoint_of(w).head().size < size) w.begin_registration();
}

}  // namespace

TEST_CASE("a reader with the trust list alone follows the log over HTTP, entry by entry to the signed root") {
  TestWorld& w = logged_world();
  fill(w, 300);
  const tlog::TreeHead head = checkpoint_of(w).head();
  OverHttp source(w);
  tlog::TileNodes nodes(source, head.size);
  CHECK(must(tlog::tree_root(head.size, nodes)) == head.root);
  for (std::uint64_t at = 0; at < head.size; at += tlog::kTileWidth) {
    const tlog::TileId id = tlog::tile_at(std::nullopt, at, head.size);
    const Bytes bundle = must(source.read(id));
    const auto hashes = must(tlog::read_hashes(source, tlog::tile_at(0, at, head.size)));
    std::size_t place = 0;
    for (const BytesView entry : must(tlog::parse_bundle(bundle, id.width))) {
      CHECK(tlog::leaf_hash(entry) == hashes[place]);
      CHECK(must(tlog::LogRecord::parse(entry)).sequence == at + place);
      ++place;
    }
  }
}

TEST_CASE("the files have the types and the life that tlog-tiles gives them") {
  TestWorld& w = logged_world();
  fill(w, 300);
  const Reply checkpoint = w.send_well({.target = "/log/checkpoint"}, 200);
  CHECK(checkpoint.response.content_type == "text/plain; charset=utf-8");
  CHECK(checkpoint.response.header("Cache-Control") == "no-cache");
  for (const char* target :
       {"/log/tile/0/000", "/log/tile/entries/000", "/log/tile/0/001.p/3", "/log/tile/1/000.p/1"}) {
    INFO(target);
    const Reply file = w.send_well({.target = target}, 200);
    CHECK(file.response.content_type == "application/octet-stream");
    CHECK(file.response.header("Cache-Control") == "public, max-age=31536000, immutable");
    CHECK(file.response.header("Access-Control-Allow-Origin") == "*");
  }
  // A width that no checkpoint had is cut out of what there is.
  const std::string whole = w.send_well({.target = "/log/tile/0/000"}, 200).response.body;
  for (const unsigned width : {1U, 7U, 255U}) {
    const std::string part = w.send_well({.target = "/log/tile/0/000.p/" + std::to_string(width)}, 200).response.body;
    CHECK(part == whole.substr(0, 32 * width));
  }
}

TEST_CASE("what is beyond the tree, or no file of a log, is not found") {
  TestWorld& w = logged_world();
  fill(w, 300);
  const std::uint64_t size = checkpoint_of(w).head().size;
  REQUIRE(size < 512);
  const std::string past = "/log/tile/0/001.p/" + std::to_string(size - 256 + 1);
  for (const std::string& target :
       {past, std::string("/log/tile/0/001"), std::string("/log/tile/entries/001"), std::string("/log/tile/0/002.p/1"),
        std::string("/log/tile/1/000"), std::string("/log/tile/1/000.p/2"), std::string("/log/tile/8/000"),
        std::string("/log/tile/0/0"), std::string("/log/tile/0/000.p/0"), std::string("/log/tile/0/000.p/256"),
        std::string("/log/tile/0/x000/000"), std::string("/log/tile/0/000/"), std::string("/log/tile"),
        std::string("/log/tile/"), std::string("/log/tile/0/../../checkpoint"), std::string("/log/tile/0/%2e%2e/000"),
        std::string("/log/signed"), std::string("/log/tile/checkpoint")}) {
    INFO(target);
    const Reply reply = w.send({.target = target});
    CHECK(reply.status() == 404);
    CHECK(reply.code() == "route_not_found");
  }
  CHECK(w.send({.method = "POST", .target = "/log/checkpoint"}).status() == 405);
}

TEST_CASE("proofs over HTTP prove it, for every tree that the log had") {
  TestWorld& w = logged_world();
  fill(w, 300);
  const tlog::TreeHead head = checkpoint_of(w).head();
  OverHttp source(w);
  tlog::TileNodes nodes(source, head.size);
  for (std::uint64_t from : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{255}, std::uint64_t{256},
                             std::uint64_t{257}, head.size - 1, head.size}) {
    INFO(from);
    const tlog::TreeHead older{from, must(tlog::tree_root(from, nodes))};
    const Reply reply = w.send_well({.target = "/log/proof/consistency" + query("from", from, "to", head.size)}, 200);
    CHECK(tlog::verify_consistency(older, head, proof_of(reply)).has_value());
    const Reply leaf = w.send_well({.target = "/log/proof/inclusion" + query("index", from - 1, "size", from)}, 200);
    CHECK(tlog::verify_inclusion(from - 1, must(nodes.node({0, from - 1})), older, proof_of(leaf)).has_value());
    const Reply now =
        w.send_well({.target = "/log/proof/inclusion" + query("index", from - 1, "size", head.size)}, 200);
    CHECK(tlog::verify_inclusion(from - 1, must(nodes.node({0, from - 1})), head, proof_of(now)).has_value());
  }
  CHECK(proof_of(w.send_well({.target = "/log/proof/consistency" + query("from", 0, "to", 5)}, 200)).empty());
}

TEST_CASE("a proof of what is not there, and a question that is none") {
  TestWorld& w = logged_world();
  const std::uint64_t size = checkpoint_of(w).head().size;
  for (const std::string& target :
       {"/log/proof/inclusion" + query("index", size, "size", size),
        "/log/proof/inclusion" + query("index", 0, "size", size + 1000),
        "/log/proof/inclusion" + query("index", 0, "size", 0), "/log/proof/consistency" + query("from", 2, "to", 1),
        "/log/proof/consistency" + query("from", 1, "to", size + 1000)}) {
    INFO(target);
    CHECK(w.send({.target = target}).code() == "route_not_found");
  }
  for (const std::string target :
       {"/log/proof/inclusion", "/log/proof/inclusion?index=1", "/log/proof/inclusion?index=-1&size=2",
        "/log/proof/inclusion?index=01&size=2", "/log/proof/inclusion?index=1&size=2&more=3",
        "/log/proof/inclusion?index=1&index=1", "/log/proof/inclusion?index=1&size=99999999999999999999",
        "/log/proof/inclusion?index=1&size=", "/log/proof/consistency?from=1&size=2",
        "/log/proof/consistency?from=1&to=2x"}) {
    INFO(target);
    const Reply reply = w.send({.target = target});
    CHECK(reply.status() == 400);
    CHECK(reply.code() == "request_malformed");
  }
}

TEST_CASE("a place that lost or changed files does no harm to what is read") {
  TestWorld& w = logged_world();
  fill(w, 300);
  const std::string a = w.data_directory() + "/log-tree/a";
  const std::string proof = "/log/proof/inclusion?index=3&size=256";
  const Reply before = w.send_well({.target = proof}, 200);
  const std::string tile = w.send_well({.target = "/log/tile/0/000"}, 200).response.body;
  const TempDir saved;
  std::filesystem::copy(a + "/tile/0/000", saved.file("tile"));
  {
    std::fstream file(a + "/tile/0/000", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(32 * 2 + 5);
    file.put('!');
  }
  CHECK(w.send_well({.target = proof}, 200).response.body == before.response.body);
  std::filesystem::remove(a + "/tile/0/000");
  CHECK(w.send_well({.target = proof}, 200).response.body == before.response.body);
  CHECK(w.send_well({.target = "/log/tile/0/000"}, 200).response.body == tile);
  std::filesystem::copy(saved.file("tile"), a + "/tile/0/000");
}

}  // namespace mibun::server
