#include "core/jose/jwk.h"

#include <algorithm>
#include <array>

#include "core/base/bytes.h"
#include "core/codecs/base64url.h"
#include "core/jose/algorithm_names.h"

namespace mibun::jose {
namespace {

// RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1.
constexpr std::string_view kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};
constexpr std::string_view kEncryptionAlgorithms[] = {"ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"};

using crypto::SignatureAlgorithm;

Result<std::string_view> required_text(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return fail(ErrorCode::jwk_malformed, std::string(name), "missing");
  return std::string_view(value->get_string());
}

Result<std::optional<std::string>> optional_text(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return fail(ErrorCode::jwk_malformed, std::string(name), "must be a string");
  return std::string(value->get_string());
}

// A coordinate or a scalar: all out.size() bytes, leading zeros included (RFC 7518, section 6.2.1.2).
Status read_bytes(const json::Object& object, std::string_view name, std::span<std::uint8_t> out) {
  MIBUN_TRY(const std::string_view text, required_text(object, name));
  if (text.size() != (out.size() * 4 + 2) / 3) {
    return fail(ErrorCode::jwk_malformed, std::string(name), "of another size");
  }
  if (!base64url::decode_into(text, out)) return fail(ErrorCode::jwk_malformed, std::string(name), "bad base64url");
  return {};
}

Result<SignatureAlgorithm> read_kind(const json::Object& object) {
  MIBUN_TRY(const std::string_view kty, required_text(object, "kty"));
  if (kty != "EC" && kty != "OKP") return fail(ErrorCode::jwk_unsupported, "kty", "only EC and OKP");
  MIBUN_TRY(const std::string_view crv, required_text(object, "crv"));
  if (kty == "EC" && crv == "P-256") return SignatureAlgorithm::es256;
  if (kty == "EC" && crv == "P-384") return SignatureAlgorithm::es384;
  if (kty == "OKP" && crv == "Ed25519") return SignatureAlgorithm::ed25519;
  return fail(ErrorCode::jwk_unsupported, "crv", "only P-256, P-384 and Ed25519");
}

template <std::size_t Half>
Result<std::array<std::uint8_t, 1 + 2 * Half>> read_point(const json::Object& object) {
  std::array<std::uint8_t, 1 + 2 * Half> point{0x04};
  MIBUN_CHECK(read_bytes(object, "x", std::span(point).subspan(1, Half)));
  MIBUN_CHECK(read_bytes(object, "y", std::span(point).subspan(1 + Half, Half)));
  return point;
}

Result<crypto::PublicKey> read_public_key(const json::Object& object) {
  MIBUN_TRY(const SignatureAlgorithm kind, read_kind(object));
  if (kind == SignatureAlgorithm::es256) {
    MIBUN_TRY(const auto point, read_point<32>(object));
    return crypto::P256PublicKey::from_point(point);
  }
  if (kind == SignatureAlgorithm::es384) {
    MIBUN_TRY(const auto point, read_point<48>(object));
    return crypto::P384PublicKey::from_point(point);
  }
  std::array<std::uint8_t, 32> x{};
  MIBUN_CHECK(read_bytes(object, "x", x));
  return crypto::Ed25519PublicKey::from_bytes(x);
}

struct Members {
  std::string_view crv, kty;
  std::string x, y;  // y is empty for OKP
};

Members members_of(const crypto::PublicKey& key) {
  if (const auto* p256 = key.p256()) return {"P-256", "EC", base64url::encode(p256->x()), base64url::encode(p256->y())};
  if (const auto* p384 = key.p384()) return {"P-384", "EC", base64url::encode(p384->x()), base64url::encode(p384->y())};
  return {"Ed25519", "OKP", base64url::encode(key.ed25519()->bytes()), {}};
}

// RFC 7638, section 3: required members only, in lexicographic order, no whitespace.
std::string thumbprint_input(const crypto::PublicKey& key) {
  const Members members = members_of(key);
  std::string text = R"({"crv":")";
  text += members.crv;
  text += R"(","kty":")";
  text += members.kty;
  text += R"(","x":")";
  text += members.x;
  if (!members.y.empty()) {
    text += R"(","y":")";
    text += members.y;
  }
  text += R"("})";
  return text;
}

void wipe(std::string_view text) {
  secure_wipe({reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())), text.size()});
}

struct PrivateMembers {
  crypto::PublicKey key;
  SecretBytes d;
};

// The secret is wiped from the parsed text's tree.
Result<PrivateMembers> read_private(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  MIBUN_TRY(const crypto::PublicKey key, read_public_key(object));
  SecretBytes d(key.p384() != nullptr ? 48 : 32);
  const Status read = read_bytes(object, "d", d.reveal_mutable());
  if (const json::Value* member = object.if_contains("d"); member != nullptr && member->is_string()) {
    wipe(member->get_string());
  }
  if (!read) return std::unexpected(read.error());
  return PrivateMembers{key, std::move(d)};
}

template <class Private>
Result<std::unique_ptr<crypto::Signer>> checked_signer(Result<Private> key, const crypto::PublicKey& stated) {
  if (!key) return pass_error(key);
  if (key->verification_key() != stated) return fail(ErrorCode::jwk_malformed, "d", "not the key of the public part");
  return std::make_unique<Private>(std::move(*key));
}

