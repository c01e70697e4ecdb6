#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "platform/keyd/data_key_cache.h"
#include "platform/keyd/epoch_keys.h"
#include "platform/keyd/key_table.h"
#include "platform/keyd/keyd.h"
#include "platform/keyd/replicas.h"

namespace mibun::keyd {

// Where a holder keeps what it has.
struct HolderPlaces {
  std::vector<std::string> directories;  // the key table's copies
  std::unique_ptr<EpochKeys> epochs;
  // Where the epoch keys were before, if they are to be moved: opening wraps everything anew under a key of `epochs`
  // and destroys those here.
  std::unique_ptr<EpochKeys> previous_epochs = nullptr;
  Replicas::OpenTable open_table = key_table::open;
  // A file outside of `directories` that remembers how far the table has come; empty: none (generation_memory.h).
  std::string memory = {};
  std::string_view table_file = key_table::kPersonsFile;  // what `open_table` opens in each of them
};

enum class StaleCopies { refuse, bring_up };

// The key holder inside this process: "keyd.db" with the wrapped data keys, once or in several copies (replicas.h), and
// epoch keys in files or in a token (epoch_keys.h).
//
// What this protects: a thief of the data database, of its backups or of keyd.db gets nothing; and whoever kept an old
// copy of keyd.db gets nothing from it with the epoch keys after the next rotation, so a destroyed key stays destroyed.
// What it does not: whoever reads this process' memory has the keys in use; with epoch keys in plain files, whoever
// reads this whole directory has all keys, and whoever copied both an old keyd.db and its epoch key keeps the keys of
// that day. On a copy-on-write file system or a flash disk the overwritten epoch key may linger in blocks that no
// program reaches. Never put this directory into a backup of the data.
//
// Whoever writes to the directories can neither forge a table nor mix two (table_seal.h), nor put back an older one
// where `memory` is out of their reach. While this process runs, a row that is written under its hands is noticed by
// the next rotation or opening; it opens nothing that is not wrapped for its place.
//
// Rotation: a new epoch key, then all keys re-wrapped together with the epoch's number in one transaction, then the old
// key is destroyed. The number in the database decides which key counts; opening finishes or forgets what a crash
// interrupted. After a write whose outcome is unknown the next one opens everything anew first, so a disk or a token
// that works again is enough. Safe for use from several threads if `rng` is.
class EmbeddedKeyHolder final : public KeyHolder {
 public:
  // See open_embedded_key_holder(). Remembers nothing outside of the directory.
  static Result<std::unique_ptr<EmbeddedKeyHolder>> open(const std::string& directory, Rng& rng);
  // Also keyd_no_quorum, keyd_stale_replica, and those of `places.epochs`.
  static Result<std::unique_ptr<EmbeddedKeyHolder>> open(HolderPlaces places, Rng& rng,
                                                         StaleCopies stale = StaleCopies::refuse);

  Status create_person_key(const PersonId& person) override;
  Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) override;
  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override;
  Status destroy_person_key(const PersonId& person) override;
  Result<bool> has_person_key(const PersonId& person) override;
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override;
  Result<Bytes> person_hash(const PersonId& person, std::string_view domain, BytesView value) override;

  // Wraps every key anew and destroys the old epoch key; from then on old copies of keyd.db are useless. Others wait
  // meanwhile. After an error the old epoch is in force, or the new one with the old key still to be destroyed: the
  // next try, or opening, settles it. Errors: keyd_integrity_error (a row that does not open), io_error,
  // database_error, keyd_token_failed, keyd_no_quorum.
  Status rotate_epoch() override;
  bool must_restart() override;

  // Directories whose copy of the table is out of use; see StaleCopies.
  std::vector<std::string> stale_copies();

  // For a table of signing keys (signing_table.h), beside persons' keys: scalars on P-256 and papers in clear, each
  // written once and under the same tag. Errors: those of the table.
  struct Kept {
    std::vector<std::string> keys;
    std::map<std::string, Bytes> papers;
  };
  // After a look at every row. Errors: also keyd_integrity_error.
  Result<Kept> kept();
  // Errors: also keyd_key_exists, invalid_argument (not 32 bytes).
  Status keep_key(const std::string& name, BytesView scalar);
  // Errors: also not_found, keyd_integrity_error.
  Result<SecretBytes> kept_key(const std::string& name);
  // Errors: also keyd_key_exists (a paper of that name).
  Status keep_paper(const std::string& name, BytesView content);
  // The table's file as it is at one moment, after a look at every row. Errors: also keyd_integrity_error.
  Result<Bytes> copy();
  // Both for good; a missing one is no error. The key's slot is overwritten when this returns.
  Status remove_kept(const std::string& key, const std::string& paper = {});

 private:
  EmbeddedKeyHolder(HolderPlaces places, Rng& rng);

  Status begin(StaleCopies stale);
  Status begin_anew_after_failure();
  Status open_to_read();
  struct LoadedEpoch {
    std::shared_ptr<EpochKey> key;
    bool is_previous = false;  // of previous_epochs
  };
  using LoadedEpochs = std::map<std::int64_t, LoadedEpoch>;
  Result<LoadedEpoch> load_epoch(LoadedEpochs& loaded, std::int64_t number);
  Result<std::shared_ptr<const TableSeal>> open_seal(const EpochKey& epoch, const Replicas::Head& head,
                                                     database::Database& table) const;
  Status begin_first_epoch(Replicas& table);
  Status erase_other_epochs(std::int64_t number);
  Status rotate();
  Status is_open() const;
  Status insert(const key_table::WrappedKey& row);
  Result<DataKeyCache::Key> data_key(const PersonId& person);

  const HolderPlaces places_;
  Rng& rng_;
  // Shared by whoever wraps or unwraps; alone: destroying a key, rotating and opening anew. So no key that is destroyed
  // comes back into the cache, and none is wrapped under an epoch that has ended. Keys found in the cache need no lock.
  std::shared_mutex keys_;
  std::unique_ptr<Replicas> table_;  // null: opening anew failed, to be tried again
  std::shared_ptr<EpochKey> epoch_;
  std::unique_ptr<EpochKey> unused_;  // made by a rotation that then wrote nothing
  SecretBytes lookup_key_;            // set once
  DataKeyCache cache_;
  std::atomic<bool> is_to_begin_anew_ = false;
};

}  // namespace mibun::keyd
