#pragma once

#include <memory>

#include "core/base/result.h"

namespace mibun::bench {

// A status list of a million credentials, some hundred of them revoked, as its issuer and its verifier see it.
class StatusBench {
 public:
  static Result<StatusBench> make();
  StatusBench(StatusBench&&) noexcept;
  ~StatusBench();

  // One credential's status from a list that was fetched before.
  Status check_cached();
  // From the bytes in the store to the signed token: compressed, encoded, signed.
  Status build_and_sign();
  // What a verifier does once per fetch.
  Status verify();

 private:
  struct Impl;
  explicit StatusBench(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
