#include "core/jose/jwe.h"

#include <algorithm>
#include <array>

#include "core/base/secret.h"
#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/crypto/key_wrap.h"

namespace mibun::jose {
namespace {

std::size_t key_size(ContentEncryption enc) {
  return enc == ContentEncryption::a128gcm ? 16 : 32;
}

// RFC 7518, section 4.6.2: the AlgorithmID is the value of "enc" in direct key agreement, that of "alg" where the
// agreed key wraps another one.
SecretBytes derive_key(const SecretBytes& shared, KeyManagement alg, ContentEncryption enc, BytesView apu,
                       BytesView apv) {
  const bool direct = alg == KeyManagement::ecdh_es;
  const std::size_t size = direct ? key_size(enc) : alg == KeyManagement::ecdh_es_a128kw ? 16 : 32;
  return crypto::concat_kdf_sha256(shared.reveal(), direct ? to_string(enc) : to_string(alg), apu, apv, size);
}

// header.encrypted_key.iv.ciphertext.tag: RFC 7516, section 7.1.
Result<std::array<std::string_view, 5>> split(std::string_view compact) {
  if (compact.size() > kJweBytesMax) return fail(ErrorCode::jwe_malformed, "jwe", "too large");
  std::array<std::string_view, 5> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = i + 1 < parts.size() ? compact.find('.', begin) : compact.size();
    if (end == std::string_view::npos) return fail(ErrorCode::jwe_malformed, "jwe", "not five parts");
    parts[i] = compact.substr(begin, end - begin);
    begin = end + 1;
  }
  return parts;  // a sixth part's dot stands in the tag, where base64url does not allow it
}

Result<Bytes> decode_part(std::string_view text, const char* where) {
  auto bytes = base64url::decode(text);
  if (!bytes) return fail(ErrorCode::jwe_malformed, where, "not base64url without padding");
  return bytes;
}

Result<std::string_view> required_text(const json::Object& header, std::string_view name) {
  const json::Value* value = header.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return fail(ErrorCode::jwe_header_malformed, "header." + std::string(name), "missing");
  }
  return std::string_view(value->get_string());
}

template <class Algorithm>
std::optional<Algorithm> named(std::string_view name, std::span<const Algorithm> allowed) {
  const auto found = std::ranges::find_if(allowed, [&](Algorithm one) { return to_string(one) == name; });
  return found == allowed.end() ? std::nullopt : std::optional(*found);
}

struct Algorithms {
  KeyManagement alg;
  ContentEncryption enc;
};

Result<Algorithms> check_algorithms(const json::Object& header, const JwePolicy& policy) {
  MIBUN_TRY(const std::string_view alg_name, required_text(header, "alg"));
  const auto alg = named(alg_name, policy.alg);
  if (!alg) return fail(ErrorCode::jwe_alg_not_allowed, "header.alg", "not in the policy");
  MIBUN_TRY(const std::string_view enc_name, required_text(header, "enc"));
  if (header.contains("zip")) return fail(ErrorCode::jwe_zip_not_allowed, "header.zip", "no compression");
  if (header.contains("crit")) return fail(ErrorCode::jwe_crit_not_understood, "header.crit");
  const auto enc = named(enc_name, policy.enc);
  if (!enc) return fail(ErrorCode::jwe_enc_not_allowed, "header.enc", "not in the policy");
  return Algorithms{*alg, *enc};
}

Result<crypto::P256PublicKey> read_epk(const json::Object& header) {
  const json::Value* epk = header.if_contains("epk");
  if (epk == nullptr || !epk->is_object()) return fail(ErrorCode::jwe_header_malformed, "header.epk", "missing");
  auto jwk = Jwk::parse(epk->get_object());
  if (!jwk && jwk.error().code == ErrorCode::public_key_not_on_curve) return pass_error(jwk);
  if (!jwk || jwk->key().p256() == nullptr) {
    return fail(ErrorCode::jwe_header_malformed, "header.epk", "not a public key on P-256");
  }
  return *jwk->key().p256();
}

// RFC 7518, section 4.6: empty in direct key agreement; else a content key of the right size, 8 bytes longer.
Result<Bytes> read_encrypted_key(std::string_view text, const Algorithms& algorithms) {
  MIBUN_TRY(Bytes bytes, decode_part(text, "encrypted_key"));
  const std::size_t expected = algorithms.alg == KeyManagement::ecdh_es ? 0 : key_size(algorithms.enc) + 8;
  if (bytes.size() != expected) return fail(ErrorCode::jwe_malformed, "encrypted_key", "of another size");
  return bytes;
}

Result<Bytes> read_party(const json::Object& header, std::string_view name) {
  if (!header.contains(name)) return Bytes{};
  MIBUN_TRY(const std::string_view text, required_text(header, name));
  auto bytes = base64url::decode(text);
  if (!bytes) return fail(ErrorCode::jwe_header_malformed, "header." + std::string(name), "not base64url");
  return bytes;
}

