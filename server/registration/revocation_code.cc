#include "server/registration/revocation_code.h"

#include <array>

namespace mibun::server {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCharacters = 24;
constexpr std::size_t kGroup = 4;

}  // namespace

std::string make_revocation_code(Rng& rng) {
  std::array<std::uint8_t, kCharacters> random{};
  rng.fill(random);
  std::string code;
  for (std::size_t i = 0; i < kCharacters; ++i) {
    if (i > 0 && i % kGroup == 0) code += '-';
    code += kAlphabet[random[i] & 31U];
  }
  return code;
}

std::optional<std::string> normalise_revocation_code(std::string_view typed) {
  std::string code;
  for (char c : typed) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (kAlphabet.find(c) == std::string_view::npos) return std::nullopt;
    code += c;
  }
  if (code.size() != kCharacters) return std::nullopt;
  return code;
}

}  // namespace mibun::server
