#include "core/codecs/typed_id.h"

#include <doctest/doctest.h>

#include <deque>

#include "core/codecs/base64url.h"

using namespace mibun;

namespace {

// Gives what it was told to.
class GivenRng final : public Rng {
 public:
  explicit GivenRng(std::deque<Bytes> given) : given_(std::move(given)) {}
  void fill(std::span<std::uint8_t> out) override {
    REQUIRE(!given_.empty());
    REQUIRE(given_.front().size() == out.size());
    std::ranges::copy(given_.front(), out.begin());
    given_.pop_front();
  }

 private:
  std::deque<Bytes> given_;
};

}  // namespace

TEST_CASE("an id that people type begins with no hyphen, and is as long as it was asked for") {
  GivenRng rng({Bytes(9, 0xfb), Bytes{0xf9, 0, 0, 0, 0, 0, 0, 0, 0}, Bytes(9, 0x00)});  // "-", "-", "A"
  CHECK(make_typed_id(rng, 9) == "AAAAAAAAAAAA");
  GivenRng other({Bytes(16, 0xff)});
  CHECK(make_typed_id(other, 16) == base64url::encode(Bytes(16, 0xff)));  // "_" is no option
}
