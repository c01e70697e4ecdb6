#include "core/mdoc/age_over.h"

#include <algorithm>
#include <array>

#include "core/mdoc/doc_types.h"

namespace mibun::mdoc {
namespace {

constexpr std::string_view kPrefix = "age_over_";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<AgeOver> AgeOver::parse(std::string_view identifier) {
  if (!identifier.starts_with(kPrefix)) return std::nullopt;
  const std::string_view digits = identifier.substr(kPrefix.size());
  if (digits.size() != 2 || !is_digit(digits[0]) || !is_digit(digits[1])) return std::nullopt;
  return AgeOver(static_cast<std::uint8_t>((digits[0] - '0') * 10 + (digits[1] - '0')));
}

std::string AgeOver::identifier() const {
  std::string out(kPrefix);
  out += static_cast<char>('0' + years_ / 10);
  out += static_cast<char>('0' + years_ % 10);
  return out;
}

bool has_age_attestations(std::string_view name_space) {
  static constexpr std::array kNameSpaces = {kMdlNameSpace, kPidNameSpace, kIso23220NameSpace, kMyNumberCardNameSpace};
  return std::ranges::find(kNameSpaces, name_space) != kNameSpaces.end();
}

bool decides(const AgeAttestation& given, AgeOver asked) {
  return given.value ? given.age >= asked : given.age <= asked;
}

std::optional<AgeAttestation> nearest_attestation(AgeOver asked, std::span<const AgeAttestation> held) {
  std::optional<AgeAttestation> best;
  for (const AgeAttestation& candidate : held) {
    if (!decides(candidate, asked)) continue;
    const bool nearer = !best || (candidate.value != best->value ? candidate.value
                                  : candidate.value              ? candidate.age < best->age
                                                                 : candidate.age > best->age);
    if (nearer) best = candidate;
  }
  return best;
}

Result<AgeAnswer> age_answer(AgeOver asked, std::span<const AgeAttestation> given) {
  std::optional<AgeOver> oldest_true, youngest_false;
  for (const AgeAttestation& attestation : given) {
    std::optional<AgeOver>& bound = attestation.value ? oldest_true : youngest_false;
    const bool tighter = !bound || (attestation.value ? attestation.age > *bound : attestation.age < *bound);
    if (tighter) bound = attestation.age;
  }
  if (oldest_true && youngest_false && *youngest_false <= *oldest_true) {
    return fail(ErrorCode::mdoc_age_attestations_contradict);
  }
  if (oldest_true && *oldest_true >= asked) return AgeAnswer::at_least;
  if (youngest_false && *youngest_false <= asked) return AgeAnswer::below;
  return AgeAnswer::unknown;
}

}  // namespace mibun::mdoc
