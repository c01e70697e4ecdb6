#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/bytes.h"

// Looks for secrets in any bytes, however they were written down.
namespace mibun::server {

class CanaryScanner {
 public:
  CanaryScanner();
  // 32 random bytes or more, of somebody. It is looked for as it is, in hex, in base64 and base64url at each alignment,
  // and each of these also as UTF-16.
  void add(const std::string& whose, BytesView canary);

  // How often 16 bytes in a row of any of these forms stand there, by whose they are. Overlapping ones count once. From
  // any thread, when nobody adds.
  std::map<std::string, std::size_t> scan(BytesView haystack) const;

  // Every form of somebody's that is looked for, and which of them are found: for a test of the search itself.
  std::vector<std::string> forms_of(const std::string& whose) const;
  std::set<std::string> forms_in(BytesView haystack, const std::string& whose) const;

 private:
  static constexpr std::size_t kBlock = 8, kWindow = 16;
  struct Form {
    std::string whose, text;
  };
  struct Place {
    std::size_t form, at;
  };
  void add_form(const std::string& whose, std::string text);
  static std::uint64_t block_at(const char* bytes);
  static std::size_t filter_bit(const char* bytes);
  std::size_t match_length(BytesView haystack, std::size_t at, const Place& place, std::size_t& begin) const;
  template <class Found>
  void each_hit(BytesView haystack, const Found& found) const;

  std::vector<Form> forms_;
  std::unordered_multimap<std::uint64_t, Place> blocks_;
  std::vector<std::uint64_t> filter_;  // one bit for the first four bytes of each block: most places end here
};

}  // namespace mibun::server
