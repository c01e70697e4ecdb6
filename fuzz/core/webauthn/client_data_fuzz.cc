#include "core/webauthn/client_data.h"

#include <string>
#include <vector>

using namespace mibun;
using namespace mibun::webauthn;

// Client data that is taken as good survives being made again from its parts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = ClientData::parse({data, size});
  if (!parsed) return 0;
  const std::vector<std::string> origins = {parsed->origin()};
  if (!parsed->check(Ceremony::get, parsed->challenge(), origins)) return 0;
  const std::string made = make_client_data(Ceremony::get, parsed->challenge(), parsed->origin());
  const auto again = ClientData::parse(as_bytes(made));
  MIBUN_INVARIANT(again.has_value() && again->check(Ceremony::get, parsed->challenge(), origins).has_value());
  return 0;
}
