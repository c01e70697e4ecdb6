#include "core/sd_jwt/verifier.h"

#include <doctest/doctest.h>

#include "core/jose/jwk.h"
#include "tests/core/sd_jwt/forge_rows.h"

using namespace mibun;
using world::add;
using world::add_sd;
using world::digest;
using world::disclosure;
using world::Forge;
using world::good;
using world::Row;

namespace {

constexpr std::string_view kX5c[] = {"x5c"};

}  // namespace

TEST_CASE("a good presentation says what it should") {
  const auto verified = must(world::verify(good().text()));
  json::Object expected = world::clear_claims();
  expected["given_name"] = "Hanako";
  expected["age"] = json::Object{{"20", true}};
  CHECK(verified.claims() == expected);
  CHECK(verified.vct() == world::kVct);
  CHECK(verified.issuer() == world::kIssuer);
  CHECK(verified.holder_key() == world::holder().public_key());
  CHECK(verified.issuer_certificate().sha256() == world::issuer().certificate.sha256());
  CHECK(verified.status() == sd_jwt::StatusReference{"https://issuer.example/status/1", 412345});
  CHECK(verified.expires() == kTestNow + std::chrono::hours(24));
  CHECK(verified.key_binding_payload().at("nonce") == world::kNonce);
  CHECK(verified.text().starts_with(verified.issuer_jwt()));
  CHECK(verified.text().ends_with(verified.kb_jwt()));
}

TEST_CASE("a payload that is not base64url is refused before its signature is looked at") {
  std::string text = good().text();
  const std::size_t payload = text.find('.') + 1;
  for (const char c : {'!', '=', '+', '/'}) {
    text[payload + 4] = c;
    CHECK(code_of(world::verify(text)) == ErrorCode::jws_malformed);
  }
}

