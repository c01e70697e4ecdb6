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

// In its one form. Errors: request_malformed.
Result<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return malformed("a size that is no number");
  if (text.size() > 1 && text.front() == '0') return malformed("zeros ahead of a size");
  return number;
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
  MIBUN_TRY(out.old_size, parse_number(line.substr(4)));
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

Result<std::vector<NoteSignature>> parse_cosignatures(std::string_view body) {
  std::vector<NoteSignature> lines;
  std::string_view line;
  if (body.size() > kNoteBytesMax) return fail(ErrorCode::signature_malformed, "cosignatures", "too large");
  while (!body.empty()) {
    if (lines.size() == kNoteSignaturesMax || !take_line(body, line)) {
      return fail(ErrorCode::signature_malformed, "cosignatures", "too many, or a line that does not end");
    }
    MIBUN_TRY(NoteSignature one, parse_signature_line(line));
    lines.push_back(std::move(one));
  }
  if (lines.empty()) return fail(ErrorCode::signature_malformed, "cosignatures", "none");
  return lines;
}

Result<std::uint64_t> parse_size_line(std::string_view body) {
  std::string_view line;
  if (!take_line(body, line) || !body.empty()) return malformed("not one line");
  return parse_number(line);
}

}  // namespace mibun::tlog
