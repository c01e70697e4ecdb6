#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/webauthn/responses.h"

namespace mibun::webauthn {

inline constexpr std::string_view kRequestAssertionHeader = "Mibun-Assertion";
inline constexpr std::size_t kRequestAssertionBytesMax = 8 * 1024;  // of the header's value
inline constexpr std::size_t kAssertionIdBytesMax = 128;

// The device credential's signature on one request to our own API, in a header:
//   Mibun-Assertion: base64url(JSON {"assertion_id", "id", "clientDataJSON", "authenticatorData", "signature"})
// What the challenge stands for (account, method, target, SHA-256 of the body, expiry) is kept by the server under
// `assertion_id`; the header only names it.
struct RequestAssertion {
  std::string assertion_id;  // [A-Za-z0-9_-]{1,128}, from the server
  AuthenticationResponse response;

  // Absent or empty is assertion_missing; everything else that is not exactly this form is assertion_invalid: too long,
  // not base64url, unknown or duplicate members, values out of their limits.
  static Result<RequestAssertion> parse(std::optional<std::string_view> header_value);
  std::string to_header() const;
};

}  // namespace mibun::webauthn
