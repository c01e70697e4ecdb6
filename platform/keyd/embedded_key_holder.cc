#include "platform/keyd/embedded_key_holder.h"

#include <mutex>
#include <optional>
#include <utility>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/binding.h"
#include "platform/keyd/file_epoch_keys.h"

namespace mibun::keyd {
namespace {

using database::Transaction;
using key_table::kLookupKeyName;
using key_table::kPersonKey;
using key_table::kServiceKey;
using key_table::kTableSealName;

constexpr std::size_t kCachedKeysMax = 4096;
constexpr std::size_t kKeySize = 32;
constexpr std::int64_t kFirstEpoch = 1;
constexpr std::string_view kHashKeyInfo = "mibun person hash";

std::unexpected<Error> integrity_error(std::string where, std::string detail) {
  return fail(ErrorCode::keyd_integrity_error, std::move(where), std::move(detail));
}

Result<Bytes> new_wrapped_key(const EpochKey& epoch, std::string_view purpose, std::string_view name, Rng& rng) {
  SecretBytes key(kKeySize);
  rng.fill(key.reveal_mutable());
  return epoch.wrap(purpose, name, key.reveal(), rng);
}

Result<std::optional<Bytes>> read_wrapped(const Replicas& table, std::string_view purpose, std::string_view name) {
  std::optional<Bytes> wrapped;
  MIBUN_CHECK(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(wrapped, key_table::find(transaction, purpose, name));
    return {};
  }));
  return wrapped;
}

// Also proves that this epoch key belongs to this table.
Result<SecretBytes> load_lookup_key(const Replicas& table, const EpochKey& epoch) {
  const auto name = table.is_unsealed() ? key_table::kUnsealedLookupKeyName : kLookupKeyName;
  MIBUN_TRY(const auto wrapped, read_wrapped(table, kServiceKey, name));
  if (!wrapped) return integrity_error("keyd.db", "the lookup key is missing");
  return epoch.unwrap(kServiceKey, name, *wrapped);
}

// What a table is to be, with the seal that belongs to it.
struct Sealed {
  std::vector<key_table::WrappedKey> keys;
  std::shared_ptr<const TableSeal> seal;
};

// Each epoch has a seal of its own: whoever had an older epoch's key can make no tag of this one.
Status add_new_seal(Sealed& sealed, const EpochKey& epoch, Rng& rng) {
  SecretBytes key(kKeySize);
  rng.fill(key.reveal_mutable());
  MIBUN_TRY(Bytes wrapped, epoch.wrap(kServiceKey, kTableSealName, key.reveal(), rng));
  sealed.keys.push_back({std::string(kServiceKey), std::string(kTableSealName), std::move(wrapped)});
  sealed.seal = std::make_shared<const TableSeal>(std::move(key));
  return {};
}

Bytes keyed_hash(const SecretBytes& key, std::string_view domain, BytesView value) {
  Bytes message = bind_parts({domain});
  message.insert(message.end(), value.begin(), value.end());
  const auto digest = crypto::hmac_sha256(key.reveal(), message);
  secure_wipe(message);
  return Bytes(digest.begin(), digest.end());
}

// All keys of the table under another epoch key. Writes nothing.
Result<Sealed> rewrap(const Replicas& table, const EpochKey& from, const EpochKey& to, Rng& rng) {
  std::vector<key_table::WrappedKey> keys;
  MIBUN_CHECK(table.verify());  // a row that somebody put in meanwhile is not taken along
  MIBUN_CHECK(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(keys, key_table::all(transaction));
    return {};
  }));
  Sealed sealed;
  for (key_table::WrappedKey& key : keys) {
    const bool is_service = key.purpose == kServiceKey;
    if (is_service && key.name == kTableSealName) continue;
    if (key.purpose == key_table::kPaper) {
      sealed.keys.push_back(std::move(key));
      continue;
    }
    MIBUN_TRY(const SecretBytes plain, from.unwrap(key.purpose, key.name, key.wrapped));
    if (is_service && key.name == key_table::kUnsealedLookupKeyName) key.name = kLookupKeyName;
    MIBUN_TRY(key.wrapped, to.wrap(key.purpose, key.name, plain.reveal(), rng));
    sealed.keys.push_back(std::move(key));
  }
  MIBUN_CHECK(add_new_seal(sealed, to, rng));
  return sealed;
}

}  // namespace

