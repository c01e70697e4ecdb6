#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/cose/algorithm.h"
#include "core/cose/headers.h"
#include "core/cose/message.h"
#include "core/crypto/public_key.h"

namespace mibun::cose {

inline constexpr std::uint64_t kSign1Tag = 18;

// What the caller expects of a message. There is no default type and no optional check: what is left out is the
// strictest.
struct SignaturePolicy {
  std::string_view type = kNoType;  // exact, e.g. "application/statuslist+cwt"
  AlgorithmNames names = AlgorithmNames::classic;
  AlgorithmPlace place = AlgorithmPlace::protected_header;
  BytesView external_data = {};  // the protocol's own, covered by the signature
};

// A COSE_Sign1 after its signature was checked: the only way to its payload. Views point into the message (or the
// detached payload), which must outlive this, and into the Sign1 where they came in chunks.
class VerifiedSign1 {
 public:
  BytesView payload() const { return payload_; }
  // From either header; only what is in the protected one is signed.
  const std::optional<MediaType>& content_type() const { return content_type_; }

 private:
  friend class Sign1;
  VerifiedSign1(BytesView payload, std::optional<MediaType> content_type)
      : payload_(payload), content_type_(content_type) {}
  BytesView payload_;
  std::optional<MediaType> content_type_;
};

// COSE_Sign1 (RFC 9052, section 4.2), read but not to be believed yet:
//   [protected: bstr .cbor header_map / h'', unprotected: header_map, payload: bstr / nil, signature: bstr]
// Views point into the bytes given, which must outlive this object. Any well-formed encoding is taken; what is signed
// are the bytes as they arrived.
class Sign1 {
 public:
  // `message`: exactly one item. Errors: cose_malformed, cose_wrong_tag, cbor_*, and those of Headers::read.
  static Result<Sign1> parse(BytesView message, Tagging tagging);
  // The message that `reader` (of the well-formed form) stands before.
  static Result<Sign1> read(cbor::Reader& reader, Tagging tagging);

  // For finding the key (x5chain, kid): not verified.
  const Headers& unverified_headers() const { return message_.headers; }
  bool is_detached() const { return !message_.payload.has_value(); }
  // For finding the key where the payload names its owner: not verified.
  const std::optional<BytesView>& unverified_payload() const { return message_.payload; }

  // Errors: cose_payload_missing (detached), cose_alg_missing, cose_alg_not_allowed, cose_type_mismatch,
  //         cose_signature_malformed (its length), cose_signature_invalid.
  Result<VerifiedSign1> verify(const crypto::PublicKey& key, const SignaturePolicy& policy) const;
  // For a payload that the caller has. Errors: as verify, and cose_payload_unexpected (the message brings one).
  Result<VerifiedSign1> verify_detached(BytesView payload, const crypto::PublicKey& key,
                                        const SignaturePolicy& policy) const;

 private:
  explicit Sign1(internal::Message message) : message_(std::move(message)) {}
  Result<VerifiedSign1> check(BytesView payload, const crypto::PublicKey& key, const SignaturePolicy& policy) const;
  internal::Message message_;
};

// What a message is made of besides its payload.
struct Sign1Request {
  std::string_view type = {}, content_type = {};  // protected; left out when empty
  std::optional<BytesView> key_id = {};           // unprotected
  std::span<const Bytes> x5chain = {};            // unprotected, leaf first, DER
  BytesView external_data = {};
  AlgorithmNames names = AlgorithmNames::classic;  // `either` writes the fully specified number
  bool tagged = false;
};
// Deterministic encoding, the algorithm of the signer's key in the protected header. Errors: those of the signer.
Result<Bytes> sign1(BytesView payload, const crypto::Signer& signer, const Sign1Request& request);
// With a null in the payload's place.
Result<Bytes> sign1_detached(BytesView payload, const crypto::Signer& signer, const Sign1Request& request);

}  // namespace mibun::cose
