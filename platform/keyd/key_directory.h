#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/p256.h"

namespace mibun::keyd {

// A directory of sealed keys, each made once and never overwritten:
//   master.key          32 random bytes, 0600: opens the others
//   <name>.key          sealed PKCS#8; the name is in the seal, so that a file under another name does not open
//   <name>.key.erased   one that was being erased when the power went
class KeyDirectory {
 public:
  // Opens `directory`/master.key, or makes it, and ends what erase_key() began. Errors: io_error,
  // sealed_file_malformed.
  static Result<KeyDirectory> open(std::string directory, Rng& rng);

  Bytes seal(std::string_view name, BytesView key) const;
  // Errors: aead_open_failed.
  Result<SecretBytes> open_sealed(std::string_view name, BytesView sealed) const;
  const std::string& directory() const { return directory_; }
  std::string path(std::string_view name, std::string_view suffix) const;

  // As it is kept. Errors: not_found, io_error, aead_open_failed, private_key_malformed.
  Result<crypto::P256PrivateKey> kept_key(std::string_view name) const;
  // A new one, durable. Errors: io_error (also: there is one of that name).
  Result<crypto::P256PrivateKey> make_key(std::string_view name) const;
  // As it is kept, or made now.
  Result<crypto::P256PrivateKey> key(std::string_view name) const;
  // Its name goes first: zeros under the name of a key would be a key that does not open, for good. Cut off at any
  // call, it is there whole, or gone with the next open(). A missing one is no error. Errors: io_error.
  Status erase_key(std::string_view name) const;

 private:
  KeyDirectory(std::string directory, SecretBytes master, Rng& rng)
      : directory_(std::move(directory)), master_(std::move(master)), rng_(&rng) {}
  std::string directory_;
  SecretBytes master_;
  Rng* rng_;
};

// Ends what erase_key() began there and was cut off in; whether there was something. Errors: not_found, io_error.
Result<bool> finish_erasing_keys(const std::string& directory);

}  // namespace mibun::keyd
