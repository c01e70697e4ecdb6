#pragma once

#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/tlog/hash.h"

namespace mibun::tlog {

using Proof = std::vector<Hash>;

// No proof has more: two for each level of a tree below 2^63 leaves would already be too many.
inline constexpr std::size_t kProofHashesMax = 63;

// The hashes of complete subtrees, from wherever they are kept.
class NodeReader {
 public:
  virtual ~NodeReader() = default;
  virtual Result<Hash> node(NodeId id) = 0;
};

// The root over the first `size` leaves. Errors: the reader's.
Result<Hash> tree_root(std::uint64_t size, NodeReader& nodes);

// RFC 6962, section 2.1.1: that leaf `index` is in the tree of `size`. Errors: invalid_argument (index >= size, or size
// above kTreeSizeMax), the reader's.
Result<Proof> make_inclusion_proof(std::uint64_t index, std::uint64_t size, NodeReader& nodes);
// RFC 6962, section 2.1.2: that the tree of `from` is the beginning of that of `to`. Empty when `from` is 0 or `to`.
// Errors: invalid_argument (from > to), the reader's.
Result<Proof> make_consistency_proof(std::uint64_t from, std::uint64_t to, NodeReader& nodes);

// RFC 9162, section 2.1.3.2. Errors: log_proof_invalid.
Status verify_inclusion(std::uint64_t index, const Hash& leaf, const TreeHead& head, std::span<const Hash> proof);
// RFC 9162, section 2.1.4.2. From an empty tree nothing is proved, which is refused: check_advance() knows that step.
// Errors: log_proof_invalid.
Status verify_consistency(const TreeHead& from, const TreeHead& to, std::span<const Hash> proof);

}  // namespace mibun::tlog
