#include "core/mdoc/doc_types.h"

#include <doctest/doctest.h>

#include <set>

#include "core/codecs/cbor.h"
#include "core/mdoc/element_value.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::mdoc;

namespace {

// Any value of the type, as an issuer would write it.
Bytes sample(ElementType type) {
  switch (type) {
    case ElementType::text:
    case ElementType::text150:
      return value::text("x");
    case ElementType::unsigned_integer:
      return value::unsigned_integer(1);
    case ElementType::boolean:
      return value::boolean(false);
    case ElementType::bytes:
      return value::bytes(Bytes{1});
    case ElementType::full_date:
    case ElementType::date_or_time:
    case ElementType::birth_date:
      return value::full_date({1990, 4, 15});
    case ElementType::date_time:
      return value::tdate(kTestNow);
    case ElementType::array:
      return value::array({});
    case ElementType::map:
      return value::map({});
  }
  return {};
}

}  // namespace

TEST_CASE("the four doctypes are known, each element once") {
  for (const auto name : {kMdlDocType, kPidDocType, kPhotoIdDocType, kMyNumberCardDocType}) {
    INFO(name);
    const DocType* doc_type = find_doc_type(name);
    REQUIRE(doc_type != nullptr);
    CHECK(doc_type->name == name);
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const ElementRule& rule : doc_type->elements) {
      CHECK(seen.emplace(rule.name_space, rule.identifier).second);
      CHECK(check_element_type(rule.type, sample(rule.type)).has_value());
    }
  }
  CHECK(find_doc_type("org.iso.18013.5.1.mdl") == nullptr);
  CHECK(find_doc_type("") == nullptr);
}

TEST_CASE("mandatory elements: ISO/IEC 18013-5, table 5; PID rulebook, 2.2 and 2.4") {
  const auto mandatory = [](std::string_view name) {
    std::set<std::string_view> out;
    for (const ElementRule& rule : find_doc_type(name)->elements) {
      if (rule.mandatory) out.insert(rule.identifier);
    }
    return out;
  };
  CHECK(mandatory(kMdlDocType) == std::set<std::string_view>{"family_name", "given_name", "birth_date", "issue_date",
                                                             "expiry_date", "issuing_country", "issuing_authority",
                                                             "document_number", "portrait", "driving_privileges",
                                                             "un_distinguishing_sign"});
  CHECK(mandatory(kPidDocType) == std::set<std::string_view>{"family_name", "given_name", "birth_date",
                                                             "place_of_birth", "nationality", "expiry_date",
                                                             "issuing_authority", "issuing_country"});
  CHECK(mandatory(kMyNumberCardDocType).empty());
}

TEST_CASE("elements are found by name space and identifier, families by their pattern") {
  struct Row {
    std::string_view doc_type, name_space, identifier;
    bool found;
  };
  const Row rows[] = {
      {kMdlDocType, kMdlNameSpace, "family_name", true},
      {kMdlDocType, kMdlNameSpace, "age_over_18", true},
      {kMdlDocType, kMdlNameSpace, "age_over_1", false},
      {kMdlDocType, kMdlNameSpace, "age_over_1x", false},
      {kMdlDocType, kMdlNameSpace, "age_over_180", false},
      {kMdlDocType, kMdlNameSpace, "age_under_18", false},
      {kMdlDocType, kMdlNameSpace, "biometric_template_face", true},
      {kMdlDocType, kMdlNameSpace, "biometric", false},
      {kMdlDocType, "org.iso.18013.5.1.JP", "family_name", false},
      {kMyNumberCardDocType, kMyNumberCardNameSpace, "full_name_unicode", true},
      {kMyNumberCardDocType, kIso23220NameSpace, "age_over_20", true},
      {kMyNumberCardDocType, kIso23220NameSpace, "full_name_unicode", false},
      {kPhotoIdDocType, kPhotoIdNameSpace, "person_id", true},
  };
  for (const Row& row : rows) {
    INFO(row.name_space << " " << row.identifier);
    CHECK((find_element(*find_doc_type(row.doc_type), row.name_space, row.identifier) != nullptr) == row.found);
  }
}

