#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"

namespace mibun::oid4vci {

// The same bytes for the same seed (splitmix64): a whole simulation can be played again.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next() >> 32 & 0xff);
  }
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

inline crypto::P256PrivateKey key_from(Rng& rng) {
  for (;;) {
    auto key = crypto::P256PrivateKey::from_scalar(rng.bytes(32));
    if (key) return std::move(*key);
  }
}

inline const Instant kNow = Instant::from_unix_seconds(1'795'402'800);  // 2026-11-23T12:00:00+09:00

// The code and the cause that the detail begins with: "dpop_invalid_proof/jws_typ_mismatch".
template <class T>
std::string outcome(const Result<T>& result) {
  if (result) return "accepted";
  const std::string& detail = result.error().detail;
  return std::string(to_string(result.error().code)) + "/" + detail.substr(0, detail.find(':'));
}

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "accepted" : std::string(to_string(result.error().code));
}

// A proof whose header and payload can be changed before it is signed.
struct Draft {
  json::Object header, payload;

  std::string sign(const crypto::P256Signer& key) const { return jose::sign_jws(header, payload, key).value(); }
};

inline json::Object parsed(std::string_view text) {
  return json::parse_object(text).value();
}

}  // namespace mibun::oid4vci
