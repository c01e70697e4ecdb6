#include "server/inquiries/service.h"

#include "core/codecs/json.h"
#include "core/codecs/typed_id.h"
#include "platform/log/log.h"
#include "server/inquiries/terms.h"

namespace mibun::server {
namespace {

using inquiry_store::InquiryRow;

// A class each, so that neither is ever taken for the other.
constexpr records::ClassId kQuestionClass = "inquiries";
constexpr records::ClassId kAnswerClass = "inquiry answers";
constexpr std::size_t kIdBytes = 9;  // 12 characters, which people can read out

InquiryService::Kept kept_of(const InquiryRow& row) {
  return {row.inquiry_id, row.asked_at, row.answered_at};
}

std::unexpected<Error> not_found() {
  return fail(ErrorCode::route_not_found, "inquiry");
}

}  // namespace

// A purpose of its own, so that it is like no other number of this person.
Result<Bytes> InquiryService::pseudonym_of(const keyd::PersonId& person) {
  return keys_.lookup_hash("inquiry_pseudonym", as_bytes(person.value));
}

Result<bool> InquiryService::may_ask(database::Transaction& transaction, BytesView pseudonym) {
  const Instant yesterday = clock_.now() - std::chrono::hours(24);
  MIBUN_TRY(const auto counts, inquiry_store::count(transaction, pseudonym, yesterday));
  return counts.open < kInquiriesOpenMax && counts.recent < kInquiriesPerDayMax;
}

Status InquiryService::insert(database::Transaction& transaction, const keyd::PersonId& person, InquiryRow& row,
                              const Question& question) {
  const json::Object content{{"kind", question.kind}, {"text", question.text}, {"country", question.country_agreed}};
  MIBUN_TRY(row.sealed_question,
            keys_.seal(person, {kQuestionClass, row.inquiry_id}, as_bytes(json::serialize(content))));
  MIBUN_CHECK(inquiry_store::insert(transaction, person, row));
  return history_.record(transaction, person, HistoryKind::inquiry_sent, json::Object{{"inquiry", row.inquiry_id}});
}

Result<InquiryService::Kept> InquiryService::ask(const keyd::PersonId& person, std::string_view id,
                                                 const Question& question) {
  if (question.country_agreed != kInquiryCountry) {
    return fail(ErrorCode::inquiry_country_not_agreed, "body.country_agreed");
  }
  MIBUN_TRY(const Bytes pseudonym, pseudonym_of(person));
  MIBUN_TRY(const Bytes repeat_hash,
            keys_.lookup_hash("inquiry_repeat", as_bytes(person.value + "\n" + std::string(id))));
  InquiryRow row{.inquiry_id = make_typed_id(rng_, kIdBytes),
                 .pseudonym = pseudonym,
                 .repeat_hash = repeat_hash,
                 .asked_at = clock_.now(),
                 .sealed_question = {},
                 .answered_at = {},
                 .sealed_answer = {}};
  bool fresh = false;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(accounts_.require_active(transaction, person));  // not one that was erased since it proved itself
    MIBUN_TRY(auto known, inquiry_store::find_repeat(transaction, repeat_hash));
    fresh = !known;
    if (known) {
      row = std::move(*known);
      return {};
    }
    MIBUN_TRY(const bool allowed, may_ask(transaction, pseudonym));
    if (!allowed) return fail(ErrorCode::inquiry_limit, "inquiries", "too many of this person");
    return insert(transaction, person, row, question);
  }));
  if (fresh) log::info("inquiry_received");
  return kept_of(row);
}

Result<InquiryService::Opened> InquiryService::unseal(const keyd::PersonId& person, const InquiryRow& row) {
  Opened opened{kept_of(row), {}, {}, {}};
  MIBUN_TRY(const Bytes question, keys_.open(person, {kQuestionClass, row.inquiry_id}, row.sealed_question));
  MIBUN_TRY(const json::Object content, json::parse_object(as_text(question)));
  opened.kind = std::string(content.at("kind").as_string());
  opened.text = std::string(content.at("text").as_string());
  if (row.answered_at) {
    MIBUN_TRY(const Bytes answer, keys_.open(person, {kAnswerClass, row.inquiry_id}, row.sealed_answer));
    opened.answer = std::string(as_text(answer));
  }
  return opened;
}

Result<InquiryService::Own> InquiryService::list_of(const keyd::PersonId& person) {
  MIBUN_TRY(const Bytes pseudonym, pseudonym_of(person));
  std::vector<InquiryRow> rows;
  Own own;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(rows, inquiry_store::list_of(transaction, pseudonym));
    MIBUN_TRY(own.can_ask, may_ask(transaction, pseudonym));
    return {};
  }));
  for (const InquiryRow& row : rows) {
    MIBUN_TRY(Opened opened, unseal(person, row));
    own.inquiries.push_back(std::move(opened));
  }
  return own;
}

Result<std::vector<InquiryService::Kept>> InquiryService::list() {
  std::vector<InquiryRow> rows;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(rows, inquiry_store::list(transaction));
    return {};
  }));
  std::vector<Kept> all;
  for (const InquiryRow& row : rows) all.push_back(kept_of(row));
  return all;
}

Result<InquiryService::Opened> InquiryService::open(std::string_view inquiry_id, std::string_view reader_name) {
  std::optional<InquiryRow> row;
  keyd::PersonId person;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(row, inquiry_store::find(transaction, inquiry_id));
    if (!row) return not_found();
    MIBUN_TRY(person, inquiry_store::person_of(transaction, row->pseudonym));
    return history_.record(transaction, person, HistoryKind::inquiry_viewed,
                           json::Object{{"reviewer", reader_name}, {"inquiry", inquiry_id}});
  }));
  return unseal(person, *row);
}

Result<InquiryService::Kept> InquiryService::answer(std::string_view inquiry_id, std::string_view text,
                                                    const Author& author) {
  Kept kept;
  bool fresh = false;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(auto row, inquiry_store::find(transaction, inquiry_id));
    if (!row) return not_found();
    MIBUN_TRY(const keyd::PersonId person, inquiry_store::person_of(transaction, row->pseudonym));
    fresh = !row->answered_at;
    if (!fresh) {
      MIBUN_TRY(const Opened opened, unseal(person, *row));
      if (opened.answer != text) return fail(ErrorCode::inquiry_answered, "inquiry", "it was answered otherwise");
      kept = opened.kept;
      return {};
    }
    row->answered_at = clock_.now();
    kept = kept_of(*row);
    MIBUN_TRY(const Bytes sealed, keys_.seal(person, {kAnswerClass, row->inquiry_id}, as_bytes(text)));
    MIBUN_CHECK(inquiry_store::set_answer(transaction, inquiry_id, *row->answered_at, sealed));
    return history_.record(transaction, person, HistoryKind::inquiry_answered,
                           json::Object{{"reviewer", author.name}, {"inquiry", inquiry_id}});
  }));
  if (fresh) log::info("inquiry_answered", {{"staff", author.id}, {"inquiry", inquiry_id}});
  return kept;
}

Status InquiryService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) {
    return inquiry_store::remove_answered_before(transaction, clock_.now() - kInquiryKeptAfterAnswer);
  });
}

Status InquiryService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(const Bytes pseudonym, pseudonym_of(person));
  return inquiry_store::remove_of(transaction, person, pseudonym);
}

}  // namespace mibun::server
