#include "core/oid4vci/issuer_steps.h"

#include <algorithm>

#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

struct Found {
  std::size_t count = 0;
  std::string_view value;
};

Found find_header(RequestHeaders headers, std::string_view name) {
  Found found;
  for (const HttpHeader& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    ++found.count;
    found.value = header.value;
  }
  return found;
}

Status check_media_type(RequestHeaders headers, std::string_view expected, ErrorCode code) {
  const Found found = find_header(headers, "Content-Type");
  if (found.count == 1 && equal_ignoring_case(media_type(found.value), expected)) return {};
  return fail(code, "header.Content-Type", "must be " + std::string(expected));
}

// RFC 9449, section 4.3: "There is not more than one DPoP HTTP request header field."
Result<std::string_view> only_dpop_header(RequestHeaders headers) {
  const Found found = find_header(headers, "DPoP");
  if (found.count == 1) return found.value;
  return fail(ErrorCode::dpop_invalid_proof, "header.DPoP", found.count == 0 ? "missing" : "repeated");
}

// b64token of RFC 6750, section 2.1.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "-._~+/=";
  return !text.empty() && text.size() <= kCodeCharactersMax && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Result<VerifiedKeyProofs> verify_proofs(const CredentialRequest& request, std::string_view configuration_id,
                                        const CredentialRequestPolicy& policy) {
  const auto& exempt = policy.unattested_configuration_ids;
  KeyProofPolicy proof_policy{.credential_issuer = policy.credential_issuer,
                              .client = policy.client,
                              .key_attestation = policy.key_attestation,
                              .keys_max = policy.batch_size,
                              .now = policy.now};
  if (std::ranges::find(exempt, configuration_id) != exempt.end()) {
    proof_policy.key_attestation = KeyAttestationNotUsed{};
  }
  if (request.proof_type == CredentialRequest::ProofType::jwt) {
    return VerifiedKeyProofs::verify(request.proofs, proof_policy);
  }
  return VerifiedKeyProofs::verify_attestation(request.proofs.front(), proof_policy);
}

// Section 8.2: encryption of the answer only inside an encrypted request, "to prevent it being substituted".
Status check_encryption(const std::optional<AnswerEncryption>& asked, const OpenedRequest& opened,
                        const EncryptionPolicy& policy) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_invalid_encryption_parameters;
  const std::string place = "request.credential_response_encryption";
  if (asked && !opened.encrypted) return fail(kCode, place, "only inside an encrypted request");
  if (!asked && policy.responses_encrypted) return fail(kCode, place, "missing, and answers are always encrypted");
  return {};
}

// Which configuration a request names, as far as the token allows it.
Result<std::string> find_configuration(const CredentialRequest& request, const CredentialRequestPolicy& policy) {
  if (request.naming == CredentialRequest::Naming::identifier) {
    const auto named = std::ranges::find(policy.identifiers, request.name, &IdentifiedCredential::identifier);
    if (named != policy.identifiers.end()) return named->configuration_id;
    return fail(ErrorCode::oid4vci_unknown_credential_identifier, "request.credential_identifier",
                "not one that the token response gave out");
  }
  if (std::ranges::find(policy.known_configuration_ids, request.name) == policy.known_configuration_ids.end()) {
    return fail(ErrorCode::oid4vci_unknown_credential_configuration, "request.credential_configuration_id", "unknown");
  }
  if (!policy.identifiers.empty()) {
    return fail(ErrorCode::oid4vci_invalid_credential_request, "request.credential_configuration_id",
                "identifiers were given out and must be used");
  }
  if (std::ranges::find(policy.configuration_ids, request.name) == policy.configuration_ids.end()) {
    return fail(ErrorCode::oid4vci_credential_request_denied, "request.credential_configuration_id",
                "the access token is for something else");
  }
  return request.name;
}

HttpResponse ok(const json::Object& body, std::optional<std::string_view> dpop_nonce) {
  HttpResponse response;
  response.status = 200;
  // RFC 6749, section 5.1, asks for both.
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"Pragma", "no-cache"}};
  if (dpop_nonce) response.headers.push_back({"DPoP-Nonce", std::string(*dpop_nonce)});
  response.body = json::serialize(body);
  return response;
}

}  // namespace

Status check_no_client_secret(RequestHeaders headers) {
  if (find_header(headers, "Authorization").count == 0) return {};
  return fail(ErrorCode::oauth_invalid_client, "header.Authorization", "shared secrets are not supported");
}

