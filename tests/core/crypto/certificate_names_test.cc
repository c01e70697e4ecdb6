#include "core/crypto/certificate_names.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

Certificate leaf_for(const std::vector<std::string>& dns) {
  static const TestAuthority authority("Names");
  auto request = TestAuthority::names("verifier.example");  // the common name is no DNS name of the certificate
  request.san_dns = dns;
  return authority.leaf(std::move(request), CertificatePurpose::verifier_access,
                        P256PrivateKey::generate().public_key());
}

}  // namespace

TEST_CASE("x509_san_dns: whole names, ASCII letters of either case, no wildcard") {
  struct Row {
    const char* why;
    std::vector<std::string> dns;
    std::string name;
    bool own;
  };
  const Row rows[] = {
      {"the name", {"client.example.org"}, "client.example.org", true},
      {"one of two", {"a.example", "client.example.org"}, "client.example.org", true},
      {"other case asked", {"client.example.org"}, "Client.EXAMPLE.org", true},
      {"other case written", {"Client.Example.ORG"}, "client.example.org", true},
      {"a wildcard covers nobody", {"*.example.org"}, "client.example.org", false},
      {"a wildcard is asked for", {"*.example.org"}, "*.example.org", false},
      {"a domain above", {"client.example.org"}, "example.org", false},
      {"a domain below", {"example.org"}, "client.example.org", false},
      {"a suffix", {"client.example.org"}, "evilclient.example.org", false},
      {"a dot at the end", {"client.example.org"}, "client.example.org.", false},
      {"a port", {"client.example.org"}, "client.example.org:443", false},
      {"nothing asked", {"client.example.org"}, "", false},
      {"the common name alone", {"a.example"}, "verifier.example", false},
      {"a NUL inside", {"client.example.org"}, std::string("client.example.org\0.evil", 24), false},
      {"no DNS names", {}, "verifier.example", false},
      {"letters beyond ASCII", {"k.example"}, "\xe2\x84\xaa.example", false},  // the Kelvin sign folds to k
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const Status status = check_san_dns(leaf_for(row.dns), row.name);
    CHECK(status.has_value() == row.own);
    if (!row.own) CHECK(code_of(status) == ErrorCode::certificate_name_mismatch);
  }
}

TEST_CASE("x509_hash names exactly one certificate") {
  const Certificate leaf = leaf_for({"a.example"}), other = leaf_for({"a.example"});
  const std::string text = X509Hash::of(leaf).to_string();
  CHECK(text == base64url::encode(sha256(leaf.der())));
  CHECK(text.size() == 43);
  const X509Hash hash = must(X509Hash::parse(text));
  CHECK(hash == X509Hash::of(leaf));
  CHECK(hash.check(leaf).has_value());
  CHECK(code_of(hash.check(other)) == ErrorCode::certificate_name_mismatch);
  CHECK(code_of(X509Hash::parse(text + "=")) == ErrorCode::base64url_bad_character);
  CHECK(code_of(X509Hash::parse(text.substr(0, 40))) == ErrorCode::base64url_bad_length);
  CHECK(code_of(X509Hash::parse("")) == ErrorCode::base64url_bad_length);
  CHECK(code_of(X509Hash::parse(base64url::encode(Bytes(33)))) == ErrorCode::base64url_bad_length);
  std::string loose = text;
  loose.back() = loose.back() == 'B' ? 'C' : 'B';  // two bits after the last byte
  CHECK(code_of(X509Hash::parse(loose)) == ErrorCode::base64url_trailing_bits);
}