EmbeddedKeyHolder::EmbeddedKeyHolder(HolderPlaces places, Rng& rng)
    : places_(std::move(places)), rng_(rng), cache_(kCachedKeysMax) {}

Result<std::unique_ptr<EmbeddedKeyHolder>> EmbeddedKeyHolder::open(const std::string& directory, Rng& rng) {
  return open({.directories = {directory}, .epochs = std::make_unique<FileEpochKeys>(std::vector{directory})}, rng);
}

Result<std::unique_ptr<EmbeddedKeyHolder>> EmbeddedKeyHolder::open(HolderPlaces places, Rng& rng, StaleCopies stale) {
  std::unique_ptr<EmbeddedKeyHolder> holder(new EmbeddedKeyHolder(std::move(places), rng));
  MIBUN_CHECK(holder->begin(stale));
  return holder;
}

// A new table begins with epoch 1. Its key may be there already: the process ended between the two.
Status EmbeddedKeyHolder::begin_first_epoch(Replicas& table) {
  for (EpochKeys* place : {places_.epochs.get(), places_.previous_epochs.get()}) {
    if (place == nullptr) continue;
    MIBUN_TRY(const bool others, place->others_exist(kFirstEpoch));
    if (others) return integrity_error("keyd.db", "the key table is missing or empty, but there are epoch keys of one");
  }
  MIBUN_CHECK(table.settle());
  auto epoch = places_.epochs->load(kFirstEpoch);
  if (!epoch && epoch.error().code == ErrorCode::not_found) epoch = places_.epochs->make(kFirstEpoch, rng_);
  if (!epoch) return pass_error(epoch);
  Sealed sealed;
  MIBUN_TRY(Bytes wrapped, new_wrapped_key(**epoch, kServiceKey, kLookupKeyName, rng_));
  sealed.keys.push_back({std::string(kServiceKey), std::string(kLookupKeyName), std::move(wrapped)});
  MIBUN_CHECK(add_new_seal(sealed, **epoch, rng_));
  return table.begin_epoch(kFirstEpoch, sealed.keys, std::move(sealed.seal));
}

// Once for all copies: a sealed file takes its time to open.
Result<EmbeddedKeyHolder::LoadedEpoch> EmbeddedKeyHolder::load_epoch(LoadedEpochs& loaded, std::int64_t number) {
  if (const auto found = loaded.find(number); found != loaded.end()) return found->second;
  auto epoch = places_.epochs->load(number);
  bool is_previous = false;
  if (!epoch && epoch.error().code == ErrorCode::not_found && places_.previous_epochs) {
    epoch = places_.previous_epochs->load(number);
    is_previous = true;
  }
  if (!epoch && epoch.error().code == ErrorCode::not_found) {
    return integrity_error("keyd.db", "the epoch key of this table is gone: an old copy of the table?");
  }
  if (!epoch) return pass_error(epoch);
  return loaded.emplace(number, LoadedEpoch{std::move(*epoch), is_previous}).first->second;
}

Result<std::shared_ptr<const TableSeal>> EmbeddedKeyHolder::open_seal(const EpochKey& epoch, const Replicas::Head& head,
                                                                      database::Database& table) const {
  if (head.wrapped_seal_key) {
    MIBUN_TRY(SecretBytes key, epoch.unwrap(kServiceKey, kTableSealName, *head.wrapped_seal_key));
    return std::make_shared<const TableSeal>(std::move(key));
  }
  std::optional<Bytes> wrapped;
  MIBUN_CHECK(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(wrapped, key_table::find(transaction, kServiceKey, key_table::kUnsealedLookupKeyName));
    return {};
  }));
  if (!wrapped) return integrity_error("keyd.db", "the key of its tag is missing");
  MIBUN_CHECK(epoch.unwrap(kServiceKey, key_table::kUnsealedLookupKeyName, *wrapped));
  return nullptr;
}

