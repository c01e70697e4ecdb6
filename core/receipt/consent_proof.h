#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/crypto/public_key.h"

namespace mibun::receipt {

inline constexpr std::string_view kConsentProofType = "mibun-consent-proof+jwt";

// The holder's signature over a consent, for presentations that have no room for it: a DeviceResponse signs its
// transcript and nothing of ours. Made with the device key of that mdoc, beside the presentation.
//   {"typ":"mibun-consent-proof+jwt","alg":"ES256"}
//   {"aud": client_id, "nonce": the request's, "iat": .., "presentation_sha256": base64url, "consent_hash": base64url}
struct ConsentProof {
  std::string audience;
  std::string nonce;
  std::string presentation_sha256;  // of the DeviceResponse as it is sent
  std::string consent_hash;         // of the consent's text
};

Result<std::string> sign_consent_proof(const ConsentProof& proof, const crypto::P256Signer& holder, Instant now);

// `received_at`: when the presentation arrived; the proof was made within the 300 s before. `where`: its place.
// Errors: receipt_malformed, receipt_signature_invalid, receipt_consent_mismatch.
Status check_consent_proof(std::string_view text, const crypto::PublicKey& holder, const ConsentProof& expected,
                           Instant received_at, const std::string& where);

}  // namespace mibun::receipt
