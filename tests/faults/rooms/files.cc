#include "platform/files/files.h"

#include "tests/faults/rooms/room.h"

// A file that is replaced again and again, and files that are made once.
namespace mibun::faults {
namespace {

constexpr int kVersions = 5;
constexpr std::size_t kSize = 9000;

Bytes version(int number) {
  return Bytes(kSize, static_cast<std::uint8_t>('a' + number));
}
std::string replaced(const std::string& directory) {
  return directory + "/replaced";
}
std::string made(const std::string& directory, int number) {
  return directory + "/made-" + std::to_string(number);
}
std::string deed(const char* what, int number) {
  return what + std::to_string(number);
}

void work(const std::string& directory) {
  for (int number = 1; number <= kVersions; ++number) {
    attempt(deed("replace-", number), [&] { return files::write_file_atomic(replaced(directory), version(number)); });
    attempt(deed("make-", number), [&] { return files::write_new_file(made(directory, number), version(number)); });
    if (number == 3) attempt("erase-1", [&] { return files::erase_file(made(directory, 1)); });
  }
}

std::string judge_replaced(const std::string& directory, const Said& said) {
  int newest = 0, last = 0;
  for (int number = 1; number <= kVersions; ++number) {
    if (said.has(deed("replace-", number))) newest = number;
  }
  const auto content = files::read_file(replaced(directory), kSize);
  if (!content) return newest == 0 && content.error().code == ErrorCode::not_found ? "" : "the replaced file is gone";
  for (int number = 1; number <= kVersions; ++number) {
    if (*content == version(number)) last = number;
  }
  if (last == 0) return "the replaced file is half written";
  if (last < newest) return "the replaced file went back";
  return said.may_be(deed("replace-", last)) ? "" : "the replaced file has what was never written";
}

std::string judge_made(const std::string& directory, const Said& said, int number) {
  const auto content = files::read_file(made(directory, number), kSize);
  const bool erasing = number == 1 && said.may_be("erase-1");
  if (!content) return said.has(deed("make-", number)) && !erasing ? "a file that was made is gone" : "";
  if (number == 1 && said.has("erase-1")) return "an erased file is there";
  if (!said.may_be(deed("make-", number))) return "a file that was never made is there";
  return *content == version(number) || erasing ? "" : "a file that was made is half written";
}

std::string what_is_wrong(const std::string& directory, const Said& said) {
  std::string wrong = judge_replaced(directory, said);
  for (int number = 1; number <= kVersions && wrong.empty(); ++number) wrong = judge_made(directory, said, number);
  if (wrong.empty() && !files::write_file_atomic(replaced(directory), version(0))) wrong = "takes nothing any more";
  return wrong;
}

}  // namespace

extern const Room files_room{"files", work, what_is_wrong};

}  // namespace mibun::faults
