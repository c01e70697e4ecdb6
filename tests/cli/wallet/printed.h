#pragma once

#include <iostream>
#include <sstream>
#include <string>

// What is printed until the end of the scope.
class Printed {
 public:
  Printed() : old_(std::cout.rdbuf(text_.rdbuf())) {}
  ~Printed() { std::cout.rdbuf(old_); }
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* old_;
};
