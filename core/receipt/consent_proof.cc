#include "core/receipt/consent_proof.h"

#include "core/jose/jws.h"
#include "core/receipt/holder_signature.h"

namespace mibun::receipt {

Result<std::string> sign_consent_proof(const ConsentProof& proof, const crypto::P256Signer& holder, Instant now) {
  return jose::sign_jws({{"typ", kConsentProofType}},
                        {{"aud", proof.audience},
                         {"nonce", proof.nonce},
                         {"iat", now.unix_seconds()},
                         {"presentation_sha256", proof.presentation_sha256},
                         {"consent_hash", proof.consent_hash}},
                        holder);
}

Status check_consent_proof(std::string_view text, const crypto::PublicKey& holder, const ConsentProof& expected,
                           Instant received_at, const std::string& where) {
  const std::array<ExpectedClaim, 4> claims{{{"aud", expected.audience},
                                             {"nonce", expected.nonce},
                                             {"presentation_sha256", expected.presentation_sha256},
                                             {"consent_hash", expected.consent_hash}}};
  MIBUN_CHECK(check_holder_signature(text, kConsentProofType, holder, claims, received_at, where));
  return {};
}

}  // namespace mibun::receipt
