#include "core/jose/jwe.h"

#include <doctest/doctest.h>

#include <array>

#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using jose::ContentEncryption;
using jose::Jwe;

namespace {

const crypto::P256PrivateKey& recipient() {
  static const auto made = crypto::P256PrivateKey::generate();
  return made;
}

std::string seal(std::string_view plaintext, const jose::JweRequest& request = {}) {
  crypto::SystemRng rng;
  return must(jose::encrypt_jwe(recipient().public_key(), request, as_bytes(plaintext), rng));
}

std::array<std::string, 5> parts_of(const std::string& text) {
  std::array<std::string, 5> parts;
  std::size_t i = 0;
  for (const char c : text) {
    if (c == '.') {
      ++i;
    } else {
      parts.at(i) += c;
    }
  }
  return parts;
}

std::string join(const std::array<std::string, 5>& parts) {
  return parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[3] + "." + parts[4];
}

ErrorCode open(std::string_view text) {
  const auto jwe = Jwe::parse(text, jose::kEcdhEsDirect);
  return jwe ? code_of(jwe->decrypt(recipient())) : jwe.error().code;
}

// A JWE that opens whatever its header says, so that only the header can be the reason of a refusal.
std::string seal_with_header(const json::Object& extra, std::string_view erase = {}) {
  const auto ephemeral = crypto::P256PrivateKey::generate();
  json::Object header{{"alg", "ECDH-ES"}, {"enc", "A256GCM"}, {"epk", jose::Jwk(ephemeral.public_key()).to_json()}};
  for (const auto& member : extra) header[member.key()] = member.value();
  header.erase(erase);
  const std::string text = base64url::encode(json::serialize(header));
  const SecretBytes shared = must(ephemeral.agree(recipient().public_key()));
  const SecretBytes key = crypto::concat_kdf_sha256(shared.reveal(), "A256GCM", {}, {}, 32);
  const Bytes iv(12);
  const Bytes sealed = crypto::aes_gcm_seal(key.reveal(), iv, as_bytes(text), as_bytes("hello"));
  const BytesView view(sealed);
  return join({text, "", base64url::encode(iv), base64url::encode(view.first(5)), base64url::encode(view.subspan(5))});
}

}  // namespace

TEST_CASE("RFC 7518, appendix C: the derived key") {
  const json::Object vector = must(json::parse_object(read_vector("jwa-rfc7518-ecdh-es/appendix_c.json")));
  const auto private_key = [&](const char* name) {
    return must(jose::parse_private_jwk(json::serialize(vector.at(name).as_object())));
  };
  const auto text = [&](const char* name) { return std::string(vector.at(name).as_string()); };
  const auto alice = private_key("epk_private_jwk"), bob = private_key("recipient_private_jwk");
  const SecretBytes shared = must(alice.agree(bob.public_key()));
  CHECK(hex::encode(shared.reveal()) == text("Z_hex"));
  CHECK(ct_equal(must(bob.agree(alice.public_key())).reveal(), shared.reveal()));
  const SecretBytes key =
      crypto::concat_kdf_sha256(shared.reveal(), to_string(ContentEncryption::a128gcm),
                                must(base64url::decode(text("apu"))), must(base64url::decode(text("apv"))), 16);
  CHECK(base64url::encode(key.reveal()) == text("derived_key"));
}

TEST_CASE("what is sealed opens with the right key only") {
  for (const auto enc : {ContentEncryption::a128gcm, ContentEncryption::a256gcm}) {
    const jose::JweRequest request{
        .enc = enc, .kid = "k1", .cty = "json", .apu = to_bytes("us"), .apv = to_bytes("them")};
    for (const std::size_t size : {0U, 1U, 16U, 5000U}) {
      const std::string plaintext(size, 'p');
      const Jwe jwe = must(Jwe::parse(seal(plaintext, request), jose::kEcdhEsDirect));
      CHECK(jwe.enc() == enc);
      CHECK(jwe.kid() == "k1");
      CHECK(jwe.unverified_header().at("cty") == "json");
      CHECK(as_text(must(jwe.decrypt(recipient()))) == plaintext);
      CHECK(code_of(jwe.decrypt(crypto::P256PrivateKey::generate())) == ErrorCode::jwe_decryption_failed);
    }
  }
  CHECK(seal("same") != seal("same"));
  CHECK(parts_of(seal("a"))[0] != parts_of(seal("a"))[0]);  // a fresh ephemeral key
}

