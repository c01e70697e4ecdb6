#include "server/trust/push_keys.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace mibun::server {
namespace {

constexpr std::string_view kName = "push-sender";

}  // namespace

Result<std::unique_ptr<PushKeys>> PushKeys::open(std::shared_ptr<keyd::SigningKeys> keys) {
  std::unique_ptr<PushKeys> push_keys(new PushKeys(std::move(keys)));
  MIBUN_CHECK(push_keys->renew());
  if (!push_keys->signers_.empty()) return push_keys;
  MIBUN_CHECK(push_keys->keys_->create({std::string(kName), 1}));
  MIBUN_CHECK(push_keys->renew());
  return push_keys;
}

Result<std::vector<keyd::SigningKey>> PushKeys::list() const {
  MIBUN_TRY(auto all, keys_->list());
  std::erase_if(all, [](const keyd::SigningKey& key) { return key.id.name != kName || key.is_retired; });
  return all;
}

const keyd::KeySigner& PushKeys::newest() const {
  const std::lock_guard lock(mutex_);
  return *signers_.rbegin()->second;
}

const keyd::KeySigner* PushKeys::find(std::uint32_t generation) const {
  const std::lock_guard lock(mutex_);
  const auto found = signers_.find(generation);
  return found == signers_.end() ? nullptr : found->second.get();
}

std::vector<std::uint32_t> PushKeys::older() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> generations;
  for (const auto& [generation, signer] : signers_) generations.push_back(generation);
  generations.pop_back();
  return generations;
}

Result<bool> PushKeys::is_due() {
  MIBUN_TRY(const auto keys, list());
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(keys, [&](const keyd::SigningKey& key) { return !signers_.contains(key.id.generation); });
}

Status PushKeys::renew() {
  MIBUN_TRY(const auto keys, list());
  const std::lock_guard lock(mutex_);
  for (const keyd::SigningKey& key : keys) {
    auto& signer = signers_[key.id.generation];
    if (!signer) signer = std::make_unique<const keyd::KeySigner>(keys_, key.id, *key.public_key);
  }
  return {};
}

Status PushKeys::retire(std::uint32_t generation) {
  MIBUN_CHECK(keys_->retire({std::string(kName), generation}));
  const std::lock_guard lock(mutex_);
  if (auto node = signers_.extract(generation)) retired_.push_back(std::move(node.mapped()));
  return {};
}

}  // namespace mibun::server
