#include "core/oid4vci/pkce.h"

#include <array>

#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

// RFC 7636, appendix B.
constexpr std::string_view kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

// Bytes that the appendix begins with.
class AppendixRng final : public Rng {
 public:
  void fill(std::span<std::uint8_t> out) override {
    constexpr std::array<std::uint8_t, 32> kOctets = {116, 24,  223, 180, 151, 153, 224, 37,  79,  250, 96,
                                                      125, 216, 173, 187, 186, 22,  212, 37,  77,  105, 214,
                                                      191, 240, 91,  88,  5,   88,  83,  132, 141, 121};
    REQUIRE(out.size() == kOctets.size());
    std::ranges::copy(kOctets, out.begin());
  }
};

}  // namespace

TEST_CASE("verifier and challenge are those of RFC 7636, appendix B") {
  AppendixRng rng;
  CHECK(make_code_verifier(rng) == kVerifier);
  CHECK(CodeChallenge::of(kVerifier).text() == kChallenge);
  CHECK(CodeChallenge::parse(kChallenge).value().check(kVerifier).has_value());
}

TEST_CASE("a verifier that is not the one is refused") {
  const CodeChallenge challenge = CodeChallenge::parse(kChallenge).value();
  // Every single character changed.
  for (std::size_t i = 0; i < kVerifier.size(); ++i) {
    std::string other(kVerifier);
    other[i] = other[i] == 'A' ? 'B' : 'A';
    CHECK(code_of(challenge.check(other)) == "oauth_invalid_grant");
  }
  struct Row {
    const char* why;
    std::string verifier;
  };
  const Row rows[] = {{"empty", ""},
                      {"the challenge itself, as plain would have it", std::string(kChallenge)},
                      {"42 characters", std::string(42, 'a')},
                      {"129 characters", std::string(129, 'a')},
                      {"a space", std::string(kVerifier) + " "},
                      {"padding", std::string(kVerifier) + "="},
                      {"a plus", "+" + std::string(kVerifier.substr(1))}};
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(challenge.check(row.verifier)) == "oauth_invalid_grant");
    // Not even when the challenge was made from it.
    const bool shape_is_wrong = row.verifier.size() != kChallenge.size() || row.verifier.front() == '+';
    if (shape_is_wrong) CHECK(code_of(CodeChallenge::of(row.verifier).check(row.verifier)) == "oauth_invalid_grant");
  }
  for (const std::size_t size : {std::size_t{43}, std::size_t{128}}) {
    const std::string verifier(size, '~');
    CHECK(CodeChallenge::of(verifier).check(verifier).has_value());
  }
}

TEST_CASE("a challenge that is no SHA-256 in base64url is refused") {
  for (const std::string& text :
       {std::string(), std::string("abc"), std::string(kChallenge) + "=", std::string(kChallenge.substr(1)),
        std::string(kChallenge) + "AA", std::string(kChallenge.substr(0, 42)) + "+"}) {
    INFO(text);
    CHECK(code_of(CodeChallenge::parse(text)) == "oauth_invalid_request");
  }
}