Status EmbeddedKeyHolder::erase_other_epochs(std::int64_t number) {
  MIBUN_CHECK(places_.epochs->erase_others(number));
  return places_.previous_epochs ? places_.previous_epochs->erase_others(number) : Status();
}

Status EmbeddedKeyHolder::begin(StaleCopies stale) {
  LoadedEpochs loaded;
  const auto seal_of = [&](const Replicas::Head& head,
                           database::Database& copy) -> Result<std::shared_ptr<const TableSeal>> {
    MIBUN_TRY(const LoadedEpoch epoch, load_epoch(loaded, *head.epoch));
    return open_seal(*epoch.key, head, copy);
  };
  MIBUN_TRY(auto table,
            Replicas::open({places_.directories, places_.open_table, places_.memory, places_.table_file}, seal_of));
  const bool is_new = !table->head().epoch;
  if (is_new) MIBUN_CHECK(begin_first_epoch(*table));
  const std::int64_t number = *table->head().epoch;
  MIBUN_TRY(const LoadedEpoch epoch, load_epoch(loaded, number));
  MIBUN_TRY(SecretBytes lookup_key, load_lookup_key(*table, *epoch.key));
  if (lookup_key_.empty())
    lookup_key_ = std::move(lookup_key);
  else if (!ct_equal(lookup_key_.reveal(), lookup_key.reveal()))
    return integrity_error("keyd.db", "is another table");
  // From here on there is something to read; what follows is needed to write.
  table_ = std::move(table);
  epoch_ = epoch.key;
  // Only now, with a key that fits the table, is anything written over: stale copies, what an interrupted rotation
  // left, and the end of a key's destruction.
  if (stale == StaleCopies::bring_up) table_->bring_up_stale();
  if (!is_new) MIBUN_CHECK(table_->settle());
  MIBUN_CHECK(erase_other_epochs(number));
  MIBUN_CHECK(table_->checkpoint());
  is_to_begin_anew_ = false;
  // A table of before there were seals gets one with its next epoch.
  return epoch.is_previous || table_->is_unsealed() ? rotate() : Status();
}

Status EmbeddedKeyHolder::begin_anew_after_failure() {
  if (!is_to_begin_anew_) return {};
  const std::unique_lock lock(keys_);
  if (!is_to_begin_anew_) return {};  // another has done it
  table_.reset();                     // its lock goes with it
  epoch_.reset();
  unused_.reset();
  cache_.clear();  // what failed may have been the end of one of these keys, and opening may finish it
  return begin(StaleCopies::refuse);
}

// Reading goes on after a write that failed, unless opening anew failed as well.
Status EmbeddedKeyHolder::open_to_read() {
  {
    const std::shared_lock lock(keys_);
    if (is_open()) return {};
  }
  return begin_anew_after_failure();
}

bool EmbeddedKeyHolder::must_restart() {
  const std::shared_lock lock(keys_);
  return table_ == nullptr ? is_to_begin_anew_.load() : table_->is_stopped();
}

Status EmbeddedKeyHolder::is_open() const {
  if (table_ != nullptr && epoch_ != nullptr) return {};
  return fail(ErrorCode::keyd_unavailable, "keyd.db", "could not be opened anew after a failed write");
}

// Of a row that is there: keyd_key_exists. With the lock, shared.
Status EmbeddedKeyHolder::insert(const key_table::WrappedKey& row) {
  const Status inserted = table_->write([&](SealedTable& table) { return table.insert(row); });
  if (table_->has_failed()) is_to_begin_anew_ = true;
  if (!inserted && inserted.error().code == ErrorCode::database_conflict) {
    return fail(ErrorCode::keyd_key_exists, row.purpose, "there is one already");
  }
  return inserted;
}

