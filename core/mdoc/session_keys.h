#pragma once

#include <array>
#include <cstdint>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/p256.h"
#include "core/mdoc/session_transcript.h"

// The cryptography of a session (ISO/IEC 18013-5, 9.1.1.5, cipher suite 1). For core/mdoc/session.cc and its tests;
// everybody else uses the sessions.
namespace mibun::mdoc {

enum class Sender : std::uint8_t { reader = 0, device = 1 };

// HKDF-SHA-256 of the ECDH secret; salt SHA-256(SessionTranscriptBytes), info "SKReader" / "SKDevice", 32 bytes.
struct SessionKeys {
  SecretBytes reader, device;
  // Errors: key_agreement_failed and whatever the key's holder reports.
  static Result<SessionKeys> derive(const crypto::KeyAgreement& own, const crypto::P256PublicKey& peer,
                                    const SessionTranscript& transcript);
};

// The IVs of one direction: 8 bytes for the sender, 4 bytes big-endian that count messages from 1. Each is given once.
class MessageIvs {
 public:
  // `used`: messages before; other than 0 in tests only.
  explicit MessageIvs(Sender sender, std::uint32_t used = 0) : sender_(sender), used_(used) {}
  // Errors: mdoc_session_counter_exhausted after 2^32 - 1 messages.
  Result<std::array<std::uint8_t, 12>> next();

 private:
  Sender sender_;
  std::uint32_t used_;
};

}  // namespace mibun::mdoc
