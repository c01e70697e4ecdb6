#include <doctest/doctest.h>

#include "tests/server/proofing/room.h"

// What its requests may hold is tested where they arrive (tests/server/app/proofing_rows.cc).
namespace mibun::server {
namespace {

const Bytes kPortrait{1, 2, 3};
const Bytes kOther{9, 9};

}  // namespace

TEST_CASE("files that come with the submission are verified and kept, as those that were put") {
  Room room;
  must(room.service->put_file(room.account, room.case_id, "A", kOther));
  CHECK(must(room.submit({{"EF.DG2", kPortrait}})).genuine());
  CHECK(room.verifier->seen == std::map<std::string, Bytes>{{"A", kOther}, {"EF.DG2", kPortrait}});
  CHECK(room.state() == "in_review");
  CHECK(must(room.service->view_as_staff(room.case_id, "akari", "Akari")).portrait_file == kPortrait);
}

TEST_CASE("refused evidence leaves none of the files that came with it") {
  Room room;
  room.verifier->genuine = false;
  CHECK_FALSE(must(room.submit({{"A", kOther}, {"EF.DG2", kOther}})).genuine());
  CHECK(room.state() == "open");
  room.verifier->genuine = true;
  CHECK(must(room.submit({{"EF.DG2", kPortrait}})).genuine());  // and none is in the way of the next try
  CHECK(room.verifier->seen == std::map<std::string, Bytes>{{"EF.DG2", kPortrait}});
}

TEST_CASE("a file comes one way: what was put is not replaced by what comes along") {
  Room room;
  must(room.service->put_file(room.account, room.case_id, "EF.DG2", kPortrait));
  const auto refused = room.submit({{"EF.DG2", kOther}});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::case_wrong_state);
  CHECK(room.state() == "open");
  CHECK(must(room.submit({})).genuine());
  CHECK(room.verifier->seen == std::map<std::string, Bytes>{{"EF.DG2", kPortrait}});
}

TEST_CASE("reviewers see what was verified: a file that is put meanwhile ends the submission") {
  struct Row {
    const char* why;
    ProofingService::Files before, along;
  };
  for (const Row& row : {Row{"another one in its place", {{"EF.DG2", kPortrait}}, {}},
                         Row{"one of the same name as one that comes along", {}, {{"EF.DG2", kPortrait}}},
                         Row{"one that was not there", {{"A", kPortrait}}, {}}}) {
    INFO(row.why);
    Room room;
    for (const auto& [name, content] : row.before) {
      must(room.service->put_file(room.account, room.case_id, name, content));
    }
    room.verifier->meanwhile = [&] { must(room.service->put_file(room.account, room.case_id, "EF.DG2", kOther)); };
    const auto refused = room.submit(row.along);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::case_wrong_state);
    CHECK(room.state() == "open");
  }
}

TEST_CASE("a request of the old device that was under way while its wallet moved makes no offer") {
  Room room;
  must(room.submit({{"EF.DG2", kPortrait}}));
  const Account moved = moved_row(*room.database, room.account);
  const auto refused = room.service->renew_offer(room.account, room.case_id, true);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::assertion_invalid);
  CHECK(room.offers.made == 0);
  must(room.service->renew_offer(moved, room.case_id, true));
  CHECK(room.offers.made == 1);
}

}  // namespace mibun::server
