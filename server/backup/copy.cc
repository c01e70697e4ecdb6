#include "server/backup/copy.h"

#include <unistd.h>

#include <filesystem>

#include "server/backup/catalogue.h"
#include "server/backup/scratch.h"
#include "server/backup/signing_key.h"
#include "server/backup/tree.h"

namespace mibun::server::backup {
namespace {

constexpr std::string_view kFolder = "generation";

std::string scratch_path(const CopyOptions& options) {
  if (!options.scratch.empty()) return options.scratch;
  return (std::filesystem::temp_directory_path() / ("mibun-copy-" + std::to_string(::getpid()))).string();
}

bool is_ours(const restic::Repository& from, const Listed& listed, const crypto::PublicKey& key,
             const std::string& path) {
  const auto scratch = Scratch::make(path);
  if (!scratch || !from.restore(listed.snapshot, scratch->path())) return false;
  const auto manifest = verify_tree(scratch->path() + "/" + std::string(kFolder), key);
  return manifest && manifest->generation == listed.number && manifest->made_at == listed.made_at;
}

}  // namespace

Result<CopyReport> copy_generations(const CopyOptions& options) {
  const restic::Repository from(options.from), to(options.to);
  MIBUN_TRY(const crypto::PublicKey key, read_public_key(options.public_key));
  MIBUN_TRY(const bool exists, to.exists());
  if (!exists) MIBUN_CHECK(to.init());
  MIBUN_TRY(const Catalogue source, Catalogue::read({}, from));
  MIBUN_TRY(const Catalogue target, Catalogue::read({}, to));
  CopyReport report{.there = target.generations().size()};
  for (const Listed& one : source.generations()) {
    const Listed* there = target.find(one.number);
    if (there != nullptr && there->made_at == one.made_at) continue;
    if (!is_ours(from, one, key, scratch_path(options))) {
      report.refused.push_back(one.number);
      continue;
    }
    MIBUN_CHECK(to.copy_from(from, one.snapshot));
    report.copied.push_back(one.number);
    ++report.there;
  }
  return report;
}

}  // namespace mibun::server::backup
