#include <doctest/doctest.h>

#include "core/jose/jws.h"
#include "tests/server/world/attested_wallet.h"

// The modules of the OpenID Foundation's conformance suite that come to the authorization server with a wallet
// attestation, each played by a wallet whose provider signs anything: docs/conformance/modules.md.
namespace mibun::server {
namespace {

using Change = std::function<void(JwtParts&)>;
const Change kUnchanged = [](JwtParts&) {};

// A wallet of a provider that is trusted, and what both of them sign.
struct SuiteWallet {
  SuiteWallet() : provider(world().foreign_providers, crypto::CertificatePurpose::wallet_provider, "foreign.example") {}

  std::string attestation(const Change& change = kUnchanged) const {
    const std::int64_t now = world().clock.now().unix_seconds();
    json::Object cnf;
    cnf["jwk"] = jose::Jwk(key.public_key()).to_json();
    JwtParts parts{
        {{"typ", "oauth-client-attestation+jwt"}, {"alg", "ES256"}, {"x5c", jose::x5c_member(provider.chain)}},
        {{"iss", "https://foreign.example"}, {"sub", kForeignClient}, {"iat", now}, {"exp", now + 300}}};
    parts.payload["cnf"] = std::move(cnf);
    change(parts);
    return sign_jwt(parts, provider.key);
  }
  std::string pop(const Change& change = kUnchanged) const { return pop_by(key, change); }
  static std::string pop_by(const crypto::P256Signer& signer, const Change& change = kUnchanged) {
    JwtParts parts = pop_of(world(), std::string(kForeignClient), attestation_challenge(world()));
    change(parts);
    return sign_jwt(parts, signer);
  }

  TestSigner provider;
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
};

struct Shown {
  std::string attestation, pop;
};

// The client is judged before its code is: a code that nobody gave out shows whether the client was let in.
Reply redeem(const Shown& shown) {
  const auto dpop = crypto::P256PrivateKey::generate();
  return world().send(
      show(world().token_request({{"grant_type", "urn:ietf:params:oauth:grant-type:pre-authorized_code"},
                                  {"pre-authorized_code", "no-code"},
                                  {"tx_code", "000000"},
                                  {"client_id", std::string(kForeignClient)}},
                                 sign_jwt(world().dpop_proof(dpop, "POST", "/oauth/token"), dpop)),
           shown.attestation, shown.pop));
}

Reply push(const Shown& shown) {
  const CodeFlow flow(world());
  const auto fields = with(with(flow.par_fields(), "client_id", std::string(kForeignClient)), "redirect_uri",
                           "https://foreign.example/callback");
  return world().send(
      show(flow.form_request("/oauth/par", fields, flow.proof("/oauth/par")), shown.attestation, shown.pop));
}

// What the suite demands: 400 or 401, JSON, and one of three words.
void check_refused(const Reply& reply) {
  INFO(reply.response.body);
  CHECK((reply.status() == 400 || reply.status() == 401));
  CHECK(reply.response.content_type == "application/json");
  CHECK(reply.code() == "invalid_client_attestation");
}

// Where a wallet pushes what it wants, as the plans for HAIP play it, and where it redeems a code. `shown` anew for
// each: a proof of possession counts once.
void check_refused_at_both(const std::function<Shown()>& shown) {
  for (const auto& [place, send] : {std::pair{"pushed request", &push}, std::pair{"token request", &redeem}}) {
    INFO(place);
    check_refused(send(shown()));
  }
}

std::string with_broken_signature(std::string jwt) {
  char& c = jwt[jwt.size() - 30];
  c = c == 'A' ? 'B' : 'A';
  return jwt;
}

}  // namespace

TEST_CASE("the suite's wallet is let in when everything is right") {
  const SuiteWallet wallet;
  CHECK(push({wallet.attestation(), wallet.pop()}).status() == 201);
  CHECK(redeem({wallet.attestation(), wallet.pop()}).code() == "invalid_grant");
}

TEST_CASE("oid4vci-1_0-issuer-fail-client-attestation-exp-in-past: refused") {
  const SuiteWallet wallet;
  const std::string expired = wallet.attestation([](JwtParts& parts) {
    parts.payload["iat"] = world().clock.now().unix_seconds() - 1200;
    parts.payload["exp"] = world().clock.now().unix_seconds() - 600;
  });
  check_refused_at_both([&] { return Shown{expired, wallet.pop()}; });
}

TEST_CASE("oid4vci-1_0-issuer-fail-client-attestation-no-sub: refused") {
  const SuiteWallet wallet;
  const std::string nameless = wallet.attestation([](JwtParts& parts) { parts.payload.erase("sub"); });
  check_refused_at_both([&] { return Shown{nameless, wallet.pop()}; });
}

TEST_CASE("oid4vci-1_0-issuer-fail-client-attestation-pop-wrong-aud: refused") {
  const SuiteWallet wallet;
  const Change elsewhere = [](JwtParts& parts) { parts.payload["aud"] = "https://wrong.example"; };
  check_refused_at_both([&] { return Shown{wallet.attestation(), wallet.pop(elsewhere)}; });
}

TEST_CASE("oid4vci-1_0-issuer-fail-invalid-client-attestation-signature: refused") {
  const SuiteWallet wallet;
  check_refused_at_both([&] { return Shown{with_broken_signature(wallet.attestation()), wallet.pop()}; });
}

TEST_CASE("oid4vci-1_0-issuer-fail-invalid-client-attestation-pop-signature: refused") {
  const SuiteWallet wallet;
  check_refused_at_both([&] { return Shown{wallet.attestation(), with_broken_signature(wallet.pop())}; });
}

TEST_CASE("oid4vci-1_0-issuer-fail-mismatched-client-attestation-pop-key: refused") {
  const SuiteWallet wallet;
  const auto another = crypto::P256PrivateKey::generate();
  check_refused_at_both([&] { return Shown{wallet.attestation(), SuiteWallet::pop_by(another)}; });
}

}  // namespace mibun::server
