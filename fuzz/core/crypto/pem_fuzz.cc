// PEM from a file or a command line: whatever each door takes it writes as one block, and takes again as the same.
#include <cstdint>

#include "core/crypto/certificate_make.h"
#include "core/crypto/cms.h"
#include "core/crypto/crl.h"
#include "core/crypto/x509.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

template <class Object>
void fuzz_door(std::string_view text) {
  const auto object = Object::from_pem(text);
  if (!object) return;
  const auto again = Object::from_pem(object->pem());
  MIBUN_INVARIANT(again.has_value() && again->sha256() == object->sha256());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  fuzz_door<Certificate>(text);
  fuzz_door<CaCertificate>(text);
  fuzz_door<CscaCertificate>(text);
  fuzz_door<Crl>(text);
  const auto list = certificates_from_pem(text);
  if (!list) return 0;
  std::string written;
  for (const Bytes& der : *list) {
    const auto certificate = CaCertificate::parse(der);
    if (!certificate) return 0;
    written += certificate->pem();
  }
  const auto again = certificates_from_pem(written);
  MIBUN_INVARIANT(list->empty() || (again.has_value() && *again == *list));
  return 0;
}
