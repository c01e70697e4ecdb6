#include "core/codecs/cbor_walk.h"

#include <algorithm>
#include <array>
#include <compare>
#include <cstring>
#include <memory_resource>

#include "core/base/sort.h"
#include "core/codecs/cbor_head.h"
#include "core/codecs/utf8.h"

namespace mibun::cbor::internal {
namespace {

std::strong_ordering compare(BytesView a, BytesView b) {
  if (a[0] != b[0]) return a[0] <=> b[0];  // no key is empty
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order != 0 ? order <=> 0 : a.size() <=> b.size();
}

bool is_string(Major major) {
  return major == Major::byte_string || major == Major::text_string;
}

// Copies the item at `at` into a form that is the same for every encoding of the same value, and steps behind it:
// heads of nine bytes (the argument's low byte first), strings in one piece, floats as doubles, containers closed by a
// break. (Maps inside a key are compared in the order in which their pairs arrived.)
class KeyNormaliser {
 public:
  KeyNormaliser(BytesView input, Bytes& out) : input_(input), out_(out) {}

  void item(std::size_t at) {
    position_ = at;
    do {
      if (input_[position_] == kBreak) {
        ++position_;
        close();
      } else {
        one();
      }
      while (depth_ > 0 && !open_[depth_ - 1].indefinite && open_[depth_ - 1].left == 0) close();
    } while (depth_ > 0);
  }

 private:
  struct Open {
    std::uint64_t left;
    bool indefinite;
  };

  void one() {
    if (depth_ > 0 && !open_[depth_ - 1].indefinite) --open_[depth_ - 1].left;
    const Head head = head_of_checked(input_, position_);
    position_ += head.size;
    if (is_string(head.major)) {
      string(head);
      return;
    }
    const bool is_container = head.major == Major::array || head.major == Major::map;
    const bool is_float = head.major == Major::simple && head.info >= kHalf;
    put(head.major, is_container ? 0 : is_float ? float_bits(head) : head.argument, is_float);
    if (is_container) {
      open_[depth_++] = {head.major == Major::map ? head.argument * 2 : head.argument, head.indefinite()};
    } else if (head.major == Major::tag) {
      open_[depth_++] = {1, false};
    }
  }

  void string(const Head& head) {
    put(head.major, 0, false);  // the length follows
    const std::size_t begin = out_.size();
    const auto copy = [&](std::uint64_t size) {
      const BytesView piece = input_.subspan(position_, static_cast<std::size_t>(size));
      out_.insert(out_.end(), piece.begin(), piece.end());
      position_ += piece.size();
    };
    if (!head.indefinite()) {
      copy(head.argument);
    } else {
      while (input_[position_] != kBreak) {
        const Head chunk = head_of_checked(input_, position_);
        position_ += chunk.size;
        copy(chunk.argument);
      }
      ++position_;
    }
    const std::uint64_t size = out_.size() - begin;
    std::memcpy(&out_[begin - sizeof size], &size, sizeof size);
  }

  void put(Major major, std::uint64_t argument, bool is_float) {
    const std::size_t at = out_.size();
    out_.resize(at + 1 + sizeof argument);
    out_[at] = static_cast<std::uint8_t>(static_cast<unsigned>(major) << 1 | (is_float ? 1U : 0U));
    std::memcpy(&out_[at + 1], &argument, sizeof argument);  // in any order of bytes: only equality is asked
  }

  void close() {
    out_.push_back(kBreak);
    --depth_;
  }

