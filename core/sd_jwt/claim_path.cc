#include "core/sd_jwt/claim_path.h"

namespace mibun::sd_jwt {
namespace {

Result<PathStep> parse_step(const json::Value& value, std::size_t index) {
  if (value.is_null()) return EveryElement{};
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
  if (value.is_uint64()) return value.get_uint64();
  return fail(ErrorCode::json_bad_value, "path[" + std::to_string(index) + "]", "a name, an index or null");
}

struct StepToJson {
  json::Value operator()(const std::string& name) const { return json::Value(name); }
  json::Value operator()(std::uint64_t index) const { return json::Value(index); }
  json::Value operator()(EveryElement) const { return json::Value(nullptr); }
};

}  // namespace

Result<ClaimPath> ClaimPath::parse(const json::Array& array) {
  if (array.empty() || array.size() > kPathStepsMax) return fail(ErrorCode::json_bad_value, "path", "1 to 16 steps");
  std::vector<PathStep> steps;
  steps.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    MIBUN_TRY(PathStep step, parse_step(array[i], i));
    steps.push_back(std::move(step));
  }
  return ClaimPath(std::move(steps));
}

json::Array ClaimPath::to_json() const {
  json::Array array;
  array.reserve(steps_.size());
  for (const PathStep& step : steps_) array.push_back(std::visit(StepToJson{}, step));
  return array;
}

std::string ClaimPath::to_string() const {
  return json::serialize(json::Value(to_json()));
}

}  // namespace mibun::sd_jwt
