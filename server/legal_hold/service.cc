#include "server/legal_hold/service.h"

#include <algorithm>
#include <set>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "platform/log/log.h"
#include "server/api/body.h"
#include "server/legal_hold/envelope.h"

namespace mibun::server {
namespace {

using legal_hold::HoldRecord;

constexpr std::size_t kIdBytes = 16;
constexpr int kYearsMax = 50;
constexpr auto kHalvesWait = std::chrono::hours(1);
constexpr std::string_view kRetainedClass = "kept by law";

std::unexpected<Error> not_found() {
  return fail(ErrorCode::legal_hold_not_found, "legal_hold");
}
std::unexpected<Error> not_approved(std::string_view where) {
  return fail(ErrorCode::legal_hold_not_approved, std::string(where));
}

// The last day of a duty that begins on `day`. 29 February counts as 28.
CalendarDate years_after(CalendarDate day, int years) {
  day.year += years;
  const std::chrono::year_month_day date{std::chrono::year(day.year), std::chrono::month(day.month),
                                         std::chrono::day(day.day)};
  if (!date.ok()) --day.day;
  return day;
}

// The first moment of the next day in Japan.
Instant after(const CalendarDate& day) {
  const std::chrono::sys_days date = std::chrono::year_month_day{
      std::chrono::year(day.year), std::chrono::month(day.month), std::chrono::day(day.day)};
  const auto next_in_japan = date + std::chrono::days(1) - std::chrono::hours(9);
  return Instant::from_unix_seconds(std::chrono::duration_cast<seconds>(next_in_japan.time_since_epoch()).count());
}

std::string to_text(const std::vector<std::string>& fields) {
  json::Array array;
  for (const std::string& field : fields) array.push_back(json::Value(field));
  return json::serialize(json::Value(std::move(array)));
}

Result<std::vector<std::string>> fields_from(const std::string& text) {
  MIBUN_TRY(const json::Value value, json::parse(text));
  if (!value.is_array()) return fail(ErrorCode::json_wrong_type, "fields");
  return json::string_array(value.get_array(), "fields");
}

std::optional<Instant> optional_instant(const database::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return Instant::from_unix_milliseconds(row.integer(column));
}

Status insert(database::Transaction& transaction, const HoldRecord& record) {
  MIBUN_CHECK(transaction.run(
      "INSERT INTO legal_holds (hold_id, erasure_id, account_lookup, duty_id, law, article, controller, kept_at, "
      "until, erase_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      record.hold_id, record.erasure_id, record.account_lookup, record.duty_id, record.law, record.article,
      record.controller, record.kept_at.unix_milliseconds(), record.until, record.erase_at.unix_milliseconds()));
  for (const HoldRecord::Sealed& sealed : record.sealed) {
    MIBUN_CHECK(
        transaction.run("INSERT INTO legal_hold_fields (hold_id, field, first_person, second_person, envelope) VALUES "
                        "($1, $2, $3, $4, $5)",
                        record.hold_id, sealed.field, sealed.first_person, sealed.second_person, sealed.envelope));
  }
  return {};
}

Result<std::optional<HoldRecord>> read_record(database::Transaction& transaction, const std::string& hold_id) {
  MIBUN_TRY(const auto row,
            transaction.row("SELECT erasure_id, account_lookup, duty_id, law, article, controller, kept_at, until, "
                            "erase_at FROM legal_holds WHERE hold_id = $1",
                            hold_id));
  if (!row) return std::optional<HoldRecord>();
  HoldRecord record{.hold_id = hold_id,
                    .erasure_id = row->text(0),
                    .account_lookup = row->blob(1),
                    .duty_id = row->text(2),
                    .law = row->text(3),
                    .article = row->text(4),
                    .controller = row->text(5),
                    .kept_at = Instant::from_unix_milliseconds(row->integer(6)),
                    .until = row->text(7),
                    .erase_at = Instant::from_unix_milliseconds(row->integer(8)),
                    .sealed = {}};
  MIBUN_TRY(const auto fields,
            transaction.rows("SELECT field, first_person, second_person, envelope FROM legal_hold_fields WHERE hold_id "
                             "= $1 ORDER BY rowid",
                             hold_id));
  for (const database::Row& field : fields) {
    record.sealed.push_back({field.text(0), field.text(1), field.text(2), field.text(3)});
  }
  return std::optional(std::move(record));
}

const LegalDuty* find_duty(const LegalHoldConfig& config, std::string_view id) {
  const auto found = std::ranges::find(config.duties, id, &LegalDuty::id);
  return found == config.duties.end() ? nullptr : &*found;
}

}  // namespace

Status LegalHoldService::check(const LegalHoldConfig& config, const SignInKeys& sign_in_keys) {
  const auto wrong = [](std::string_view why) {
    return fail(ErrorCode::invalid_argument, "legal_hold", std::string(why));
  };
  std::set<std::string> people, ids;
  std::set<Bytes> keys;
  for (const auto& [staff, key] : sign_in_keys) keys.insert(to_bytes(key.point()));
  for (const VaultKey& key : config.keys) {
    if (!sign_in_keys.contains(key.client_id)) return wrong("a key of somebody who is not of the staff");
    if (!people.insert(key.client_id).second) return wrong("two keys of one person");
    if (!keys.insert(to_bytes(key.key.point())).second) return wrong("one key of two people, or one that signs in");
  }
  if (!config.duties.empty() && config.keys.size() < 2) return wrong("what is on hold is opened by two people");
  for (const LegalDuty& duty : config.duties) {
    if (duty.id.empty() || !ids.insert(duty.id).second) return wrong("duties have an id each");
    if (duty.law.empty() || duty.article.empty() || duty.controller.empty()) return wrong("which law, and who owes it");
    if (duty.fields.empty()) return wrong("a duty without a field keeps nothing");
    if (std::set(duty.fields.begin(), duty.fields.end()).size() != duty.fields.size()) return wrong("a field twice");
    if (duty.years < 1 || duty.years > kYearsMax) return wrong("for how many years, 1 to 50");
  }
  return {};
}

const VaultKey* LegalHoldService::key_of(std::string_view staff) const {
  const auto found = std::ranges::find(config_.keys, staff, &VaultKey::client_id);
  return found == config_.keys.end() ? nullptr : &*found;
}

Result<std::vector<RetainedByLaw::Prepared>> LegalHoldService::prepare(const keyd::PersonId& person) {
  std::vector<Prepared> prepared;
  if (config_.duties.empty()) return prepared;
  MIBUN_TRY(const auto facts, facts_.held_facts(person));
  const CalendarDate today = jst_date(clock_.now());
  for (const LegalDuty& duty : config_.duties) {
    if (today < duty.from || (duty.until && *duty.until < today)) continue;
    Prepared one{duty.id, {}};
    for (const std::string& field : duty.fields) {
      if (const auto fact = facts.find(field); fact != facts.end()) one.values.emplace(field, fact->second);
    }
    if (!one.values.empty()) prepared.push_back(std::move(one));
  }
  return prepared;
}

Result<HoldRecord> LegalHoldService::make_record(const Erasure& erasure, const Prepared& prepared) {
  const LegalDuty* duty = find_duty(config_, prepared.duty_id);
  MIBUN_INVARIANT(duty != nullptr);
  const CalendarDate until = years_after(jst_date(erasure.at), duty->years);
  HoldRecord record{.hold_id = legal_hold::hold_id_of(erasure.account_lookup, duty->id),
                    .erasure_id = erasure.id,
                    .account_lookup = erasure.account_lookup,
                    .duty_id = duty->id,
                    .law = duty->law,
                    .article = duty->article,
                    .controller = duty->controller,
                    .kept_at = erasure.at,
                    .until = until.to_string(),
                    .erase_at = after(until),
                    .sealed = {}};
  for (const auto& [field, value] : prepared.values) {
    for (std::size_t first = 0; first < config_.keys.size(); ++first) {
      for (std::size_t second = first + 1; second < config_.keys.size(); ++second) {
        MIBUN_TRY(std::string envelope, legal_hold::seal_for_two({record.hold_id, field, value}, config_.keys[first],
                                                                 config_.keys[second], rng_));
        record.sealed.push_back(
            {field, config_.keys[first].client_id, config_.keys[second].client_id, std::move(envelope)});
      }
    }
  }
  return record;
}

// The files before the transaction, and before the journal's line: from that line on an older database erases the
// person, and nobody can read their case any more. A file of an erasure that then fails goes at the next start, or is
// replaced by the next try.
Result<RetainedByLaw::InTransaction> LegalHoldService::keep(const Erasure& erasure,
                                                            const std::vector<Prepared>& prepared) {
  std::vector<HoldRecord> records;
  for (const Prepared& one : prepared) {
    MIBUN_TRY(records.emplace_back(), make_record(erasure, one));
    MIBUN_CHECK(files_.write(records.back().hold_id, as_bytes(legal_hold::to_json(records.back()))));
    log::info("legal_hold_kept", {{"duty", std::string_view(records.back().duty_id)}});
  }
  return [records = std::move(records)](database::Transaction& transaction) -> Status {
    for (const HoldRecord& record : records) MIBUN_CHECK(insert(transaction, record));
    return {};
  };
}

Result<std::vector<receipt::ErasedClass>> LegalHoldService::kept_of(BytesView account_lookup) {
  MIBUN_TRY(const auto rows, database_.rows("SELECT law, article, controller, until, kept_at FROM legal_holds WHERE "
                                            "account_lookup = $1 ORDER BY rowid",
                                            account_lookup));
  std::vector<receipt::ErasedClass> classes;
  for (const database::Row& row : rows) {
    receipt::ErasedClass kept;
    kept.data_class = kRetainedClass;
    kept.outcome = receipt::ErasureOutcome::retained;
    kept.at = Instant::from_unix_seconds(Instant::from_unix_milliseconds(row.integer(4)).unix_seconds());
    kept.law = row.text(0);
    kept.article = row.text(1);
    kept.controller = row.text(2);
    kept.until = row.text(3);
    classes.push_back(std::move(kept));
  }
  return classes;
}

// What stands in files and in no row.
Result<std::vector<HoldRecord>> LegalHoldService::without_a_row() {
  MIBUN_TRY(const auto ids, files_.ids());
  MIBUN_TRY(const auto rows, database_.rows("SELECT hold_id FROM legal_holds"));
  std::set<std::string, std::less<>> known;
  for (const database::Row& row : rows) known.insert(row.text(0));
  std::vector<HoldRecord> found;
  for (const std::string& id : ids) {
    if (known.contains(id)) continue;
    MIBUN_TRY(const Bytes content, files_.read(id));
    MIBUN_TRY(HoldRecord record, legal_hold::read_hold_record(content));
    if (record.hold_id != id) return fail(ErrorCode::backup_integrity_error, id, "the file of another record");
    found.push_back(std::move(record));
  }
  return found;
}

Status LegalHoldService::bring_back(BytesView account_lookup) {
  MIBUN_TRY(auto records, without_a_row());
  std::erase_if(records, [&](const HoldRecord& record) {
    return !std::ranges::equal(record.account_lookup, account_lookup) || record.erase_at <= clock_.now();
  });
  if (records.empty()) return {};
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    for (const HoldRecord& record : records) MIBUN_CHECK(insert(transaction, record));
    return {};
  }));
  log::warning("legal_holds_brought_back", {{"count", static_cast<std::int64_t>(records.size())}});
  return {};
}

