#pragma once

#include <memory>

#include "server/demo/demonstration.h"

namespace mibun::server {

// Files and an answer that tell what came in.
class PassportDouble final : public SimulatedPassport {
 public:
  std::map<std::string, Bytes> files() const override { return {{"EF.SOD", {1, 2, 3}}, {"EF.DG1", {4}}}; }
  Result<Bytes> active_authentication(const emrtd::ActiveAuthenticationChallenge& challenge) const override {
    return Bytes(challenge.rbegin(), challenge.rend());
  }
};

inline Demonstration demonstration_double() {
  return {"http://localhost:8480", "http://shop.localhost:8481", "http://office.localhost:8482",
          std::make_shared<const PassportDouble>()};
}

}  // namespace mibun::server
