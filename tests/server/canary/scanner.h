#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/bytes.h"

// Looks for secrets in any bytes, however they were written down.
namespace mibun::server {

class CanaryScanner {
 public:
  // 32 random bytes or more, of somebody. It is looked for as it is, in hex, in base64 and base64url at each alignment,
  // and each of these also as UTF-16.
  void add(const std::string& whose, BytesView canary);

  // How often 16 bytes in a row of any of these forms stand there, by whose they are. Overlapping ones count once.
  std::map<std::string, std::size_t> scan(BytesView haystack) const;

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
  std::size_t match_length(BytesView haystack, std::size_t at, const Place& place, std::size_t& begin) const;

  std::vector<Form> forms_;
  std::unordered_multimap<std::uint64_t, Place> blocks_;
  std::bitset<65536> beginnings_;  // the first two bytes of any block
};

}  // namespace mibun::server
