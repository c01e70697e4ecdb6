#include "core/codecs/url.h"
#include "core/jose/jwe.h"
#include "tests/core/oid4vp/world.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/jwt.h"

namespace mibun::omission {
namespace {

using namespace oid4vp;
using crypto::CertificatePurpose;

// Two queries of which one must be answered, so that every member of DCQL is there.
json::Object demanding_query() {
  return object_of(R"({"credentials":[{"id":"identity","format":"dc+sd-jwt",
      "meta":{"vct_values":["https://issuer.example/vct/identity"]},
      "claims":[{"path":["given_name"]},{"path":["age_equal_or_over","20"]}]}]})");
}

void request_object(Trial& trial) {
  World world;
  Transaction transaction(world, demanding_query());
  transaction.parameters.wallet_nonce = "wallet-nonce-1";
  const std::string text = transaction.request(world);
  const auto verify_with = [&](std::string_view request, const RequestPolicy& policy, Instant now) -> Status {
    MIBUN_TRY(const VerifiedRequest verified, VerifiedRequest::verify(request, policy, now));
    // The answer goes where the request says, with its nonce: what is there must be what was meant.
    if (verified.nonce() != transaction.parameters.nonce || verified.state() != transaction.parameters.state ||
        verified.response_uri() != transaction.parameters.response_uri) {
      return fail(ErrorCode::oid4vp_invalid_request);
    }
    return {};
  };
  const RequestPolicy policy{world.client_id, "wallet-nonce-1", world.trust()};
  mutate_jwt(trial, "", text, world.shop.key, [&](const std::string& request) -> Status {
    if (trial.weakened("client_id") && request.find('.') != std::string::npos) {
      auto payload = json::parse_object(JwtParts::of(request).payload);
      if (payload && !payload->contains("client_id")) {
        (*payload)["client_id"] = world.client_id;
        return verify_with(sign_jwt(JwtParts::of(request).header, json::serialize(*payload), world.shop.key), policy,
                           kTestNow);
      }
    }
    return verify_with(request, policy, kTestNow);
  });
  const auto tried = [&](const char* place, const char* how, const RequestPolicy& changed, Instant now = kTestNow) {
    trial.tried(std::string("policy/") + place, how, verify_with(text, changed, now));
  };
  const crypto::TrustAnchors none = no_anchors(CertificatePurpose::verifier_access);
  const crypto::TrustAnchors no_registrars = no_anchors(CertificatePurpose::registrar);
  tried("client_id", "empty", {"", "wallet-nonce-1", world.trust()});
  tried("client_id", "other",
        {"x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk", "wallet-nonce-1", world.trust()});
  tried("client_id", "other", {"x509_san_dns:gateway.example", "wallet-nonce-1", world.trust()});
  tried("wallet_nonce", "empty", {world.client_id, "", world.trust()});
  tried("wallet_nonce", "other", {world.client_id, "wallet-nonce-2", world.trust()});
  tried("access", "empty",
        {world.client_id, "wallet-nonce-1", {none, world.registrars, world.known, encrypted_profile()}});
  tried("access", "other",
        {world.client_id, "wallet-nonce-1", {world.registrars, world.registrars, world.known, encrypted_profile()}});
  tried("registrars", "empty",
        {world.client_id, "wallet-nonce-1", {world.access, no_registrars, world.known, encrypted_profile()}});
  tried("registrars", "other",
        {world.client_id, "wallet-nonce-1", {world.access, world.access, world.known, encrypted_profile()}});
  tried("now", "before", policy, kTestNow - seconds(61));
  tried("now", "after", policy, kTestNow + seconds(661));
}

