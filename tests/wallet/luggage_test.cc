#include "wallet/luggage.h"

#include <doctest/doctest.h>

#include "tests/support/meeting.h"
#include "tests/wallet/test_device.h"
#include "wallet/history.h"
#include "wallet/nearby_receipts.h"
#include "wallet/partner_deletion.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

const Bytes kSecret(32, 7);

// The old device, and the new one with the key that the luggage is sealed to.
struct Trip {
  Trip() {
    fresh.make_profile();
    profile.history_key = must(fresh.keys.make_key());
  }
  std::size_t go() {
    const Luggage luggage =
        must(pack_luggage(old.host, must(fresh.keys.key_agreement(profile.history_key))->public_key(), kSecret));
    const std::size_t told = must(unpack_luggage(fresh.host, profile, luggage.jwe, kSecret));
    CHECK(told == luggage.left_behind);
    return told;
  }
  // A showing in person, kept as the wallet keeps it; the event names it.
  std::string show_in_person(Instant at) {
    const meeting::World world;
    meeting::Pocket pocket;
    pocket.add(world.issuer);
    auto holder = must(proximity::HolderFlow::make(pocket, world.holder_policy(), meeting::ways(), kTestNow));
    auto reader = must(proximity::ReaderFlow::make(world.reader_policy(), meeting::questions()));
    const auto first = must(reader.advance(proximity::Scanned{holder.engagement().text()}, kTestNow));
    must(holder.advance(proximity::Connected{}, kTestNow));
    const auto asked =
        must(holder.advance(proximity::MessageArrived{std::get<proximity::SendMessage>(first).message}, kTestNow));
    const NearbyReceipt receipt =
        make_nearby_receipt(std::get<proximity::AskHolder>(asked), "酒屋", "Sake shop", std::nullopt, at);
    const std::string name = must(keep_nearby_receipt(old.host, receipt));
    record(at, name);
    return name;
  }
  void record(Instant at, std::string_view paper) {
    old.clock.advance(at - old.clock.now());
    must(HistoryBook(old.host).record(
        {.kind = "shared", .partner_ja = "酒屋", .partner_en = "Sake shop", .receipt = std::string(paper)}));
  }

  TestDevice old, fresh;
  Profile profile;
};

}  // namespace

TEST_CASE("the paper of a showing in person moves as it is: it still verifies, and its event still names it") {
  Trip trip;
  const std::string name = trip.show_in_person(kTestNow + seconds(60));
  const std::string before = must(trip.old.store.read(name));
  CHECK(trip.go() == 0);
  CHECK(must(trip.fresh.store.read(name)) == before);
  const auto papers = must(list_nearby_receipts(trip.fresh.host));
  REQUIRE(papers.size() == 1);
  CHECK(papers[0].name == name);
  CHECK(papers[0].receipt.name_en == "Sake shop");
  CHECK(papers[0].receipt.standing == ReaderStanding::verified);
  CHECK(papers[0].receipt.at == kTestNow + seconds(60));
  const auto events = must(HistoryBook(trip.fresh.host).list());
  REQUIRE(events.size() == 1);
  CHECK(events[0].receipt == name);
  CHECK(events[0].pending);
}

TEST_CASE("what was asked of partners moves with its secret: the new device can ask what became of it") {
  Trip trip;
  must(trip.old.store.write(
      "deletion.hash",
      R"({"gateway":"https://gateway.example","secret":"s","answer":{"deletion_id":"d","state":"sent",)"
      R"("asked_at":"2026-11-23T12:00:00+09:00","due_at":"2026-12-23T12:00:00+09:00"}})"));
  CHECK(trip.go() == 0);
  const auto known = must(known_deletion(trip.fresh.host, "receipt.hash"));
  REQUIRE(known);
  CHECK(known->id == "d");
  trip.fresh.http.answer = [](const HttpRequest& request) -> Result<HttpResponse> {
    CHECK(request.url == "https://gateway.example/api/v1/deletion-requests/d");
    return json_response(200, R"({"deletion_id":"d","state":"received","asked_at":"2026-11-23T12:00:00+09:00",)"
                              R"("due_at":"2026-12-23T12:00:00+09:00"})");
  };
  CHECK(must(deletion_now(trip.fresh.host, "receipt.hash")).state == "received");
}

TEST_CASE("nothing else of the old device is packed, and nothing else is taken from a luggage") {
  Trip trip;
  trip.record(kTestNow, "");
  const std::size_t before = trip.fresh.store.records.size();
  for (const char* name : {"card.1", "copy.1", "grant.1", "pending.1", "made.1", "profile", "trust", "readers_crl",
                           "server_log", "proofing", "move.old", "events", "nearby", "receipts.x", "deletion"}) {
    must(trip.old.store.write(name, "of the old device"));
  }
  for (const char* name : {"consent.a", "receipt.a", "nearby.a", "deletion.a"}) {
    must(trip.old.store.write(name, "taken"));
  }
  CHECK(trip.go() == 0);
  CHECK(trip.fresh.store.records.size() == before + 5);  // with the event
  for (const auto& [name, text] : trip.fresh.store.records) CHECK(text != "of the old device");
}

TEST_CASE("where room is short the papers of the oldest events stay behind, whatever their names") {
  Trip trip;
  const std::string large(150 * 1024, 'x');  // four of them fit
  // The names' order is the other way round for half of them.
  const std::vector<std::string> papers{"nearby.z", "receipt.a", "nearby.b", "receipt.y", "receipt.m", "nearby.c"};
  Instant at = kTestNow;
  for (const std::string& paper : papers) {
    must(trip.old.store.write(paper, large));
    trip.record(at, paper);
    at = at + seconds(60);
  }
  must(trip.old.store.write("receipt.zz", large));  // that no event names
  CHECK(trip.go() == 3);
  const auto came = [&](const std::string& name) { return trip.fresh.store.records.contains(name); };
  CHECK_FALSE(came("nearby.z"));
  CHECK_FALSE(came("receipt.a"));
  CHECK(came("nearby.b"));
  CHECK(came("receipt.y"));
  CHECK(came("receipt.m"));
  CHECK(came("nearby.c"));
  CHECK_FALSE(came("receipt.zz"));
  CHECK(must(HistoryBook(trip.fresh.host).list()).size() == papers.size());
}
