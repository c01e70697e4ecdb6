#include "wallet/renewal.h"

#include <doctest/doctest.h>

#include "tests/wallet/test_device.h"

using namespace mibun;
using namespace mibun::wallet;

TEST_CASE("a card wants to be renewed when three copies are left, or a month") {
  using std::chrono::hours;
  const Instant now = kTestNow;
  struct Row {
    std::string_view why;
    std::size_t copies_left;
    std::optional<Instant> expires_at;
    bool want;
  };
  const Row rows[] = {
      {"enough of both", 4, now + hours(24 * 30) + milliseconds(1), false},
      {"no end, enough copies", 4, std::nullopt, false},
      {"no end, few copies", 3, std::nullopt, true},
      {"no copy", 0, now + hours(24 * 365), true},
      {"a month to go", 10, now + hours(24 * 30), true},
      {"run out", 10, now - milliseconds(1), true},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Card card;
    card.copies_left = row.copies_left;
    card.expires_at = row.expires_at;
    CHECK(wants_renewal(card, now) == row.want);
  }
}

TEST_CASE("what renews a card is kept with it, and goes with its keys") {
  TestDevice device;
  const Renewal renewal{.credential_issuer = "https://issuer.example",
                        .authorization_server = "https://as.example",
                        .configuration_id = "card",
                        .refresh_token = "token",
                        .dpop_key = must(device.keys.make_key()),
                        .instance_key = must(device.keys.make_key())};
  CHECK(!must(find_renewal(device.store, "a")));
  must(keep_renewal(device.store, "a", renewal));
  CHECK(!must(find_renewal(device.store, "")));  // a name that only begins like it
  const auto found = must(find_renewal(device.store, "a"));
  REQUIRE(found);
  CHECK(found->credential_issuer == renewal.credential_issuer);
  CHECK(found->authorization_server == renewal.authorization_server);
  CHECK(found->configuration_id == renewal.configuration_id);
  CHECK(found->refresh_token == renewal.refresh_token);
  CHECK(found->dpop_key == renewal.dpop_key);
  CHECK(found->instance_key == renewal.instance_key);

  must(forget_renewal(device.store, device.keys, "a"));
  CHECK(!must(find_renewal(device.store, "a")));
  CHECK(device.keys.keys.empty());
  must(forget_renewal(device.store, device.keys, "a"));
}
