#include <doctest/doctest.h>

#include <functional>

#include "core/crypto/hash.h"
#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "server/proofing/service.h"
#include "tests/server/account_row.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// The proofing room alone, with a verifier that this test tells what to say, and when. What its requests may hold is
// tested where they arrive (tests/server/app/proofing_rows.cc).
namespace mibun::server {
namespace {

class SilentHistory final : public HistoryRecorder {
 public:
  Status record(database::Transaction&, const keyd::PersonId&, HistoryKind, const json::Object&) override { return {}; }
};

// Offers nothing, and counts how often it was asked to.
class NoOffers final : public OfferMaker {
 public:
  Status make_offer(database::Transaction&, const keyd::PersonId&, const std::string&) override {
    ++made;
    return {};
  }
  Result<std::optional<ShownOffer>> show_offer(const keyd::PersonId&, const std::string&) override {
    return std::optional<ShownOffer>();
  }

  int made = 0;
};

class ToldVerifier final : public EvidenceVerifier {
 public:
  std::string_view method() const override { return "told"; }
  bool takes_file(std::string_view name) const override { return name == "A" || name == "EF.DG2"; }
  Result<Verdict> verify(const Evidence& evidence, Instant) const override {
    seen = evidence.files;
    if (meanwhile) meanwhile();
    if (!genuine) return Verdict{{{"all", "failed", ""}}, {}};
    return Verdict{{{"all", "passed", ""}}, {{"given_name", "HARUKA", "told:A", {"all"}}}};
  }
  Bytes challenge(BytesView, std::string_view) const override { return Bytes(8); }

  bool genuine = true;
  std::function<void()> meanwhile;  // while the evidence is looked at
  mutable std::map<std::string, Bytes> seen;
};

struct Room {
  Room() {
    auto told = std::make_unique<ToldVerifier>();
    verifier = told.get();
    std::vector<std::unique_ptr<EvidenceVerifier>> verifiers;
    verifiers.push_back(std::move(told));
    service = std::make_unique<ProofingService>(*database, *keys, history, offers, std::move(verifiers), clock, rng);
    must(keys->create_person_key(account.id));
    case_id = must(service->open_case(account, "told")).case_id;
  }
  auto submit(ProofingService::Files files) { return service->submit(account, case_id, Bytes(64), std::move(files)); }
  std::string state() { return must(service->view(account, case_id)).state; }

  TempDir directory;
  ManualClock clock{kTestNow};
  crypto::SystemRng rng;
  std::unique_ptr<database::Database> database =
      must(database::Database::open(directory.file("mibun.db"), migrations()));
  std::unique_ptr<keyd::KeyHolder> keys = must(keyd::open_embedded_key_holder(directory.file("keyd"), rng));
  SilentHistory history;
  NoOffers offers;
  ToldVerifier* verifier = nullptr;
  std::unique_ptr<ProofingService> service;
  Account account = account_row(*database, "person");
  std::string case_id;
};

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
