#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/server/canary/scanner.h"

namespace mibun::server {

// What one look at one place found.
struct Searched {
  std::string what;        // "data, after the deletion"
  std::size_t places = 0;  // files, or mapped pieces of memory
  std::uint64_t bytes = 0;
  std::uint64_t missing = 0;  // bytes of memory that were gone when it was their turn
  using Hits = std::map<std::string, std::size_t>;
  Hits erased, living;  // by place: "mibun.db-wal"
  std::set<std::string> whose;

  // "mibun.db-wal x2; ", empty when there is nothing.
  static std::string in_words(const Hits& hits);
};

// Looks with one scanner at many places and keeps the list of what was looked at. Whose name begins with "erased" is
// counted as erased, everybody else as living.
class Search {
 public:
  explicit Search(const CanaryScanner& scanner) : scanner_(scanner) {}

  Searched files(const std::string& what, const std::string& folder);
  Searched memory(const std::string& what, pid_t process);
  // Without a hit of anybody.
  static bool is_clean(const Searched& searched) { return searched.erased.empty() && searched.living.empty(); }

  // A line for each `what`: how many places and bytes, how many hits.
  std::string table() const;

 private:
  void note(const Searched& searched);
  void count(Searched& searched, const std::string& place, BytesView content);

  const CanaryScanner& scanner_;
  std::mutex mutex_;
  std::vector<Searched> looks_;
};

// Who is found in the program and the libraries of this process: by chance, since nobody's values are there. (The hex
// digits of four letters in UTF-16 are 16 bytes, and tables of numbers read like that.)
std::set<std::string> in_own_files(const CanaryScanner& scanner);

}  // namespace mibun::server
