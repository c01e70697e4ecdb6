#include "core/base/bytes.h"
#include "core/oid4vci/dpop.h"
#include "core/oid4vci/error_map.h"

using namespace mibun;
using namespace mibun::oid4vci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const DpopPolicy policy{.method = "POST",
                          .htu = "https://server.example.com/token",
                          .endpoint = DpopAtTokenEndpoint{},
                          .nonce = DpopNonceNotUsed{},
                          .now = Instant::from_unix_seconds(1'562'262'616)};
  const auto verified = VerifiedDpop::verify(as_text({data, size}), policy);
  if (verified) {
    MIBUN_INVARIANT(verified->jkt().size() == 43 && !verified->jti().empty());
  } else {
    MIBUN_INVARIANT(protocol_error(verified.error().code, Endpoint::token).status == 400);
  }
  return 0;
}
