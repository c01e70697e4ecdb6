#include "core/jose/jwk_set.h"

#include <cstdint>

#include "core/base/bytes.h"

// A set that was taken survives writing and reading, and every lookup finds a key of that name or says why not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto set = jose::JwkSet::parse(as_text({data, size}));
  if (!set) return 0;
  const auto again = jose::JwkSet::parse(set->to_json());
  MIBUN_INVARIANT(again && again->keys().size() == set->keys().size() && again->ignored() == 0);
  for (const jose::Jwk& key : set->keys()) {
    if (!key.kid()) continue;
    const auto found = set->find(*key.kid(), jose::KeyUse::signature);
    MIBUN_INVARIANT(!found || (*found)->kid() == key.kid());
  }
  return 0;
}