TEST_CASE("A17, A18: the issuer's JWT") {
  static const auto other_key = crypto::P256PrivateKey::generate();
  static const TestAuthority stranger("stranger");
  static const TestSigner untrusted(stranger, crypto::CertificatePurpose::credential_issuer, "issuer.example");
  static const TestSigner second(world::authority(), crypto::CertificatePurpose::credential_issuer, "other.example");
  static const TestSigner verifier(world::authority(), crypto::CertificatePurpose::verifier_access, "issuer.example");
  const auto sign_with = [](Forge& f, const TestSigner& signer) {
    f.header["x5c"] = jose::x5c_member(signer.chain);
    f.issuer_key = &signer.key;
  };
  const auto day = std::chrono::hours(24);
  const Row rows[] = {
      {"a kid beside x5c", [](Forge& f) { f.header["kid"] = "1"; }, ErrorCode::internal_error},
      {"another typ", [](Forge& f) { f.header["typ"] = "vc+sd-jwt"; }, ErrorCode::jws_typ_mismatch},
      {"no typ", [](Forge& f) { f.header.erase("typ"); }, ErrorCode::jws_typ_mismatch},
      {"crit", [](Forge& f) { f.header["crit"] = json::Array{"x"}; }, ErrorCode::jws_crit_not_understood},
      {"jwk", [](Forge& f) { f.header["jwk"] = jose::Jwk(other_key.public_key()).to_json(); },
       ErrorCode::jws_header_not_allowed},
      {"jku", [](Forge& f) { f.header["jku"] = "https://issuer.example/jwks"; }, ErrorCode::jws_header_not_allowed},
      {"no x5c", [](Forge& f) { f.header.erase("x5c"); }, ErrorCode::sd_jwt_issuer_not_trusted},
      {"x5c empty", [](Forge& f) { f.header["x5c"] = json::Array(); }, ErrorCode::jws_x5c_malformed},
      {"x5c no certificate", [](Forge& f) { f.header["x5c"] = json::Array{"MAA="}; }, ErrorCode::certificate_malformed},
      {"x5c with the anchor",
       [](Forge& f) { f.header["x5c"].as_array().emplace_back(base64::encode(world::authority().root.der())); },
       ErrorCode::certificate_is_anchor},
      {"an unknown authority", [=](Forge& f) { sign_with(f, untrusted); }, ErrorCode::sd_jwt_issuer_not_trusted},
      {"a verifier's certificate", [=](Forge& f) { sign_with(f, verifier); }, ErrorCode::certificate_wrong_purpose},
      {"another trusted issuer speaks", [=](Forge& f) { sign_with(f, second); }, ErrorCode::sd_jwt_issuer_mismatch},
      {"signed by another key", [](Forge& f) { f.issuer_key = &other_key; }, ErrorCode::jws_signature_invalid},
      {"iss of another host", [](Forge& f) { f.payload["iss"] = "https://other.example"; },
       ErrorCode::sd_jwt_issuer_mismatch},
      {"iss, the host as a prefix", [](Forge& f) { f.payload["iss"] = "https://issuer.example.evil.example"; },
       ErrorCode::sd_jwt_issuer_mismatch},
      {"iss with user info", [](Forge& f) { f.payload["iss"] = "https://issuer.example@evil.example"; },
       ErrorCode::sd_jwt_issuer_mismatch},
      {"iss over http", [](Forge& f) { f.payload["iss"] = "http://issuer.example"; },
       ErrorCode::sd_jwt_issuer_mismatch},
      {"iss with a path on the DNS name", [](Forge& f) { f.payload["iss"] = "https://issuer.example/tenant"; },
       ErrorCode::internal_error},
      {"no iss", [](Forge& f) { f.payload.erase("iss"); }, ErrorCode::sd_jwt_missing_claim},
      {"iss a number", [](Forge& f) { f.payload["iss"] = 1; }, ErrorCode::jwt_claim_wrong_type},
      {"no vct", [](Forge& f) { f.payload.erase("vct"); }, ErrorCode::sd_jwt_missing_claim},
      {"another vct", [](Forge& f) { f.payload["vct"] = "urn:test:card:2"; }, ErrorCode::sd_jwt_vct_mismatch},
      {"vct of another case", [](Forge& f) { f.payload["vct"] = "URN:test:card:1"; }, ErrorCode::sd_jwt_vct_mismatch},
      {"vct a list", [](Forge& f) { f.payload["vct"] = json::Array{world::kVct}; }, ErrorCode::jwt_claim_wrong_type},
      {"aud for nobody here", [](Forge& f) { f.payload["aud"] = "https://somebody.example"; },
       ErrorCode::jwt_audience_mismatch},
      {"aka_vcts", [](Forge& f) { f.payload["aka_vcts"] = json::Array{"urn:test:card"}; }, ErrorCode::internal_error},
      {"aka_vcts has the type we accept",
       [](Forge& f) {
         f.payload["vct"] = "urn:test:card:special";
         f.payload["aka_vcts"] = {"urn:test:other", world::kVct};
       },
       ErrorCode::internal_error},
      {"aka_vcts has not the type we accept",
       [](Forge& f) {
         f.payload["vct"] = "urn:test:card:special";
         f.payload["aka_vcts"] = json::Array{"urn:test:other"};
       },
       ErrorCode::sd_jwt_vct_mismatch},
      {"aka_vcts repeats vct", [](Forge& f) { f.payload["aka_vcts"] = {"urn:x", world::kVct}; },
       ErrorCode::sd_jwt_types_malformed},
      {"aka_vcts empty", [](Forge& f) { f.payload["aka_vcts"] = json::Array(); }, ErrorCode::sd_jwt_types_malformed},
      {"aka_vcts a text", [](Forge& f) { f.payload["aka_vcts"] = "urn:x"; }, ErrorCode::sd_jwt_types_malformed},
      {"aka_vcts with a number", [](Forge& f) { f.payload["aka_vcts"] = {"urn:x", 1}; },
       ErrorCode::sd_jwt_types_malformed},
      {"aka_vcts with an empty text", [](Forge& f) { f.payload["aka_vcts"] = json::Array{""}; },
       ErrorCode::sd_jwt_types_malformed},
      {"aka_vcts too long",
       [](Forge& f) {
         json::Array many;
         for (int i = 0; i < 65; ++i) many.emplace_back("urn:x:" + std::to_string(i));
         f.payload["aka_vcts"] = many;
       },
       ErrorCode::sd_jwt_types_malformed},
      {"vct#integrity",
       [](Forge& f) { f.payload["vct#integrity"] = "sha256-vJKakJAQkDYkIhGrT1M3nxRuSj9udH0l1PXB06QHto8="; },
       ErrorCode::internal_error},
      {"vct#integrity no integrity string", [](Forge& f) { f.payload["vct#integrity"] = "abc"; },
       ErrorCode::sd_jwt_integrity_malformed},
      {"vct#integrity a number", [](Forge& f) { f.payload["vct#integrity"] = 1; },
       ErrorCode::sd_jwt_integrity_malformed},
      {"cnf with a second key", [](Forge& f) { f.payload["cnf"].as_object()["jku"] = "https://issuer.example/k"; },
       ErrorCode::sd_jwt_holder_key_missing},
      {"cnf with an encrypted key", [](Forge& f) { f.payload["cnf"].as_object()["jwe"] = "a.b.c.d.e"; },
       ErrorCode::sd_jwt_holder_key_missing},
      {"cnf with a kid beside jwk", [](Forge& f) { f.payload["cnf"].as_object()["kid"] = "1"; },
       ErrorCode::internal_error},
      {"cnf for encryption", [](Forge& f) { f.payload["cnf"].as_object()["jwk"].as_object()["use"] = "enc"; },
       ErrorCode::jwk_unsupported},
      {"no cnf", [](Forge& f) { f.payload.erase("cnf"); }, ErrorCode::sd_jwt_holder_key_missing},
      {"cnf by kid", [](Forge& f) { f.payload["cnf"] = {{"kid", "1"}}; }, ErrorCode::sd_jwt_holder_key_missing},
      {"cnf with a private key", [](Forge& f) { f.payload["cnf"].as_object()["jwk"].as_object()["d"] = "AQ"; },
       ErrorCode::private_key_rejected},
      {"cnf of another curve", [](Forge& f) { f.payload["cnf"].as_object()["jwk"].as_object()["crv"] = "P-521"; },
       ErrorCode::jwk_unsupported},
      {"cnf with coordinates of another curve",
       [](Forge& f) { f.payload["cnf"].as_object()["jwk"].as_object()["crv"] = "P-384"; }, ErrorCode::jwk_malformed},
      {"expired", [=](Forge& f) { f.payload["exp"] = (kTestNow - day).unix_seconds(); }, ErrorCode::jwt_expired},
      {"exp a text", [](Forge& f) { f.payload["exp"] = "tomorrow"; }, ErrorCode::jwt_claim_wrong_type},
      {"no exp", [](Forge& f) { f.payload.erase("exp"); }, ErrorCode::internal_error},
      {"not yet", [=](Forge& f) { f.payload["nbf"] = (kTestNow + day).unix_seconds(); }, ErrorCode::jwt_not_yet_valid},
      {"issued tomorrow", [=](Forge& f) { f.payload["iat"] = (kTestNow + day).unix_seconds(); },
       ErrorCode::jwt_issued_in_future},
      {"status of another mechanism", [](Forge& f) { f.payload["status"] = {{"x", 1}}; },
       ErrorCode::status_reference_malformed},
      {"status a text", [](Forge& f) { f.payload["status"] = "valid"; }, ErrorCode::status_reference_malformed},
      {"status idx negative",
       [](Forge& f) { f.payload["status"] = {{"status_list", {{"idx", -1}, {"uri", "https://a.example"}}}}; },
       ErrorCode::status_reference_malformed},
      {"status idx a fraction",
       [](Forge& f) { f.payload["status"] = {{"status_list", {{"idx", 1.5}, {"uri", "https://a.example"}}}}; },
       ErrorCode::status_reference_malformed},
      {"status without uri", [](Forge& f) { f.payload["status"] = {{"status_list", {{"idx", 1}}}}; },
       ErrorCode::status_reference_malformed},
  };
  check_rows(rows);
}

