#include <doctest/doctest.h>

#include <algorithm>

#include "server/migrations/migrations.h"
#include "server/presentation/store.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// A database of before receipts stood beside their requests.
namespace mibun::server::presentation_store {

TEST_CASE("a receipt of before stands beside its request, and goes with it") {
  const TempDir directory;
  const auto all = migrations();
  const auto here = std::ranges::find(all, 44, &database::Migration::number);
  REQUIRE(here != all.end());
  {
    const auto before = must(database::Database::open(directory.file("db"), std::span(all.begin(), here)));
    must(before->write([](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run(
          "INSERT INTO partners (partner_id, client_id, registration_jwt, signing_key, certificate, api_key, "
          "redirect_uri, created_at) VALUES ('shop', 'x509_hash:x', 'x', x'00', x'00', x'00', 'https://a.example', "
          "0)"));
      for (const char* id : {"answered", "waiting"}) {
        MIBUN_CHECK(transaction.run(
            "INSERT INTO presentation_requests (request_id, partner_id, state, dcql_query, nonce, state_value, "
            "encryption_kid, created_at, expires_at, consent_hash, receipt) SELECT $1, 'shop', $1, '{}', $1, '', '', "
            "0, 1000, iif($1 = 'answered', 'hash', NULL), iif($1 = 'answered', 'the receipt', NULL)",
            id));
      }
      return {};
    }));
  }
  const auto database = must(database::Database::open(directory.file("db"), all));
  const auto receipt = [&] {
    std::optional<std::string> found;
    must(database->read([&](Transaction& transaction) -> Status {
      MIBUN_TRY(found, find_receipt(transaction, "hash"));
      return {};
    }));
    return found;
  };
  CHECK(receipt() == "the receipt");
  CHECK(must(database->row("SELECT COUNT(*) FROM consent_receipts"))->integer(0) == 1);
  must(database->read([](Transaction& transaction) -> Status {
    MIBUN_TRY(const auto row, find(transaction, "answered"));
    CHECK(row->consent_hash == "hash");
    MIBUN_TRY(const auto other, find(transaction, "waiting"));
    CHECK(other->consent_hash.empty());
    return {};
  }));
  must(database->write(
      [](Transaction& transaction) { return purge_before(transaction, Instant::from_unix_milliseconds(2000)); }));
  CHECK_FALSE(receipt());
  CHECK(must(database->row("SELECT COUNT(*) FROM consent_receipts"))->integer(0) == 0);
}

}  // namespace mibun::server::presentation_store
