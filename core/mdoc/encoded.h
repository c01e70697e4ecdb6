#pragma once

#include <optional>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/cbor.h"

namespace mibun::mdoc {

// A T together with the bytes it was parsed from: T's views point into them. Moves (the views stay good), never copies.
template <class T>
class Encoded {
 public:
  // Errors: those of T::parse.
  static Result<Encoded> parse(Bytes bytes) {
    Encoded out(std::move(bytes));
    MIBUN_TRY(out.value_, T::parse(out.bytes_, out.chunks_));
    return out;
  }

  Encoded(Encoded&&) noexcept = default;
  Encoded& operator=(Encoded&&) noexcept = default;
  Encoded(const Encoded&) = delete;
  Encoded& operator=(const Encoded&) = delete;
  ~Encoded() = default;

  const Bytes& bytes() const { return bytes_; }  // as they arrived
  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }
  T& mutable_value() { return *value_; }  // to take parts over; they still need this object's bytes

 private:
  explicit Encoded(Bytes bytes) : bytes_(std::move(bytes)) {}
  Bytes bytes_;
  cbor::ChunkStore chunks_;
  std::optional<T> value_;
};

}  // namespace mibun::mdoc
