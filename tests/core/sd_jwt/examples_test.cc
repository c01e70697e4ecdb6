// The examples of RFC 9901 and of SD-JWT VC, and the cases of the sd-jwt-python project.
#include <doctest/doctest.h>

#include "core/jose/jwk.h"
#include "tests/core/sd_jwt/fixture.h"
#include "tests/support/vectors.h"

using namespace mibun;

namespace {

constexpr std::string_view kKid[] = {"kid"};

struct Examples {
  explicit Examples(const std::string& folder)
      : document(must(json::parse_object(read_vector(folder + "/examples.json"), {.bytes_max = 4 << 20}))),
        issuer(must(jose::Jwk::parse(document.at("issuer_public_jwk").as_object())).key()) {}

  const json::Value& value(int number) const {
    for (const json::Value& example : document.at("examples").as_array()) {
      if (example.at("n").as_int64() == number) return example.at("value");
    }
    throw std::runtime_error("no such example");
  }
  std::string text(int number) const { return std::string(value(number).as_string()); }

  json::Object document;
  crypto::P256PublicKey issuer;
};

// The KB-JWTs of both documents name this verifier and nonce.
const sd_jwt::KeyBindingPolicy kVerifier{.audience = "https://verifier.example.org", .nonce = "1234567890"};
const Instant kIssued = Instant::from_unix_seconds(1'700'000'000);

}  // namespace

TEST_CASE("RFC 9901: the published SD-JWTs verify to the published payloads") {
  const Examples rfc("sd-jwt-rfc9901");
  const sd_jwt::PlainPolicy policy{.issuer_key = rfc.issuer, .typ = "example+sd-jwt"};
  const auto open = [&](int number) {
    return must(sd_jwt::verify_plain_sd_jwt(rfc.text(number), policy, sd_jwt::NoKeyBinding{}, kIssued)).claims();
  };
  const json::Object issued = open(20);
  for (const auto& member : rfc.value(17).as_object()) CHECK(issued.at(member.key()) == member.value());
  CHECK(open(34) == rfc.value(35).as_object());
  CHECK(open(38) == rfc.value(39).as_object());

  const Instant presented = Instant::from_unix_seconds(rfc.value(22).at("iat").as_int64());
  const auto with_key = must(sd_jwt::verify_plain_sd_jwt(rfc.text(21), policy, kVerifier, presented));
  CHECK(with_key.claims() == rfc.value(23).as_object());
  CHECK(with_key.key_binding_payload() == rfc.value(22).as_object());
  CHECK(code_of(sd_jwt::verify_plain_sd_jwt(rfc.text(21), policy, sd_jwt::NoKeyBinding{}, presented)) ==
        ErrorCode::sd_jwt_key_binding_unexpected);
  CHECK(code_of(sd_jwt::verify_plain_sd_jwt(rfc.text(20), policy, kVerifier, presented)) ==
        ErrorCode::sd_jwt_key_binding_missing);
  CHECK(code_of(sd_jwt::verify_plain_sd_jwt(rfc.text(19), policy, sd_jwt::NoKeyBinding{}, presented)) ==
        ErrorCode::sd_jwt_malformed);  // the issuer's JWT alone, no "~"
  const sd_jwt::PlainPolicy other{.issuer_key = world::holder().public_key(), .typ = "example+sd-jwt"};
  CHECK(code_of(sd_jwt::verify_plain_sd_jwt(rfc.text(20), other, sd_jwt::NoKeyBinding{}, kIssued)) ==
        ErrorCode::jws_signature_invalid);
  const sd_jwt::PlainPolicy other_typ{.issuer_key = rfc.issuer, .typ = "dc+sd-jwt"};
  CHECK(code_of(sd_jwt::verify_plain_sd_jwt(rfc.text(20), other_typ, sd_jwt::NoKeyBinding{}, kIssued)) ==
        ErrorCode::jws_typ_mismatch);
}

TEST_CASE("RFC 9901: the second before, at and after expiry") {
  const Examples rfc("sd-jwt-rfc9901");
  const sd_jwt::PlainPolicy policy{.issuer_key = rfc.issuer, .typ = "example+sd-jwt", .leeway = seconds(0)};
  const auto at = [&](std::int64_t second) {
    return code_of(
        sd_jwt::verify_plain_sd_jwt(rfc.text(20), policy, sd_jwt::NoKeyBinding{}, Instant::from_unix_seconds(second)));
  };
  CHECK(at(1882999999) == ErrorCode::internal_error);
  CHECK(at(1883000000) == ErrorCode::jwt_expired);
  CHECK(at(1883000001) == ErrorCode::jwt_expired);
  CHECK(at(1682999999) == ErrorCode::jwt_issued_in_future);
}

TEST_CASE("SD-JWT VC: the published credentials verify to the published payloads") {
  const Examples vc("sd-jwt-vc");
  const sd_jwt::PlainPolicy policy{.issuer_key = vc.issuer, .typ = sd_jwt::kCredentialTyp, .key_headers = kKid};
  const auto issued = must(sd_jwt::verify_plain_sd_jwt(vc.text(6), policy, sd_jwt::NoKeyBinding{}, kIssued)).claims();
  for (const auto& member : vc.value(4).as_object()) CHECK(issued.at(member.key()) == member.value());
  CHECK(must(sd_jwt::verify_plain_sd_jwt(vc.text(9), policy, sd_jwt::NoKeyBinding{}, kIssued)).claims() ==
        vc.value(10).as_object());

  // The example's KB-JWT tells its own time.
  const auto kb = must(jose::Jws::parse(must(sd_jwt::SdJwt::parse(vc.text(7))).kb_jwt().value()));
  const json::Object claimed = must(kb.unverified_payload());
  const Instant presented = Instant::from_unix_seconds(claimed.at("iat").as_int64());
  const sd_jwt::KeyBindingPolicy verifier{.audience = "https://example.com/verifier", .nonce = "1234567890"};
  const auto with_key = must(sd_jwt::verify_plain_sd_jwt(vc.text(7), policy, verifier, presented));
  CHECK(with_key.claims() == vc.value(8).as_object());
  // As an SD-JWT VC it is not trusted: it has no certificate.
  CHECK(code_of(sd_jwt::verify_presentation(vc.text(7), world::issuer_policy(), verifier, presented)) ==
        ErrorCode::sd_jwt_issuer_not_trusted);
}

TEST_CASE("sd-jwt-python cases and RFC 9901 generator inputs: issue, receive, present, verify") {
  const auto cases = must(json::parse(read_vector("sd-jwt-python-cases/cases.json")));
  const auto paths = [](const json::Value& list) {
    std::vector<sd_jwt::ClaimPath> found;
    for (const json::Value& path : list.as_array()) found.push_back(must(sd_jwt::ClaimPath::parse(path.as_array())));
    return found;
  };
  int compared = 0;
  for (const json::Value& one : cases.as_array()) {
    INFO(std::string(one.at("name").as_string()));
    const json::Object& user_claims = one.at("user_claims").as_object();
    sd_jwt::IssueRequest request;
    request.clear_claims = world::clear_claims();
    for (const auto& member : user_claims) request.clear_claims.emplace(member.key(), member.value());
    const json::Object everything = request.clear_claims;
    request.disclosable_parts = paths(one.at("hidden"));
    request.decoys = 3;

    const std::string issued = world::issue(request);
    const auto held = world::receive(issued);
    CHECK(held.claims() == everything);
    const auto hidden = must(sd_jwt::SdJwt::parse(issued)).disclosure_count();
    CHECK(hidden == request.disclosable_parts.size());

    const auto selected = paths(one.at("selected"));
    const auto verified = must(world::verify(must(held.present(selected, world::key_binding(), world::holder()))));
    const json::Value* expected = one.as_object().if_contains("expected");
    if (expected == nullptr) continue;
    json::Object claims = verified.claims();
    for (const auto& member : world::clear_claims()) claims.erase(member.key());
    CHECK(claims == expected->as_object());
    ++compared;
  }
  CHECK(compared == 11);
}
