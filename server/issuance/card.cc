#include "server/issuance/card.h"

#include <algorithm>
#include <array>

#include "core/base/time.h"
#include "server/issuance/service.h"

namespace mibun::server {
namespace {

constexpr auto kCardLifetime = std::chrono::days(90);
constexpr std::array<int, 3> kAges{18, 20, 65};
constexpr std::array<std::string_view, 8> kClaims{"given_name",  "family_name",   "birthdate",       "sex",
                                                  "nationality", "issuing_state", "document_number", "document_expiry"};

Instant start_of_day(Instant instant) {
  constexpr std::int64_t kDay = 24 * 60 * 60;
  return Instant::from_unix_seconds(instant.unix_seconds() / kDay * kDay);
}

Instant start_of(const CalendarDate& date) {
  const std::chrono::sys_days day{std::chrono::year(date.year) / std::chrono::month(date.month) /
                                  std::chrono::day(date.day)};
  return Instant::from_unix_seconds(std::chrono::duration_cast<seconds>(day.time_since_epoch()).count());
}

}  // namespace

Result<CardContent> make_card(const Approved& approved, Instant now) {
  CardContent card;
  json::ObjectReader reader(approved.claims, "claims"), source_reader(approved.sources, "sources");
  json::Object sources;
  for (const std::string_view name : kClaims) {
    MIBUN_TRY(card.disclosable[name], reader.string(name));
    MIBUN_TRY(sources[name], source_reader.string(name));
  }
  sources["age_equal_or_over"] = "derived";
  card.disclosable["provenance"] =
      json::Object{{"checked_on", jst_date(approved.at).to_string()}, {"sources", std::move(sources)}};
  MIBUN_TRY(const std::string_view birthdate_text, reader.string("birthdate"));
  MIBUN_TRY(const CalendarDate birthdate, CalendarDate::parse(birthdate_text));
  const int age = age_in_years(birthdate, jst_date(now));
  for (const int limit : kAges) card.age_equal_or_over[std::to_string(limit)] = age >= limit;

  MIBUN_TRY(const std::string_view expiry_text, reader.string("document_expiry"));
  MIBUN_TRY(const CalendarDate document_expiry, CalendarDate::parse(expiry_text));
  card.issued_at = start_of_day(now);
  card.expires_at = std::min(card.issued_at + kCardLifetime, start_of(document_expiry));
  if (card.expires_at <= now) return fail(ErrorCode::emrtd_document_expired, "document_expiry");
  return card;
}

sd_jwt::IssueRequest copy_of(const CardContent& card, std::string_view issuer, const crypto::P256PublicKey& holder,
                             const status_list::StatusReference& status) {
  sd_jwt::IssueRequest request;
  request.clear_claims["iss"] = issuer;
  request.clear_claims["vct"] = kIdentityVct;
  request.clear_claims["iat"] = card.issued_at.unix_seconds();
  request.clear_claims["exp"] = card.expires_at.unix_seconds();
  request.clear_claims["cnf"] = sd_jwt::confirmation(holder);
  request.clear_claims["status"] = status.to_json();
  request.clear_claims["age_equal_or_over"] = card.age_equal_or_over;
  request.disclosable = card.disclosable;
  for (const auto& age : card.age_equal_or_over) {
    request.disclosable_parts.emplace_back(
        std::vector<sd_jwt::PathStep>{std::string("age_equal_or_over"), std::string(age.key())});
  }
  return request;
}

}  // namespace mibun::server
