#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::cbor {

enum class Major : std::uint8_t {
  unsigned_integer,
  negative_integer,
  byte_string,
  text_string,
  array,
  map,
  tag,
  simple
};

struct Limits {
  std::size_t depth_max = 16;
  std::size_t items_max = 20'000;
};

// Zero-copy reader over one buffer (RFC 8949). This reader takes definite lengths and the shortest form only
// (WebAuthn's CTAP2 canonical form, our own messages); duplicate map keys are refused by read_map/skip_checked. A view
// returned points into the buffer given. Errors: cbor_malformed, cbor_truncated, cbor_too_deep, cbor_too_many_items,
// cbor_not_shortest, cbor_indefinite_length,
//         cbor_wrong_type, cbor_duplicate_key, cbor_trailing_bytes, utf8_malformed.
class Reader {
 public:
  explicit Reader(BytesView input, Limits limits = {}) : input_(input), limits_(limits) {}

  bool at_end() const { return position_ == input_.size(); }
  std::size_t position() const { return position_; }
  Result<Major> peek() const;

  Result<std::uint64_t> read_unsigned();
  Result<std::int64_t> read_integer();  // unsigned or negative; out of int64 is cbor_malformed
  Result<BytesView> read_bytes();
  Result<std::string_view> read_text();
  Result<bool> read_bool();
  Result<std::uint64_t> read_array();  // the number of elements that follow
  Result<std::uint64_t> read_map();    // the number of pairs that follow
  Result<std::uint64_t> read_tag();
  Status read_null();

  // Skips one whole item, iteratively, checking well-formedness, depth and duplicate keys; returns its bytes.
  Result<BytesView> skip();
  // cbor_trailing_bytes unless everything was read.
  Status finish() const;

 private:
  struct Head {
    Major major;
    std::uint8_t info;
    std::uint64_t argument;
  };
  Result<Head> read_head();
  Result<Head> expect(Major major);
  BytesView input_;
  Limits limits_;
  std::size_t position_ = 0;
  std::size_t items_ = 0;
  std::size_t checked_until_ = 0;  // up to here a map was looked over as a whole, and its items were counted
};

// Whole-item check: one well-formed item, nothing after it.
Status check_well_formed(BytesView input, Limits limits = {});

// Writes the deterministic encoding (RFC 8949, section 4.2): shortest heads, definite lengths. The caller writes map
// keys in bytewise order of their encodings; `finish_map_sorted` does it for pairs encoded beforehand.
class Writer {
 public:
  Writer& unsigned_integer(std::uint64_t value);
  Writer& integer(std::int64_t value);
  Writer& bytes(BytesView value);
  Writer& text(std::string_view value);
  Writer& boolean(bool value);
  Writer& null();
  Writer& array(std::uint64_t count);
  Writer& map(std::uint64_t count);
  Writer& tag(std::uint64_t number);
  Writer& raw(BytesView encoded_item);
  // Each pair is {encoded key, encoded value}; written sorted by key.
  Writer& sorted_map(std::vector<std::pair<Bytes, Bytes>> pairs);

  const Bytes& view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  void head(Major major, std::uint64_t argument);
  Bytes out_;
};

}  // namespace mibun::cbor
