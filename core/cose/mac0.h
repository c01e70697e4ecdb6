#pragma once

#include <string_view>
#include <utility>

#include "core/base/secret.h"
#include "core/cose/headers.h"
#include "core/cose/message.h"

namespace mibun::cose {

inline constexpr std::uint64_t kMac0Tag = 17;
inline constexpr std::size_t kMacKeyBytesMin = 32;  // HMAC 256/256 with less would be weaker than its name

// As SignaturePolicy. The one algorithm is HMAC 256/256.
struct MacPolicy {
  std::string_view type = kNoType;
  AlgorithmPlace place = AlgorithmPlace::protected_header;
  BytesView external_data = {};
};

// A COSE_Mac0 after its tag was checked. Views as VerifiedSign1's.
class VerifiedMac0 {
 public:
  BytesView payload() const { return payload_; }

 private:
  friend class Mac0;
  explicit VerifiedMac0(BytesView payload) : payload_(payload) {}
  BytesView payload_;
};

// COSE_Mac0 (RFC 9052, section 6.2), read but not to be believed yet:
//   [protected: bstr .cbor header_map / h'', unprotected: header_map, payload: bstr / nil, tag: bstr]
// Views point into the bytes given, which must outlive this object.
class Mac0 {
 public:
  // Errors: cose_malformed, cose_wrong_tag, cbor_*, and those of Headers::read.
  static Result<Mac0> parse(BytesView message, Tagging tagging);
  static Result<Mac0> read(cbor::Reader& reader, Tagging tagging);

  const Headers& unverified_headers() const { return message_.headers; }
  bool is_detached() const { return !message_.payload.has_value(); }

  // `key`: at least kMacKeyBytesMin bytes. The tag is compared in constant time.
  // Errors: cose_payload_missing, cose_alg_missing, cose_alg_not_allowed, cose_type_mismatch, cose_mac_invalid (also a
  //         tag of another length).
  Result<VerifiedMac0> verify(const SecretBytes& key, const MacPolicy& policy) const;
  // Errors: as verify, and cose_payload_unexpected.
  Result<VerifiedMac0> verify_detached(BytesView payload, const SecretBytes& key, const MacPolicy& policy) const;

 private:
  explicit Mac0(internal::Message message) : message_(std::move(message)) {}
  Result<VerifiedMac0> check(BytesView payload, const SecretBytes& key, const MacPolicy& policy) const;
  internal::Message message_;
};

struct Mac0Request {
  std::string_view type = {}, content_type = {};
  BytesView external_data = {};
  bool tagged = false;
};
// Deterministic encoding, HMAC 256/256. `key`: at least kMacKeyBytesMin bytes.
Bytes mac0(BytesView payload, const SecretBytes& key, const Mac0Request& request);
Bytes mac0_detached(BytesView payload, const SecretBytes& key, const Mac0Request& request);

}  // namespace mibun::cose
