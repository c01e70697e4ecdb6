#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/signer.h"
#include "core/jose/jws.h"

namespace mibun::jose {

inline constexpr std::size_t kJwsJsonSignaturesMax = 16;
inline constexpr std::size_t kJwsJsonBytesMax =
    512 * 1024;  // less than a compact one: each signature keeps the payload

// One signature of a JWS in JSON: its protected header, the payload and the signature as a Jws, to be verified with a
// key and a policy like any other, and the header that nobody signed.
struct JwsJsonSignature {
  Jws jws;
  json::Object unprotected_header;  // empty when absent; never to be believed
};

// A JWS in JSON serialisation: RFC 7515, section 7.2. Parsed, not verified: each signature has its own verify().
//   general    {"payload": "...", "signatures": [{"protected": "...", "header": {...}, "signature": "..."}, ...]}
//   flattened  {"payload": "...", "protected": "...", "header": {...}, "signature": "..."}
// What decides must be signed: a protected header is demanded, "header" may not repeat a name of it (section 7.2.1) nor
// hold alg, typ, cty, crit, b64 or a parameter that carries or fetches a key; other members (SD-JWT's "disclosures" and
// "kb_jwt", or "kid") are handed on. Unknown members beside them are ignored, as the RFC says.
class JwsJson {
 public:
  // Signatures with algorithms that we do not have are left out of the general form, since each stands for itself.
  // Errors: jws_malformed, jws_header_malformed (also a name in both headers), jws_header_not_allowed (must be
  // protected), jws_alg_not_allowed (no signature is left), jws_crit_not_understood.
  static Result<JwsJson> parse(const json::Object& object, const json::Limits& payload_limits = {});
  // At most kJwsJsonBytesMax. Errors: also json_*.
  static Result<JwsJson> parse(std::string_view text, const json::Limits& payload_limits = {});

  const std::vector<JwsJsonSignature>& signatures() const { return signatures_; }  // at least one
  std::size_t ignored() const { return ignored_; }                                 // how many were left out

 private:
  std::vector<JwsJsonSignature> signatures_;
  std::size_t ignored_ = 0;
};

// A compact JWS in flattened form. `unprotected`: left out when empty. Errors: those of JwsJson::parse.
Result<json::Object> flattened_jws(std::string_view compact, json::Object unprotected = {});

struct JwsJsonSigning {
  json::Object protected_header;  // alg is the signer's
  const crypto::Signer& signer;
  json::Object unprotected_header;
};
// Signs `payload` (its exact bytes) once for each entry. Errors: the signers' and those of JwsJson::parse.
Result<json::Object> sign_jws_general(std::span<const JwsJsonSigning> signings, std::string_view payload);

}  // namespace mibun::jose
