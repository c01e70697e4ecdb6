#include <doctest/doctest.h>

#include "core/codecs/url.h"
#include "core/oid4vp/request_profile.h"
#include "core/oid4vp/wallet_metadata.h"
#include "tests/server/world/issuing.h"
#include "tests/server/world/own_world.h"

// A partner that asks under the gateway's DNS name (x509_san_dns: OpenID4VP 1.0, section 5.9.3) in place of its
// certificate's hash: registered, asking, answered, and everything that must not pass for it.
namespace mibun::server {
namespace {

constexpr std::string_view kName = "x509_san_dns:mibun.example";

struct NamedPartner : OwnWorld {
  NamedPartner() {
    json::Object application = partner_application(named);
    application["client_id_prefix"] = "x509_san_dns";
    const Reply reply = register_as(application);
    REQUIRE(reply.status() == 201);
    CHECK(reply.text("client_id") == kName);
    static_cast<void>(approved_case());
  }
  Reply register_as(const json::Object& application) const {
    return send(bound_request(token(akari), "POST", "/api/v1/staff/partners", json::serialize(application)));
  }
  Program named = new_program("named-shop");
};

}  // namespace

TEST_CASE("a partner asks under the gateway's name, and is answered as that name and no other") {
  NamedPartner w;
  const HeldCard card = w.take_card();
  const AskedRequest asked = w.ask(w.named);
  CHECK(asked.client_id == kName);
  const oid4vp::VerifiedRequest request = w.fetch(asked);
  CHECK(request.client_id() == kName);
  CHECK(request.audience() == kName);
  CHECK(request.registration().client_id == kName);

  // The answer is for the name that asked: not for the certificate's hash, nor for somebody else's name.
  const std::string hash = w.ask(w.shop).client_id;
  for (const std::string& other :
       {hash, std::string("x509_san_dns:other.example"), std::string("mibun.example"), std::string(kName) + "."}) {
    CAPTURE(other);
    AnswerTwist twist;
    twist.key_binding = [&](JwtParts parts, const crypto::P256Signer& key) {
      parts.payload["aud"] = other;
      return sign_jwt(parts, key);
    };
    CHECK(w.send(w.answer(asked, w.answer_form(request, card, twist))).status() == 400);
  }
  const Reply answered = w.send_well(w.answer(asked, w.answer_form(request, card)), 200);
  const std::string redirect = answered.text("redirect_uri");
  const std::string code = redirect.substr(redirect.find('=') + 1);
  const Reply result = w.send_well(w.take(w.named, asked.id, w.claim(asked.session_secret, code)), 200);
  CHECK(result.json.at("claims").at("identity").at(0).as_object().contains("given_name"));
}

TEST_CASE("whoever names the partner otherwise than its request does gets no request verified") {
  NamedPartner w;
  const AskedRequest asked = w.ask(w.named);
  const std::string object = w.send_well({.target = "/oid4vp/requests/" + asked.id}, 200).response.body;
  const auto verified = [&](const std::string& client_id) {
    return oid4vp::VerifiedRequest::verify(
        object, {.client_id = client_id, .wallet_nonce = std::nullopt, .trust = w.verifier_trust()}, w.clock.now());
  };
  CHECK(verified(std::string(kName)).has_value());
  for (const std::string& other : {w.ask(w.shop).client_id, std::string("x509_san_dns:other.example")}) {
    CAPTURE(other);
    CHECK(verified(other).error().code == ErrorCode::oid4vp_client_id_mismatch);
  }
}

TEST_CASE("a wallet of HAIP alone does not answer to a DNS name") {
  NamedPartner w;
  const AskedRequest asked = w.ask(w.named);
  CHECK(!oid4vp::haip_profile().clients.accept(oid4vp::ClientId::Prefix::x509_san_dns));
  // One that says so when it fetches the request is told at once.
  const auto fetch_as = [&](const oid4vp::RequestProfile& profile) {
    const json::Object metadata = oid4vp::WalletMetadata::of(profile).to_json();
    return w.send({"POST",
                   "/oid4vp/requests/" + asked.id,
                   form::encode({{"wallet_metadata", json::serialize(metadata)}}),
                   {{"Content-Type", std::string(kFormType)}}});
  };
  CHECK(fetch_as(oid4vp::haip_profile()).status() == 400);
  CHECK(fetch_as(oid4vp::openid4vp_profile()).status() == 200);
}

TEST_CASE("the gateway's name is one partner's; who says nothing asks by certificate; other names are not made") {
  NamedPartner w;
  const auto application = [&](const char* id, const char* prefix) {
    json::Object body = w.partner_application(w.new_program(id));
    if (prefix != nullptr) body["client_id_prefix"] = prefix;
    return body;
  };
  const Reply second = w.register_as(application("second-shop", "x509_san_dns"));
  CHECK(second.status() == 409);
  CHECK(second.code() == "partner_exists");
  const Reply by_hash = w.register_as(application("third-shop", "x509_hash"));
  CHECK(by_hash.status() == 201);
  CHECK(by_hash.text("client_id").starts_with("x509_hash:"));
  CHECK(w.register_as(application("fourth-shop", nullptr)).text("client_id").starts_with("x509_hash:"));
  for (const char* prefix : {"redirect_uri", "verifier_attestation", "pre-registered", "X509_SAN_DNS", ""}) {
    CAPTURE(prefix);
    const Reply refused = w.register_as(application("fifth-shop", prefix));
    CHECK(refused.status() == 400);
    CHECK(refused.code() == "request_malformed");
  }
}

}  // namespace mibun::server