TEST_CASE("every flipped bit of IV, ciphertext, tag and header is refused") {
  const std::string text = seal("attack at dawn", {.kid = "kid"});
  const auto good = parts_of(text);
  REQUIRE(open(text) == ErrorCode::internal_error);
  for (const std::size_t part : {2U, 3U, 4U}) {
    const Bytes bytes = must(base64url::decode(good[part]));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      Bytes bad = bytes;
      bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
      auto parts = good;
      parts[part] = base64url::encode(bad);
      CHECK(open(join(parts)) == ErrorCode::jwe_decryption_failed);
    }
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    CHECK(open(bad) != ErrorCode::internal_error);
  }
  // A header that says the same in other words is another header: the text is authenticated.
  auto parts = good;
  const std::string header(as_text(must(base64url::decode(good[0]))));
  parts[0] = base64url::encode(header.substr(0, header.size() - 1) + ",\"x\":1}");
  CHECK(open(join(parts)) == ErrorCode::jwe_decryption_failed);
}

TEST_CASE("A35, A36: a header that must not be is refused") {
  const json::Object p384{{"kty", "EC"},
                          {"crv", "P-384"},
                          {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                          {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
  json::Object off_curve = p384;
  off_curve["crv"] = "P-256";
  off_curve["y"] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a8";
  json::Object private_epk = off_curve;
  private_epk["d"] = "AQ";
  struct Row {
    const char* why;
    json::Object extra;
    ErrorCode want;
  };
  const Row rows[] = {
      {"good, to begin with", {}, ErrorCode::internal_error},
      {"unknown members are ignored", {{"foo", 1}}, ErrorCode::internal_error},
      {"RSA1_5", {{"alg", "RSA1_5"}}, ErrorCode::jwe_alg_not_allowed},
      {"RSA-OAEP", {{"alg", "RSA-OAEP"}}, ErrorCode::jwe_alg_not_allowed},
      {"PBES2", {{"alg", "PBES2-HS256+A128KW"}, {"p2c", 2000000000}}, ErrorCode::jwe_alg_not_allowed},
      {"dir", {{"alg", "dir"}}, ErrorCode::jwe_alg_not_allowed},
      {"A128KW", {{"alg", "A128KW"}}, ErrorCode::jwe_alg_not_allowed},
      {"ECDH-ES+A128KW", {{"alg", "ECDH-ES+A128KW"}}, ErrorCode::jwe_alg_not_allowed},
      {"none", {{"alg", "none"}}, ErrorCode::jwe_alg_not_allowed},
      {"alg a number", {{"alg", 1}}, ErrorCode::jwe_header_malformed},
      {"CBC", {{"enc", "A128CBC-HS256"}}, ErrorCode::jwe_enc_not_allowed},
      {"A192GCM", {{"enc", "A192GCM"}}, ErrorCode::jwe_enc_not_allowed},
      {"zip", {{"zip", "DEF"}}, ErrorCode::jwe_zip_not_allowed},
      {"zip null", {{"zip", nullptr}}, ErrorCode::jwe_zip_not_allowed},
      {"crit", {{"crit", {"exp"}}, {"exp", 1}}, ErrorCode::jwe_crit_not_understood},
      {"crit empty", {{"crit", json::Array()}}, ErrorCode::jwe_crit_not_understood},
      {"epk a string", {{"epk", "x"}}, ErrorCode::jwe_header_malformed},
      {"epk of another curve", {{"epk", p384}}, ErrorCode::jwe_header_malformed},
      {"epk a good key of another curve",
       {{"epk", jose::Jwk(crypto::P384PrivateKey::generate().public_key()).to_json()}},
       ErrorCode::jwe_header_malformed},
      {"epk a signing key",
       {{"epk", jose::Jwk(crypto::Ed25519PrivateKey::generate().public_key()).to_json()}},
       ErrorCode::jwe_header_malformed},
      {"ecdh-es", {{"alg", "ecdh-es"}}, ErrorCode::jwe_alg_not_allowed},
      {"ECDH-ES with a NUL", {{"alg", json::Value(std::string("ECDH-ES\0", 8))}}, ErrorCode::jwe_alg_not_allowed},
      {"a128gcm", {{"enc", "a128gcm"}}, ErrorCode::jwe_enc_not_allowed},
      {"enc null", {{"enc", nullptr}}, ErrorCode::jwe_header_malformed},
      {"p2c beside", {{"p2c", 2000000000}}, ErrorCode::internal_error},
      {"epk off the curve", {{"epk", off_curve}}, ErrorCode::public_key_not_on_curve},
      {"epk with a private part", {{"epk", private_epk}}, ErrorCode::jwe_header_malformed},
      {"apu padded", {{"apu", "QQ=="}}, ErrorCode::jwe_header_malformed},
      {"apv a number", {{"apv", 1}}, ErrorCode::jwe_header_malformed},
      {"kid a number", {{"kid", 1}}, ErrorCode::jwe_header_malformed},
      {"apu added", {{"apu", "QQ"}}, ErrorCode::jwe_decryption_failed},
      {"apv added", {{"apv", "QQ"}}, ErrorCode::jwe_decryption_failed},
      {"enc swapped", {{"enc", "A128GCM"}}, ErrorCode::jwe_decryption_failed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(open(seal_with_header(row.extra)) == row.want);
  }
  for (const char* name : {"alg", "enc", "epk"}) {
    CHECK(open(seal_with_header({}, name)) == ErrorCode::jwe_header_malformed);
  }
}

TEST_CASE("A37: another shape is refused") {
  const std::string text = seal("hello");
  const auto good = parts_of(text);
  const auto with = [&](std::size_t part, std::string value) {
    auto parts = good;
    parts[part] = std::move(value);
    return join(parts);
  };
  struct Row {
    const char* why;
    std::string text;
    ErrorCode want;
  };
  const Row rows[] = {
      {"empty", "", ErrorCode::jwe_malformed},
      {"a JWS", "e30.e30.AA", ErrorCode::jwe_malformed},
      {"four parts", text.substr(0, text.rfind('.')), ErrorCode::jwe_malformed},
      {"six parts", text + ".", ErrorCode::jwe_malformed},
      {"no header", with(0, ""), ErrorCode::jwe_header_malformed},
      {"header padded", with(0, good[0] + "="), ErrorCode::jwe_malformed},
      {"header not an object", with(0, "W10"), ErrorCode::jwe_header_malformed},
      {"header with a duplicate", with(0, base64url::encode(R"({"alg":"ECDH-ES","alg":"ECDH-ES"})")),
       ErrorCode::jwe_header_malformed},
      {"an encrypted key", with(1, "AAAA"), ErrorCode::jwe_malformed},
      {"IV of 11 bytes", with(2, base64url::encode(Bytes(11))), ErrorCode::jwe_malformed},
      {"IV of 16 bytes", with(2, base64url::encode(Bytes(16))), ErrorCode::jwe_malformed},
      {"no IV", with(2, ""), ErrorCode::jwe_malformed},
      {"ciphertext padded", with(3, good[3] + "="), ErrorCode::jwe_malformed},
      {"no ciphertext", with(3, ""), ErrorCode::jwe_decryption_failed},
      {"tag of 15 bytes", with(4, base64url::encode(Bytes(15))), ErrorCode::jwe_malformed},
      {"tag of 17 bytes", with(4, base64url::encode(Bytes(17))), ErrorCode::jwe_malformed},
      {"tag of 4 bytes", with(4, base64url::encode(Bytes(4))), ErrorCode::jwe_malformed},
      {"no tag", with(4, ""), ErrorCode::jwe_malformed},
      {"a newline behind", text + "\n", ErrorCode::jwe_malformed},
      {"too large", seal(std::string(jose::kJweBytesMax / 4 * 3, 'x')), ErrorCode::jwe_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(open(row.text) == row.want);
  }
}

TEST_CASE("a wrapped content key opens under a policy that allows wrapping, and only there") {
  using enum jose::KeyManagement;
  for (const auto alg : {ecdh_es, ecdh_es_a128kw, ecdh_es_a256kw}) {
    for (const auto enc : {ContentEncryption::a128gcm, ContentEncryption::a256gcm}) {
      const jose::JweRequest request{.alg = alg, .enc = enc, .kid = "k", .apu = to_bytes("u"), .apv = to_bytes("v")};
      const std::string text = seal("wrapped", request);
      const auto jwe = must(Jwe::parse(text, jose::kEcdhEsWithKeyWrapping));
      CHECK(jwe.alg() == alg);
      CHECK(as_text(must(jwe.decrypt(recipient()))) == "wrapped");
      CHECK(code_of(jwe.decrypt(crypto::P256PrivateKey::generate())) == ErrorCode::jwe_decryption_failed);
      CHECK(open(text) == (alg == ecdh_es ? ErrorCode::internal_error : ErrorCode::jwe_alg_not_allowed));
    }
  }
}

TEST_CASE("every flipped bit of an encrypted key is refused, and so is every other size") {
  const auto open_wrapped = [](const std::string& text) {
    const auto jwe = Jwe::parse(text, jose::kEcdhEsWithKeyWrapping);
    return jwe ? code_of(jwe->decrypt(recipient())) : jwe.error().code;
  };
  const std::string text = seal("hello", {.alg = jose::KeyManagement::ecdh_es_a256kw});
  const auto good = parts_of(text);
  const Bytes key = must(base64url::decode(good[1]));
  REQUIRE(key.size() == 40);
  REQUIRE(open_wrapped(text) == ErrorCode::internal_error);
  const auto with_key = [&](BytesView bytes) {
    auto parts = good;
    parts[1] = base64url::encode(bytes);
    return open_wrapped(join(parts));
  };
  for (std::size_t bit = 0; bit < key.size() * 8; ++bit) {
    Bytes bad = key;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
    CHECK(with_key(bad) == ErrorCode::jwe_decryption_failed);
  }
  for (const std::size_t size : {0U, 16U, 24U, 32U, 39U}) {
    CHECK(with_key(BytesView(key).first(size)) == ErrorCode::jwe_malformed);
  }
}

TEST_CASE("a policy may allow less") {
  constexpr jose::KeyManagement direct[] = {jose::KeyManagement::ecdh_es};
  constexpr ContentEncryption strong[] = {ContentEncryption::a256gcm};
  const jose::JwePolicy policy{.alg = direct, .enc = strong};
  CHECK(Jwe::parse(seal("x", {.enc = ContentEncryption::a256gcm}), policy).has_value());
  CHECK(code_of(Jwe::parse(seal("x", {.enc = ContentEncryption::a128gcm}), policy)) == ErrorCode::jwe_enc_not_allowed);
  CHECK(code_of(Jwe::parse(seal("x"), {.alg = {}, .enc = strong})) == ErrorCode::jwe_alg_not_allowed);
}

TEST_CASE("only a P-256 key can be encrypted to") {
  crypto::SystemRng rng;
  CHECK(code_of(jose::encrypt_jwe(crypto::P384PrivateKey::generate().public_key(), {}, as_bytes("x"), rng)) ==
        ErrorCode::jwk_unsupported);
  CHECK(code_of(jose::encrypt_jwe(crypto::Ed25519PrivateKey::generate().public_key(), {}, as_bytes("x"), rng)) ==
        ErrorCode::jwk_unsupported);
}