Result<TokenRequest> read_token_request(RequestHeaders headers, std::string_view body) {
  MIBUN_CHECK(check_no_client_secret(headers));
  MIBUN_CHECK(check_media_type(headers, "application/x-www-form-urlencoded", ErrorCode::oauth_invalid_request));
  return parse_token_request(body);
}

Result<VerifiedDpop> verify_dpop_at_token_endpoint(RequestHeaders headers, std::string_view token_endpoint,
                                                   std::variant<DpopNonceNotUsed, DpopNonceRequired> nonce,
                                                   Instant now) {
  MIBUN_TRY(const std::string_view proof, only_dpop_header(headers));
  return VerifiedDpop::verify(
      proof, {.method = "POST", .htu = token_endpoint, .endpoint = DpopAtTokenEndpoint{}, .nonce = nonce, .now = now});
}

Status check_tx_code_presence(bool required, const std::optional<std::string>& tx_code) {
  if (required == tx_code.has_value()) return {};
  return fail(ErrorCode::oauth_invalid_request, "token.tx_code", required ? "missing" : "not expected");
}

Result<std::string> read_access_token(RequestHeaders headers) {
  constexpr std::string_view kScheme = "DPoP ";
  const Found found = find_header(headers, "Authorization");
  if (found.count == 0) return fail(ErrorCode::oauth_token_missing, "header.Authorization", "missing");
  if (found.count > 1) return fail(ErrorCode::oauth_invalid_token, "header.Authorization", "repeated");
  const std::string_view scheme = found.value.substr(0, kScheme.size());
  // A bound token as Bearer must not pass: RFC 9449, section 7.2.
  if (!equal_ignoring_case(scheme, kScheme)) {
    return fail(ErrorCode::oauth_invalid_token, "header.Authorization", "another scheme than DPoP");
  }
  const std::string_view token = found.value.substr(kScheme.size());
  if (!is_token(token)) return fail(ErrorCode::oauth_invalid_token, "header.Authorization", "malformed");
  return std::string(token);
}

Result<VerifiedDpop> verify_dpop_at_resource(RequestHeaders headers, const ResourceRequest& request,
                                             std::string_view access_token, std::string_view jkt,
                                             std::variant<DpopNonceNotUsed, DpopNonceRequired> nonce, Instant now) {
  MIBUN_TRY(const std::string_view proof, only_dpop_header(headers));
  return VerifiedDpop::verify(proof, {.method = request.method,
                                      .htu = request.url,
                                      .endpoint = DpopAtResource{.access_token = access_token, .jkt = jkt},
                                      .nonce = nonce,
                                      .now = now});
}

Result<VerifiedCredentialRequest> read_credential_request(const OpenedRequest& opened,
                                                          const CredentialRequestPolicy& policy) {
  MIBUN_TRY(CredentialRequest request, CredentialRequest::parse(opened.json, policy.batch_size));
  MIBUN_CHECK(check_encryption(request.response_encryption, opened, policy.encryption));
  MIBUN_TRY(std::string configuration_id, find_configuration(request, policy));
  MIBUN_TRY(VerifiedKeyProofs proofs, verify_proofs(request, configuration_id, policy));
  return VerifiedCredentialRequest{std::move(configuration_id), std::move(proofs),
                                   std::move(request.response_encryption)};
}

Result<DeferredRequest> read_deferred_request(const OpenedRequest& opened, const EncryptionPolicy& policy) {
  MIBUN_TRY(DeferredRequest request, DeferredRequest::parse(opened.json));
  MIBUN_CHECK(check_encryption(request.response_encryption, opened, policy));
  return request;
}

HttpResponse token_response(const TokenResponse& token, std::optional<std::string_view> dpop_nonce) {
  return ok(token.to_json(), dpop_nonce);
}

HttpResponse nonce_response(const NonceResponse& nonce, std::optional<std::string_view> dpop_nonce) {
  return ok(nonce.to_json(), dpop_nonce);
}

Result<HttpResponse> credential_response(const CredentialAnswer& answer,
                                         const std::optional<AnswerEncryption>& encryption, Rng& rng,
                                         std::optional<std::string_view> dpop_nonce) {
  HttpResponse response = ok(to_json(answer), dpop_nonce);
  if (std::holds_alternative<DeferredResponse>(answer)) response.status = 202;
  if (!encryption) return response;
  MIBUN_TRY(response.body, encrypt_message(to_json(answer), encryption->jwk, encryption->enc, rng));
  response.headers.front().value = std::string(kJwtMediaType);
  return response;
}

}  // namespace mibun::oid4vci
