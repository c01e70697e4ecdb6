#include <doctest/doctest.h>

#include "core/jose/jws_json.h"
#include "core/oid4vp/dc_api.h"
#include "tests/core/oid4vp/world.h"

// Requests of a page under several names, for wallets that know one of them: OpenID4VP 1.0, section A.3.2.2.
using namespace mibun;
using namespace mibun::oid4vp;

namespace {

constexpr std::string_view kPage = "https://shop.example";

struct Several {
  Several() { cards.add(world); }

  json::Object payload() const {
    json::Object payload = must(must(jose::Jws::parse(transaction.request(world))).unverified_payload());
    for (const char* of_one : {"client_id", "verifier_info", "response_uri", "state"}) payload.erase(of_one);
    payload["response_mode"] = "dc_api.jwt";
    payload["expected_origins"] = json::Array{kPage};
    return payload;
  }
  json::Object header_of(const TestSigner& signer, std::string_view client_id) const {
    Registration registration = world.registration();
    registration.client_id = client_id;
    const std::string text = must(sign_registration(registration, world.registrar.key, world.registrar.chain));
    return {{"typ", kRequestObjectType},
            {"x5c", jose::x5c_member(signer.chain)},
            {"client_id", client_id},
            {"verifier_info", json::Array{json::Object{{"format", kRegistrationType}, {"data", text}}}}};
  }
  json::Object ours() const { return header_of(world.shop, world.client_id); }
  // Under a name of another trust framework, which this wallet does not know.
  json::Object theirs() const { return header_of(stranger, client_id_of(stranger.certificate)); }
  json::Object sign(const json::Object& payload, const std::vector<json::Object>& headers) const {
    std::vector<jose::JwsJsonSigning> signings;
    for (const json::Object& header : headers) {
      const bool is_ours = header.at("x5c") == json::Value(jose::x5c_member(world.shop.chain));
      signings.push_back({header, is_ours ? world.shop.key : stranger.key, {}});
    }
    return must(jose::sign_jws_general(signings, json::serialize(payload)));
  }
  static BrowserRequest request(json::Object jws, std::string_view origin = kPage) {
    return {std::string(kDcApiMultisigned), json::Object{{"request", std::move(jws)}}, std::string(origin)};
  }
  ErrorCode verify(json::Object jws, std::string_view origin = kPage) const {
    return code_of(VerifiedRequest::verify_dc_api(request(std::move(jws), origin), world.trust(), kTestNow));
  }

  World world;
  Transaction transaction{world};
  TestAuthority strangers{"strangers"};
  TestSigner stranger{strangers, crypto::CertificatePurpose::verifier_access, "gateway.example"};
  TestCards cards;
};

void spoil_signature(json::Object& jws, std::size_t index) {
  json::Value& signature = jws["signatures"].as_array()[index].as_object()["signature"];
  std::string text(signature.as_string());
  text[10] = text[10] == 'A' ? 'B' : 'A';
  signature = text;
}

constexpr auto kFine = ErrorCode::internal_error;

}  // namespace

TEST_CASE("oid4vp-1final-wallet-multisigned-one-invalid-signature: one good signature is enough, and none is not") {
  const Several several;
  json::Object jws = several.sign(several.payload(), {several.ours(), several.ours()});
  spoil_signature(jws, 0);
  PresentationFlow flow(several.cards, several.world.trust(), const_cast<SeededRng&>(several.world.rng));
  const auto ask = std::get<AskHolder>(must(flow.advance(Several::request(jws), kTestNow)));
  CHECK(ask.client_id == several.world.client_id);
  CHECK(std::get<AnswerBrowser>(must(flow.advance(Agreed{"ja"}, kTestNow))).protocol == kDcApiMultisigned);
  spoil_signature(jws, 1);
  CHECK(several.verify(jws) == ErrorCode::jws_signature_invalid);
}

TEST_CASE("of several names the wallet takes the one that it can check") {
  const Several several;
  CHECK(several.verify(several.sign(several.payload(), {several.ours()})) == kFine);
  CHECK(several.verify(several.sign(several.payload(), {several.theirs(), several.ours()})) == kFine);
  CHECK(several.verify(several.sign(several.payload(), {several.theirs()})) == ErrorCode::certificate_untrusted);
  json::Object unknown = several.ours();
  unknown["client_id"] = "openid_federation:https://gateway.example";
  CHECK(several.verify(several.sign(several.payload(), {unknown, several.ours()})) == kFine);
  CHECK(several.verify(several.sign(several.payload(), {unknown})) == ErrorCode::oid4vp_client_id_prefix_not_supported);
}

TEST_CASE("a request of several signatures is refused with its reason") {
  const Several several;
  struct Row {
    std::string_view why;
    std::function<void(json::Object& header, json::Object& payload)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const Row rows[] = {
      {"as it should be", [](auto&, auto&) {}, kFine},
      {"client_id in the payload", [&](auto&, auto& p) { p["client_id"] = several.world.client_id; }, bad},
      {"client_id in the payload alone",
       [&](auto& h, auto& p) {
         h.erase("client_id");
         p["client_id"] = several.world.client_id;
       },
       bad},
      {"verifier_info in the payload", [](auto& h, auto& p) { p["verifier_info"] = h["verifier_info"]; }, bad},
      {"no client_id", [](auto& h, auto&) { h.erase("client_id"); }, bad},
      {"another's client_id", [](auto& h, auto&) { h["client_id"] = "x509_hash:other"; },
       ErrorCode::oid4vp_client_id_mismatch},
      {"the origin as client_id", [](auto& h, auto&) { h["client_id"] = "origin:https://shop.example"; },
       ErrorCode::oid4vp_client_id_prefix_not_supported},
      {"no registration", [](auto& h, auto&) { h.erase("verifier_info"); }, ErrorCode::oid4vp_registration_invalid},
      {"typ", [](auto& h, auto&) { h["typ"] = "JWT"; }, ErrorCode::jws_typ_mismatch},
      {"other origins", [](auto&, auto& p) { p["expected_origins"] = json::Array{"https://evil.example"}; },
       ErrorCode::oid4vp_origin_mismatch},
      {"no origins", [](auto&, auto& p) { p.erase("expected_origins"); }, bad},
      {"no aud", [](auto&, auto& p) { p.erase("aud"); }, bad},
      {"expired", [](auto&, auto& p) { p["exp"] = kTestNow.unix_seconds() - 61; }, ErrorCode::oid4vp_request_expired},
      {"in the clear", [](auto&, auto& p) { p["response_mode"] = "dc_api"; },
       ErrorCode::oid4vp_response_mode_not_supported},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object header = several.ours();
    json::Object payload = several.payload();
    row.change(header, payload);
    CHECK(several.verify(several.sign(payload, {header})) == row.want);
  }
  CHECK(several.verify(several.sign(several.payload(), {several.ours()}), "https://evil.example") ==
        ErrorCode::oid4vp_origin_mismatch);
  // A signature that nobody protected, none at all, and a compact one.
  CHECK(several.verify({{"payload", "e30"}, {"signatures", json::Array{}}}) == ErrorCode::jws_malformed);
  BrowserRequest compact = Several::request({});
  compact.data["request"] = "a.b.c";
  CHECK(code_of(VerifiedRequest::verify_dc_api(compact, several.world.trust(), kTestNow)) == bad);
  RequestProfile profile = encrypted_profile();
  profile.browser.several_signatures = Stance::refuse;
  const auto good = Several::request(several.sign(several.payload(), {several.ours()}));
  CHECK(code_of(VerifiedRequest::verify_dc_api(good, several.world.trust(profile), kTestNow)) == bad);
}
