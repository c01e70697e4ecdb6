#include <cstdint>
#include <cstdlib>

#include "core/crypto/cms.h"
#include "core/emrtd/sod.h"

// Nobody is trusted here, so nothing may verify; a security object that is read survives writing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto object = emrtd::parse_security_object({data, size});
  if (object && object->version == 0) {
    const auto again = emrtd::parse_security_object(emrtd::write_security_object(*object));
    if (!again || again->digests != object->digests) std::abort();
  }
  // What is read without verifying is what stands there.
  if (const auto inside = emrtd::read_unverified_security_object({data, size}); inside && inside->version == 0) {
    const auto again = emrtd::parse_security_object(emrtd::write_security_object(*inside));
    if (!again || again->digests != inside->digests) std::abort();
  }
  const auto cms = emrtd::parse_ef_sod({data, size});
  if (!cms) return 0;
  const Instant now = Instant::from_unix_seconds(1'800'000'000);
  if (crypto::verify_signed_data(*cms, {emrtd::kSecurityObjectOid, {}, now})) std::abort();
  return 0;
}
