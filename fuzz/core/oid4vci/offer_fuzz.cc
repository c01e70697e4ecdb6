#include "core/base/bytes.h"
#include "core/oid4vci/offer.h"

using namespace mibun;
using namespace mibun::oid4vci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  if (const auto offer = CredentialOffer::parse_json(text)) {
    const auto again = parse_offer_link(offer->to_uri());
    // Escapes of an offer near the limit may pass it.
    MIBUN_INVARIANT(again ? *again == OfferLink(*offer) : size > 1000);
  }
  if (const auto link = parse_offer_link(text)) {
    const auto again = parse_offer_link(std::visit([](const auto& offer) { return offer.to_uri(); }, *link));
    MIBUN_INVARIANT(again ? *again == *link : size > 1000);
  }
  return 0;
}
