#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/keyd/epoch_keys.h"
#include "platform/sealed_file/sealed_file.h"

namespace mibun::keyd {

// A passphrase, and what guessing it is to cost.
struct SealedBy {
  SecretBytes passphrase;
  sealed_file::Argon2Cost cost = {};
};

// Epoch keys in files, 0600, one in each of the directories:
//   "mibun epoch key\n"  number (8 bytes, big-endian)  key (32 bytes)  SHA-256 of all before
// "epoch-<number>.key" is that content as it is; "epoch-<number>.sealed" is it inside a sealed file
// (platform/sealed_file), which only the passphrase opens. A directory that is not there is left out, as long as there
// is one.
class FileEpochKeys final : public EpochKeys {
 public:
  explicit FileEpochKeys(std::vector<std::string> directories, std::optional<SealedBy> sealed = std::nullopt)
      : directories_(std::move(directories)), sealed_(std::move(sealed)) {}

  Result<std::unique_ptr<EpochKey>> make(std::int64_t number, Rng& rng) override;
  // Also sealed_file_wrong_passphrase, sealed_file_malformed.
  Result<std::unique_ptr<EpochKey>> load(std::int64_t number) override;
  Status erase_others(std::int64_t number) override;
  Result<bool> others_exist(std::int64_t number) override;

 private:
  Result<std::unique_ptr<EpochKey>> load_from(const std::string& directory, std::int64_t number) const;
  Result<std::vector<std::string>> other_files(const std::string& directory, std::int64_t number) const;
  std::string file_name(std::int64_t number) const;

  const std::vector<std::string> directories_;
  const std::optional<SealedBy> sealed_;
};

}  // namespace mibun::keyd
