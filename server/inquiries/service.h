#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/part.h"
#include "server/history/recorder.h"
#include "server/inquiries/store.h"
#include "server/registration/accounts.h"

namespace mibun::server {

// What a person asks the operator, and the answer (docs/decisions/0041-inquiries-and-their-country.md). Sealed under
// the person's key; the row names its person by a pseudonym only. What staff do with it is written into the person's
// history.
class InquiryService final : public ErasablePart {
 public:
  InquiryService(database::Database& database, keyd::KeyHolder& keys, AccountStates& accounts, HistoryRecorder& history,
                 const Clock& clock, Rng& rng)
      : database_(database), keys_(keys), accounts_(accounts), history_(history), clock_(clock), rng_(rng) {}

  struct Question {
    std::string kind;  // is_inquiry_kind
    std::string text;  // 1 to kInquiryCharactersMax characters
    // The country that the person was shown and agreed to; empty: none.
    std::string country_agreed;
  };
  struct Kept {
    std::string inquiry_id;  // people quote it
    Instant asked_at;
    std::optional<Instant> answered_at;
  };
  struct Opened {
    Kept kept;
    std::string kind, text;
    std::string answer;  // empty until then
  };

  // `id`: the wallet's own; the same one again is answered as the first time, and changes nothing. Errors:
  // inquiry_country_not_agreed, inquiry_limit (too many of this person wait for an answer, or came today),
  // account_closed.
  Result<Kept> ask(const keyd::PersonId& person, std::string_view id, const Question& question);

  struct Own {
    std::vector<Opened> inquiries;  // newest first, at most 200
    bool can_ask = false;           // one more would be taken now
  };
  Result<Own> list_of(const keyd::PersonId& person);

  // For staff: without an answer first, of these the oldest; nothing of what they say; at most 1,000.
  Result<std::vector<Kept>> list();
  // The person's history says who looked. Errors: route_not_found.
  Result<Opened> open(std::string_view inquiry_id, std::string_view reader_name);
  struct Author {
    std::string_view id, name;  // of the staff member: for the log, and for the person's history
  };
  // Once; the same text again is answered as the first time. The person is told that there is an answer. Errors:
  // route_not_found, inquiry_answered (another answer was given).
  Result<Kept> answer(std::string_view inquiry_id, std::string_view text, const Author& author);

  // What was answered kInquiryKeptAfterAnswer ago.
  Status purge_expired();

  std::string_view record_class() const override { return "inquiries"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;

 private:
  Result<Bytes> pseudonym_of(const keyd::PersonId& person);
  Result<bool> may_ask(database::Transaction& transaction, BytesView pseudonym);
  Status insert(database::Transaction& transaction, const keyd::PersonId& person, inquiry_store::InquiryRow& row,
                const Question& question);
  Result<Opened> unseal(const keyd::PersonId& person, const inquiry_store::InquiryRow& row);

  database::Database& database_;
  keyd::KeyHolder& keys_;
  AccountStates& accounts_;
  HistoryRecorder& history_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace mibun::server
