#include "tests/server/world/attested_wallet.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/oid4vci/client_attestation.h"
#include "core/oid4vci/key_possession.h"

namespace mibun::server {

std::string possession_of(TestWorld& w, const crypto::P256Signer& key, const std::string& account) {
  return must(oid4vci::make_key_possession({.provider = kOrigin, .account = account}, key, w.clock.now()));
}

TestRequest attestation_request(TestWorld& w, Device& device, const json::Object& body) {
  return w.account_request(device, "POST", "/api/v1/wallet/attestations", json::serialize(body));
}

TestRequest key_attestation_request(TestWorld& w, Device& device, const std::string& nonce,
                                    const std::vector<std::string>& possessions) {
  const json::Object body{{"nonce", nonce}, {"possessions", json::Array(possessions.begin(), possessions.end())}};
  return w.account_request(device, "POST", "/api/v1/wallet/key-attestations", json::serialize(body));
}

AttestedWallet attested_wallet(TestWorld& w, Device& device) {
  AttestedWallet wallet{std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate()), {}};
  const json::Object body{{"client_id", kAttestedClient},
                          {"possession", possession_of(w, *wallet.key, device.account_id)}};
  wallet.attestation = w.send_well(attestation_request(w, device, body), 201).text("wallet_attestation");
  return wallet;
}

std::string attestation_challenge(TestWorld& w) {
  return w.send_well({.method = "POST", .target = "/oauth/challenge"}, 200).text("attestation_challenge");
}

JwtParts pop_of(TestWorld& w, const std::string& client_id, const std::string& challenge) {
  return {{{"typ", "oauth-client-attestation-pop+jwt"}, {"alg", "ES256"}},
          {{"iss", client_id},
           {"aud", kOrigin},
           {"jti", base64url::encode(w.rng.bytes(16))},
           {"iat", w.clock.now().unix_seconds()},
           {"challenge", challenge}}};
}

TestRequest show(TestRequest request, const std::string& attestation, const std::string& pop) {
  request.add(oid4vci::kClientAttestationHeader, attestation).add(oid4vci::kClientAttestationPopHeader, pop);
  return request;
}

TestRequest show(TestWorld& w, TestRequest request, const AttestedWallet& wallet) {
  const JwtParts pop = pop_of(w, std::string(kAttestedClient), attestation_challenge(w));
  return show(std::move(request), wallet.attestation, sign_jwt(pop, *wallet.key));
}

FormParameters AttestedFlow::as_attested(FormParameters fields) const {
  fields = with(std::move(fields), "client_id", std::string(kAttestedClient));
  const bool redirects = std::ranges::any_of(fields, [](const auto& field) { return field.first == "redirect_uri"; });
  return redirects ? with(std::move(fields), "redirect_uri", "https://wallet.example/callback") : fields;
}

TestRequest AttestedFlow::par() const {
  return form_request("/oauth/par", as_attested(par_fields()), proof("/oauth/par"));
}

std::string AttestedFlow::code_by(const AttestedWallet& wallet) const {
  const std::string uri = world.send_well(show(world, par(), wallet), 201).text("request_uri");
  const std::string id = open(uri, std::string(kAttestedClient)).text("authorization_id");
  return parameter(decide(world.holder, id).text("redirect_to"), "code");
}

}  // namespace mibun::server
