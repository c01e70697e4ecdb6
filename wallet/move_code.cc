#include "wallet/move_code.h"

#include "core/codecs/written_code.h"
#include "core/crypto/hash.h"

namespace mibun::wallet {
namespace {

constexpr std::size_t kGroups = 6;
constexpr std::size_t kSymbols = kGroups * (written_code::kGroup - 1);

}  // namespace

MoveCode MoveCode::make(Rng& rng) {
  Bytes symbols = rng.bytes(kSymbols);
  for (std::uint8_t& one : symbols) one &= 31U;
  return MoveCode(std::move(symbols));
}

Result<MoveCode> MoveCode::parse(std::string_view typed) {
  MIBUN_TRY(Bytes symbols, written_code::read_checked(typed, kGroups));
  return MoveCode(std::move(symbols));
}

std::string MoveCode::to_text() const {
  return written_code::with_checks(symbols_);
}

Bytes MoveCode::secret() const {
  return to_bytes(crypto::sha256({as_bytes("mibun move code"), symbols_}));
}

}  // namespace mibun::wallet
