#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

// The machine readable zone of ICAO Doc 9303: part 4 (TD3, passports), part 5 (TD1, cards), part 6 (TD2).
namespace mibun::emrtd {

enum class MrzFormat { td1, td2, td3 };
enum class Sex { female, male, unspecified };

// "F", "M", "X".
std::string_view to_string(Sex sex);

struct Mrz {
  MrzFormat format = MrzFormat::td3;
  std::string document_code;  // "P", "PM", "I"
  std::string issuing_state;  // one to three letters: "JPN", "D"
  std::string family_name;    // A-Z and single spaces, as transliterated by the issuing state; may be cut off
  std::string given_name;     // empty when the holder has one name only
  std::string document_number;
  std::string nationality;
  CalendarDate birthdate;
  Sex sex = Sex::unspecified;
  CalendarDate expiry;
  std::string optional_data;  // TD3: personal number or what the state likes; TD1: first line's and second line's
};

// `text`: the lines one after another as in DG1, without line breaks: 88 characters (TD3), 72 (TD2) or 90 (TD1), only
// A-Z, 0-9 and <. Every check digit must fit. Two-digit years: a birth date is the latest that is not after `today`,
// an expiry date the nearest to `today`. A birth date with unknown parts is refused: no claim can be made of it.
// The names have no check digit: only a signature over the whole makes them trustworthy.
// Errors: emrtd_mrz_malformed, emrtd_mrz_check_digit.
Result<Mrz> parse_mrz(std::string_view text, const CalendarDate& today);

// The 88 characters of a passport's zone. Names: A-Z, spaces, hyphens and apostrophes; cut off at 39 characters.
// Errors: emrtd_mrz_malformed (what does not fit its field), date_malformed.
Result<std::string> write_td3(const Mrz& mrz);

// 9303-3, section 4.9: weights 7, 3, 1; `field` holds A-Z, 0-9 and < only.
char mrz_check_digit(std::string_view field);

}  // namespace mibun::emrtd
