#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/crypto/hash.h"
#include "platform/keyd/keyd.h"
#include "platform/log/log.h"
#include "platform/records/tables.h"
#include "server/migrations/migrations.h"
#include "tests/server/app/row.h"

// The table of record classes (platform/records) against the server: its schema, and its clock.
namespace mibun::server {
namespace {

using records::ClassId;

std::unique_ptr<database::Database> open_database(const std::string& path) {
  return must(database::Database::open(path, migrations()));
}

// What goes by itself: one row of each class that has a limit, and how to find it again.
struct Timed {
  ClassId record_class;
  std::vector<std::string_view> plant;  // $1: when it ends, or what the limit counts from; $2: the same again
  std::string_view count;
};

const std::vector<Timed>& timed() {
  static const std::vector<Timed> all{
      {"sign-in",
       {"INSERT INTO registrations (registration_id, challenge, expires_at) VALUES ('planted', X'00', $1)"},
       "SELECT COUNT(*) FROM registrations WHERE registration_id = 'planted'"},
      {"single use",
       {"INSERT INTO single_use (kind, value_sha256, expires_at) VALUES ('planted', X'00', $1)"},
       "SELECT COUNT(*) FROM single_use WHERE kind = 'planted'"},
      {"c_nonce",
       {"INSERT INTO c_nonces (nonce_sha256, expires_at) VALUES (X'00', $1)"},
       "SELECT COUNT(*) FROM c_nonces WHERE nonce_sha256 = X'00'"},
      {"access token",
       {"INSERT INTO access_tokens (token_sha256, subject, scope, context, jkt, expires_at) VALUES (X'00', 'planted', "
        "'', '', '', $1)"},
       "SELECT COUNT(*) FROM access_tokens WHERE subject = 'planted'"},
      {"authorization",
       {"INSERT INTO authorizations (authorization_id, phase, expires_at, request_sha256, client_id, instance_jkt, "
        "dpop_jkt, redirect_uri, code_challenge, scope, details) VALUES ('planted', 'redeemed', $1, X'00', '', '', '', "
        "'', '', '', '')",
        "INSERT INTO refresh_tokens (token_sha256, authorization_id, expires_at) VALUES (X'00', 'planted', $1)"},
       "SELECT (SELECT COUNT(*) FROM authorizations WHERE authorization_id = 'planted') + (SELECT COUNT(*) FROM "
       "refresh_tokens WHERE authorization_id = 'planted')"},
      {"attested key",
       {"INSERT INTO attested_keys (key_sha256, account_id, purpose, expires_at) VALUES (X'00', 'planted', 'card', "
        "$1)"},
       "SELECT COUNT(*) FROM attested_keys WHERE account_id = 'planted'"},
      {"evidence",
       {"INSERT INTO cases (case_id, account_id, method, state, server_nonce, created_at, expires_at) VALUES "
        "('planted-open', 'planted', 'emrtd', 'open', X'00', 0, $1)",
        "INSERT INTO evidence_files (case_id, name, sealed) SELECT 'planted-open', 'EF.DG1', X'00' WHERE $1 > 0"},
       "SELECT COUNT(*) FROM evidence_files WHERE case_id = 'planted-open'"},
      {"photo",
       {"INSERT INTO cases (case_id, account_id, method, state, server_nonce, created_at, expires_at, decided_at) "
        "VALUES ('planted-rejected', 'planted', 'emrtd', 'rejected', X'00', 0, 0, $1)",
        "INSERT INTO cases (case_id, account_id, method, state, server_nonce, created_at, expires_at, asked_again_at) "
        "VALUES ('planted-asked', 'planted', 'emrtd', 'in_review', X'00', 0, 0, $1)",
        "INSERT INTO evidence_files (case_id, name, sealed) SELECT case_id, 'photo.selfie', X'00' FROM cases WHERE "
        "case_id IN ('planted-rejected', 'planted-asked') AND $1 > 0"},
       "SELECT COUNT(*) FROM evidence_files WHERE case_id IN ('planted-rejected', 'planted-asked')"},
      {"deferred card",
       {"INSERT INTO deferred_issuances (transaction_sha256, account_id, case_id, configuration, token_id, state, "
        "expires_at, sealed) VALUES (X'00', 'planted', '', '', 'planted', 'waiting', $1, X'00')"},
       "SELECT COUNT(*) FROM deferred_issuances WHERE token_id = 'planted'"},
      {"presentation",
       {"INSERT INTO presentation_requests (request_id, partner_id, state, dcql_query, nonce, state_value, "
        "encryption_kid, created_at, expires_at) SELECT 'planted', partner_id, 'answered', '', 'planted', '', '', 0, "
        "$1 FROM partners LIMIT 1"},
       "SELECT COUNT(*) FROM presentation_requests WHERE request_id = 'planted'"},
      {"deletion request",
       {"INSERT INTO deletion_requests (deletion_id, receipt_id, partner_id, consent_hash, shared_at, secret_sha256, "
        "asked_at, done_at) SELECT 'planted', 'planted', partner_id, '', 0, X'00', 0, $1 FROM partners LIMIT 1"},
       "SELECT COUNT(*) FROM deletion_requests WHERE deletion_id = 'planted'"},
      {"move",
       {"INSERT INTO moves (move_id, account_id, state, expires_at, proof_sha256, old_watch_sha256, old_key) VALUES "
        "('planted-1', 'planted-1', 'made', $1, X'01', X'00', X'00')"},
       "SELECT COUNT(*) FROM moves WHERE move_id = 'planted-1'"},
      {"move unit",
       {"INSERT INTO moves (move_id, account_id, state, expires_at, proof_sha256, old_watch_sha256, old_key, "
        "sealed_name) VALUES ('planted-2', 'planted-2', 'opened', $1, X'02', X'00', X'00', X'00')"},
       "SELECT COUNT(sealed_name) FROM moves WHERE move_id = 'planted-2'"},
      {"move luggage",
       {"INSERT INTO moves (move_id, account_id, state, expires_at, proof_sha256, old_watch_sha256, old_key, "
        "sealed_luggage) VALUES ('planted-3', 'planted-3', 'confirmed', $1, X'03', X'00', X'00', X'00')"},
       "SELECT COUNT(sealed_luggage) FROM moves WHERE move_id = 'planted-3'"},
      {"inquiries",
       {"INSERT INTO inquiries (inquiry_id, region, pseudonym, repeat_hash, asked_at, sealed_question, answered_at, "
        "sealed_answer) VALUES ('planted', 'US', X'00', X'00', 0, X'00', $1, X'00')"},
       "SELECT COUNT(sealed_question) FROM inquiries WHERE inquiry_id = 'planted'"},
      {"repeated_answer",
       {"INSERT INTO idempotency_keys (owner_hash, request_hash, content_hash, caller, repeat_until, expires_at) "
        "VALUES "
        "(X'00', X'00', X'00', 'anonymous', 0, $1)"},
       "SELECT COUNT(*) FROM idempotency_keys WHERE owner_hash = X'00'"},
      {"legal hold",
       {"INSERT INTO legal_holds (hold_id, erasure_id, account_lookup, duty_id, law, article, controller, kept_at, "
        "until, erase_at) VALUES ('planted', 'planted', X'00', '', '', '', '', 0, '', $1)",
        "INSERT INTO legal_hold_fields (hold_id, field, first_person, second_person, envelope) SELECT 'planted', "
        "'name', '', '', '' WHERE $1 > 0"},
       "SELECT (SELECT COUNT(*) FROM legal_holds) + (SELECT COUNT(*) FROM legal_hold_fields)"},
      {"inquiry answers", {}, "SELECT COUNT(sealed_answer) FROM inquiries WHERE inquiry_id = 'planted'"},
  };
  return all;
}

std::map<std::string_view, std::int64_t> count_all(const std::string& path) {
  const auto database = open_database(path);
  std::map<std::string_view, std::int64_t> counts;
  for (const Timed& one : timed()) counts[one.record_class.name()] = must(database->row(one.count))->integer(0);
  return counts;
}

}  // namespace

TEST_CASE("every table of the schema has its class, and every class' table is in the schema") {
  const TempDir folder;
  const auto database = open_database(folder.file("mibun.db"));
  std::set<std::string> schema, listed;
  for (const auto& row : must(database->rows("SELECT name FROM sqlite_master WHERE type = 'table'"))) {
    schema.insert(row.text(0));
  }
  for (const records::TableOf& table : records::kTables) listed.insert(std::string(table.table));
  CHECK(schema.size() > 30);
  CHECK_MESSAGE(schema == listed, "platform/records/tables.h");
}

TEST_CASE("the columns that are listed as clear are columns, and no sealed one is among them") {
  const TempDir folder;
  const auto database = open_database(folder.file("mibun.db"));
  for (const records::ClearColumn& column : records::kClearColumns) {
    const std::string sql = "SELECT " + std::string(column.column) + " FROM " + std::string(column.table) + " LIMIT 1";
    INFO(sql);
    CHECK(database->rows(sql).has_value());
    CHECK(column.column.find("sealed") == std::string_view::npos);
    CHECK_FALSE(column.why.empty());
  }
}

TEST_CASE("each class with a limit is there a second before it, and gone a second after") {
  TestWorld w;
  const std::string path = w.data_directory() + "/mibun.db";
  w.app.reset();
  const Instant end = kTestNow + std::chrono::hours(1);
  {
    const auto database = open_database(path);
    for (const Timed& one : timed()) {
      for (const std::string_view sql : one.plant) {
        INFO(one.record_class.name());
        const Status planted = database->write([&](database::Transaction& transaction) -> Status {
          MIBUN_TRY(const std::int64_t rows, transaction.run(sql, end.unix_milliseconds()));
          return rows >= 1 ? Status{} : fail(ErrorCode::not_found, "nothing was planted");
        });
        REQUIRE_MESSAGE(planted.has_value(), (planted ? "" : planted.error().detail));
      }
    }
  }
  const auto planted = count_all(path);
  std::map<std::chrono::seconds, std::vector<ClassId>> by_limit;
  for (const Timed& one : timed()) {
    CHECK(planted.at(one.record_class.name()) >= 1);
    by_limit[records::row_of(one.record_class).retention.limit].push_back(one.record_class);
  }
  for (const auto& [limit, classes] : by_limit) {
    for (const auto& [away, is_there] : {std::pair{std::chrono::seconds(-1), true}, {std::chrono::seconds(1), false}}) {
      w.clock.set(end + limit + away);
      w.app = must(App::open(w.config, w.clock, w.rng));
      must(w.app->purge_expired());
      w.app.reset();
      const auto counts = count_all(path);
      for (const ClassId record_class : classes) {
        INFO(record_class.name());
        CAPTURE(is_there);
        CHECK(counts.at(record_class.name()) == (is_there ? planted.at(record_class.name()) : 0));
      }
    }
  }
  log::open(world().log_file(), log::Level::info);  // there is one log: back to that of the others
}

TEST_CASE("every class with a limit is among those that were tried") {
  std::set<std::string_view> tried{"removed file"};  // tests/server/proofing: it goes with its file
  for (const Timed& one : timed()) tried.insert(one.record_class.name());
  for (const records::RecordClass& row : records::kClasses) {
    INFO(row.name);
    CHECK(tried.contains(row.name) == !row.retention.from.empty());
  }
}

}  // namespace mibun::server
