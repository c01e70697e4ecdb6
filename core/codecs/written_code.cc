#include "core/codecs/written_code.h"

namespace mibun::written_code {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kChecked = kGroup - 1;

// Times x in GF(32), modulo x^5 + x^2 + 1.
std::uint8_t times_x(std::uint8_t value) {
  const unsigned doubled = value * 2U;
  return static_cast<std::uint8_t>((doubled & 32U) != 0 ? doubled ^ 0b100101U : doubled);
}

// Each symbol by a factor of its own, and the check itself by 1: whatever changes one of them, or swaps two, changes
// the sum. So does another place, as two places differ in their number.
std::uint8_t check_of(std::span<const std::uint8_t> group, std::size_t place) {
  std::uint8_t sum = 0;
  for (const std::uint8_t one : group) sum = times_x(static_cast<std::uint8_t>(sum ^ one));
  return static_cast<std::uint8_t>((sum ^ place) & 31U);
}

// What people type for it; none when it stands in no code.
std::optional<char> read(char typed) {
  if (typed >= 'a' && typed <= 'z') typed = static_cast<char>(typed - 'a' + 'A');
  if (typed == 'O') return '0';
  if (typed == 'I' || typed == 'L') return '1';
  if (kAlphabet.find(typed) == std::string_view::npos) return std::nullopt;
  return typed;
}

bool is_between(char typed) {
  return typed == '-' || typed == ' ';
}

std::unexpected<Error> wrong_group(std::size_t place) {
  return fail(ErrorCode::invalid_argument, "code." + std::to_string(place + 1), "mistyped, or not there");
}

}  // namespace

char symbol(std::uint8_t bits) {
  return kAlphabet[bits & 31U];
}

std::string in_groups(std::string_view symbols) {
  std::string code;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (i > 0 && i % kGroup == 0) code += '-';
    code += symbols[i];
  }
  return code;
}

std::optional<std::string> normalise(std::string_view typed) {
  std::string code;
  for (const char c : typed) {
    if (is_between(c)) continue;
    const auto one = read(c);
    if (!one) return std::nullopt;
    code += *one;
  }
  return code;
}

std::string with_checks(std::span<const std::uint8_t> symbols) {
  MIBUN_INVARIANT(symbols.size() % kChecked == 0);
  std::string code;
  for (std::size_t place = 0; place * kChecked < symbols.size(); ++place) {
    const auto group = symbols.subspan(place * kChecked, kChecked);
    for (const std::uint8_t one : group) code += symbol(one);
    code += symbol(check_of(group, place));
  }
  return in_groups(code);
}

Result<std::vector<std::uint8_t>> read_checked(std::string_view typed, std::size_t groups) {
  std::vector<std::uint8_t> symbols, group;
  std::size_t place = 0;
  for (const char c : typed) {
    if (is_between(c)) continue;
    if (place == groups) return fail(ErrorCode::invalid_argument, "code", "too long");
    const auto one = read(c);
    if (!one) return wrong_group(place);
    group.push_back(static_cast<std::uint8_t>(kAlphabet.find(*one)));
    if (group.size() < kGroup) continue;
    const std::uint8_t check = group.back();
    group.pop_back();
    if (check_of(group, place) != check) return wrong_group(place);
    symbols.insert(symbols.end(), group.begin(), group.end());
    group.clear();
    ++place;
  }
  if (place < groups) return wrong_group(place);
  return symbols;
}

}  // namespace mibun::written_code
