#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/http_message.h"
#include "core/oid4vci/credential.h"
#include "core/oid4vci/dpop.h"
#include "core/oid4vci/encryption.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/proof.h"
#include "core/oid4vci/token.h"

// The issuer's side, all that can be judged without storage. The order at the token endpoint:
//   read_token_request -> verify_dpop_at_token_endpoint -> [transaction: find the code, count the try,
//   check_tx_code_presence, compare the tx_code, use up code and jti, keep the token's hash with jkt] -> token_response
// and at the credential endpoint:
//   read_access_token -> [find it by its hash] -> verify_dpop_at_resource -> open_request -> read_credential_request
//   -> [transaction: use up jti and nonce, write the intent] -> sign -> credential_response
// Any error of these goes through error_response().
namespace mibun::oid4vci {

// Header names compare without case; `headers` are all of the request.
using RequestHeaders = std::span<const HttpHeader>;

// No client here has a secret to show in Authorization (RFC 6749, section 2.3.1), and one that shows something must not
// be taken for another that shows nothing. Errors: oauth_invalid_client.
Status check_no_client_secret(RequestHeaders headers);

// Errors: oauth_invalid_request (media type), those of check_no_client_secret and of parse_token_request.
Result<TokenRequest> read_token_request(RequestHeaders headers, std::string_view body);

// Errors: dpop_invalid_proof (also a missing or repeated header), dpop_use_nonce.
Result<VerifiedDpop> verify_dpop_at_token_endpoint(RequestHeaders headers, std::string_view token_endpoint,
                                                   std::variant<DpopNonceNotUsed, DpopNonceRequired> nonce,
                                                   Instant now);

// Whether a tx_code came exactly when one is required; its value is compared by the caller after counting the try.
// Errors: oauth_invalid_request.
Status check_tx_code_presence(bool required, const std::optional<std::string>& tx_code);

// "Authorization: DPoP <token>". Errors: oauth_token_missing, oauth_invalid_token (another scheme, repeated,
// malformed).
Result<std::string> read_access_token(RequestHeaders headers);

struct ResourceRequest {
  std::string_view method;  // of the request
  std::string_view url;     // the endpoint's URL from our configured origin
};
// `access_token` as read, `jkt` as stored with it. Errors: dpop_invalid_proof, dpop_wrong_key, dpop_use_nonce.
Result<VerifiedDpop> verify_dpop_at_resource(RequestHeaders headers, const ResourceRequest& request,
                                             std::string_view access_token, std::string_view jkt,
                                             std::variant<DpopNonceNotUsed, DpopNonceRequired> nonce, Instant now);

// What the metadata say of encryption; `encs` are all that there are.
struct EncryptionPolicy {
  std::span<const DecryptionKey> keys;
  bool requests_encrypted = false;   // credential_request_encryption.encryption_required
  bool responses_encrypted = false;  // credential_response_encryption.encryption_required
};

// A dataset that an access token names: section 6.2, credential_identifiers.
struct IdentifiedCredential {
  std::string identifier, configuration_id;
};

struct CredentialRequestPolicy {
  std::string_view credential_issuer;
  std::span<const std::string> known_configuration_ids;  // what the metadata say
  std::span<const std::string> configuration_ids;        // what the access token allows, of those
  std::span<const IdentifiedCredential> identifiers;     // where given, they must be used, and nothing else (8.2)
  std::size_t batch_size;
  EncryptionPolicy encryption;
  std::variant<AnonymousClient, KnownClient> client;
  std::variant<KeyAttestationNotUsed, KeyAttestationRequired> key_attestation;
  // Of the known ones, those whose metadata demand no attested keys, whatever stands above.
  std::span<const std::string> unattested_configuration_ids = {};
  Instant now;
};

struct VerifiedCredentialRequest {
  std::string configuration_id;
  VerifiedKeyProofs proofs;  // one credential for each key, in this order; nonce() still has to be used up
  std::optional<AnswerEncryption> response_encryption;  // came in an encrypted request
};

// Errors: oid4vci_invalid_credential_request, oid4vci_unknown_credential_configuration,
// oid4vci_unknown_credential_identifier, oid4vci_invalid_proof, oid4vci_invalid_nonce,
// oid4vci_invalid_encryption_parameters, oid4vci_credential_request_denied (a configuration that exists, and that the
// token does not allow).
Result<VerifiedCredentialRequest> read_credential_request(const OpenedRequest& opened,
                                                          const CredentialRequestPolicy& policy);

// Errors: those of DeferredRequest::parse, oid4vci_invalid_encryption_parameters.
Result<DeferredRequest> read_deferred_request(const OpenedRequest& opened, const EncryptionPolicy& policy);

// 200 with Cache-Control: no-store.
HttpResponse token_response(const TokenResponse& token, std::optional<std::string_view> dpop_nonce = {});
HttpResponse nonce_response(const NonceResponse& nonce, std::optional<std::string_view> dpop_nonce = {});
// 200 with credentials, 202 with a transaction; application/jwt where `encryption` is given.
// Errors: jwk_unsupported.
Result<HttpResponse> credential_response(const CredentialAnswer& answer,
                                         const std::optional<AnswerEncryption>& encryption, Rng& rng,
                                         std::optional<std::string_view> dpop_nonce = {});

}  // namespace mibun::oid4vci