void registration(Trial& trial) {
  const World world;
  const std::string text = must(sign_registration(world.registration(), world.registrar.key, world.registrar.chain));
  const auto query = must(dcql::Query::parse(shop_query()));
  const auto verify_with = [&](std::string_view jwt, const crypto::TrustAnchors& registrars, Instant now) -> Status {
    MIBUN_TRY(const auto verified, VerifiedRegistration::verify(jwt, registrars, now));
    if (verified.content().client_id != world.client_id) return fail(ErrorCode::oid4vp_registration_invalid);
    return verified.allows(query);
  };
  mutate_jwt(trial, "", text, world.registrar.key,
             [&](const std::string& jwt) { return verify_with(jwt, world.registrars, kTestNow); });
  trial.tried("policy/registrars", "other", verify_with(text, world.access, kTestNow));
  trial.tried("policy/registrars", "empty", verify_with(text, no_anchors(CertificatePurpose::registrar), kTestNow));
  trial.tried("policy/now", "before", verify_with(text, world.registrars, kTestNow - seconds(3 * 3600)));
  trial.tried("policy/now", "after", verify_with(text, world.registrars, kTestNow + seconds(31 * 86'400)));
}

// What the wallet sends, around a presentation that is right.
struct Exchange {
  Exchange() : transaction(world, demanding_query()) {
    cards.add(world);
    const VerifiedRequest request =
        must(VerifiedRequest::verify(transaction.request(world), {world.client_id, {}, world.trust()}, kTestNow));
    const std::vector<dcql::ClaimPath> paths{path_of(R"(["given_name"])"), path_of(R"(["age_equal_or_over","20"])")};
    dcql::Selection selection;
    selection.choice.asked = paths;
    selection.choice.disclosed = paths;
    consent = Consent::make(request, {selection}, "ja", kTestNow).to_text();
    presentation = present(consent);
  }

  std::string present(const std::string& agreed) const {
    const std::vector<dcql::ClaimPath> paths{path_of(R"(["given_name"])"), path_of(R"(["age_equal_or_over","20"])")};
    const HeldCard& held = *cards.cards()[0];
    return must(held.sd_jwt()->present(paths,
                                       {.audience = world.client_id,
                                        .nonce = transaction.parameters.nonce,
                                        .iat = kTestNow,
                                        .extra_claims = {{kConsentHashClaim, consent_hash(agreed)}}},
                                       *must(cards.signer(held))));
  }
  json::Object payload(const std::string& shown, const std::string& agreed) const {
    return {{"vp_token", json::Object{{"identity", json::Array{shown}}}},
            {"state", transaction.parameters.state},
            {"consent", agreed}};
  }
  std::string form(std::string_view plaintext) {
    jose::JweRequest jwe;
    jwe.kid = transaction.parameters.encryption_kid;
    return form::encode(
        {{"response", must(jose::encrypt_jwe(transaction.key.public_key(), jwe, as_bytes(plaintext), world.rng))}});
  }
  Status receive(const std::string& body, const ExpectedResponse& expected, const ResponsePolicy& policy,
                 Instant now) const {
    MIBUN_TRY(const auto received, receive_response(body, expected, policy, now));
    if (!std::holds_alternative<VerifiedResponse>(received)) return fail(ErrorCode::oid4vp_response_malformed);
    return {};
  }
  Status receive(const std::string& body) const {
    return receive(body, transaction.expected(world),
                   {.issuers = world.issuers, .iaca = world.iacas, .check_status = all_valid}, kTestNow);
  }

  World world;
  Transaction transaction;
  TestCards cards;
  std::string consent, presentation;
};

void response(Trial& trial) {
  Exchange exchange;
  const json::Object payload = exchange.payload(exchange.presentation, exchange.consent);
  const std::string whole = exchange.form(json::serialize(payload));
  trial.honest(exchange.receive(whole));
  mutate_json(json::Value(payload), "payload",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                trial.tried(where, how, exchange.receive(exchange.form(text)));
              });
  const auto receive = [&](const std::string& body) { return exchange.receive(body); };
  mutate_segments(trial, "form", whole, '&', receive);
  mutate_segments(trial, "form/name", whole, '=', receive);
  truncate(trial, "form/text", whole, receive);
  flip_bytes(trial, "form/text", whole, receive);

  const auto tried = [&](const char* place, const char* how,
                         const std::function<void(ExpectedResponse&, ResponsePolicy&, Instant&)>& change) {
    ExpectedResponse expected = exchange.transaction.expected(exchange.world);
    ResponsePolicy policy{.issuers = exchange.world.issuers, .iaca = exchange.world.iacas, .check_status = all_valid};
    Instant now = kTestNow;
    change(expected, policy, now);
    trial.tried(std::string("policy/") + place, how, exchange.receive(whole, expected, policy, now));
  };
  tried("client_id", "empty", [](auto& e, auto&, auto&) { e.client_id.clear(); });
  tried("client_id", "other", [](auto& e, auto&, auto&) { e.client_id += "x"; });
  tried("nonce", "empty", [](auto& e, auto&, auto&) { e.nonce.clear(); });
  tried("nonce", "other", [](auto& e, auto&, auto&) { e.nonce += "x"; });
  tried("state", "empty", [](auto& e, auto&, auto&) { e.state.clear(); });
  tried("state", "other", [](auto& e, auto&, auto&) { e.state += "x"; });
  tried("encryption_kid", "empty", [](auto& e, auto&, auto&) { e.encryption_kid.clear(); });
  tried("encryption_kid", "other", [](auto& e, auto&, auto&) { e.encryption_kid += "x"; });
  tried("check_pairing_code", "other", [](auto& e, auto&, auto&) {
    e.check_pairing_code = [](const auto& code) -> Status {
      return code ? Status{} : fail(ErrorCode::pairing_code_wrong);
    };
  });
  tried("now", "before", [](auto&, auto&, auto& now) { now = now - seconds(61); });
  tried("now", "after", [](auto&, auto&, auto& now) { now = now + seconds(301); });
  tried("check_status", "other", [](auto&, auto& p, auto&) {
    p.check_status = [](const auto&, const auto&) -> Status { return fail(ErrorCode::status_revoked); };
  });
  const auto with = [&](const char* place, const char* how, const ExpectedResponse& expected,
                        const crypto::TrustedIssuers& issuers) {
    trial.tried(
        std::string("policy/") + place, how,
        exchange.receive(whole, expected, {.issuers = issuers, .iaca = exchange.world.iacas, .check_status = all_valid},
                         kTestNow));
  };
  const ExpectedResponse expected = exchange.transaction.expected(exchange.world);
  using Purpose = CertificatePurpose;
  const std::string vct(kVct);
  with("issuers", "empty", expected, crypto::TrustedIssuers(Purpose::credential_issuer, {}));
  with("issuers", "other", expected, issuers_of(exchange.world.access_authority, Purpose::verifier_access, {vct}));
  with("issuers", "of no type", expected, issuers_of(exchange.world.issuer_authority, Purpose::credential_issuer, {}));
  const auto other_key = crypto::P256PrivateKey::generate();
  with("decryption_key", "other",
       {expected.client_id, expected.nonce, expected.state, expected.response_uri, expected.encryption_kid, other_key,
        expected.query, expected.registration, expected.check_pairing_code},
       exchange.world.issuers);
  const auto other_query = must(dcql::Query::parse(object_of(
      R"({"credentials":[{"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/other"]}}]})")));
  with("query", "other",
       {expected.client_id, expected.nonce, expected.state, expected.response_uri, expected.encryption_kid,
        expected.decryption_key, other_query, expected.registration, expected.check_pairing_code},
       exchange.world.issuers);
}

// The consent that the holder signed the hash of: each change is signed again by the holder, and must still not be
// taken for what was registered and asked.
void consent(Trial& trial) {
  Exchange exchange;
  mutate_json(must(json::parse(exchange.consent)), "consent",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                const auto payload = exchange.payload(exchange.present(text), text);
                trial.tried(where, how, exchange.receive(exchange.form(json::serialize(payload))));
              });
  trial.honest(
      exchange.receive(exchange.form(json::serialize(exchange.payload(exchange.presentation, exchange.consent)))));
  // A text that the holder did not sign the hash of.
  flip_bytes(trial, "consent/text", exchange.consent, [&](const std::string& text) -> Status {
    if (!json::parse(json::serialize(json::Value(text)))) return fail(ErrorCode::utf8_malformed);
    return exchange.receive(exchange.form(json::serialize(exchange.payload(exchange.presentation, text))));
  });
}

}  // namespace

void add_oid4vp(Artefacts& artefacts) {
  artefacts.push_back({"oid4vp/request_object", request_object});
  artefacts.push_back({"oid4vp/registration", registration});
  artefacts.push_back({"oid4vp/response", response});
  artefacts.push_back({"oid4vp/consent", consent});
}

}  // namespace mibun::omission