TEST_CASE("A8: the key binding JWT: RFC 9901, section 7.3") {
  static const auto thief = crypto::P256PrivateKey::generate();
  const std::int64_t now = kTestNow.unix_seconds();
  const Row rows[] = {
      {"extra claims", [](Forge& f) { f.kb_payload["consent"] = "hash"; }, ErrorCode::internal_error},
      {"another typ", [](Forge& f) { f.kb_header["typ"] = "JWT"; }, ErrorCode::jws_typ_mismatch},
      {"no typ", [](Forge& f) { f.kb_header.erase("typ"); }, ErrorCode::jws_typ_mismatch},
      {"crit", [](Forge& f) { f.kb_header["crit"] = json::Array{"x"}; }, ErrorCode::jws_crit_not_understood},
      {"its own key",
       [](Forge& f) {
         f.kb_header["jwk"] = jose::Jwk(thief.public_key()).to_json();
         f.holder_key = &thief;
       },
       ErrorCode::jws_header_not_allowed},
      {"signed by a thief", [](Forge& f) { f.holder_key = &thief; }, ErrorCode::sd_jwt_key_binding_signature_invalid},
      {"signed by the issuer", [](Forge& f) { f.holder_key = &world::issuer().key; },
       ErrorCode::sd_jwt_key_binding_signature_invalid},
      {"no aud", [](Forge& f) { f.kb_payload.erase("aud"); }, ErrorCode::sd_jwt_key_binding_malformed},
      {"aud a list", [](Forge& f) { f.kb_payload["aud"] = json::Array{world::kAudience}; },
       ErrorCode::sd_jwt_key_binding_malformed},
      {"another aud", [](Forge& f) { f.kb_payload["aud"] = "x509_hash:other"; },
       ErrorCode::sd_jwt_key_binding_audience_mismatch},
      {"empty aud", [](Forge& f) { f.kb_payload["aud"] = ""; }, ErrorCode::sd_jwt_key_binding_audience_mismatch},
      {"no nonce", [](Forge& f) { f.kb_payload.erase("nonce"); }, ErrorCode::sd_jwt_key_binding_malformed},
      {"another nonce", [](Forge& f) { f.kb_payload["nonce"] = std::string(world::kNonce) + "x"; },
       ErrorCode::sd_jwt_key_binding_nonce_mismatch},
      {"empty nonce", [](Forge& f) { f.kb_payload["nonce"] = ""; }, ErrorCode::sd_jwt_key_binding_nonce_mismatch},
      {"no sd_hash", [](Forge& f) { f.with_sd_hash = false; }, ErrorCode::sd_jwt_key_binding_malformed},
      {"another sd_hash",
       [](Forge& f) {
         f.with_sd_hash = false;
         f.kb_payload["sd_hash"] = digest("something else");
       },
       ErrorCode::sd_jwt_key_binding_hash_mismatch},
      {"sd_hash of fewer disclosures",
       [](Forge& f) {
         Forge less = f;
         less.disclosures.pop_back();
         f.with_sd_hash = false;
         f.kb_payload["sd_hash"] = digest(less.without_kb());
       },
       ErrorCode::sd_jwt_key_binding_hash_mismatch},
      {"no iat", [](Forge& f) { f.kb_payload.erase("iat"); }, ErrorCode::sd_jwt_key_binding_malformed},
      {"iat a text", [](Forge& f) { f.kb_payload["iat"] = "now"; }, ErrorCode::sd_jwt_key_binding_malformed},
      {"300 s old", [=](Forge& f) { f.kb_payload["iat"] = now - 300; }, ErrorCode::internal_error},
      {"301 s old", [=](Forge& f) { f.kb_payload["iat"] = now - 301; }, ErrorCode::sd_jwt_key_binding_time},
      {"60 s ahead", [=](Forge& f) { f.kb_payload["iat"] = now + 60; }, ErrorCode::internal_error},
      {"61 s ahead", [=](Forge& f) { f.kb_payload["iat"] = now + 61; }, ErrorCode::sd_jwt_key_binding_time},
      {"a year old", [=](Forge& f) { f.kb_payload["iat"] = now - 31'536'000; }, ErrorCode::sd_jwt_key_binding_time},
      {"a year ahead", [=](Forge& f) { f.kb_payload["iat"] = now + 31'536'000; }, ErrorCode::sd_jwt_key_binding_time},
      {"its own exp is over", [=](Forge& f) { f.kb_payload["exp"] = now - 100; }, ErrorCode::sd_jwt_key_binding_time},
  };
  check_rows(rows);
}

