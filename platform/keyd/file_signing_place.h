#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "platform/keyd/key_directory.h"
#include "platform/keyd/signing_place.h"

namespace mibun::keyd {

// The stems of signing keys among the files of a directory that end with `suffix` (".key", ".pem"), sorted. Errors:
// not_found, io_error.
Result<std::vector<std::string>> signing_stems_in(const std::string& directory, std::string_view suffix);

// Signing keys in the sealed files of a KeyDirectory, <stem>.key. In use they lie in this process' memory.
class FileSigningPlace final : public SigningPlace {
 public:
  explicit FileSigningPlace(KeyDirectory keys) : keys_(std::move(keys)) {}

  Result<std::vector<std::string>> stems() override;
  Result<crypto::P256PublicKey> create(const std::string& stem) override;
  Result<crypto::P256PublicKey> public_key(const std::string& stem) override;
  Result<crypto::P256Signature> sign(const std::string& stem, BytesView message) override;
  Status destroy(const std::string& stem) override;

 private:
  using Key = std::shared_ptr<const crypto::P256PrivateKey>;
  Result<Key> load(const std::string& stem);
  Key keep(const std::string& stem, crypto::P256PrivateKey key);

  const KeyDirectory keys_;
  std::shared_mutex mutex_;
  std::map<std::string, Key, std::less<>> loaded_;
};

}  // namespace mibun::keyd
