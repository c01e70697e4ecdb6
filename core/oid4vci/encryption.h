#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/http_message.h"
#include "core/codecs/json.h"
#include "core/jose/jwe.h"
#include "core/jose/jwk.h"

// Encrypted credential requests and responses: OpenID4VCI 1.0, section 10. A message is a JWE (application/jwt) around
// the JSON that would be sent in clear. ECDH-ES on P-256 with A128GCM or A256GCM (HAIP 1.0), never compressed.
namespace mibun::oid4vci {

inline constexpr std::string_view kJwtMediaType = "application/jwt";

// credential_request_encryption of the issuer's metadata:
//   {"jwks":{"keys":[{JWK with kid and alg}]},"enc_values_supported":["A128GCM","A256GCM"],"encryption_required":false}
struct RequestEncryption {
  std::vector<jose::Jwk> keys;                // those that we can encrypt to: P-256, "ECDH-ES", named
  std::vector<jose::ContentEncryption> encs;  // those that we know
  bool required = false;

  json::Object to_json() const;
  // What we cannot use is left out. Errors: oid4vci_metadata_malformed (also a private key among `jwks`, a key without
  // kid, two of one kid, no enc at all).
  static Result<RequestEncryption> parse(const json::Object& object, const std::string& place);
  friend bool operator==(const RequestEncryption& a, const RequestEncryption& b) { return a.to_json() == b.to_json(); }
};

// credential_response_encryption of the issuer's metadata:
//   {"alg_values_supported":["ECDH-ES"],"enc_values_supported":[..],"encryption_required":false}
struct ResponseEncryption {
  bool ecdh_es = true;                        // the one alg that we speak is among them
  std::vector<jose::ContentEncryption> encs;  // those that we know
  bool required = false;

  json::Object to_json() const;
  // Errors: oid4vci_metadata_malformed.
  static Result<ResponseEncryption> parse(const json::Object& object, const std::string& place);
  friend bool operator==(const ResponseEncryption&, const ResponseEncryption&) = default;
};

// credential_response_encryption of a request (section 8.2): where and how its answer is encrypted.
//   {"jwk":{"kty":"EC","crv":"P-256","x":..,"y":..,"alg":"ECDH-ES","kid"?:..},"enc":"A256GCM"}
struct AnswerEncryption {
  jose::Jwk jwk;
  jose::ContentEncryption enc = jose::ContentEncryption::a256gcm;

  json::Object to_json() const;
  // Errors: oid4vci_invalid_encryption_parameters: no jwk or enc, another curve or alg, a private key, a key for
  // signatures, an enc that is not offered, compression.
  static Result<AnswerEncryption> parse(const json::Object& object);
};

// A message for `recipient`, with its kid. Errors: jwk_unsupported.
Result<std::string> encrypt_message(const json::Object& message, const jose::Jwk& recipient,
                                    jose::ContentEncryption enc, Rng& rng);

// A request's JSON, and whether it came encrypted.
struct OpenedRequest {
  std::string json;
  bool encrypted = false;
};
struct DecryptionKey {
  std::string kid;
  const crypto::KeyAgreement* key;
};
// application/json as it is, application/jwt decrypted with the key that its kid names. `encryption_required`: as the
// metadata says. Errors: oid4vci_invalid_credential_request (another media type),
// oid4vci_invalid_encryption_parameters (no JWE that we offer, an unknown kid, a message that does not open; one in
// clear where encryption is required).
Result<OpenedRequest> open_request(std::span<const HttpHeader> headers, std::string_view body,
                                   std::span<const DecryptionKey> keys, bool encryption_required);

// The wallet's side: an answer's JSON by its media type. `key`: of the request's jwk; null when no encryption was asked
// for. Errors: oid4vci_response_malformed, oid4vci_response_not_encrypted (asked for and not done), jwe_*.
Result<std::string> open_answer(const HttpResponse& response, const crypto::KeyAgreement* key);

}  // namespace mibun::oid4vci