TEST_CASE("alg is ours to name, in both JWTs") {
  const auto with_alg = [](const std::string& jwt, std::string_view header) {
    return base64url::encode(header) + jwt.substr(jwt.find('.'));
  };
  const std::string text = good().text();
  const auto sd_jwt = must(sd_jwt::SdJwt::parse(text));
  const std::string rest = text.substr(sd_jwt.issuer_jwt().size());
  for (const char* header : {R"({"alg":"none","typ":"dc+sd-jwt"})", R"({"alg":"HS256","typ":"dc+sd-jwt"})"}) {
    CHECK(code_of(world::verify(with_alg(std::string(sd_jwt.issuer_jwt()), header) + rest)) ==
          ErrorCode::jws_alg_not_allowed);
  }
  const std::string front(sd_jwt.without_key_binding());
  for (const char* header : {R"({"alg":"none","typ":"kb+jwt"})", R"({"alg":"HS256","typ":"kb+jwt"})"}) {
    CHECK(code_of(world::verify(front + with_alg(std::string(*sd_jwt.kb_jwt()), header))) ==
          ErrorCode::jws_alg_not_allowed);
  }
}

TEST_CASE("A7: the need for a key binding comes from the caller, not from the message") {
  const Forge forge = good();
  CHECK(code_of(world::verify(forge.without_kb())) == ErrorCode::sd_jwt_key_binding_missing);
  CHECK(code_of(sd_jwt::verify_issued(forge.text(), world::issuer_policy(), kTestNow)) ==
        ErrorCode::sd_jwt_key_binding_unexpected);
  CHECK(sd_jwt::verify_issued(forge.without_kb(), world::issuer_policy(), kTestNow).has_value());
  CHECK(code_of(world::verify(forge.without_kb() + "x")) == ErrorCode::sd_jwt_key_binding_malformed);
  CHECK(code_of(world::verify(forge.without_kb() + "a.b.c")) == ErrorCode::sd_jwt_key_binding_malformed);
  // A policy that forgot to say something accepts nothing.
  for (const sd_jwt::KeyBindingPolicy& silent : {sd_jwt::KeyBindingPolicy{.audience = "", .nonce = world::kNonce},
                                                 sd_jwt::KeyBindingPolicy{.audience = world::kAudience, .nonce = ""}}) {
    CHECK(code_of(sd_jwt::verify_presentation(forge.text(), world::issuer_policy(), silent, kTestNow)) ==
          ErrorCode::invalid_argument);
  }
  const sd_jwt::IssuerPolicy no_types{.anchors = world::issuer_policy().anchors, .vcts = {}};
  CHECK(code_of(sd_jwt::verify_presentation(forge.text(), no_types, world::key_binding_policy(), kTestNow)) ==
        ErrorCode::sd_jwt_vct_mismatch);
}

