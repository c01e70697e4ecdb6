#include "server/transparency/note_key.h"

#include <memory>

#include "platform/files/files.h"

namespace mibun::server {
namespace {

constexpr std::size_t kFileBytesMax = 4096;
constexpr std::string_view kName = "log";

// "https://id.example.jp:8443" -> "id.example.jp:8443/log": C2SP wants an address without its scheme.
std::string origin_name(std::string_view public_origin) {
  constexpr std::string_view kScheme = "https://";
  if (public_origin.starts_with(kScheme)) public_origin.remove_prefix(kScheme.size());
  return std::string(public_origin) + "/log";
}

Result<tlog::VerifierKey> read_verifier(const std::string& path) {
  MIBUN_TRY(const Bytes bytes, files::read_file(path, kFileBytesMax));
  std::string_view text = as_text(bytes);
  if (text.ends_with('\n')) text.remove_suffix(1);
  return tlog::VerifierKey::parse(text);
}

}  // namespace

Result<tlog::NoteSigner> open_log_key(const std::string& directory, const std::string& public_origin, Trust& trust) {
  const std::string sealed_file = directory + "/log.key", verifier_file = directory + "/log.vkey";
  if (!files::exists(sealed_file)) {
    const auto fresh = crypto::Ed25519PrivateKey::generate();
    MIBUN_TRY(const auto verifier,
              tlog::VerifierKey::make(origin_name(public_origin), tlog::NoteKeyKind::ed25519, fresh.public_key()));
    // The public part first: a start that was cut off between the two makes both anew.
    MIBUN_CHECK(files::write_file_atomic(verifier_file, as_bytes(verifier.to_string() + "\n"), files::kPublicFile));
    MIBUN_CHECK(files::write_new_file(sealed_file, trust.seal_key(kName, fresh.pkcs8().reveal()), files::kPrivateFile));
  }
  MIBUN_TRY(const Bytes sealed, files::read_file(sealed_file, kFileBytesMax));
  MIBUN_TRY(const SecretBytes pkcs8, trust.open_key(kName, sealed));
  MIBUN_TRY(auto key, crypto::Ed25519PrivateKey::from_pkcs8(pkcs8.reveal()));
  MIBUN_TRY(const tlog::VerifierKey verifier, read_verifier(verifier_file));
  MIBUN_TRY(auto signer, tlog::NoteSigner::make(verifier.name(), tlog::NoteKeyKind::ed25519,
                                                std::make_shared<crypto::Ed25519PrivateKey>(std::move(key))));
  if (signer.verifier() != verifier) return fail(ErrorCode::private_key_rejected, verifier_file, "is of another key");
  return signer;
}

}  // namespace mibun::server
