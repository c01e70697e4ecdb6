#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

// CBOR (RFC 8949): a reader over one buffer and a deterministic writer.
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

// Which encodings of a value a reader takes. What is refused in every form: duplicate keys (compared by value), text
// that is not UTF-8, reserved heads, two-byte simple values below 32, stray breaks, trailing bytes.
enum class Form : std::uint8_t {
  well_formed,    // section 5: also longer heads than needed and indefinite lengths, as mdoc allows
  deterministic,  // shortest heads, shortest floats, definite lengths: WebAuthn, our own messages
  sorted,         // section 4.2.1 whole: deterministic, and map keys in bytewise order of their encodings
};

inline constexpr std::size_t kDepthMax = 16;  // no Limits may ask for more

struct Limits {
  std::size_t depth_max = 16;  // arrays, maps and tags inside each other; at most kDepthMax
  std::size_t items_max = 20'000;
  std::size_t bytes_max = std::size_t{8} * 1024 * 1024;  // of the input
};

// Where strings that arrived in chunks (indefinite length) are joined. Views stay good as long as the store.
class ChunkStore {
 public:
  ChunkStore() = default;
  ChunkStore(ChunkStore&&) = default;
  ChunkStore& operator=(ChunkStore&&) = default;

  Bytes& add() { return joined_.emplace_back(); }
  // Views into `other` stay good as long as this store.
  void take(ChunkStore&& other) { joined_.splice(joined_.end(), other.joined_); }

 private:
  std::list<Bytes> joined_;
};

// What is still to be read of an array or a map; see Reader::next.
class Items {
 public:
  // Elements or pairs that follow; 0 where the length is indefinite. For reserving, not for trusting.
  std::uint64_t announced() const { return left_; }

 private:
  friend class Reader;
  std::uint64_t left_ = 0;
  bool indefinite_ = false;
};

// Tag 24 (section 3.4.5.1): CBOR in a byte string. What is inside `content` has not been looked at.
struct Embedded {
  BytesView item;     // tag, head and content as they arrived: what mdoc digests cover
  BytesView content;  // the encoded item inside
};

// Zero-copy reader. Views point into the buffer given, except strings that came in chunks: those are joined into the
// ChunkStore, and are cbor_indefinite_length without one.
//
//   MIBUN_TRY(cbor::Items pairs, reader.enter_map());
//   while (reader.next(pairs)) {
//     MIBUN_TRY(const std::string_view key, reader.read_text());
//     MIBUN_TRY(const BytesView value, reader.skip());
//   }
//
// Entering a container looks it over as a whole, once: after that its budget, its keys and its heads at any depth are
// known to be good. Nothing allocates or loops on the word of a length.
// Errors of every read: cbor_malformed, cbor_truncated, cbor_too_deep, cbor_too_many_items, cbor_too_large,
//   cbor_not_shortest, cbor_indefinite_length, cbor_unsorted_keys, cbor_duplicate_key, cbor_wrong_type (the reader then
//   stays where it was), utf8_malformed.
class Reader {
 public:
  explicit Reader(BytesView input, Limits limits = {}) : Reader(input, Form::deterministic, limits) {}
  Reader(BytesView input, Form form, Limits limits = {}, ChunkStore* chunks = nullptr);

  bool at_end() const { return position_ == input_.size(); }
  std::size_t position() const { return position_; }
  // The bytes read since position() was `begin`: an item's range as it arrived.
  BytesView since(std::size_t begin) const { return input_.subspan(begin, position_ - begin); }
  Result<Major> peek() const;
  bool next_is(Major major) const {
    return position_ < input_.size() && input_[position_] >> 5 == static_cast<int>(major);
  }
  bool next_is_null() const { return position_ < input_.size() && input_[position_] == 0xf6; }

  Result<std::uint64_t> read_unsigned();
  Result<std::int64_t> read_integer();  // unsigned or negative; out of int64 is cbor_malformed
  Result<BytesView> read_bytes();
  Result<std::string_view> read_text();
  Result<bool> read_bool();
  Status read_null();
  Status read_undefined();
  Result<std::uint8_t> read_simple();  // any simple value: 0..23, 32..255
  Result<double> read_float();         // half, single or double

  Result<Items> enter_array();
  Result<Items> enter_map();
  // Whether another element or pair follows; steps over the end of an indefinite container. Between two calls exactly
  // one element, or one key and its value, must be read.
  bool next(Items& items);

  // The number of elements or pairs that follow. For forms and places without indefinite lengths
  // (cbor_indefinite_length).
  Result<std::uint64_t> read_array();
  Result<std::uint64_t> read_map();

  Result<std::uint64_t> read_tag();
  // A text under exactly this tag: tdate (0), full-date (1004). Another tag is cbor_wrong_type.
  Result<std::string_view> read_tagged_text(std::uint64_t tag);
  Result<Embedded> read_embedded();

  // Skips one whole item, iteratively, checking everything that entering it would; returns its bytes.
  Result<BytesView> skip();
  // A reader over the next item alone, which is skipped here. What was looked over is not looked over again.
  Result<Reader> split();
  // cbor_trailing_bytes unless everything was read.
  Status finish() const;

 private:
  struct Head;
  Result<Head> read_head();
  Result<Head> expect(Major major);
  bool take_checked(Major major, Head& head);
  Result<Items> enter(Major major);
  Result<BytesView> read_string(Major major);
  Status look_over();
  bool is_checked() const { return position_ < checked_until_; }
  std::size_t tags_before() const { return position_ == behind_tags_ ? tags_ : 0; }
  BytesView input_;
  Limits limits_;
  Form form_;
  ChunkStore* chunks_;
  std::size_t position_ = 0;
  std::size_t items_ = 0;
  std::size_t checked_until_ = 0;  // up to here everything was looked over, and its items were counted
  // Tags read one after another before anything was looked over: what stands at `behind_tags_` is so much deeper.
  std::size_t tags_ = 0, behind_tags_ = 0;
};

// Whole-item check: one item of this form, nothing after it.
Status check_well_formed(BytesView input, Form form, Limits limits = {});
inline Status check_well_formed(BytesView input, Limits limits = {}) {
  return check_well_formed(input, Form::deterministic, limits);
}

// Writes the deterministic encoding (RFC 8949, section 4.2.1): shortest heads and floats, definite lengths. The caller
// writes map keys in bytewise order of their encodings; `sorted_map` does it for pairs encoded beforehand.
class Writer {
 public:
  Writer& unsigned_integer(std::uint64_t value);
  Writer& integer(std::int64_t value);
  Writer& bytes(BytesView value);
  Writer& text(std::string_view value);
  Writer& boolean(bool value);
  Writer& null();
  Writer& undefined();
  Writer& floating(double value);  // every NaN becomes the one half NaN
  Writer& array(std::uint64_t count);
  Writer& map(std::uint64_t count);
  Writer& tag(std::uint64_t number);
  Writer& embedded(BytesView encoded_item);  // tag 24 around it
  Writer& raw(BytesView encoded_item);
  // Each pair is {encoded key, encoded value}; written sorted by key. A key twice is our own bug.
  Writer& sorted_map(std::vector<std::pair<Bytes, Bytes>> pairs);

  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  void clear() { out_.clear(); }  // the room stays
  const Bytes& view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  void head(Major major, std::uint64_t argument);
  void big_endian(std::uint64_t value, unsigned size);
  Bytes out_;
};

}  // namespace mibun::cbor