TEST_CASE("the second before, at and after expiry, with a leeway of 60 s") {
  Forge forge = good();
  const auto at = [&](std::int64_t offset) {
    const Instant now = kTestNow + seconds(offset);
    forge.payload["exp"] = kTestNow.unix_seconds();
    forge.kb_payload["iat"] = now.unix_seconds();
    return code_of(world::verify(forge.text(), now));
  };
  CHECK(at(-1) == ErrorCode::internal_error);
  CHECK(at(0) == ErrorCode::internal_error);
  CHECK(at(59) == ErrorCode::internal_error);
  CHECK(at(60) == ErrorCode::jwt_expired);
  CHECK(at(61) == ErrorCode::jwt_expired);
}

TEST_CASE("the certificate is checked at the time of use") {
  const Forge forge = good();
  CHECK(code_of(world::verify(forge.text(), kTestNow + std::chrono::hours(24 * 366))) ==
        ErrorCode::certificate_expired);
  CHECK(code_of(world::verify(forge.text(), kTestNow - std::chrono::hours(25))) ==
        ErrorCode::certificate_not_yet_valid);
}

TEST_CASE("every flipped byte of a presentation is refused") {
  const std::string text = good().text();
  REQUIRE(world::verify(text).has_value());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    INFO(i);
    CHECK(!world::verify(bad).has_value());
  }
}

