#include "core/emrtd/mrz.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/code_of.h"

using namespace mibun;
using namespace mibun::emrtd;

namespace {

constexpr CalendarDate kToday{2026, 11, 23};

// The specimens of ICAO Doc 9303-4, appendix B; -5, appendix B; -6, appendix B.
const std::string kTd3 =
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
const std::string kTd1 =
    "I<UTOD231458907<<<<<<<<<<<<<<<"
    "7408122F1204159UTO<<<<<<<<<<<6"
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
const std::string kTd2 =
    "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<"
    "D231458907UTO7408122F1204159<<<<<<<6";

}  // namespace

TEST_CASE("the specimens of ICAO Doc 9303 are read") {
  struct Row {
    std::string text;
    MrzFormat format;
    const char* number;
    const char* optional;
  };
  const Row rows[] = {{kTd3, MrzFormat::td3, "L898902C3", "ZE184226B"},
                      {kTd1, MrzFormat::td1, "D23145890", ""},
                      {kTd2, MrzFormat::td2, "D23145890", ""}};
  for (const auto& [text, format, number, optional] : rows) {
    const Mrz mrz = parse_mrz(text, kToday).value();
    CHECK(mrz.format == format);
    CHECK(mrz.document_number == std::string(number));
    CHECK(mrz.optional_data == std::string(optional));
    CHECK(mrz.issuing_state == "UTO");
    CHECK(mrz.nationality == "UTO");
    CHECK(mrz.family_name == "ERIKSSON");
    CHECK(mrz.given_name == "ANNA MARIA");
    CHECK(mrz.birthdate == CalendarDate{1974, 8, 12});
    CHECK(mrz.expiry == CalendarDate{2012, 4, 15});
    CHECK(mrz.sex == Sex::female);
  }
  CHECK(parse_mrz(kTd3, kToday)->document_code == "P");
}

TEST_CASE("a long document number of a card goes on in the optional data") {
  // ICAO Doc 9303-5, section 4.2.4's example number D23145890734.
  const std::string one = "I<UTOD23145890<7349<<<<<<<<<<<";
  const std::string two = "7408122F1204159UTO<<<<<<<<<<<";
  const std::string composite = one.substr(5) + two.substr(0, 7) + two.substr(8, 7) + two.substr(18, 11);
  const std::string text = one + two + mrz_check_digit(composite) + "ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
  const auto mrz = parse_mrz(text, kToday);
  REQUIRE(mrz.has_value());
  CHECK(mrz->document_number == "D23145890734");
  CHECK(mrz->optional_data.empty());
}

TEST_CASE("a changed character is noticed wherever a check digit watches") {
  for (const std::string& text : {kTd3, kTd2, kTd1}) {
    REQUIRE(parse_mrz(text, kToday).has_value());
    const std::size_t watched_from = text == kTd3 ? 44 : text == kTd2 ? 36 : 5;
    const std::size_t watched_to = text == kTd1 ? 60 : text.size();
    for (std::size_t i = watched_from; i < watched_to; ++i) {
      const std::size_t column = text == kTd1 ? i - 30 : i - watched_from;
      const bool nationality = text == kTd1 ? (i >= 45 && i < 48) : (column >= 10 && column < 13);
      const bool sex = text == kTd1 ? i == 37 : column == 20;
      if (nationality || sex) continue;  // no digit covers these
      std::string changed = text;
      char& c = changed[i];  // to a neighbour: values that differ by ten look the same to the digits
      c = c == '<' ? '1' : c == '9' ? '8' : c == 'Z' ? 'Y' : static_cast<char>(c + 1);
      INFO(changed);
      const auto mrz = parse_mrz(changed, kToday);
      CHECK(!mrz.has_value());
    }
  }
}

