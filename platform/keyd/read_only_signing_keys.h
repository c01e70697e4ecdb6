#pragma once

#include <memory>

#include "platform/keyd/signing_keys.h"

namespace mibun::keyd {

// For whoever only tries something out, as a drill of a restore does: what is there signs, nothing is made or
// destroyed. Errors of what is refused: keyd_purpose_not_allowed.
class ReadOnlySigningKeys final : public SigningKeys {
 public:
  explicit ReadOnlySigningKeys(std::shared_ptr<SigningKeys> keys) : keys_(std::move(keys)) {}

  Result<std::vector<SigningKey>> list() override { return keys_->list(); }
  Result<crypto::P256PublicKey> create(const SigningKeyId&) override { return refused(); }
  Status keep_chain(const SigningKeyId&, std::span<const Bytes>) override { return refused(); }
  Result<crypto::P256Signature> sign(Purpose purpose, const SigningKeyId& id, BytesView message) override {
    return keys_->sign(purpose, id, message);
  }
  Status retire(const SigningKeyId&) override { return refused(); }
  Result<std::optional<Bytes>> copy_table() override { return keys_->copy_table(); }

 private:
  static std::unexpected<Error> refused() {
    return fail(ErrorCode::keyd_purpose_not_allowed, "keyd", "whoever tries something out changes no keys");
  }
  const std::shared_ptr<SigningKeys> keys_;
};

}  // namespace mibun::keyd