TEST_CASE("what each type takes, and what it does not") {
  const auto tagged = [](std::uint64_t tag, std::string_view text) {
    return cbor::Writer().tag(tag).text(text).take();
  };
  const auto birth = [&](std::vector<std::pair<std::string, Bytes>> members) { return value::map(members); };
  struct Row {
    std::string_view why;
    ElementType type;
    Bytes value;
    bool good;
  };
  const Row rows[] = {
      {"text", ElementType::text, value::text(""), true},
      {"text as bytes", ElementType::text, value::bytes(Bytes{0x61}), false},
      {"150 characters of 3 bytes", ElementType::text150, value::text([] {
         std::string s;
         for (int i = 0; i < 150; ++i) s += "身";
         return s;
       }()),
       true},
      {"151 characters", ElementType::text150, value::text(std::string(151, 'x')), false},
      {"unsigned", ElementType::unsigned_integer, value::unsigned_integer(0), true},
      {"negative", ElementType::unsigned_integer, cbor::Writer().integer(-1).take(), false},
      {"true", ElementType::boolean, value::boolean(true), true},
      {"1 for true", ElementType::boolean, value::unsigned_integer(1), false},
      {"null", ElementType::boolean, {0xf6}, false},
      {"bytes", ElementType::bytes, value::bytes({}), true},
      {"bytes as text", ElementType::bytes, value::text("x"), false},
      {"full-date", ElementType::full_date, value::full_date({2000, 2, 29}), true},
      {"no such day", ElementType::full_date, tagged(1004, "2001-02-29"), false},
      {"a date without tag", ElementType::full_date, value::text("2000-02-29"), false},
      {"tdate for full-date", ElementType::full_date, value::tdate(kTestNow), false},
      {"tdate", ElementType::date_time, value::tdate(kTestNow), true},
      {"full-date for tdate", ElementType::date_time, value::full_date({2000, 1, 1}), false},
      {"either: date", ElementType::date_or_time, value::full_date({2000, 1, 1}), true},
      {"either: time", ElementType::date_or_time, value::tdate(kTestNow), true},
      {"either: text", ElementType::date_or_time, value::text("2000-01-01"), false},
      {"birth date", ElementType::birth_date, value::full_date({1971, 9, 1}), true},
      {"birth date as a map", ElementType::birth_date, birth({{"birth_date", value::full_date({1971, 1, 1})}}), true},
      {"with a mask", ElementType::birth_date,
       birth({{"birth_date", value::full_date({1971, 1, 1})}, {"approximate_mask", value::text("00001111")}}), true},
      {"with a numeric mask", ElementType::birth_date,
       birth({{"birth_date", value::full_date({1971, 1, 1})}, {"approximate_mask", value::unsigned_integer(1)}}),
       false},
      {"with something of a later edition", ElementType::birth_date,
       birth({{"birth_date", value::full_date({1971, 1, 1})}, {"later", value::unsigned_integer(1)}}), true},
      {"a map with a number for a name", ElementType::birth_date, Bytes{0xa1, 0x01, 0x01}, false},
      {"a map that is cut", ElementType::birth_date, Bytes{0xa1}, false},
      {"a mask alone", ElementType::birth_date, birth({{"approximate_mask", value::text("00001111")}}), false},
      {"array", ElementType::array, value::array({}), true},
      {"map for array", ElementType::array, value::map({}), false},
      {"map", ElementType::map, value::map({}), true},
      {"array for map", ElementType::map, value::array({}), false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const Status status = check_element_type(row.type, row.value);
    CHECK(status.has_value() == row.good);
    if (!row.good) CHECK(status.error().code == ErrorCode::mdoc_element_wrong_type);
  }
}
