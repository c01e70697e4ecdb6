// What a wallet sends to an issuer and to its authorization server, in the eyes of their readers.
#include "core/oid4vci/authorization_request.h"
#include "core/oid4vci/credential.h"
#include "core/oid4vci/proof.h"
#include "core/oid4vci/token.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/text_mutator.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

constexpr std::string_view kIssuer = "https://issuer.example";
constexpr std::string_view kNonce = "nonce-1";
constexpr std::string_view kRedirect = "https://wallet.example/cb";
constexpr std::size_t kBatch = 3;

// The request of two copies, read as the credential endpoint does: shape, card, then the proofs.
void credential_request(Trial& trial) {
  std::vector<std::string> proofs;
  for (int i = 0; i < 2; ++i) {
    const auto key = crypto::P256PrivateKey::generate();
    proofs.push_back(must(oid4vci::make_key_proof(
        {.credential_issuer = kIssuer, .nonce = kNonce, .client_id = "wallet"}, key, kTestNow)));
  }
  const oid4vci::KeyProofPolicy policy{.credential_issuer = kIssuer,
                                       .client = oid4vci::KnownClient{"wallet"},
                                       .key_attestation = oid4vci::KeyAttestationNotUsed{},
                                       .keys_max = kBatch,
                                       .now = kTestNow};
  const auto read = [&](const std::string& text) -> Status {
    MIBUN_TRY(const auto request, oid4vci::CredentialRequest::parse(text, kBatch));
    using enum oid4vci::CredentialRequest::Naming;
    using enum oid4vci::CredentialRequest::ProofType;
    if (request.naming != configuration_id || request.name != "identity") {
      return fail(ErrorCode::oid4vci_unknown_credential_configuration, "credential_configuration_id");
    }
    if (request.proof_type != jwt) return fail(ErrorCode::oid4vci_invalid_proof, "proofs");
    return status_of(oid4vci::VerifiedKeyProofs::verify(request.proofs, policy));
  };
  const oid4vci::CredentialRequest original{.name = "identity", .proofs = proofs, .response_encryption = {}};
  const std::string text = json::serialize(original.to_json());
  trial.honest(read(text));
  mutate_json(json::Value(original.to_json()), "request",
              [&](const std::string& place, std::string_view how, const std::string& changed) {
                trial.tried(place, how, read(changed));
              });
  truncate(trial, "text", text, read);
}

// What is pushed, read as the authorization server does; the card, the address and the issuer are compared with what
// it knows.
void pushed_request(Trial& trial) {
  SeededRng rng(5);
  const std::string verifier = oid4vci::make_code_verifier(rng);
  const oid4vci::AuthorizationRequest original{.client_id = "wallet",
                                               .redirect_uri = std::string(kRedirect),
                                               .code_challenge = oid4vci::CodeChallenge::of(verifier),
                                               .scopes = {"identity"},
                                               .details = {},
                                               .state = "state-1",
                                               .issuer_state = "context-1",
                                               .dpop_jkt = std::string(43, 'A'),
                                               .resource = std::string(kIssuer)};
  const auto read = [&](const std::string& form) -> Status {
    MIBUN_TRY(const auto request, oid4vci::AuthorizationRequest::parse(form));
    if (request.client_id != "wallet") return fail(ErrorCode::oauth_invalid_client, "client_id");
    if (request.redirect_uri != kRedirect) return fail(ErrorCode::oauth_invalid_request, "redirect_uri");
    if (request.scopes != std::vector<std::string>{"identity"}) return fail(ErrorCode::oauth_invalid_scope, "scope");
    if (request.resource && *request.resource != kIssuer) return fail(ErrorCode::oauth_invalid_request, "resource");
    if (request.dpop_jkt && *request.dpop_jkt != original.dpop_jkt) {
      return fail(ErrorCode::dpop_wrong_key, "dpop_jkt");  // not the key of the token request
    }
    // Another state, and the wallet does not take the answer (oid4vci/redirect); another context is another one's.
    const bool same =
        request.state.value_or("state-1") == "state-1" && request.issuer_state.value_or("context-1") == "context-1";
    if (!same) return fail(ErrorCode::oauth_state_mismatch, "state");
    return request.code_challenge.check(verifier);
  };
  trial.honest(read(original.to_form()));
  mutate_form(trial, "form", original.to_form(), read);
}

// The code's redemption: everything in it is compared with what was pushed.
void code_redemption(Trial& trial) {
  SeededRng rng(6);
  const std::string verifier = oid4vci::make_code_verifier(rng);
  const auto challenge = oid4vci::CodeChallenge::of(verifier);
  const oid4vci::AuthorizationCodeRequest original{.code = "code-1",
                                                   .redirect_uri = std::string(kRedirect),
                                                   .code_verifier = verifier,
                                                   .client_id = "wallet",
                                                   .details = {}};
  const auto read = [&](const std::string& form) -> Status {
    MIBUN_TRY(const auto parsed, oid4vci::parse_token_request(form));
    const auto* request = std::get_if<oid4vci::AuthorizationCodeRequest>(&parsed);
    if (request == nullptr) return fail(ErrorCode::oauth_unsupported_grant_type, "grant_type");
    const bool same = request->code == "code-1" && request->redirect_uri == kRedirect && request->client_id == "wallet";
    if (!same) return fail(ErrorCode::oauth_invalid_grant, "code");
    if (trial.weakened("pkce")) return {};
    return challenge.check(request->code_verifier);
  };
  const std::string form = oid4vci::to_form(original);
  trial.honest(read(form));
  mutate_form(trial, "form", form, read);
  truncate(trial, "text", form, read);
}

}  // namespace

void add_issuing(Artefacts& artefacts) {
  artefacts.push_back({"oid4vci/credential_request", credential_request});
  artefacts.push_back({"oid4vci/pushed_request", pushed_request});
  artefacts.push_back({"oid4vci/code_redemption", code_redemption});
}

}  // namespace mibun::omission
