#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"

namespace mibun::jose {

// What a key is about to be used for, to be compared with what its owner says it is for.
enum class KeyUse { signature, encryption };

// A public key on P-256 (RFC 7517, RFC 7518, section 6.2.1). A key with private members is refused as such, so that no
// private key is ever taken in by mistake (promise WP-07).
class Jwk {
 public:
  // Errors: private_key_rejected ("d", "p", "k" ... present), jwk_unsupported (kty or crv), jwk_malformed,
  //         public_key_not_on_curve.
  static Result<Jwk> parse(const json::Object& object);
  static Result<Jwk> parse(std::string_view text);
  explicit Jwk(crypto::P256PublicKey key) : key_(key) {}

  const crypto::P256PublicKey& key() const { return key_; }
  // "use", "key_ops" and "alg" must not say something else (RFC 7517, section 4). Absent ones allow everything.
  // Errors: jwk_unsupported.
  Status check_use(KeyUse use) const;
  const std::optional<std::string>& kid() const { return kid_; }
  const std::optional<std::string>& alg() const { return alg_; }
  const std::optional<std::string>& use() const { return use_; }
  void set_kid(std::string kid) { kid_ = std::move(kid); }
  void set_alg(std::string alg) { alg_ = std::move(alg); }
  void set_use(std::string use) { use_ = std::move(use); }

  // {"crv","kty","x","y"} and those of kid, alg, use that are set.
  json::Object to_json() const;
  // SHA-256 thumbprint, base64url: RFC 7638.
  std::string thumbprint() const;

 private:
  crypto::P256PublicKey key_;
  std::optional<std::string> kid_, alg_, use_;
  std::optional<std::vector<std::string>> key_ops_;
};

// A JWK of a private key, for key files of operators and partners only: {"kty","crv","x","y","d"}.
Result<crypto::P256PrivateKey> parse_private_jwk(std::string_view text);
SecretBytes private_jwk(const crypto::P256PrivateKey& key);

}  // namespace mibun::jose
