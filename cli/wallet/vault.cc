#include "cli/wallet/vault.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/sealed_file/sealed_file.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kPassphraseBytesMin = 8;
constexpr std::size_t kRecordBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kKeyIdBytes = 16;
constexpr std::string_view kKeyPrefix = "key.";

constexpr Text kAskPassphrase{"Passphrase:", "パスフレーズ:"};
constexpr Text kAskNew{"Choose a passphrase (8 characters or more):", "パスフレーズを決めてください(8 文字以上):"};
constexpr Text kAskAgain{"The same once more:", "もう一度入力してください:"};

// A secret of the vault that is good for one purpose only.
SecretBytes derive(const SecretBytes& vault_secret) {
  return crypto::hkdf_sha256(vault_secret.reveal(), {}, as_bytes("mibun wallet records"), 32);
}

Bytes record_aad(std::string_view name) {
  return to_bytes("mibun wallet record|" + std::string(name));
}

}  // namespace

Vault::FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status Vault::FolderLock::take(const std::string& path) {
  if (descriptor_ >= 0) return {};
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return fail(ErrorCode::io_error, "wallet", "the lock file could not be opened");
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return fail(ErrorCode::unavailable, "wallet", "another mibun command is using this wallet");
  }
  descriptor_ = descriptor;
  return {};
}

Vault::Vault(std::string home, const Terminal& terminal, const Clock& clock, Rng& rng)
    : home_(std::move(home)), terminal_(terminal), clock_(clock), rng_(rng) {}

bool Vault::exists() const {
  return files::exists(home_ + "/vault.sealed");
}

Status Vault::create() {
  MIBUN_TRY(const SecretBytes first, terminal_.ask_secret(kAskNew));
  MIBUN_TRY(const SecretBytes second, terminal_.ask_secret(kAskAgain));
  if (first.size() < kPassphraseBytesMin) {
    return fail(ErrorCode::invalid_argument, "passphrase", "it needs 8 characters or more");
  }
  if (!ct_equal(first.reveal(), second.reveal())) {
    return fail(ErrorCode::invalid_argument, "passphrase", "the two are not the same");
  }
  MIBUN_CHECK(files::make_private_directory(home_));
  MIBUN_CHECK(lock_.take(home_ + "/lock"));
  MIBUN_CHECK(files::make_private_directory(home_ + "/records"));
  SecretBytes secret(32);
  rng_.fill(secret.reveal_mutable());
  MIBUN_CHECK(sealed_file::create(home_ + "/vault.sealed", as_text(first.reveal()), secret.reveal(), rng_));
  record_key_ = derive(secret);
  just_verified_ = verified(clock_.now());
  return {};
}

Result<SecretBytes> Vault::ask_and_open() {
  if (!exists()) return fail(ErrorCode::wallet_not_registered, "wallet");
  MIBUN_TRY(const SecretBytes passphrase, terminal_.ask_secret(kAskPassphrase));
  return sealed_file::open(home_ + "/vault.sealed", as_text(passphrase.reveal()));
}

Status Vault::unlock() {
  if (!record_key_.empty()) return {};
  if (!exists()) return fail(ErrorCode::wallet_not_registered, "wallet");
  MIBUN_CHECK(lock_.take(home_ + "/lock"));
  MIBUN_TRY(const SecretBytes secret, ask_and_open());
  record_key_ = derive(secret);
  just_verified_ = verified(clock_.now());
  return {};
}

Result<webauthn::UserVerification> Vault::verify_user(std::string_view reason) {
  if (just_verified_) {
    const webauthn::UserVerification verification = *just_verified_;
    just_verified_.reset();
    if (verification.is_fresh(clock_.now())) return verification;
  }
  return verify_user_again(reason);
}

Result<webauthn::UserVerification> Vault::verify_user_again(std::string_view) {
  just_verified_.reset();
  auto secret = ask_and_open();
  if (!secret && secret.error().code == ErrorCode::sealed_file_wrong_passphrase) {
    return fail(ErrorCode::wallet_user_verification_failed, "passphrase");
  }
  if (!secret) return pass_error(secret);
  return verified(clock_.now());
}