  BytesView input_;
  Bytes& out_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;
  std::array<Open, kDepthMax> open_;  // walk() has kept the depth below
};

// For finding twins any order will do: the first eight bytes decide nearly always.
struct SortKey {
  SortKey(BytesView key) : whole(key) {  // NOLINT(google-explicit-constructor)
    std::memcpy(&head, key.data(), std::min(key.size(), sizeof head));
  }
  std::strong_ordering operator<=>(const SortKey& other) const {
    return head != other.head ? head <=> other.head : compare(whole, other.whole);
  }
  bool operator==(const SortKey& other) const { return (*this <=> other) == 0; }
  std::uint64_t head = 0;
  BytesView whole;
};

bool has_twins(std::span<const BytesView> keys) {
  // For few keys looking at each pair is quicker than sorting: their lengths mostly differ already.
  if (keys.size() <= 16) {
    for (std::size_t i = 1; i < keys.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (keys[i].size() == keys[k].size() && std::memcmp(keys[i].data(), keys[k].data(), keys[i].size()) == 0) {
          return true;
        }
      }
    }
    return false;
  }
  std::vector<SortKey> sorted(keys.begin(), keys.end());
  sort(sorted);
  return std::ranges::adjacent_find(sorted) != sorted.end();
}

// Keys of which some are not in their shortest form: compared by value.
bool has_twins_by_value(BytesView input, std::span<const BytesView> keys) {
  Bytes values;  // of all keys, one behind the other
  std::vector<std::size_t> ends;
  ends.reserve(keys.size());
  for (const BytesView key : keys) {
    KeyNormaliser(input, values).item(static_cast<std::size_t>(key.data() - input.data()));
    ends.push_back(values.size());
  }
  std::vector<BytesView> normal;
  normal.reserve(keys.size());
  for (std::size_t begin = 0; const std::size_t end : ends) {
    normal.push_back(BytesView(values).subspan(begin, end - begin));
    begin = end;
  }
  return has_twins(normal);
}

// One container that the walk is inside of.
struct Frame {
  std::uint64_t left;     // items still to come; for an indefinite one, counts up what has come
  std::size_t key_begin;  // of the pair being read
  std::size_t first_key;  // this map's keys on the key stack
  bool is_map, indefinite;
  bool ascending;      // so far each key was above the one before: then none is there twice
  bool all_canonical;  // so far each key was in its one shortest form
};

class Walk {
 public:
  Walk(BytesView input, std::size_t begin, Form form, const Limits& limits, std::size_t items_before)
      : input_(input), form_(form), limits_(limits), position_(begin), items_(items_before) {
    MIBUN_INVARIANT(limits.depth_max <= kDepthMax);
  }

  Walked run() {
    std::optional<ErrorCode> fault;
    if (input_.size() > limits_.bytes_max) fault = ErrorCode::cbor_too_large;
    if (!fault) {
      do {
        fault = one();
      } while (!fault && depth_ > 0);
    }
    return {fault, fault ? fault_at_ : position_, items_};
  }

 private:
  // One head with its string, or a break, and whatever that completes.
  std::optional<ErrorCode> one() {
    const std::size_t begin = position_;
    fault_at_ = begin;
    Frame* const top = depth_ > 0 ? &frames_[depth_ - 1] : nullptr;
    if (top != nullptr && top->indefinite && begin < input_.size() && input_[begin] == kBreak) {
      if (top->is_map && top->left % 2 != 0) return ErrorCode::cbor_malformed;  // a key without its value
      ++position_;
      return complete();
    }
    if (++items_ > limits_.items_max) return ErrorCode::cbor_too_many_items;
    if (top != nullptr && top->is_map && top->left % 2 == 0) top->key_begin = begin;
    Head head;
    if (const auto fault = decode_head(input_, begin, head)) return fault;
    if (!head.shortest) {
      if (const auto fault = fault_of_form(head, form_)) return fault;
      loose_at_ = begin + 1;
    }
    position_ = begin + head.size;
    switch (head.major) {
      case Major::byte_string:
      case Major::text_string:
        if (const auto fault = string(head)) return fault;
        return item_done();
      case Major::array:
      case Major::map:
      case Major::tag:
        return open(head);
      default:
        return item_done();
    }
  }

  std::optional<ErrorCode> string(const Head& head) {
    if (!head.indefinite()) return chunk(head);
    for (;;) {
      fault_at_ = position_;
      if (position_ < input_.size() && input_[position_] == kBreak) {
        ++position_;
        return std::nullopt;
      }
      if (++items_ > limits_.items_max) return ErrorCode::cbor_too_many_items;
      Head piece;
      if (const auto fault = decode_head(input_, position_, piece)) return fault;
      if (piece.major != head.major || piece.indefinite()) return ErrorCode::cbor_malformed;
      position_ += piece.size;
      if (const auto fault = chunk(piece)) return fault;
    }
  }

  std::optional<ErrorCode> chunk(const Head& head) {
    const BytesView bytes = input_.subspan(position_, static_cast<std::size_t>(head.argument));
    if (head.major == Major::text_string && !utf8::is_valid(as_text(bytes))) return ErrorCode::utf8_malformed;
    position_ += bytes.size();
    return std::nullopt;
  }

