#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "platform/keyd/purposes.h"
#include "platform/records/class_id.h"

namespace mibun::keyd {

// Whose key: an opaque account id. Never a name.
struct PersonId {
  std::string value;
  friend bool operator==(const PersonId&, const PersonId&) = default;
};

// What a record is: the AAD of its encryption is "class|person|record|version", so that a ciphertext moved to another
// row, person or version does not open.
struct RecordName {
  records::ClassId record_class;  // "claims", "evidence", "history": a row of platform/records
  std::string_view record;        // the row's id
  int version = 1;
};

// Holds one data key (DEK) per person, wrapped by an epoch key, in its own database file. The embedded holder lives in
// this process (embedded_key_holder.h), the remote one asks `mibun keyd` (remote_key_holder.h). Each of the calls may
// also fail with keyd_unavailable, keyd_token_failed or keyd_no_quorum: nobody can do anything with keys just now.
class KeyHolder {
 public:
  virtual ~KeyHolder() = default;

  // Errors: keyd_key_exists, invalid_argument (an empty id).
  virtual Status create_person_key(const PersonId& person) = 0;
  // Errors: keyd_person_key_missing.
  virtual Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) = 0;
  // Errors: keyd_person_key_missing, keyd_integrity_error.
  virtual Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) = 0;
  // The same, saying what for. A holder behind a guard also answers keyd_purpose_not_allowed and keyd_rate_limited;
  // open() is then for records of classes that no purpose has for itself.
  virtual Result<Bytes> open_for(Purpose /*purpose*/, const PersonId& person, const RecordName& name,
                                 BytesView sealed) {
    return open(person, name, sealed);
  }
  // Erases the person's key for good: gone from the table, its pages and its WAL when this returns. Deleting a
  // missing key is no error (a deletion that is run again after a crash must end).
  virtual Status destroy_person_key(const PersonId& person) = 0;
  virtual Result<bool> has_person_key(const PersonId& person) = 0;

  // HMAC-SHA-256 under a key of its own, for look-ups by value without storing the value.
  virtual Result<Bytes> lookup_hash(std::string_view domain, BytesView value) = 0;
  // The same under a key that is derived from the person's own, for traces that must mean nothing to anybody once the
  // person is erased. Errors: keyd_person_key_missing.
  virtual Result<Bytes> person_hash(const PersonId& person, std::string_view domain, BytesView value) = 0;

  // Wraps every key anew and destroys the old epoch key: from then on old copies of the table are useless. Errors: as
  // the holder's own, io_error, database_error, keyd_integrity_error.
  virtual Status rotate_epoch() = 0;

  // Whether nothing more is written here until this process is started again. Any thread.
  virtual bool must_restart() { return false; }
};

// The holder inside this process: embedded_key_holder.h says what it protects and what not. `directory`: made 0700;
// holds keyd.db and the epoch key. `rng` must outlive the holder and be safe for several threads, as crypto::SystemRng
// is. Errors: io_error (also: open in another process), database_error, keyd_integrity_error (the epoch key is missing,
// damaged or another table's).
Result<std::unique_ptr<KeyHolder>> open_embedded_key_holder(const std::string& directory, Rng& rng);

}  // namespace mibun::keyd
