#include "core/codecs/base64url.h"
#include "core/oid4vci/client_attestation.h"
#include "core/oid4vci/key_attestation.h"
#include "core/oid4vci/proof.h"
#include "tests/omission/jwt.h"
#include "tests/support/test_pki.h"

// What a wallet provider signs, and the proof of possession beside it.
namespace mibun::omission {
namespace {

using crypto::CertificatePurpose;

constexpr std::string_view kProvider = "https://provider.example";
constexpr std::string_view kServer = "https://issuer.example";
constexpr std::string_view kClient = "https://wallet.example";
constexpr std::string_view kNonce = "nonce-1";
const std::vector<std::string> kLevels{"iso_18045_basic"};

struct World {
  oid4vci::ProviderSigner provider() const { return {signer.key, signer.chain}; }
  // Each policy is tried with the anchors of another purpose, other anchors and none.
  void try_anchors(Trial& trial, const std::function<Status(const crypto::TrustAnchors&)>& verify) const {
    trial.tried("policy/providers", "empty", verify(no_anchors(CertificatePurpose::wallet_provider)));
    trial.tried("policy/providers", "other", verify(other.anchors(CertificatePurpose::wallet_provider)));
    for (const auto purpose :
         {CertificatePurpose::credential_issuer, CertificatePurpose::verifier_access, CertificatePurpose::registrar,
          CertificatePurpose::receipt, CertificatePurpose::status_list_signer}) {
      trial.tried("policy/providers", "purpose", verify(authority.anchors(purpose)));
    }
  }

