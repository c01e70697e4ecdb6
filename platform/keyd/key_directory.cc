#include "platform/keyd/key_directory.h"

#include <cerrno>
#include <cstdio>

#include "core/crypto/aead.h"
#include "platform/files/descriptor.h"
#include "platform/files/files.h"

namespace mibun::keyd {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr std::string_view kErased = ".key.erased";

Bytes key_aad(std::string_view name) {
  return to_bytes(std::string("mibun server key|") + std::string(name));
}

Result<SecretBytes> open_master(const std::string& directory, Rng& rng) {
  const std::string path = directory + "/master.key";
  if (auto existing = files::read_file(path, 64)) {
    if (existing->size() != 32) return fail(ErrorCode::sealed_file_malformed, "master.key", "it must hold 32 bytes");
    return SecretBytes::take(std::move(*existing));
  }
  SecretBytes fresh(32);
  rng.fill(fresh.reveal_mutable());
  MIBUN_CHECK(files::write_new_file(path, to_bytes(fresh.reveal()), 0600));
  return fresh;
}

}  // namespace

Result<bool> finish_erasing_keys(const std::string& directory) {
  MIBUN_TRY(auto names, files::list_directory(directory));
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(kErased); });
  for (const std::string& name : names) MIBUN_CHECK(files::erase_file(directory + "/" + name));
  return !names.empty();
}

Result<KeyDirectory> KeyDirectory::open(std::string directory, Rng& rng) {
  MIBUN_CHECK(files::make_private_directory(directory));
  MIBUN_CHECK(finish_erasing_keys(directory));
  MIBUN_TRY(SecretBytes master, open_master(directory, rng));
  return KeyDirectory(std::move(directory), std::move(master), rng);
}

Bytes KeyDirectory::seal(std::string_view name, BytesView key) const {
  return crypto::seal_record(master_.reveal(), key_aad(name), key, *rng_);
}

Result<SecretBytes> KeyDirectory::open_sealed(std::string_view name, BytesView sealed) const {
  MIBUN_TRY(Bytes key, crypto::open_record(master_.reveal(), key_aad(name), sealed));
  return SecretBytes::take(std::move(key));
}

std::string KeyDirectory::path(std::string_view name, std::string_view suffix) const {
  return directory_ + "/" + std::string(name) + std::string(suffix);
}

Result<crypto::P256PrivateKey> KeyDirectory::kept_key(std::string_view name) const {
  MIBUN_TRY(const Bytes sealed, files::read_file(path(name, ".key"), kFileBytesMax));
  MIBUN_TRY(const SecretBytes pkcs8, open_sealed(name, sealed));
  return crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal());
}

Result<crypto::P256PrivateKey> KeyDirectory::make_key(std::string_view name) const {
  crypto::P256PrivateKey fresh = crypto::P256PrivateKey::generate();
  const SecretBytes pkcs8 = fresh.pkcs8();
  MIBUN_CHECK(files::write_new_file(path(name, ".key"), seal(name, pkcs8.reveal()), files::kPrivateFile));
  return fresh;
}

Status KeyDirectory::erase_key(std::string_view name) const {
  const std::string away = path(name, kErased);
  if (::rename(path(name, ".key").c_str(), away.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return files::write_failure(path(name, ".key"), "rename");
  }
  MIBUN_CHECK(files::sync_directory(directory_));
  return files::erase_file(away);
}

Result<crypto::P256PrivateKey> KeyDirectory::key(std::string_view name) const {
  auto kept = kept_key(name);
  if (!kept && kept.error().code == ErrorCode::not_found) return make_key(name);
  return kept;
}

}  // namespace mibun::keyd
