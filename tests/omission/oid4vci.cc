#include <variant>

#include "core/oid4vci/client_assertion.h"
#include "core/oid4vci/dpop.h"
#include "core/oid4vci/offer.h"
#include "core/oid4vci/proof.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/jwt.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

constexpr std::string_view kEndpoint = "https://issuer.example/credential";
constexpr std::string_view kToken = "access-token";
constexpr std::string_view kIssuer = "https://issuer.example";
constexpr std::string_view kNonce = "nonce-1";

void dpop(Trial& trial) {
  const auto key = crypto::P256PrivateKey::generate();
  SeededRng rng(2);
  const std::string jkt = jose::Jwk(key.public_key()).thumbprint();
  const std::string proof = must(oid4vci::make_dpop_proof(
      {.method = "POST", .url = kEndpoint, .access_token = kToken, .nonce = kNonce}, key, kTestNow, rng));
  const auto verify_with = [](std::string_view text, const oid4vci::DpopPolicy& policy) {
    return status_of(oid4vci::VerifiedDpop::verify(text, policy));
  };
  const oid4vci::DpopPolicy policy{.method = "POST",
                                   .htu = kEndpoint,
                                   .endpoint = oid4vci::DpopAtResource{kToken, jkt},
                                   .nonce = oid4vci::DpopNonceRequired{},
                                   .now = kTestNow};
  mutate_jwt(trial, "", proof, key, [&](const std::string& text) {
    oid4vci::DpopPolicy changed = policy;
    std::string method;
    if (trial.weakened("htm")) {
      method = claimed(text, "htm");
      changed.method = method;
    }
    return verify_with(text, changed);
  });
  const auto tried = [&](const char* place, const char* how, const std::function<void(oid4vci::DpopPolicy&)>& change) {
    oid4vci::DpopPolicy changed = policy;
    change(changed);
    trial.tried(std::string("policy/") + place, how, verify_with(proof, changed));
  };
  tried("method", "empty", [](auto& p) { p.method = ""; });
  tried("method", "other", [](auto& p) { p.method = "post"; });
  tried("htu", "empty", [](auto& p) { p.htu = ""; });
  tried("htu", "other", [](auto& p) { p.htu = "https://issuer.example/token"; });
  tried("access_token", "empty", [&](auto& p) { p.endpoint = oid4vci::DpopAtResource{"", jkt}; });
  tried("access_token", "other", [&](auto& p) { p.endpoint = oid4vci::DpopAtResource{"access-tokem", jkt}; });
  tried("jkt", "empty", [](auto& p) { p.endpoint = oid4vci::DpopAtResource{kToken, ""}; });
  tried("jkt", "other", [](auto& p) { p.endpoint = oid4vci::DpopAtResource{kToken, "abc"}; });
  tried("now", "before", [](auto& p) { p.now = kTestNow - seconds(61); });
  tried("now", "after", [](auto& p) { p.now = kTestNow + seconds(361); });
  tried("now", "empty", [](auto& p) { p.now = Instant(); });
  const std::string without_nonce = must(oid4vci::make_dpop_proof(
      {.method = "POST", .url = kEndpoint, .access_token = kToken, .nonce = {}}, key, kTestNow, rng));
  trial.tried("payload/nonce", "never there", verify_with(without_nonce, policy));
}

void key_proof(Trial& trial) {
  const auto key = crypto::P256PrivateKey::generate();
  const std::string proof = must(
      oid4vci::make_key_proof({.credential_issuer = kIssuer, .nonce = kNonce, .client_id = "wallet"}, key, kTestNow));
  const auto verify_with = [](const std::vector<std::string>& proofs, const oid4vci::KeyProofPolicy& policy) -> Status {
    MIBUN_TRY(const auto verified, oid4vci::VerifiedKeyProofs::verify(proofs, policy));
    if (verified.nonce() != kNonce) return fail(ErrorCode::oid4vci_invalid_nonce);  // the server looks it up
    return {};
  };
  const oid4vci::KeyProofPolicy policy{.credential_issuer = kIssuer,
                                       .client = oid4vci::KnownClient{"wallet"},
                                       .key_attestation = oid4vci::KeyAttestationNotUsed{},
                                       .keys_max = 1,
                                       .now = kTestNow};
  mutate_jwt(trial, "", proof, key, [&](const std::string& text) {
    oid4vci::KeyProofPolicy changed = policy;
    std::string audience;
    if (trial.weakened("audience")) {
      audience = claimed(text, "aud");
      changed.credential_issuer = audience;
    }
    return verify_with({text}, changed);
  });
  const auto tried = [&](const char* place, const char* how,
                         const std::function<void(oid4vci::KeyProofPolicy&)>& change) {
    oid4vci::KeyProofPolicy changed = policy;
    change(changed);
    trial.tried(std::string("policy/") + place, how, verify_with({proof}, changed));
  };
  tried("credential_issuer", "empty", [](auto& p) { p.credential_issuer = ""; });
  tried("credential_issuer", "other", [](auto& p) { p.credential_issuer = "https://issuer.example/"; });
  tried("client", "anonymous", [](auto& p) { p.client = oid4vci::AnonymousClient{}; });
  tried("client", "other", [](auto& p) { p.client = oid4vci::KnownClient{"wallet2"}; });
  tried("client", "empty", [](auto& p) { p.client = oid4vci::KnownClient{""}; });
  tried("keys_max", "empty", [](auto& p) { p.keys_max = 0; });
  tried("now", "before", [](auto& p) { p.now = kTestNow - seconds(61); });
  tried("now", "after", [](auto& p) { p.now = kTestNow + seconds(361); });
  trial.tried("proofs", "empty", verify_with({}, policy));
  trial.tried("proofs", "duplicate", verify_with({proof, proof}, policy));
}

