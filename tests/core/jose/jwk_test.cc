#include "core/jose/jwk.h"

#include <doctest/doctest.h>

#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using jose::Jwk;

namespace {

constexpr std::string_view kX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr std::string_view kY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

json::Object good_jwk() {
  return {{"kty", "EC"}, {"crv", "P-256"}, {"x", kX}, {"y", kY}};
}

std::string vector(const std::string& name) {
  std::string text = read_vector("jose-rfc7515-7516-7517-7638/" + name);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

TEST_CASE("a public key survives writing and reading") {
  Jwk jwk = must(Jwk::parse(good_jwk()));
  CHECK(jwk.to_json() == good_jwk());
  jwk.set_kid("k1");
  jwk.set_alg("ECDH-ES");
  jwk.set_use("enc");
  const Jwk again = must(Jwk::parse(json::serialize(jwk.to_json())));
  CHECK(again.key() == jwk.key());
  CHECK(again.kid() == "k1");
  CHECK(again.alg() == "ECDH-ES");
  CHECK(again.use() == "enc");
}

TEST_CASE("a key that is not a public P-256 key is refused") {
  struct Row {
    const char* why;
    const char* name;
    json::Value value;
    ErrorCode want;
  };
  const Row rows[] = {
      {"private", "d", "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI", ErrorCode::private_key_rejected},
      {"private, empty", "d", "", ErrorCode::private_key_rejected},
      {"RSA prime", "p", "AQ", ErrorCode::private_key_rejected},
      {"symmetric", "k", "AQ", ErrorCode::private_key_rejected},
      {"RSA", "kty", "RSA", ErrorCode::jwk_unsupported},
      {"OKP", "kty", "OKP", ErrorCode::jwk_unsupported},
      {"kty of another case", "kty", "ec", ErrorCode::jwk_unsupported},
      {"kty a number", "kty", 1, ErrorCode::jwk_malformed},
      {"another curve", "crv", "P-384", ErrorCode::jwk_unsupported},
      {"secp256k1", "crv", "secp256k1", ErrorCode::jwk_unsupported},
      {"crv null", "crv", nullptr, ErrorCode::jwk_malformed},
      {"x short", "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE", ErrorCode::jwk_malformed},
      {"x with a leading zero", "x", "AH_NzidwnsRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF", ErrorCode::jwk_malformed},
      {"x padded", "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=", ErrorCode::jwk_malformed},
      {"x standard base64", "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE/", ErrorCode::jwk_malformed},
      {"x trailing bits", "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV", ErrorCode::jwk_malformed},
      {"y missing", "y", nullptr, ErrorCode::jwk_malformed},
      {"off the curve", "y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1", ErrorCode::jwk_malformed},
      {"y of another point", "y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a8", ErrorCode::public_key_not_on_curve},
      {"zero", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ErrorCode::public_key_not_on_curve},
      {"kid a number", "kid", 7, ErrorCode::jwk_malformed},
      {"alg a list", "alg", json::Array{"ES256"}, ErrorCode::jwk_malformed},
      {"key_ops a string", "key_ops", "verify", ErrorCode::jwk_malformed},
      {"key_ops of numbers", "key_ops", json::Array{1}, ErrorCode::jwk_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object jwk = good_jwk();
    jwk[row.name] = row.value;
    CHECK(code_of(Jwk::parse(jwk)) == row.want);
  }
  for (const char* name : {"kty", "crv", "x", "y"}) {
    json::Object jwk = good_jwk();
    jwk.erase(name);
    CHECK(code_of(Jwk::parse(jwk)) == ErrorCode::jwk_malformed);
  }
  CHECK(code_of(Jwk::parse(R"({"kty":"EC","kty":"EC"})")) == ErrorCode::json_duplicate_key);
  CHECK(code_of(Jwk::parse("[]")) == ErrorCode::json_wrong_type);
}

TEST_CASE("a key is used for what its owner says it is for") {
  struct Row {
    const char* name;
    json::Value value;
    bool signature, encryption;
  };
  const Row rows[] = {
      {"use", "sig", true, false},
      {"use", "enc", false, true},
      {"alg", "ES256", true, false},
      {"alg", "ECDH-ES", false, true},
      {"alg", "ES384", false, false},
      {"key_ops", json::Array{"verify"}, true, false},
      {"key_ops", json::Array{"encrypt"}, false, false},
      {"key_ops", json::Array{"deriveBits"}, false, true},
      {"ext", true, true, true},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    json::Object object = good_jwk();
    object[row.name] = row.value;
    const Jwk jwk = must(Jwk::parse(object));
    CHECK(jwk.check_use(jose::KeyUse::signature).has_value() == row.signature);
    CHECK(jwk.check_use(jose::KeyUse::encryption).has_value() == row.encryption);
  }
}

TEST_CASE("private keys of RFC 7515, A.3 and our own") {
  const auto key = must(jose::parse_private_jwk(vector("rfc7515_A.3.jwk")));
  CHECK(Jwk(key.public_key()).to_json() == good_jwk());
  const SecretBytes text = jose::private_jwk(key);
  CHECK(must(jose::parse_private_jwk(as_text(text.reveal()))).public_key() == key.public_key());
  // d of another key
  json::Object mixed = must(json::parse_object(as_text(text.reveal())));
  mixed["d"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE";
  CHECK(code_of(jose::parse_private_jwk(json::serialize(mixed))) == ErrorCode::jwk_malformed);
  mixed["d"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  CHECK(code_of(jose::parse_private_jwk(json::serialize(mixed))) == ErrorCode::private_key_malformed);
}

TEST_CASE("the key sets of RFC 7517: each key is taken or refused for what it is") {
  const auto codes = [](const std::string& file) {
    std::vector<ErrorCode> found;
    const json::Object set = must(json::parse_object(vector(file)));
    for (const auto& key : set.at("keys").as_array()) found.push_back(code_of(Jwk::parse(key.as_object())));
    return found;
  };
  CHECK(codes("rfc7517_A.1.jwkset") == std::vector{ErrorCode::internal_error, ErrorCode::jwk_unsupported});
  CHECK(codes("rfc7517_A.2.jwkset") == std::vector{ErrorCode::private_key_rejected, ErrorCode::private_key_rejected});
  CHECK(codes("rfc7517_A.3.jwkset") == std::vector{ErrorCode::private_key_rejected, ErrorCode::private_key_rejected});
}

TEST_CASE("thumbprint: RFC 7638") {
  // Computed with openssl dgst -sha256 over {"crv":"P-256","kty":"EC","x":"f83O...","y":"x_FE..."}.
  Jwk jwk = must(Jwk::parse(good_jwk()));
  jwk.set_kid("does not count");
  CHECK(jwk.thumbprint() == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
  CHECK(code_of(Jwk::parse(vector("rfc7638_3.1.jwk"))) == ErrorCode::jwk_unsupported);
}
