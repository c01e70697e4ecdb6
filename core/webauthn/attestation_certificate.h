#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/webauthn/authenticator_data.h"

namespace mibun::webauthn {

// What WebAuthn Level 3, section 8.2.1 asks of the certificate that signs a packed attestation: version 3; subject with
// C (two letters), O, OU "Authenticator Attestation" and CN; basicConstraints with CA false; and, if the extension
// 1.3.6.1.4.1.45724.1.1.4 is there, that it is not critical and names this AAGUID.
// This is the shape only: no signature on the certificate is checked and no maker is trusted by it.
// Errors: webauthn_attestation_invalid.
Status check_attestation_certificate(BytesView der, const Aaguid& aaguid);

}  // namespace mibun::webauthn
