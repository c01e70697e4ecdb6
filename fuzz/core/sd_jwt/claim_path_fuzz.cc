#include <cstdint>

#include "core/base/bytes.h"
#include "core/codecs/json.h"
#include "core/sd_jwt/claim_path.h"
#include "core/sd_jwt/places.h"

// {"path": [...], "document": {...}}: the path survives writing and reading, and each place found leads to one value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto input = json::parse_object(as_text({data, size}));
  if (!input) return 0;
  const json::Value* steps = input->if_contains("path");
  const json::Value* document = input->if_contains("document");
  if (steps == nullptr || !steps->is_array() || document == nullptr || !document->is_object()) return 0;
  const auto path = sd_jwt::ClaimPath::parse(steps->get_array());
  if (!path) return 0;
  const auto again = sd_jwt::ClaimPath::parse(path->to_json());
  MIBUN_INVARIANT(again && *again == *path && again->to_string() == path->to_string());
  for (const sd_jwt::Place& place : sd_jwt::find_places(document->get_object(), *path)) {
    const auto found = sd_jwt::find_places(document->get_object(), sd_jwt::ClaimPath(place));
    MIBUN_INVARIANT(found.size() == 1 && found.front() == place);
  }
  return 0;
}
