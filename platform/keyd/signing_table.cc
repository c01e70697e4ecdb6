#include "platform/keyd/signing_table.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "platform/files/files.h"
#include "platform/keyd/file_signing_place.h"
#include "platform/keyd/key_directory.h"
#include "platform/keyd/signing_names.h"
#include "platform/log/log.h"

namespace mibun::keyd {
namespace {

// A paper that says that the files of before are in the table. It is no stem, so it is nobody's certificate.
constexpr const char* kTaken = "files are taken";

Status take_key(EmbeddedKeyHolder& holder, const KeyDirectory& files, const std::string& stem) {
  const auto key = files.kept_key(stem);
  if (!key && key.error().code == ErrorCode::io_error) return std::unexpected(key.error());
  if (!key) return fail(ErrorCode::keyd_integrity_error, files.path(stem, ".key"), "does not open");
  const SecretBytes scalar = key->scalar();
  const Status kept = holder.keep_key(stem, scalar.reveal());
  if (kept || kept.error().code != ErrorCode::keyd_key_exists) return kept;
  MIBUN_TRY(const SecretBytes there, holder.kept_key(stem));  // it was cut off here
  if (ct_equal(there.reveal(), scalar.reveal())) return {};
  return fail(ErrorCode::keyd_integrity_error, files.path(stem, ".key"), "is another key of that name");
}

// What opened the files, unless there are others that it opens: a server's own keys.
Status erase_idle_master(const std::string& directory) {
  MIBUN_TRY(const auto names, files::list_directory(directory));
  const bool opens_others = std::ranges::any_of(names, [](const std::string& name) {
    return name.ends_with(".key") && name != "master.key" && !name.starts_with("epoch-");
  });
  return opens_others ? Status() : files::erase_file(directory + "/master.key");
}

}  // namespace

Status SigningTable::take_papers(const EmbeddedKeyHolder::Kept& kept, const std::string& from,
                                 std::string_view suffix) const {
  MIBUN_TRY(const auto papers, DirectoryPapers(from).all(suffix));
  for (const auto& [stem, content] : papers) {
    const std::string name = stem + std::string(suffix);
    const auto there = kept.papers.find(name);
    if (there == kept.papers.end()) {
      MIBUN_CHECK(holder_->keep_paper(name, content));
    } else if (there->second != content) {
      return fail(ErrorCode::keyd_integrity_error, name, "there is another of that name");
    }
    if (from == directory_) continue;
    show_paper(name, content);
    MIBUN_CHECK(files::remove_name(from + "/" + name));
  }
  return {};
}

Result<int> SigningTable::take_from(const std::string& from, Rng& rng) const {
  MIBUN_TRY(const auto kept, holder_->kept());
  MIBUN_TRY(const auto stems, signing_stems_in(from, ".key"));
  if (!stems.empty() && !files::exists(from + "/master.key")) {
    return fail(ErrorCode::keyd_integrity_error, from + "/master.key", "is missing, and opens the keys there");
  }
  // A key without its certificates would be certified anew, so these come first.
  for (const std::string_view suffix : {".pem", ".pub"}) MIBUN_CHECK(take_papers(kept, from, suffix));
  if (stems.empty()) {
    MIBUN_TRY(const bool was_cut_off, finish_erasing_keys(from));
    if (was_cut_off) MIBUN_CHECK(erase_idle_master(from));
    return 0;
  }
  MIBUN_TRY(const KeyDirectory sealed, KeyDirectory::open(from, rng));
  for (const std::string& stem : stems) MIBUN_CHECK(take_key(*holder_, sealed, stem));
  // A crash from here on finds fewer files than keys, which is what take_key() goes on from.
  for (const std::string& stem : stems) MIBUN_CHECK(sealed.erase_key(stem));
  MIBUN_CHECK(erase_idle_master(from));
  log::info("signing_keys_taken", {{"count", static_cast<std::int64_t>(stems.size())}});
  return static_cast<int>(stems.size());
}

Status SigningTable::take_files(Rng& rng) const {
  MIBUN_TRY(const auto kept, holder_->kept());
  if (!kept.papers.contains(kTaken)) {
    MIBUN_CHECK(take_from(directory_, rng));
    return holder_->keep_paper(kTaken, {});
  }
  // The table has its keys: one that comes as a file was made elsewhere, or put back.
  MIBUN_TRY(const auto stems, signing_stems_in(directory_, ".key"));
  if (stems.empty()) return {};
  return fail(ErrorCode::keyd_integrity_error, directory_ + "/" + stems.front() + ".key",
              "a signing key in a file, beside a table that has them");
}

void SigningTable::show_paper(const std::string& file_name, BytesView content) const {
  const std::string path = directory_ + "/" + file_name;
  const Status shown = files::write_file_atomic(path, content, files::kPublicFile);
  if (!shown) log::warning("signing_paper_not_shown", {{"code", to_string(shown.error().code)}});
}

Result<std::map<std::string, Bytes>> TablePapers::all(std::string_view suffix) {
  MIBUN_TRY(auto kept, table_->holder().kept());
  std::map<std::string, Bytes> found;
  for (auto& [name, content] : kept.papers) {
    if (!name.ends_with(suffix)) continue;
    std::string stem = name.substr(0, name.size() - suffix.size());
    if (parse_stem(stem)) found.emplace(std::move(stem), std::move(content));
  }
  return found;
}

Status TablePapers::write_new(const std::string& stem, std::string_view suffix, BytesView content) {
  const std::string name = stem + std::string(suffix);
  MIBUN_CHECK(table_->holder().keep_paper(name, content));
  table_->show_paper(name, content);
  return {};
}

Status TablePapers::remove(const std::string& stem, std::string_view suffix) {
  const std::string name = stem + std::string(suffix);
  MIBUN_CHECK(table_->holder().remove_kept({}, name));
  return files::remove_name(table_->directory() + "/" + name);
}

Result<std::optional<Bytes>> TablePapers::copy_table() {
  MIBUN_TRY(Bytes copy, table_->holder().copy());
  return std::move(copy);
}

Result<std::vector<std::string>> TableSigningPlace::stems() {
  MIBUN_TRY(auto kept, table_->holder().kept());
  std::erase_if(kept.keys, [](const std::string& name) { return !parse_stem(name); });
  return std::move(kept.keys);
}

TableSigningPlace::Key TableSigningPlace::keep(const std::string& stem, crypto::P256PrivateKey key) {
  auto kept = std::make_shared<const crypto::P256PrivateKey>(std::move(key));
  const std::unique_lock lock(mutex_);
  loaded_.insert_or_assign(stem, kept);
  return kept;
}

Result<crypto::P256PublicKey> TableSigningPlace::create(const std::string& stem) {
  crypto::P256PrivateKey fresh = crypto::P256PrivateKey::generate();
  const SecretBytes scalar = fresh.scalar();
  MIBUN_CHECK(table_->holder().keep_key(stem, scalar.reveal()));
  return keep(stem, std::move(fresh))->public_key();
}

Result<TableSigningPlace::Key> TableSigningPlace::load(const std::string& stem) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = loaded_.find(stem); found != loaded_.end()) return found->second;
  }
  MIBUN_TRY(const SecretBytes scalar, table_->holder().kept_key(stem));
  auto key = crypto::P256PrivateKey::from_scalar(scalar.reveal());
  if (!key) return fail(ErrorCode::keyd_integrity_error, stem, "is no key on P-256");
  return keep(stem, std::move(*key));
}

Result<crypto::P256PublicKey> TableSigningPlace::public_key(const std::string& stem) {
  MIBUN_TRY(const Key key, load(stem));
  return key->public_key();
}

Result<crypto::P256Signature> TableSigningPlace::sign(const std::string& stem, BytesView message) {
  MIBUN_TRY(const Key key, load(stem));
  return key->sign(message);
}

Status TableSigningPlace::destroy(const std::string& stem) {
  MIBUN_CHECK(table_->holder().remove_kept(stem));
  const std::unique_lock lock(mutex_);
  loaded_.erase(stem);
  return {};
}

}  // namespace mibun::keyd
