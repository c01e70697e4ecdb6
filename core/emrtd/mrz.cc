#include "core/emrtd/mrz.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/decimal.h"

namespace mibun::emrtd {
namespace {

constexpr char kFiller = '<';

bool is_letter(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::unexpected<Error> malformed(const char* where, const char* detail = "") {
  return fail(ErrorCode::emrtd_mrz_malformed, where, detail);
}

std::string_view without_fillers(std::string_view field) {
  const auto end = field.find_last_not_of(kFiller);
  return end == std::string_view::npos ? std::string_view{} : field.substr(0, end + 1);
}

Status check_digit(std::string_view field, char digit, const char* where) {
  if (digit != mrz_check_digit(field)) return fail(ErrorCode::emrtd_mrz_check_digit, where);
  return {};
}

// "D<<": letters, then fillers only.
Result<std::string> state(std::string_view field, const char* where) {
  const std::string_view code = without_fillers(field);
  if (code.empty() || !std::ranges::all_of(code, is_letter)) return malformed(where);
  return std::string(code);
}

Result<std::string> document_code(std::string_view field) {
  const std::string_view code = without_fillers(field);
  if (code.empty() || !is_letter(code[0]) || code.find(kFiller) != std::string_view::npos) return malformed("code");
  return std::string(code);
}

Result<std::string> name(std::string_view field) {
  std::string out(field);
  if (std::ranges::any_of(out, is_digit)) return malformed("name", "a digit");
  if (out.empty() || out.starts_with(kFiller) || out.find("<<") != std::string::npos)
    return malformed("name", "separators");
  std::ranges::replace(out, kFiller, ' ');
  return out;
}

// PRIMARY<IDENTIFIER<<SECONDARY<IDENTIFIER, filled up.
Status read_names(std::string_view field, Mrz& mrz) {
  const std::string_view used = without_fillers(field);
  const auto gap = used.find("<<");
  if (used.empty()) return malformed("name", "absent");
  MIBUN_TRY(mrz.family_name, name(used.substr(0, gap)));
  if (gap == std::string_view::npos) return {};
  MIBUN_TRY(mrz.given_name, name(used.substr(gap + 2)));
  return {};
}

Result<Sex> sex(char c) {
  switch (c) {
    case 'F':
      return Sex::female;
    case 'M':
      return Sex::male;
    case kFiller:
      return Sex::unspecified;
    default:
      return malformed("sex");
  }
}

Result<CalendarDate> date_in(int year, std::string_view yymmdd, const char* where) {
  const std::string text = decimal(static_cast<unsigned>(year), 4) + "-" + std::string(yymmdd.substr(2, 2)) + "-" +
                           std::string(yymmdd.substr(4, 2));
  auto date = CalendarDate::parse(text);
  if (!date) return malformed(where, "no such day");
  return date;
}

Result<int> two_digit_year(std::string_view yymmdd, const char* where) {
  if (!std::ranges::all_of(yymmdd, is_digit)) return malformed(where, "not six digits");
  return (yymmdd[0] - '0') * 10 + (yymmdd[1] - '0');
}

// The latest such day that is not after today.
Result<CalendarDate> birthdate(std::string_view yymmdd, const CalendarDate& today) {
  MIBUN_TRY(const int short_year, two_digit_year(yymmdd, "birth date"));
  const int this_century = today.year / 100 * 100 + short_year;
  // 29 February may exist in one of the two centuries only.
  const auto late = date_in(this_century, yymmdd, "birth date");
  if (late && *late <= today) return *late;
  return date_in(this_century - 100, yymmdd, "birth date");
}

// The nearest such day: documents are valid for ten years or so, not for fifty.
Result<CalendarDate> expiry(std::string_view yymmdd, const CalendarDate& today) {
  MIBUN_TRY(const int short_year, two_digit_year(yymmdd, "expiry date"));
  int year = today.year / 100 * 100 + short_year;
  if (year - today.year > 50) year -= 100;
  if (today.year - year >= 50) year += 100;
  return date_in(year, yymmdd, "expiry date");
}

struct Dates {
  std::string_view birth, expiry;
  char birth_digit, expiry_digit, sex;
};

Status read_dates(const Dates& dates, const CalendarDate& today, Mrz& mrz) {
  MIBUN_CHECK(check_digit(dates.birth, dates.birth_digit, "birth date"));
  MIBUN_CHECK(check_digit(dates.expiry, dates.expiry_digit, "expiry date"));
  MIBUN_TRY(mrz.birthdate, birthdate(dates.birth, today));
  MIBUN_TRY(mrz.expiry, expiry(dates.expiry, today));
  MIBUN_TRY(mrz.sex, sex(dates.sex));
  return {};
}

Result<std::string> plain_document_number(std::string_view field, char digit) {
  const std::string_view number = without_fillers(field);
  if (number.empty() || number[0] == kFiller) return malformed("document number");
  MIBUN_CHECK(check_digit(field, digit, "document number"));
  return std::string(number);
}

// TD1 and TD2: a number of more than nine characters goes on in the optional data, its check digit at the end
// (9303-5, section 4.2.4).
Status read_document_number(std::string_view field, char digit, std::string_view optional, Mrz& mrz) {
  if (digit != kFiller) {
    MIBUN_TRY(mrz.document_number, plain_document_number(field, digit));
    mrz.optional_data = without_fillers(optional);
    return {};
  }
  const std::string_view rest = optional.substr(0, optional.find(kFiller));
  if (rest.size() < 2 || field.find(kFiller) != std::string_view::npos) return malformed("document number");
  mrz.document_number = std::string(field) + std::string(rest.substr(0, rest.size() - 1));
  MIBUN_CHECK(check_digit(mrz.document_number, rest.back(), "document number"));
  mrz.optional_data = without_fillers(optional.substr(std::min(optional.size(), rest.size() + 1)));
  return {};
}

Result<Mrz> parse_td3(std::string_view text, const CalendarDate& today) {
  const std::string_view one = text.substr(0, 44), two = text.substr(44);
  Mrz mrz;
  mrz.format = MrzFormat::td3;
  MIBUN_TRY(mrz.document_code, document_code(one.substr(0, 2)));
  if (mrz.document_code[0] != 'P') return malformed("code", "not a passport");
  MIBUN_TRY(mrz.issuing_state, state(one.substr(2, 3), "issuing state"));
  MIBUN_CHECK(read_names(one.substr(5), mrz));
  MIBUN_TRY(mrz.document_number, plain_document_number(two.substr(0, 9), two[9]));
  MIBUN_TRY(mrz.nationality, state(two.substr(10, 3), "nationality"));
  MIBUN_CHECK(read_dates({two.substr(13, 6), two.substr(21, 6), two[19], two[27], two[20]}, today, mrz));
  mrz.optional_data = without_fillers(two.substr(28, 14));
  // An unused field may carry a filler for its digit.
  const bool unused = mrz.optional_data.empty() && two[42] == kFiller;
  if (!unused) MIBUN_CHECK(check_digit(two.substr(28, 14), two[42], "optional data"));
  const std::string composite =
      std::string(two.substr(0, 10)) + std::string(two.substr(13, 7)) + std::string(two.substr(21, 22));
  MIBUN_CHECK(check_digit(composite, two[43], "composite"));
  return mrz;
}

Result<Mrz> parse_td2(std::string_view text, const CalendarDate& today) {
  const std::string_view one = text.substr(0, 36), two = text.substr(36);
  Mrz mrz;
  mrz.format = MrzFormat::td2;
  MIBUN_TRY(mrz.document_code, document_code(one.substr(0, 2)));
  MIBUN_TRY(mrz.issuing_state, state(one.substr(2, 3), "issuing state"));
  MIBUN_CHECK(read_names(one.substr(5), mrz));
  MIBUN_CHECK(read_document_number(two.substr(0, 9), two[9], two.substr(28, 7), mrz));
  MIBUN_TRY(mrz.nationality, state(two.substr(10, 3), "nationality"));
  MIBUN_CHECK(read_dates({two.substr(13, 6), two.substr(21, 6), two[19], two[27], two[20]}, today, mrz));
  const std::string composite =
      std::string(two.substr(0, 10)) + std::string(two.substr(13, 7)) + std::string(two.substr(21, 14));
  MIBUN_CHECK(check_digit(composite, two[35], "composite"));
  return mrz;
}

Result<Mrz> parse_td1(std::string_view text, const CalendarDate& today) {
  const std::string_view one = text.substr(0, 30), two = text.substr(30, 30), three = text.substr(60);
  Mrz mrz;
  mrz.format = MrzFormat::td1;
  MIBUN_TRY(mrz.document_code, document_code(one.substr(0, 2)));
  MIBUN_TRY(mrz.issuing_state, state(one.substr(2, 3), "issuing state"));
  MIBUN_CHECK(read_document_number(one.substr(5, 9), one[14], one.substr(15), mrz));
  MIBUN_CHECK(read_dates({two.substr(0, 6), two.substr(8, 6), two[6], two[14], two[7]}, today, mrz));
  MIBUN_TRY(mrz.nationality, state(two.substr(15, 3), "nationality"));
  mrz.optional_data += without_fillers(two.substr(18, 11));
  const std::string composite = std::string(one.substr(5)) + std::string(two.substr(0, 7)) +
                                std::string(two.substr(8, 7)) + std::string(two.substr(18, 11));
  MIBUN_CHECK(check_digit(composite, two[29], "composite"));
  MIBUN_CHECK(read_names(three, mrz));
  return mrz;
}

// ---- writing ----

Result<std::string> filled(std::string text, std::size_t size, const char* where) {
  if (text.size() > size) return malformed(where, "too long");
  text.append(size - text.size(), kFiller);
  return text;
}

Result<std::string> written_name(std::string_view name_text) {
  std::string out;
  for (const char c : name_text) {
    if (c == '\'') continue;  // 9303-3, section 4.6: an apostrophe is left out
    if (c == ' ' || c == '-') {
      out += kFiller;
    } else if (is_letter(c)) {
      out += c;
    } else {
      return malformed("name", "a character outside A-Z");
    }
  }
  return out;
}

Result<std::string> written_date(const CalendarDate& date) {
  MIBUN_CHECK(CalendarDate::parse(date.to_string()));
  return decimal(static_cast<unsigned>(date.year) % 100, 2) + decimal(date.month, 2) + decimal(date.day, 2);
}

std::string with_digit(const std::string& field) {
  return field + mrz_check_digit(field);
}

}  // namespace

std::string_view to_string(Sex value) {
  switch (value) {
    case Sex::female:
      return "F";
    case Sex::male:
      return "M";
    case Sex::unspecified:
      return "X";
  }
  return "X";
}

char mrz_check_digit(std::string_view field) {
  constexpr std::array<int, 3> kWeights = {7, 3, 1};
  int sum = 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const char c = field[i];
    const int value = is_digit(c) ? c - '0' : is_letter(c) ? c - 'A' + 10 : 0;
    sum += value * kWeights[i % kWeights.size()];
  }
  return static_cast<char>('0' + sum % 10);
}

Result<Mrz> parse_mrz(std::string_view text, const CalendarDate& today) {
  const bool charset = std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == kFiller; });
  if (!charset) return malformed("text", "a character outside A-Z, 0-9 and <");
  switch (text.size()) {
    case 88:
      return parse_td3(text, today);
    case 72:
      return parse_td2(text, today);
    case 90:
      return parse_td1(text, today);
    default:
      return malformed("text", "not 88, 72 or 90 characters");
  }
}

