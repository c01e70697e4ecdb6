#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/jose/jwk.h"

// Compact JWE with ECDH-ES on P-256, with or without key wrapping, and AES-GCM: RFC 7516, RFC 7518 4.6 and 5.3.
namespace mibun::jose {

enum class KeyManagement { ecdh_es, ecdh_es_a128kw, ecdh_es_a256kw };
enum class ContentEncryption { a128gcm, a256gcm };
std::string_view to_string(KeyManagement alg);  // "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"
std::string_view to_string(ContentEncryption enc);

// What the receiver accepts; a message cannot widen it.
struct JwePolicy {
  std::span<const KeyManagement> alg;
  std::span<const ContentEncryption> enc;
};
namespace jwe_policy_lists {
inline constexpr KeyManagement kDirect[] = {KeyManagement::ecdh_es};
inline constexpr KeyManagement kAll[] = {KeyManagement::ecdh_es, KeyManagement::ecdh_es_a128kw,
                                         KeyManagement::ecdh_es_a256kw};
inline constexpr ContentEncryption kGcm[] = {ContentEncryption::a128gcm, ContentEncryption::a256gcm};
}  // namespace jwe_policy_lists
// Direct key agreement and either GCM: what OpenID4VP and OpenID4VCI use in the profile HAIP.
inline constexpr JwePolicy kEcdhEsDirect{jwe_policy_lists::kDirect, jwe_policy_lists::kGcm};
// Everything that there is here.
inline constexpr JwePolicy kEcdhEsWithKeyWrapping{jwe_policy_lists::kAll, jwe_policy_lists::kGcm};

struct JweRequest {
  KeyManagement alg = KeyManagement::ecdh_es;
  ContentEncryption enc = ContentEncryption::a256gcm;
  std::optional<std::string> kid;  // of the recipient's key
  std::optional<std::string> cty;
  Bytes apu, apv;  // decoded values, absent when empty
};
inline constexpr std::size_t kJweBytesMax = 2 * 1024 * 1024;

// A fresh ephemeral key each time, and a fresh content key where one is wrapped. Errors: jwk_unsupported (the
// recipient's key is not on P-256).
Result<std::string> encrypt_jwe(const crypto::PublicKey& recipient, const JweRequest& request, BytesView plaintext,
                                Rng& rng);

// A compact JWE that was split and whose header was read and fits the policy.
class Jwe {
 public:
  // Errors: jwe_malformed, jwe_header_malformed, jwe_alg_not_allowed, jwe_enc_not_allowed, jwe_zip_not_allowed,
  //         jwe_crit_not_understood, public_key_not_on_curve (epk; one of another curve is jwe_header_malformed).
  static Result<Jwe> parse(std::string_view compact, const JwePolicy& policy);

  const json::Object& unverified_header() const { return header_; }
  const std::optional<std::string>& kid() const { return kid_; }
  KeyManagement alg() const { return alg_; }
  ContentEncryption enc() const { return enc_; }

  // Errors: jwe_decryption_failed, one for every cause.
  Result<Bytes> decrypt(const crypto::KeyAgreement& recipient) const;

 private:
  Jwe(json::Object header, const crypto::P256PublicKey& epk) : header_(std::move(header)), epk_(epk) {}
  Result<SecretBytes> content_key(const crypto::KeyAgreement& recipient) const;
  json::Object header_;
  crypto::P256PublicKey epk_;
  std::optional<std::string> kid_;
  KeyManagement alg_{};
  ContentEncryption enc_{};
  std::string protected_text_;
  Bytes apu_, apv_, encrypted_key_, iv_, sealed_;
};

}  // namespace mibun::jose
