#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/jose/jwk.h"

namespace mibun::jose {

// Compact JWE with ECDH-ES (direct key agreement, P-256) and A128GCM or A256GCM: RFC 7516, RFC 7518 4.6 and 5.3.
enum class ContentEncryption { a128gcm, a256gcm };
std::string_view to_string(ContentEncryption enc);

struct JweRequest {
  ContentEncryption enc = ContentEncryption::a256gcm;
  std::optional<std::string> kid;  // of the recipient's key
  std::optional<std::string> cty;
  Bytes apu, apv;  // decoded values, absent when empty
};
inline constexpr std::size_t kJweBytesMax = 2 * 1024 * 1024;

// A fresh ephemeral key each time.
Result<std::string> encrypt_jwe(const crypto::P256PublicKey& recipient, const JweRequest& request, BytesView plaintext,
                                Rng& rng);

class Jwe {
 public:
  // Errors: jwe_malformed, jwe_header_malformed, jwe_alg_not_allowed, jwe_enc_not_allowed, jwe_zip_not_allowed,
  //         jwe_crit_not_understood, public_key_not_on_curve (epk; one of another curve is jwe_header_malformed).
  static Result<Jwe> parse(std::string_view compact);

  const json::Object& unverified_header() const { return header_; }
  const std::optional<std::string>& kid() const { return kid_; }
  ContentEncryption enc() const { return enc_; }

  // Errors: jwe_decryption_failed, one for every cause.
  Result<Bytes> decrypt(const crypto::KeyAgreement& recipient) const;

 private:
  Jwe(json::Object header, Jwk epk) : header_(std::move(header)), epk_(std::move(epk)) {}
  json::Object header_;
  Jwk epk_;
  std::optional<std::string> kid_;
  ContentEncryption enc_{};
  std::string protected_text_;
  Bytes apu_, apv_, iv_, sealed_;
};

}  // namespace mibun::jose
