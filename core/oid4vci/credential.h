#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::oid4vci {

// OpenID4VCI 1.0, section 8.2.
//   {"credential_configuration_id":"identity","proofs":{"jwt":["ey..", ...]}}    or {"attestation":["ey.."]}
struct CredentialRequest {
  enum class Naming { configuration_id, identifier };
  Naming naming = Naming::configuration_id;
  std::string name;  // credential_configuration_id or credential_identifier
  enum class ProofType { jwt, attestation };
  ProofType proof_type = ProofType::jwt;
  std::vector<std::string> proofs;  // compact JWTs, not verified; exactly one of type attestation

  json::Object to_json() const;
  // `batch_size`: the most proofs allowed. Unknown members are ignored ("MUST ignore any unrecognized parameters"),
  // dead ones of earlier drafts (proof, format, ...) are refused, as ignoring them would issue something else than
  // asked. Errors: oid4vci_invalid_credential_request, oid4vci_invalid_proof (no proofs, or of a type not supported),
  //         oid4vci_invalid_encryption_parameters.
  static Result<CredentialRequest> parse(std::string_view body, std::size_t batch_size);
};

// Section 8.3, issued at once: {"credentials":[{"credential":".."}],"notification_id"?:".."}
struct CredentialResponse {
  std::vector<std::string> credentials;
  std::optional<std::string> notification_id;

  json::Object to_json() const;
  // Errors: oid4vci_response_malformed (also a deferred answer, which we do not ask for).
  static Result<CredentialResponse> parse(std::string_view text);
};

// Section 7.2: {"c_nonce":".."}
struct NonceResponse {
  std::string c_nonce;

  json::Object to_json() const;
  static Result<NonceResponse> parse(std::string_view text);
};

}  // namespace mibun::oid4vci
