#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/crypto/hash.h"

// Transparency logs: the Merkle tree of RFC 6962, section 2.1, in the files and notes of C2SP (tlog-tiles,
// tlog-checkpoint, signed-note, tlog-cosignature). No I/O: who reads and writes is platform/log_tree.
namespace mibun::tlog {

using Hash = crypto::Sha256Digest;

// A tree has fewer leaves than 2^63, so that sizes fit where others keep them in a signed number.
inline constexpr std::uint64_t kTreeSizeMax = (std::uint64_t{1} << 63) - 1;

Hash leaf_hash(BytesView entry);                      // SHA-256(0x00 || entry)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)
Hash empty_root();                                    // SHA-256 of nothing

// A complete subtree: the leaves from index * 2^level up to (index + 1) * 2^level.
struct NodeId {
  unsigned level = 0;  // 0: a leaf
  std::uint64_t index = 0;
  friend bool operator==(const NodeId&, const NodeId&) = default;
};

// The head of a tree: how many leaves, and what they hash to.
struct TreeHead {
  std::uint64_t size = 0;
  Hash root = empty_root();
  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

}  // namespace mibun::tlog
