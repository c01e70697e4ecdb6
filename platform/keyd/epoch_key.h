#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::keyd {

// The key that wraps all others for a while. "epoch-<number>.key" in the key holder's directory, 0600:
//   "mibun epoch key\n"  number (8 bytes, big-endian)  key (32 bytes)  SHA-256 of all before
class EpochKey {
 public:
  // Makes the key and its file, durable. Errors: io_error (also when there is one of that number).
  static Result<EpochKey> make(const std::string& directory, std::int64_t number, Rng& rng);
  // Errors: not_found, io_error, keyd_integrity_error.
  static Result<EpochKey> load(const std::string& directory, std::int64_t number);
  // Overwrites and removes the files of all other epochs, also half-written ones.
  static Status erase_others(const std::string& directory, std::int64_t number);
  // True when there is a file of any epoch but this; what a crash left of making this one's does not count.
  static Result<bool> others_exist(const std::string& directory, std::int64_t number);

  std::int64_t number() const { return number_; }

  // `purpose` and `name`: see key_binding().
  Bytes wrap(std::string_view purpose, std::string_view name, BytesView key, Rng& rng) const;
  // Errors: keyd_integrity_error.
  Result<SecretBytes> unwrap(std::string_view purpose, std::string_view name, BytesView wrapped) const;

 private:
  EpochKey(std::int64_t number, SecretBytes key) : number_(number), key_(std::move(key)) {}
  std::int64_t number_;
  SecretBytes key_;
};

}  // namespace mibun::keyd