Status LegalHoldService::give_files_to_rows() {
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT hold_id FROM legal_holds WHERE erase_at > $1", clock_.now().unix_milliseconds()));
  for (const database::Row& row : rows) {
    const std::string hold_id = row.text(0);
    if (files_.is_everywhere(hold_id)) continue;
    std::optional<HoldRecord> record;
    MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
      MIBUN_TRY(record, read_record(transaction, hold_id));
      return {};
    }));
    if (record) MIBUN_CHECK(files_.write(hold_id, as_bytes(legal_hold::to_json(*record))));
  }
  return {};
}

Status LegalHoldService::settle(const IsHere& is_here) {
  MIBUN_TRY(const auto records, without_a_row());
  for (const HoldRecord& record : records) {
    if (record.erase_at <= clock_.now()) {
      over_.insert(record.hold_id);  // purge_expired() erases it, when the clock is trusted
      continue;
    }
    MIBUN_TRY(const bool here, is_here(record.account_lookup));
    if (here) {
      MIBUN_CHECK(files_.erase(record.hold_id));
      log::warning("legal_hold_of_no_erasure");
    } else {
      MIBUN_CHECK(bring_back(record.account_lookup));
    }
  }
  return give_files_to_rows();
}

Result<std::vector<LegalHoldService::Hold>> LegalHoldService::list() {
  std::vector<Hold> holds;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto rows,
              transaction.rows("SELECT hold_id, duty_id, law, article, controller, until, account_lookup, kept_at FROM "
                               "legal_holds WHERE erase_at > $1 ORDER BY rowid DESC LIMIT 1000",
                               clock_.now().unix_milliseconds()));
    for (const database::Row& row : rows) {
      Hold hold{row.text(0), row.text(1), row.text(2), row.text(3),
                row.text(4), row.text(5), row.blob(6), Instant::from_unix_milliseconds(row.integer(7)),
                {}};
      MIBUN_TRY(const auto fields,
                transaction.rows("SELECT DISTINCT field FROM legal_hold_fields WHERE hold_id = $1 ORDER BY field",
                                 hold.hold_id));
      for (const database::Row& field : fields) hold.fields.push_back(field.text(0));
      holds.push_back(std::move(hold));
    }
    return {};
  }));
  return holds;
}