TEST_CASE("zones that 9303 does not allow are refused") {
  const auto changed = [](std::size_t at, std::string_view with) {
    std::string text = kTd3;
    return text.replace(at, with.size(), with);
  };
  // With digits that fit again, so that only the named fault is left.
  const auto repaired = [&](std::size_t at, std::string_view with) {
    std::string text = changed(at, with);
    struct Field {
      std::size_t from, size, digit;
    };
    for (const Field field : {Field{44, 9, 53}, Field{57, 6, 63}, Field{65, 6, 71}, Field{72, 14, 86}}) {
      text[field.digit] = mrz_check_digit(text.substr(field.from, field.size));
    }
    text[87] = mrz_check_digit(text.substr(44, 10) + text.substr(57, 7) + text.substr(65, 22));
    return text;
  };
  REQUIRE(repaired(0, "P<") == kTd3);
  struct Row {
    const char* why;
    std::string text;
    ErrorCode want;
  };
  const auto malformed = ErrorCode::emrtd_mrz_malformed;
  const auto digit = ErrorCode::emrtd_mrz_check_digit;
  const Row rows[] = {
      {"empty", "", malformed},
      {"one short", kTd3.substr(1), malformed},
      {"one long", kTd3 + "<", malformed},
      {"with a line break", kTd3.substr(0, 44) + "\n" + kTd3.substr(44), malformed},
      {"lower case", changed(5, "e"), malformed},
      {"a space", changed(13, " "), malformed},
      {"a NUL", changed(13, std::string_view("\0", 1)), malformed},
      {"UTF-8", changed(5, "\xc3\x89"), malformed},
      {"not a passport", changed(0, "V<"), malformed},
      {"no code", changed(0, "<<"), malformed},
      {"no issuing state", changed(2, "<<<"), malformed},
      {"a filler inside the state", changed(2, "U<O"), malformed},
      {"a digit in the state", changed(2, "UT0"), malformed},
      {"no name", changed(5, std::string(39, '<')), malformed},
      {"no family name", changed(5, "<<ERIKSSON<ANNA<MARIA"), malformed},
      {"a digit in the name", changed(5, "3RIKSSON"), malformed},
      {"three parts of the name", changed(5, "ERIKSSON<<ANNA<<MARIA"), malformed},
      {"number's digit", changed(53, "7"), digit},
      {"birth date's digit", changed(63, "3"), digit},
      {"expiry's digit", changed(71, "8"), digit},
      {"optional data's digit", changed(86, "2"), digit},
      {"composite digit", changed(87, "1"), digit},
      {"no optional digit beside data", changed(86, "<"), digit},
      {"no document number", repaired(44, "<<<<<<<<<"), malformed},
      {"a birth date with unknown parts", repaired(57, "74<<<<"), malformed},
      {"month 13", repaired(57, "741312"), malformed},
      {"30 February", repaired(57, "740230"), malformed},
      {"29 February 1975", repaired(57, "750229"), malformed},
      {"expiry 31 April", repaired(65, "120431"), malformed},
      {"expiry with letters", repaired(65, "12O415"), malformed},
      {"sex X", changed(64, "X"), malformed},
      {"a digit in the nationality", changed(54, "UT0"), malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(code_of(parse_mrz(row.text, kToday)) == row.want);
  }
  CHECK(parse_mrz(changed(64, "<"), kToday)->sex == Sex::unspecified);
  CHECK(parse_mrz(changed(64, "M"), kToday)->sex == Sex::male);
  CHECK(parse_mrz(changed(2, "D<<"), kToday)->issuing_state == "D");
}

TEST_CASE("two-digit years get the century that makes sense on the day") {
  struct Row {
    CalendarDate today;
    const char* birth;
    int birth_year;
    const char* expiry;
    int expiry_year;
  };
  const Row rows[] = {
      {{2026, 11, 23}, "261123", 2026, "261123", 2026}, {{2026, 11, 23}, "261124", 1926, "761231", 2076},
      {{2026, 11, 23}, "270101", 1927, "770101", 1977}, {{2026, 11, 23}, "000101", 2000, "991231", 1999},
      {{2026, 11, 23}, "991231", 1999, "360101", 2036}, {{2026, 11, 23}, "240229", 2024, "280229", 2028},
      {{2026, 11, 23}, "280229", 1928, "320229", 2032}, {{1999, 12, 31}, "991231", 1999, "090101", 2009},
      {{2001, 1, 1}, "000229", 2000, "990101", 1999},   {{2095, 5, 5}, "950505", 2095, "040505", 2104},
  };
  for (const Row& row : rows) {
    const std::string number = "L898902C3", optional = std::string(14, '<');
    const auto with_digit = [](const std::string& f) { return f + mrz_check_digit(f); };
    const std::string n = with_digit(number), b = with_digit(row.birth), e = with_digit(row.expiry),
                      o = with_digit(optional);
    const std::string text =
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<" + n + "UTO" + b + "F" + e + o + mrz_check_digit(n + b + e + o);
    INFO(text);
    const auto mrz = parse_mrz(text, row.today);
    REQUIRE(mrz.has_value());
    CHECK(mrz->birthdate.year == row.birth_year);
    CHECK(mrz->expiry.year == row.expiry_year);
  }
}

TEST_CASE("an unused optional field may carry a filler for its digit") {
  std::string text = kTd3;
  text.replace(72, 15, std::string(15, '<'));
  text[87] = mrz_check_digit(text.substr(44, 10) + text.substr(57, 7) + text.substr(65, 22));
  CHECK(parse_mrz(text, kToday)->optional_data.empty());
}

TEST_CASE("what is written reads back") {
  Mrz mrz;
  mrz.document_code = "P";
  mrz.issuing_state = "JPN";
  mrz.family_name = "O'MIYA-KAWA";
  mrz.given_name = "HANAKO";
  mrz.document_number = "TR1234567";
  mrz.nationality = "JPN";
  mrz.birthdate = {1990, 4, 15};
  mrz.expiry = {2033, 1, 31};
  mrz.sex = Sex::female;
  const std::string text = write_td3(mrz).value();
  CHECK(text.substr(0, 44) == "P<JPNOMIYA<KAWA<<HANAKO<<<<<<<<<<<<<<<<<<<<<");
  const Mrz read = parse_mrz(text, kToday).value();
  CHECK(read.family_name == "OMIYA KAWA");
  CHECK(read.given_name == "HANAKO");
  CHECK(read.document_number == mrz.document_number);
  CHECK(read.birthdate == mrz.birthdate);
  CHECK(read.expiry == mrz.expiry);

  const auto refused = [&](auto change) {
    Mrz other = mrz;
    change(other);
    return !write_td3(other).has_value();
  };
  CHECK(refused([](Mrz& m) { m.family_name = "大宮"; }));
  CHECK(refused([](Mrz& m) { m.family_name = ""; }));
  CHECK(refused([](Mrz& m) { m.document_number = "1234567890"; }));
  CHECK(refused([](Mrz& m) { m.document_number = "tr1"; }));
  CHECK(refused([](Mrz& m) { m.issuing_state = "JAPAN"; }));
  CHECK(refused([](Mrz& m) { m.birthdate = {1990, 2, 30}; }));
  Mrz long_name = mrz;
  long_name.family_name = std::string(50, 'A');
  CHECK(write_td3(long_name)->size() == 88);
}
