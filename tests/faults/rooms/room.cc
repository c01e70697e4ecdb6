#include "tests/faults/rooms/room.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace mibun::faults {

bool Said::open(std::string_view deed) const {
  const std::string name(deed);
  return std::ranges::find(tried, name) != tried.end() && !done.contains(name) && !refused.contains(name);
}

bool Said::may_be(std::string_view deed) const {
  return std::ranges::find(tried, std::string(deed)) != tried.end();
}

Said read_said(std::string_view output) {
  Said said;
  while (!output.empty()) {
    const std::size_t end = output.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(end + 1);
    const std::size_t space = line.find(' ');
    const std::string deed(line.substr(space + 1));
    if (line.starts_with("tried ")) said.tried.push_back(deed);
    if (line.starts_with("done ")) said.done.insert(deed);
    if (line.starts_with("refused ")) said.refused.insert(deed);
  }
  return said;
}

void say(std::string_view what, std::string_view deed) {
  const std::string line = std::string(what) + " " + std::string(deed) + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(3);
}

std::span<const Room* const> rooms() {
  static constexpr std::array kAll = {&database_room, &files_room, &keyd_room, &log_tree_room, &signing_keys_room};
  return kAll;
}

const Room* find_room(std::string_view name) {
  const auto found = std::ranges::find_if(rooms(), [&](const Room* room) { return room->name == name; });
  return found == rooms().end() ? nullptr : *found;
}

}  // namespace mibun::faults
