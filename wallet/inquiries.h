#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "wallet/labels.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

// What a person asks the operator of this wallet's server. It is kept in another country than everything else, so the
// terms are shown first, and the country that the person agreed to goes along with the question.
namespace mibun::wallet {

struct InquiryTerms {
  std::string country;  // ISO 3166-1: "US"
  Label country_name;
  Label rules;     // how that country protects personal data
  Label measures;  // what the operator does besides
  Label kept;      // what is kept
  std::int64_t kept_days_after_answer = 0;
  std::int64_t characters_max = 0;
  std::vector<std::string> kinds;  // inquiry_kind_label
};
// The terms in force; public. Errors: those of open_request, json_*.
Result<InquiryTerms> fetch_inquiry_terms(ServerApi& api);

struct Inquiry {
  std::string id;  // the number that people quote
  std::string kind, text;
  Instant asked_at;
  std::optional<Instant> answered_at;
  std::string answer;  // empty until then

  std::string_view state() const { return answered_at ? "answered" : "open"; }
};

struct Inquiries {
  std::vector<Inquiry> all;  // newest first
  bool can_ask = false;      // the server would take one more now
};
// Errors: those of account_request, json_*, date_malformed.
Result<Inquiries> fetch_inquiries(ServerApi& api, Profile& profile);

struct InquiryDraft {
  std::string_view kind, text;
  std::string_view country;  // InquiryTerms::country of the terms that the person agreed to
};
// The same words about the same thing are one inquiry. Errors: inquiry_country_not_agreed (none is named: nothing is
// sent), those of account_request.
Result<Inquiry> send_inquiry(ServerApi& api, Profile& profile, const InquiryDraft& draft);

}  // namespace mibun::wallet
