#include "core/webauthn/authenticator_data.h"

using namespace mibun;
using namespace mibun::webauthn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = AuthenticatorData::parse({data, size});
  if (!parsed) return 0;
  const Bytes written = parsed->write();
  const auto again = AuthenticatorData::parse(written);
  MIBUN_INVARIANT(again.has_value() && again->write() == written && written.size() == size);
  return 0;
}
