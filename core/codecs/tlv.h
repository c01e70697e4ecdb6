#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::tlv {

// One BER-TLV data object (ISO/IEC 7816-4, X.690) with a definite length.
struct Node {
  std::uint32_t tag;  // one to three bytes, as written: 0x5F1F
  BytesView value;    // points into the input
  std::size_t total;  // bytes of tag, length and value
};

// The object at the start of `input`; more may follow. Errors: tlv_malformed.
Result<Node> read(BytesView input);
// The only object in `input`.
Result<Node> read_whole(BytesView input);
// All objects side by side in `input`, at most `nodes_max`.
Result<std::vector<Node>> read_all(BytesView input, std::size_t nodes_max = 256);
// The value of the first object with `tag` among those side by side; tlv_malformed when absent.
Result<BytesView> find(BytesView input, std::uint32_t tag);

Bytes write(std::uint32_t tag, BytesView value);
Bytes concat(std::initializer_list<BytesView> parts);

}  // namespace mibun::tlv
