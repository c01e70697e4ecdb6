#include <doctest/doctest.h>

#include "server/migrations/migrations.h"
#include "server/registration/store.h"
#include "tests/server/account_row.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// The counter of a passkey is judged once more where it is written: what was verified may have been overtaken.
namespace mibun::server {

TEST_CASE("a passkey's counter moves forward or stays at 0, of the account's present key and while it is active") {
  const TempDir directory;
  const auto database = must(database::Database::open(directory.file("db"), migrations()));
  const Account account = account_row(*database, "person");
  const auto note = [&](std::uint32_t count, std::string_view id = "person", BytesView key = {}) {
    std::int64_t changed = 0;
    must(database->write([&](database::Transaction& transaction) -> Status {
      MIBUN_TRY(changed, registration_store::note_use(transaction, id, key.empty() ? account.device_key.point() : key,
                                                      {.count = count, .backed_up = false, .day = 1}));
      return {};
    }));
    return changed;
  };
  CHECK(note(0) == 1);
  CHECK(note(0) == 1);
  CHECK(note(5) == 1);
  for (const std::uint32_t behind : {5U, 4U, 1U, 0U}) CHECK(note(behind) == 0);
  CHECK(note(6) == 1);
  CHECK(note(0xFFFF'FFFF) == 1);
  CHECK(note(0) == 0);

  const auto other = crypto::P256PrivateKey::generate().public_key();
  const Account second = account_row(*database, "second");
  CHECK(note(7, "second", other.point()) == 0);
  CHECK(note(7, "nobody", second.device_key.point()) == 0);
  must(database->write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("UPDATE accounts SET state = 'revoked' WHERE account_id = 'second'"));
    return {};
  }));
  CHECK(note(7, "second", second.device_key.point()) == 0);
}

}  // namespace mibun::server
