#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/signer.h"
#include "core/crypto/x509.h"
#include "core/jose/jwk.h"

namespace mibun::oid4vp {

inline constexpr std::string_view kVerifierAttestationType = "verifier-attestation+jwt";
inline constexpr std::string_view kVerifierAttestationHeader = "jwt";  // of the request object

// What a registrar says of a verifier and its key: OpenID4VP 1.0, section 12.
//   {"iss": registrar, "sub": "verifier.example", "iat": 1, "exp": 2, "cnf": {"jwk": {...}}, "redirect_uris": [...]?}
struct VerifierAttestation {
  std::string issuer;
  std::string subject;  // the client id without its prefix
  Instant issued_at, expires_at;
  jose::Jwk key;                                          // signs the requests
  std::optional<std::vector<std::string>> redirect_uris;  // if there, the only addresses for answers
};

// Errors: the signer's.
Result<std::string> sign_verifier_attestation(const VerifierAttestation& attestation, const crypto::Signer& registrar,
                                              std::span<const Bytes> chain);

// An attestation that a registrar signed, and that is in force.
class VerifiedAttestation {
 public:
  // `registrars`: anchors for CertificatePurpose::registrar; `iss` must be a name in the certificate. Unknown members
  // are ignored. Errors: oid4vp_client_id_mismatch (sub is not `subject`), jws_*, certificate_*, jwt_*,
  // oid4vp_invalid_request (shape), private_key_rejected.
  static Result<VerifiedAttestation> verify(std::string_view text, std::string_view subject,
                                            const crypto::TrustAnchors& registrars, Instant now);

  const std::string& subject() const { return subject_; }
  const std::string& text() const { return text_; }  // as it arrived
  const jose::Jwk& key() const { return key_; }
  const std::optional<std::vector<std::string>>& redirect_uris() const { return redirect_uris_; }

 private:
  VerifiedAttestation(std::string_view subject, std::string_view text, jose::Jwk key,
                      std::optional<std::vector<std::string>> redirect_uris)
      : subject_(subject), text_(text), key_(std::move(key)), redirect_uris_(std::move(redirect_uris)) {}
  std::string subject_, text_;
  jose::Jwk key_;
  std::optional<std::vector<std::string>> redirect_uris_;
};

}  // namespace mibun::oid4vp
