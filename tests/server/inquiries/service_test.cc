#include "server/inquiries/service.h"

#include <doctest/doctest.h>

#include "core/crypto/hash.h"
#include "server/api/free_text.h"
#include "server/migrations/migrations.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// Inquiries without the rest of the server: what happens between two requests, and what another country's rows can
// show.
namespace mibun::server {
namespace {

class Accounts final : public AccountStates {
 public:
  Status require_active(database::Transaction&, const keyd::PersonId&) override {
    return active ? Status{} : fail(ErrorCode::account_closed, "account");
  }
  bool active = true;
};

class SilentHistory final : public HistoryRecorder {
 public:
  Status record(database::Transaction&, const keyd::PersonId&, HistoryKind kind, const json::Object&) override {
    if (broken) return fail(ErrorCode::database_error, "history");
    kinds.push_back(kind);
    return {};
  }
  bool broken = false;
  std::vector<HistoryKind> kinds;
};

struct Room {
  Room() { must(keys->create_person_key(person)); }
  Result<InquiryService::Kept> ask(std::string_view id) { return service.ask(person, id, {"card", "Why?", "US"}); }
  std::int64_t count(std::string_view table) {
    std::int64_t found = 0;
    must(database->read([&](database::Transaction& transaction) -> Status {
      const std::string sql = "SELECT COUNT(*) FROM " + std::string(table);
      MIBUN_TRY(const auto row, transaction.row(sql));
      found = row->integer(0);
      return {};
    }));
    return found;
  }
  Bytes pseudonym() {
    Bytes found;
    must(database->read([&](database::Transaction& transaction) -> Status {
      MIBUN_TRY(const auto row, transaction.row("SELECT pseudonym FROM inquiries"));
      found = row->blob(0);
      return {};
    }));
    return found;
  }

  TempDir directory;
  ManualClock clock{kTestNow};
  crypto::SystemRng rng;
  std::unique_ptr<database::Database> database =
      must(database::Database::open(directory.file("mibun.db"), migrations()));
  std::unique_ptr<keyd::KeyHolder> keys = must(keyd::open_embedded_key_holder(directory.file("keyd"), rng));
  keyd::PersonId person{"person-of-this-test"};
  Accounts accounts;
  SilentHistory history;
  InquiryService service{*database, *keys, accounts, history, clock, rng};
};

}  // namespace

TEST_CASE("an account that was erased after it proved itself leaves no inquiry behind") {
  Room room;
  room.accounts.active = false;
  CHECK(code_of(room.ask("a")) == ErrorCode::account_closed);
  CHECK(room.count("inquiries") == 0);
  CHECK(room.count("inquirers") == 0);
}

TEST_CASE("nothing is asked, read or answered that the history does not have") {
  Room room;
  room.history.broken = true;
  CHECK_FALSE(room.ask("a").has_value());
  CHECK(room.count("inquiries") == 0);
  room.history.broken = false;
  const std::string id = must(room.ask("a")).inquiry_id;
  room.history.broken = true;
  CHECK_FALSE(room.service.open(id, "Akari").has_value());
  CHECK_FALSE(room.service.answer(id, "So.", {"akari", "Akari"}).has_value());
  room.history.broken = false;
  CHECK(must(room.service.open(id, "Akari")).answer.empty());
  CHECK(room.history.kinds == std::vector{HistoryKind::inquiry_sent, HistoryKind::inquiry_viewed});
}

TEST_CASE("the pseudonym is no hash that somebody without the key could make of an account's id") {
  Room room, elsewhere;
  must(room.ask("a"));
  must(elsewhere.ask("a"));
  CHECK(room.pseudonym() != elsewhere.pseudonym());
  CHECK(room.pseudonym() != to_bytes(crypto::sha256(room.person.value)));
  CHECK(room.pseudonym() != must(room.keys->lookup_hash("erased_account", as_bytes(room.person.value))));
}

TEST_CASE("erasing takes everything, and once more does no harm") {
  Room room;
  must(room.ask("a"));
  must(room.ask("b"));
  CHECK(room.count("inquirers") == 1);
  for (int time = 0; time < 2; ++time) {
    must(room.database->write(
        [&](database::Transaction& transaction) { return room.service.erase(transaction, room.person); }));
    CHECK(room.count("inquiries") == 0);
    CHECK(room.count("inquirers") == 0);
  }
}

TEST_CASE("people's own words: what is plain, what is blank, and how long it is") {
  struct Row {
    std::string_view text;
    bool plain, blank;
    std::size_t characters;
  };
  static constexpr Row rows[] = {
      {"", true, true, 0},         {"字 a\n", true, false, 4}, {" \n\u3000", true, true, 3},
      {"\t", false, false, 1},     {"\x7f", false, false, 1},  {"\u0080", false, false, 1},
      {"\u009f", false, false, 1}, {"\u00a0", true, false, 1}, {"é\u00a0", true, false, 2},
      {"\r\n", false, false, 2},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(is_plain_text(row.text) == row.plain);
    CHECK(is_blank(row.text) == row.blank);
    CHECK(count_characters(row.text) == row.characters);
  }
}

}  // namespace mibun::server
