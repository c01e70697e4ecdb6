#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

// The rows of inquiries, and in a table of its own, which stays in Japan, whose they are.
namespace mibun::server::inquiry_store {

struct InquiryRow {
  std::string inquiry_id;
  Bytes pseudonym, repeat_hash;
  Instant asked_at;
  Bytes sealed_question;
  std::optional<Instant> answered_at;
  Bytes sealed_answer;  // empty until then
};

// With the name of its person, if it is a new one.
Status insert(database::Transaction& transaction, const keyd::PersonId& person, const InquiryRow& inquiry);
// By InquiryRow::repeat_hash.
Result<std::optional<InquiryRow>> find_repeat(database::Transaction& transaction, BytesView repeat_hash);
Result<std::optional<InquiryRow>> find(database::Transaction& transaction, std::string_view inquiry_id);
// Whose it is. Errors: route_not_found.
Result<keyd::PersonId> person_of(database::Transaction& transaction, BytesView pseudonym);

struct Counts {
  std::int64_t open = 0, recent = 0;
};
// Without an answer, and asked after `since`.
Result<Counts> count(database::Transaction& transaction, BytesView pseudonym, Instant since);

// Newest first, at most 200.
Result<std::vector<InquiryRow>> list_of(database::Transaction& transaction, BytesView pseudonym);
// Without an answer first, of these the oldest first; at most 1,000.
Result<std::vector<InquiryRow>> list(database::Transaction& transaction);

Status set_answer(database::Transaction& transaction, std::string_view inquiry_id, Instant at, BytesView sealed_answer);

// What was answered before, and who has none left.
Status remove_answered_before(database::Transaction& transaction, Instant before);
Status remove_of(database::Transaction& transaction, const keyd::PersonId& person, BytesView pseudonym);

}  // namespace mibun::server::inquiry_store
