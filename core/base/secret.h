#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"

namespace mibun {

// Bytes that must not outlive their use: moves but never copies, wiped when freed or moved from, not comparable with
// == (use ct_equal on reveal()), not printable. The one door is reveal(): a security review starts by searching for it.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  // Copies `source` and leaves wiping `source` to the caller.
  static SecretBytes copy_of(BytesView source);
  // Takes the buffer over; `source` is empty afterwards.
  static SecretBytes take(Bytes&& source);

  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  bool operator==(const SecretBytes&) const = delete;
  ~SecretBytes() { wipe(); }

  BytesView reveal() const { return bytes_; }
  std::span<std::uint8_t> reveal_mutable() { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  void wipe() noexcept;
  Bytes bytes_;
};

// Overwrites in a way the optimiser keeps.
void secure_wipe(std::span<std::uint8_t> bytes) noexcept;

}  // namespace mibun
