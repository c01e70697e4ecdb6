#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

// Codes that people write down and type: Crockford's base32, without I, L, O and U, in groups of four.
namespace mibun::written_code {

inline constexpr std::size_t kGroup = 4;

// Of five bits; the others are not looked at.
char symbol(std::uint8_t bits);

// "7KQM3XWB" -> "7KQM-3XWB"
std::string in_groups(std::string_view symbols);

// As people type it: any case, spaces or dashes anywhere, O for 0, I or L for 1. None when it has anything else.
std::optional<std::string> normalise(std::string_view typed);

// Each group is three symbols and a fourth that checks them and the group's place: one that is mistyped, two that are
// swapped, and groups in another order are noticed, and it can be said where. `symbols`: five bits each, three for each
// group.
std::string with_checks(std::span<const std::uint8_t> symbols);

// The symbols of such a code without their checks. Errors: invalid_argument, at "code.3" when the third group is the
// first that is wrong or not there, at "code" when more follows than `groups`.
Result<std::vector<std::uint8_t>> read_checked(std::string_view typed, std::size_t groups);

}  // namespace mibun::written_code