TEST_CASE("every cut prefix of a presentation is refused") {
  const std::string text = good().text();
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK(!world::verify(std::string_view(text).substr(0, size)).has_value());
  }
  CHECK(!world::verify(text + "~").has_value());
  CHECK(!world::verify(text + "A").has_value());
}

TEST_CASE("an issuer may be named by its certificate, where the policy says so") {
  sd_jwt::IssuerPolicy policy{.anchors = world::issuer_policy().anchors,
                              .vcts = {world::kVct},
                              .issuer_name = sd_jwt::IssuerName::from_certificate};
  const auto check = [&](const Forge& forge) {
    return sd_jwt::verify_presentation(forge.text(), policy, world::key_binding_policy(), kTestNow);
  };
  Forge forge = good();
  CHECK(must(check(forge)).issuer() == world::kIssuer);
  forge.payload["iss"] = "https://other.example";
  CHECK(code_of(check(forge)) == ErrorCode::sd_jwt_issuer_mismatch);
  forge.payload.erase("iss");
  CHECK(must(check(forge)).issuer() == world::issuer().certificate.subject());
  CHECK(world::verify_code(forge) == ErrorCode::sd_jwt_missing_claim);
  const auto issued = must(sd_jwt::verify_issued(forge.without_kb(), policy, kTestNow));
  CHECK(sd_jwt::HeldCredential(issued).issuer() == world::issuer().certificate.subject());
}

TEST_CASE("an audience of the issuer's JWT is ours, or refused") {
  sd_jwt::IssuerPolicy policy{
      .anchors = world::issuer_policy().anchors, .vcts = {world::kVct}, .audiences = {"https://shop.example"}};
  const auto code = [&](const json::Value& audience) {
    Forge forge = good();
    forge.payload["aud"] = audience;
    return code_of(sd_jwt::verify_presentation(forge.text(), policy, world::key_binding_policy(), kTestNow));
  };
  CHECK(code("https://shop.example") == ErrorCode::internal_error);
  CHECK(code({"https://a.example", "https://shop.example"}) == ErrorCode::internal_error);
  CHECK(code("https://shop.example/") == ErrorCode::jwt_audience_mismatch);
  CHECK(code({"https://a.example"}) == ErrorCode::jwt_audience_mismatch);
  CHECK(code(json::Array()) == ErrorCode::jwt_audience_mismatch);
  CHECK(code(1) == ErrorCode::jwt_audience_mismatch);
  CHECK(code(nullptr) == ErrorCode::jwt_audience_mismatch);

  // The same for a plain SD-JWT, where it may be disclosed as well.
  const auto plain_code = [&](const Forge& forge, const std::vector<std::string>& ours) {
    const sd_jwt::PlainPolicy plain{.issuer_key = world::issuer().key.public_key(),
                                    .typ = sd_jwt::kCredentialTyp,
                                    .key_headers = kX5c,
                                    .audiences = ours};
    return code_of(sd_jwt::verify_plain_sd_jwt(forge.without_kb(), plain, sd_jwt::NoKeyBinding{}, kTestNow));
  };
  Forge clear = good(), hidden = good();
  clear.payload["aud"] = "https://shop.example";
  hidden.disclosures.push_back(disclosure({"s", "aud", "https://shop.example"}));
  hidden.payload["_sd"].as_array().emplace_back(digest(hidden.disclosures.back()));
  for (const Forge* forge : {&clear, &hidden}) {
    CHECK(plain_code(*forge, {"https://shop.example"}) == ErrorCode::internal_error);
    CHECK(plain_code(*forge, {"https://a.example"}) == ErrorCode::jwt_audience_mismatch);
    CHECK(plain_code(*forge, {}) == ErrorCode::jwt_audience_mismatch);
  }
}

