#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::webauthn {

inline constexpr std::size_t kAttestationObjectBytesMax = 32 * 1024;
inline constexpr std::size_t kAttestationChainMax = 5;
inline constexpr std::size_t kSignatureBytesMax = 1024;  // DER; an ES256 signature has at most 72 bytes

// WebAuthn Level 3, section 6.5.4:  {"fmt": tstr, "attStmt": {...}, "authData": bstr}
struct AttestationObject {
  std::string format;  // "packed", "none"
  Bytes statement;     // attStmt as it arrived: one CBOR map
  Bytes authenticator_data;

  // Exactly these three members, in any order, no duplicate keys at any depth, nothing behind the map.
  // Errors: webauthn_malformed.
  static Result<AttestationObject> parse(BytesView bytes);
  Bytes write() const;
};

// The statement of format "packed": section 8.2.  {"alg": int, "sig": bstr, ? "x5c": [+ bstr]}
// Without x5c it is self attestation: the credential's own key has signed.
struct PackedStatement {
  std::int64_t algorithm = 0;  // a COSE algorithm
  Bytes signature;             // over authenticator data || SHA-256(client data)
  std::vector<Bytes> x5c;      // DER, leaf first, at most kAttestationChainMax

  // Errors: webauthn_malformed.
  static Result<PackedStatement> parse(BytesView statement);
  Bytes write() const;
};

}  // namespace mibun::webauthn
