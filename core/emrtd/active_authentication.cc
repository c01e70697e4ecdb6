#include "core/emrtd/active_authentication.h"

#include <algorithm>

#include "core/crypto/hash.h"

namespace mibun::emrtd {
namespace {

constexpr std::size_t kNonceSizeMin = 16;
constexpr std::size_t kThumbprintSize = 32;

std::unexpected<Error> unsupported(const char* detail) {
  return fail(ErrorCode::emrtd_active_authentication_unsupported, "active authentication", detail);
}

// What ECDSA on P-256 signs: the leftmost 256 bits of a longer digest (FIPS 186-4, section 6.4).
Result<Bytes> signed_digest(ActiveAuthenticationAlgorithm algorithm, BytesView challenge) {
  switch (algorithm) {
    case ActiveAuthenticationAlgorithm::ecdsa_sha256:
      return digest(DigestAlgorithm::sha256, challenge);
    case ActiveAuthenticationAlgorithm::ecdsa_sha384:
      return digest(DigestAlgorithm::sha384, challenge);
    case ActiveAuthenticationAlgorithm::ecdsa_sha512:
      return digest(DigestAlgorithm::sha512, challenge);
    case ActiveAuthenticationAlgorithm::other:
      break;
  }
  return unsupported("the algorithm in DG14");
}

}  // namespace

Result<ActiveAuthenticationChallenge> make_active_authentication_challenge(BytesView server_nonce,
                                                                           BytesView key_thumbprint) {
  if (server_nonce.size() < kNonceSizeMin) return fail(ErrorCode::invalid_argument, "nonce");
  if (key_thumbprint.size() != kThumbprintSize) return fail(ErrorCode::invalid_argument, "thumbprint");
  const crypto::Sha256Digest whole = crypto::sha256({server_nonce, key_thumbprint});
  ActiveAuthenticationChallenge challenge;
  std::copy_n(whole.begin(), challenge.size(), challenge.begin());
  return challenge;
}

Status verify_active_authentication(const AuthenticFiles& files, const ActiveAuthenticationChallenge& challenge,
                                    BytesView signature) {
  const Bytes* dg14 = files.data_group(14);
  const Bytes* dg15 = files.data_group(15);
  if (dg14 == nullptr || dg15 == nullptr) return unsupported("DG14 or DG15 was not supplied");
  MIBUN_TRY(const SecurityInfos infos, parse_dg14(*dg14));
  if (!infos.active_authentication) return unsupported("DG14 names no algorithm");
  MIBUN_TRY(const Bytes spki, parse_dg15(*dg15));
  const auto key = crypto::P256PublicKey::from_spki(spki);
  if (!key) return unsupported("the key in DG15");
  MIBUN_TRY(const Bytes hash, signed_digest(*infos.active_authentication, challenge));
  const auto parsed = crypto::parse_p256_signature(signature);
  if (!parsed || !key->verify_digest(BytesView(hash).first(32), *parsed)) {
    return fail(ErrorCode::emrtd_active_authentication_failed, "active authentication", "the signature does not match");
  }
  return {};
}

}  // namespace mibun::emrtd
