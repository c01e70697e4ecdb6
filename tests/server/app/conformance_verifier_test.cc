#include <doctest/doctest.h>

#include "core/codecs/url.h"
#include "core/jose/jws.h"
#include "core/oid4vp/wallet_metadata.h"
#include "tests/server/app/logged_code.h"
#include "tests/server/world/test_world.h"

// The modules of the OpenID Foundation's conformance suite for verifiers of OpenID4VP 1.0, each played against the
// whole gateway by a wallet that does what the module does: docs/conformance/modules.md. A test is named after its
// module.
namespace mibun::server {
namespace {

constexpr std::int64_t kYearSeconds = 365 * 24 * 3600;

// The suite's wallet knows nothing of our consent: it signs what the specification says and no more.
AnswerTwist binding(std::function<void(json::Object&)> change) {
  AnswerTwist twist;
  twist.key_binding = [change = std::move(change)](JwtParts parts, const crypto::P256Signer& key) {
    parts.payload.erase(oid4vp::kConsentHashClaim);
    change(parts.payload);
    return sign_jwt(parts, key);
  };
  twist.payload = [](json::Object& payload) { payload.erase(oid4vp::kConsentMember); };
  return twist;
}
AnswerTwist as_it_should() {
  return binding([](json::Object&) {});
}

std::string answer_form(const oid4vp::VerifiedRequest& request, const HeldCard& card) {
  return world().answer_form(request, card, as_it_should());
}

Reply answer_with(const AnswerTwist& twist) {
  const AskedRequest asked = world().ask(world().shop);
  const HeldCard card = world().take_card();
  return world().send(world().answer(asked, world().answer_form(world().fetch(asked), card, twist)));
}

// The suite wants a refusal that hands nothing out; the log says for which reason.
void check_refused(const AnswerTwist& twist, std::string_view reason) {
  const Reply reply = answer_with(twist);
  INFO(reply.response.body);
  CHECK(reply.status() == 400);
  CHECK(reply.code() == "invalid_request");
  CHECK_FALSE(reply.json.contains("redirect_uri"));
  CHECK(last_logged_code() == reason);
}

void check_taken(const Reply& reply) {
  INFO(reply.response.body);
  CHECK(reply.status() == 200);
  CHECK(reply.response.content_type == "application/json");
  CHECK(reply.text("redirect_uri").find("response_code=") != std::string::npos);
}

void flip(std::string& text, std::size_t at) {
  text[at] = text[at] == 'A' ? 'B' : 'A';
}

}  // namespace

TEST_CASE("oid4vp-1final-verifier-happy-flow: a right answer is taken, and the wallet is sent back") {
  const AskedRequest asked = world().ask(world().shop);
  const Reply reply = world().send(world().answer(asked, answer_form(world().fetch(asked), world().take_card())));
  check_taken(reply);
  // Nobody signed a consent, so nobody gets a receipt for one.
  const std::string redirect = reply.text("redirect_uri");
  const auto claim = world().claim(asked.session_secret, redirect.substr(redirect.find('=') + 1));
  const Reply result = world().send_well(world().take(world().shop, asked.id, claim), 200);
  CHECK(result.json.contains("claims"));
  CHECK_FALSE(result.json.contains("consent_receipt"));
}

TEST_CASE("oid4vp-1final-verifier-invalid-credential-signature: refused") {
  AnswerTwist twist = as_it_should();
  twist.presentation = [](std::string text) {
    flip(text, text.find('~') - 40);
    return text;
  };
  check_refused(twist, "jws_signature_invalid");
}

TEST_CASE("oid4vp-1final-verifier-invalid-kb-jwt-signature: refused") {
  AnswerTwist twist = as_it_should();
  twist.key_binding = [](JwtParts parts, const crypto::P256Signer& key) {
    parts.payload.erase(oid4vp::kConsentHashClaim);
    std::string text = sign_jwt(parts, key);
    flip(text, text.size() - 40);
    return text;
  };
  check_refused(twist, "sd_jwt_key_binding_signature_invalid");
}

TEST_CASE("oid4vp-1final-verifier-invalid-kb-jwt-aud: refused") {
  check_refused(binding([](json::Object& claims) { claims["aud"] = "https://wrong.example"; }),
                "sd_jwt_key_binding_audience_mismatch");
}

TEST_CASE("oid4vp-1final-verifier-invalid-kb-jwt-nonce: refused") {
  check_refused(binding([](json::Object& claims) { claims["nonce"] = "not-the-nonce-of-the-request"; }),
                "sd_jwt_key_binding_nonce_mismatch");
}

TEST_CASE("oid4vp-1final-verifier-invalid-sd-hash: refused") {
  check_refused(
      binding([](json::Object& claims) { claims["sd_hash"] = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"; }),
      "sd_jwt_key_binding_hash_mismatch");
}

TEST_CASE("oid4vp-1final-verifier-kb-jwt-iat-in-past: refused") {
  check_refused(
      binding([](json::Object& claims) { claims["iat"] = world().clock.now().unix_seconds() - kYearSeconds; }),
      "sd_jwt_key_binding_time");
}

TEST_CASE("oid4vp-1final-verifier-kb-jwt-iat-in-future: refused") {
  check_refused(
      binding([](json::Object& claims) { claims["iat"] = world().clock.now().unix_seconds() + kYearSeconds; }),
      "sd_jwt_key_binding_time");
}

TEST_CASE("oid4vp-1final-verifier-minimal-cnf-jwk: kty, crv, x and y are enough") {
  const AskedRequest asked = world().ask(world().shop);
  const HeldCard card = world().take_card();
  const auto jws = must(jose::Jws::parse(std::string_view(card.text).substr(0, card.text.find('~'))));
  const json::Object payload = must(jws.unverified_payload());
  const json::Object& jwk = payload.at("cnf").as_object().at("jwk").as_object();
  REQUIRE(jwk.size() == 4);
  for (const char* name : {"kty", "crv", "x", "y"}) REQUIRE(jwk.contains(name));
  check_taken(world().send(world().answer(asked, answer_form(world().fetch(asked), card))));
}

TEST_CASE("oid4vp-1final-verifier-request-uri-fetched-twice: it is served again, and answered once") {
  const AskedRequest asked = world().ask(world().shop);
  const auto first = world().fetch(asked);
  const auto second = world().fetch(asked);
  CHECK(first.nonce() == second.nonce());
  const Reply third = world().send_well({.target = "/oid4vp/requests/" + asked.id}, 200);
  CHECK(third.response.content_type == "application/oauth-authz-req+jwt");
  check_taken(world().send(world().answer(asked, answer_form(second, world().take_card()))));
  const Reply again = world().send(world().answer(asked, answer_form(first, world().take_card())));
  CHECK(again.status() == 400);
}

TEST_CASE("oid4vp-1final-verifier-request-uri-method-post: the wallet's nonce comes back in the signed request") {
  const AskedRequest asked = world().ask(world().shop);
  const json::Object metadata = oid4vp::WalletMetadata::of(oid4vp::haip_profile()).to_json();
  const Reply reply = world().send_well(
      {"POST",
       "/oid4vp/requests/" + asked.id,
       form::encode({{"wallet_nonce", "nonce-of-the-wallet"}, {"wallet_metadata", json::serialize(metadata)}}),
       {{"Content-Type", std::string(kFormType)}}},
      200);
  CHECK(reply.response.content_type == "application/oauth-authz-req+jwt");
  const auto request = must(oid4vp::VerifiedRequest::verify(
      reply.response.body,
      {.client_id = asked.client_id, .wallet_nonce = "nonce-of-the-wallet", .trust = world().verifier_trust()},
      world().clock.now()));
  check_taken(world().send(world().answer(asked, answer_form(request, world().take_card()))));
}

}  // namespace mibun::server
