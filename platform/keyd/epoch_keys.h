#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::keyd {

// The key that wraps all others for a while. From any thread.
class EpochKey {
 public:
  virtual ~EpochKey() = default;
  virtual std::int64_t number() const = 0;

  // A wrapped key has key_table::kWrappedKeySize bytes. `purpose` and `name`: see key_binding(). Errors:
  // keyd_token_failed.
  virtual Result<Bytes> wrap(std::string_view purpose, std::string_view name, BytesView key, Rng& rng) const = 0;
  // Errors: keyd_integrity_error, keyd_token_failed.
  virtual Result<SecretBytes> unwrap(std::string_view purpose, std::string_view name, BytesView wrapped) const = 0;
};

// Where epoch keys are kept: in files (file_epoch_keys.h) or in a token (token_epoch_keys.h).
class EpochKeys {
 public:
  virtual ~EpochKeys() = default;

  // A new key, durable. Errors: io_error (also when there is one of that number), keyd_token_failed, as of the place.
  virtual Result<std::unique_ptr<EpochKey>> make(std::int64_t number, Rng& rng) = 0;
  // Errors: not_found, keyd_integrity_error, io_error, keyd_token_failed, as of the place.
  virtual Result<std::unique_ptr<EpochKey>> load(std::int64_t number) = 0;
  // Destroys the keys of all other epochs for good, also half-written ones.
  virtual Status erase_others(std::int64_t number) = 0;
  // True when there is one of any epoch but this.
  virtual Result<bool> others_exist(std::int64_t number) = 0;
};

}  // namespace mibun::keyd
