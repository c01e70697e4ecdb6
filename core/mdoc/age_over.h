#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

// ISO/IEC 18013-5, 7.2.5: a reader asks whether somebody is at least NN years old, and the nearest attestation that
// decides it answers: the smallest "true" at or above NN, or else the largest "false" at or below NN.
namespace mibun::mdoc {

inline constexpr std::size_t kAgeRequestsMax = 2;  // in one request; more would find the age by halving

// NN of "age_over_NN", 0 to 99.
class AgeOver {
 public:
  // None when `identifier` is another element.
  static std::optional<AgeOver> parse(std::string_view identifier);
  static constexpr AgeOver make(unsigned years) {
    MIBUN_INVARIANT(years <= 99);
    return AgeOver(static_cast<std::uint8_t>(years));
  }
  constexpr unsigned years() const { return years_; }
  std::string identifier() const;
  friend auto operator<=>(AgeOver, AgeOver) = default;

 private:
  constexpr explicit AgeOver(std::uint8_t years) : years_(years) {}
  std::uint8_t years_;
};

struct AgeAttestation {
  AgeOver age;
  bool value;
  friend bool operator==(const AgeAttestation&, const AgeAttestation&) = default;
};

// The name spaces whose age_over_NN means this: mDL, PID, ISO/IEC 23220 (photo ID) and the My Number Card.
bool has_age_attestations(std::string_view name_space);

// The holder: which attestation answers; none when no attestation held decides it. `held` in any order.
std::optional<AgeAttestation> nearest_attestation(AgeOver asked, std::span<const AgeAttestation> held);

// The verifier: whether `given` decides `asked`. age_over_21: true answers age_over_20; age_over_18: false does, too.
bool decides(const AgeAttestation& given, AgeOver asked);

enum class AgeAnswer : std::uint8_t { at_least, below, unknown };
// What verified attestations say about `asked`.
// Errors: mdoc_age_attestations_contradict (true at some age and false at a lower one or the same).
Result<AgeAnswer> age_answer(AgeOver asked, std::span<const AgeAttestation> given);

}  // namespace mibun::mdoc
