#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/emrtd/active_authentication.h"

namespace mibun::server {

// The passport of the demonstration's invented person, whose chip is SIMULATED. Called from several threads.
class SimulatedPassport {
 public:
  virtual ~SimulatedPassport() = default;
  // Raw elementary files by name: EF.SOD, EF.COM, EF.DG1 ...
  virtual std::map<std::string, Bytes> files() const = 0;
  virtual Result<Bytes> active_authentication(const emrtd::ActiveAuthenticationChallenge& challenge) const = 0;
};

// What `mibun serve --demo` has besides a server: a shop that asks, an office that reviews, and three listeners on
// loopback in plain HTTP, because a browser takes http://localhost for a secure context and knows no certificate of
// ours. Outside of the demonstration nothing makes one of these.
struct Demonstration {
  std::string wallet_origin;  // "http://localhost:8480": the wallet's page and the server's API
  std::string shop_origin;    // "http://shop.localhost:8481": the shop and nothing else
  std::string office_origin;  // "http://office.localhost:8482": the reviewers' office and nothing else
  std::shared_ptr<const SimulatedPassport> passport;
};

}  // namespace mibun::server
