#include "core/jose/jwk.h"

#include <algorithm>
#include <array>

#include "core/base/bytes.h"
#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"

namespace mibun::jose {
namespace {

constexpr std::size_t kCoordinateText = 43;  // 32 bytes in base64url

// RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1.
constexpr std::string_view kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

Result<std::optional<std::string>> optional_text(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return fail(ErrorCode::jwk_malformed, std::string(name), "must be a string");
  return std::string(value->get_string());
}

// A coordinate or a scalar: the full 32 bytes, leading zeros included (RFC 7518, section 6.2.1.2).
Status read_32_bytes(const json::Object& object, std::string_view name, std::span<std::uint8_t> out) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return fail(ErrorCode::jwk_malformed, std::string(name), "missing");
  const std::string_view text = value->get_string();
  if (text.size() != kCoordinateText) return fail(ErrorCode::jwk_malformed, std::string(name), "must be 32 bytes");
  if (!base64url::decode_into(text, out)) return fail(ErrorCode::jwk_malformed, std::string(name), "bad base64url");
  return {};
}

Status check_key_type(const json::Object& object) {
  const json::Value* kty = object.if_contains("kty");
  if (kty == nullptr || !kty->is_string()) return fail(ErrorCode::jwk_malformed, "kty", "missing");
  if (kty->get_string() != "EC") return fail(ErrorCode::jwk_unsupported, "kty", "only EC");
  const json::Value* crv = object.if_contains("crv");
  if (crv == nullptr || !crv->is_string()) return fail(ErrorCode::jwk_malformed, "crv", "missing");
  if (crv->get_string() != "P-256") return fail(ErrorCode::jwk_unsupported, "crv", "only P-256");
  return {};
}

Result<crypto::P256PublicKey> read_point(const json::Object& object) {
  MIBUN_CHECK(check_key_type(object));
  std::array<std::uint8_t, 65> point{};
  point[0] = 0x04;
  MIBUN_CHECK(read_32_bytes(object, "x", std::span(point).subspan(1, 32)));
  MIBUN_CHECK(read_32_bytes(object, "y", std::span(point).subspan(33, 32)));
  return crypto::P256PublicKey::from_point(point);
}

}  // namespace

Result<Jwk> Jwk::parse(const json::Object& object) {
  for (const std::string_view name : kPrivateMembers) {
    if (object.contains(name)) return fail(ErrorCode::private_key_rejected, "jwk", "a private or symmetric key");
  }
  MIBUN_TRY(const crypto::P256PublicKey key, read_point(object));
  Jwk jwk(key);
  MIBUN_TRY(jwk.kid_, optional_text(object, "kid"));
  MIBUN_TRY(jwk.alg_, optional_text(object, "alg"));
  MIBUN_TRY(jwk.use_, optional_text(object, "use"));
  if (const json::Value* operations = object.if_contains("key_ops")) {
    if (!operations->is_array()) return fail(ErrorCode::jwk_malformed, "key_ops", "must be an array");
    auto texts = json::string_array(operations->get_array(), "key_ops");
    if (!texts) return fail(ErrorCode::jwk_malformed, "key_ops", "must hold strings");
    jwk.key_ops_ = std::move(*texts);
  }
  return jwk;
}

Result<Jwk> Jwk::parse(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  return parse(object);
}

Status Jwk::check_use(KeyUse use) const {
  const bool signature = use == KeyUse::signature;
  if (use_ && *use_ != (signature ? "sig" : "enc")) return fail(ErrorCode::jwk_unsupported, "use", "another use");
  if (alg_ && *alg_ != (signature ? "ES256" : "ECDH-ES")) return fail(ErrorCode::jwk_unsupported, "alg");
  if (!key_ops_) return {};
  const auto listed = [&](std::string_view name) { return std::ranges::find(*key_ops_, name) != key_ops_->end(); };
  if (signature ? listed("verify") : listed("deriveKey") || listed("deriveBits") || key_ops_->empty()) return {};
  return fail(ErrorCode::jwk_unsupported, "key_ops", "another use");
}

json::Object Jwk::to_json() const {
  json::Object object{
      {"crv", "P-256"}, {"kty", "EC"}, {"x", base64url::encode(key_.x())}, {"y", base64url::encode(key_.y())}};
  if (kid_) object["kid"] = *kid_;
  if (alg_) object["alg"] = *alg_;
  if (use_) object["use"] = *use_;
  return object;
}

std::string Jwk::thumbprint() const {
  // RFC 7638, section 3: required members only, in lexicographic order, no whitespace.
  std::string text = R"({"crv":"P-256","kty":"EC","x":")";
  text += base64url::encode(key_.x());
  text += R"(","y":")";
  text += base64url::encode(key_.y());
  text += R"("})";
  return base64url::encode(crypto::sha256(text));
}

Result<crypto::P256PrivateKey> parse_private_jwk(std::string_view text) {
  MIBUN_TRY(json::Object object, json::parse_object(text));
  MIBUN_TRY(const crypto::P256PublicKey point, read_point(object));
  SecretBytes scalar(32);
  MIBUN_CHECK(read_32_bytes(object, "d", scalar.reveal_mutable()));
  auto& d = object["d"].get_string();
  secure_wipe({reinterpret_cast<std::uint8_t*>(d.data()), d.size()});
  MIBUN_TRY(crypto::P256PrivateKey key, crypto::P256PrivateKey::from_scalar(scalar.reveal()));
  if (key.public_key() != point) return fail(ErrorCode::jwk_malformed, "d", "not the key of x and y");
  return key;
}

SecretBytes private_jwk(const crypto::P256PrivateKey& key) {
  const crypto::P256PublicKey point = key.public_key();
  const SecretBytes scalar = key.scalar();
  std::string d = base64url::encode(scalar.reveal());
  std::string text;
  text.reserve(256);  // no reallocation: each would leave a copy of d behind
  text += R"({"kty":"EC","crv":"P-256","x":")";
  text += base64url::encode(point.x());
  text += R"(","y":")";
  text += base64url::encode(point.y());
  text += R"(","d":")";
  text += d;
  text += R"("})";
  SecretBytes secret = SecretBytes::copy_of(as_bytes(text));
  secure_wipe({reinterpret_cast<std::uint8_t*>(d.data()), d.size()});
  secure_wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return secret;
}

}  // namespace mibun::jose