Result<std::string> write_td3(const Mrz& mrz) {
  MIBUN_TRY(const std::string family, written_name(mrz.family_name));
  MIBUN_TRY(const std::string given, written_name(mrz.given_name));
  MIBUN_TRY(const std::string code, filled(mrz.document_code, 2, "code"));
  MIBUN_TRY(const std::string issuer, filled(mrz.issuing_state, 3, "issuing state"));
  const std::string names = given.empty() ? family : family + "<<" + given;
  MIBUN_TRY(const std::string name_field, filled(names.substr(0, 39), 39, "name"));
  MIBUN_TRY(const std::string number, filled(mrz.document_number, 9, "document number"));
  MIBUN_TRY(const std::string nationality, filled(mrz.nationality, 3, "nationality"));
  MIBUN_TRY(const std::string birth, written_date(mrz.birthdate));
  MIBUN_TRY(const std::string until, written_date(mrz.expiry));
  MIBUN_TRY(const std::string optional, filled(mrz.optional_data, 14, "optional data"));
  const std::string sex_text = mrz.sex == Sex::unspecified ? "<" : std::string(to_string(mrz.sex));
  const std::string composite = with_digit(number) + with_digit(birth) + with_digit(until) + with_digit(optional);
  std::string text = code + issuer + name_field + with_digit(number) + nationality + with_digit(birth) + sex_text +
                     with_digit(until) + with_digit(optional) + mrz_check_digit(composite);
  // What is written must read back; `today` only decides centuries, so take the day of expiry.
  MIBUN_CHECK(parse_mrz(text, mrz.expiry));
  return text;
}

}  // namespace mibun::emrtd
