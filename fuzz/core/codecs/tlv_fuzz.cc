#include "core/codecs/tlv.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto nodes = tlv::read_all({data, size});
  if (!nodes) return 0;
  std::size_t total = 0;
  for (const tlv::Node& node : *nodes) {
    const Bytes written = tlv::write(node.tag, node.value);
    const auto again = tlv::read_whole(written);
    MIBUN_INVARIANT(again.has_value() && again->tag == node.tag && again->value.size() == node.value.size());
    total += node.total;
  }
  MIBUN_INVARIANT(total == size);
  return 0;
}
