#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"
#include "core/webauthn/attestation_object.h"

// Inside platform/fido: what libfido2 is asked to do. Only library.cc includes its headers.
namespace mibun::fido {

// The signature of a packed statement over authenticator data || SHA-256(client data): by the key of its first
// certificate, or by the credential's own key when there is none.
// Errors: webauthn_malformed (the library cannot read it), webauthn_attestation_invalid.
Status verify_packed_attestation(const webauthn::AttestationObject& object, const webauthn::PackedStatement& statement,
                                 BytesView extensions, const std::string& rp_id, BytesView client_data_json);

// The signature of an assertion by `key`. `extensions`: those inside `authenticator_data`, empty when there are none.
// Errors: webauthn_malformed, webauthn_signature_invalid.
Status verify_assertion_signature(const crypto::P256PublicKey& key, BytesView authenticator_data, BytesView extensions,
                                  const std::string& rp_id, BytesView client_data_json, BytesView signature);

}  // namespace mibun::fido
