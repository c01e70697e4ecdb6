#include "server/clock/memory.h"

#include <charconv>

#include "platform/files/files.h"

namespace mibun::server {
namespace {

constexpr std::string_view kMagic = "mibun clock 1 ";
constexpr std::size_t kFileBytesMax = 64;

std::string line_of(Instant moment) {
  return std::string(kMagic) + std::to_string(moment.unix_milliseconds()) + "\n";
}

}  // namespace

Result<std::optional<Instant>> RememberedMoment::read() const {
  auto file = files::read_file(path_, kFileBytesMax);
  if (!file && file.error().code == ErrorCode::not_found) return std::optional<Instant>();
  if (!file) return pass_error(file);
  const std::string_view text = as_text(*file);
  std::int64_t milliseconds = 0;
  if (text.starts_with(kMagic)) {
    std::from_chars(text.data() + kMagic.size(), text.data() + text.size(), milliseconds);
  }
  const Instant moment = Instant::from_unix_milliseconds(milliseconds);
  if (text != line_of(moment)) return fail(ErrorCode::io_error, path_, "not what this server wrote");
  return std::optional(moment);
}

Status RememberedMoment::write(Instant moment) const {
  return files::write_file_atomic(path_, as_bytes(line_of(moment)));
}

}  // namespace mibun::server