Status LegalHoldService::require_live(database::Transaction& transaction, std::string_view hold_id) {
  MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM legal_holds WHERE hold_id = $1 AND erase_at > $2", hold_id,
                                            clock_.now().unix_milliseconds()));
  if (!row) return not_found();
  return {};
}

Result<LegalHoldService::Opening> LegalHoldService::read_opening(database::Transaction& transaction,
                                                                 std::string_view opening_id) {
  MIBUN_TRY(
      const auto row,
      transaction.row("SELECT opening_id, hold_id, duty_id, case_number, authority, article, fields, requested_by, "
                      "requested_at, approved_by, approved_at, handed_at, read_at FROM legal_hold_openings WHERE "
                      "opening_id = $1",
                      opening_id));
  if (!row) return not_found();
  Opening opening;
  opening.opening_id = row->text(0);
  opening.hold_id = row->text(1);
  opening.duty_id = row->text(2);
  opening.order = {row->text(3), row->text(4), row->text(5), {}};
  MIBUN_TRY(opening.order.fields, fields_from(row->text(6)));
  opening.requested_by = row->text(7);
  opening.requested_at = Instant::from_unix_milliseconds(row->integer(8));
  if (!row->is_null(9)) opening.approved_by = row->text(9);
  opening.approved_at = optional_instant(*row, 10);
  opening.handed_at = optional_instant(*row, 11);
  opening.read_at = optional_instant(*row, 12);
  if (opening.approved_by.empty()) return opening;
  MIBUN_TRY(
      const auto pair,
      transaction.row("SELECT first_person, second_person FROM legal_hold_fields WHERE hold_id = $1 AND "
                      "((first_person = $2 AND second_person = $3) OR (first_person = $3 AND second_person = $2)) "
                      "LIMIT 1",
                      opening.hold_id, opening.requested_by, opening.approved_by));
  if (!pair) return opening;  // its record has gone
  opening.first_person = pair->text(0);
  opening.second_person = pair->text(1);
  return opening;
}

