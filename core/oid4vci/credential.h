#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/oid4vci/encryption.h"

namespace mibun::oid4vci {

// OpenID4VCI 1.0, section 8.2.
//   {"credential_configuration_id":"identity","proofs":{"jwt":["ey..", ...]}}    or {"attestation":["ey.."]}
struct CredentialRequest {
  enum class Naming { configuration_id, identifier };
  Naming naming = Naming::configuration_id;
  std::string name;  // credential_configuration_id or credential_identifier
  enum class ProofType { jwt, attestation };
  ProofType proof_type = ProofType::jwt;
  std::vector<std::string> proofs;                      // compact JWTs, not verified; exactly one of type attestation
  std::optional<AnswerEncryption> response_encryption;  // only inside an encrypted request: read_credential_request

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
  // Errors: oid4vci_response_malformed (also a deferred answer).
  static Result<CredentialResponse> parse(std::string_view text);
};

// Section 8.3, issued later: {"transaction_id":"..","interval":60}
struct DeferredResponse {
  std::string transaction_id;
  std::int64_t interval_seconds = 0;  // how long to wait before asking again

  json::Object to_json() const;
};

// What the credential and the deferred credential endpoint say: credentials with 200, a transaction with 202.
using CredentialAnswer = std::variant<CredentialResponse, DeferredResponse>;
json::Object to_json(const CredentialAnswer& answer);
// Errors: oid4vci_response_malformed (also: the wrong kind for `status`, both kinds at once).
Result<CredentialAnswer> parse_credential_answer(int status, std::string_view text);

// Section 9.1: {"transaction_id":"..","credential_response_encryption"?:{..}}
struct DeferredRequest {
  std::string transaction_id;
  std::optional<AnswerEncryption> response_encryption;  // only inside an encrypted request: read_deferred_request

  json::Object to_json() const;
  // Errors: oid4vci_invalid_credential_request, oid4vci_invalid_encryption_parameters.
  static Result<DeferredRequest> parse(std::string_view body);
};

// Section 11.1: {"notification_id":"..","event":"credential_accepted","event_description"?:".."}
enum class NotificationEvent { credential_accepted, credential_failure, credential_deleted };
std::string_view to_string(NotificationEvent event);

struct NotificationRequest {
  std::string notification_id;
  NotificationEvent event = NotificationEvent::credential_accepted;
  std::optional<std::string> event_description;  // ASCII without " and \, for developers

  json::Object to_json() const;
  // Errors: oid4vci_invalid_notification_request.
  static Result<NotificationRequest> parse(std::string_view body);
};

// Section 7.2: {"c_nonce":".."}
struct NonceResponse {
  std::string c_nonce;

  json::Object to_json() const;
  static Result<NonceResponse> parse(std::string_view text);
};

}  // namespace mibun::oid4vci
