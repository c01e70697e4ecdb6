#include "platform/keyd/epoch_key.h"

#include <algorithm>
#include <utility>
#include <vector>

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

std::string file_name(std::int64_t number) {
  return "epoch-" + std::to_string(number) + ".key";
}
std::string file_path(const std::string& directory, std::int64_t number) {
  return directory + "/" + file_name(number);
}

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

Result<std::vector<std::string>> other_files(const std::string& directory, std::int64_t number) {
  MIBUN_TRY(auto names, files::list_directory(directory));
  std::erase_if(names,
                [&](const std::string& name) { return !name.starts_with("epoch-") || name == file_name(number); });
  return names;
}

}  // namespace

Result<EpochKey> EpochKey::make(const std::string& directory, std::int64_t number, Rng& rng) {
  SecretBytes key(kKeySize);
  rng.fill(key.reveal_mutable());
  MIBUN_CHECK(files::write_new_file(file_path(directory, number), encode(number, key.reveal()).reveal()));
  return EpochKey(number, std::move(key));
}

Result<EpochKey> EpochKey::load(const std::string& directory, std::int64_t number) {
  MIBUN_TRY(const SecretBytes file, files::read_secret_file(file_path(directory, number), kFileSize));
  if (file.size() != kFileSize) return fail(ErrorCode::keyd_integrity_error, file_name(number), "not an epoch key");
  SecretBytes key = SecretBytes::copy_of(file.reveal().subspan(kBodySize - kKeySize, kKeySize));
  if (!ct_equal(file.reveal(), encode(number, key.reveal()).reveal())) {
    return fail(ErrorCode::keyd_integrity_error, file_name(number), "not this epoch's key, or damaged");
  }
  return EpochKey(number, std::move(key));
}

Status EpochKey::erase_others(const std::string& directory, std::int64_t number) {
  MIBUN_TRY(const auto names, other_files(directory, number));
  for (const std::string& name : names) {
    const std::string path = directory + "/" + name;
    // A crash while the key was made leaves its temporary name beside the real one: zeros there would be zeros here.
    const bool is_the_key = files::same_file(path, file_path(directory, number));
    MIBUN_CHECK(is_the_key ? files::remove_name(path) : files::erase_file(path));
  }
  return {};
}

Result<bool> EpochKey::others_exist(const std::string& directory, std::int64_t number) {
  MIBUN_TRY(auto names, other_files(directory, number));
  // Left by a crash while that very file was made: it belongs to no table.
  std::erase_if(names, [&](const std::string& name) { return name.starts_with(file_name(number) + ".tmp."); });
  return !names.empty();
}

Bytes EpochKey::wrap(std::string_view purpose, std::string_view name, BytesView key, Rng& rng) const {
  return crypto::seal_record(key_.reveal(), key_binding(purpose, name, number_), key, rng);
}

Result<SecretBytes> EpochKey::unwrap(std::string_view purpose, std::string_view name, BytesView wrapped) const {
  auto key = crypto::open_record(key_.reveal(), key_binding(purpose, name, number_), wrapped);
  if (!key) {
    return fail(ErrorCode::keyd_integrity_error, std::string(purpose), "does not open under the key of this epoch");
  }
  SecretBytes secret = SecretBytes::take(std::move(*key));
  if (secret.size() != kKeySize) return fail(ErrorCode::keyd_integrity_error, std::string(purpose), "has another size");
  return secret;
}

}  // namespace mibun::keyd
