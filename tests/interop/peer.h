#pragma once

#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"

// Our side of an interoperability test: one JSON command per line on standard input ({"do": name, ...}), one JSON
// answer per line on standard output, {"error": code, "where": place} for a refusal.
namespace mibun::interop {

using Answer = Result<json::Object>;
using Commands = std::map<std::string, std::function<Answer(json::ObjectReader&)>, std::less<>>;

inline constexpr json::Limits kLimits{.bytes_max = 4 << 20};

inline Answer answer(const Commands& commands, std::string_view line) {
  MIBUN_TRY(const json::Object object, json::parse_object(line, kLimits));
  json::ObjectReader command(object, "command");
  MIBUN_TRY(const std::string_view name, command.string("do"));
  const auto found = commands.find(name);
  if (found == commands.end()) return fail(ErrorCode::invalid_argument, "do");
  return found->second(command);
}

inline int serve(const Commands& commands) {
  for (std::string line; std::getline(std::cin, line);) {
    const Answer result = answer(commands, line);
    const json::Object out =
        result ? *result : json::Object{{"error", to_string(result.error().code)}, {"where", result.error().where}};
    std::cout << json::serialize(out) << std::endl;
  }
  return 0;
}

// Bytes travel as base64url.
inline Result<Bytes> bytes(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const std::string_view text, command.string(name));
  return base64url::decode(text);
}

inline Result<Instant> now_of(json::ObjectReader& command) {
  MIBUN_TRY(const std::int64_t second, command.integer("now"));
  return Instant::from_unix_seconds(second);
}

}  // namespace mibun::interop
