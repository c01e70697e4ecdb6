#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/cbor.h"
#include "core/codecs/json.h"
#include "core/codecs/zlib.h"

namespace mibun::status_list {

// A list that claims to be larger than this once inflated is refused (zip bomb).
inline constexpr std::size_t kInflatedBytesMax = std::size_t{4} * 1024 * 1024;

// What a value means: Token Status List, section 7.1. Other values are defined by applications; none is valid for us.
inline constexpr std::uint8_t kValid = 0;
inline constexpr std::uint8_t kInvalid = 1;
inline constexpr std::uint8_t kSuspended = 2;

inline constexpr std::size_t kAggregationUriBytesMax = 2048;

// A list as it stands in a token: compressed once, written in both formats, signed again while nothing has changed.
//   JSON {"bits": 1 | 2 | 4 | 8, "lst": base64url(zlib(bytes)), ? "aggregation_uri": tstr}     section 4.2
//   CBOR {"bits": 1 / 2 / 4 / 8, "lst": zlib(bytes),            ? "aggregation_uri": tstr}     section 4.3
struct CompressedStatusList {
  unsigned bits = 1;
  Bytes compressed;
  std::string aggregation_uri;  // left out when empty
  json::Object to_json() const;
  Bytes to_cbor() const;  // deterministic
};

// The packed statuses of up to millions of credentials: Token Status List, section 4.
// The least significant bits of each byte come first.
class StatusList {
 public:
  // `entries` statuses, all valid, rounded up to a whole byte.
  // Errors: status_list_bits_not_allowed, status_list_malformed (none, or more than kInflatedBytesMax bytes).
  static Result<StatusList> make(unsigned bits, std::uint64_t entries);
  // The bytes as a store keeps them. Errors: as make.
  static Result<StatusList> from_bytes(unsigned bits, Bytes bytes);
  // Unknown members are ignored.
  // Errors: status_list_bits_not_allowed, status_list_malformed (also an aggregation_uri that is no https URL), json_*,
  //         base64url_*, zlib_malformed, zlib_too_large.
  static Result<StatusList> parse(const json::Object& status_list);
  // The same from CBOR, any well-formed encoding; reads the item that `reader` stands before. Errors: cbor_* instead.
  static Result<StatusList> read_cbor(cbor::Reader& reader);

  unsigned bits() const { return bits_; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(bytes_.size()) * 8 / bits_; }
  const Bytes& bytes() const { return bytes_; }

  // Errors: status_list_index_out_of_range.
  Result<std::uint8_t> get(std::uint64_t index) const;
  // Errors: status_list_index_out_of_range, invalid_argument (the value needs more bits).
  Status set(std::uint64_t index, std::uint8_t value);

  // Where the issuer lists all its lists (section 9.3), as the parsed list says; empty when it does not.
  const std::string& aggregation_uri() const { return aggregation_uri_; }

  // A million entries with 1 % of them set, measured: best 15 KB in 80 ms, balanced 17 KB in 8 ms, quick 22 KB in 2 ms;
  // best takes seconds for some lists of 8 bits.
  using Effort = zlib::Effort;
  CompressedStatusList compress(Effort effort = Effort::balanced) const;
  json::Object to_json() const { return compress().to_json(); }

 private:
  static Result<StatusList> from_parts(std::int64_t bits, BytesView compressed,
                                       std::optional<std::string_view> aggregation_uri);
  StatusList(unsigned bits, Bytes bytes) : bits_(bits), bytes_(std::move(bytes)) {}
  unsigned bits_;
  Bytes bytes_;
  std::string aggregation_uri_;
};

}  // namespace mibun::status_list
