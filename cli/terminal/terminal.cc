#include "cli/terminal/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace mibun::cli {
namespace {

std::string wrap(bool colourful, std::string_view code, std::string_view text) {
  if (!colourful) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

// Reads one line byte by byte, so that the rest of a pipe stays for the next question and no copy lingers in a buffer.
std::optional<SecretBytes> read_line() {
  constexpr std::size_t kLineBytesMax = 4096;
  SecretBytes buffer(kLineBytesMax);
  std::size_t used = 0;
  bool any = false;
  for (;;) {
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got <= 0) break;
    any = true;
    if (c == '\n' || used == kLineBytesMax) break;
    if (c != '\r') buffer.reveal_mutable()[used++] = static_cast<std::uint8_t>(c);
  }
  if (!any) return std::nullopt;
  return SecretBytes::copy_of(buffer.reveal().first(used));
}

class EchoOff {
 public:
  EchoOff() {
    active_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!active_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~EchoOff() {
    if (!active_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputc('\n', stderr);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  termios before_{};
  bool active_ = false;
};

}  // namespace

Language language_from_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view(value).starts_with("ja") ? Language::japanese : Language::english;
  }
  return Language::english;
}

bool is_yes(std::string_view answer) {
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "はい";
}

Terminal::Terminal(Language language)
    : language_(language), colourful_(::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {}

std::string Terminal::bold(std::string_view text) const {
  return wrap(colourful_, "1", text);
}
std::string Terminal::dim(std::string_view text) const {
  return wrap(colourful_, "2", text);
}
std::string Terminal::good(std::string_view text) const {
  return wrap(colourful_, "32", text);
}
std::string Terminal::bad(std::string_view text) const {
  return wrap(colourful_, "31", text);
}

void Terminal::line(std::string_view text) const {
  std::cout << text << '\n';
  std::cout.flush();
}

void Terminal::error_line(std::string_view text) const {
  std::cerr << text << '\n';
}

Result<SecretBytes> Terminal::ask_secret(const Text& prompt) const {
  std::cerr << say(prompt) << ' ' << std::flush;
  const EchoOff quiet;
  auto line = read_line();
  if (!line) return fail(ErrorCode::cancelled, "stdin", "no more input");
  return std::move(*line);
}

std::optional<std::string> Terminal::ask_line(const Text& prompt) const {
  std::cerr << say(prompt) << ' ' << std::flush;
  const auto line = read_line();
  if (!line) return std::nullopt;
  return std::string(as_text(line->reveal()));
}

bool Terminal::ask_yes(const Text& prompt) const {
  const auto answer = ask_line(prompt);
  return answer && is_yes(*answer);
}

int Terminal::report(const Error& error) const {
  const Text sentence = sentence_for(error.code);
  std::string text(say(sentence));
  text += " (" + std::string(to_string(error.code));
  if (!error.where.empty()) text += ", " + error.where;
  text += ")";
  error_line(bad(say({"error: ", "エラー: "})) + text);
  if (!error.detail.empty()) error_line("  " + dim(error.detail));
  error_line("  " + dim(std::string(say({"More: ", "詳しく: "})) + "mibun help " + std::string(to_string(error.code))));
  return kExitRefused;
}

}  // namespace mibun::cli
