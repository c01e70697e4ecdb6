#pragma once

#include <chrono>
#include <cstddef>

#include "core/codecs/json.h"

// Bounds of every OpenID4VCI message; wide enough for any honest peer.
namespace mibun::oid4vci {

inline constexpr std::chrono::seconds kProofAgeMax{300};  // iat may lie this far back
inline constexpr std::chrono::seconds kClockSkewMax{60};  // and this far ahead
inline constexpr std::size_t kCompactJwtBytesMax = 8 * 1024;
inline constexpr std::size_t kKeyAttestationBytesMax = 32 * 1024;  // twenty keys and a chain of certificates
inline constexpr std::size_t kAttestedProofBytesMax = 48 * 1024;   // with a key attestation in its header
inline constexpr std::size_t kNonceCharactersMax = 256;
inline constexpr std::size_t kJtiCharactersMax = 256;
inline constexpr std::size_t kCodeCharactersMax = 512;  // codes and tokens
inline constexpr std::size_t kTxCodeCharactersMax = 64;
inline constexpr std::size_t kClientIdCharactersMax = 256;
inline constexpr std::size_t kUriCharactersMax = 2048;
inline constexpr std::size_t kStateCharactersMax = 1024;
inline constexpr std::size_t kScopeCharactersMax = 1024;
inline constexpr std::size_t kDetailsCharactersMax = 16 * 1024;
inline constexpr std::size_t kBatchSizeMax = 20;
inline constexpr std::size_t kConfigurationsMax = 50;
inline constexpr std::size_t kDisplayCharactersMax = 2000;
inline constexpr json::Limits kMetadataLimits{.bytes_max = 256 * 1024, .depth_max = 16, .values_max = 20'000};
inline constexpr std::size_t kTransactionIdCharactersMax = 512;  // and notification ids
inline constexpr std::size_t kLogoUriCharactersMax = 64 * 1024;  // a small image in a data: URI
inline constexpr std::size_t kCredentialResponseBytesMax = 2 * 1024 * 1024;

}  // namespace mibun::oid4vci
