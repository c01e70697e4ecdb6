#include "core/tlog/proof.h"

#include <algorithm>
#include <bit>

#include "core/tlog/compact_range.h"

namespace mibun::tlog {
namespace {

std::unexpected<Error> wrong(const char* why) {
  return fail(ErrorCode::log_proof_invalid, "proof", why);
}

Result<Hash> range_hash(std::uint64_t begin, std::uint64_t end, NodeReader& nodes) {
  std::vector<Hash> peaks;
  for (const NodeId& id : peaks_of(begin, end)) {
    MIBUN_TRY(const Hash hash, nodes.node(id));
    peaks.push_back(hash);
  }
  return fold(peaks);
}

// The largest power of two below a size of at least 2: where RFC 6962 splits.
std::uint64_t split(std::uint64_t size) {
  return std::bit_floor(size - 1);
}

bool is_odd(std::uint64_t value) {
  return (value & 1) != 0;
}

// Where a path stands while it is followed from below: the node's index at its level, and that of the last node there.
struct Climb {
  std::uint64_t node, last;

  // Whether the next hash of a path is the left neighbour. Goes past the levels at which the node stands alone.
  bool takes_left() {
    if (!is_odd(node) && node != last) return false;
    while (!is_odd(node) && node != 0) up();
    return true;
  }
  void up() {
    node >>= 1;
    last >>= 1;
  }
};

}  // namespace

Result<Hash> tree_root(std::uint64_t size, NodeReader& nodes) {
  if (size == 0) return empty_root();
  return range_hash(0, size, nodes);
}

Result<Proof> make_inclusion_proof(std::uint64_t index, std::uint64_t size, NodeReader& nodes) {
  if (index >= size) return fail(ErrorCode::invalid_argument, "index", "not below the size");
  if (size > kTreeSizeMax) return fail(ErrorCode::invalid_argument, "size", "no tree is so large");
  Proof proof;
  for (std::uint64_t begin = 0, end = size; end - begin > 1;) {
    const std::uint64_t middle = begin + split(end - begin);
    const bool left = index < middle;
    MIBUN_TRY(const Hash other, left ? range_hash(middle, end, nodes) : range_hash(begin, middle, nodes));
    proof.push_back(other);
    (left ? end : begin) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<Proof> make_consistency_proof(std::uint64_t from, std::uint64_t to, NodeReader& nodes) {
  if (from > to) return fail(ErrorCode::invalid_argument, "from", "larger than the size to prove it in");
  if (to > kTreeSizeMax) return fail(ErrorCode::invalid_argument, "to", "no tree is so large");
  if (from == 0 || from == to) return Proof{};
  Proof proof;
  std::uint64_t begin = 0, end = to;
  while (from != end) {
    const std::uint64_t middle = begin + split(end - begin);
    const bool left = from <= middle;
    MIBUN_TRY(const Hash other, left ? range_hash(middle, end, nodes) : range_hash(begin, middle, nodes));
    proof.push_back(other);
    (left ? end : begin) = middle;
  }
  if (begin != 0) {  // what is left is no tree that the other side has a root of
    MIBUN_TRY(const Hash rest, range_hash(begin, end, nodes));
    proof.push_back(rest);
  }
  std::ranges::reverse(proof);
  return proof;
}

Status verify_inclusion(std::uint64_t index, const Hash& leaf, const TreeHead& head, std::span<const Hash> proof) {
  if (index >= head.size) return wrong("the leaf is not below the size");
  Climb climb{index, head.size - 1};
  Hash hash = leaf;
  for (const Hash& other : proof) {
    if (climb.last == 0) return wrong("longer than the path");
    hash = climb.takes_left() ? node_hash(other, hash) : node_hash(hash, other);
    climb.up();
  }
  if (climb.last != 0) return wrong("shorter than the path");
  if (hash != head.root) return wrong("does not lead to the root");
  return {};
}

Status verify_consistency(const TreeHead& from, const TreeHead& to, std::span<const Hash> proof) {
  if (from.size > to.size) return wrong("from a larger tree to a smaller one");
  if (from.size == 0) return wrong("from an empty tree");
  if (from.size == to.size) {
    if (!proof.empty()) return wrong("not empty, where nothing is to prove");
    if (from.root != to.root) return wrong("one size with two roots");
    return {};
  }
  Climb climb{from.size - 1, to.size - 1};
  while (is_odd(climb.node)) climb.up();
  // A tree of a power of two is a subtree of the larger one: the proof leaves out its root.
  const bool whole = std::has_single_bit(from.size);
  if (!whole && proof.empty()) return wrong("empty");
  Hash old_hash = whole ? from.root : proof.front(), new_hash = old_hash;
  for (const Hash& other : proof.subspan(whole ? 0 : 1)) {
    if (climb.last == 0) return wrong("longer than the path");
    if (climb.takes_left()) {
      old_hash = node_hash(other, old_hash);
      new_hash = node_hash(other, new_hash);
    } else {
      new_hash = node_hash(new_hash, other);
    }
    climb.up();
  }
  if (climb.last != 0) return wrong("shorter than the path");
  if (old_hash != from.root) return wrong("does not lead to the old root");
  if (new_hash != to.root) return wrong("does not lead to the new root");
  return {};
}

}  // namespace mibun::tlog
