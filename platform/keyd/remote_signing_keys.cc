#include "platform/keyd/remote_signing_keys.h"

#include <utility>

#include "core/crypto/x509.h"
#include "platform/keyd/signing_list.h"

namespace mibun::keyd {
namespace {

Request about(Operation operation, const SigningKeyId& id, BytesView value = {}) {
  return {.operation = operation, .record_version = id.generation, .record = id.name, .value = value};
}

// A key under whose certificate others would look in vain for what it signs.
Status check_certified(const SigningKey& key) {
  if (key.chain.empty() || !key.public_key) return {};
  const auto leaf = crypto::Certificate::parse(key.chain.front());
  if (leaf && leaf->public_key().p256() != nullptr && *leaf->public_key().p256() == *key.public_key) return {};
  return fail(ErrorCode::keyd_integrity_error, stem_of(key.id), "the key service names another key than was certified");
}

}  // namespace

Result<std::unique_ptr<RemoteSigningKeys>> RemoteSigningKeys::open(RemoteOptions options) {
  MIBUN_TRY(auto client, RemoteClient::open(std::move(options)));
  std::unique_ptr<RemoteSigningKeys> keys(new RemoteSigningKeys(std::move(client)));
  MIBUN_CHECK(keys->list());
  return keys;
}

Status RemoteSigningKeys::learn(const SigningKeyId& id, const crypto::P256PublicKey& key) {
  const std::lock_guard lock(mutex_);
  if (known_.try_emplace(id, key).first->second == key) return {};
  return fail(ErrorCode::keyd_integrity_error, stem_of(id), "the key service has another key under this name now");
}

Result<std::vector<SigningKey>> RemoteSigningKeys::list() {
  MIBUN_TRY(const Bytes answer, client_->ask({.operation = Operation::list_signing_keys}));
  MIBUN_TRY(auto keys, parse_signing_list(as_text(answer)));
  for (const SigningKey& key : keys) {
    MIBUN_CHECK(check_certified(key));
    if (key.public_key) MIBUN_CHECK(learn(key.id, *key.public_key));
  }
  return keys;
}

Result<crypto::P256PublicKey> RemoteSigningKeys::create(const SigningKeyId& id) {
  MIBUN_TRY(const Bytes answer, client_->ask(about(Operation::create_signing_key, id)));
  const auto key = crypto::P256PublicKey::from_point(answer);
  if (!key) return fail(ErrorCode::keyd_unavailable, "answer", "is no public key");
  MIBUN_CHECK(learn(id, *key));
  return *key;
}

Status RemoteSigningKeys::keep_chain(const SigningKeyId& id, std::span<const Bytes> chain) {
  std::string pem;
  for (const Bytes& der : chain) {
    MIBUN_TRY(const crypto::Certificate certificate, crypto::Certificate::parse(der));
    pem += certificate.pem();
  }
  return client_->tell(about(Operation::keep_chain, id, as_bytes(pem)));
}

Result<crypto::P256Signature> RemoteSigningKeys::sign(Purpose purpose, const SigningKeyId& id, BytesView message) {
  Request request = about(Operation::sign, id, message);
  request.purpose = purpose;
  MIBUN_TRY(const Bytes answer, client_->ask(request));
  const auto signature = crypto::parse_p256_signature(answer);
  if (!signature) return fail(ErrorCode::keyd_unavailable, "answer", "is no signature");
  std::optional<crypto::P256PublicKey> key;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(id); found != known_.end()) key = found->second;
  }
  if (!key) return fail(ErrorCode::not_found, stem_of(id), "this key was neither listed nor made here");
  if (key->verify(message, *signature)) return *signature;
  return fail(ErrorCode::keyd_token_failed, stem_of(id), "the key service gave a signature that does not verify");
}

Result<std::optional<Bytes>> RemoteSigningKeys::copy_table() {
  MIBUN_TRY(Bytes copy, client_->ask({.operation = Operation::copy_signing_table}));
  if (copy.empty()) return std::nullopt;
  return std::move(copy);
}

Status RemoteSigningKeys::retire(const SigningKeyId& id) {
  return client_->tell(about(Operation::retire_signing_key, id));
}

}  // namespace mibun::keyd
