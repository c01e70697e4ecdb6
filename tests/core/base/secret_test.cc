#include "core/base/secret.h"

#include <doctest/doctest.h>

#include <type_traits>

using namespace mibun;

TEST_CASE("a secret moves and never copies") {
  static_assert(!std::is_copy_constructible_v<SecretBytes>);
  static_assert(!std::is_copy_assignable_v<SecretBytes>);
  SecretBytes first = SecretBytes::copy_of(as_bytes("secret"));
  SecretBytes second = std::move(first);
  CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the point
  CHECK(as_text(second.reveal()) == "secret");
}

TEST_CASE("taking a buffer over leaves nothing behind") {
  Bytes buffer = to_bytes("secret");
  const SecretBytes secret = SecretBytes::take(std::move(buffer));
  CHECK(buffer.empty());  // NOLINT(bugprone-use-after-move)
  CHECK(secret.size() == 6);
}

TEST_CASE("wiping writes zeros") {
  Bytes buffer = to_bytes("secret");
  secure_wipe(buffer);
  CHECK(buffer == Bytes(6, 0));
}

TEST_CASE("comparison in constant time finds every difference") {
  const Bytes reference = to_bytes("0123456789");
  CHECK(ct_equal(reference, reference));
  CHECK(ct_equal({}, {}));
  CHECK(!ct_equal(reference, BytesView(reference).first(9)));
  for (std::size_t i = 0; i < reference.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes other = reference;
      other[i] = static_cast<std::uint8_t>(other[i] ^ (1 << bit));
      CHECK(!ct_equal(reference, other));
    }
  }
}
