// What is made of SHA-256 alone.

#include <limits>

#include "core/base/result.h"
#include "core/crypto/hash.h"
#include "core/crypto/sha256.h"

namespace mibun::crypto {
namespace {

std::array<std::uint8_t, 4> big_endian_32(std::size_t value) {
  MIBUN_INVARIANT(value <= std::numeric_limits<std::uint32_t>::max());
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

SecretBytes first_bytes(Sha256Digest& digest, std::size_t size) {
  SecretBytes out = SecretBytes::copy_of(BytesView(digest).first(size));
  secure_wipe(digest);
  return out;
}

}  // namespace

Sha256Digest sha256(BytesView data) {
  return sha256({data});
}

Sha256Digest sha256(std::initializer_list<BytesView> parts) {
  Sha256 hash;
  for (const BytesView part : parts) hash.update(part);
  return hash.finish();
}

PrefixDigests sha256_of_prefix_and_whole(BytesView first, BytesView rest) {
  Sha256 trunk;
  trunk.update(first);
  Sha256 branch = trunk;
  trunk.update(rest);
  return {branch.finish(), trunk.finish()};
}

SecretBytes concat_kdf_sha256(BytesView shared_secret, std::string_view algorithm_id, BytesView apu, BytesView apv,
                              std::size_t key_size) {
  MIBUN_INVARIANT(key_size <= sizeof(Sha256Digest));  // one round is enough
  const auto round = big_endian_32(1);
  const auto algorithm_size = big_endian_32(algorithm_id.size());
  const auto apu_size = big_endian_32(apu.size());
  const auto apv_size = big_endian_32(apv.size());
  const auto key_bits = big_endian_32(key_size * 8);
  Sha256Digest digest =
      sha256({round, shared_secret, algorithm_size, as_bytes(algorithm_id), apu_size, apu, apv_size, apv, key_bits});
  return first_bytes(digest, key_size);
}

}  // namespace mibun::crypto
