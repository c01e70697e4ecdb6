#include "platform/keyd/embedded_key_holder.h"

#include <mutex>
#include <optional>
#include <utility>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/binding.h"
#include "platform/keyd/key_table.h"

namespace mibun::keyd {
namespace {

using database::Database;
using database::Transaction;
using key_table::kLookupKeyName;
using key_table::kPersonKey;
using key_table::kServiceKey;

constexpr std::size_t kCachedKeysMax = 4096;
constexpr std::size_t kKeySize = 32;
constexpr std::int64_t kFirstEpoch = 1;
constexpr std::string_view kHashKeyInfo = "mibun person hash";

std::unexpected<Error> integrity_error(std::string where, std::string detail) {
  return fail(ErrorCode::keyd_integrity_error, std::move(where), std::move(detail));
}

Bytes new_wrapped_key(const EpochKey& epoch, std::string_view purpose, std::string_view name, Rng& rng) {
  SecretBytes key(kKeySize);
  rng.fill(key.reveal_mutable());
  return epoch.wrap(purpose, name, key.reveal(), rng);
}

Result<std::optional<std::int64_t>> read_epoch(Database& table) {
  std::optional<std::int64_t> number;
  MIBUN_CHECK(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(number, key_table::epoch(transaction));
    return {};
  }));
  return number;
}

Result<std::optional<Bytes>> read_wrapped(Database& table, std::string_view purpose, std::string_view name) {
  std::optional<Bytes> wrapped;
  MIBUN_CHECK(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(wrapped, key_table::find(transaction, purpose, name));
    return {};
  }));
  return wrapped;
}

// A new table begins with epoch 1. Its key file may be there already: the process ended between the two.
Status begin_first_epoch(Database& table, const std::string& directory, Rng& rng) {
  MIBUN_TRY(const bool others, EpochKey::others_exist(directory, kFirstEpoch));
  if (others) return integrity_error("keyd.db", "the key table is missing or empty, but there are epoch keys of one");
  auto epoch = EpochKey::load(directory, kFirstEpoch);
  if (!epoch && epoch.error().code == ErrorCode::not_found) epoch = EpochKey::make(directory, kFirstEpoch, rng);
  if (!epoch) return pass_error(epoch);
  return table.write([&](Transaction& transaction) -> Status {
    MIBUN_CHECK(key_table::set_epoch(transaction, kFirstEpoch));
    return key_table::insert(transaction, {std::string(kServiceKey), std::string(kLookupKeyName),
                                           new_wrapped_key(*epoch, kServiceKey, kLookupKeyName, rng)});
  });
}

// Also proves that this epoch key belongs to this table.
Result<SecretBytes> load_lookup_key(Database& table, const EpochKey& epoch) {
  MIBUN_TRY(const auto wrapped, read_wrapped(table, kServiceKey, kLookupKeyName));
  if (!wrapped) return integrity_error("keyd.db", "the lookup key is missing");
  return epoch.unwrap(kServiceKey, kLookupKeyName, *wrapped);
}

Result<EpochKey> load_epoch_key(const std::string& directory, std::int64_t number) {
  auto epoch = EpochKey::load(directory, number);
  if (!epoch && epoch.error().code == ErrorCode::not_found) {
    return integrity_error("keyd.db", "the epoch key of this table is gone: an old copy of the table?");
  }
  return epoch;
}

Bytes keyed_hash(const SecretBytes& key, std::string_view domain, BytesView value) {
  Bytes message = bind_parts({domain});
  message.insert(message.end(), value.begin(), value.end());
  const auto digest = crypto::hmac_sha256(key.reveal(), message);
  secure_wipe(message);
  return Bytes(digest.begin(), digest.end());
}

Status rewrap(Transaction& transaction, const EpochKey& from, const EpochKey& to, Rng& rng) {
  MIBUN_TRY(auto keys, key_table::all(transaction));
  for (key_table::WrappedKey& key : keys) {
    MIBUN_TRY(const SecretBytes plain, from.unwrap(key.purpose, key.name, key.wrapped));
    key.wrapped = to.wrap(key.purpose, key.name, plain.reveal(), rng);
    MIBUN_CHECK(key_table::replace(transaction, key));
  }
  return key_table::set_epoch(transaction, to.number());
}

}  // namespace

