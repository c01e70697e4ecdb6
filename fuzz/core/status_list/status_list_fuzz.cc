// A status list from the network: what parses survives re-encoding and parsing again.
#include <cstdint>
#include <cstdlib>

#include "core/status_list/status_list.h"
#include "core/status_list/status_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto object = json::parse_object(as_text({data, size}));
  if (!object) return 0;
  if (const auto list = status_list::StatusList::parse(*object)) {
    const auto again = status_list::StatusList::parse(list->to_json());
    if (!again || again->bytes() != list->bytes() || again->bits() != list->bits()) std::abort();
    if (list->get(list->size()) || !list->get(list->size() - 1)) std::abort();
  }
  if (const auto reference = status_list::StatusReference::parse(*object); reference && *reference) {
    json::Object claims;
    claims["status"] = (*reference)->to_json();
    if ((*reference)->issuer) claims["iss"] = *(*reference)->issuer;
    const auto again = status_list::StatusReference::parse(claims);
    if (!again || **again != **reference) std::abort();
  }
  return 0;
}
