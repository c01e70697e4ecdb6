#include "core/mdoc/device_request.h"
#include "core/mdoc/request_match.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = mdoc::DeviceRequest::parse(BytesView(data, size));
  if (!request) return 0;
  const auto made = mdoc::DeviceRequest::make(request->doc_requests());
  MIBUN_INVARIANT(made.has_value());
  const auto again = mdoc::DeviceRequest::parse(made->encoded());
  MIBUN_INVARIANT(again.has_value());
  MIBUN_INVARIANT(again->doc_requests().size() == request->doc_requests().size());
  for (std::size_t i = 0; i < request->doc_requests().size(); ++i) {
    const mdoc::ItemsRequest& items = request->doc_requests()[i].unverified_items();
    MIBUN_INVARIANT(again->doc_requests()[i].unverified_items().name_spaces() == items.name_spaces());
    MIBUN_INVARIANT(again->doc_requests()[i].reader_auth() == request->doc_requests()[i].reader_auth());
    // A holder of the first thing asked releases no more than what was asked.
    const mdoc::RequestedNameSpace& first = items.name_spaces().front();
    const mdoc::HeldElement held[] = {{first.name, first.elements.front().identifier, true}};
    const auto match = mdoc::match_request(items, {items.doc_type(), held});
    if (match) MIBUN_INVARIANT(match->released.size() <= 1 && match->missing.size() <= mdoc::kRequestedElementsMax);
  }
  return 0;
}
