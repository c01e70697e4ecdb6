#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "server/presentation/store.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// The count of tries of a pairing code, below everything that could refuse earlier.
namespace mibun::server::presentation_store {
namespace {

constexpr std::size_t kRacers = 64;

struct Table {
  Table() : database(must(database::Database::open(directory.file("a.db"), migrations()))) {
    must(database->write([](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run(
          "INSERT INTO partners (partner_id, client_id, registration_jwt, signing_key, certificate, api_key, "
          "redirect_uri, created_at) VALUES ('shop', 'x509_hash:x', 'x', x'00', x'00', x'00', 'https://a.example', "
          "0)"));
      RequestRow row;
      row.request_id = "r";
      row.partner_id = "shop";
      row.nonce = "n";
      row.mode = PresentationMode::cross_device;
      return insert(transaction, row);
    }));
  }
  PairingTry attempt(const std::function<bool()>& is_right) {
    PairingTry outcome{};
    must(database->write([&](Transaction& transaction) -> Status {
      MIBUN_TRY(outcome, try_pairing_code(transaction, "r", is_right));
      return {};
    }));
    return outcome;
  }
  bool locked() {
    bool value = false;
    must(database->read([&](Transaction& transaction) -> Status {
      MIBUN_TRY(const auto row, find(transaction, "r"));
      value = row->pairing_locked;
      return {};
    }));
    return value;
  }

  TempDir directory;
  std::unique_ptr<database::Database> database;
};

}  // namespace

TEST_CASE("64 tries at once: five are compared, whether wrong or right") {
  for (const bool right : {false, true}) {
    Table table;
    std::atomic<int> compared = 0, through = 0;
    std::barrier start(static_cast<std::ptrdiff_t>(kRacers));
    std::vector<std::thread> racers;
    for (std::size_t i = 0; i < kRacers; ++i) {
      racers.emplace_back([&] {
        start.arrive_and_wait();
        if (table.attempt([&] {
              ++compared;
              return right;
            }) == PairingTry::right) {
          ++through;
        }
      });
    }
    for (std::thread& racer : racers) racer.join();
    CHECK(compared == 5);
    CHECK(through == (right ? 5 : 0));
    CHECK(table.locked() == !right);
  }
}

TEST_CASE("the fifth wrong try locks, the fourth does not; of an answered request nothing is compared") {
  Table table;
  const auto wrong = [] { return false; };
  for (int i = 0; i < 4; ++i) CHECK(table.attempt(wrong) == PairingTry::wrong);
  CHECK(!table.locked());
  CHECK(table.attempt(wrong) == PairingTry::locked);
  CHECK(table.locked());

  Table answered;
  must(answered.database->write([](Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("UPDATE presentation_requests SET state = 'answered' WHERE request_id = 'r'"));
    return {};
  }));
  CHECK(answered.attempt([] { return true; }) == PairingTry::locked);
}

}  // namespace mibun::server::presentation_store