Status EmbeddedKeyHolder::create_person_key(const PersonId& person) {
  if (person.value.empty()) return fail(ErrorCode::invalid_argument, "person", "an empty id");
  MIBUN_CHECK(begin_anew_after_failure());
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  MIBUN_TRY(Bytes wrapped, new_wrapped_key(*epoch_, kPersonKey, person.value, rng_));
  return insert({std::string(kPersonKey), person.value, std::move(wrapped)});
}

Result<DataKeyCache::Key> EmbeddedKeyHolder::data_key(const PersonId& person) {
  if (auto cached = cache_.find(person.value)) return cached;
  MIBUN_CHECK(open_to_read());
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  MIBUN_TRY(const auto wrapped, read_wrapped(*table_, kPersonKey, person.value));
  if (!wrapped) return fail(ErrorCode::keyd_person_key_missing, "person", "no key, or it was destroyed");
  MIBUN_TRY(SecretBytes plain, epoch_->unwrap(kPersonKey, person.value, *wrapped));
  auto key = std::make_shared<const SecretBytes>(std::move(plain));
  cache_.put(person.value, key);
  return key;
}

Result<Bytes> EmbeddedKeyHolder::seal(const PersonId& person, const RecordName& name, BytesView plaintext) {
  MIBUN_TRY(const auto key, data_key(person));
  return crypto::seal_record(key->reveal(), record_binding(person, name), plaintext, rng_);
}

Result<Bytes> EmbeddedKeyHolder::open(const PersonId& person, const RecordName& name, BytesView sealed) {
  MIBUN_TRY(const auto key, data_key(person));
  auto plaintext = crypto::open_record(key->reveal(), record_binding(person, name), sealed);
  if (!plaintext) return integrity_error("record", "changed, or another person's, row's or version's");
  return plaintext;
}

Status EmbeddedKeyHolder::destroy_person_key(const PersonId& person) {
  MIBUN_CHECK(begin_anew_after_failure());
  {
    const std::unique_lock lock(keys_);
    MIBUN_CHECK(is_open());
    const Status removed = table_->write([&](SealedTable& table) { return table.remove(kPersonKey, person.value); });
    if (table_->has_failed()) is_to_begin_anew_ = true;
    MIBUN_CHECK(removed);
    cache_.erase(person.value);
  }
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  const Status done =
      table_->checkpoint();  // also when there was no row: an earlier try may have ended just before this
  if (table_->has_failed()) is_to_begin_anew_ = true;
  return done;
}

Result<bool> EmbeddedKeyHolder::has_person_key(const PersonId& person) {
  MIBUN_CHECK(open_to_read());
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  MIBUN_TRY(const auto wrapped, read_wrapped(*table_, kPersonKey, person.value));
  return wrapped.has_value();
}

Result<Bytes> EmbeddedKeyHolder::lookup_hash(std::string_view domain, BytesView value) {
  return keyed_hash(lookup_key_, domain, value);
}

Result<Bytes> EmbeddedKeyHolder::person_hash(const PersonId& person, std::string_view domain, BytesView value) {
  MIBUN_TRY(const auto key, data_key(person));
  // Not the data key itself: that one encrypts, and a key does one thing.
  return keyed_hash(crypto::hkdf_sha256(key->reveal(), {}, as_bytes(kHashKeyInfo), kKeySize), domain, value);
}

Status EmbeddedKeyHolder::rotate_epoch() {
  MIBUN_CHECK(begin_anew_after_failure());
  const std::unique_lock lock(keys_);
  MIBUN_CHECK(is_open());
  return rotate();
}

