#include <array>

#include "core/codecs/base64url.h"
#include "web/module/device.h"
#include "web/module/imports.h"

namespace mibun::web {
namespace {

constexpr std::size_t kIdBytes = 16;

}  // namespace

VaultKey::~VaultKey() {
  page_release_key(number_);
}

Result<crypto::P256Signature> VaultKey::sign(BytesView message) const {
  crypto::P256Signature signature;
  const int made = page_sign(number_, 256, message.data(), message.size(), signature.data());
  if (made != static_cast<int>(signature.size())) return fail(ErrorCode::crypto_failure, "sign");
  return signature;
}

Result<SecretBytes> VaultKey::agree(const crypto::P256PublicKey& peer) const {
  SecretBytes secret(32);
  if (page_agree(number_, peer.point().data(), secret.reveal_mutable().data()) != 32) {
    return fail(ErrorCode::key_agreement_failed);
  }
  return secret;
}

Result<wallet::KeyId> VaultKeys::make_key() {
  std::string id = base64url::encode(rng_.bytes(kIdBytes));
  std::array<std::uint8_t, 65> point{};
  const int number = page_vault_make_key(id.data(), id.size(), point.data());
  if (number <= 0) return fail(ErrorCode::io_error, "vault", "the browser could not keep a new key");
  MIBUN_TRY(const auto public_key, crypto::P256PublicKey::from_point(point));
  opened_[id] = std::make_unique<VaultKey>(number, public_key);
  return wallet::KeyId{std::move(id)};
}

Result<const VaultKey*> VaultKeys::open(const std::string& id) {
  if (const auto found = opened_.find(id); found != opened_.end()) return found->second.get();
  std::array<std::uint8_t, 65> point{};
  const int number = page_vault_open_key(id.data(), id.size(), point.data());
  if (number == kNoSuchKey) return fail(ErrorCode::not_found, "key");
  if (number == kLocked) return fail(ErrorCode::wallet_locked, "key");
  if (number <= 0) return fail(ErrorCode::io_error, "vault", "what is stored of this key does not open");
  MIBUN_TRY(const auto public_key, crypto::P256PublicKey::from_point(point));
  return (opened_[id] = std::make_unique<VaultKey>(number, public_key)).get();
}

Result<const crypto::P256Signer*> VaultKeys::signer(const wallet::KeyId& key) {
  MIBUN_TRY(const VaultKey* opened, open(key.value));
  return opened;
}

Result<const crypto::KeyAgreement*> VaultKeys::key_agreement(const wallet::KeyId& key) {
  MIBUN_TRY(const VaultKey* opened, open(key.value));
  return opened;
}

Status VaultKeys::destroy_key(const wallet::KeyId& key) {
  opened_.erase(key.value);
  if (page_vault_destroy_key(key.value.data(), key.value.size()) == 0) return {};
  return fail(ErrorCode::io_error, "vault", "the browser could not remove a key");
}

}  // namespace mibun::web
