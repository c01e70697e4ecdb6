#include "platform/log/log.h"
#include "server/proofing/records.h"
#include "server/proofing/service.h"

// Where the files of a case lie: each in one of its own, its key in its row. A file is durable before its row is
// written, and its row is gone before the file is removed, so that a crash leaves at most a file that nobody can read.
namespace mibun::server {

Status insert_files(database::Transaction& transaction, std::string_view case_id,
                    const std::map<std::string, blobs::PutFile>& files) {
  for (const auto& [name, file] : files) {
    MIBUN_CHECK(proofing_store::put_file(transaction, case_id, name, file.row));
  }
  return {};
}

void settle(const Status& written, std::map<std::string, blobs::PutFile>& files) {
  // Whether a commit that failed is on disk only the next start knows: its sweep finds those without rows.
  if (!written && written.error().code != ErrorCode::database_error) return;
  for (auto& [name, file] : files) file.blob.keep();
}

Result<ProofingService::PutFiles> ProofingService::put_files(const Account& account, std::string_view case_id,
                                                             const Files& files) {
  PutFiles put;
  for (const auto& [name, content] : files) {
    const std::string record = file_record(case_id, name);
    MIBUN_TRY(auto file, files_.put(account.id, file_key_record(name, record), content));
    put.emplace(name, std::move(file));
  }
  return put;
}

Result<Bytes> ProofingService::open_file(const keyd::PersonId& person, std::string_view case_id,
                                         const std::string& name, const proofing_store::FileRow& row) {
  const std::string record = file_record(case_id, name);
  if (!row.file) return keys_.open(person, {kEvidenceClass, record}, row.sealed);
  auto content = files_.get(person, file_key_record(name, record), {*row.file, row.sealed});
  if (content) return content;
  MIBUN_TRY(const auto still, database_.row("SELECT 1 FROM evidence_files WHERE file_id = $1", row.file->id));
  if (!still) return fail(ErrorCode::case_wrong_state, "file", "it was removed meanwhile");
  return content;
}

void ProofingService::remove_files() {
  // What is left is unreadable, and tried again from time to time.
  if (const Status removed = care_.remove(); !removed) {
    log::error("files_not_removed", {{"code", to_string(removed.error().code)}});
  }
}

}  // namespace mibun::server