Result<LegalHoldService::Opening> LegalHoldService::request(std::string_view hold_id, const Order& order,
                                                            const std::string& staff) {
  if (key_of(staff) == nullptr) return not_approved("staff");
  const std::string opening_id = base64url::encode(rng_.bytes(kIdBytes));
  std::optional<Opening> opening;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(require_live(transaction, hold_id));
    for (const std::string& field : order.fields) {
      MIBUN_TRY(const auto held,
                transaction.row("SELECT 1 FROM legal_hold_fields WHERE hold_id = $1 AND field = $2 AND (first_person "
                                "= $3 OR second_person = $3) LIMIT 1",
                                hold_id, field, staff));
      if (!held) return not_approved("fields");
    }
    MIBUN_CHECK(transaction.run(
        "INSERT INTO legal_hold_openings (opening_id, hold_id, duty_id, case_number, authority, article, fields, "
        "requested_by, requested_at) SELECT $1, hold_id, duty_id, $3, $4, $5, $6, $7, $8 FROM legal_holds WHERE "
        "hold_id = "
        "$2",
        opening_id, hold_id, order.case_number, order.authority, order.article, to_text(order.fields), staff,
        clock_.now().unix_milliseconds()));
    MIBUN_TRY(opening, read_opening(transaction, opening_id));
    return {};
  }));
  log::warning("legal_hold_opening_requested", {{"opening", std::string_view(opening_id)}, {"staff", staff}});
  return *opening;
}

