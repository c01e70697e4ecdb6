#include "core/jose/jwe.h"

#include <array>

#include "core/base/secret.h"
#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"

namespace mibun::jose {
namespace {

std::size_t key_size(ContentEncryption enc) {
  return enc == ContentEncryption::a128gcm ? 16 : 32;
}

// RFC 7518, section 4.6.2: in direct key agreement the AlgorithmID is the value of "enc".
SecretBytes derive_key(const SecretBytes& shared, ContentEncryption enc, BytesView apu, BytesView apv) {
  return crypto::concat_kdf_sha256(shared.reveal(), to_string(enc), apu, apv, key_size(enc));
}

// header..iv.ciphertext.tag: the second part, the encrypted key, is empty (RFC 7518, section 4.6).
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

Result<ContentEncryption> check_algorithms(const json::Object& header) {
  MIBUN_TRY(const std::string_view alg, required_text(header, "alg"));
  if (alg != "ECDH-ES") return fail(ErrorCode::jwe_alg_not_allowed, "header.alg", "only ECDH-ES");
  MIBUN_TRY(const std::string_view enc, required_text(header, "enc"));
  if (header.contains("zip")) return fail(ErrorCode::jwe_zip_not_allowed, "header.zip", "no compression");
  if (header.contains("crit")) return fail(ErrorCode::jwe_crit_not_understood, "header.crit");
  if (enc == "A128GCM") return ContentEncryption::a128gcm;
  if (enc == "A256GCM") return ContentEncryption::a256gcm;
  return fail(ErrorCode::jwe_enc_not_allowed, "header.enc", "only A128GCM and A256GCM");
}

Result<Jwk> read_epk(const json::Object& header) {
  const json::Value* epk = header.if_contains("epk");
  if (epk == nullptr || !epk->is_object()) return fail(ErrorCode::jwe_header_malformed, "header.epk", "missing");
  auto jwk = Jwk::parse(epk->get_object());
  if (jwk) return jwk;
  if (jwk.error().code == ErrorCode::public_key_not_on_curve) return pass_error(jwk);
  return fail(ErrorCode::jwe_header_malformed, "header.epk", "not a public key on P-256");
}

Result<Bytes> read_party(const json::Object& header, std::string_view name) {
  if (!header.contains(name)) return Bytes{};
  MIBUN_TRY(const std::string_view text, required_text(header, name));
  auto bytes = base64url::decode(text);
  if (!bytes) return fail(ErrorCode::jwe_header_malformed, "header." + std::string(name), "not base64url");
  return bytes;
}

json::Object make_header(const JweRequest& request, const crypto::P256PublicKey& ephemeral) {
  json::Object header{{"alg", "ECDH-ES"}, {"enc", to_string(request.enc)}};
  if (request.kid) header["kid"] = *request.kid;
  if (request.cty) header["cty"] = *request.cty;
  header["epk"] = Jwk(ephemeral).to_json();
  if (!request.apu.empty()) header["apu"] = base64url::encode(request.apu);
  if (!request.apv.empty()) header["apv"] = base64url::encode(request.apv);
  return header;
}

}  // namespace

std::string_view to_string(ContentEncryption enc) {
  return enc == ContentEncryption::a128gcm ? "A128GCM" : "A256GCM";
}

Result<std::string> encrypt_jwe(const crypto::P256PublicKey& recipient, const JweRequest& request, BytesView plaintext,
                                Rng& rng) {
  const auto ephemeral = crypto::P256PrivateKey::generate();
  MIBUN_TRY(const SecretBytes shared, ephemeral.agree(recipient));
  const SecretBytes key = derive_key(shared, request.enc, request.apu, request.apv);
  const std::string header = base64url::encode(json::serialize(make_header(request, ephemeral.public_key())));
  const Bytes iv = rng.bytes(crypto::kAeadIvSize);
  const Bytes sealed = crypto::aes_gcm_seal(key.reveal(), iv, as_bytes(header), plaintext);
  const BytesView view(sealed);
  const std::size_t text_size = sealed.size() - crypto::kAeadTagSize;
  return header + ".." + base64url::encode(iv) + "." + base64url::encode(view.first(text_size)) + "." +
         base64url::encode(view.subspan(text_size));
}

Result<Jwe> Jwe::parse(std::string_view compact) {
  MIBUN_TRY(const auto parts, split(compact));
  MIBUN_TRY(const Bytes header_bytes, decode_part(parts[0], "header"));
  auto header = json::parse_object(as_text(header_bytes));
  if (!header) return fail(ErrorCode::jwe_header_malformed, "header", header.error().detail);
  MIBUN_TRY(const ContentEncryption enc, check_algorithms(*header));
  MIBUN_TRY(Jwk epk, read_epk(*header));
  Jwe jwe(std::move(*header), std::move(epk));
  jwe.enc_ = enc;
  if (jwe.header_.contains("kid")) {
    MIBUN_TRY(const std::string_view kid, required_text(jwe.header_, "kid"));
    jwe.kid_ = std::string(kid);
  }
  MIBUN_TRY(jwe.apu_, read_party(jwe.header_, "apu"));
  MIBUN_TRY(jwe.apv_, read_party(jwe.header_, "apv"));
  if (!parts[1].empty()) return fail(ErrorCode::jwe_malformed, "encrypted_key", "must be empty");
  MIBUN_TRY(jwe.iv_, decode_part(parts[2], "iv"));
  MIBUN_TRY(jwe.sealed_, decode_part(parts[3], "ciphertext"));
  MIBUN_TRY(const Bytes tag, decode_part(parts[4], "tag"));
  if (jwe.iv_.size() != crypto::kAeadIvSize) return fail(ErrorCode::jwe_malformed, "iv", "must be 12 bytes");
  if (tag.size() != crypto::kAeadTagSize) return fail(ErrorCode::jwe_malformed, "tag", "must be 16 bytes");
  jwe.sealed_.insert(jwe.sealed_.end(), tag.begin(), tag.end());
  jwe.protected_text_ = parts[0];
  return jwe;
}

Result<Bytes> Jwe::decrypt(const crypto::KeyAgreement& recipient) const {
  const auto shared = recipient.agree(epk_.key());
  if (!shared) return fail(ErrorCode::jwe_decryption_failed, "jwe");
  const SecretBytes key = derive_key(*shared, enc_, apu_, apv_);
  auto plaintext = crypto::aes_gcm_open(key.reveal(), iv_, as_bytes(protected_text_), sealed_);
  if (!plaintext) return fail(ErrorCode::jwe_decryption_failed, "jwe");
  return plaintext;
}

}  // namespace mibun::jose
