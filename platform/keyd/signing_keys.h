#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"
#include "platform/keyd/signing_names.h"

namespace mibun::keyd {

struct SigningKey {
  SigningKeyId id;
  std::optional<crypto::P256PublicKey> public_key;  // none: retired before it was certified
  std::vector<Bytes> chain;  // DER, leaf first, without the anchor; empty: not certified yet, or never
  bool is_retired = false;   // it verifies still, and signs nothing any more
};

// Who has the keys that the platform signs with: in this process (stored_signing_keys.h) or in the key service
// (remote_signing_keys.h). Each of the calls may also fail with keyd_unavailable, keyd_token_failed or io_error: nobody
// can do anything with keys just now. From any thread.
class SigningKeys {
 public:
  virtual ~SigningKeys() = default;

  // All that there are and were, by name and generation. Errors: keyd_integrity_error.
  virtual Result<std::vector<SigningKey>> list() = 0;

  // A new key. Its generation is the next of its name (1 is the first). Errors: keyd_key_exists (there is or was one),
  // invalid_argument (no such name; not the next).
  virtual Result<crypto::P256PublicKey> create(const SigningKeyId& id) = 0;
  // Its certificates, once. Errors: keyd_key_exists, not_found, invalid_argument (the leaf is of another key).
  virtual Status keep_chain(const SigningKeyId& id, std::span<const Bytes> chain) = 0;
  // ECDSA with SHA-256 over `message`, which is looked at first (check_signed_content()). Errors:
  // keyd_purpose_not_allowed (`purpose` is another key's, or the message is nothing that this key signs),
  // keyd_rate_limited, not_found (also a retired key).
  virtual Result<crypto::P256Signature> sign(Purpose purpose, const SigningKeyId& id, BytesView message) = 0;
  // Destroys a private key whose successor is there and has its certificates, where keys of its name have any. One that
  // is retired already is no error. Errors: keyd_purpose_not_allowed (the newest that is certified), not_found.
  virtual Status retire(const SigningKeyId& id) = 0;
  // The table that they lie in (signing_table.h), here or with whoever has them, as the bytes of its file, for a
  // backup: without the key of its epoch, which is in no backup, it is worth nothing. None where they lie in files.
  // Errors: keyd_integrity_error, and those of all.
  virtual Result<std::optional<Bytes>> copy_table() = 0;
};

// A key of theirs as whoever signs sees it.
class KeySigner final : public crypto::P256Signer {
 public:
  KeySigner(std::shared_ptr<SigningKeys> keys, SigningKeyId id, const crypto::P256PublicKey& public_key)
      : keys_(std::move(keys)),
        id_(std::move(id)),
        purpose_(find_signing_name(id_.name)->purpose),
        public_key_(public_key) {}

  crypto::P256PublicKey public_key() const override { return public_key_; }
  Result<crypto::P256Signature> sign(BytesView message) const override { return keys_->sign(purpose_, id_, message); }
  const SigningKeyId& id() const { return id_; }

 private:
  const std::shared_ptr<SigningKeys> keys_;
  const SigningKeyId id_;
  const Purpose purpose_;
  const crypto::P256PublicKey public_key_;
};

}  // namespace mibun::keyd
