#include "core/base/bytes.h"
#include "core/codecs/url.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto fields = form::Fields::parse(as_text({data, size}));
  if (!fields) return 0;
  const auto again = form::Fields::parse(form::encode({fields->all().begin(), fields->all().end()}));
  MIBUN_INVARIANT(again.has_value() && again->all() == fields->all());
  return 0;
}