  std::optional<ErrorCode> open(const Head& head) {
    if (depth_ == limits_.depth_max) return ErrorCode::cbor_too_deep;
    const bool is_map = head.major == Major::map;
    const std::uint64_t items = head.major == Major::tag ? 1 : is_map ? head.argument * 2 : head.argument;
    frames_[depth_++] = {items, position_, keys_.size(), is_map, head.indefinite(), true, true};
    return items == 0 && !head.indefinite() ? complete() : std::nullopt;
  }

  // The innermost container has everything: check its keys, and it is itself an item of the one around it.
  std::optional<ErrorCode> complete() {
    const Frame& frame = frames_[depth_ - 1];
    if (frame.is_map) {
      if (!frame.ascending || !frame.all_canonical) {
        if (const auto fault = judge_keys(frame)) return fault;
      }
      keys_.resize(frame.first_key);
    }
    --depth_;
    return item_done();
  }

  std::optional<ErrorCode> judge_keys(const Frame& frame) {
    const std::span<const BytesView> keys = std::span(keys_).subspan(frame.first_key);
    const bool twins = frame.all_canonical ? has_twins(keys) : has_twins_by_value(input_, keys);
    if (twins) return ErrorCode::cbor_duplicate_key;
    if (form_ == Form::sorted) return ErrorCode::cbor_unsorted_keys;
    return std::nullopt;
  }

  std::optional<ErrorCode> item_done() {
    if (depth_ == 0) return std::nullopt;
    Frame& frame = frames_[depth_ - 1];
    if (frame.is_map && frame.left % 2 == 0) key_done(frame);
    if (frame.indefinite) {
      ++frame.left;
      return std::nullopt;
    }
    return --frame.left == 0 ? complete() : std::nullopt;
  }

  void key_done(Frame& frame) {
    const BytesView key = input_.subspan(frame.key_begin, position_ - frame.key_begin);
    if (keys_.capacity() == 0) keys_.reserve(kKeysInPlace);
    if (keys_.size() > frame.first_key && compare(keys_.back(), key) >= 0) frame.ascending = false;
    if (loose_at_ > frame.key_begin) frame.all_canonical = false;
    keys_.push_back(key);
  }

  static constexpr std::size_t kKeysInPlace = 64;

  BytesView input_;
  Form form_;
  const Limits& limits_;
  std::size_t position_;
  std::size_t items_;
  std::size_t fault_at_ = 0;
  std::size_t loose_at_ = 0;  // behind the last first byte of a head that was not the shortest
  std::size_t depth_ = 0;
  std::array<Frame, kDepthMax> frames_;
  std::array<std::byte, (kKeysInPlace + 1) * sizeof(BytesView)> key_space_;
  std::pmr::monotonic_buffer_resource key_memory_{key_space_.data(), key_space_.size()};
  std::pmr::vector<BytesView> keys_{&key_memory_};
};

}  // namespace

Walked walk(BytesView input, std::size_t begin, Form form, const Limits& limits, std::size_t items_before) {
  return Walk(input, begin, form, limits, items_before).run();
}

std::size_t end_of_checked(BytesView input, std::size_t begin) {
  std::array<std::uint64_t, kDepthMax> outer;  // what was left to come around each open indefinite container
  std::size_t depth = 0;
  std::uint64_t left = 1;
  std::size_t position = begin;
  constexpr std::uint64_t kUntilBreak = std::uint64_t{1} << 63;
  while (left > 0) {
    if (depth > 0 && position < input.size() && input[position] == kBreak) {
      ++position;
      left = outer[--depth];
      continue;
    }
    const Head head = head_of_checked(input, position);
    position += head.size;
    --left;
    const bool is_container = head.major == Major::array || head.major == Major::map;
    if (head.indefinite()) {
      if (is_container) {
        outer[depth++] = left;
        left = kUntilBreak;
      } else {
        while (position < input.size() && input[position] != kBreak) {
          const Head chunk = head_of_checked(input, position);
          position += chunk.size + static_cast<std::size_t>(chunk.argument);
        }
        ++position;
      }
    } else if (is_string(head.major)) {
      position += static_cast<std::size_t>(head.argument);
    } else if (is_container || head.major == Major::tag) {
      left += head.major == Major::tag ? 1 : head.major == Major::map ? head.argument * 2 : head.argument;
    }
  }
  return position;
}

}  // namespace mibun::cbor::internal
