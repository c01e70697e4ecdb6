#include "server/trust/key_directory.h"

#include "core/crypto/aead.h"
#include "platform/files/files.h"

namespace mibun::server {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;

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

Result<KeyDirectory> KeyDirectory::open(std::string directory, Rng& rng) {
  MIBUN_CHECK(files::make_private_directory(directory));
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

Result<crypto::P256PrivateKey> KeyDirectory::key(std::string_view name) const {
  if (auto sealed = files::read_file(path(name, ".key"), kFileBytesMax)) {
    MIBUN_TRY(SecretBytes pkcs8, open_sealed(name, *sealed));
    return crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal());
  }
  crypto::P256PrivateKey fresh = crypto::P256PrivateKey::generate();
  const SecretBytes pkcs8 = fresh.pkcs8();
  MIBUN_CHECK(files::write_new_file(path(name, ".key"), seal(name, pkcs8.reveal()), 0600));
  return fresh;
}

std::optional<std::vector<Bytes>> KeyDirectory::chain(std::string_view name) const {
  auto pem = files::read_file(path(name, ".pem"), kFileBytesMax);
  if (!pem) return std::nullopt;
  auto chain = crypto::certificates_from_pem(as_text(*pem));
  if (!chain || chain->empty()) return std::nullopt;
  return std::move(*chain);
}

Status KeyDirectory::keep_chain(std::string_view name, const crypto::Certificate& certificate) const {
  return files::write_new_file(path(name, ".pem"), to_bytes(certificate.pem()), 0644);
}

}  // namespace mibun::server
