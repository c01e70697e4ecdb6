#include "core/base/secret.h"

#include <cstring>
#include <utility>

namespace mibun {

void secure_wipe(std::span<std::uint8_t> bytes) noexcept {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool ct_equal(BytesView a, BytesView b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

SecretBytes SecretBytes::copy_of(BytesView source) {
  SecretBytes secret;
  secret.bytes_.assign(source.begin(), source.end());
  return secret;
}

SecretBytes SecretBytes::take(Bytes&& source) {
  SecretBytes secret;
  secret.bytes_ = std::move(source);
  source.clear();
  return secret;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

void SecretBytes::wipe() noexcept {
  secure_wipe(bytes_);
  bytes_.clear();
}

}  // namespace mibun
