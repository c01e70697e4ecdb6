#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "platform/keyd/remote_client.h"
#include "platform/keyd/signing_keys.h"

namespace mibun::keyd {

// The signing keys behind the key service's socket. A signature is verified before it is handed on: a card that nobody
// could verify must not leave the server. Every call may fail with keyd_unavailable (remote_client.h; also an answer
// that is none), a wrong signature is keyd_token_failed, a key that is not the one of its certificate
// keyd_integrity_error. From any thread.
class RemoteSigningKeys final : public SigningKeys {
 public:
  // Asks for the list. Errors: keyd_unavailable, invalid_argument, those of list().
  static Result<std::unique_ptr<RemoteSigningKeys>> open(RemoteOptions options);

  Result<std::vector<SigningKey>> list() override;
  Result<crypto::P256PublicKey> create(const SigningKeyId& id) override;
  Status keep_chain(const SigningKeyId& id, std::span<const Bytes> chain) override;
  Result<crypto::P256Signature> sign(Purpose purpose, const SigningKeyId& id, BytesView message) override;
  Status retire(const SigningKeyId& id) override;
  Result<std::optional<Bytes>> copy_table() override;

 private:
  explicit RemoteSigningKeys(std::unique_ptr<RemoteClient> client) : client_(std::move(client)) {}
  // As it was first said: a service that later says another key for the same name is not believed.
  Status learn(const SigningKeyId& id, const crypto::P256PublicKey& key);

  const std::unique_ptr<RemoteClient> client_;
  std::mutex mutex_;
  std::map<SigningKeyId, crypto::P256PublicKey> known_;
};

}  // namespace mibun::keyd
