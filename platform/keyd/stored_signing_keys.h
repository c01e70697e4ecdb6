#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "platform/keyd/signing_keys.h"
#include "platform/keyd/signing_place.h"

namespace mibun::keyd {

// The signing keys of this process: private parts in one or two places, certificates in a directory.
//   <directory>/<stem>.pem    certificates in clear; stays when the key is retired
//   and what the places keep there: <stem>.key (file_signing_place.h), <stem>.pub (token_signing_place.h)
// Everything is written once. The directory is read again for each list(), so that another process may add a
// generation (`mibun keys`).
class StoredSigningKeys final : public SigningKeys {
 public:
  // New keys are made in the first of `places`; those of the others go on until they are retired. Errors: those of
  // list().
  static Result<std::unique_ptr<StoredSigningKeys>> open(std::string directory,
                                                         std::vector<std::unique_ptr<SigningPlace>> places);
  // With sealed files in that directory alone, made 0700. Errors: also io_error, sealed_file_malformed.
  static Result<std::unique_ptr<StoredSigningKeys>> open_files(const std::string& directory, Rng& rng);

  Result<std::vector<SigningKey>> list() override;
  Result<crypto::P256PublicKey> create(const SigningKeyId& id) override;
  Status keep_chain(const SigningKeyId& id, std::span<const Bytes> chain) override;
  Result<crypto::P256Signature> sign(Purpose purpose, const SigningKeyId& id, BytesView message) override;
  Status retire(const SigningKeyId& id) override;

 private:
  struct Entry {
    SigningKey key;
    SigningPlace* place = nullptr;  // null: retired
  };
  StoredSigningKeys(std::string directory, std::vector<std::unique_ptr<SigningPlace>> places)
      : directory_(std::move(directory)), places_(std::move(places)) {}
  Status read_again();
  Status read_chains(std::map<SigningKeyId, Entry>& entries) const;
  std::string chain_path(const SigningKeyId& id) const { return directory_ + "/" + stem_of(id) + ".pem"; }

  const std::string directory_;
  const std::vector<std::unique_ptr<SigningPlace>> places_;
  std::shared_mutex mutex_;
  std::map<SigningKeyId, Entry> entries_;
};

// Whether one of those private keys lies in `directory` as a file. A directory that is not there has none.
bool has_signing_key_files(const std::string& directory);

}  // namespace mibun::keyd
