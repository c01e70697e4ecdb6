#include "platform/keyd/file_epoch_keys.h"

#include <algorithm>
#include <utility>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/binding.h"

namespace mibun::keyd {
namespace {

constexpr std::string_view kMagic = "mibun epoch key\n";
constexpr std::size_t kNumberSize = 8;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kBodySize = kMagic.size() + kNumberSize + kKeySize;
constexpr std::size_t kFileSize = kBodySize + 32;

// Everything before the key.
Bytes prefix(std::int64_t number) {
  Bytes bytes = to_bytes(kMagic);
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(number >> shift));
  return bytes;
}

SecretBytes encode(std::int64_t number, BytesView key) {
  SecretBytes file(kFileSize);
  const auto out = file.reveal_mutable();
  std::ranges::copy(prefix(number), out.begin());
  std::ranges::copy(key, out.begin() + (kBodySize - kKeySize));
  std::ranges::copy(crypto::sha256(BytesView(out).first(kBodySize)), out.begin() + kBodySize);
  return file;
}

// In this process' memory.
class PlainEpochKey final : public EpochKey {
 public:
  PlainEpochKey(std::int64_t number, SecretBytes key) : number_(number), key_(std::move(key)) {}

  std::int64_t number() const override { return number_; }

  Result<Bytes> wrap(std::string_view purpose, std::string_view name, BytesView key, Rng& rng) const override {
    return crypto::seal_record(key_.reveal(), key_binding(purpose, name, number_), key, rng);
  }

  Result<SecretBytes> unwrap(std::string_view purpose, std::string_view name, BytesView wrapped) const override {
    auto key = crypto::open_record(key_.reveal(), key_binding(purpose, name, number_), wrapped);
    if (!key) {
      return fail(ErrorCode::keyd_integrity_error, std::string(purpose), "does not open under the key of this epoch");
    }
    SecretBytes secret = SecretBytes::take(std::move(*key));
    if (secret.size() != kKeySize)
      return fail(ErrorCode::keyd_integrity_error, std::string(purpose), "has another size");
    return secret;
  }

 private:
  const std::int64_t number_;
  const SecretBytes key_;
};

}  // namespace

std::string FileEpochKeys::file_name(std::int64_t number) const {
  return "epoch-" + std::to_string(number) + (sealed_ ? ".sealed" : ".key");
}

// Of this kind only: the other kind's files may be those of the place that the keys are being moved to.
Result<std::vector<std::string>> FileEpochKeys::other_files(const std::string& directory, std::int64_t number) const {
  MIBUN_TRY(auto names, files::list_directory(directory));
  const std::string_view kind = sealed_ ? ".sealed" : ".key";
  std::erase_if(names, [&](const std::string& name) {
    return !name.starts_with("epoch-") || !name.contains(kind) || name == file_name(number);
  });
  return names;
}

Result<std::unique_ptr<EpochKey>> FileEpochKeys::make(std::int64_t number, Rng& rng) {
  SecretBytes key(kKeySize);
  rng.fill(key.reveal_mutable());
  const SecretBytes content = encode(number, key.reveal());
  bool written = false;
  for (const std::string& directory : directories_) {
    if (!files::exists(directory)) continue;
    const std::string path = directory + "/" + file_name(number);
    if (sealed_) {
      MIBUN_CHECK(
          sealed_file::create(path, as_text(sealed_->passphrase.reveal()), content.reveal(), rng, sealed_->cost));
    } else {
      MIBUN_CHECK(files::write_new_file(path, content.reveal()));
    }
    written = true;
  }
  if (!written) return fail(ErrorCode::io_error, file_name(number), "none of the directories is there");
  return std::make_unique<PlainEpochKey>(number, std::move(key));
}

Result<std::unique_ptr<EpochKey>> FileEpochKeys::load_from(const std::string& directory, std::int64_t number) const {
  const std::string path = directory + "/" + file_name(number);
  auto file = sealed_ ? sealed_file::open(path, as_text(sealed_->passphrase.reveal()))
                      : files::read_secret_file(path, kFileSize);
  if (!file) return pass_error(file);
  if (file->size() != kFileSize) return fail(ErrorCode::keyd_integrity_error, file_name(number), "not an epoch key");
  SecretBytes key = SecretBytes::copy_of(file->reveal().subspan(kBodySize - kKeySize, kKeySize));
  if (!ct_equal(file->reveal(), encode(number, key.reveal()).reveal())) {
    return fail(ErrorCode::keyd_integrity_error, file_name(number), "not this epoch's key, or damaged");
  }
  return std::make_unique<PlainEpochKey>(number, std::move(key));
}

// The first that is whole. Of the errors the one that says most: damaged rather than absent.
Result<std::unique_ptr<EpochKey>> FileEpochKeys::load(std::int64_t number) {
  Error worst{ErrorCode::not_found, file_name(number), "in none of the directories"};
  for (const std::string& directory : directories_) {
    auto key = load_from(directory, number);
    if (key) return key;
    if (key.error().code != ErrorCode::not_found) worst = key.error();
  }
  return std::unexpected(std::move(worst));
}

Status FileEpochKeys::erase_others(std::int64_t number) {
  for (const std::string& directory : directories_) {
    if (!files::exists(directory)) continue;  // its table is as old, and refused for that when it comes back
    MIBUN_TRY(const auto names, other_files(directory, number));
    for (const std::string& name : names) {
      const std::string path = directory + "/" + name;
      // A crash while the key was made leaves its temporary name beside the real one: zeros there would be zeros here.
      const bool is_the_key = files::same_file(path, directory + "/" + file_name(number));
      MIBUN_CHECK(is_the_key ? files::remove_name(path) : files::erase_file(path));
    }
  }
  return {};
}

Result<bool> FileEpochKeys::others_exist(std::int64_t number) {
  for (const std::string& directory : directories_) {
    if (!files::exists(directory)) continue;
    MIBUN_TRY(auto names, other_files(directory, number));
    // Left by a crash while that very file was made: it belongs to no table.
    std::erase_if(names, [&](const std::string& name) { return name.starts_with(file_name(number) + ".tmp."); });
    if (!names.empty()) return true;
  }
  return false;
}

}  // namespace mibun::keyd
