#include "core/tlog/add_checkpoint.h"

#include <algorithm>
#include <charconv>

#include "core/codecs/base64url.h"

namespace mibun::tlog {
namespace {

std::unexpected<Error> malformed(const char* why) {
  return fail(ErrorCode::request_malformed, "add-checkpoint", why);
}

bool take_line(std::string_view& text, std::string_view& line) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string AddCheckpoint::encode() const {
  std::string out = "old " + std::to_string(old_size) + "\n";
  for (const Hash& hash : proof) out += base64::encode(hash) + "\n";
  return out + "\n" + note;
}

Result<AddCheckpoint> AddCheckpoint::parse(std::string_view body) {
  if (body.size() > kAddCheckpointBytesMax) return malformed("too large");
  AddCheckpoint out;
  std::string_view line;
  if (!take_line(body, line) || !line.starts_with("old ")) return malformed("no old size");
  line.remove_prefix(4);
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out.old_size);
  if (error != std::errc() || end != line.data() + line.size()) return malformed("the old size is no number");
  if (line.size() > 1 && line.front() == '0') return malformed("zeros ahead of the old size");
  for (;;) {
    if (!take_line(body, line)) return malformed("no blank line");
    if (line.empty()) break;
    if (out.proof.size() == kProofHashesMax) return malformed("more than 63 hashes");
    const auto bytes = base64::decode(line);
    Hash hash{};
    if (!bytes || bytes->size() != hash.size()) return malformed("a line that is no hash");
    std::ranges::copy(*bytes, hash.begin());
    out.proof.push_back(hash);
  }
  out.note = body;
  return out;
}

}  // namespace mibun::tlog
