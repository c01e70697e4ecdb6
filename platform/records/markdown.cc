#include <algorithm>

#include "platform/records/tables.h"

namespace mibun::records {
namespace {

std::string_view words(Classification value) {
  switch (value) {
    case Classification::identity:
      return "identity";
    case Classification::personal:
      return "personal";
    case Classification::pseudonymous:
      return "pseudonymous";
    case Classification::organisation:
      return "organisation";
    case Classification::open:
      return "open";
  }
  return "";
}

std::string_view words(Controller value) {
  return value == Controller::partner ? "the partner" : "the operator";
}

std::string_view words(LegalBasis value) {
  switch (value) {
    case LegalBasis::stated_purpose:
      return "the stated purpose (APPI 17, 18, 21)";
    case LegalBasis::consent_to_country:
      return "consent to the country (APPI 28)";
    case LegalBasis::proof_of_deletion:
      return "proof of deletion (APPI 22)";
    case LegalBasis::duty_of_law:
      return "the act that the row names";
    case LegalBasis::not_personal:
      return "not personal";
  }
  return "";
}

std::string_view words(EraseMethod value) {
  switch (value) {
    case EraseMethod::data_key:
      return "row and data key";
    case EraseMethod::file_key:
      return "file key, then the file";
    case EraseMethod::vault:
      return "rows, on their day; sealed to two people outside";
    case EraseMethod::row:
      return "row";
    case EraseMethod::link_cut:
      return "link to the account cut";
    case EraseMethod::tombstone:
      return "a keyed hash stays";
    case EraseMethod::stays:
      return "stays";
  }
  return "";
}

std::string span_of(std::chrono::seconds limit) {
  using namespace std::chrono;
  const auto count = [](auto value, std::string_view unit) {
    return std::to_string(value.count()) + " " + std::string(unit) + (value.count() == 1 ? "" : "s");
  };
  if (limit.count() == 0) return "";
  if (limit % days(1) == seconds(0)) return count(duration_cast<days>(limit), "day");
  if (limit % hours(1) == seconds(0)) return count(duration_cast<hours>(limit), "hour");
  return count(duration_cast<minutes>(limit), "minute");
}

std::string words(const Retention& value) {
  if (value.from.empty()) return "";
  const std::string span = span_of(value.limit);
  return (span.empty() ? "at " : span + " after ") + std::string(value.from);
}

std::string tables_of(const RecordClass& row) {
  std::string names;
  for (const TableOf& table : kTables) {
    if (table.record_class.name() != row.name) continue;
    names += (names.empty() ? "`" : ", `") + std::string(table.table) + "`";
  }
  return names;
}

void add_row(std::string& page, std::initializer_list<std::string_view> cells) {
  page += '|';
  for (const std::string_view cell : cells) page.append(" ").append(cell).append(" |");
  page += '\n';
}

constexpr std::string_view kBegin =
    "# What is kept, and how it goes\n\n"
    "Made from `platform/records` by `mibun check records`; a test keeps it in step. Everything about a person goes "
    "with "
    "the account, whatever its row says; where a method leaves something, that is all that is left. The legal bases "
    "are "
    "how mibun is made, not legal advice: the operator's lawyer decides what holds for the operator.\n\n"
    "## Classes\n\n"
    "| class | what | where | kind | who answers for it | why it may be kept | goes by itself | erased by | how | "
    "tables |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n";

constexpr std::string_view kClear =
    "\n## About a person and yet in the clear\n\n"
    "Everything else in the tables is sealed, a hash, an opaque id, a time or a state.\n\n"
    "| table | column | why |\n|---|---|---|\n";

}  // namespace

std::string to_markdown() {
  std::string page(kBegin);
  for (const RecordClass& row : kClasses) {
    add_row(page, {row.name, row.what, to_string(row.region), words(row.classification), words(row.controller),
                   words(row.legal_basis), words(row.retention), row.retention.room, words(row.erase_method),
                   tables_of(row)});
  }
  page += kClear;
  for (const ClearColumn& column : kClearColumns) {
    add_row(page, {"`" + std::string(column.table) + "`", "`" + std::string(column.column) + "`", column.why});
  }
  return page;
}

}  // namespace mibun::records
