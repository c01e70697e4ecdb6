#include <cstdint>
#include <cstdlib>

#include "core/crypto/crl.h"

// What parses must survive its PEM form and give the same list again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto crl = crypto::Crl::parse({data, size});
  if (!crl) return 0;
  const auto again = crypto::Crl::from_pem(crl->pem());
  if (!again || again->sha256() != crl->sha256() || again->size() != crl->size() || again->scope() != crl->scope()) {
    std::abort();
  }
  return 0;
}
