#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// Small files beside the journal, the same in each of its folders, which an older database cannot take away: what a law
// keeps of people who have gone (server/legal_hold). As the journal they are in no generation of a backup and are
// brought along by a restore. In "<journal folder>/kept", one file each, called by its id (letters, digits, "-" and
// "_"):
//
//   mibun-kept-1 SP tag LF content
//
// `tag`: a keyed hash of id and content (base64url), so that nobody without the key holder can change or add one.
// One caller at a time.
class KeptFiles {
 public:
  // Makes folders that are missing; what a crash left half-written goes. Errors: io_error.
  static Result<KeptFiles> open(const std::vector<std::string>& journal_folders, keyd::KeyHolder& keys);

  // Durable in every folder when this returns; one of that id is replaced. Errors: io_error, the key holder's.
  Status write(const std::string& id, BytesView content);
  // The first copy that is as it was written. Errors: not_found (in no folder), backup_integrity_error (none of them
  // is), io_error, the key holder's.
  Result<Bytes> read(const std::string& id) const;
  // Those that any folder has, in order. Errors: io_error.
  Result<std::vector<std::string>> ids() const;
  bool is_everywhere(const std::string& id) const;
  // From every folder, overwritten. One that is missing is no error. Errors: io_error.
  Status erase(const std::string& id);

  // For a restore, which has no key holder yet: everything that these journal folders have, below another one. Two
  // copies that differ are for somebody to judge. Errors: backup_integrity_error, io_error.
  static Status copy(const std::vector<std::string>& journal_folders, const std::string& to_journal_folder);

 private:
  KeptFiles(std::vector<std::string> folders, keyd::KeyHolder& keys) : folders_(std::move(folders)), keys_(keys) {}
  Result<std::string> head(const std::string& id, BytesView content) const;

  std::vector<std::string> folders_;
  keyd::KeyHolder& keys_;
};

}  // namespace mibun::server
