#include "wallet/renewal.h"

#include <doctest/doctest.h>

#include "tests/wallet/test_device.h"

using namespace mibun;
using namespace mibun::wallet;

TEST_CASE("a card is due when few copies are left or its end is near") {
  Card card;
  card.received_at = kTestNow;
  card.copies = card.copies_left = 10;
  const auto expiring_in = [&](milliseconds span) {
    card.expires_at = kTestNow + span;
    return card;
  };
  using std::chrono::days;
  CHECK(!is_due(card, kTestNow + days(1000)));  // no end
  CHECK(!is_due(expiring_in(days(90)), kTestNow + days(83) - milliseconds(1)));
  CHECK(is_due(expiring_in(days(90)), kTestNow + days(83)));
  CHECK(is_due(expiring_in(days(90)), kTestNow + days(100)));
  CHECK(!is_due(expiring_in(std::chrono::hours(4)), kTestNow + std::chrono::hours(3) - milliseconds(1)));
  CHECK(is_due(expiring_in(std::chrono::hours(4)), kTestNow + std::chrono::hours(3)));
  card.expires_at = {};
  card.copies_left = 3;
  CHECK(!is_due(card, kTestNow));
  card.copies_left = 2;
  CHECK(is_due(card, kTestNow));
  card.copies = card.copies_left = 1;
  CHECK(!is_due(card, kTestNow));
  card.copies_left = 0;
  CHECK(is_due(card, kTestNow));
}

TEST_CASE("what brings a wallet back to an issuer is kept with the card, and goes with its keys") {
  TestDevice device;
  GrantStore grants(device.host);
  const IssuerGrant kept{.card_id = "a",
                         .credential_issuer = "https://issuer.example",
                         .authorization_server = "https://as.example",
                         .configuration_id = "card",
                         .anonymous = false,
                         .dpop_key = must(device.keys.make_key()),
                         .instance_key = must(device.keys.make_key()),
                         .refresh_token = "token",
                         .notification_id = "number",
                         .renewals_failed = 3,
                         .renewal_failure = "http_connect_failed",
                         .renew_again_at = kTestNow};
  CHECK(!must(grants.find("a")).has_value());
  must(grants.save(kept));
  CHECK(!must(grants.find("")).has_value());  // a name that only begins like it
  CHECK(must(grants.find("a")) == kept);
  IssuerGrant bare = kept;
  bare.refresh_token.reset();
  bare.notification_id.reset();
  bare.anonymous = true;
  must(grants.save(bare));
  CHECK(must(grants.find("a")) == bare);
  must(grants.forget("a"));
  CHECK(!must(grants.find("a")).has_value());
  CHECK(device.keys.keys.empty());
  must(grants.forget("a"));
}

TEST_CASE("cards that wait are listed from the oldest on, each as it was kept") {
  TestDevice device;
  GrantStore grants(device.host);
  PendingCard first{.id = "z",
                    .name_ja = "身分証",
                    .name_en = "Digital ID",
                    .issuer_name_ja = "発行者",
                    .issuer_name_en = "Issuer",
                    .transaction_id = "transaction",
                    .access_token = "token",
                    .keys = {must(device.keys.make_key()), must(device.keys.make_key())},
                    .asked_at = kTestNow,
                    .ask_again_at = kTestNow + seconds(60)};
  PendingCard second = first;
  second.id = "a";
  second.keys = {must(device.keys.make_key())};
  second.asked_at = kTestNow + seconds(1);
  must(grants.save(second));
  must(grants.save(first));
  CHECK(must(grants.pending()) == std::vector<PendingCard>{first, second});
  must(grants.forget(first));
  CHECK(must(grants.pending()) == std::vector<PendingCard>{second});
  CHECK(device.keys.keys.size() == 1);
  must(grants.keep_keys(second));
  CHECK(must(grants.pending()).empty());
  CHECK(device.keys.keys.size() == 1);
}
