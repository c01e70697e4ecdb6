#pragma once

#include <string_view>

#include "core/codecs/cbor.h"

namespace mibun::omission {

// What a COSE signature or MAC covers (RFC 9052, sections 4.4 and 6.3), without core/cose: changes must be signed again
// by somebody else's hand. `context`: "Signature1" or "MAC0".
inline Bytes to_be_signed(std::string_view context, std::string_view protected_header, BytesView payload,
                          std::string_view external_data = {}) {
  cbor::Writer writer;
  writer.array(4).text(context).bytes(as_bytes(protected_header)).bytes(as_bytes(external_data)).bytes(payload);
  return writer.take();
}

}  // namespace mibun::omission
