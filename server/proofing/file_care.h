#pragma once

#include "core/base/time.h"
#include "platform/blobs/store.h"
#include "platform/database/database.h"
#include "server/history/recorder.h"

namespace mibun::server {

// Keeps the files of evidence and photos in step with their rows: a row that went takes its file along (table
// removed_files), a file without a row is swept away, a bad or missing copy is healed. What has no good copy anywhere
// is kept in the table lost_files, which readiness counts, and its person is told once it has been so for an hour while
// every place could be read. For files in server/proofing only.
class FileCare final : private blobs::BlobRows {
 public:
  FileCare(database::Database& database, blobs::Store& store, HistoryRecorder& history, const Clock& clock)
      : database_(database), store_(store), history_(history), clock_(clock) {}

  // Before the first request: what a crash left. Errors: database_error.
  Status start();
  // Removes the files of rows that are gone; what cannot be reached now is removed later. Errors: database_error.
  Status remove();
  // From time to time: the same, a directory that came back, and the next part of the scrub: all within 256 calls.
  // Errors: database_error.
  Status tend();
  // Everything at once. Errors: database_error.
  Result<blobs::ScrubReport> scrub();

 private:
  Result<std::vector<blobs::BlobRef>> in_shard(std::string_view shard) override;
  Result<bool> has(std::string_view id) override;

  Status note_lost(std::string_view shard, const std::vector<std::string>& lost);
  Status tell(database::Transaction& transaction, const std::string& file_id);

  database::Database& database_;
  blobs::Store& store_;
  HistoryRecorder& history_;
  const Clock& clock_;
  std::size_t next_shard_ = 0;
};

}  // namespace mibun::server
