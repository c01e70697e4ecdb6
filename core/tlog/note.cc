#include "core/tlog/note.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/utf8.h"

namespace mibun::tlog {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // U+2014 and a space

std::unexpected<Error> malformed(const char* where, const char* why) {
  return fail(ErrorCode::signature_malformed, where, why);
}

// White_Space of the Unicode Character Database beyond ASCII, in UTF-8.
constexpr std::array<std::string_view, 19> kSpaces = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

bool is_clean(std::string_view text) {
  return utf8::is_valid(text) && std::ranges::none_of(text, [](char c) { return c != '\n' && is_control(c); });
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > kKeyNameBytesMax || !utf8::is_valid(name)) return false;
  if (std::ranges::any_of(name, [](char c) { return is_control(c) || c == ' ' || c == '+'; })) return false;
  return std::ranges::none_of(kSpaces, [&](std::string_view space) { return name.contains(space); });
}

std::string NoteSignature::line() const {
  Bytes bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(key_id >> shift));
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return std::string(kDash) + name + " " + base64::encode(bytes) + "\n";
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) return malformed("signature line", "does not begin with a dash and a space");
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return malformed("signature line", "no signature");
  const std::string_view name = line.substr(0, space);
  if (!is_key_name(name)) return malformed("signature line", "no name of a key");
  const auto bytes = base64::decode(line.substr(space + 1));
  if (!bytes) return malformed("signature line", "not base64");
  if (bytes->size() < 5) return malformed("signature line", "too short");
  NoteSignature out{std::string(name), 0, Bytes(bytes->begin() + 4, bytes->end())};
  for (int i = 0; i < 4; ++i) out.key_id = out.key_id << 8 | (*bytes)[static_cast<std::size_t>(i)];
  return out;
}

Note::Note(std::string text, std::vector<NoteSignature> signatures)
    : text_(std::move(text)), signatures_(std::move(signatures)) {}

Result<Note> Note::make(std::string text, std::vector<NoteSignature> signatures) {
  if (text.empty() || text.back() != '\n') return malformed("text", "does not end with a newline");
  if (!is_clean(text)) return malformed("text", "not UTF-8, or a control character");
  if (signatures.empty()) return malformed("signatures", "none");
  if (signatures.size() > kNoteSignaturesMax) return malformed("signatures", "too many");
  Note note(std::move(text), std::move(signatures));
  if (note.encode().size() > kNoteBytesMax) return malformed("note", "too large");
  return note;
}

Result<Note> Note::parse(std::string_view note) {
  if (note.size() > kNoteBytesMax) return malformed("note", "too large");
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return malformed("note", "no blank line");
  std::vector<NoteSignature> signatures;
  std::string_view lines = note.substr(blank + 2);
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) return malformed("note", "does not end with a newline");
    if (signatures.size() == kNoteSignaturesMax) return malformed("signatures", "too many");
    MIBUN_TRY(NoteSignature signature, parse_signature_line(lines.substr(0, end)));
    signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return make(std::string(note.substr(0, blank + 1)), std::move(signatures));
}

std::string Note::encode() const {
  std::string out = text_ + "\n";
  for (const NoteSignature& signature : signatures_) out += signature.line();
  return out;
}

}  // namespace mibun::tlog
