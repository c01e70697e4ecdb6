#include "server/registration/assertion_challenge.h"

#include <doctest/doctest.h>

#include <set>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// That an assertion is refused for what it was not made for, its routes' tests say; here, why no other id and no other
// request has its challenge.
namespace mibun::server {
namespace {

struct Keys {
  crypto::SystemRng rng;
  TempDir directory;
  std::unique_ptr<keyd::KeyHolder> holder = must(keyd::open_embedded_key_holder(directory.file("keyd"), rng));
};

const Instant kEnd = Instant::from_unix_milliseconds(1'800'000'000'123);

}  // namespace

TEST_CASE("a challenge is found again by its id and its request, and its end with it") {
  Keys keys;
  const auto body = crypto::sha256(std::string_view("body"));
  const AssertedRequest request{"POST", "/api/v1/x?y=1", body};
  const auto made = must(AssertionChallenge::make(*keys.holder, keys.rng, request, kEnd));
  CHECK(made.challenge().size() == 32);
  CHECK(made.expires() == kEnd);
  const auto found = must(AssertionChallenge::find(*keys.holder, made.assertion_id(), request));
  CHECK(found.challenge() == made.challenge());
  CHECK(found.id() == made.id());
  CHECK(found.expires() == kEnd);
  const auto second = must(AssertionChallenge::make(*keys.holder, keys.rng, request, kEnd));
  CHECK(second.assertion_id() != made.assertion_id());
  CHECK(second.challenge() != made.challenge());
}

TEST_CASE("every other request has another challenge, wherever the border between its parts lies") {
  Keys keys;
  const auto body = crypto::sha256(std::string_view("body")), other = crypto::sha256(std::string_view("bodY"));
  const auto made = must(AssertionChallenge::make(*keys.holder, keys.rng, {"POST", "/a", body}, kEnd));
  std::set<Bytes> seen{made.challenge()};
  for (const AssertedRequest& request :
       {AssertedRequest{"PUT", "/a", body}, AssertedRequest{"POST", "/b", body}, AssertedRequest{"POST", "/a", other},
        AssertedRequest{"POST/", "a", body}, AssertedRequest{"POS", "T/a", body}, AssertedRequest{"", "POST/a", body},
        AssertedRequest{"POST/a", "", body}, AssertedRequest{"POST", "/a", body, kEnd}}) {
    const auto found = must(AssertionChallenge::find(*keys.holder, made.assertion_id(), request));
    CHECK(seen.insert(found.challenge()).second);
  }
}

TEST_CASE("an id with any other bit has another challenge, an end that was moved included") {
  Keys keys;
  const auto body = crypto::sha256(std::string_view("body"));
  const AssertedRequest request{"POST", "/a", body};
  const auto made = must(AssertionChallenge::make(*keys.holder, keys.rng, request, kEnd));
  for (std::size_t bit = 0; bit < 8 * made.id().size(); ++bit) {
    Bytes id = made.id();
    id[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto found = must(AssertionChallenge::find(*keys.holder, base64url::encode(id), request));
    CHECK(found.challenge() != made.challenge());
  }
}

TEST_CASE("what is no id by its form is refused") {
  Keys keys;
  const auto body = crypto::sha256(std::string_view("body"));
  const AssertedRequest request{"POST", "/a", body};
  const auto made = must(AssertionChallenge::make(*keys.holder, keys.rng, request, kEnd));
  const std::string id = made.assertion_id();
  for (const std::string& wrong :
       {std::string(), id.substr(0, id.size() - 4), id + "AAAA", id + "=", std::string("****") + id.substr(4)}) {
    const auto refused = AssertionChallenge::find(*keys.holder, wrong, request);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::assertion_invalid);
  }
}

}  // namespace mibun::server