Status Vault::destroy() {
  keys_.clear();
  just_verified_.reset();
  record_key_ = SecretBytes();
  MIBUN_CHECK(files::erase_file(home_ + "/vault.sealed"));
  const std::string records = home_ + "/records";
  if (!files::exists(records)) return {};
  MIBUN_TRY(const auto left, files::list_directory(records));
  for (const std::string& name : left) MIBUN_CHECK(files::erase_file(records + "/" + name));
  std::error_code error;
  std::filesystem::remove(records, error);
  if (error) return fail(ErrorCode::io_error, "records", "could not be removed");
  return {};
}

Result<std::string> Vault::path_of(std::string_view name) const {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  if (name.empty() || name.front() == '.' || name.size() > 200 || !std::ranges::all_of(name, is_plain)) {
    return fail(ErrorCode::invalid_argument, "record", "not a record name");
  }
  return home_ + "/records/" + std::string(name);
}

Status Vault::write_record(std::string_view name, BytesView value) {
  if (record_key_.empty()) return fail(ErrorCode::wallet_locked, "wallet");
  MIBUN_TRY(const std::string path, path_of(name));
  return files::write_file_atomic(path, crypto::seal_record(record_key_.reveal(), record_aad(name), value, rng_), 0600);
}

Result<Bytes> Vault::read_record(std::string_view name) {
  if (record_key_.empty()) return fail(ErrorCode::wallet_locked, "wallet");
  MIBUN_TRY(const std::string path, path_of(name));
  if (!files::exists(path)) return fail(ErrorCode::not_found, std::string(name));
  MIBUN_TRY(const Bytes sealed, files::read_file(path, kRecordBytesMax));
  return crypto::open_record(record_key_.reveal(), record_aad(name), sealed);
}

Result<std::string> Vault::read(std::string_view name) {
  MIBUN_TRY(const Bytes value, read_record(name));
  return std::string(as_text(value));
}

Status Vault::write(std::string_view name, std::string_view value) {
  return write_record(name, as_bytes(value));
}

Status Vault::remove(std::string_view name) {
  MIBUN_TRY(const std::string path, path_of(name));
  return files::erase_file(path);
}

Result<std::vector<std::string>> Vault::names(std::string_view prefix) {
  MIBUN_TRY(auto found, files::list_directory(home_ + "/records"));
  // Half-written files of a process that ended badly are nobody's records.
  std::erase_if(found, [&](const std::string& name) {
    return !name.starts_with(prefix) || name.find(".tmp.") != std::string::npos;
  });
  return found;
}

Result<wallet::KeyId> Vault::make_key() {
  wallet::KeyId id{base64url::encode(rng_.bytes(kKeyIdBytes))};
  auto fresh = std::make_unique<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
  const SecretBytes pkcs8 = fresh->pkcs8();
  MIBUN_CHECK(write_record(std::string(kKeyPrefix) + id.value, pkcs8.reveal()));
  keys_[id.value] = std::move(fresh);
  return id;
}

Result<const crypto::P256PrivateKey*> Vault::key(const wallet::KeyId& id) {
  if (const auto found = keys_.find(id.value); found != keys_.end()) return found->second.get();
  MIBUN_TRY(Bytes pkcs8, read_record(std::string(kKeyPrefix) + id.value));
  const SecretBytes secret = SecretBytes::take(std::move(pkcs8));
  MIBUN_TRY(auto loaded, crypto::P256PrivateKey::from_pkcs8(secret.reveal()));
  auto& kept = keys_[id.value];
  kept = std::make_unique<crypto::P256PrivateKey>(std::move(loaded));
  return kept.get();
}

Result<const crypto::P256Signer*> Vault::signer(const wallet::KeyId& id) {
  MIBUN_TRY(const crypto::P256PrivateKey* found, key(id));
  return found;
}

Result<const crypto::KeyAgreement*> Vault::key_agreement(const wallet::KeyId& id) {
  MIBUN_TRY(const crypto::P256PrivateKey* found, key(id));
  return found;
}

Status Vault::destroy_key(const wallet::KeyId& id) {
  keys_.erase(id.value);
  return remove(std::string(kKeyPrefix) + id.value);
}

}  // namespace mibun::cli
