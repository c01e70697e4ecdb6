#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/result.h"
#include "platform/keyd/signing_keys.h"

namespace mibun::server {

// The keys that browsers know this server by. A subscription is bound to one of them for good (Push API,
// applicationServerKey), so that each stays until nobody is subscribed to it any more; browsers that subscribe now get
// the newest. They have no certificates. Safe from several threads.
class PushKeys {
 public:
  // Makes the first. Errors: those of the signing keys.
  static Result<std::unique_ptr<PushKeys>> open(std::shared_ptr<keyd::SigningKeys> keys);

  // Both are good for the life of this object; one that is retired meanwhile signs nothing (not_found).
  const keyd::KeySigner& newest() const;
  const keyd::KeySigner* find(std::uint32_t generation) const;  // null: retired, or never made
  std::vector<std::uint32_t> older() const;                     // than the newest; ascending

  // Whether there is a newer one than newest(). Errors: those of list().
  Result<bool> is_due();
  // Takes it up. Errors: those of list().
  Status renew();
  // Destroys an older one that nobody is subscribed to. Errors: those of SigningKeys::retire().
  Status retire(std::uint32_t generation);

 private:
  explicit PushKeys(std::shared_ptr<keyd::SigningKeys> keys) : keys_(std::move(keys)) {}
  Result<std::vector<keyd::SigningKey>> list() const;

  const std::shared_ptr<keyd::SigningKeys> keys_;
  mutable std::mutex mutex_;
  std::map<std::uint32_t, std::unique_ptr<const keyd::KeySigner>> signers_;
  std::vector<std::unique_ptr<const keyd::KeySigner>> retired_;  // others refer to them
};

}  // namespace mibun::server
