#include <array>

#include "core/codecs/tlv.h"
#include "core/crypto/der.h"
#include "core/crypto/p256_internal.h"
#include "core/crypto/p384_internal.h"
#include "core/crypto/public_key.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

// AlgorithmIdentifier of ecdsa-with-SHA256: RFC 5758, section 3.2.
constexpr std::array<std::uint8_t, 12> kEcdsaWithSha256{0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                                        0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

std::unexpected<Error> library_refused() {
  return clear_errors(fail(ErrorCode::crypto_failure, "sign"));
}

Result<Bytes> written(const std::function<int(unsigned char**)>& write) {
  unsigned char* encoded = nullptr;
  const int size = write(&encoded);
  const OwnedMemory owner(encoded);
  if (size <= 0) return library_refused();
  return Bytes(encoded, encoded + size);
}

// The key is not the library's. Signed with a key of the moment first, so that the library fills in the algorithm (it
// has no other door to it); of that, only what a signature covers is taken.
Result<Bytes> signed_elsewhere(const ToBeSigned& object, const P256Signer& signer) {
  const auto of_the_moment = P256PrivateKey::generate();
  if (object.sign(of_the_moment.impl().key.get(), EVP_sha256()) <= 0) return library_refused();
  MIBUN_TRY(const Bytes covered, written(object.write_signed_part));
  MIBUN_TRY(const P256Signature signature, signer.sign(covered));
  static constexpr std::array<std::uint8_t, 1> kNoUnusedBits{};
  const Bytes bits = tlv::concat({kNoUnusedBits, p256_signature_to_der(signature)});
  const Bytes signature_value = tlv::write(der::kBitString, bits);
  return tlv::write(der::kSequence, tlv::concat({covered, kEcdsaWithSha256, signature_value}));
}

}  // namespace

PublicKey CaKey::public_key() const {
  return std::visit([](const auto* held) -> PublicKey { return held->public_key(); }, key_);
}

Result<Bytes> signed_der(const ToBeSigned& object, const CaKey& key) {
  if (const auto* const* signer = std::get_if<const P256Signer*>(&key.held()))
    return signed_elsewhere(object, **signer);
  const P384PrivateKey& held = *std::get<const P384PrivateKey*>(key.held());
  if (object.sign(held.impl().key.get(), EVP_sha384()) <= 0) return library_refused();
  return written(object.write);
}

}  // namespace mibun::crypto
