#include "core/tlog/proof.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/tlog/compact_range.h"
#include "tests/core/tlog/tree_of.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::tlog;

namespace {

constexpr std::size_t kSmall = 70;

json::Array cases(const char* file) {
  auto parsed = json::parse(read_vector(std::string("tlog-merkle/") + file), {.bytes_max = 1 << 20});
  REQUIRE(parsed.has_value());
  return parsed->as_array();
}

std::string text(const json::Object& object, const char* name) {
  return std::string(object.at(name).as_string());
}

std::uint64_t number(const json::Value& value) {
  return value.is_uint64() ? value.as_uint64() : static_cast<std::uint64_t>(value.as_int64());
}

// A hash of a vector. Some rows say a few words in its place, which our types do not let in: a hash of them stands for
// them, so that what was equal stays so.
Hash hash(std::string_view base64_text) {
  const Bytes bytes = base64::decode(base64_text).value();
  Hash out{};
  if (bytes.size() != out.size()) return crypto::sha256(bytes);
  std::ranges::copy(bytes, out.begin());
  return out;
}

Proof proof_of(const json::Value& value) {
  Proof proof;
  if (value.is_null()) return proof;
  for (const auto& element : value.as_array()) proof.push_back(hash(element.as_string()));
  return proof;
}

Hash flipped(Hash value, std::size_t bit) {
  value[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
  return value;
}

}  // namespace

TEST_CASE("hashes and the root of eight leaves are those of the reference tests") {
  const auto parsed = json::parse_object(read_vector("tlog-merkle/hashes.json"));
  REQUIRE(parsed.has_value());
  CHECK(hex::encode(empty_root()) == text(*parsed, "empty_root"));
  CHECK(hex::encode(leaf_hash(BytesView())) == text(*parsed, "leaf_empty"));
  CHECK(hex::encode(leaf_hash(as_bytes("L123456"))) == text(*parsed, "leaf_L123456"));
  CompactRange range;
  for (const auto& leaf : parsed->at("leaves").as_array())
    range.append(leaf_hash(hex::decode(leaf.as_string()).value()));
  CHECK(hex::encode(range.root()) == text(*parsed, "root_of_8"));
}

TEST_CASE("published inclusion proofs are taken or refused as they say") {
  std::size_t good = 0, bad = 0;
  for (const auto& value : cases("inclusion.json")) {
    const json::Object& row = value.as_object();
    const std::string file = text(row, "file");
    INFO(file);
    const TreeHead head{number(row.at("treeSize")), hash(text(row, "root"))};
    const bool none = text(row, "root").empty() || text(row, "leafHash").empty();  // no hash at all: our type is one
    const bool taken = !none && verify_inclusion(number(row.at("leafIdx")), hash(text(row, "leafHash")), head,
                                                 proof_of(row.at("proof")))
                                    .has_value();
    CHECK(taken != row.at("wantErr").as_bool());
    ++(taken ? good : bad);
  }
  CHECK(good >= 6);
  CHECK(bad >= 80);
}

TEST_CASE("published consistency proofs are taken or refused as they say") {
  std::size_t good = 0, bad = 0;
  for (const auto& value : cases("consistency.json")) {
    const json::Object& row = value.as_object();
    const std::string file = text(row, "file");
    INFO(file);
    const TreeHead from{number(row.at("size1")), hash(text(row, "root1"))};
    const TreeHead to{number(row.at("size2")), hash(text(row, "root2"))};
    const bool taken = verify_consistency(from, to, proof_of(row.at("proof"))).has_value();
    CHECK(taken != row.at("wantErr").as_bool());
    ++(taken ? good : bad);
  }
  CHECK(good >= 5);
  CHECK(bad >= 80);
}

TEST_CASE("roots of all small trees are those of the definition") {
  LeafNodes nodes(numbered_leaves(300));
  CompactRange range;
  for (std::size_t size = 0; size <= 300; ++size) {
    const Hash want = mth(nodes.leaves(), 0, size);
    CHECK(range.root() == want);
    CHECK(tree_root(size, nodes).value() == want);
    if (size < 300) range.append(nodes.leaves()[size]);
  }
}

TEST_CASE("every leaf of every small tree has a proof, which proves that leaf there and nothing else") {
  LeafNodes nodes(numbered_leaves(kSmall));
  const auto& leaves = nodes.leaves();
  for (std::size_t size = 1; size <= kSmall; ++size) {
    const TreeHead head{size, mth(leaves, 0, size)};
    for (std::size_t index = 0; index < size; ++index) {
      const Proof proof = make_inclusion_proof(index, size, nodes).value();
      CHECK(verify_inclusion(index, leaves[index], head, proof).has_value());
      for (std::size_t other = 0; other < size; ++other) {
        if (other != index) REQUIRE(!verify_inclusion(other, leaves[index], head, proof));
      }
      CHECK(!verify_inclusion(index, leaves[(index + 1) % kSmall], head, proof));
      CHECK(!verify_inclusion(index, leaves[index], {size, flipped(head.root, 77)}, proof));
      Proof changed = proof;
      changed.push_back(head.root);
      CHECK(!verify_inclusion(index, leaves[index], head, changed));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        changed = proof;
        changed[i] = flipped(changed[i], i * 5 % 256);
        CHECK(!verify_inclusion(index, leaves[index], head, changed));
        changed = proof;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK(!verify_inclusion(index, leaves[index], head, changed));
      }
    }
  }
}

TEST_CASE("every pair of small trees has a proof, which proves that pair and no other") {
  LeafNodes nodes(numbered_leaves(kSmall));
  const auto& leaves = nodes.leaves();
  for (std::size_t to = 0; to <= kSmall; ++to) {
    const TreeHead next{to, mth(leaves, 0, to)};
    for (std::size_t from = 1; from <= to; ++from) {
      const TreeHead old{from, mth(leaves, 0, from)};
      const Proof proof = make_consistency_proof(from, to, nodes).value();
      INFO(from << " -> " << to);
      CHECK(verify_consistency(old, next, proof).has_value());
      CHECK(!verify_consistency({from, flipped(old.root, 3)}, next, proof));
      CHECK(!verify_consistency(old, {to, flipped(next.root, 200)}, proof));
      Proof changed = proof;
      changed.push_back(next.root);
      CHECK(!verify_consistency(old, next, changed));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        changed = proof;
        changed[i] = flipped(changed[i], i * 7 % 256);
        CHECK(!verify_consistency(old, next, changed));
        changed = proof;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK(!verify_consistency(old, next, changed));
      }
      if (from < to) CHECK(!verify_consistency(next, old, proof));
    }
  }
}

TEST_CASE("proofs that cannot be are not made") {
  LeafNodes nodes(numbered_leaves(4));
  CHECK(make_inclusion_proof(4, 4, nodes).error().code == ErrorCode::invalid_argument);
  CHECK(make_inclusion_proof(0, kTreeSizeMax + 1, nodes).error().code == ErrorCode::invalid_argument);
  CHECK(make_consistency_proof(0, 4, nodes).value().empty());
  CHECK(make_consistency_proof(3, 2, nodes).error().code == ErrorCode::invalid_argument);
  CHECK(make_consistency_proof(1, kTreeSizeMax + 1, nodes).error().code == ErrorCode::invalid_argument);
  CHECK(make_inclusion_proof(0, 5, nodes).error().code == ErrorCode::not_found);
}