EmbeddedKeyHolder::EmbeddedKeyHolder(std::string directory, Rng& rng, std::unique_ptr<Database> table, EpochKey epoch,
                                     SecretBytes lookup_key)
    : directory_(std::move(directory)),
      rng_(rng),
      table_(std::move(table)),
      epoch_(std::move(epoch)),
      lookup_key_(std::move(lookup_key)),
      cache_(kCachedKeysMax) {}

Result<std::unique_ptr<EmbeddedKeyHolder>> EmbeddedKeyHolder::open(const std::string& directory, Rng& rng) {
  MIBUN_CHECK(files::make_private_directory(directory));
  MIBUN_TRY(auto table, key_table::open(directory));
  MIBUN_TRY(auto number, read_epoch(*table));
  if (!number) {
    MIBUN_CHECK(begin_first_epoch(*table, directory, rng));
    number = kFirstEpoch;
  }
  MIBUN_TRY(EpochKey epoch, load_epoch_key(directory, *number));
  MIBUN_TRY(SecretBytes lookup_key, load_lookup_key(*table, epoch));
  // Only now, with a key that fits the table, are the files of an interrupted rotation destroyed.
  MIBUN_CHECK(EpochKey::erase_others(directory, *number));
  MIBUN_CHECK(table->checkpoint());  // ends the destruction of a key that was interrupted
  return std::unique_ptr<EmbeddedKeyHolder>(
      new EmbeddedKeyHolder(directory, rng, std::move(table), std::move(epoch), std::move(lookup_key)));
}

Status EmbeddedKeyHolder::create_person_key(const PersonId& person) {
  if (person.value.empty()) return fail(ErrorCode::invalid_argument, "person", "an empty id");
  const std::shared_lock lock(keys_);
  const key_table::WrappedKey key{std::string(kPersonKey), person.value,
                                  new_wrapped_key(epoch_, kPersonKey, person.value, rng_)};
  const Status inserted = table_->write([&](Transaction& transaction) { return key_table::insert(transaction, key); });
  if (!inserted && inserted.error().code == ErrorCode::database_conflict) {
    return fail(ErrorCode::keyd_key_exists, "person", "this person has a key");
  }
  return inserted;
}

Result<DataKeyCache::Key> EmbeddedKeyHolder::data_key(const PersonId& person) {
  if (auto cached = cache_.find(person.value)) return cached;
  const std::shared_lock lock(keys_);
  MIBUN_TRY(const auto wrapped, read_wrapped(*table_, kPersonKey, person.value));
  if (!wrapped) return fail(ErrorCode::keyd_person_key_missing, "person", "no key, or it was destroyed");
  MIBUN_TRY(SecretBytes plain, epoch_.unwrap(kPersonKey, person.value, *wrapped));
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
  {
    const std::unique_lock lock(keys_);
    MIBUN_CHECK(table_->write(
        [&](Transaction& transaction) { return key_table::remove(transaction, kPersonKey, person.value); }));
    cache_.erase(person.value);
  }
  return table_->checkpoint();  // also when there was no row: an earlier try may have ended just before this
}

Result<bool> EmbeddedKeyHolder::has_person_key(const PersonId& person) {
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
  const std::unique_lock lock(keys_);
  // A file of that number is left only by a rotation that failed; whether its transaction is on disk is then unknown,
  // so it is not touched here: opening decides.
  MIBUN_TRY(EpochKey next, EpochKey::make(directory_, epoch_.number() + 1, rng_));
  MIBUN_CHECK(table_->write([&](Transaction& transaction) { return rewrap(transaction, epoch_, next, rng_); }));
  epoch_ = std::move(next);
  MIBUN_CHECK(EpochKey::erase_others(directory_, epoch_.number()));
  return table_->checkpoint();
}

Result<std::unique_ptr<KeyHolder>> open_embedded_key_holder(const std::string& directory, Rng& rng) {
  MIBUN_TRY(std::unique_ptr<EmbeddedKeyHolder> holder, EmbeddedKeyHolder::open(directory, rng));
  return std::unique_ptr<KeyHolder>(std::move(holder));
}

}  // namespace mibun::keyd
