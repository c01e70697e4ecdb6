#include "wallet/cards.h"

#include <doctest/doctest.h>

#include "core/mdoc/wire.h"
#include "core/sd_jwt/issuer.h"
#include "tests/core/oid4vp/world.h"
#include "tests/wallet/test_device.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

struct Issuer {
  TestAuthority authority{"issuers"};
  TestSigner signer{authority, crypto::CertificatePurpose::credential_issuer, "issuer.example"};
  SeededRng rng{1};

  std::string issue(const crypto::P256PublicKey& holder) {
    json::Object clear{{"iss", "https://issuer.example"}, {"vct", "urn:mibun:identity:1"}};
    clear["cnf"] = sd_jwt::confirmation(holder);
    return must(
        sd_jwt::issue({.clear_claims = clear, .disclosable = {{"given_name", "花子"}}}, signer.key, signer.chain, rng));
  }
};

Card card_named(const std::string& id, Instant received_at) {
  Card card;
  card.id = id;
  card.type = "urn:mibun:identity:1";
  card.issuer = "https://issuer.example";
  card.name_ja = "身分証";
  card.name_en = "ID";
  card.received_at = received_at;
  card.expires_at = kTestNow + std::chrono::hours(24);
  return card;
}

std::vector<NewCopy> copies_for(TestDevice& device, Issuer& issuer, int copies) {
  std::vector<NewCopy> made;
  for (int i = 0; i < copies; ++i) {
    const KeyId key = must(device.keys.make_key());
    made.push_back({issuer.issue(must(device.keys.signer(key))->public_key()), key});
  }
  return made;
}

void add(TestDevice& device, Issuer& issuer, const Card& card, int copies) {
  must(CardStore(device.store, device.keys).add(card, copies_for(device, issuer, copies)));
}

}  // namespace

TEST_CASE("copies are replaced whole or not at all, wherever the store breaks") {
  int broken_before_the_end = 0;
  for (int writes = 0;; ++writes) {
    CAPTURE(writes);
    TestDevice device;
    Issuer issuer;
    add(device, issuer, card_named("a", kTestNow), 3);
    CardStore cards(device.store, device.keys);
    must(cards.spend(*must(cards.next_copy("a"))));
    Card renewed = must(cards.list())[0];
    renewed.expires_at = kTestNow + std::chrono::hours(48);
    const auto next = copies_for(device, issuer, 4);
    device.store.writes_left = writes;
    const bool done = cards.replace(renewed, next).has_value();
    device.store.writes_left = -1;

    const Card card = must(cards.list())[0];
    CHECK(card.copies_left == (done ? 4U : 2U));
    CHECK(card.expires_at == kTestNow + std::chrono::hours(done ? 48 : 24));
    const auto copy = must(cards.next_copy("a"));
    REQUIRE(copy.has_value());
    CHECK(device.keys.signer(copy->key).has_value());
    CHECK((copy->credential == next[0].credential) == done);
    if (done) {
      CHECK(device.keys.keys.size() == 4);  // also without that of the copy that was spent
      CHECK(must(device.store.names("copy.a.")).size() == 4);
      break;
    }
    ++broken_before_the_end;
    // The next try finds what was left behind, and leaves nothing.
    const auto again = copies_for(device, issuer, 2);
    REQUIRE(cards.replace(renewed, again).has_value());
    CHECK(must(cards.list())[0].copies_left == 2);
    CHECK(must(device.store.names("copy.a.")).size() == 2);
    must(cards.remove("a"));
    CHECK(must(device.store.names("copy.a.")).empty());
  }
  CHECK(broken_before_the_end == 5);  // four copies and the card
}

TEST_CASE("copies of a card that was never listed, or is no more, are swept away with their keys; no others") {
  TestDevice device;
  Issuer issuer;
  CardStore cards(device.store, device.keys);
  add(device, issuer, card_named("a", kTestNow), 2);
  add(device, issuer, card_named("ab", kTestNow), 2);
  add(device, issuer, card_named("b", kTestNow), 3);
  must(cards.spend(*must(cards.next_copy("b"))));
  must(device.store.remove("card.b"));
  must(device.store.remove("card.a"));
  must(cards.sweep());
  CHECK(must(device.store.names("copy.")).size() == 2);
  CHECK(must(cards.next_copy("ab")).has_value());
  CHECK(device.keys.keys.size() == 2);
}

TEST_CASE("a card is listed with the copies that are left, the newest first") {
  TestDevice device;
  Issuer issuer;
  add(device, issuer, card_named("old", kTestNow - seconds(60)), 2);
  add(device, issuer, card_named("new", kTestNow), 3);
  CardStore cards(device.store, device.keys);
  const auto listed = must(cards.list());
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].id == "new");
  CHECK(listed[0].copies == 3);
  CHECK(listed[0].copies_left == 3);
  CHECK(listed[1].name_ja == "身分証");
  CHECK(listed[1].expires_at == kTestNow + std::chrono::hours(24));

  must(cards.spend(*must(cards.next_copy("new"))));
  CHECK(must(cards.list())[0].copies_left == 2);
  must(cards.remove("new"));
  CHECK(must(cards.list()).size() == 1);
  CHECK(must(device.store.names("copy.new")).empty());
}

TEST_CASE("a copy is spent once, and its text is gone from the store") {
  TestDevice device;
  Issuer issuer;
  add(device, issuer, card_named("a", kTestNow), 1);
  CardStore cards(device.store, device.keys);
  const UnusedCopy copy = *must(cards.next_copy("a"));
  must(cards.spend(copy));
  CHECK(device.store.records.at(copy.record).find(copy.credential) == std::string::npos);
  CHECK(code_of(cards.spend(copy)) == ErrorCode::wallet_no_copy_left);
  CHECK(!must(cards.next_copy("a")));
}

