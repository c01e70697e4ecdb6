#include "server/issuance/photo_id.h"

#include "core/mdoc/age_over.h"
#include "core/mdoc/doc_types.h"
#include "core/mdoc/element_value.h"

namespace mibun::server {
namespace {

constexpr std::string_view kIssuingAuthority = "mibun";
constexpr std::string_view kIssuingCountry = "JP";

// ISO/IEC 5218.
std::uint64_t sex_number(std::string_view sex) {
  if (sex == "M") return 1;
  if (sex == "F") return 2;
  return 0;  // not known
}

CalendarDate day_of(Instant instant) {
  const std::chrono::year_month_day day{
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(seconds(instant.unix_seconds())))};
  return {static_cast<int>(day.year()), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day())};
}

}  // namespace

Result<std::vector<mdoc::NewNameSpace>> make_photo_id(const CardContent& card, const json::Object& claims,
                                                      BytesView portrait) {
  namespace value = mdoc::value;
  json::ObjectReader reader(claims, "claims");
  mdoc::NewNameSpace person{std::string(mdoc::kIso23220NameSpace), {}};
  const auto add = [&](std::string identifier, Bytes encoded) {
    person.elements.push_back({std::move(identifier), std::move(encoded)});
  };
  MIBUN_TRY(const std::string_view family_name, reader.string("family_name"));
  MIBUN_TRY(const std::string_view given_name, reader.string("given_name"));
  MIBUN_TRY(const std::string_view birthdate_text, reader.string("birthdate"));
  MIBUN_TRY(const CalendarDate birthdate, CalendarDate::parse(birthdate_text));
  MIBUN_TRY(const std::string_view sex, reader.string("sex"));
  MIBUN_TRY(const std::string_view nationality, reader.string("nationality"));
  MIBUN_TRY(const std::string_view document_number, reader.string("document_number"));
  add("family_name", value::text(family_name));
  add("given_name", value::text(given_name));
  add("birth_date", value::full_date(birthdate));
  add("portrait", value::bytes(portrait));
  add("sex", value::unsigned_integer(sex_number(sex)));
  add("nationality", value::text(nationality));
  add("issue_date", value::full_date(day_of(card.issued_at)));
  add("expiry_date", value::full_date(day_of(card.expires_at)));
  add("issuing_authority_unicode", value::text(kIssuingAuthority));
  add("issuing_country", value::text(kIssuingCountry));
  for (const auto& age : card.age_equal_or_over) {
    add("age_over_" + std::string(age.key()), value::boolean(age.value().get_bool()));
  }
  mdoc::NewNameSpace document{std::string(mdoc::kPhotoIdNameSpace), {}};
  document.elements.push_back({"travel_document_number", value::text(document_number)});
  return std::vector{std::move(person), std::move(document)};
}

mdoc::IssueRequest photo_id_copy(const CardContent& card, std::vector<mdoc::NewNameSpace> content,
                                 const crypto::PublicKey& holder, const status_list::StatusReference& status) {
  return {.doc_type = std::string(mdoc::kPhotoIdDocType),
          .name_spaces = std::move(content),
          .device_key = holder,
          .signed_at = card.issued_at,
          .valid_from = card.issued_at,
          .valid_until = card.expires_at,
          .expected_update = {},
          .status = mdoc::NewStatus{status.index, status.uri},
          .key_authorizations = {}};
}

}  // namespace mibun::server
