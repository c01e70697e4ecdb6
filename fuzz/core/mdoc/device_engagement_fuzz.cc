#include "core/mdoc/device_engagement.h"

#include "core/codecs/base64url.h"

using namespace mibun;

namespace {

// What parses is made again from its parts, and parses to the same parts.
void check(const mdoc::DeviceEngagement& engagement) {
  const auto again = mdoc::DeviceEngagement::parse_text(engagement.text());
  MIBUN_INVARIANT(again.has_value());
  MIBUN_INVARIANT(to_bytes(again->encoded()) == to_bytes(engagement.encoded()));
  const auto made = mdoc::DeviceEngagement::make(
      engagement.device_key(), {engagement.retrieval_methods(), engagement.web_api(), engagement.oidc()});
  const auto parsed = mdoc::DeviceEngagement::parse(made.encoded());
  MIBUN_INVARIANT(parsed.has_value());
  MIBUN_INVARIANT(parsed->device_key() == engagement.device_key());
  MIBUN_INVARIANT(parsed->retrieval_methods() == engagement.retrieval_methods());
  MIBUN_INVARIANT(parsed->web_api() == engagement.web_api() && parsed->oidc() == engagement.oidc());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  if (const auto engagement = mdoc::DeviceEngagement::parse(input)) check(*engagement);
  if (const auto engagement = mdoc::DeviceEngagement::parse_text(as_text(input))) check(*engagement);
  return 0;
}
