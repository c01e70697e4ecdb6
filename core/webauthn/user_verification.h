#pragma once

#include <chrono>

#include "core/base/time.h"

namespace mibun::webauthn {

inline constexpr seconds kUserVerificationAgeMax{60};

// The proof, inside one program, that the holder was verified at a moment: what the UV flag may be set for. Nobody can
// make one but a UserVerifier.
class UserVerification {
 public:
  Instant at() const { return at_; }
  // Neither from the future nor older than kUserVerificationAgeMax.
  bool is_fresh(Instant now) const { return at_ <= now && now - at_ <= kUserVerificationAgeMax; }

 private:
  friend class UserVerifier;
  explicit UserVerification(Instant at) : at_(at) {}
  Instant at_;
};

// The base of whoever verifies the holder: the wallet's unlocking by passphrase, a test. A security review starts by
// searching for those that derive from it; each calls verified() only after it has verified.
class UserVerifier {
 public:
  virtual ~UserVerifier() = default;

 protected:
  UserVerifier() = default;
  UserVerifier(const UserVerifier&) = default;
  UserVerifier& operator=(const UserVerifier&) = default;
  static UserVerification verified(Instant now) { return UserVerification(now); }
};

}  // namespace mibun::webauthn
