#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/certificate_chain.h"
#include "core/crypto/hash.h"
#include "core/crypto/public_key.h"

namespace mibun::jose {

inline constexpr std::size_t kJwsBytesMax = 2 * 1024 * 1024;

// A signed JSON object after its signature was checked: the only way to its payload. RFC 7515.
class VerifiedJws {
 public:
  const json::Object& header() const { return *header_; }
  const json::Object& payload() const& { return payload_; }
  json::Object payload() && { return std::move(payload_); }
  VerifiedJws(VerifiedJws&&) = default;
  VerifiedJws& operator=(VerifiedJws&&) = default;

 private:
  friend class Jws;
  VerifiedJws(std::shared_ptr<const json::Object> header, json::Object payload)
      : header_(std::move(header)), payload_(std::move(payload)) {}
  std::shared_ptr<const json::Object> header_;
  json::Object payload_;
};

// For protocols that define no typ: the header must not have one.
inline constexpr std::string_view kNoTyp = {};

// What the caller expects. There is no default typ and no optional check.
struct JwsPolicy {
  std::string_view typ;  // exact, e.g. "kb+jwt"; compared after removing a leading "application/"
  // Header parameters that name a key (jwk, x5c, kid, jku, x5u, x5t#S256) are refused unless listed here: the caller
  // takes the key from local policy, and says which of them its protocol defines.
  std::span<const std::string_view> key_headers = {};
};

// A compact JWS that was split and whose header was read; nothing in it is to be believed yet.
class Jws {
 public:
  // Compact serialisation; ES256, ES384, and EdDSA or Ed25519 (the same, RFC 9864). Errors: jws_malformed,
  // jws_header_malformed (also duplicate members), jws_alg_not_allowed (none, HS256, unknown ...),
  // jws_crit_not_understood (any crit, and b64). `storage` takes the JSON values of the payload; it must outlive the
  // call's results or share ownership. Headers that come again and again are read once per thread.
  static Result<Jws> parse(std::string_view compact, const json::Limits& payload_limits = {},
                           json::StoragePtr storage = {});

  // For finding the key (x5c, kid, jwk): not verified. x5c: jws_x5c_malformed (1 to 5 certificates).
  const json::Object& unverified_header() const { return *header_object(); }
  // For finding the key where the payload names its owner (client_assertion "iss"): not verified.
  Result<json::Object> unverified_payload() const;
  Result<crypto::CertificateChain> x5c() const;

  // The key says the algorithm; a header that names another one is jws_alg_not_allowed.
  // Errors: also jws_typ_mismatch, jws_header_not_allowed, jws_signature_invalid, jws_payload_malformed.
  Result<VerifiedJws> verify(const crypto::PublicKey& key, const JwsPolicy& policy) const;
  // For payloads that are not JSON: the bytes, after the same checks.
  Result<Bytes> verify_bytes(const crypto::PublicKey& key, const JwsPolicy& policy) const;

  // SHA-256 of `text`, which begins with this JWS (an SD-JWT does). Their common part is hashed once: verify() goes on
  // with what was found here.
  crypto::Sha256Digest digest_of_longer(std::string_view text);

  const std::string& compact() const { return compact_; }

  struct Header;  // jws.cc

 private:
  explicit Jws(std::shared_ptr<const Header> header) : header_(std::move(header)) {}
  std::shared_ptr<const json::Object> header_object() const;
  Status check(const crypto::PublicKey& key, const JwsPolicy& policy) const;
  Status check_signature(const crypto::PublicKey& key) const;
  Result<json::Object> parse_payload() const;
  std::string compact_;
  std::size_t signing_input_size_ = 0;
  std::shared_ptr<const Header> header_;
  json::StoragePtr storage_;
  Bytes payload_;
  std::array<std::uint8_t, crypto::kSignatureSizeMax> signature_{};
  std::size_t signature_size_ = 0;  // as it arrived; compared with the algorithm's when it is verified
  std::optional<crypto::Sha256Digest> signing_input_digest_;
  json::Limits payload_limits_;
};

// Signs `payload` (its exact bytes); alg is the key's (ES256, ES384, EdDSA) and `header` holds the rest (typ, kid, x5c,
// jwk). Errors: the signer's.
Result<std::string> sign_jws(json::Object header, std::string_view payload, const crypto::Signer& signer);
inline Result<std::string> sign_jws(json::Object header, const json::Object& payload, const crypto::Signer& signer) {
  return sign_jws(std::move(header), json::serialize(payload), signer);
}
// The x5c header member: standard base64 of each DER, leaf first.
json::Array x5c_member(std::span<const Bytes> chain);

// A NumericDate (RFC 7519, section 2): seconds since 1970, 0 to the end of year 9999, a fraction is allowed.
// `where` is the claim's place for the error. Errors: jwt_claim_wrong_type.
Result<Instant> numeric_date(const json::Value& value, std::string_view where);

// The time claims of a JWT: RFC 7519, section 4.1. What is required is said by the caller.
struct TimePolicy {
  bool exp_required = true;
  bool iat_required = true;
  seconds leeway{60};
  std::optional<seconds> iat_age_max;  // older is jwt_too_old
};
// Errors: jwt_expired (now > exp + leeway... exp itself is the first moment refused when leeway is 0),
// jwt_not_yet_valid, jwt_issued_in_future, jwt_too_old, jwt_claim_missing, jwt_claim_wrong_type.
Status check_times(const json::Object& payload, const TimePolicy& policy, Instant now);

}  // namespace mibun::jose
