#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::cli {

// Looks for a person's values in every byte of every file of a folder, as plain text, base64 and base64url (at each of
// the three alignments), hex in both cases, and UTF-16 in both byte orders (promise WP-03b).
class ValueSearch {
 public:
  explicit ValueSearch(const std::vector<std::string>& values);

  struct Report {
    std::size_t files = 0, bytes = 0, patterns = 0;
    std::vector<std::string> hits;  // "file: encoding", never the value
  };
  // Errors: io_error (a file could not be read: then nothing is proved).
  Result<Report> folder(const std::string& directory) const;
  // How many of the encodings of `value` it finds in bytes that hold it in each: the control that shows it can find.
  std::size_t control(const std::string& value) const;
  std::size_t encodings() const;

 private:
  struct Pattern {
    std::string encoding;
    Bytes bytes;
  };
  static std::vector<Pattern> patterns_of(const std::string& value);
  std::vector<Pattern> patterns_;
};

}  // namespace mibun::cli
