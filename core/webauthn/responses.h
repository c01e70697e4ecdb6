#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::webauthn {

// What a client hands over after a ceremony, as bytes that nobody has checked yet, with the JSON forms of WebAuthn
// Level 3, section 5.1. Members that we do not know are ignored, as browsers add some; those that only repeat what the
// signed bytes say (publicKey, publicKeyAlgorithm, authenticatorData of a registration) are never read.

// RegistrationResponseJSON: {"id", "rawId", "type": "public-key", "response": {"clientDataJSON", "attestationObject",
//   "authenticatorData", "publicKey", "publicKeyAlgorithm", "transports"}, "clientExtensionResults": {}}
struct RegistrationResponse {
  Bytes id;
  Bytes client_data_json;
  Bytes attestation_object;
  std::vector<std::string> transports;

  // Errors: webauthn_malformed (also: id and rawId differ, id longer than 1023 bytes).
  static Result<RegistrationResponse> parse(const json::Object& object);
  static Result<RegistrationResponse> parse(std::string_view text);
  // Errors: webauthn_malformed, webauthn_algorithm_not_allowed (attestation_object cannot be read).
  Result<json::Object> to_json() const;
};

// AuthenticationResponseJSON: {"id", "rawId", "type": "public-key", "response": {"clientDataJSON", "authenticatorData",
//   "signature", ? "userHandle"}, "clientExtensionResults": {}}
struct AuthenticationResponse {
  Bytes id;
  Bytes client_data_json;
  Bytes authenticator_data;
  Bytes signature;  // DER ECDSA-Sig-Value
  std::optional<Bytes> user_handle;

  // Errors: webauthn_malformed.
  static Result<AuthenticationResponse> parse(const json::Object& object);
  static Result<AuthenticationResponse> parse(std::string_view text);
  json::Object to_json() const;
};

}  // namespace mibun::webauthn