Status EmbeddedKeyHolder::rotate() {
  std::unique_ptr<EpochKey> next = std::move(unused_);
  if (!next) {
    auto made = places_.epochs->make(epoch_->number() + 1, rng_);
    // A key of that number is left only by a rotation that failed; whether its transaction is on disk is then unknown,
    // so it is not touched here: opening decides.
    if (!made) is_to_begin_anew_ = true;
    if (!made) return pass_error(made);
    next = std::move(*made);
  }
  auto sealed = rewrap(*table_, *epoch_, *next, rng_);
  if (!sealed) unused_ = std::move(next);  // nothing was written
  if (!sealed) return pass_error(sealed);
  const Status written = table_->begin_epoch(next->number(), sealed->keys, sealed->seal);
  if (!written) is_to_begin_anew_ = true;
  MIBUN_CHECK(written);
  epoch_ = std::move(next);
  MIBUN_CHECK(erase_other_epochs(epoch_->number()));
  const Status done = table_->checkpoint();
  if (table_->has_failed()) is_to_begin_anew_ = true;
  return done;
}

std::vector<std::string> EmbeddedKeyHolder::stale_copies() {
  const std::shared_lock lock(keys_);
  return table_ ? table_->stale() : std::vector<std::string>();
}

Result<EmbeddedKeyHolder::Kept> EmbeddedKeyHolder::kept() {
  MIBUN_CHECK(open_to_read());
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  std::vector<key_table::WrappedKey> rows;
  MIBUN_CHECK(table_->read_verified([&](Transaction& transaction) -> Status {
    MIBUN_TRY(rows, key_table::all(transaction));
    return {};
  }));
  Kept kept;
  for (key_table::WrappedKey& row : rows) {
    if (row.purpose == key_table::kSigningKey) kept.keys.push_back(std::move(row.name));
    if (row.purpose == key_table::kPaper) kept.papers.emplace(std::move(row.name), std::move(row.wrapped));
  }
  return kept;
}

Result<Bytes> EmbeddedKeyHolder::copy() {
  MIBUN_CHECK(open_to_read());
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  return table_->image();
}

Status EmbeddedKeyHolder::keep_key(const std::string& name, BytesView scalar) {
  if (scalar.size() != kKeySize) return fail(ErrorCode::invalid_argument, name, "no scalar of 32 bytes");
  MIBUN_CHECK(begin_anew_after_failure());
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  MIBUN_TRY(Bytes wrapped, epoch_->wrap(key_table::kSigningKey, name, scalar, rng_));
  return insert({std::string(key_table::kSigningKey), name, std::move(wrapped)});
}

Result<SecretBytes> EmbeddedKeyHolder::kept_key(const std::string& name) {
  MIBUN_CHECK(open_to_read());
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  MIBUN_TRY(const auto wrapped, read_wrapped(*table_, key_table::kSigningKey, name));
  if (!wrapped) return fail(ErrorCode::not_found, name, "no such key");
  return epoch_->unwrap(key_table::kSigningKey, name, *wrapped);
}

Status EmbeddedKeyHolder::keep_paper(const std::string& name, BytesView content) {
  MIBUN_CHECK(begin_anew_after_failure());
  const std::shared_lock lock(keys_);
  MIBUN_CHECK(is_open());
  return insert({std::string(key_table::kPaper), name, to_bytes(content)});
}

Status EmbeddedKeyHolder::remove_kept(const std::string& key, const std::string& paper) {
  MIBUN_CHECK(begin_anew_after_failure());
  const std::unique_lock lock(keys_);
  MIBUN_CHECK(is_open());
  Status removed = table_->write([&](SealedTable& table) -> Status {
    MIBUN_CHECK(table.remove(key_table::kSigningKey, key));
    return table.remove(key_table::kPaper, paper);
  });
  if (removed) removed = table_->checkpoint();
  if (table_->has_failed()) is_to_begin_anew_ = true;
  return removed;
}

Result<std::unique_ptr<KeyHolder>> open_embedded_key_holder(const std::string& directory, Rng& rng) {
  MIBUN_TRY(std::unique_ptr<EmbeddedKeyHolder> holder, EmbeddedKeyHolder::open(directory, rng));
  return std::unique_ptr<KeyHolder>(std::move(holder));
}

}  // namespace mibun::keyd
