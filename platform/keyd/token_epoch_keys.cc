#include "platform/keyd/token_epoch_keys.h"

#include <algorithm>
#include <utility>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "platform/keyd/binding.h"

namespace mibun::keyd {
namespace {

constexpr std::size_t kKeySize = 32;

class TokenEpochKey final : public EpochKey {
 public:
  TokenEpochKey(std::int64_t number, pkcs11::KeyName name, std::shared_ptr<pkcs11::Token> token)
      : number_(number), name_(std::move(name)), token_(std::move(token)) {}

  std::int64_t number() const override { return number_; }

  Result<Bytes> wrap(std::string_view purpose, std::string_view name, BytesView key, Rng&) const override {
    const Bytes binding = key_binding(purpose, name, number_);
    Bytes wrapped = iv_for(key, binding);
    MIBUN_TRY(const Bytes sealed, on_token(token_->seal(name_, wrapped, binding, key)));
    wrapped.insert(wrapped.end(), sealed.begin(), sealed.end());
    const auto again = unwrap(purpose, name, wrapped);
    if (!again) return fail(ErrorCode::keyd_token_failed, "wrap", "what the token wrapped does not open again");
    return wrapped;
  }

  Result<SecretBytes> unwrap(std::string_view purpose, std::string_view name, BytesView wrapped) const override {
    if (wrapped.size() != crypto::kAeadIvSize + kKeySize + crypto::kAeadTagSize) {
      return fail(ErrorCode::keyd_integrity_error, std::string(purpose), "has another size");
    }
    const Bytes binding = key_binding(purpose, name, number_);
    const BytesView iv = wrapped.first(crypto::kAeadIvSize);
    MIBUN_TRY(SecretBytes key, on_token(token_->open(name_, iv, binding, wrapped.subspan(crypto::kAeadIvSize))));
    if (key.size() != kKeySize || !ct_equal(iv_for(key.reveal(), binding), iv)) {
      return fail(ErrorCode::keyd_token_failed, "unwrap", "the token gave another key than the one that was wrapped");
    }
    return key;
  }

 private:
  static Bytes iv_for(BytesView key, BytesView binding) {
    const auto digest = crypto::hmac_sha256(key, binding);
    return Bytes(digest.begin(), digest.begin() + crypto::kAeadIvSize);
  }

  // The object was there when the epoch was loaded: if it is gone now, the token is at fault.
  template <class T>
  static Result<T> on_token(Result<T> answer) {
    if (answer || answer.error().code != ErrorCode::not_found) return answer;
    return fail(ErrorCode::keyd_token_failed, answer.error().where, "the key of this epoch is gone from the token");
  }

  const std::int64_t number_;
  const pkcs11::KeyName name_;
  const std::shared_ptr<pkcs11::Token> token_;
};

}  // namespace

Result<std::unique_ptr<EpochKey>> TokenEpochKeys::make(std::int64_t number, Rng&) {
  MIBUN_CHECK(token_->make_key(key_name(number)));
  return std::make_unique<TokenEpochKey>(number, key_name(number), token_);
}

Result<std::unique_ptr<EpochKey>> TokenEpochKeys::load(std::int64_t number) {
  MIBUN_TRY(const auto labels, token_->labels(owner_));
  const std::string label = key_name(number).label;
  if (std::ranges::find(labels, label) == labels.end())
    return fail(ErrorCode::not_found, label, "the token has no such key");
  return std::make_unique<TokenEpochKey>(number, key_name(number), token_);
}

Status TokenEpochKeys::erase_others(std::int64_t number) {
  MIBUN_TRY(const auto labels, token_->labels(owner_));
  for (const std::string& label : labels) {
    if (label != key_name(number).label) MIBUN_CHECK(token_->destroy_key({owner_, label}));
  }
  return {};
}

Result<bool> TokenEpochKeys::others_exist(std::int64_t number) {
  MIBUN_TRY(const auto labels, token_->labels(owner_));
  return std::ranges::any_of(labels, [&](const std::string& label) { return label != key_name(number).label; });
}

}  // namespace mibun::keyd