  TestAuthority authority{"providers"}, other{"others"};
  TestSigner signer{authority, CertificatePurpose::wallet_provider, "provider.example"};
  crypto::TrustAnchors anchors = authority.anchors(CertificatePurpose::wallet_provider);
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
};

void client_attestation(Trial& trial) {
  const World world;
  SeededRng rng(5);
  const std::string attestation = must(oid4vci::make_client_attestation({.issuer = kProvider,
                                                                         .client_id = kClient,
                                                                         .key = world.key.public_key(),
                                                                         .wallet_name = {},
                                                                         .wallet_link = {},
                                                                         .issued_at = kTestNow - seconds(60),
                                                                         .expires = kTestNow + seconds(60)},
                                                                        world.provider()));
  const std::string pop = must(oid4vci::make_client_attestation_pop(
      {.client_id = kClient, .authorization_server = kServer, .challenge = kNonce}, world.key, kTestNow, rng));
  const oid4vci::ClientAttestationPolicy policy{.providers = world.anchors,
                                                .provider = kProvider,
                                                .authorization_server = kServer,
                                                .form_client_id = kClient,
                                                .challenge = oid4vci::AttestationChallengeRequired{},
                                                .age_max = seconds(3600),
                                                .now = kTestNow};
  using Headers = std::vector<HttpHeader>;
  const auto verify_headers = [&](const Headers& headers, const oid4vci::ClientAttestationPolicy& with) -> Status {
    MIBUN_TRY(const auto shown, oid4vci::ClientAttestation::parse(headers));
    MIBUN_TRY(const auto verified, shown.verify(with));
    if (verified.challenge() != kNonce) return fail(ErrorCode::oauth_use_attestation_challenge);  // looked up
    return {};
  };
  const HttpHeader attestation_header{std::string(oid4vci::kClientAttestationHeader), attestation};
  const HttpHeader pop_header{std::string(oid4vci::kClientAttestationPopHeader), pop};
  mutate_jwt(trial, "attestation/", attestation, world.signer.key, [&](const std::string& text) {
    return verify_headers({{attestation_header.name, text}, pop_header}, policy);
  });
  mutate_jwt(trial, "pop/", pop, world.key, [&](const std::string& text) {
    oid4vci::ClientAttestationPolicy changed = policy;
    std::string audience;
    if (trial.weakened("audience")) {
      audience = claimed(text, "aud");
      changed.authorization_server = audience;
    }
    return verify_headers({attestation_header, {pop_header.name, text}}, changed);
  });
  trial.tried("headers", "remove", verify_headers({}, policy));
  trial.tried("headers/attestation", "remove", verify_headers({pop_header}, policy));
  trial.tried("headers/pop", "remove", verify_headers({attestation_header}, policy));
  trial.tried("headers/attestation", "duplicate",
              verify_headers({attestation_header, pop_header, attestation_header}, policy));
  trial.tried("headers/pop", "duplicate", verify_headers({attestation_header, pop_header, pop_header}, policy));
  trial.tried("headers", "reorder",
              verify_headers({{pop_header.name, attestation}, {attestation_header.name, pop}}, policy));

  const auto tried = [&](const char* place, const char* how,
                         const std::function<void(oid4vci::ClientAttestationPolicy&)>& change) {
    oid4vci::ClientAttestationPolicy changed = policy;
    change(changed);
    trial.tried(std::string("policy/") + place, how, verify_headers({attestation_header, pop_header}, changed));
  };
  tried("provider", "empty", [](auto& p) { p.provider = ""; });
  tried("provider", "other", [](auto& p) { p.provider = "https://other.example"; });
  tried("authorization_server", "empty", [](auto& p) { p.authorization_server = ""; });
  tried("authorization_server", "other", [](auto& p) { p.authorization_server = "https://issuer.example/"; });
  tried("form_client_id", "empty", [](auto& p) { p.form_client_id = ""; });
  tried("form_client_id", "other", [](auto& p) { p.form_client_id = "https://wallet.example/"; });
  tried("age_max", "empty", [](auto& p) { p.age_max = seconds(0); });
  tried("now", "before", [](auto& p) { p.now = kTestNow - seconds(121); });
  tried("now", "after", [](auto& p) { p.now = kTestNow + seconds(121); });
  tried("now", "empty", [](auto& p) { p.now = Instant(); });
  world.try_anchors(trial, [&](const crypto::TrustAnchors& providers) {
    return verify_headers({attestation_header, pop_header}, {.providers = providers,
                                                             .provider = policy.provider,
                                                             .authorization_server = policy.authorization_server,
                                                             .form_client_id = policy.form_client_id,
                                                             .challenge = policy.challenge,
                                                             .age_max = policy.age_max,
                                                             .now = policy.now});
  });
}

std::string attest(const World& world, const std::vector<crypto::P256PublicKey>& keys) {
  const oid4vci::KeyAttestationRequest request{.issuer = kProvider,
                                               .keys = keys,
                                               .key_storage = kLevels,
                                               .user_authentication = kLevels,
                                               .nonce = kNonce,
                                               .issued_at = kTestNow,
                                               .expires = kTestNow + seconds(60)};
  return must(oid4vci::make_key_attestation(request, world.provider()));
}

void key_attestation(Trial& trial) {
  const World world;
  const auto second = crypto::P256PrivateKey::generate();
  const std::string attestation = attest(world, {world.key.public_key(), second.public_key()});
  const oid4vci::KeyProofPolicy policy{
      .credential_issuer = kServer,
      .client = oid4vci::AnonymousClient{},
      .key_attestation = oid4vci::KeyAttestationRequired{&world.anchors, kLevels, kLevels},
      .keys_max = 2,
      .now = kTestNow};
  const auto verify_with = [&](const std::string& text, const oid4vci::KeyProofPolicy& with) -> Status {
    MIBUN_TRY(const auto verified, oid4vci::VerifiedKeyProofs::verify_attestation(text, with));
    if (verified.nonce() != kNonce) return fail(ErrorCode::oid4vci_invalid_nonce);  // the server looks it up
    return {};
  };
  mutate_jwt(trial, "", attestation, world.signer.key,
             [&](const std::string& text) { return verify_with(text, policy); });
  const auto tried = [&](const char* place, const char* how,
                         const std::function<void(oid4vci::KeyProofPolicy&)>& change) {
    oid4vci::KeyProofPolicy changed = policy;
    change(changed);
    trial.tried(std::string("policy/") + place, how, verify_with(attestation, changed));
  };
  const std::vector<std::string> high{"iso_18045_high"};
  tried("key_attestation", "not used", [](auto& p) { p.key_attestation = oid4vci::KeyAttestationNotUsed{}; });
  tried("key_storage", "other",
        [&](auto& p) { p.key_attestation = oid4vci::KeyAttestationRequired{&world.anchors, high, kLevels}; });
  tried("user_authentication", "other",
        [&](auto& p) { p.key_attestation = oid4vci::KeyAttestationRequired{&world.anchors, kLevels, high}; });
  tried("keys_max", "fewer", [](auto& p) { p.keys_max = 1; });
  tried("now", "before", [](auto& p) { p.now = kTestNow - seconds(61); });
  tried("now", "after", [](auto& p) { p.now = kTestNow + seconds(361); });
  tried("now", "empty", [](auto& p) { p.now = Instant(); });
  world.try_anchors(trial, [&](const crypto::TrustAnchors& providers) {
    oid4vci::KeyProofPolicy changed = policy;
    changed.key_attestation = oid4vci::KeyAttestationRequired{&providers, kLevels, kLevels};
    return verify_with(attestation, changed);
  });
}

// The proof of type jwt with its attestation in the header: attack A16, enforced only if present.
void attested_proof(Trial& trial) {
  const World world;
  const std::string attestation = attest(world, {world.key.public_key()});
  const std::string proof = must(oid4vci::make_key_proof(
      {.credential_issuer = kServer, .nonce = kNonce, .client_id = {}, .key_attestation = attestation}, world.key,
      kTestNow));
  const oid4vci::KeyProofPolicy policy{
      .credential_issuer = kServer,
      .client = oid4vci::AnonymousClient{},
      .key_attestation = oid4vci::KeyAttestationRequired{&world.anchors, kLevels, kLevels},
      .keys_max = 1,
      .now = kTestNow};
  const auto verify = [&](const std::string& text) -> Status {
    const std::vector<std::string> proofs{text};
    MIBUN_TRY(const auto verified, oid4vci::VerifiedKeyProofs::verify(proofs, policy));
    if (verified.nonce() != kNonce) return fail(ErrorCode::oid4vci_invalid_nonce);
    return {};
  };
  trial.honest(verify(proof));
  mutate_jwt_members(trial, "", JwtParts::of(proof), [&](const JwtParts& changed) {
    return verify(sign_jwt(changed.header, changed.payload, world.key));
  });
  const std::string plain = must(oid4vci::make_key_proof(
      {.credential_issuer = kServer, .nonce = kNonce, .client_id = {}, .key_attestation = {}}, world.key, kTestNow));
  trial.tried("header/key_attestation", "never there", verify(plain));
}

}  // namespace

void add_attestations(Artefacts& artefacts) {
  artefacts.push_back({"oid4vci/client_attestation", client_attestation});
  artefacts.push_back({"oid4vci/key_attestation", key_attestation});
  artefacts.push_back({"oid4vci/attested_proof", attested_proof});
}

}  // namespace mibun::omission
