// The examples of RFC 9901 and of SD-JWT VC, and the cases of the sd-jwt-python project.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/jose/jwk.h"
#include "core/sd_jwt/json_form.h"
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
  crypto::PublicKey issuer;
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

namespace {

using Path = std::vector<sd_jwt::PathStep>;

bool stands_in(const Path& inner, const Path& outer) {
  return inner.size() >= outer.size() && std::equal(outer.begin(), outer.end(), inner.begin());
}

std::vector<Path> paths_of(const json::Value& list) {
  std::vector<Path> paths;
  for (const json::Value& path : list.as_array()) {
    paths.push_back(must(sd_jwt::ClaimPath::parse(path.as_array())).steps());
  }
  return paths;
}

// What a verifier sees, said without digests: a hidden place is open when it is selected, or stands above or below
// something that is.
struct Oracle {
  std::vector<Path> hidden, selected;

  bool is_closed(const Path& place) const {
    if (std::ranges::find(hidden, place) == hidden.end()) return false;
    return std::ranges::none_of(selected,
                                [&](const Path& one) { return stands_in(one, place) || stands_in(place, one); });
  }
  json::Value seen(const json::Value& value, Path& place) const {
    if (const auto* array = value.if_array()) {
      json::Array out;
      for (std::size_t i = 0; i < array->size(); ++i) {
        place.emplace_back(std::uint64_t{i});
        if (!is_closed(place)) out.push_back(seen((*array)[i], place));
        place.pop_back();
      }
      return out;
    }
    if (const auto* object = value.if_object()) {
      json::Object out;
      for (const auto& member : *object) {
        place.emplace_back(std::string(member.key()));
        if (!is_closed(place)) out[member.key()] = seen(member.value(), place);
        place.pop_back();
      }
      return out;
    }
    return value;
  }
};

std::vector<sd_jwt::ClaimPath> claim_paths(const std::vector<Path>& paths) {
  std::vector<sd_jwt::ClaimPath> out;
  for (const Path& path : paths) out.emplace_back(path);
  return out;
}

}  // namespace

TEST_CASE("sd-jwt-python cases and RFC 9901 generator inputs: issue, receive, present, verify") {
  const auto cases = must(json::parse(read_vector("sd-jwt-python-cases/cases.json")));
  int compared = 0;
  for (const json::Value& one : cases.as_array()) {
    INFO(std::string(one.at("name").as_string()));
    const json::Object& user_claims = one.at("user_claims").as_object();
    sd_jwt::IssueRequest request;
    request.clear_claims = world::clear_claims();
    for (const auto& member : user_claims) request.clear_claims.emplace(member.key(), member.value());
    const json::Object everything = request.clear_claims;
    const Oracle oracle{paths_of(one.at("hidden")), paths_of(one.at("selected"))};
    request.disclosable_parts = claim_paths(oracle.hidden);
    const auto selected = claim_paths(oracle.selected);
    Path root;
    const json::Value expected = oracle.seen(json::Value(everything), root);

    for (const sd_jwt::Decoys& decoys : {sd_jwt::Decoys{}, sd_jwt::Decoys{.add = 3},
                                         sd_jwt::Decoys{.add = 1, .fill_to_multiple_of = 4, .nested = true}}) {
      request.decoys = decoys;
      const std::string issued = world::issue(request);
      const auto held = world::receive(issued);
      CHECK(held.claims() == everything);
      CHECK(must(sd_jwt::SdJwt::parse(issued)).disclosure_count() == request.disclosable_parts.size());

      const std::string shown = must(held.present(selected, world::key_binding(), world::holder()));
      const auto verified = must(world::verify(shown));
      CHECK(json::Value(verified.claims()) == expected);
      for (const auto form : {sd_jwt::JsonForm::flattened, sd_jwt::JsonForm::general}) {
        const std::string text = must(sd_jwt::to_json(must(sd_jwt::SdJwt::parse(shown)), form));
        CHECK(
            must(sd_jwt::verify_presentation_json(text, world::issuer_policy(), world::key_binding_policy(), kTestNow))
                .claims() == verified.claims());
      }
      const json::Value* published = one.as_object().if_contains("expected");
      if (published == nullptr) continue;
      json::Object claims = verified.claims();
      for (const auto& member : world::clear_claims()) claims.erase(member.key());
      CHECK(claims == published->as_object());
      ++compared;
    }
  }
  CHECK(cases.as_array().size() == 25);
  CHECK(compared == 3 * 11);
}

TEST_CASE("OpenID4VP: the example credential with linked data verifies to the published claims") {
  const Examples rfc("sd-jwt-rfc9901");  // the same keys
  const auto text = [](const std::string& name) {
    std::string unfolded = read_vector("openid4vp-1.0/sd_jwt_vcld/" + name);
    std::erase(unfolded, '\n');
    return unfolded;
  };
  const sd_jwt::PlainPolicy policy{.issuer_key = rfc.issuer, .typ = sd_jwt::kCredentialTyp};
  const auto binding = must(json::parse_object(text("kb_jwt_payload.json")));
  const Instant presented = Instant::from_unix_seconds(binding.at("iat").as_int64());
  const auto verified =
      must(sd_jwt::verify_plain_sd_jwt(text("sd_jwt_presentation.txt"), policy, kVerifier, presented));
  CHECK(verified.claims() == must(json::parse_object(text("verified_contents.json"))));
  CHECK(verified.key_binding_payload() == binding);
  const auto issued =
      must(sd_jwt::verify_plain_sd_jwt(text("sd_jwt_issuance.txt"), policy, sd_jwt::NoKeyBinding{}, presented))
          .claims();
  for (const auto& member : must(json::parse_object(text("user_claims.json")))) {
    CHECK(issued.at(member.key()) == member.value());
  }
}
