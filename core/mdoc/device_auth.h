#pragma once

#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/p256.h"
#include "core/mdoc/session_transcript.h"

// What ties a response to its exchange: ISO/IEC 18013-5, 9.1.3.
namespace mibun::mdoc {

// The detached payload of deviceSignature and deviceMac.
//   DeviceAuthenticationBytes = #6.24(bstr .cbor
//     ["DeviceAuthentication", SessionTranscript, DocType, DeviceNameSpacesBytes])
// `device_name_spaces_bytes`: with tag 24, as they arrived or are sent.
Bytes device_authentication_bytes(const SessionTranscript& transcript, std::string_view doc_type,
                                  BytesView device_name_spaces_bytes);

// EMacKey (9.1.3.5): ECDH between the reader's ephemeral key and the device's static key, then HKDF with SHA-256, the
// SHA-256 of SessionTranscriptBytes as salt and "EMacKey" as info; 32 bytes. Both ends derive the same.
// Errors: those of KeyAgreement::agree.
Result<SecretBytes> derive_e_mac_key(const crypto::KeyAgreement& own, const crypto::P256PublicKey& peer,
                                     const SessionTranscript& transcript);

}  // namespace mibun::mdoc
