#pragma once

#include <optional>

#include "core/codecs/cbor.h"

namespace mibun::cbor::internal {

// What a look over one whole item found.
struct Walked {
  std::optional<ErrorCode> fault;
  std::size_t position = 0;  // behind the item, or the fault's place
  std::size_t items = 0;     // counted so far, `items_before` included
};

// Looks over the item at `begin`, iteratively: well-formedness (RFC 8949, appendix C), the form, budgets, UTF-8,
// duplicate keys.
Walked walk(BytesView input, std::size_t begin, Form form, const Limits& limits, std::size_t items_before);

// Behind the item at `begin`, which walk() has found good.
std::size_t end_of_checked(BytesView input, std::size_t begin);

}  // namespace mibun::cbor::internal
