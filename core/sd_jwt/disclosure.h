#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"

namespace mibun::sd_jwt {

inline constexpr std::size_t kDisclosureBytesMax = 2 * 1024 * 1024;
inline constexpr std::size_t kSaltBytes = 16;  // 128 bits: RFC 9901, section 9.3

// What stands in a disclosure, without its text and digest: the verifier's quick way.
struct DisclosureContent {
  std::optional<std::string> name;  // none in an array
  json::Value value;
};
// Errors: as Disclosure::parse.
Result<DisclosureContent> parse_disclosure(std::string_view encoded, const json::StoragePtr& storage);

// One claim that the holder may reveal or keep: RFC 9901, section 4.2.
//   [salt, name, value]  in an object        [salt, value]  in an array
class Disclosure {
 public:
  // `encoded`: base64url without padding, at most kDisclosureBytesMax characters; copied. Values go to `storage`.
  // Errors: base64url_*, json_*, sd_jwt_malformed_disclosure, sd_jwt_reserved_claim_name.
  static Result<Disclosure> parse(std::string_view encoded, const json::StoragePtr& storage = {});
  // With a fresh salt. Errors: sd_jwt_reserved_claim_name ("_sd", "...").
  static Result<Disclosure> make_property(std::string_view name, json::Value value, Rng& rng);
  static Disclosure make_element(json::Value value, Rng& rng);

  const std::optional<std::string>& name() const { return name_; }  // none in an array
  const json::Value& value() const { return value_; }
  const std::string& encoded() const { return encoded_; }  // just as it arrived
  const crypto::Sha256Digest& digest() const { return digest_; }
  std::string digest_text() const;  // base64url, as it stands in "_sd" and "..."

 private:
  Disclosure(std::optional<std::string> name, json::Value value, std::string encoded);
  std::optional<std::string> name_;
  json::Value value_;
  std::string encoded_;
  crypto::Sha256Digest digest_{};
};

}  // namespace mibun::sd_jwt
