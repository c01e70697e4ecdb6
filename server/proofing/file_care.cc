#include "server/proofing/file_care.h"

#include "platform/log/log.h"

namespace mibun::server {
namespace {

void report(const blobs::ScrubReport& found) {
  if (found.healed > 0) log::warning("files_healed", {{"count", static_cast<std::int64_t>(found.healed)}});
  if (found.orphans > 0) log::info("files_swept", {{"count", static_cast<std::int64_t>(found.orphans)}});
  for (const std::string& file : found.lost) log::error("file_lost", {{"file", file}});
}

}  // namespace

Result<std::vector<blobs::BlobRef>> FileCare::in_shard(std::string_view shard) {
  // 'g' comes after every character of an id.
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT file_id, file_sha256 FROM evidence_files WHERE file_id >= $1 AND file_id < $2",
                           shard, std::string(shard) + "g"));
  std::vector<blobs::BlobRef> files;
  files.reserve(rows.size());
  for (const database::Row& row : rows) files.push_back({row.text(0), row.blob(1)});
  return files;
}

Result<bool> FileCare::has(std::string_view id) {
  MIBUN_TRY(const auto row, database_.row("SELECT 1 FROM evidence_files WHERE file_id = $1", id));
  return row.has_value();
}

Status FileCare::start() {
  MIBUN_TRY(const auto swept, store_.sweep(*this));
  report(swept);
  return remove();
}

Status FileCare::remove() {
  MIBUN_TRY(const auto rows, database_.rows("SELECT file_id FROM removed_files ORDER BY rowid LIMIT 1000"));
  std::vector<std::string> gone;
  for (const database::Row& row : rows) {
    if (store_.erase(row.text(0))) gone.push_back(row.text(0));
  }
  if (gone.size() < rows.size()) {
    log::warning("files_left", {{"count", static_cast<std::int64_t>(rows.size() - gone.size())}});
  }
  if (gone.empty()) return {};
  return database_.write([&](database::Transaction& transaction) -> Status {
    for (const std::string& id : gone) {
      MIBUN_CHECK(transaction.run("DELETE FROM removed_files WHERE file_id = $1", id));
    }
    return {};
  });
}

Status FileCare::tend() {
  MIBUN_CHECK(remove());
  MIBUN_TRY(auto found, store_.mend(*this));
  const auto shards = blobs::all_shards();
  MIBUN_TRY(auto scrubbed, store_.scrub(shards[next_shard_], *this));
  next_shard_ = (next_shard_ + 1) % shards.size();
  found.add(std::move(scrubbed));
  report(found);
  return {};
}

}  // namespace mibun::server
