#include "core/webauthn/attestation_object.h"

#include "core/webauthn/attestation_certificate.h"
#include "core/webauthn/authenticator_data.h"

using namespace mibun;
using namespace mibun::webauthn;

namespace {

void fuzz_statement(BytesView statement) {
  const auto packed = PackedStatement::parse(statement);
  if (!packed) return;
  const auto again = PackedStatement::parse(packed->write());
  MIBUN_INVARIANT(again.has_value() && again->write() == packed->write());
  for (const Bytes& certificate : packed->x5c) static_cast<void>(check_attestation_certificate(certificate, {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = AttestationObject::parse({data, size});
  if (!object) return 0;
  const auto again = AttestationObject::parse(object->write());
  MIBUN_INVARIANT(again.has_value() && again->write() == object->write());
  static_cast<void>(AuthenticatorData::parse(object->authenticator_data));
  fuzz_statement(object->statement);
  return 0;
}