SecretBytes write_private(const crypto::PublicKey& key, const SecretBytes& secret) {
  const Members members = members_of(key);
  std::string d = base64url::encode(secret.reveal());
  std::string text;
  text.reserve(512);  // no reallocation: each would leave a copy of d behind
  text += R"({"kty":")";
  text += members.kty;
  text += R"(","crv":")";
  text += members.crv;
  text += R"(","x":")";
  text += members.x;
  if (!members.y.empty()) {
    text += R"(","y":")";
    text += members.y;
  }
  text += R"(","d":")";
  text += d;
  text += R"("})";
  SecretBytes out = SecretBytes::copy_of(as_bytes(text));
  wipe(d);
  wipe(text);
  return out;
}

}  // namespace

Result<Jwk> Jwk::parse(const json::Object& object) {
  for (const std::string_view name : kPrivateMembers) {
    if (object.contains(name)) return fail(ErrorCode::private_key_rejected, "jwk", "a private or symmetric key");
  }
  MIBUN_TRY(const crypto::PublicKey key, read_public_key(object));
  Jwk jwk(key);
  MIBUN_TRY(jwk.kid_, optional_text(object, "kid"));
  MIBUN_TRY(jwk.alg_, optional_text(object, "alg"));
  MIBUN_TRY(jwk.use_, optional_text(object, "use"));
  if (const json::Value* operations = object.if_contains("key_ops")) {
    if (!operations->is_array()) return fail(ErrorCode::jwk_malformed, "key_ops", "must be an array");
    auto texts = json::string_array(operations->get_array(), "key_ops");
    if (!texts) return fail(ErrorCode::jwk_malformed, "key_ops", "must hold strings");
    const auto repeated = [&](const std::string& one) { return std::ranges::count(*texts, one) > 1; };
    if (std::ranges::any_of(*texts, repeated)) return fail(ErrorCode::jwk_malformed, "key_ops", "one twice");
    jwk.key_ops_ = std::move(*texts);
  }
  return jwk;
}

Result<Jwk> Jwk::parse(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  return parse(object);
}

Result<crypto::P256PublicKey> Jwk::p256() const {
  if (key_.p256() == nullptr) return fail(ErrorCode::jwk_unsupported, "crv", "only P-256 here");
  return *key_.p256();
}

Status Jwk::check_use(KeyUse use) const {
  const bool signature = use == KeyUse::signature;
  if (!signature && key_.p256() == nullptr) return fail(ErrorCode::jwk_unsupported, "crv", "no key agreement");
  if (use_ && *use_ != (signature ? "sig" : "enc")) return fail(ErrorCode::jwk_unsupported, "use", "another use");
  if (alg_) {
    const bool agrees = signature ? signature_algorithm_named(*alg_) == key_.algorithm()
                                  : std::ranges::find(kEncryptionAlgorithms, *alg_) != std::end(kEncryptionAlgorithms);
    if (!agrees) return fail(ErrorCode::jwk_unsupported, "alg");
  }
  if (!key_ops_) return {};
  const auto listed = [&](std::string_view name) { return std::ranges::find(*key_ops_, name) != key_ops_->end(); };
  // A public key for ECDH-ES may well list nothing: WebCrypto exports it so.
  if (signature ? listed("verify") : listed("deriveKey") || listed("deriveBits") || key_ops_->empty()) return {};
  return fail(ErrorCode::jwk_unsupported, "key_ops", "another use");
}

json::Object Jwk::to_json() const {
  const Members members = members_of(key_);
  json::Object object{{"crv", members.crv}, {"kty", members.kty}, {"x", members.x}};
  if (!members.y.empty()) object["y"] = members.y;
  if (kid_) object["kid"] = *kid_;
  if (alg_) object["alg"] = *alg_;
  if (use_) object["use"] = *use_;
  return object;
}

crypto::Sha256Digest Jwk::thumbprint_sha256() const {
  return crypto::sha256(thumbprint_input(key_));
}

std::string Jwk::thumbprint() const {
  return base64url::encode(thumbprint_sha256());
}

std::string Jwk::thumbprint_uri() const {
  return "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + thumbprint();
}

Result<crypto::P256PrivateKey> parse_private_jwk(std::string_view text) {
  MIBUN_TRY(const PrivateMembers members, read_private(text));
  if (members.key.p256() == nullptr) return fail(ErrorCode::jwk_unsupported, "crv", "only P-256 here");
  MIBUN_TRY(crypto::P256PrivateKey key, crypto::P256PrivateKey::from_scalar(members.d.reveal()));
  if (key.public_key() != *members.key.p256()) {
    return fail(ErrorCode::jwk_malformed, "d", "not the key of the public part");
  }
  return key;
}

Result<std::unique_ptr<crypto::Signer>> parse_private_signing_jwk(std::string_view text) {
  MIBUN_TRY(const PrivateMembers members, read_private(text));
  const BytesView d = members.d.reveal();
  switch (members.key.algorithm()) {
    case SignatureAlgorithm::es256:
      return checked_signer(crypto::P256PrivateKey::from_scalar(d), members.key);
    case SignatureAlgorithm::es384:
      return checked_signer(crypto::P384PrivateKey::from_scalar(d), members.key);
    case SignatureAlgorithm::ed25519:
      return checked_signer(crypto::Ed25519PrivateKey::from_seed(d), members.key);
  }
  MIBUN_INVARIANT(false);
  return fail(ErrorCode::internal_error);
}

SecretBytes private_jwk(const crypto::P256PrivateKey& key) {
  return write_private(key.public_key(), key.scalar());
}
SecretBytes private_jwk(const crypto::P384PrivateKey& key) {
  return write_private(key.public_key(), key.scalar());
}
SecretBytes private_jwk(const crypto::Ed25519PrivateKey& key) {
  return write_private(key.public_key(), key.seed());
}

}  // namespace mibun::jose
