#pragma once

// Trees to try proofs on: leaves that are numbers, and RFC 6962's definition, word by word and without a shortcut.

#include <bit>
#include <map>
#include <string>
#include <vector>

#include "core/tlog/proof.h"

inline std::vector<mibun::tlog::Hash> numbered_leaves(std::uint64_t size) {
  std::vector<mibun::tlog::Hash> leaves;
  for (std::uint64_t i = 0; i < size; ++i) {
    leaves.push_back(mibun::tlog::leaf_hash(mibun::as_bytes("leaf " + std::to_string(i))));
  }
  return leaves;
}

// MTH(D[begin:end]): RFC 6962, section 2.1.
inline mibun::tlog::Hash mth(const std::vector<mibun::tlog::Hash>& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return mibun::tlog::empty_root();
  if (end - begin == 1) return leaves[begin];
  const std::size_t k = std::bit_floor(end - begin - 1);
  return mibun::tlog::node_hash(mth(leaves, begin, begin + k), mth(leaves, begin + k, end));
}

// Reads subtrees out of the leaves.
class LeafNodes final : public mibun::tlog::NodeReader {
 public:
  explicit LeafNodes(std::vector<mibun::tlog::Hash> leaves) : leaves_(std::move(leaves)) {}
  mibun::Result<mibun::tlog::Hash> node(mibun::tlog::NodeId id) override {
    const std::uint64_t begin = id.index << id.level, end = (id.index + 1) << id.level;
    if (end > leaves_.size()) return mibun::fail(mibun::ErrorCode::not_found, "node");
    return mth(leaves_, static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
  }
  const std::vector<mibun::tlog::Hash>& leaves() const { return leaves_; }

 private:
  std::vector<mibun::tlog::Hash> leaves_;
};
