#include <cstdint>
#include <cstdlib>

#include "core/crypto/x509.h"

// What parses must survive its PEM form and give the same certificate again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto certificate = crypto::Certificate::parse({data, size});
  if (!certificate) return 0;
  const auto again = crypto::Certificate::from_pem(certificate->pem());
  if (!again || again->sha256() != certificate->sha256() || again->subject() != certificate->subject()) std::abort();
  return 0;
}
