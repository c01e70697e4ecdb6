#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::sd_jwt {

// null in a claims path pointer: every element of an array.
struct EveryElement {
  friend auto operator<=>(EveryElement, EveryElement) = default;
};
// A member's name, an array index, or every element.
using PathStep = std::variant<std::string, std::uint64_t, EveryElement>;

inline constexpr std::size_t kPathStepsMax = 16;

// Where a claim stands: ["address","region"], ["nationalities",0], ["degrees",null,"type"]: the claims path pointer of
// OpenID4VP 1.0, section 7.
class ClaimPath {
 public:
  // Not empty, at most kPathStepsMax steps; strings, non-negative integers and null only.
  // Errors: json_bad_value.
  static Result<ClaimPath> parse(const json::Array& array);
  // A top-level claim.
  static ClaimPath of(std::string name) { return ClaimPath({PathStep(std::move(name))}); }
  explicit ClaimPath(std::vector<PathStep> steps) : steps_(std::move(steps)) {}

  const std::vector<PathStep>& steps() const { return steps_; }
  json::Array to_json() const;
  // `["address","region"]`: the JSON text, for showing and as a key.
  std::string to_string() const;

  friend bool operator==(const ClaimPath&, const ClaimPath&) = default;

 private:
  std::vector<PathStep> steps_;
};

}  // namespace mibun::sd_jwt
