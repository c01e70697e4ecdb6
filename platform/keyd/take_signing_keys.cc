#include "platform/keyd/take_signing_keys.h"

#include "platform/files/files.h"
#include "platform/keyd/file_signing_place.h"
#include "platform/keyd/key_directory.h"

namespace mibun::keyd {
namespace {

constexpr std::size_t kChainBytesMax = 64 * 1024;

Status take_key(const KeyDirectory& from, const KeyDirectory& to, const std::string& stem) {
  const auto key = from.kept_key(stem);
  if (!key) return fail(ErrorCode::keyd_integrity_error, from.path(stem, ".key"), "does not open");
  if (const auto there = to.kept_key(stem); there || there.error().code != ErrorCode::not_found) {
    if (there && there->public_key() == key->public_key()) return {};
    return fail(ErrorCode::keyd_integrity_error, to.path(stem, ".key"), "is another key of that name");
  }
  const SecretBytes pkcs8 = key->pkcs8();
  return files::write_new_file(to.path(stem, ".key"), to.seal(stem, pkcs8.reveal()), files::kPrivateFile);
}

Status take_chain(const KeyDirectory& from, const KeyDirectory& to, const std::string& stem) {
  const auto chain = files::read_file(from.path(stem, ".pem"), kChainBytesMax);
  if (!chain && chain.error().code == ErrorCode::not_found) return {};  // not certified yet, or never
  if (!chain) return std::unexpected(chain.error());
  if (const auto there = files::read_file(to.path(stem, ".pem"), kChainBytesMax); there && *there == *chain) return {};
  return files::write_new_file(to.path(stem, ".pem"), *chain, files::kPublicFile);
}

}  // namespace

Result<int> take_signing_keys(const std::string& from, const std::string& to, Rng& rng) {
  if (!files::exists(from + "/master.key")) return fail(ErrorCode::not_found, from, "is no directory of sealed keys");
  MIBUN_TRY(const KeyDirectory source, KeyDirectory::open(from, rng));
  MIBUN_TRY(const KeyDirectory target, KeyDirectory::open(to, rng));
  MIBUN_TRY(const auto keys, signing_stems_in(from, ".key"));
  for (const std::string& stem : keys) {
    MIBUN_CHECK(take_key(source, target, stem));
    MIBUN_CHECK(take_chain(source, target, stem));
    MIBUN_CHECK(source.erase_key(stem));
  }
  MIBUN_TRY(const auto chains, signing_stems_in(from, ".pem"));  // also of retired keys
  for (const std::string& stem : chains) {
    MIBUN_CHECK(take_chain(source, target, stem));
    MIBUN_CHECK(files::remove_name(source.path(stem, ".pem")));
  }
  return static_cast<int>(keys.size());
}

}  // namespace mibun::keyd
