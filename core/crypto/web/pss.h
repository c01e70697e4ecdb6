#pragma once

// For files in core/crypto only.

#include <optional>

#include "core/base/bytes.h"
#include "core/crypto/x509_signature.h"

namespace mibun::crypto::web {

// RSASSA-PSS-params: RFC 4055, section 3.1. Digests beside SHA-2 (the default is SHA-1) are `other`.
struct PssParameters {
  SignatureDigest digest = SignatureDigest::other, mask_digest = SignatureDigest::other;
  std::uint64_t salt_bytes = 20;
};
// `parameters`: DER that der::check() has passed. Nullopt when they are malformed, or name a digest or a mask
// generation that nobody knows.
std::optional<PssParameters> read_pss_parameters(BytesView parameters);

}  // namespace mibun::crypto::web