void client_assertion(Trial& trial) {
  const auto key = crypto::P256PrivateKey::generate();
  SeededRng rng(3);
  const std::string text = must(oid4vci::make_client_assertion("shop", kIssuer, key, kTestNow, rng, "k1"));
  const std::vector<std::string> audiences{std::string(kIssuer)};
  const oid4vci::ClientAssertionPolicy policy{.audiences = audiences, .form_client_id = "shop", .now = kTestNow};
  const auto verify_with = [](std::string_view jwt, const crypto::P256PublicKey& by,
                              const oid4vci::ClientAssertionPolicy& with) -> Status {
    MIBUN_TRY(const auto assertion, oid4vci::ClientAssertion::parse(jwt));
    if (assertion.unverified_client_id() != "shop") return fail(ErrorCode::oauth_invalid_client);  // nobody's key
    return status_of(assertion.verify(by, with));
  };
  mutate_jwt(trial, "", text, key, [&](const std::string& jwt) { return verify_with(jwt, key.public_key(), policy); });
  const auto tried = [&](const char* place, const char* how,
                         const std::function<void(oid4vci::ClientAssertionPolicy&)>& change) {
    oid4vci::ClientAssertionPolicy changed = policy;
    change(changed);
    trial.tried(std::string("policy/") + place, how, verify_with(text, key.public_key(), changed));
  };
  const std::vector<std::string> others{"https://issuer.example/token", ""};
  tried("audiences", "empty", [](auto& p) { p.audiences = {}; });
  tried("audiences", "other", [&](auto& p) { p.audiences = others; });
  tried("form_client_id", "empty", [](auto& p) { p.form_client_id = ""; });
  tried("form_client_id", "other", [](auto& p) { p.form_client_id = "shop2"; });
  tried("now", "before", [](auto& p) { p.now = kTestNow - seconds(3600); });
  tried("now", "after", [](auto& p) { p.now = kTestNow + seconds(3600); });
  trial.tried("policy/key", "other", verify_with(text, crypto::P256PrivateKey::generate().public_key(), policy));
}

void offer(Trial& trial) {
  const oid4vci::CredentialOffer original{
      .credential_issuer = std::string(kIssuer),
      .configuration_ids = {"identity"},
      .pre_authorized = oid4vci::PreAuthorizedGrant{.code = "code-1",
                                                    .tx_code = oid4vci::TxCode{.length = 6, .description = "by post"},
                                                    .authorization_server = "https://issuer.example"}};
  const auto read = [](const std::string& text) { return status_of(oid4vci::CredentialOffer::parse_json(text)); };
  const std::string text = json::serialize(original.to_json());
  trial.honest(read(text));
  mutate_json(json::Value(original.to_json()), "offer",
              [&](const std::string& where, std::string_view how, const std::string& changed) {
                trial.tried(where, how, read(changed));
              });
  truncate(trial, "text", text, read);
  const auto read_uri = [](const std::string& uri) { return status_of(oid4vci::parse_offer_link(uri)); };
  trial.honest(read_uri(original.to_uri()));
  truncate(trial, "uri", original.to_uri(), read_uri);
  trial.tried("uri", "duplicate", read_uri(original.to_uri() + "&credential_offer=%7B%7D"));
  trial.tried("uri", "by value and by reference",
              read_uri(original.to_uri() + "&credential_offer_uri=https%3A%2F%2Fa.example"));
}

}  // namespace

void add_oid4vci(Artefacts& artefacts) {
  artefacts.push_back({"oid4vci/dpop", dpop});
  artefacts.push_back({"oid4vci/key_proof", key_proof});
  artefacts.push_back({"oid4vci/client_assertion", client_assertion});
  artefacts.push_back({"oid4vci/offer", offer});
}

}  // namespace mibun::omission
