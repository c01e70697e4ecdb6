#include "platform/keyd/purposes.h"

#include <set>

#include "platform/keyd/guarded_key_holder.h"
#include "platform/keyd/room_keys.h"
#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

// Opens everything; the guard before it is what is tried.
class Open final : public KeyHolder {
 public:
  Status create_person_key(const PersonId&) override { return {}; }
  Result<Bytes> seal(const PersonId&, const RecordName&, BytesView) override { return Bytes(); }
  Result<Bytes> open(const PersonId&, const RecordName&, BytesView) override { return Bytes{1}; }
  Status destroy_person_key(const PersonId&) override { return {}; }
  Result<bool> has_person_key(const PersonId&) override { return true; }
  Result<Bytes> lookup_hash(std::string_view, BytesView) override { return Bytes(); }
  Result<Bytes> person_hash(const PersonId&, std::string_view, BytesView) override { return Bytes(); }
  Status rotate_epoch() override { return {}; }
  bool must_restart() override { return stopped; }
  bool stopped = false;
};

}  // namespace

TEST_CASE("each record class opens for its own purpose and for no other") {
  Open open;
  GuardedKeyHolder guard(open);
  std::set<std::string_view> classes;
  for (const PurposeRow& row : purpose_table()) {
    CHECK(classes.insert(row.record_class.name()).second);
    CHECK(row.purpose != Purpose::unlisted);
    for (const Purpose purpose : all_purposes()) {
      INFO(row.record_class.name() << " for " << to_string(purpose));
      const auto opened = guard.open_for(purpose, kAlice, {row.record_class, "row", 1}, {});
      CHECK(opened.has_value() == (purpose == row.purpose));
      if (!opened) CHECK(opened.error().code == ErrorCode::keyd_purpose_not_allowed);
    }
    CHECK(!guard.open(kAlice, {row.record_class, "row", 1}, {}).has_value());
    RoomKeys room(guard, row.purpose);
    CHECK(room.open(kAlice, {row.record_class, "row", 1}, {}).has_value());
    CHECK(!room.open(kAlice, {"card", "row", 1}, {}).has_value());
  }
  CHECK(guard.open(kAlice, {"card", "row", 1}, {}).has_value());
}

TEST_CASE("whoever stands before a holder says, too, that only a restart helps it") {
  Open open;
  GuardedKeyHolder guard(open);
  RoomKeys room(guard, Purpose::show_history);
  CHECK_FALSE(room.must_restart());
  open.stopped = true;
  CHECK(guard.must_restart());
  CHECK(room.must_restart());
}

TEST_CASE("purposes have one number and one name each") {
  std::set<std::string_view> names;
  for (const Purpose purpose : all_purposes()) {
    CHECK(names.insert(to_string(purpose)).second);
    CHECK(purpose_of(to_string(purpose)) == purpose);
    CHECK(purpose_of(static_cast<std::uint8_t>(purpose)) == purpose);
  }
  int known = 0;
  for (int number = 0; number < 256; ++number)
    known += purpose_of(static_cast<std::uint8_t>(number)).has_value() ? 1 : 0;
  CHECK(known == static_cast<int>(all_purposes().size()));
  CHECK(!purpose_of("").has_value());
  CHECK(!purpose_of("everything").has_value());
}

TEST_CASE("each purpose opens its burst and then what time gives back, and takes nothing from the others") {
  Open open;
  Monotonic now{std::chrono::hours(5)};
  const OpenRates rates{{Purpose::show_history, {.per_second = 2, .burst = 3}},
                        {Purpose::read_report, {.per_second = 0, .burst = 0}}};
  GuardedKeyHolder guard(open, rates, [&] { return now; });
  const auto history = [&] { return guard.open_for(Purpose::show_history, kAlice, {"history", "row", 1}, {}); };
  const auto passed = [&](int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += history() ? 1 : 0;
    return count;
  };
  CHECK(passed(10) == 3);
  CHECK(history().error().code == ErrorCode::keyd_rate_limited);
  now += std::chrono::milliseconds(499);
  CHECK(passed(10) == 0);
  now += std::chrono::milliseconds(1);
  CHECK(passed(10) == 1);
  now += std::chrono::hours(1);
  CHECK(passed(10) == 3);  // never more than the burst
  CHECK(guard.open_for(Purpose::issue_card, kAlice, {"offer", "row", 1}, {}).has_value());
  CHECK(guard.open_for(Purpose::read_report, kAlice, {"reports", "row", 1}, {}).error().code ==
        ErrorCode::keyd_rate_limited);
  // What is refused for its purpose costs nothing of the rate.
  for (int i = 0; i < 10; ++i) CHECK(!guard.open_for(Purpose::show_history, kAlice, {"claims", "row", 1}, {}));
  now += std::chrono::seconds(1);
  CHECK(passed(10) == 2);
  CHECK(guard.seal(kAlice, kName, {}).has_value());  // sealing gives nobody anything
}
