#include <cstdint>

#include "core/base/bytes.h"
#include "core/sd_jwt/integrity.h"
#include "core/sd_jwt/type_metadata.h"

// What parses is within its limits, and every language finds something when there is something.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  if (const auto integrity = sd_jwt::Integrity::parse(as_text({data, size}))) {
    MIBUN_INVARIANT(integrity->text() == as_text({data, size}));
    MIBUN_INVARIANT(!integrity->verify({data, size}).has_value());  // no text names its own digest
  }
  const auto type = sd_jwt::TypeMetadata::parse(as_text({data, size}));
  if (!type) return 0;
  MIBUN_INVARIANT(!type->vct.empty() && type->claims.size() <= sd_jwt::kTypeClaimsMax);
  if (type->extends_integrity) (void)type->extends_integrity->verify({data, size});
  if (type->display) {
    for (const char* language : {"ja", "en-GB", ""}) {
      MIBUN_INVARIANT((find_display(*type->display, language) == nullptr) == type->display->empty());
    }
  }
  for (const auto& claim : type->claims) {
    MIBUN_INVARIANT(!claim.path.steps().empty() && claim.path.steps().size() <= sd_jwt::kPathStepsMax);
  }
  return 0;
}
