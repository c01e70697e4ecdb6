#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/public_key.h"

// For files in core/receipt only.
namespace mibun::receipt {

struct ExpectedClaim {
  std::string_view name, value;
};

// A JWS of `typ` by the holder's key that says exactly these claims, made in the 300 s before `received_at`: its
// payload.
// Errors: receipt_malformed, receipt_signature_invalid, receipt_consent_mismatch, at `where` and the claim.
Result<json::Object> check_holder_signature(std::string_view text, std::string_view typ,
                                            const crypto::PublicKey& holder, std::span<const ExpectedClaim> claims,
                                            Instant received_at, const std::string& where);

}  // namespace mibun::receipt
