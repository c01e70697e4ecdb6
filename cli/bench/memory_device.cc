#include "cli/bench/memory_device.h"

#include <chrono>

namespace mibun::cli {

Result<wallet::KeyId> MemoryKeys::make_key() {
  wallet::KeyId id{std::to_string(++made_)};
  keys_[id.value] = std::make_unique<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
  return id;
}

Result<const crypto::P256PrivateKey*> MemoryKeys::find(const wallet::KeyId& key) const {
  const auto found = keys_.find(key.value);
  if (found == keys_.end()) return fail(ErrorCode::not_found, "key");
  return found->second.get();
}

Result<const crypto::P256Signer*> MemoryKeys::signer(const wallet::KeyId& key) {
  MIBUN_TRY(const crypto::P256PrivateKey* found, find(key));
  return found;
}

Result<const crypto::KeyAgreement*> MemoryKeys::key_agreement(const wallet::KeyId& key) {
  MIBUN_TRY(const crypto::P256PrivateKey* found, find(key));
  return found;
}

Status MemoryKeys::destroy_key(const wallet::KeyId& key) {
  keys_.erase(key.value);
  return {};
}

Result<std::string> MemoryStore::read(std::string_view name) {
  const auto found = records_.find(name);
  if (found == records_.end()) return fail(ErrorCode::not_found, std::string(name));
  return found->second;
}

Status MemoryStore::write(std::string_view name, std::string_view value) {
  records_.insert_or_assign(std::string(name), std::string(value));
  return {};
}

Status MemoryStore::remove(std::string_view name) {
  records_.erase(std::string(name));
  return {};
}

Result<std::vector<std::string>> MemoryStore::names(std::string_view prefix) {
  std::vector<std::string> found;
  for (auto at = records_.lower_bound(prefix); at != records_.end() && at->first.starts_with(prefix); ++at) {
    found.push_back(at->first);
  }
  return found;
}

Result<HttpResponse> TimedHttp::send(const HttpRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  auto response = client_.send(request);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  seconds_.push_back(took.count());
  return response;
}

}  // namespace mibun::cli
