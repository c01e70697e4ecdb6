// Our side of attestation_interop.mjs: wallet attestations with their proofs of possession, key attestations, and key
// proofs that carry them. Keys arrive as private JWKs; they are the tests' own.
#include "core/base/random.h"
#include "core/crypto/x509.h"
#include "core/jose/jws.h"
#include "core/oid4vci/client_attestation.h"
#include "core/oid4vci/key_attestation.h"
#include "core/oid4vci/proof.h"
#include "tests/interop/peer.h"

namespace {

using namespace mibun;
using interop::Answer;
using interop::now_of;

Result<crypto::P256PrivateKey> private_key(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const json::Object* jwk, command.object(name));
  return jose::parse_private_jwk(json::serialize(*jwk));
}

Result<crypto::P256PublicKey> public_key(const json::Value& jwk) {
  if (!jwk.is_object()) return fail(ErrorCode::json_wrong_type, "jwk");
  MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(jwk.get_object()));
  return key.p256();
}

Result<std::vector<std::string>> texts(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const json::Array* array, command.array(name));
  return json::string_array(*array, name);
}

// {"root": PEM, "x5c": [...]} for a new authority and a wallet provider's leaf that names `iss`.
Answer make_provider(json::ObjectReader& command) {
  MIBUN_TRY(const auto key, private_key(command, "key"));
  MIBUN_TRY(const std::string_view iss, command.string("iss"));
  MIBUN_TRY(const Instant now, now_of(command));
  const auto root_key = crypto::P256PrivateKey::generate();
  crypto::CertificateRequest request{.common_name = "Interop wallet providers",
                                     .organization = "Interop",
                                     .not_before = now - std::chrono::hours(1),
                                     .not_after = now + std::chrono::hours(24)};
  MIBUN_TRY(const auto root, crypto::make_root_certificate(request, root_key));
  request.common_name = "Interop wallet provider";
  request.san_uri = {std::string(iss)};
  request.purpose = crypto::CertificatePurpose::wallet_provider;
  MIBUN_TRY(const auto leaf, crypto::make_certificate(request, key.public_key(), root, root_key));
  const std::vector<Bytes> chain = {to_bytes(leaf.der())};
  return json::Object{{"root", root.pem()}, {"x5c", jose::x5c_member(chain)}};
}

// Whoever signs for the provider: "key" and "x5c".
struct Provider {
  crypto::P256PrivateKey key;
  std::vector<Bytes> chain;
  oid4vci::ProviderSigner signer() const { return {key, chain}; }
};
Result<Provider> provider_of(json::ObjectReader& command) {
  MIBUN_TRY(auto key, private_key(command, "key"));
  MIBUN_TRY(const json::Array* x5c, command.array("x5c"));
  // As a header, so that the certificates go through the reader that everybody else's go through.
  MIBUN_TRY(const std::string text, jose::sign_jws({{"x5c", *x5c}}, "{}", key));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  return Provider{std::move(key), std::vector(chain.members().begin(), chain.members().end())};
}

Result<crypto::TrustAnchors> anchors_of(json::ObjectReader& command) {
  MIBUN_TRY(const std::string_view pem, command.string("root"));
  MIBUN_TRY(auto root, crypto::CaCertificate::from_pem(pem));
  return crypto::TrustAnchors(crypto::CertificatePurpose::wallet_provider, {std::move(root)},
                              crypto::RevocationPolicy::ignore_revocation);
}

Answer make_client_attestation(json::ObjectReader& command) {
  MIBUN_TRY(const Provider provider, provider_of(command));
  MIBUN_TRY(const std::string_view iss, command.string("iss"));
  MIBUN_TRY(const std::string_view client_id, command.string("client_id"));
  MIBUN_TRY(const json::Value* jwk, command.any("instance"));
  MIBUN_TRY(const auto instance, public_key(*jwk));
  MIBUN_TRY(const Instant now, now_of(command));
  MIBUN_TRY(std::string jwt, oid4vci::make_client_attestation({.issuer = iss,
                                                               .client_id = client_id,
                                                               .key = instance,
                                                               .wallet_name = "mibun wallet",
                                                               .wallet_link = "https://wallet.example",
                                                               .issued_at = now,
                                                               .expires = now + std::chrono::hours(1)},
                                                              provider.signer()));
  return json::Object{{"attestation", std::move(jwt)}};
}

Answer make_pop(json::ObjectReader& command) {
  MIBUN_TRY(const auto key, private_key(command, "key"));
  MIBUN_TRY(const std::string_view client_id, command.string("client_id"));
  MIBUN_TRY(const std::string_view server, command.string("server"));
  MIBUN_TRY(const Instant now, now_of(command));
  crypto::SystemRng rng;
  MIBUN_TRY(std::string jwt,
            oid4vci::make_client_attestation_pop(
                {.client_id = client_id, .authorization_server = server, .challenge = "challenge-0123456789"}, key, now,
                rng));
  return json::Object{{"pop", std::move(jwt)}};
}

