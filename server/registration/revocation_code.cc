#include "server/registration/revocation_code.h"

#include <array>

#include "core/codecs/written_code.h"

namespace mibun::server {
namespace {

constexpr std::size_t kCharacters = 24;

}  // namespace

std::string make_revocation_code(Rng& rng) {
  std::array<std::uint8_t, kCharacters> random{};
  rng.fill(random);
  std::string code;
  for (const std::uint8_t one : random) code += written_code::symbol(one);
  return written_code::in_groups(code);
}

std::optional<std::string> normalise_revocation_code(std::string_view typed) {
  auto code = written_code::normalise(typed);
  if (!code || code->size() != kCharacters) return std::nullopt;
  return code;
}

}  // namespace mibun::server
