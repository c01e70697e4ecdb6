#include "core/status_list/aggregation.h"

#include <set>

#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "core/status_list/status_reference.h"

namespace mibun::status_list {

Result<std::vector<std::string>> parse_aggregation(std::string_view text) {
  const json::Limits limits{.bytes_max = kAggregationBytesMax, .depth_max = 8, .values_max = 2 * kAggregationListsMax};
  MIBUN_TRY(const json::Object object, json::parse_object(text, limits));
  json::ObjectReader reader(object, "status_list_aggregation");
  MIBUN_TRY(const json::Array* const array, reader.array("status_lists"));
  const auto malformed = [](const char* why) { return fail(ErrorCode::status_list_malformed, "status_lists", why); };
  if (array->size() > kAggregationListsMax) return malformed("too many lists");
  MIBUN_TRY(std::vector<std::string> uris, json::string_array(*array, "status_lists"));
  std::set<std::string_view> seen;
  for (const std::string& uri : uris) {
    if (uri.size() > kUriBytesMax || !HttpsUrl::parse(uri)) return malformed("a list is named by an https URL");
    if (!seen.insert(uri).second) return malformed("a list stands there twice");
  }
  return uris;
}

std::string write_aggregation(const std::vector<std::string>& uris) {
  json::Array array;
  for (const std::string& uri : uris) array.emplace_back(uri);
  json::Object object;
  object["status_lists"] = std::move(array);
  return json::serialize(object);
}

}  // namespace mibun::status_list
