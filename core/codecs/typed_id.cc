#include "core/codecs/typed_id.h"

#include "core/codecs/base64url.h"

namespace mibun {

std::string make_typed_id(Rng& rng, std::size_t bytes) {
  std::string id = base64url::encode(rng.bytes(bytes));
  while (id.starts_with('-')) id = base64url::encode(rng.bytes(bytes));
  return id;
}

}  // namespace mibun
