#include "core/mdoc/session_keys.h"

#include <limits>

#include "core/crypto/hash.h"

namespace mibun::mdoc {
namespace {

constexpr std::size_t kKeySize = 32;

}  // namespace

Result<SessionKeys> SessionKeys::derive(const crypto::KeyAgreement& own, const crypto::P256PublicKey& peer,
                                        const SessionTranscript& transcript) {
  MIBUN_TRY(const SecretBytes shared, own.agree(peer));
  const crypto::Sha256Digest salt = crypto::sha256(transcript.tagged());
  return SessionKeys{.reader = crypto::hkdf_sha256(shared.reveal(), salt, as_bytes("SKReader"), kKeySize),
                     .device = crypto::hkdf_sha256(shared.reveal(), salt, as_bytes("SKDevice"), kKeySize)};
}

Result<std::array<std::uint8_t, 12>> MessageIvs::next() {
  if (used_ == std::numeric_limits<std::uint32_t>::max()) return fail(ErrorCode::mdoc_session_counter_exhausted);
  ++used_;
  std::array<std::uint8_t, 12> iv{};
  iv[7] = static_cast<std::uint8_t>(sender_);
  for (unsigned i = 0; i < 4; ++i) iv[8 + i] = static_cast<std::uint8_t>(used_ >> (24 - 8 * i) & 0xff);
  return iv;
}

}  // namespace mibun::mdoc