json::Object make_header(const JweRequest& request, const crypto::P256PublicKey& ephemeral) {
  json::Object header{{"alg", to_string(request.alg)}, {"enc", to_string(request.enc)}};
  if (request.kid) header["kid"] = *request.kid;
  if (request.cty) header["cty"] = *request.cty;
  header["epk"] = Jwk(ephemeral).to_json();
  if (!request.apu.empty()) header["apu"] = base64url::encode(request.apu);
  if (!request.apv.empty()) header["apv"] = base64url::encode(request.apv);
  return header;
}

}  // namespace

std::string_view to_string(KeyManagement alg) {
  switch (alg) {
    case KeyManagement::ecdh_es:
      return "ECDH-ES";
    case KeyManagement::ecdh_es_a128kw:
      return "ECDH-ES+A128KW";
    case KeyManagement::ecdh_es_a256kw:
      return "ECDH-ES+A256KW";
  }
  MIBUN_INVARIANT(false);
  return {};
}

std::string_view to_string(ContentEncryption enc) {
  return enc == ContentEncryption::a128gcm ? "A128GCM" : "A256GCM";
}

Result<std::string> encrypt_jwe(const crypto::PublicKey& recipient, const JweRequest& request, BytesView plaintext,
                                Rng& rng) {
  if (recipient.p256() == nullptr) return fail(ErrorCode::jwk_unsupported, "recipient", "only P-256");
  const auto ephemeral = crypto::P256PrivateKey::generate();
  MIBUN_TRY(const SecretBytes shared, ephemeral.agree(*recipient.p256()));
  SecretBytes key = derive_key(shared, request.alg, request.enc, request.apu, request.apv);
  Bytes encrypted_key;
  if (request.alg != KeyManagement::ecdh_es) {
    SecretBytes content_key(key_size(request.enc));
    rng.fill(content_key.reveal_mutable());
    encrypted_key = crypto::aes_key_wrap(key.reveal(), content_key.reveal());
    key = std::move(content_key);
  }
  const std::string header = base64url::encode(json::serialize(make_header(request, ephemeral.public_key())));
  const Bytes iv = rng.bytes(crypto::kAeadIvSize);
  const Bytes sealed = crypto::aes_gcm_seal(key.reveal(), iv, as_bytes(header), plaintext);
  const BytesView view(sealed);
  const std::size_t text_size = sealed.size() - crypto::kAeadTagSize;
  return header + "." + base64url::encode(encrypted_key) + "." + base64url::encode(iv) + "." +
         base64url::encode(view.first(text_size)) + "." + base64url::encode(view.subspan(text_size));
}

Result<Jwe> Jwe::parse(std::string_view compact, const JwePolicy& policy) {
  MIBUN_TRY(const auto parts, split(compact));
  MIBUN_TRY(const Bytes header_bytes, decode_part(parts[0], "header"));
  auto header = json::parse_object(as_text(header_bytes));
  if (!header) return fail(ErrorCode::jwe_header_malformed, "header", header.error().detail);
  MIBUN_TRY(const Algorithms algorithms, check_algorithms(*header, policy));
  MIBUN_TRY(const crypto::P256PublicKey epk, read_epk(*header));
  Jwe jwe(std::move(*header), epk);
  jwe.alg_ = algorithms.alg;
  jwe.enc_ = algorithms.enc;
  if (jwe.header_.contains("kid")) {
    MIBUN_TRY(const std::string_view kid, required_text(jwe.header_, "kid"));
    jwe.kid_ = std::string(kid);
  }
  MIBUN_TRY(jwe.apu_, read_party(jwe.header_, "apu"));
  MIBUN_TRY(jwe.apv_, read_party(jwe.header_, "apv"));
  MIBUN_TRY(jwe.encrypted_key_, read_encrypted_key(parts[1], algorithms));
  MIBUN_TRY(jwe.iv_, decode_part(parts[2], "iv"));
  MIBUN_TRY(jwe.sealed_, decode_part(parts[3], "ciphertext"));
  MIBUN_TRY(const Bytes tag, decode_part(parts[4], "tag"));
  if (jwe.iv_.size() != crypto::kAeadIvSize) return fail(ErrorCode::jwe_malformed, "iv", "must be 12 bytes");
  if (tag.size() != crypto::kAeadTagSize) return fail(ErrorCode::jwe_malformed, "tag", "must be 16 bytes");
  jwe.sealed_.insert(jwe.sealed_.end(), tag.begin(), tag.end());
  jwe.protected_text_ = parts[0];
  return jwe;
}

Result<SecretBytes> Jwe::content_key(const crypto::KeyAgreement& recipient) const {
  MIBUN_TRY(const SecretBytes shared, recipient.agree(epk_));
  SecretBytes key = derive_key(shared, alg_, enc_, apu_, apv_);
  if (alg_ == KeyManagement::ecdh_es) return key;
  return crypto::aes_key_unwrap(key.reveal(), encrypted_key_);
}

Result<Bytes> Jwe::decrypt(const crypto::KeyAgreement& recipient) const {
  const auto failed = [] { return fail(ErrorCode::jwe_decryption_failed, "jwe"); };
  const auto key = content_key(recipient);
  if (!key) return failed();
  auto plaintext = crypto::aes_gcm_open(key->reveal(), iv_, as_bytes(protected_text_), sealed_);
  if (!plaintext) return failed();
  return plaintext;
}

}  // namespace mibun::jose
