#include "core/jose/jwk.h"

#include <doctest/doctest.h>

#include "core/jose/jws.h"
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

TEST_CASE("a key that is not a public key of a known kind is refused") {
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
      {"the coordinates of another curve", "crv", "P-384", ErrorCode::jwk_malformed},
      {"P-521", "crv", "P-521", ErrorCode::jwk_unsupported},
      {"a curve of another kty", "crv", "Ed25519", ErrorCode::jwk_unsupported},
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
      {"key_ops with one twice", "key_ops", json::Array{"verify", "sign", "verify"}, ErrorCode::jwk_malformed},
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
      {"alg", "EdDSA", false, false},
      {"alg", "ECDH-ES+A128KW", false, true},
      {"alg", "ECDH-ES+A256KW", false, true},
      {"alg", "ECDH-ES+A192KW", false, false},
      {"alg", "dir", false, false},
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

TEST_CASE("RFC 7517, section 4.3: what use and key_ops say is obeyed by both, and only use is written") {
  json::Object object = good_jwk();
  object["use"] = "sig";
  object["key_ops"] = json::Array{"verify"};
  const Jwk agreeing = must(Jwk::parse(object));
  CHECK(agreeing.check_use(jose::KeyUse::signature).has_value());
  CHECK(!agreeing.to_json().contains("key_ops"));
  object["key_ops"] = json::Array{"deriveBits"};
  const Jwk at_odds = must(Jwk::parse(object));
  CHECK(!at_odds.check_use(jose::KeyUse::signature).has_value());
  CHECK(!at_odds.check_use(jose::KeyUse::encryption).has_value());
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

TEST_CASE(
    "the keys of RFC 7515 and RFC 7517, B: the public door takes none of them, the private one those that sign here") {
  struct Row {
    const char* file;
    ErrorCode open, secret;
  };
  const Row rows[] = {
      {"rfc7515_A.1.jwk", ErrorCode::private_key_rejected, ErrorCode::jwk_unsupported},    // oct
      {"rfc7515_A.2.jwk", ErrorCode::private_key_rejected, ErrorCode::jwk_unsupported},    // RSA
      {"rfc7515_A.3.jwk", ErrorCode::private_key_rejected, ErrorCode::internal_error},     // P-256
      {"rfc7515_A.4.jwk", ErrorCode::private_key_rejected, ErrorCode::jwk_unsupported},    // P-521
      {"rfc7515_A.6.1.jwk", ErrorCode::private_key_rejected, ErrorCode::jwk_unsupported},  // RSA
      {"rfc7515_A.6.2.jwk", ErrorCode::private_key_rejected, ErrorCode::internal_error},   // P-256
      {"rfc7517_B.jwk", ErrorCode::jwk_unsupported, ErrorCode::jwk_unsupported},           // RSA, public, with x5c
  };
  for (const Row& row : rows) {
    INFO(row.file);
    CHECK(to_string(code_of(Jwk::parse(vector(row.file)))) == to_string(row.open));
    CHECK(to_string(code_of(jose::parse_private_signing_jwk(vector(row.file)))) == to_string(row.secret));
  }
  CHECK(vector("rfc7515_A.7.jwk") == "rfc7515_A.3.jwk");
}

TEST_CASE("thumbprint: RFC 7638") {
  // Computed with openssl dgst -sha256 over {"crv":"P-256","kty":"EC","x":"f83O...","y":"x_FE..."}.
  Jwk jwk = must(Jwk::parse(good_jwk()));
  jwk.set_kid("does not count");
  CHECK(jwk.thumbprint() == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
  // The RFC's own example is of an RSA key: not one of ours, so nothing here has its thumbprint (rfc7638_3.1.thp).
  CHECK(code_of(Jwk::parse(vector("rfc7638_3.1.jwk"))) == ErrorCode::jwk_unsupported);
}

TEST_CASE("RFC 8037, appendix A: an Ed25519 key, its thumbprint and its signature") {
  constexpr std::string_view kKey = R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
                                    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  const auto signer = must(jose::parse_private_signing_jwk(kKey));
  const Jwk jwk(signer->verification_key());
  CHECK(jwk.to_json() ==
        json::Object{{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
  CHECK(jwk.thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  CHECK(jwk.thumbprint_uri() ==
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  const std::string jws = must(jose::sign_jws({}, "Example of Ed25519 signing", *signer));
  CHECK(jws ==
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4"
        "ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  CHECK(must(must(jose::Jws::parse(jws)).verify_bytes(jwk.key(), {.typ = jose::kNoTyp})) ==
        to_bytes("Example of Ed25519 signing"));
}

TEST_CASE("a private key whose parts do not belong together is refused") {
  const auto refused_as = [](json::Object object, std::string_view d, ErrorCode code) {
    if (d.empty()) {
      object.erase("d");
    } else {
      object["d"] = d;
    }
    const std::string text = json::serialize(object);
    INFO(text);
    CHECK(code_of(jose::parse_private_signing_jwk(text)) == code);
    if (object["crv"] == "P-256") CHECK(code_of(jose::parse_private_jwk(text)) == code);
  };
  for (const SecretBytes& secret :
       {jose::private_jwk(crypto::P256PrivateKey::generate()), jose::private_jwk(crypto::P384PrivateKey::generate()),
        jose::private_jwk(crypto::Ed25519PrivateKey::generate())}) {
    const json::Object good = must(json::parse_object(as_text(secret.reveal())));
    const std::size_t size = good.at("d").as_string().size();
    const bool curve = good.at("kty") == "EC";
    refused_as(good, {}, ErrorCode::jwk_malformed);
    refused_as(good, "AAAA", ErrorCode::jwk_malformed);
    refused_as(good, std::string(size, '!'), ErrorCode::jwk_malformed);
    refused_as(good, std::string(size - 1, 'A') + "E", ErrorCode::jwk_malformed);  // another key's
    if (curve) refused_as(good, std::string(size, 'A'), ErrorCode::private_key_malformed);
  }
}

TEST_CASE("keys of every kind survive writing and reading, and say what they are good for") {
  const auto p384 = crypto::P384PrivateKey::generate();
  const auto ed25519 = crypto::Ed25519PrivateKey::generate();
  const auto p256 = crypto::P256PrivateKey::generate();
  struct Row {
    crypto::PublicKey key;
    SecretBytes secret;
    const char* alg;
    bool encrypts;
  };
  Row rows[] = {{p256.public_key(), jose::private_jwk(p256), "ES256", true},
                {p384.public_key(), jose::private_jwk(p384), "ES384", false},
                {ed25519.public_key(), jose::private_jwk(ed25519), "Ed25519", false}};
  for (const Row& row : rows) {
    INFO(row.alg);
    Jwk jwk(row.key);
    jwk.set_alg(row.alg);
    const Jwk again = must(Jwk::parse(json::serialize(jwk.to_json())));
    CHECK(again.key() == row.key);
    CHECK(again.thumbprint_sha256() == jwk.thumbprint_sha256());
    CHECK(again.p256().has_value() == row.encrypts);
    CHECK(again.check_use(jose::KeyUse::signature).has_value());
    CHECK(code_of(again.check_use(jose::KeyUse::encryption)) == ErrorCode::jwk_unsupported);  // the alg forbids it
    CHECK(Jwk(row.key).check_use(jose::KeyUse::encryption).has_value() == row.encrypts);
    const auto signer = must(jose::parse_private_signing_jwk(as_text(row.secret.reveal())));
    CHECK(signer->verification_key() == row.key);
    CHECK(code_of(Jwk::parse(as_text(row.secret.reveal()))) == ErrorCode::private_key_rejected);
    CHECK(jose::parse_private_jwk(as_text(row.secret.reveal())).has_value() == row.encrypts);
  }
}

TEST_CASE("Ed25519 and P-384 keys that are no keys are refused") {
  const json::Object ed25519 = Jwk(crypto::Ed25519PrivateKey::generate().public_key()).to_json();
  const json::Object p384 = Jwk(crypto::P384PrivateKey::generate().public_key()).to_json();
  const std::string p384_y(p384.at("y").as_string());
  struct Row {
    const char* why;
    const json::Object& base;
    const char* name;
    json::Value value;
    ErrorCode want;
  };
  const Row rows[] = {
      {"X25519", ed25519, "crv", "X25519", ErrorCode::jwk_unsupported},
      {"Ed448", ed25519, "crv", "Ed448", ErrorCode::jwk_unsupported},
      {"a small x", ed25519, "x", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ErrorCode::public_key_malformed},
      {"no such point", ed25519, "x", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
       ErrorCode::public_key_not_on_curve},
      {"31 bytes", ed25519, "x", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ErrorCode::jwk_malformed},
      {"d", ed25519, "d", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ErrorCode::private_key_rejected},
      {"kty EC", ed25519, "kty", "EC", ErrorCode::jwk_unsupported},
      {"47 bytes", p384, "y", json::Value(p384_y.substr(0, 63)), ErrorCode::jwk_malformed},
      {"zero", p384, "y", json::Value(std::string(64, 'A')), ErrorCode::public_key_not_on_curve},
      {"kty OKP", p384, "kty", "OKP", ErrorCode::jwk_unsupported},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object object = row.base;
    object[row.name] = row.value;
    CHECK(code_of(Jwk::parse(object)) == row.want);
  }
}