TEST_CASE("asking for a signer spends the copy on disk; without the disk there is no signer") {
  TestDevice device;
  Issuer issuer;
  add(device, issuer, card_named("a", kTestNow), 2);
  CardStore cards(device.store, device.keys);
  auto box = must(SpendingCardBox::open(cards, device.keys, kTestNow));
  REQUIRE(box.cards().size() == 1);
  CHECK(must(cards.list())[0].copies_left == 2);

  device.store.broken = true;
  CHECK(code_of(box.signer(*box.cards()[0])) == ErrorCode::io_error);
  device.store.broken = false;
  const auto signer = must(box.signer(*box.cards()[0]));
  CHECK(signer->public_key() == box.cards()[0]->holder_key());
  CHECK(must(cards.list())[0].copies_left == 1);
  CHECK(box.signer(*box.cards()[0]).has_value());  // the same answer, for another question about the same card
  CHECK(must(cards.list())[0].copies_left == 1);

  const std::size_t keys_before = device.keys.keys.size();
  must(box.forget_spent_keys());
  CHECK(device.keys.keys.size() == keys_before - 1);
}

TEST_CASE("the next exchange gets another copy; two at once cannot spend the same one") {
  TestDevice device;
  Issuer issuer;
  add(device, issuer, card_named("a", kTestNow), 2);
  CardStore cards(device.store, device.keys);
  auto first = must(SpendingCardBox::open(cards, device.keys, kTestNow));
  auto rival = must(SpendingCardBox::open(cards, device.keys, kTestNow));
  (void)must(first.signer(*first.cards()[0]));
  CHECK(code_of(rival.signer(*rival.cards()[0])) == ErrorCode::wallet_no_copy_left);
  auto second = must(SpendingCardBox::open(cards, device.keys, kTestNow));
  CHECK(second.cards()[0]->holder_key() != first.cards()[0]->holder_key());
  (void)must(second.signer(*second.cards()[0]));
  CHECK(must(SpendingCardBox::open(cards, device.keys, kTestNow)).cards().empty());
}

TEST_CASE("an mdoc is a card like any other: listed, chosen, one copy for each use") {
  TestDevice device;
  oid4vp::World world;
  std::vector<NewCopy> copies;
  for (int i = 0; i < 2; ++i) {
    const KeyId key = must(device.keys.make_key());
    copies.push_back(
        {oid4vp::issue_mdoc(world.document_signer, must(device.keys.signer(key))->public_key(), world.rng), key});
  }
  Card card = card_named("m", kTestNow);
  card.format = dcql::kMdocFormat;
  card.type = oid4vp::kDocType;
  CardStore cards(device.store, device.keys);
  must(cards.add(card, copies));
  CHECK(must(cards.list())[0].format == dcql::kMdocFormat);
  CHECK(must(cards.list())[0].type == oid4vp::kDocType);

  auto box = must(SpendingCardBox::open(cards, device.keys, kTestNow));
  REQUIRE(box.cards().size() == 1);
  const oid4vp::HeldCard& held = *box.cards()[0];
  REQUIRE(held.mdoc() != nullptr);
  CHECK(held.format() == dcql::kMdocFormat);
  CHECK(held.type() == oid4vp::kDocType);
  CHECK(json::serialize(held.claims()).find(R"("birth_date":"1990-04-15")") != std::string::npos);
  const auto signer = must(box.signer(held));
  CHECK(signer->public_key() == held.holder_key());
  CHECK(must(cards.list())[0].copies_left == 1);
  auto next = must(SpendingCardBox::open(cards, device.keys, kTestNow));
  CHECK(next.cards()[0]->holder_key() != held.holder_key());
}

TEST_CASE("a stored card of a format that nobody knows, or with a byte changed, does not open") {
  TestDevice device;
  oid4vp::World world;
  const KeyId key = must(device.keys.make_key());
  const std::string good =
      oid4vp::issue_mdoc(world.document_signer, must(device.keys.signer(key))->public_key(), world.rng);
  Bytes changed = must(mdoc::from_wire(good));
  const std::string name = "花子";
  const auto found = std::ranges::search(changed, as_bytes(name)).begin();
  REQUIRE(found != changed.end());
  *found ^= 1;
  struct Row {
    std::string_view why;
    std::string_view format;
    std::string stored;
    ErrorCode want;
  };
  const Row rows[] = {
      {"an unknown format", "jwt_vc_json", good, ErrorCode::dcql_unsupported_format},
      {"an mdoc said to be an SD-JWT", dcql::kSdJwtFormat, good, ErrorCode::sd_jwt_malformed},
      {"not base64url", dcql::kMdocFormat, "=" + good.substr(1), ErrorCode::base64url_bad_character},
      {"a value that was changed", dcql::kMdocFormat, mdoc::to_wire(changed), ErrorCode::mdoc_digest_mismatch},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(oid4vp::HeldCard::reopen_stored(row.format, row.stored)) == row.want);
  }
}

TEST_CASE("an expired card is not offered for sharing") {
  TestDevice device;
  Issuer issuer;
  add(device, issuer, card_named("a", kTestNow), 1);
  CardStore cards(device.store, device.keys);
  const Instant last = kTestNow + std::chrono::hours(24);
  CHECK(must(SpendingCardBox::open(cards, device.keys, last - seconds(1))).cards().size() == 1);
  CHECK(must(SpendingCardBox::open(cards, device.keys, last)).cards().empty());
}
