#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// JSON log lines, JST times (promise WP-12), no personal data: there is no free text, only an event name from code and
// named fields that the caller knows to be free of personal data. spdlog stays in log.cc.
namespace mibun::log {

enum class Level { debug, info, warning, error };

using FieldValue = std::variant<std::string_view, std::int64_t, bool>;
struct Field {
  std::string_view name;
  FieldValue value;
};

// Appends to the file (made 0600), or to stderr when `path` is empty or cannot be opened; the latter says so in a line.
// Call once at start; before it, lines go nowhere. A line is handed to the system when write() returns. From any
// thread.
void open(const std::string& path, Level minimum);
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
void flush();

// What every line from now on says of the clock that dates it: a member "clock_status"; empty: nothing, for a clock
// that is right (promise WP-12b). `constant`: a literal. From any thread.
void set_clock_status(const char* constant);
std::string_view clock_status();

inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

}  // namespace mibun::log
