#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

// What a person types, as this process's standard input until the end of the scope. Prompts go to /dev/null meanwhile.
class TypedLines {
 public:
  explicit TypedLines(std::string_view text) : old_in_(::dup(STDIN_FILENO)), old_err_(::dup(STDERR_FILENO)) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    if (::write(ends[1], text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("write");
    ::close(ends[1]);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    const int quiet = ::open("/dev/null", O_WRONLY);
    ::dup2(quiet, STDERR_FILENO);
    ::close(quiet);
  }
  ~TypedLines() {
    ::dup2(old_in_, STDIN_FILENO);
    ::dup2(old_err_, STDERR_FILENO);
    ::close(old_in_);
    ::close(old_err_);
  }
  TypedLines(const TypedLines&) = delete;
  TypedLines& operator=(const TypedLines&) = delete;

 private:
  int old_in_, old_err_;
};
