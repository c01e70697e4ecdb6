#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "core/crypto/public_key.h"

namespace mibun::jose {

// What a key is about to be used for, to be compared with what its owner says it is for.
enum class KeyUse { signature, encryption };

// A public key: EC on P-256 or P-384 (RFC 7517, RFC 7518, section 6.2.1), OKP with Ed25519 (RFC 8037). A key with
// private members is refused as such, so that no private key is ever taken in by mistake (promise WP-07).
class Jwk {
 public:
  // Errors: private_key_rejected ("d", "p", "k" ... present), jwk_unsupported (kty or crv), jwk_malformed,
  //         public_key_not_on_curve, public_key_malformed (Ed25519: see Ed25519PublicKey).
  static Result<Jwk> parse(const json::Object& object);
  // Errors: also json_*.
  static Result<Jwk> parse(std::string_view text);
  explicit Jwk(crypto::PublicKey key) : key_(key) {}

  const crypto::PublicKey& key() const { return key_; }
  // Where only P-256 will do (key agreement, cards, DPoP). Errors: jwk_unsupported.
  Result<crypto::P256PublicKey> p256() const;
  // "use", "key_ops" and "alg" must not say something else (RFC 7517, section 4). Absent ones allow everything that the
  // kind of key can do. Errors: jwk_unsupported.
  Status check_use(KeyUse use) const;
  const std::optional<std::string>& kid() const { return kid_; }
  const std::optional<std::string>& alg() const { return alg_; }
  const std::optional<std::string>& use() const { return use_; }
  void set_kid(std::string kid) { kid_ = std::move(kid); }
  void set_alg(std::string alg) { alg_ = std::move(alg); }
  void set_use(std::string use) { use_ = std::move(use); }

  // {"crv","kty","x"} and "y" of an EC key, and those of kid, alg, use that are set.
  json::Object to_json() const;
  // SHA-256 thumbprint of RFC 7638, base64url; as 32 bytes (for OpenID4VP's handover in mdoc); as the URI of RFC 9278.
  std::string thumbprint() const;
  crypto::Sha256Digest thumbprint_sha256() const;
  std::string thumbprint_uri() const;

 private:
  crypto::PublicKey key_;
  std::optional<std::string> kid_, alg_, use_;
  std::optional<std::vector<std::string>> key_ops_;
};

// A JWK of a private key, for key files of operators and partners only: {"kty","crv","x","y","d"}.
// Errors: jwk_malformed, jwk_unsupported, private_key_malformed, public_key_*, json_*.
Result<crypto::P256PrivateKey> parse_private_jwk(std::string_view text);
// The same for a key of any kind that signs.
Result<std::unique_ptr<crypto::Signer>> parse_private_signing_jwk(std::string_view text);
SecretBytes private_jwk(const crypto::P256PrivateKey& key);
SecretBytes private_jwk(const crypto::P384PrivateKey& key);
SecretBytes private_jwk(const crypto::Ed25519PrivateKey& key);

}  // namespace mibun::jose
