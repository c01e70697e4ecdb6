#pragma once

#include <span>
#include <string_view>

namespace mibun::server {

// What the log says of a route: the operation's name, or why it is none.
struct RouteInLog {
  std::string_view method, pattern;
  std::string_view operation;  // "card.issue"; empty: not in the log
  std::string_view reason;     // why not; empty with an operation
};

// Every route of every listener that is in the log, and every one that looks as if it should be: all but GET, and
// what staff read. The one list, so that an auditor reads it as a whole.
std::span<const RouteInLog> routes_in_log();

// The operation of a request; empty when it is none. A route that changes something and stands in no row has a name
// too, kUnlistedOperation: it must not go past the log because somebody forgot a line (and a test is red).
std::string_view operation_of(std::string_view method, std::string_view pattern);
inline constexpr std::string_view kUnlistedOperation = "unlisted";

// What the server does of its own accord when its time has come, and that is in the log: the name, and what it is.
struct TimedName {
  std::string_view name;  // "case.expire"
  std::string_view what;
};
std::span<const TimedName> timed_operations();

}  // namespace mibun::server