Result<LegalHoldService::Opening> LegalHoldService::approve(std::string_view opening_id, const std::string& staff) {
  std::optional<Opening> opening;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(opening, read_opening(transaction, opening_id));
    MIBUN_CHECK(require_live(transaction, opening->hold_id));
    if (opening->requested_by == staff) return fail(ErrorCode::legal_hold_same_person, "staff");
    if (opening->approved_by == staff) return {};
    if (!opening->approved_by.empty() || key_of(staff) == nullptr) return not_approved("staff");
    MIBUN_CHECK(
        transaction.run("UPDATE legal_hold_openings SET approved_by = $2, approved_at = $3 WHERE opening_id = $1 AND "
                        "approved_by IS NULL",
                        opening_id, staff, clock_.now().unix_milliseconds()));
    MIBUN_TRY(opening, read_opening(transaction, opening_id));
    if (opening->first_person.empty()) return not_approved("staff");  // sealed before one of the two had a key
    return {};
  }));
  log::warning("legal_hold_opening_approved", {{"opening", opening_id}, {"staff", staff}});
  return *opening;
}

Result<LegalHoldService::Opening> LegalHoldService::look(std::string_view opening_id) {
  std::optional<Opening> opening;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(opening, read_opening(transaction, opening_id));
    return {};
  }));
  return *opening;
}

Result<std::vector<LegalHoldService::Opening>> LegalHoldService::openings() {
  std::vector<Opening> openings;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto rows,
              transaction.rows("SELECT opening_id FROM legal_hold_openings ORDER BY rowid DESC LIMIT 1000"));
    for (const database::Row& row : rows) {
      MIBUN_TRY(Opening opening, read_opening(transaction, row.text(0)));
      openings.push_back(std::move(opening));
    }
    return {};
  }));
  return openings;
}

Result<LegalHoldService::ByField> LegalHoldService::envelopes(std::string_view opening_id, const std::string& staff) {
  ByField found;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const Opening opening, read_opening(transaction, opening_id));
    MIBUN_CHECK(require_live(transaction, opening.hold_id));
    if (opening.approved_by.empty() || opening.first_person != staff || opening.read_at) return not_approved("opening");
    for (const std::string& field : opening.order.fields) {
      MIBUN_TRY(const auto row,
                transaction.row("SELECT envelope FROM legal_hold_fields WHERE hold_id = $1 AND field = $2 "
                                "AND first_person = $3 AND second_person = $4",
                                opening.hold_id, field, opening.first_person, opening.second_person));
      if (!row) return not_approved("fields");
      found.emplace(field, row->text(0));
    }
    return {};
  }));
  log::warning("legal_hold_opened", {{"opening", opening_id}, {"staff", staff}});
  return found;
}

