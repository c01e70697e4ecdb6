#include "core/mdoc/age_over.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::mdoc;

namespace {

// An attestation for each age of `ages` as an issuer would make them for somebody `years` old.
std::vector<AgeAttestation> issued(std::span<const unsigned> ages, unsigned years) {
  std::vector<AgeAttestation> out;
  for (const unsigned age : ages) out.push_back({AgeOver::make(age), years >= age});
  return out;
}

// 7.2.5 by looking at every age one after another.
std::optional<AgeAttestation> nearest_by_search(unsigned asked, std::span<const AgeAttestation> held) {
  const auto find = [&](unsigned age, bool value) {
    return std::ranges::find(held, AgeAttestation{AgeOver::make(age), value}) != held.end();
  };
  for (unsigned age = asked; age <= 99; ++age) {
    if (find(age, true)) return AgeAttestation{AgeOver::make(age), true};
  }
  for (unsigned age = asked + 1; age-- > 0;) {
    if (find(age, false)) return AgeAttestation{AgeOver::make(age), false};
  }
  return std::nullopt;
}

std::vector<unsigned> subset(std::span<const unsigned> ages, unsigned bits) {
  std::vector<unsigned> out;
  for (std::size_t i = 0; i < ages.size(); ++i) {
    if ((bits >> i & 1) != 0) out.push_back(ages[i]);
  }
  return out;
}

}  // namespace

TEST_CASE("age_over_NN has two digits") {
  for (unsigned age = 0; age <= 99; ++age) {
    const std::string identifier = std::string("age_over_") + (age < 10 ? "0" : "") + std::to_string(age);
    REQUIRE(AgeOver::parse(identifier));
    CHECK(AgeOver::parse(identifier)->years() == age);
    CHECK(AgeOver::make(age).identifier() == identifier);
  }
  for (const std::string_view other : {"", "age_over_", "age_over_1", "age_over_100", "age_over_1a", "age_over_a1",
                                       "age_over_-1", "age_over_ 1", "age_over_1 ", "Age_over_18", "age_over18",
                                       "xage_over_18", "age_over_NN", "age_in_years", "age_over_\xEF\xBC\x91"}) {
    INFO(other);
    CHECK(!AgeOver::parse(other));
  }
}

TEST_CASE("ISO 18013-5 7.2.5: the nearest deciding attestation answers, for every NN, subset and age") {
  constexpr std::array<unsigned, 6> ages = {0, 13, 18, 20, 65, 99};
  constexpr std::array<unsigned, 11> holders = {0, 12, 13, 17, 18, 19, 20, 64, 65, 98, 99};
  int answered = 0, silent = 0;
  for (unsigned bits = 0; bits < 64; ++bits) {
    const std::vector<unsigned> held_ages = subset(ages, bits);
    for (const unsigned years : holders) {
      const std::vector<AgeAttestation> held = issued(held_ages, years);
      for (unsigned asked = 0; asked <= 99; ++asked) {
        const auto got = nearest_attestation(AgeOver::make(asked), held);
        const bool same = got == nearest_by_search(asked, held);
        if (!same) CHECK_MESSAGE(same, "bits " << bits << " years " << years << " asked " << asked);
        // What answers is true of the holder, and says enough: the verifier draws the right conclusion from it alone.
        if (got) {
          const AgeAttestation only[] = {*got};
          const auto answer = age_answer(AgeOver::make(asked), only);
          if (!(answer && *answer == (years >= asked ? AgeAnswer::at_least : AgeAnswer::below))) {
            CHECK_MESSAGE(false, "wrong conclusion: years " << years << " asked " << asked);
          }
        }
        ++(got ? answered : silent);
      }
    }
  }
  CHECK(answered + silent == 64 * 11 * 100);
  CHECK(answered > 10'000);
  CHECK(silent > 10'000);
}

TEST_CASE("ISO 18013-5 7.2.5: examples") {
  struct Row {
    std::string_view why;
    std::vector<AgeAttestation> held;
    unsigned asked;
    std::optional<AgeAttestation> want;
  };
  const auto over = [](unsigned age, bool value) { return AgeAttestation{AgeOver::make(age), value}; };
  const Row rows[] = {
      {"the exact one", {over(18, true)}, 18, over(18, true)},
      {"the exact one, false", {over(18, false)}, 18, over(18, false)},
      {"the nearest true above", {over(65, true), over(21, true), over(25, true)}, 20, over(21, true)},
      {"true below says nothing", {over(18, true)}, 20, std::nullopt},
      {"the nearest false below", {over(13, false), over(18, false), over(16, false)}, 20, over(18, false)},
      {"false above says nothing", {over(21, false)}, 20, std::nullopt},
      {"true below and false above", {over(18, true), over(21, false)}, 20, std::nullopt},
      {"nothing held", {}, 20, std::nullopt},
      {"00 and 99", {over(0, true)}, 0, over(0, true)},
      {"99", {over(0, true), over(99, false)}, 99, over(99, false)},
      {"true wins over false when an issuer contradicts itself", {over(18, false), over(21, true)}, 20, over(21, true)},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(nearest_attestation(AgeOver::make(row.asked), row.held) == row.want);
  }
}

TEST_CASE("a verifier takes a neighbour's answer, in the right direction only") {
  for (unsigned given = 0; given <= 99; ++given) {
    for (unsigned asked = 0; asked <= 99; ++asked) {
      const AgeOver a = AgeOver::make(asked);
      const AgeAttestation yes{AgeOver::make(given), true}, no{AgeOver::make(given), false};
      bool good = decides(yes, a) == (given >= asked) && decides(no, a) == (given <= asked);
      const AgeAttestation only_yes[] = {yes}, only_no[] = {no};
      good = good && must(age_answer(a, only_yes)) == (given >= asked ? AgeAnswer::at_least : AgeAnswer::unknown);
      good = good && must(age_answer(a, only_no)) == (given <= asked ? AgeAnswer::below : AgeAnswer::unknown);
      if (!good) CHECK_MESSAGE(good, "given " << given << " asked " << asked);
    }
  }
  CHECK(must(age_answer(AgeOver::make(20), {})) == AgeAnswer::unknown);
}

TEST_CASE("attestations that contradict each other answer nothing") {
  const auto over = [](unsigned age, bool value) { return AgeAttestation{AgeOver::make(age), value}; };
  const std::vector<AgeAttestation> contradictions[] = {
      {over(18, true), over(18, false)},
      {over(18, false), over(21, true)},
      {over(21, true), over(13, true), over(18, false)},
  };
  for (const auto& given : contradictions) {
    for (unsigned asked = 0; asked <= 99; ++asked) {
      CHECK(code_of(age_answer(AgeOver::make(asked), given)) == ErrorCode::mdoc_age_attestations_contradict);
    }
  }
  const std::vector<AgeAttestation> range = {over(18, true), over(65, false)};
  CHECK(must(age_answer(AgeOver::make(18), range)) == AgeAnswer::at_least);
  CHECK(must(age_answer(AgeOver::make(65), range)) == AgeAnswer::below);
  CHECK(must(age_answer(AgeOver::make(30), range)) == AgeAnswer::unknown);
}

TEST_CASE("age attestations mean this in the name spaces that say so") {
  for (const std::string_view name :
       {"org.iso.18013.5.1", "eu.europa.ec.eudi.pid.1", "org.iso.23220.1", "org.iso.23220.1.jp"}) {
    CHECK(has_age_attestations(name));
  }
  for (const std::string_view name : {"", "org.iso.18013.5.1.aamva", "org.iso.18013.5.1.mDL", "com.example"}) {
    CHECK(!has_age_attestations(name));
  }
}
