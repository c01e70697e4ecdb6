#include "core/sd_jwt/integrity.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using sd_jwt::Integrity;

namespace {

const std::string kDocument = R"({"vct":"urn:test:card:1"})";

std::string sha256_of(const std::string& text) {
  return "sha256-" + base64::encode(crypto::sha256(text));
}
std::string sha384_of(const std::string& text) {
  return "sha384-" + base64::encode(crypto::sha384(as_bytes(text)));
}
std::string sha512_of(const std::string& text) {
  return "sha512-" + base64::encode(crypto::sha512(as_bytes(text)));
}

}  // namespace

TEST_CASE("the strongest algorithm decides, and one match is enough") {
  const std::string other = "something else";
  struct Row {
    const char* why;
    std::string integrity;
    bool matches;
  };
  const Row rows[] = {
      {"sha256", sha256_of(kDocument), true},
      {"sha384", sha384_of(kDocument), true},
      {"sha512", sha512_of(kDocument), true},
      {"another document", sha256_of(other), false},
      {"spaces around", "  " + sha256_of(kDocument) + "\t\n", true},
      {"an option", sha256_of(kDocument) + "?ct=application/json", true},
      {"one of two", sha256_of(other) + " " + sha256_of(kDocument), true},
      {"the stronger one is wrong", sha256_of(kDocument) + " " + sha512_of(other), false},
      {"the stronger one is wrong and comes first", sha512_of(other) + " " + sha256_of(kDocument), false},
      {"the weaker one is wrong", sha256_of(other) + " " + sha384_of(kDocument), true},
      {"one stronger of two", sha256_of(other) + " " + sha384_of(other) + " " + sha384_of(kDocument), true},
      {"an algorithm nobody knows beside", "sha3-AAAA " + sha256_of(kDocument), true},
      {"only an algorithm nobody knows", "sha3-AAAA", false},
      {"md5", "md5-1B2M2Y8AsgTpgAmY7PhCfg==", false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto integrity = must(Integrity::parse(row.integrity));
    CHECK(integrity.text() == row.integrity);
    CHECK(code_of(integrity.verify(as_bytes(kDocument))) ==
          (row.matches ? ErrorCode::internal_error : ErrorCode::sd_jwt_integrity_mismatch));
  }
  // Of the form, and no digest. The second stands in the specification's own example.
  for (const std::string& odd :
       {std::string("sha256-AAAA"), std::string("sha256-9cLlJNXN+TsMk+PmKjZ5t0WRL5ca/xGgX3c1ULmXfh="),
        sha256_of(kDocument).substr(0, 49), "sha512" + sha256_of(kDocument).substr(6)}) {
    INFO(odd);
    CHECK(code_of(must(Integrity::parse(odd)).verify(as_bytes(kDocument))) == ErrorCode::sd_jwt_integrity_mismatch);
  }
}

TEST_CASE("every flipped bit of a document is noticed") {
  const auto integrity = must(Integrity::parse(sha256_of(kDocument)));
  for (std::size_t bit = 0; bit < kDocument.size() * 8; ++bit) {
    Bytes bad = to_bytes(kDocument);
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << bit % 8));
    CHECK(code_of(integrity.verify(bad)) == ErrorCode::sd_jwt_integrity_mismatch);
  }
}

TEST_CASE("what is not integrity metadata is refused") {
  for (const std::string& text :
       {std::string(), std::string("   "), std::string("sha256"), std::string("sha256-"), std::string("-AAAA"),
        std::string("sha256-!!!!"), std::string("sha3-A_A="), std::string("sha256-=="), std::string("sha256-AA==="),
        std::string("sha256-A=A"), sha256_of(kDocument) + " x", std::string(1025, ' '),
        sha256_of(kDocument) + std::string(1025 - sha256_of(kDocument).size(), ' ')}) {
    INFO(text);
    CHECK(code_of(Integrity::parse(text)) == ErrorCode::sd_jwt_integrity_malformed);
  }
}
