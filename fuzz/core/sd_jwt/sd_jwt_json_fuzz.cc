#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/sd_jwt/json_form.h"

// What parses has a compact form, and both JSON forms of that parse to it again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto sd_jwt = sd_jwt::parse_json(as_text({data, size}));
  if (!sd_jwt) return 0;
  for (const auto form : {sd_jwt::JsonForm::flattened, sd_jwt::JsonForm::general}) {
    const auto text = sd_jwt::to_json(*sd_jwt, form);
    MIBUN_INVARIANT(text.has_value());
    const auto again = sd_jwt::parse_json(*text);
    MIBUN_INVARIANT(again && again->text() == sd_jwt->text());
  }
  return 0;
}
