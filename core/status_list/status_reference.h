#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/codecs/cbor.h"
#include "core/codecs/json.h"

namespace mibun::status_list {

inline constexpr std::size_t kUriBytesMax = 2048;

// Where a credential says that its status is kept: Token Status List, section 6.
//   {"iss": ..., "status": {"status_list": {"idx": 412, "uri": "https://..."}}}
struct StatusReference {
  std::string uri;
  std::uint64_t index = 0;
  // The credential's issuer, whose certificate must have signed the list as well; none when the credential names none.
  std::optional<std::string> issuer;

  // From verified claims that the issuer put in the clear. nullopt without a "status" claim.
  // Errors: status_reference_malformed (another shape, another mechanism, negative index, not an https URI).
  static Result<std::optional<StatusReference>> parse(const json::Object& claims);
  // The "status" claim.
  json::Object to_json() const;

  // From the Status map of COSE (section 6.3; an mdoc's MSO, or a CWT under label 65535), any well-formed encoding:
  //   {"status_list": {"idx": uint, "uri": tstr}}
  // Members beside these are ignored ("certificate"), other mechanisms as long as this one is there. The issuer is the
  // caller's to fill in. Errors: status_reference_malformed, cbor_*, utf8_malformed.
  static Result<StatusReference> read_cbor(cbor::Reader& reader);
  // From verified claims of a CWT. nullopt without label 65535. Its issuer is claim 1.
  static Result<std::optional<StatusReference>> parse_cwt_claims(BytesView claims);
  // The Status map, deterministic.
  Bytes to_cbor() const;

  friend bool operator==(const StatusReference&, const StatusReference&) = default;
};

}  // namespace mibun::status_list