Answer verify_client_attestation(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command));
  MIBUN_TRY(const std::string_view provider, command.string("provider"));
  MIBUN_TRY(const std::string_view server, command.string("server"));
  MIBUN_TRY(const std::string_view attestation, command.string("attestation"));
  MIBUN_TRY(const std::string_view pop, command.string("pop"));
  MIBUN_TRY(const Instant now, now_of(command));
  const std::vector<HttpHeader> headers{{std::string(oid4vci::kClientAttestationHeader), std::string(attestation)},
                                        {std::string(oid4vci::kClientAttestationPopHeader), std::string(pop)}};
  MIBUN_TRY(const auto shown, oid4vci::ClientAttestation::parse(headers));
  MIBUN_TRY(const auto verified, shown.verify({.providers = anchors,
                                               .provider = provider,
                                               .authorization_server = server,
                                               .form_client_id = std::nullopt,
                                               .challenge = oid4vci::AttestationChallengeNotUsed{},
                                               .age_max = std::chrono::hours(24),
                                               .now = now}));
  return json::Object{{"client_id", verified.client_id()}, {"jkt", verified.jkt()}};
}

Answer make_key_attestation(json::ObjectReader& command) {
  MIBUN_TRY(const Provider provider, provider_of(command));
  MIBUN_TRY(const std::string_view iss, command.string("iss"));
  MIBUN_TRY(const std::string_view nonce, command.string("nonce"));
  MIBUN_TRY(const json::Array* jwks, command.array("keys"));
  MIBUN_TRY(const Instant now, now_of(command));
  std::vector<crypto::P256PublicKey> keys;
  for (const json::Value& jwk : *jwks) {
    MIBUN_TRY(const auto key, public_key(jwk));
    keys.push_back(key);
  }
  const std::vector<std::string> levels{"iso_18045_basic"};
  const oid4vci::KeyAttestationRequest request{.issuer = iss,
                                               .keys = keys,
                                               .key_storage = levels,
                                               .user_authentication = levels,
                                               .nonce = nonce,
                                               .issued_at = now,
                                               .expires = now + std::chrono::hours(1)};
  MIBUN_TRY(std::string jwt, oid4vci::make_key_attestation(request, provider.signer()));
  return json::Object{{"key_attestation", std::move(jwt)}};
}

Answer make_key_proof(json::ObjectReader& command) {
  MIBUN_TRY(const auto key, private_key(command, "key"));
  MIBUN_TRY(const std::string_view issuer, command.string("issuer"));
  MIBUN_TRY(const std::string_view nonce, command.string("nonce"));
  MIBUN_TRY(const std::string_view attestation, command.string("key_attestation"));
  MIBUN_TRY(const Instant now, now_of(command));
  MIBUN_TRY(
      std::string jwt,
      oid4vci::make_key_proof(
          {.credential_issuer = issuer, .nonce = nonce, .client_id = {}, .key_attestation = attestation}, key, now));
  return json::Object{{"proof", std::move(jwt)}};
}

// Of type jwt ("proofs") or attestation ("attestation"); key attestations are required.
Answer verify_key_proofs(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command));
  MIBUN_TRY(const std::string_view issuer, command.string("issuer"));
  MIBUN_TRY(const auto proofs, texts(command, "proofs"));
  MIBUN_TRY(const auto attestation, command.optional_string("attestation"));
  MIBUN_TRY(const auto levels, texts(command, "key_storage"));
  MIBUN_TRY(const Instant now, now_of(command));
  const oid4vci::KeyProofPolicy policy{.credential_issuer = issuer,
                                       .client = oid4vci::AnonymousClient{},
                                       .key_attestation = oid4vci::KeyAttestationRequired{&anchors, levels, {}},
                                       .keys_max = 10,
                                       .now = now};
  MIBUN_TRY(const auto verified, attestation ? oid4vci::VerifiedKeyProofs::verify_attestation(*attestation, policy)
                                             : oid4vci::VerifiedKeyProofs::verify(proofs, policy));
  json::Array keys;
  for (const jose::Jwk& key : verified.keys()) keys.push_back(json::Value(key.thumbprint()));
  return json::Object{{"keys", std::move(keys)}, {"nonce", verified.nonce()}};
}

}  // namespace

int main() {
  return interop::serve({{"make_provider", make_provider},
                         {"make_client_attestation", make_client_attestation},
                         {"make_pop", make_pop},
                         {"verify_client_attestation", verify_client_attestation},
                         {"make_key_attestation", make_key_attestation},
                         {"make_key_proof", make_key_proof},
                         {"verify_key_proofs", verify_key_proofs}});
}
