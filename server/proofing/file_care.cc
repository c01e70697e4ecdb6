#include "server/proofing/file_care.h"

#include <algorithm>

#include "platform/log/log.h"

namespace mibun::server {
namespace {

// A place that is away for a moment is not the end of a file.
constexpr auto kBeforeTelling = std::chrono::hours(1);

void report(const blobs::ScrubReport& found) {
  if (found.healed > 0) log::warning("files_healed", {{"count", static_cast<std::int64_t>(found.healed)}});
  if (found.orphans > 0) log::info("files_swept", {{"count", static_cast<std::int64_t>(found.orphans)}});
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
  const std::string& shard = shards[next_shard_];
  MIBUN_TRY(auto scrubbed, store_.scrub(shard, *this));
  next_shard_ = (next_shard_ + 1) % shards.size();
  MIBUN_CHECK(note_lost(shard, scrubbed.lost));
  found.add(std::move(scrubbed));
  report(found);
  return {};
}

Result<blobs::ScrubReport> FileCare::scrub() {
  MIBUN_TRY(auto found, store_.scrub_all(*this));
  MIBUN_CHECK(note_lost("", found.lost));
  return found;
}

Status FileCare::tell(database::Transaction& transaction, const std::string& file_id) {
  MIBUN_TRY(const auto row,
            transaction.row("SELECT account_id, name FROM evidence_files JOIN cases USING (case_id) WHERE file_id = $1",
                            file_id));
  if (!row) return {};
  MIBUN_CHECK(history_.record(transaction, {row->text(0)}, HistoryKind::file_lost, {{"file", row->text(1)}}));
  MIBUN_CHECK(transaction.run("UPDATE lost_files SET told_at = $2 WHERE file_id = $1", file_id,
                              clock_.now().unix_milliseconds()));
  return {};
}

// `lost`: all that the shard has lost; the shard "" is everything.
Status FileCare::note_lost(std::string_view shard, const std::vector<std::string>& lost) {
  const std::string end = std::string(shard) + "g";  // as in in_shard()
  MIBUN_TRY(const auto known,
            database_.rows("SELECT file_id FROM lost_files WHERE file_id >= $1 AND file_id < $2", shard, end));
  if (known.empty() && lost.empty()) return {};
  const std::int64_t now = clock_.now().unix_milliseconds();
  const bool all_can_be_read = store_.incomplete().empty();
  const auto is_back = [&](const database::Row& row) { return std::ranges::find(lost, row.text(0)) == lost.end(); };
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    for (const database::Row& row : known) {
      if (!is_back(row)) continue;
      MIBUN_CHECK(transaction.run("DELETE FROM lost_files WHERE file_id = $1", row.text(0)));
    }
    for (const std::string& file : lost) {
      MIBUN_CHECK(transaction.run("INSERT INTO lost_files (file_id, found_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                                  file, now));
    }
    if (!all_can_be_read) return {};
    MIBUN_TRY(const auto due,
              transaction.rows("SELECT file_id FROM lost_files WHERE told_at IS NULL AND found_at <= $1 AND file_id >= "
                               "$2 AND file_id < $3",
                               now - milliseconds(kBeforeTelling).count(), shard, end));
    for (const database::Row& row : due) MIBUN_CHECK(tell(transaction, row.text(0)));
    return {};
  }));
  for (const database::Row& row : known) {
    if (is_back(row)) log::info("file_lost_no_more", {{"file", row.text(0)}});
  }
  return {};
}

}  // namespace mibun::server
