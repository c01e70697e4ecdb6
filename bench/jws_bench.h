#pragma once

#include <memory>

#include "core/base/result.h"

namespace mibun::bench {

// Short JWTs as flows have them at every step: a proof with its key in the header (DPoP, RFC 9449), each of another
// holder.
class JwsBench {
 public:
  static Result<JwsBench> make();
  JwsBench(JwsBench&&) noexcept;
  ~JwsBench();

  // From claims to text, by a key that is ready.
  Status sign();
  // From text to claims: the key is read from the header, and the times are looked at.
  Status verify();

 private:
  struct Impl;
  explicit JwsBench(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
