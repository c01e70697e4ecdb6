#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

// Texts with signatures below: C2SP signed-note.
namespace mibun::tlog {

inline constexpr std::size_t kNoteBytesMax = 128 * 1024;  // sixteen post-quantum signatures fit
inline constexpr std::size_t kNoteSignaturesMax = 100;
inline constexpr std::size_t kKeyNameBytesMax = 255;

// One line below the text: "— <name> base64(key id || signature)".
struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes signature;  // what follows the key id; at least one byte

  std::string line() const;  // with its newline
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

// What a key may be called: UTF-8, not empty, no space of Unicode, no plus, no control character.
bool is_key_name(std::string_view name);

// A text, a blank line, signatures. Nothing is verified: see VerifierKey.
class Note {
 public:
  // Strict: UTF-8 without control characters, every line as it has to be, at least one signature, base64 in its one
  // form. What parses is written again as the same bytes. Errors: signature_malformed.
  static Result<Note> parse(std::string_view note);
  // `text` is not empty, ends with a newline and has no control character. Errors: signature_malformed.
  static Result<Note> make(std::string text, std::vector<NoteSignature> signatures);

  const std::string& text() const { return text_; }  // with its last newline
  const std::vector<NoteSignature>& signatures() const { return signatures_; }
  std::string encode() const;

 private:
  Note(std::string text, std::vector<NoteSignature> signatures);
  std::string text_;
  std::vector<NoteSignature> signatures_;
};

// One signature line. Errors: signature_malformed.
Result<NoteSignature> parse_signature_line(std::string_view line_without_newline);

}  // namespace mibun::tlog
