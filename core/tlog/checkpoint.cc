#include "core/tlog/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/utf8.h"

namespace mibun::tlog {
namespace {

std::unexpected<Error> malformed(const char* why) {
  return fail(ErrorCode::signature_malformed, "checkpoint", why);
}

bool take_line(std::string_view& text, std::string_view& line) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || end == 0) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) return malformed("the size is no number");
  if (text.size() > 1 && text.front() == '0') return malformed("zeros ahead of the size");
  if (size > kTreeSizeMax) return malformed("no tree is so large");
  return size;
}

bool is_text(std::string_view text) {
  return utf8::is_valid(text) &&
         std::ranges::none_of(text, [](char c) { return c != '\n' && static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

Checkpoint::Checkpoint(std::string origin, const TreeHead& head, std::vector<std::string> extensions)
    : origin_(std::move(origin)), head_(head), extensions_(std::move(extensions)) {}

Result<Checkpoint> Checkpoint::make(std::string origin, const TreeHead& head) {
  if (!is_key_name(origin)) return fail(ErrorCode::invalid_argument, "origin", "no name of a key");
  return Checkpoint(std::move(origin), head, {});
}

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
  if (!is_text(text)) return malformed("not UTF-8, or a control character");
  std::string_view origin, size_text, root_text, extension;
  if (!take_line(text, origin) || !take_line(text, size_text) || !take_line(text, root_text)) {
    return malformed("fewer than three lines");
  }
  TreeHead head;
  MIBUN_TRY(head.size, parse_size(size_text));
  const auto root = base64::decode(root_text);
  if (!root || root->size() != head.root.size()) return malformed("the root is not 32 bytes in base64");
  std::ranges::copy(*root, head.root.begin());
  if (head.size == 0 && head.root != empty_root()) return malformed("an empty tree with another root");
  std::vector<std::string> extensions;
  while (!text.empty()) {
    if (!take_line(text, extension)) return malformed("a line that is empty or does not end");
    extensions.emplace_back(extension);
  }
  return Checkpoint(std::string(origin), head, std::move(extensions));
}

std::string Checkpoint::text() const {
  std::string out = origin_ + "\n" + std::to_string(head_.size) + "\n" + base64::encode(head_.root) + "\n";
  for (const std::string& line : extensions_) out += line + "\n";
  return out;
}

SignedCheckpoint::SignedCheckpoint(Note note, Checkpoint checkpoint)
    : note_(std::move(note)), checkpoint_(std::move(checkpoint)) {}

Result<SignedCheckpoint> SignedCheckpoint::open(std::string_view note_text, const VerifierKey& log) {
  MIBUN_TRY(Note note, Note::parse(note_text));
  MIBUN_CHECK(log.verify(note));
  MIBUN_TRY(Checkpoint checkpoint, Checkpoint::parse(note.text()));
  if (checkpoint.origin() != log.name()) {
    return fail(ErrorCode::signature_invalid, "origin", "the checkpoint is another log's");
  }
  return SignedCheckpoint(std::move(note), std::move(checkpoint));
}

Status check_advance(const Checkpoint& remembered, const SignedCheckpoint& next, std::span<const Hash> proof) {
  if (remembered.origin() != next.checkpoint().origin()) {
    return fail(ErrorCode::log_proof_invalid, "origin", "another log");
  }
  if (next.head().size < remembered.head().size) {
    return fail(ErrorCode::log_rollback, "rollback", "smaller than it was");
  }
  if (next.head().size == remembered.head().size && next.head().root != remembered.head().root) {
    return fail(ErrorCode::log_fork, "fork", "of the size that it was, with other content");
  }
  if (remembered.head().size == 0) {  // the beginning of every tree
    if (!proof.empty()) return fail(ErrorCode::log_proof_invalid, "proof", "not empty, where nothing is to prove");
    return {};
  }
  return verify_consistency(remembered.head(), next.head(), proof);
}

}  // namespace mibun::tlog
