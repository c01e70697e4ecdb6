#pragma once

// For files in core/crypto only: RFC 7468.

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::crypto {

struct PemBlock {
  std::string label;
  SecretBytes contents;
};
// Takes the next block, and what stands before it, off `text`; nullopt at the end. Defined for each platform (natively
// by the library, which is laxer about white space). Errors: pem_malformed (also encrypted blocks).
Result<std::optional<PemBlock>> next_pem_block(std::string_view& text);

// Lines of 64 characters. Not for private keys: nothing is wiped.
std::string pem_block(std::string_view label, BytesView der);
// The contents of exactly one block with that label. Errors: pem_malformed.
Result<Bytes> single_pem_block(std::string_view pem, std::string_view label);

}  // namespace mibun::crypto
