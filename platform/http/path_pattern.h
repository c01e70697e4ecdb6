#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mibun::http {

using PathParameters = std::map<std::string, std::string, std::less<>>;

// "/api/v1/cases/{id}/approve": fixed segments, which compare byte for byte, and named ones. The last one may stand for
// one or more segments: "/log/tile/{+tile}" (RFC 6570 writes it so); it is known by its name with the plus.
class PathPattern {
 public:
  // A pattern is code, not input: a malformed one (no leading "/", an empty or unclosed name, a plus
  // that is not the last) ends the process.
  explicit PathPattern(std::string_view pattern);

  bool has_parameters() const { return has_parameters_; }
  // The parameters when `path` is one of this pattern's. A parameter's value is percent-decoded and has to be
  // [A-Za-z0-9_.-]+ and neither "." nor "..", so that no handler meets a path separator. Of a "{+name}" this holds for
  // each segment, and slashes stand between them.
  std::optional<PathParameters> match(std::string_view path) const;

 private:
  struct Segment {
    std::string text;  // fixed text, or the parameter's name
    bool parameter;
    bool many;  // "{+name}"
  };
  std::vector<Segment> segments_;
  bool has_parameters_ = false;
};

}  // namespace mibun::http
