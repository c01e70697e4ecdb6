#include "server/backup/signing_key.h"

#include "core/jose/jwk.h"
#include "platform/files/files.h"

namespace mibun::server::backup {
namespace {

constexpr std::string_view kName = "backup";

}  // namespace

Result<crypto::P256PrivateKey> open_signing_key(const KeyDirectory& keys) {
  MIBUN_TRY(auto key, keys.key(kName));
  const std::string text = json::serialize(jose::Jwk(key.verification_key()).to_json());
  const std::string path = keys.path(kName, ".pub");
  const auto there = files::read_file(path, 4096);
  if (!there || as_text(*there) != text) {
    MIBUN_CHECK(files::write_file_atomic(path, as_bytes(text), files::kPublicFile));
  }
  return key;
}

Result<crypto::PublicKey> read_public_key(const std::string& path) {
  MIBUN_TRY(const Bytes text, files::read_file(path, 4096));
  MIBUN_TRY(const jose::Jwk jwk, jose::Jwk::parse(as_text(text)));
  return jwk.key();
}

}  // namespace mibun::server::backup
