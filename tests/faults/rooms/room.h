#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Rooms of platform that promise that what they acknowledged is on the disk. Each is used by a child whose disk loses
// power or fails, and looked at by the parent afterwards.
namespace mibun::faults {

// What the child said: what it tried, in its order, and what of it was acknowledged or refused.
struct Said {
  std::vector<std::string> tried;
  std::set<std::string> done, refused;
  bool has(std::string_view deed) const { return done.contains(std::string(deed)); }
  // Neither acknowledged nor refused: cut off. Then either may be true.
  bool open(std::string_view deed) const;
  // Anything that did not end well may be there or not; what was never tried may not.
  bool may_be(std::string_view deed) const;
};
Said read_said(std::string_view output);

// In the child. `deed` is one word.
void say(std::string_view what, std::string_view deed);

struct Room {
  std::string_view name;
  void (*work)(const std::string& directory);
  // Opens what is left. Empty: all that was acknowledged is there, nothing is half done, and the room works again.
  std::string (*what_is_wrong)(const std::string& directory, const Said& said);
};

extern const Room database_room, files_room, keyd_room, log_tree_room, signing_keys_room;
std::span<const Room* const> rooms();
const Room* find_room(std::string_view name);

// Says "tried", does it, and says how it ended. Whether it went well.
template <class Deed>
bool attempt(std::string_view name, Deed&& deed) {
  say("tried", name);
  const bool done = deed().has_value();
  say(done ? "done" : "refused", name);
  return done;
}

}  // namespace mibun::faults