Result<LegalHoldService::Opening> LegalHoldService::hand_over(std::string_view opening_id, const std::string& staff,
                                                              const ByField& halves) {
  json::Object text;
  for (const auto& [field, half] : halves) text[field] = half;
  std::optional<Opening> opening;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(opening, read_opening(transaction, opening_id));
    MIBUN_CHECK(require_live(transaction, opening->hold_id));
    if (opening->approved_by.empty() || opening->first_person != staff || opening->read_at)
      return not_approved("opening");
    const auto& fields = opening->order.fields;
    const bool exact = halves.size() == fields.size() &&
                       std::ranges::all_of(fields, [&](const std::string& field) { return halves.contains(field); });
    if (!exact) return malformed("body.fields", "exactly the fields of the order");
    MIBUN_CHECK(transaction.run("UPDATE legal_hold_openings SET halves = $2, handed_at = $3 WHERE opening_id = $1",
                                opening_id, json::serialize(text), clock_.now().unix_milliseconds()));
    MIBUN_TRY(opening, read_opening(transaction, opening_id));
    return {};
  }));
  return *opening;
}

Result<LegalHoldService::ByField> LegalHoldService::take_halves(std::string_view opening_id, const std::string& staff) {
  ByField found;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const Opening opening, read_opening(transaction, opening_id));
    MIBUN_CHECK(require_live(transaction, opening.hold_id));
    if (opening.approved_by.empty() || opening.second_person != staff) return not_approved("opening");
    MIBUN_TRY(const auto row,
              transaction.row("SELECT halves FROM legal_hold_openings WHERE opening_id = $1", opening_id));
    if (!row || row->is_null(0)) return not_approved("halves");
    MIBUN_TRY(const json::Object halves, json::parse_object(row->text(0), {.bytes_max = 16 * 1024 * 1024}));
    for (const auto& member : halves) found.emplace(std::string(member.key()), std::string(member.value().as_string()));
    MIBUN_CHECK(transaction.run("UPDATE legal_hold_openings SET halves = NULL, read_at = $2 WHERE opening_id = $1",
                                opening_id, clock_.now().unix_milliseconds()));
    return {};
  }));
  log::warning("legal_hold_read", {{"opening", opening_id}, {"staff", staff}});
  return found;
}

Status LegalHoldService::erase_files() {
  while (!over_.empty()) {
    MIBUN_CHECK(files_.erase(*over_.begin()));
    over_.erase(over_.begin());
  }
  return {};
}

Status LegalHoldService::purge_expired() {
  const Instant now = clock_.now();
  std::int64_t gone = 0;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(
        transaction.run("UPDATE legal_hold_openings SET halves = NULL WHERE halves IS NOT NULL AND (handed_at <= "
                        "$1 OR hold_id IN (SELECT hold_id FROM legal_holds WHERE erase_at <= $2))",
                        (now - kHalvesWait).unix_milliseconds(), now.unix_milliseconds()));
    MIBUN_TRY(const auto over,
              transaction.rows("SELECT hold_id FROM legal_holds WHERE erase_at <= $1", now.unix_milliseconds()));
    for (const database::Row& row : over) over_.insert(row.text(0));
    MIBUN_TRY(gone, transaction.run("DELETE FROM legal_holds WHERE erase_at <= $1", now.unix_milliseconds()));
    return {};
  }));
  // After the rows: a file that a crash leaves is found by the next start.
  MIBUN_CHECK(erase_files());
  if (gone == 0) return {};
  log::info("legal_holds_erased", {{"count", gone}});
  return database_.checkpoint();  // from the write-ahead log, too
}

}  // namespace mibun::server
