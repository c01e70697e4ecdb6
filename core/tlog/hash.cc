#include "core/tlog/hash.h"

#include <array>

namespace mibun::tlog {
namespace {

constexpr std::array<std::uint8_t, 1> kLeaf = {0x00}, kNode = {0x01};

}  // namespace

Hash leaf_hash(BytesView entry) {
  return crypto::sha256({BytesView(kLeaf), entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
  return crypto::sha256({BytesView(kNode), BytesView(left), BytesView(right)});
}

Hash empty_root() {
  return crypto::sha256(BytesView());
}

}  // namespace mibun::tlog
