#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "core/codecs/json.h"
#include "platform/records/record_class.h"

namespace mibun::server {

// Where inquiries are kept; all other data are kept in Japan (promise WP-02). ISO 3166-1.
inline constexpr std::string_view kInquiryCountry = "US";

inline constexpr std::size_t kInquiryCharactersMax = 2000;
inline constexpr std::size_t kInquiryAnswerCharactersMax = 4000;
inline constexpr auto kInquiryKeptAfterAnswer =
    std::chrono::duration_cast<std::chrono::days>(records::limit_of("inquiries"));
// Of one person: without an answer at a time, and within a day.
inline constexpr int kInquiriesOpenMax = 3;
inline constexpr int kInquiriesPerDayMax = 10;

// using_the_wallet, identity_check, card, sharing, my_data, other
bool is_inquiry_kind(std::string_view kind);

// What a person is told before an inquiry is sent: the country, its rules, and what we do to protect what goes there
// (Act on the Protection of Personal Information, article 28, paragraph 2; its enforcement rules, article 17).
//   {"country": {"code","ja","en"}, "rules": {"ja","en"}, "measures": {"ja","en"}, "kept": {"ja","en"},
//    "kept_days_after_answer", "text_characters_max", "kinds": []}
json::Object inquiry_terms();

}  // namespace mibun::server
