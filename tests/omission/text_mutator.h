#pragma once

#include <functional>
#include <string>

#include "core/base/bytes.h"
#include "core/crypto/trust_anchors.h"
#include "core/crypto/x509.h"
#include "tests/omission/trial.h"

namespace mibun::omission {

using VerifyText = std::function<Status(const std::string&)>;

// One bit of each byte, a different one each time.
void flip_bytes(Trial& trial, const std::string& place, const std::string& text, const VerifyText& verify);
// Every beginning that is not the whole.
void truncate(Trial& trial, const std::string& place, const std::string& text, const VerifyText& verify);
// The parts between `separator`: each removed, emptied, doubled, swapped with the next; one more at the end.
void mutate_segments(Trial& trial, const std::string& place, const std::string& text, char separator,
                     const VerifyText& verify);
// The parameters of a form or a query, whose names are their places: each removed, emptied, doubled, changed.
void mutate_form(Trial& trial, const std::string& place, const std::string& form, const VerifyText& verify);

// A policy without anchors, and one with an anchor that it should not have.
inline crypto::TrustAnchors no_anchors(crypto::CertificatePurpose purpose) {
  return crypto::TrustAnchors::ignore_mdoc_profile(purpose, {}, crypto::RevocationPolicy::ignore_revocation);
}
inline crypto::TrustAnchors anchors_of(crypto::CertificatePurpose purpose, const crypto::Certificate& anchor) {
  return crypto::TrustAnchors::ignore_mdoc_profile(purpose, {anchor}, crypto::RevocationPolicy::ignore_revocation);
}

inline std::string to_text(BytesView bytes) {
  return std::string(as_text(bytes));
}

}  // namespace mibun::omission
