#include "platform/keyd/file_signing_place.h"

#include <mutex>
#include <utility>

#include "platform/files/files.h"
#include "platform/keyd/signing_names.h"

namespace mibun::keyd {

Result<std::vector<std::string>> signing_stems_in(const std::string& directory, std::string_view suffix) {
  MIBUN_TRY(const auto names, files::list_directory(directory));
  std::vector<std::string> stems;
  for (const std::string& name : names) {
    if (!name.ends_with(suffix)) continue;
    std::string stem = name.substr(0, name.size() - suffix.size());
    if (parse_stem(stem)) stems.push_back(std::move(stem));
  }
  return stems;
}

Result<std::vector<std::string>> FileSigningPlace::stems() {
  return signing_stems_in(keys_.directory(), ".key");
}

FileSigningPlace::Key FileSigningPlace::keep(const std::string& stem, crypto::P256PrivateKey key) {
  auto kept = std::make_shared<const crypto::P256PrivateKey>(std::move(key));
  const std::unique_lock lock(mutex_);
  loaded_.insert_or_assign(stem, kept);
  return kept;
}

Result<crypto::P256PublicKey> FileSigningPlace::create(const std::string& stem) {
  MIBUN_TRY(crypto::P256PrivateKey key, keys_.make_key(stem));
  return keep(stem, std::move(key))->public_key();
}

Result<FileSigningPlace::Key> FileSigningPlace::load(const std::string& stem) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = loaded_.find(stem); found != loaded_.end()) return found->second;
  }
  auto key = keys_.kept_key(stem);
  if (!key && (key.error().code == ErrorCode::not_found || key.error().code == ErrorCode::io_error)) {
    return pass_error(key);
  }
  if (!key) return fail(ErrorCode::keyd_integrity_error, stem, "the key does not open under this master key");
  return keep(stem, std::move(*key));
}

Result<crypto::P256PublicKey> FileSigningPlace::public_key(const std::string& stem) {
  MIBUN_TRY(const Key key, load(stem));
  return key->public_key();
}

Result<crypto::P256Signature> FileSigningPlace::sign(const std::string& stem, BytesView message) {
  MIBUN_TRY(const Key key, load(stem));
  return key->sign(message);
}

Status FileSigningPlace::destroy(const std::string& stem) {
  MIBUN_CHECK(keys_.erase_key(stem));
  const std::unique_lock lock(mutex_);
  loaded_.erase(stem);
  return {};
}

}  // namespace mibun::keyd
