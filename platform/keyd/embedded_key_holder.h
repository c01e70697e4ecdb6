#pragma once

#include <memory>
#include <shared_mutex>
#include <string>

#include "platform/database/database.h"
#include "platform/keyd/data_key_cache.h"
#include "platform/keyd/epoch_key.h"
#include "platform/keyd/keyd.h"

namespace mibun::keyd {

// The key holder inside the server's process: "keyd.db" with the wrapped data keys, and the epoch key in a file beside
// it.
//
// What this protects: a thief of the data database, of its backups or of keyd.db gets nothing; and whoever kept an old
// copy of keyd.db gets nothing from it with the epoch keys after the next rotation, so a destroyed key stays destroyed.
// What it does not: whoever reads this whole directory, or this process' memory, has all keys, and whoever copied both
// an old keyd.db and its epoch key keeps the keys of that day. On a copy-on-write file system or a flash disk the
// overwritten epoch key may linger in blocks that no program reaches. Never put this directory into a backup of the
// data.
//
// Rotation: a new epoch key file, then all keys re-wrapped together with the epoch's number in one transaction, then
// the old file is destroyed. The number in the database decides which file counts; opening finishes or forgets what a
// crash interrupted. Safe for use from several threads if `rng` is.
class EmbeddedKeyHolder final : public KeyHolder {
 public:
  // See open_embedded_key_holder().
  static Result<std::unique_ptr<EmbeddedKeyHolder>> open(const std::string& directory, Rng& rng);

  Status create_person_key(const PersonId& person) override;
  Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) override;
  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override;
  Status destroy_person_key(const PersonId& person) override;
  Result<bool> has_person_key(const PersonId& person) override;
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override;
  Result<Bytes> person_hash(const PersonId& person, std::string_view domain, BytesView value) override;

  // Wraps every key anew and destroys the old epoch key; from then on old copies of keyd.db are useless. Others wait
  // meanwhile. After an error the old epoch is in force, or the new one with the old key still to be destroyed: open
  // the holder again, which settles it. Errors: keyd_integrity_error (a row that does not open), io_error,
  // database_error.
  Status rotate_epoch() override;

  // Of the key table.
  database::Writing writing() const { return table_->writing(); }

 private:
  EmbeddedKeyHolder(std::string directory, Rng& rng, std::unique_ptr<database::Database> table, EpochKey epoch,
                    SecretBytes lookup_key);

  Result<DataKeyCache::Key> data_key(const PersonId& person);

  const std::string directory_;
  Rng& rng_;
  const std::unique_ptr<database::Database> table_;
  // Shared by whoever wraps or unwraps; alone: destroying a key and rotating. So no key that is destroyed comes back
  // into the cache, and none is wrapped under an epoch that has ended. Keys found in the cache need no lock.
  std::shared_mutex keys_;
  EpochKey epoch_;
  SecretBytes lookup_key_;
  DataKeyCache cache_;
};

}  // namespace mibun::keyd
