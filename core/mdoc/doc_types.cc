#include "core/mdoc/doc_types.h"

#include <algorithm>
#include <string>

#include "core/base/time.h"
#include "core/codecs/cbor.h"
#include "core/mdoc/date_time.h"
#include "core/mdoc/limits.h"

namespace mibun::mdoc {
namespace {

using enum ElementType;

constexpr bool kMandatory = true, kOptional = false;

constexpr ElementRule kMdl[] = {
    {kMdlNameSpace, "family_name", text150, kMandatory},
    {kMdlNameSpace, "given_name", text150, kMandatory},
    {kMdlNameSpace, "birth_date", full_date, kMandatory},
    {kMdlNameSpace, "issue_date", date_or_time, kMandatory},
    {kMdlNameSpace, "expiry_date", date_or_time, kMandatory},
    {kMdlNameSpace, "issuing_country", text, kMandatory},
    {kMdlNameSpace, "issuing_authority", text150, kMandatory},
    {kMdlNameSpace, "document_number", text150, kMandatory},
    {kMdlNameSpace, "portrait", bytes, kMandatory},
    {kMdlNameSpace, "driving_privileges", array, kMandatory},
    {kMdlNameSpace, "un_distinguishing_sign", text, kMandatory},
    {kMdlNameSpace, "administrative_number", text150, kOptional},
    {kMdlNameSpace, "sex", unsigned_integer, kOptional},
    {kMdlNameSpace, "height", unsigned_integer, kOptional},
    {kMdlNameSpace, "weight", unsigned_integer, kOptional},
    {kMdlNameSpace, "eye_colour", text, kOptional},
    {kMdlNameSpace, "hair_colour", text, kOptional},
    {kMdlNameSpace, "birth_place", text150, kOptional},
    {kMdlNameSpace, "resident_address", text150, kOptional},
    {kMdlNameSpace, "portrait_capture_date", date_time, kOptional},
    {kMdlNameSpace, "age_in_years", unsigned_integer, kOptional},
    {kMdlNameSpace, "age_birth_year", unsigned_integer, kOptional},
    {kMdlNameSpace, "age_over_NN", boolean, kOptional},
    {kMdlNameSpace, "issuing_jurisdiction", text, kOptional},
    {kMdlNameSpace, "nationality", text, kOptional},
    {kMdlNameSpace, "resident_city", text150, kOptional},
    {kMdlNameSpace, "resident_state", text150, kOptional},
    {kMdlNameSpace, "resident_postal_code", text150, kOptional},
    {kMdlNameSpace, "resident_country", text, kOptional},
    {kMdlNameSpace, "biometric_template_*", bytes, kOptional},
    {kMdlNameSpace, "family_name_national_character", text, kOptional},
    {kMdlNameSpace, "given_name_national_character", text, kOptional},
    {kMdlNameSpace, "signature_usual_mark", bytes, kOptional},
};

constexpr ElementRule kPid[] = {
    {kPidNameSpace, "family_name", text150, kMandatory},
    {kPidNameSpace, "given_name", text150, kMandatory},
    {kPidNameSpace, "birth_date", full_date, kMandatory},
    {kPidNameSpace, "place_of_birth", map, kMandatory},
    {kPidNameSpace, "nationality", array, kMandatory},
    {kPidNameSpace, "expiry_date", date_or_time, kMandatory},
    {kPidNameSpace, "issuing_authority", text150, kMandatory},
    {kPidNameSpace, "issuing_country", text150, kMandatory},
    {kPidNameSpace, "resident_address", text150, kOptional},
    {kPidNameSpace, "resident_country", text150, kOptional},
    {kPidNameSpace, "resident_state", text150, kOptional},
    {kPidNameSpace, "resident_city", text150, kOptional},
    {kPidNameSpace, "resident_postal_code", text150, kOptional},
    {kPidNameSpace, "resident_street", text150, kOptional},
    {kPidNameSpace, "resident_house_number", text150, kOptional},
    {kPidNameSpace, "personal_administrative_number", text150, kOptional},
    {kPidNameSpace, "portrait", bytes, kOptional},
    {kPidNameSpace, "family_name_birth", text150, kOptional},
    {kPidNameSpace, "given_name_birth", text150, kOptional},
    {kPidNameSpace, "sex", unsigned_integer, kOptional},
    {kPidNameSpace, "email_address", text150, kOptional},
    {kPidNameSpace, "mobile_phone_number", text150, kOptional},
    {kPidNameSpace, "document_number", text150, kOptional},
    {kPidNameSpace, "issuing_jurisdiction", text150, kOptional},
    {kPidNameSpace, "issuance_date", date_or_time, kOptional},
    {kPidNameSpace, "trust_anchor", text150, kOptional},
    {kPidNameSpace, "attestation_legal_category", text150, kOptional},
    {kPidNameSpace, "age_in_years", unsigned_integer, kOptional},  // of earlier rulebooks
    {kPidNameSpace, "age_birth_year", unsigned_integer, kOptional},
    {kPidNameSpace, "age_over_NN", boolean, kOptional},
};

constexpr ElementRule kPhotoId[] = {
    {kIso23220NameSpace, "family_name", text, kMandatory},
    {kIso23220NameSpace, "given_name", text, kMandatory},
    {kIso23220NameSpace, "birth_date", birth_date, kMandatory},
    {kIso23220NameSpace, "portrait", bytes, kMandatory},
    {kIso23220NameSpace, "issue_date", date_or_time, kMandatory},
    {kIso23220NameSpace, "expiry_date", date_or_time, kMandatory},
    {kIso23220NameSpace, "issuing_authority_unicode", text, kMandatory},
    {kIso23220NameSpace, "issuing_country", text, kMandatory},
    {kIso23220NameSpace, "age_in_years", unsigned_integer, kOptional},
    {kIso23220NameSpace, "age_birth_year", unsigned_integer, kOptional},
    {kIso23220NameSpace, "age_over_NN", boolean, kOptional},
    {kIso23220NameSpace, "portrait_capture_date", date_or_time, kOptional},
    {kIso23220NameSpace, "birthplace", text, kOptional},
    {kIso23220NameSpace, "name_at_birth", text, kOptional},
    {kIso23220NameSpace, "resident_address", text, kOptional},
    {kIso23220NameSpace, "resident_city", text, kOptional},
    {kIso23220NameSpace, "resident_city_latin1", text, kOptional},
    {kIso23220NameSpace, "resident_postal_code", text, kOptional},
    {kIso23220NameSpace, "resident_country", text, kOptional},
    {kIso23220NameSpace, "sex", unsigned_integer, kOptional},
    {kIso23220NameSpace, "nationality", text, kOptional},
    {kIso23220NameSpace, "document_number", text, kOptional},
    {kIso23220NameSpace, "issuing_subdivision", text, kOptional},
    {kIso23220NameSpace, "family_name_latin1", text, kOptional},
    {kIso23220NameSpace, "given_name_latin1", text, kOptional},
    {kPhotoIdNameSpace, "person_id", text, kOptional},
    {kPhotoIdNameSpace, "birth_country", text, kOptional},
    {kPhotoIdNameSpace, "birth_state", text, kOptional},
    {kPhotoIdNameSpace, "birth_city", text, kOptional},
    {kPhotoIdNameSpace, "administrative_number", text, kOptional},
    {kPhotoIdNameSpace, "resident_street", text, kOptional},
    {kPhotoIdNameSpace, "resident_house_number", text, kOptional},
    {kPhotoIdNameSpace, "resident_state", text, kOptional},
    {kPhotoIdNameSpace, "travel_document_number", text, kOptional},
};

// No public table says what is mandatory here. The individual number stands in the card, but may be asked for by few
// (promise of the law, not of the format), so nothing makes an issuer include it.
constexpr ElementRule kMyNumberCard[] = {
    {kMyNumberCardNameSpace, "full_name_unicode", text, kOptional},
    {kMyNumberCardNameSpace, "birth_date_unicode", text, kOptional},
    {kMyNumberCardNameSpace, "resident_address_unicode", text, kOptional},
    {kMyNumberCardNameSpace, "sex_unicode", text, kOptional},
    {kMyNumberCardNameSpace, "individual_number_unicode", text, kOptional},
    {kMyNumberCardNameSpace, "local_gov_code_unicode", text, kOptional},
    {kMyNumberCardNameSpace, "portrait", bytes, kOptional},
    {kIso23220NameSpace, "sex", unsigned_integer, kOptional},
    {kIso23220NameSpace, "birth_date", birth_date, kOptional},
    {kIso23220NameSpace, "age_in_years", unsigned_integer, kOptional},
    {kIso23220NameSpace, "age_over_NN", boolean, kOptional},
};

constexpr DocType kDocTypes[] = {
    {kMdlDocType, kMdl},
    {kPidDocType, kPid},
    {kPhotoIdDocType, kPhotoId},
    {kMyNumberCardDocType, kMyNumberCard},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool matches(std::string_view rule, std::string_view identifier) {
  if (rule.ends_with('*')) return identifier.starts_with(rule.substr(0, rule.size() - 1));
  if (!rule.ends_with("_NN")) return rule == identifier;
  const std::size_t prefix = rule.size() - 2;
  return identifier.size() == rule.size() && identifier.substr(0, prefix) == rule.substr(0, prefix) &&
         is_digit(identifier[prefix]) && is_digit(identifier[prefix + 1]);
}

std::unexpected<Error> wrong() {
  return fail(ErrorCode::mdoc_element_wrong_type);
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_tagged(cbor::Reader reader, std::uint64_t tag) {
  const auto found = reader.read_tag();
  return found.has_value() && *found == tag;
}

Status check_full_date(cbor::Reader& reader) {
  const auto text = reader.read_tagged_text(kTagFullDate);
  if (!text || !CalendarDate::parse(*text)) return wrong();
  return {};
}

Status check_date_time(cbor::Reader& reader) {
  if (!read_tdate(reader)) return wrong();
  return {};
}

Status check_birth_date(cbor::Reader& reader) {
  if (!reader.next_is(cbor::Major::map)) return check_full_date(reader);
  auto pairs = reader.enter_map();
  if (!pairs) return wrong();
  bool has_date = false;
  while (reader.next(*pairs)) {
    const auto name = reader.read_text();
    if (!name) return wrong();
    if (*name == "birth_date") {
      MIBUN_CHECK(check_full_date(reader));
      has_date = true;
    } else if (!(*name == "approximate_mask" ? reader.read_text().has_value() : reader.skip().has_value())) {
      return wrong();
    }
  }
  if (!has_date) return wrong();
  return {};
}

Status check_text(cbor::Reader& reader, std::size_t characters_max) {
  const auto text = reader.read_text();
  if (!text || characters(*text) > characters_max) return wrong();
  return {};
}

Status check_major(const cbor::Reader& reader, cbor::Major major) {
  if (!reader.next_is(major)) return wrong();
  return {};
}

}  // namespace

const DocType* find_doc_type(std::string_view name) {
  const auto* found = std::ranges::find(kDocTypes, name, &DocType::name);
  return found == std::end(kDocTypes) ? nullptr : found;
}

const ElementRule* find_element(const DocType& doc_type, std::string_view name_space, std::string_view identifier) {
  for (const ElementRule& rule : doc_type.elements) {
    if (rule.name_space == name_space && matches(rule.identifier, identifier)) return &rule;
  }
  return nullptr;
}

Status check_element_type(ElementType type, BytesView value) {
  cbor::ChunkStore chunks;
  cbor::Reader reader(value, cbor::Form::well_formed, kCborLimits, &chunks);
  switch (type) {
    case ElementType::text:
      return check_text(reader, kMessageBytesMax);
    case ElementType::text150:
      return check_text(reader, 150);
    case ElementType::unsigned_integer:
      return check_major(reader, cbor::Major::unsigned_integer);
    case ElementType::boolean:
      if (!reader.read_bool()) return wrong();
      return {};
    case ElementType::bytes:
      return check_major(reader, cbor::Major::byte_string);
    case ElementType::full_date:
      return check_full_date(reader);
    case ElementType::date_time:
      return check_date_time(reader);
    case ElementType::date_or_time:
      return is_tagged(reader, kTagDateTime) ? check_date_time(reader) : check_full_date(reader);
    case ElementType::birth_date:
      return check_birth_date(reader);
    case ElementType::array:
      return check_major(reader, cbor::Major::array);
    case ElementType::map:
      return check_major(reader, cbor::Major::map);
  }
  MIBUN_INVARIANT(false);
  return {};
}

}  // namespace mibun::mdoc
