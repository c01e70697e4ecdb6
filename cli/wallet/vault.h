#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/terminal/terminal.h"
#include "core/base/secret.h"
#include "core/crypto/p256.h"
#include "wallet/host.h"

namespace mibun::cli {

// The terminal wallet's device: a folder, 0700.
//   vault.sealed     32 random bytes, sealed by the passphrase (Argon2id): opening it is the user verification
//   records/<name>   each AES-256-GCM under a key derived from them; the name is part of the AAD
// Card keys and the device key are records too ("key.<id>"); they are in memory only while the wallet is unlocked.
class Vault final : public wallet::KeyStore, public wallet::Store, public wallet::UserVerifier {
 public:
  Vault(std::string home, const Terminal& terminal, const Clock& clock, Rng& rng);

  bool exists() const;
  // Asks for a new passphrase twice and makes the folder. Errors: io_error, invalid_argument (too short, not the same),
  // unavailable (another program has the folder).
  Status create();
  // Asks for the passphrase unless unlocked. One program at a time: two could spend the same copy of a card.
  // Errors: sealed_file_wrong_passphrase, cancelled, io_error, wallet_not_registered (no vault), unavailable.
  Status unlock();
  // Removes everything of this wallet from the folder; what seals the rest goes first.
  Status destroy();

  // UserVerifier: unlocking counts once, while it is fresh; otherwise the passphrase once more.
  Result<webauthn::UserVerification> verify_user(std::string_view reason) override;
  Result<webauthn::UserVerification> verify_user_again(std::string_view reason) override;

  // KeyStore
  Result<wallet::KeyId> make_key() override;
  Result<const crypto::P256Signer*> signer(const wallet::KeyId& key) override;
  Result<const crypto::KeyAgreement*> key_agreement(const wallet::KeyId& key) override;
  Status destroy_key(const wallet::KeyId& key) override;

  // Store
  Result<std::string> read(std::string_view name) override;
  Status write(std::string_view name, std::string_view value) override;
  Status remove(std::string_view name) override;
  Result<std::vector<std::string>> names(std::string_view prefix) override;

 private:
  // Holds the folder for this process as long as it lives.
  class FolderLock {
   public:
    FolderLock() = default;
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    Status take(const std::string& path);

   private:
    int descriptor_ = -1;
  };
  Result<SecretBytes> ask_and_open();
  Result<std::string> path_of(std::string_view name) const;
  Result<const crypto::P256PrivateKey*> key(const wallet::KeyId& id);
  Status write_record(std::string_view name, BytesView value);
  Result<Bytes> read_record(std::string_view name);
  std::string home_;
  const Terminal& terminal_;
  const Clock& clock_;
  Rng& rng_;
  FolderLock lock_;
  SecretBytes record_key_;
  std::optional<webauthn::UserVerification> just_verified_;  // the unlocking itself, good for the first question
  std::map<std::string, std::unique_ptr<crypto::P256PrivateKey>, std::less<>> keys_;
};

}  // namespace mibun::cli
