#include <doctest/doctest.h>

#include "tests/server/world/attested_wallet.h"
#include "tests/server/world/code_flow.h"
#include "wallet/authorization.h"

// Attested wallets in the authorization code flow: at PAR, for codes, for refresh tokens.
namespace mibun::server {

TEST_CASE("a client that is registered as attested pushes nothing without its attestation") {
  const AttestedFlow flow(world());
  TestWorld& w = flow.world;
  for (const std::string_view client : {kAttestedClient, wallet::kClientId}) {
    const auto fields = with(flow.par_fields(), "client_id", std::string(client));
    const Reply refused = flow.push(fields);
    CHECK(refused.status() == 401);
    CHECK(refused.code() == "invalid_client");
  }
  const AttestedWallet wallet = attested_wallet(w, w.holder);
  TestRequest half = flow.par();
  CHECK(w.send(half.add("OAuth-Client-Attestation", wallet.attestation)).code() == "invalid_client_attestation");
  const AttestedWallet another = attested_wallet(w, w.stranger);
  CHECK(w.send(show(w, flow.par(), {another.key, wallet.attestation})).code() == "invalid_client_attestation");
  CHECK(w.send(show(w, flow.par(), wallet)).status() == 201);
}

TEST_CASE("codes and refresh tokens are of the wallet instance that asked, and of nobody else") {
  const AttestedFlow flow(world());
  TestWorld& w = flow.world;
  static_cast<void>(w.approved_case());
  const AttestedWallet mine = attested_wallet(w, w.holder), other = attested_wallet(w, w.holder);

  const std::string code = flow.code_by(mine);
  CHECK(w.send(show(w, flow.redemption(code), other)).code() == "invalid_grant");
  CHECK(w.send(flow.redemption(code)).code() == "invalid_client");
  const Reply granted = w.send(show(w, flow.redemption(code), mine));
  REQUIRE(granted.status() == 200);

  const std::string refresh_token = granted.text("refresh_token");
  CHECK(w.send(show(w, flow.renewal(refresh_token), other)).code() == "invalid_grant");
  CHECK(w.send(flow.renewal(refresh_token)).code() == "invalid_client");
  const Reply renewed = w.send(show(w, flow.renewal(refresh_token), mine));
  CHECK(renewed.status() == 200);
  CHECK(renewed.text("refresh_token") != refresh_token);
}

TEST_CASE("a proof of possession of the push does not serve at the token endpoint") {
  const AttestedFlow flow(world());
  TestWorld& w = flow.world;
  const AttestedWallet wallet = attested_wallet(w, w.holder);
  const std::string pop = sign_jwt(pop_of(w, std::string(kAttestedClient), attestation_challenge(w)), *wallet.key);
  CHECK(w.send(show(flow.par(), wallet.attestation, pop)).status() == 201);
  CHECK(w.send(show(flow.redemption("no-code"), wallet.attestation, pop)).code() == "invalid_client_attestation");
  CHECK(w.send(show(w, flow.redemption("no-code"), wallet)).code() == "invalid_grant");
}

}  // namespace mibun::server
