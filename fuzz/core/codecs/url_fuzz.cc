#include "core/base/bytes.h"
#include "core/codecs/url.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto url = HttpsUrl::parse(as_text({data, size}));
  if (!url) return 0;
  const auto again = HttpsUrl::parse(url->without_query());
  MIBUN_INVARIANT(again.has_value());
  MIBUN_INVARIANT(again->origin() == url->origin() && again->path() == url->path() && again->query().empty());
  return 0;
}