TEST_CASE("longer digests are taken where the policy lists them, for sd_hash as well") {
  using sd_jwt::DigestAlgorithm;
  sd_jwt::IssueRequest request{.clear_claims = world::clear_claims(), .disclosable = {{"given_name", "Hanako"}}};
  for (const auto algorithm : {DigestAlgorithm::sha256, DigestAlgorithm::sha384, DigestAlgorithm::sha512}) {
    request.digests = algorithm;
    const sd_jwt::IssuerPolicy policy{
        .anchors = world::issuer_policy().anchors, .vcts = {world::kVct}, .digests = {algorithm}};
    const auto held = sd_jwt::HeldCredential(must(sd_jwt::verify_issued(world::issue(request), policy, kTestNow)));
    const std::vector<sd_jwt::ClaimPath> selected{sd_jwt::ClaimPath::of("given_name")};
    const std::string shown = must(held.present(selected, world::key_binding(), world::holder()));
    const auto verified = must(sd_jwt::verify_presentation(shown, policy, world::key_binding_policy(), kTestNow));
    CHECK(verified.claims().at("given_name") == "Hanako");
    const std::size_t characters[] = {43, 64, 86};
    CHECK(verified.key_binding_payload().at("sd_hash").as_string().size() ==
          characters[static_cast<std::size_t>(algorithm)]);
    if (algorithm == DigestAlgorithm::sha256) continue;
    CHECK(code_of(world::verify(shown)) == ErrorCode::sd_jwt_digest_algorithm_not_allowed);
    // A SHA-256 sd_hash does not bind it.
    Forge forge;
    forge.payload["_sd_alg"] = algorithm == DigestAlgorithm::sha384 ? "sha-384" : "sha-512";
    CHECK(code_of(sd_jwt::verify_presentation(forge.text(), policy, world::key_binding_policy(), kTestNow)) ==
          ErrorCode::sd_jwt_key_binding_hash_mismatch);
    forge.payload["_sd"] = {digest("decoy")};
    CHECK(code_of(sd_jwt::verify_presentation(forge.text(), policy, world::key_binding_policy(), kTestNow)) ==
          ErrorCode::sd_jwt_malformed_digest);
  }
}

TEST_CASE("a plain SD-JWT says what it needs") {
  static constexpr std::string_view kRequired[] = {"exp"};
  const crypto::PublicKey issuer_key = world::issuer().key.public_key();
  const sd_jwt::PlainPolicy policy{
      .issuer_key = issuer_key, .typ = "dc+sd-jwt", .key_headers = {}, .required_claims = kRequired};
  const auto code = [&](const Forge& forge) {
    return code_of(sd_jwt::verify_plain_sd_jwt(forge.text(), policy, world::key_binding_policy(), kTestNow));
  };
  Forge forge = good();
  forge.header.erase("x5c");
  CHECK(code(forge) == ErrorCode::internal_error);
  const json::Value exp = forge.payload.at("exp");
  forge.payload.erase("exp");
  CHECK(code(forge) == ErrorCode::sd_jwt_missing_claim);
  add_sd(forge, {"s", "exp", exp});  // hidden and shown: RFC 9901 lets issuers do so, outside of SD-JWT VC
  CHECK(code(forge) == ErrorCode::internal_error);
  forge.disclosures.pop_back();
  CHECK(code(forge) == ErrorCode::sd_jwt_missing_claim);
  add_sd(forge, {"s", "exp", (kTestNow - std::chrono::hours(1)).unix_seconds()});
  CHECK(code(forge) == ErrorCode::jwt_expired);
  forge.payload["exp"] = exp;
  CHECK(code(forge) == ErrorCode::sd_jwt_claim_collision);
}
