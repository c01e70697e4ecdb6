#include "core/oid4vci/signed_metadata.h"

#include <doctest/doctest.h>

#include <functional>

#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr const char* kIssuer = "https://issuer.example";

std::string outcome(const Result<IssuerMetadata>& result) {
  return result ? "accepted" : std::string(to_string(result.error().code));
}

struct Signed {
  TestAuthority authority{"issuers"};
  TestSigner signer{authority, crypto::CertificatePurpose::credential_issuer, "issuer.example"};
  IssuerMetadata metadata;
  Signed() {
    metadata.credential_issuer = kIssuer;
    metadata.credential_endpoint = "https://issuer.example/credential";
    metadata.configurations = {{.id = "identity", .scope = "identity", .vct = "urn:vct"}};
  }
  crypto::TrustAnchors anchors() const {
    return {
        crypto::CertificatePurpose::credential_issuer, {authority.root}, crypto::RevocationPolicy::ignore_revocation};
  }
  std::string text() const { return sign_issuer_metadata(metadata, kTestNow, signer.key, signer.chain).value(); }
  // As it is signed, with one thing changed before.
  std::string changed(const std::function<void(json::Object&, json::Object&)>& change) const {
    json::Object header{{"typ", kSignedMetadataType}, {"x5c", jose::x5c_member(signer.chain)}};
    json::Object payload = metadata.to_json();
    payload["sub"] = kIssuer;
    payload["iat"] = kTestNow.unix_seconds();
    change(header, payload);
    return jose::sign_jws(std::move(header), payload, signer.key).value();
  }
};

}  // namespace

TEST_CASE("signed issuer metadata are believed from the issuer that they are about, alone") {
  const Signed world;
  const auto anchors = world.anchors();
  const auto read = [&](const std::string& text, std::string_view issuer = kIssuer, Instant now = kTestNow) {
    return verify_issuer_metadata(text, {anchors, issuer, now});
  };
  CHECK(read(world.text()).value() == world.metadata);
  struct Row {
    const char* why;
    std::function<void(json::Object& header, json::Object& payload)> change;
    const char* want;
  };
  const Row rows[] = {
      {"unchanged", [](json::Object&, json::Object&) {}, "accepted"},
      {"another typ", [](json::Object& h, json::Object&) { h["typ"] = "JWT"; }, "jws_typ_mismatch"},
      {"no typ", [](json::Object& h, json::Object&) { h.erase("typ"); }, "jws_typ_mismatch"},
      {"no x5c", [](json::Object& h, json::Object&) { h.erase("x5c"); }, "any"},
      {"a key of its own",
       [](json::Object& h, json::Object&) {
         h["jwk"] = jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json();
       },
       "jws_header_not_allowed"},
      {"no sub", [](json::Object&, json::Object& p) { p.erase("sub"); }, "any"},
      {"another sub", [](json::Object&, json::Object& p) { p["sub"] = "https://other.example"; },
       "oid4vci_issuer_mismatch"},
      {"about another issuer", [](json::Object&, json::Object& p) { p["credential_issuer"] = "https://other.example"; },
       "oid4vci_issuer_mismatch"},
      {"no iat", [](json::Object&, json::Object& p) { p.erase("iat"); }, "jwt_claim_missing"},
      {"of the day before yesterday",
       [](json::Object&, json::Object& p) { p["iat"] = kTestNow.unix_seconds() - 86'401; }, "jwt_too_old"},
      {"of tomorrow", [](json::Object&, json::Object& p) { p["iat"] = kTestNow.unix_seconds() + 61; },
       "jwt_issued_in_future"},
      {"expired", [](json::Object&, json::Object& p) { p["exp"] = kTestNow.unix_seconds() - 60; }, "jwt_expired"},
      {"no credential endpoint", [](json::Object&, json::Object& p) { p.erase("credential_endpoint"); },
       "oid4vci_metadata_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto result = read(world.changed(row.change));
    if (std::string_view(row.want) == "any") {
      CHECK(!result.has_value());
    } else {
      CHECK(outcome(result) == row.want);
    }
  }
  CHECK(outcome(read(world.text(), "https://other.example")) == "oid4vci_issuer_mismatch");
  const Signed stranger;
  CHECK(outcome(read(stranger.text())) == "certificate_untrusted");
  std::string spoiled = world.text();
  spoiled[spoiled.size() - 5] = spoiled[spoiled.size() - 5] == 'A' ? 'B' : 'A';
  CHECK(outcome(read(spoiled)) == "jws_signature_invalid");
  // A certificate of the same authority for somebody else cannot speak for this issuer.
  const TestSigner neighbour{world.authority, crypto::CertificatePurpose::credential_issuer, "other.example"};
  const std::string text = sign_issuer_metadata(world.metadata, kTestNow, neighbour.key, neighbour.chain).value();
  CHECK(outcome(read(text)) == "oid4vci_issuer_mismatch");
  // Nor one that says who it is and speaks of this issuer.
  json::Object about_us = world.metadata.to_json();
  about_us["sub"] = "https://other.example";
  about_us["iat"] = kTestNow.unix_seconds();
  json::Object header{{"typ", kSignedMetadataType}, {"x5c", jose::x5c_member(neighbour.chain)}};
  CHECK(outcome(read(jose::sign_jws(std::move(header), about_us, neighbour.key).value())) == "oid4vci_issuer_mismatch");
}
