#include <doctest/doctest.h>

#include "core/oid4vci/client_attestation.h"
#include "core/oid4vci/key_attestation.h"
#include "tests/server/world/attested_wallet.h"

// What the provider says in an attestation, and what a refusal gives along.
namespace mibun::server {
namespace {

crypto::TrustAnchors published_anchors(TestWorld& w) {
  const json::Object trust = w.send_well({.target = "/.well-known/mibun-trust.json"}, 200).json;
  const auto root = must(crypto::CaCertificate::from_pem(trust.at("wallet_provider").as_array().at(0).as_string()));
  return crypto::TrustAnchors(crypto::CertificatePurpose::wallet_provider, {root},
                              crypto::RevocationPolicy::ignore_revocation);
}

}  // namespace

TEST_CASE("a wallet attestation names the client and the key, not the person, and its times are of the hour") {
  TestWorld& w = world();
  const AttestedWallet wallet = attested_wallet(w, w.holder);
  const auto jws = must(jose::Jws::parse(wallet.attestation));
  const json::Object claims = must(jws.unverified_payload());
  CHECK(claims.at("sub").as_string() == kAttestedClient);
  CHECK(claims.at("iss").as_string() == kOrigin);
  CHECK(claims.at("iat").as_int64() % 3600 == 0);
  CHECK(claims.at("exp").as_int64() - claims.at("iat").as_int64() == 24 * 3600);
  CHECK(claims.size() == 7);  // and cnf, wallet_name, wallet_link: nothing that is this wallet's alone but its key
  CHECK(wallet.attestation.find(w.holder.account_id) == std::string::npos);
  CHECK(jws.unverified_header().size() == 3);
}

TEST_CASE("a key attestation claims software and nothing more, under the published root") {
  TestWorld& w = world();
  const auto key = std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
  const std::string jwt =
      w.send_well(key_attestation_request(w, w.holder, "c-nonce", {possession_of(w, *key, w.holder.account_id)}), 201)
          .text("key_attestation");
  const auto anchors = published_anchors(w);
  const std::vector<std::string> wanted{std::string(kOrigin) + "/wallet-provider/key-storage/software"};
  const auto verified =
      must(oid4vci::VerifiedKeyAttestation::verify(jwt, {.providers = anchors,
                                                         .key_storage = wanted,
                                                         .user_authentication = {},
                                                         .use = oid4vci::KeyAttestationUse::in_jwt_proof,
                                                         .keys_max = 1,
                                                         .now = w.clock.now()}));
  CHECK(verified.keys().front().key() == crypto::PublicKey(key->public_key()));
  CHECK(verified.nonce() == "c-nonce");
  CHECK(verified.key_storage() == wanted);
  CHECK(verified.user_authentication().empty());

  const Reply statement = w.send_well({.target = "/wallet-provider/key-storage/software"}, 200);
  CHECK(statement.text("key_storage") == wanted.front());
  CHECK(statement.text("en").find("software") != std::string::npos);
  CHECK(statement.text("ja").find("ソフトウェア") != std::string::npos);
}

TEST_CASE("a challenge is not cached, changes with the minute, and comes along with the refusal for want of one") {
  TestWorld& w = world();
  const Reply first = w.send_well({.method = "POST", .target = "/oauth/challenge"}, 200);
  CHECK(first.response.header("cache-control") == "no-store");
  CHECK(first.json.size() == 1);
  CHECK(first.text("attestation_challenge").size() == 43);
  w.clock.advance(seconds(60));
  const std::string second = attestation_challenge(w);
  CHECK(second != first.text("attestation_challenge"));

  const AttestedWallet wallet = attested_wallet(w, w.holder);
  const auto key = crypto::P256PrivateKey::generate();
  TestRequest request = w.token_request(
      {{"grant_type", "urn:ietf:params:oauth:grant-type:pre-authorized_code"}, {"pre-authorized_code", "no-code"}},
      sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key));
  const JwtParts pop = pop_of(w, std::string(kAttestedClient), "stale-challenge");
  const Reply refused = w.send(show(request, wallet.attestation, sign_jwt(pop, *wallet.key)));
  CHECK(refused.code() == "use_attestation_challenge");
  CHECK(refused.response.header("OAuth-Client-Attestation-Challenge") == second);
  // Other refusals say nothing of it.
  CHECK(!w.send(request).response.header("OAuth-Client-Attestation-Challenge").has_value());
}

}  // namespace mibun::server
