#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::status_list {

// A list that claims to be larger than this once inflated is refused (zip bomb).
inline constexpr std::size_t kInflatedBytesMax = std::size_t{4} * 1024 * 1024;

// What a value means: Token Status List, section 7.1. Other values are defined by applications; none is valid for us.
inline constexpr std::uint8_t kValid = 0;
inline constexpr std::uint8_t kInvalid = 1;
inline constexpr std::uint8_t kSuspended = 2;

// The packed statuses of up to millions of credentials: Token Status List, section 4.
//   {"bits": 1 | 2 | 4 | 8, "lst": base64url(zlib(bytes))}   the least significant bits of each byte come first
class StatusList {
 public:
  // `entries` statuses, all valid, rounded up to a whole byte.
  // Errors: status_list_bits_not_allowed, status_list_malformed (none, or more than kInflatedBytesMax bytes).
  static Result<StatusList> make(unsigned bits, std::uint64_t entries);
  // The bytes as a store keeps them. Errors: as make.
  static Result<StatusList> from_bytes(unsigned bits, Bytes bytes);
  // Unknown members are ignored ("aggregation_uri").
  // Errors: status_list_bits_not_allowed, status_list_malformed, json_*, base64url_*, zlib_malformed, zlib_too_large.
  static Result<StatusList> parse(const json::Object& status_list);

  unsigned bits() const { return bits_; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(bytes_.size()) * 8 / bits_; }
  const Bytes& bytes() const { return bytes_; }

  // Errors: status_list_index_out_of_range.
  Result<std::uint8_t> get(std::uint64_t index) const;
  // Errors: status_list_index_out_of_range, invalid_argument (the value needs more bits).
  Status set(std::uint64_t index, std::uint8_t value);

  json::Object to_json() const;

 private:
  StatusList(unsigned bits, Bytes bytes) : bits_(bits), bytes_(std::move(bytes)) {}
  unsigned bits_;
  Bytes bytes_;
};

}  // namespace mibun::status_list
