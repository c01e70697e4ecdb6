#include "core/proximity/socket_retrieval.h"

using namespace mibun;

// What is found in an engagement is found again after it was written anew.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto engagement = mdoc::DeviceEngagement::parse(BytesView(data, size));
  if (!engagement) return 0;
  const auto found = proximity::find_socket(*engagement);
  if (!found) return 0;
  MIBUN_INVARIANT(!found->ip.empty() && found->port != 0);
  const auto again = proximity::find_socket(mdoc::DeviceEngagement::make(
      engagement->device_key(),
      {.retrieval_methods = {proximity::socket_retrieval(*found)}, .web_api = {}, .oidc = {}}));
  MIBUN_INVARIANT(again.has_value() && *again == *found);
  return 0;
}
