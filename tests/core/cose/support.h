#pragma once

#include <string>
#include <string_view>

#include "core/codecs/base64url.h"
#include "core/codecs/cbor.h"
#include "tests/support/test_pki.h"

// Spaces are for the reader.
inline mibun::Bytes from_hex(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  return must(mibun::hex::decode(digits));
}

// One message with its four elements as given: headers and the rest already encoded.
inline mibun::Bytes message_of(mibun::BytesView protected_map, mibun::BytesView unprotected_map,
                               mibun::BytesView payload_item, mibun::BytesView proof) {
  mibun::cbor::Writer writer;
  writer.array(4).bytes(protected_map).raw(unprotected_map).raw(payload_item).bytes(proof);
  return writer.take();
}
