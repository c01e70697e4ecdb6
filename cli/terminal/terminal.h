#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::cli {

enum class Language { english, japanese };

// From LC_ALL, LC_MESSAGES, LANG in this order: "ja..." is Japanese, everything else English.
Language language_from_environment();

// One sentence in both languages; there is no text on a terminal that exists in one only.
struct Text {
  std::string_view en;
  std::string_view ja;
};

// Exit codes, documented in README.md.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;  // refused or failed; a sentence said why
inline constexpr int kExitUsage = 2;    // wrong arguments
inline constexpr int kExitPortTaken = 3;
inline constexpr int kExitAlreadyRunning = 4;
inline constexpr int kExitWrongRegion = 6;    // records of Japan configured to lie elsewhere
inline constexpr int kExitStorageFailed = 5;  // the disk failed under a server: start it again

// "y", "Y", "yes" or "はい"; anything else is no yes.
bool is_yes(std::string_view answer);

// What a command prints to and reads from. Output goes to stdout, errors and prompts to stderr.
class Terminal {
 public:
  explicit Terminal(Language language);

  Language language() const { return language_; }
  void set_language(Language language) { language_ = language; }
  std::string_view say(const Text& text) const { return language_ == Language::japanese ? text.ja : text.en; }

  // Colours and cursor movement only when stdout is a terminal and NO_COLOR is not set.
  bool is_colourful() const { return colourful_; }
  std::string bold(std::string_view text) const;
  std::string dim(std::string_view text) const;
  std::string good(std::string_view text) const;  // green
  std::string bad(std::string_view text) const;   // red

  void line(std::string_view text = {}) const;
  void line(const Text& text) const { line(say(text)); }
  void error_line(std::string_view text) const;

  // From the terminal without echo, or one line of stdin when stdin is no terminal. Errors: cancelled (end of input).
  Result<SecretBytes> ask_secret(const Text& prompt) const;
  // One line, seen while it is typed; nullopt: the input has ended, nobody answers.
  std::optional<std::string> ask_line(const Text& prompt) const;
  // is_yes() of the next line; end of input is no.
  bool ask_yes(const Text& prompt) const;

  // "error: <sentence> (code)" in the person's language, with what to do next; returns kExitRefused.
  int report(const Error& error) const;

 private:
  Language language_;
  bool colourful_;
};

// The sentence for an error code on a terminal: cause and what to do.
Text sentence_for(ErrorCode code);

}  // namespace mibun::cli
