#include <sqlite3.h>

#include "core/sd_jwt/holder.h"
#include "platform/database/database.h"
#include "platform/keyd/embedded_key_holder.h"
#include "server/migrations/migrations.h"
#include "tests/server/killed/judge.h"
#include "tests/server/world/single_use.h"

namespace mibun::server {
namespace {

struct Rule {
  const char* what;  // is wrong when the count is not 0
  const char* sql;
};

constexpr Rule kRules[] = {
    {"an issuance is neither done nor given up", "SELECT COUNT(*) FROM card_issuances WHERE state = 'intended'"},
    {"a deferred card is neither done nor waiting", "SELECT COUNT(*) FROM deferred_issuances WHERE state = 'issuing'"},
    {"a card that nobody got is valid",
     "SELECT COUNT(*) FROM status_entries JOIN card_issuances USING (issuance_id) WHERE state = 'abandoned' AND value "
     "= "
     "0"},
    {"an index of a status list has two cards",
     "SELECT COUNT(*) FROM (SELECT 1 FROM status_entries GROUP BY list_id, idx HAVING COUNT(*) > 1)"},
    {"an issuance has another number of cards than it says",
     "SELECT COUNT(*) FROM card_issuances i WHERE state = 'issued' AND copies <> (SELECT COUNT(*) FROM status_entries "
     "e "
     "WHERE e.issuance_id = i.issuance_id)"},
    {"a card of a closed account is valid",
     "SELECT COUNT(*) FROM status_entries JOIN card_issuances USING (issuance_id) JOIN accounts USING (account_id) "
     "WHERE accounts.state <> 'active' AND value = 0"},
    {"an erasure is not finished, or has no receipt",
     "SELECT COUNT(*) FROM erasures WHERE finished_at IS NULL OR receipt IS NULL OR account_id IS NOT NULL"},
    {"there are more or fewer receipts than erased accounts",
     "SELECT (SELECT COUNT(*) FROM erasures) <> (SELECT COUNT(*) FROM accounts WHERE state = 'erased')"},
    {"something of somebody erased is there",
     "SELECT COUNT(*) FROM accounts a WHERE state = 'erased' AND (EXISTS (SELECT 1 FROM moves m WHERE m.account_id = "
     "a.account_id) OR EXISTS (SELECT 1 FROM moved_units u WHERE u.account_id = a.account_id) OR "
     " EXISTS (SELECT 1 FROM history_events h WHERE "
     "h.account_id = a.account_id) OR EXISTS (SELECT 1 FROM cases c WHERE c.account_id = a.account_id) OR EXISTS "
     "(SELECT 1 FROM notices n WHERE n.account_id = a.account_id) OR EXISTS (SELECT 1 FROM reports r WHERE "
     "r.account_id "
     "= a.account_id) OR EXISTS (SELECT 1 FROM inquirers q WHERE q.account_id = a.account_id))"},
    {"a result that was given is still there",
     "SELECT COUNT(*) FROM presentation_requests WHERE state = 'delivered' AND result IS NOT NULL"},
    {"a registration is neither done nor given up", "SELECT COUNT(*) FROM planned_accounts"},
    // As single_use::tx_code_tries, but for offers to a device that was replaced, which its move locked.
    {"an offer is locked without five tries or a move, or open after five",
     "SELECT COUNT(*) FROM offers o WHERE tries > 5 OR (tries = 5 AND state <> 'locked') OR (tries < 5 AND state = "
     "'locked' AND NOT EXISTS (SELECT 1 FROM moved_units u WHERE u.account_id = o.account_id))"},
    {"a move that went through has two current keys, or no former one",
     "SELECT COUNT(*) FROM moves m WHERE state IN ('confirmed', 'completed') AND ((SELECT COUNT(*) FROM moved_units u "
     "WHERE u.account_id = m.account_id) <> 1 OR (SELECT COUNT(*) FROM accounts a WHERE a.account_id = m.account_id "
     "AND a.credential_id_lookup = m.credential_id_lookup) <> 1)"},
    {"what was packed for a device that has come is there",
     "SELECT COUNT(*) FROM moves WHERE state = 'completed' AND sealed_luggage IS NOT NULL"},
    {"an inquiry is nobody's",
     "SELECT COUNT(*) FROM inquiries WHERE pseudonym NOT IN (SELECT pseudonym FROM inquirers)"},
};

std::int64_t count(database::Database& database, std::string_view sql) {
  return must(database.row(sql))->integer(0);
}

// SQLite's own opinion of every page and reference.
std::string unsound_file(const std::string& path) {
  for (const char* pragma : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"}) {
    sqlite3* raw = nullptr;
    std::string verdict;
    const auto keep = [](void* out, int columns, char** values, char**) {
      for (int i = 0; i < columns; ++i) *static_cast<std::string*>(out) += values[i] == nullptr ? "" : values[i];
      return 0;
    };
    const bool asked = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
                       sqlite3_exec(raw, pragma, keep, &verdict, nullptr) == SQLITE_OK;
    sqlite3_close_v2(raw);
    if (!asked || (verdict != "ok" && !verdict.empty())) return path + ": " + pragma + ": " + verdict;
  }
  return {};
}

std::string judge_cards(database::Database& database, const Model& model, const std::optional<Doubt>& doubt) {
  for (std::size_t i = 0; i < model.people.size(); ++i) {
    const Person& person = model.people[i];
    if (person.account == AccountIs::erased || (doubt && doubt->person == i && doubt->deed == "erase")) continue;
    const bool doubtful = doubt && doubt->person == i && (doubt->deed == "revoke" || doubt->deed == "delete card");
    const auto judge = [&](const HeldCard& card, bool of_former_device) -> const char* {
      const auto status = must(sd_jwt::HeldCredential::reopen_stored(card.text)).status();
      const auto row = must(
          database.row("SELECT value, state FROM status_entries JOIN card_issuances USING (issuance_id) WHERE idx = ?",
                       static_cast<std::int64_t>(status->index)));
      if (!row || row->text(1) != "issued") return "a card that was handed out is not issued";
      const bool revoked = row->integer(0) != 0;
      if (of_former_device) return revoked ? nullptr : "a card of the device before is valid";
      const bool wanted = person.account == AccountIs::revoked;
      return revoked == wanted || doubtful ? nullptr : "a card is wrongly valid or revoked";
    };
    for (const HeldCard& card : person.cards) {
      if (const char* wrong = judge(card, false); wrong != nullptr) return wrong;
    }
    for (const HeldCard& card : person.deleted_cards) {
      if (judge(card, true) != nullptr) return "a card that its wallet deleted is valid";
    }
    for (const HeldCard& card : person.former_cards) {
      if (const char* wrong = judge(card, true); wrong != nullptr) return wrong;
    }
  }
  return {};
}

std::string judge_keys(database::Database& database, const std::string& data_directory) {
  crypto::SystemRng rng;
  const auto rows = must(database.rows("SELECT account_id, state FROM accounts"));
  std::int64_t owners = 0;
  {
    const auto keys = must(keyd::EmbeddedKeyHolder::open(data_directory + "/keyd", rng));
    for (const database::Row& row : rows) {
      const bool has = must(keys->has_person_key({row.text(0)}));
      owners += has ? 1 : 0;
      if (has && row.text(1) == "erased") return "somebody erased has a key";
      if (!has && row.text(1) != "erased") return "an account has no key";
    }
  }
  sqlite3* raw = nullptr;
  sqlite3_open_v2((data_directory + "/keyd/keyd.db").c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  std::string counted;
  const auto keep = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) = values[0];
    return 0;
  };
  sqlite3_exec(raw, "SELECT COUNT(*) FROM names WHERE purpose = 'person_key'", keep, &counted, nullptr);
  sqlite3_close_v2(raw);
  return std::stoll(counted) == owners ? "" : "a key has no account";
}

}  // namespace

std::string what_is_unsound(const std::string& data_directory) {
  for (const char* file : {"/mibun.db", "/keyd/keyd.db"}) {
    if (std::string unsound = unsound_file(data_directory + file); !unsound.empty()) return unsound;
  }
  const auto database = must(database::Database::open(data_directory + "/mibun.db", migrations()));
  return judge_keys(*database, data_directory);
}

std::string what_is_half_done(const std::string& data_directory, const Model& model,
                              const std::optional<Doubt>& doubt) {
  if (std::string unsound = what_is_unsound(data_directory); !unsound.empty()) return unsound;
  const auto database = must(database::Database::open(data_directory + "/mibun.db", migrations()));
  for (const Rule& rule : kRules) {
    if (count(*database, rule.sql) != 0) return rule.what;
  }
  for (const SingleUse* one : {&single_use::registration, &single_use::transaction_id,
                               &single_use::presentation_response, &single_use::pairing_tries}) {
    if (count(*database, one->half_done) != 0) return "half done: " + std::string(one->what);
  }
  if (std::string wrong = judge_cards(*database, model, doubt); !wrong.empty()) return wrong;
  return what_is_half_subscribed(*database, model, doubt);
}

}  // namespace mibun::server
