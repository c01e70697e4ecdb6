#include "platform/keyd/replicas.h"

#include <algorithm>
#include <utility>

#include "platform/database/backup.h"
#include "platform/files/files.h"
#include "platform/keyd/key_table.h"
#include "platform/log/log.h"

namespace mibun::keyd {
namespace {

using database::Database;
using database::Transaction;

constexpr int kWriteBits = 32;

std::int64_t next_opening(std::int64_t generation) {
  return ((generation >> kWriteBits) + 1) << kWriteBits;
}

// Whether `newer` is what one write or one opening makes of `older`: all that can have been cut off.
bool is_one_step(std::int64_t older, std::int64_t newer) {
  return newer == older + 1 || newer == next_opening(older);
}

// The disk's fault, not that of what was to be written.
bool is_of_disk(const Error& error) {
  return error.code == ErrorCode::database_error || error.code == ErrorCode::database_busy ||
         error.code == ErrorCode::io_error;
}

struct Content {
  std::optional<std::int64_t> epoch;
  std::optional<Bytes> tag;
  std::int64_t generation = 0;
  std::vector<key_table::WrappedKey> keys;
};

Result<Content> read_all(Database& table) {
  Content content;
  MIBUN_CHECK(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(content.epoch, key_table::epoch(transaction));
    MIBUN_TRY(content.tag, key_table::tag(transaction));
    MIBUN_TRY(content.generation, key_table::generation(transaction));
    MIBUN_TRY(content.keys, key_table::all(transaction));
    return {};
  }));
  return content;
}

Status write_all(Database& table, const Content& content) {
  return table.write([&](Transaction& transaction) -> Status {
    for (const key_table::WrappedKey& key : content.keys) MIBUN_CHECK(key_table::insert(transaction, key));
    if (content.epoch) MIBUN_CHECK(key_table::set_epoch(transaction, *content.epoch));
    if (content.tag) MIBUN_CHECK(key_table::set_tag(transaction, *content.tag));
    return key_table::set_generation(transaction, content.generation);
  });
}

}  // namespace

// What a copy says of itself, and whether to believe it; `why` not. Errors: those of `seals` that are not about this
// table.
Result<Replicas::Opened> Replicas::open_copy(Copy& copy, const Seals& seals, std::optional<Error>& why) {
  const Status made = files::make_private_directory(copy.directory);
  auto table = made ? open_table_(copy.directory) : Result<std::unique_ptr<Database>>(std::unexpected(made.error()));
  const auto left_out = [&](Opened opened, const Error& error) {
    why = error;
    return opened;
  };
  if (!table) return left_out(Opened::unreadable, table.error());
  const Status read = (*table)->read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(copy.generation, key_table::generation(transaction));
    MIBUN_TRY(copy.head.epoch, key_table::epoch(transaction));
    MIBUN_TRY(copy.head.wrapped_seal_key,
              key_table::find(transaction, key_table::kServiceKey, key_table::kTableSealName));
    return {};
  });
  if (!read) return left_out(Opened::unreadable, read.error());
  if (copy.head.epoch) {
    auto seal = seals(copy.head, **table);
    if (!seal && seal.error().code != ErrorCode::keyd_integrity_error) return pass_error(seal);
    const auto verify = [&](Transaction& transaction) { return (*seal)->verify(transaction); };
    Status right = seal ? Status() : std::unexpected(seal.error());
    if (seal && *seal) right = (*table)->read(verify);
    if (!right && is_of_disk(right.error())) return left_out(Opened::unreadable, right.error());
    copy.table = std::move(*table);
    if (!right) return left_out(Opened::not_believed, right.error());
    copy.seal = std::move(*seal);
    copy.is_believed = true;
    return Opened::well;
  }
  bool is_empty = false;
  const Status looked = (*table)->read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(const auto keys, key_table::all(transaction));
    is_empty = keys.empty();
    return {};
  });
  if (!looked) return left_out(Opened::unreadable, looked.error());
  copy.table = std::move(*table);
  copy.is_new = is_empty;
  if (is_empty) return Opened::well;
  return left_out(Opened::not_believed, {ErrorCode::keyd_integrity_error, "keyd.db", "keys of no epoch"});
}

// A new table is the newest only where there is no other.
Status Replicas::find_newest() {
  const bool any = std::ranges::any_of(copies_, [](const auto& copy) { return copy->is_believed; });
  const auto counts = [&](const Copy& copy) { return any ? copy.is_believed : copy.is_new; };
  for (const auto& copy : copies_) {
    if (counts(*copy)) newest_ = std::max(newest_, copy->generation);
  }
  if (!any && memory_.generation() > 0) {
    return fail(ErrorCode::keyd_integrity_error, "keyd.db", "the key table is missing or empty, but one is remembered");
  }
  if (newest_ < memory_.generation()) {
    return fail(ErrorCode::keyd_stale_replica, "directories",
                "every key table is older than what is remembered of them: put back from a copy?");
  }
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    Copy& copy = *copies_[i];
    copy.is_current = counts(copy) && copy.generation == newest_;
    if (copy.is_current) {
      head_ = copy.head;
      seal_ = copy.seal;
    } else if (copy.table != nullptr) {
      log::error("keyd_replica_stale", {{"copy", static_cast<std::int64_t>(i)}});
    }
  }
  return {};
}

Result<std::unique_ptr<Replicas>> Replicas::open(const Places& places, const Seals& seals) {
  if (places.directories.empty()) return fail(ErrorCode::invalid_argument, "directories", "at least one");
  MIBUN_TRY(GenerationMemory memory, GenerationMemory::open(places.memory));
  std::unique_ptr<Replicas> replicas(new Replicas(std::move(memory)));
  replicas->open_table_ = places.open_table;
  replicas->file_ = places.file;
  std::size_t readable = 0;
  std::optional<Error> not_believed;
  for (const std::string& directory : places.directories) {
    Copy& copy = *replicas->copies_.emplace_back(std::make_unique<Copy>());
    copy.directory = directory;
    std::optional<Error> why;
    MIBUN_TRY(const Opened opened, replicas->open_copy(copy, seals, why));
    readable += opened == Opened::unreadable ? 0 : 1;
    if (opened == Opened::well) continue;
    if (places.directories.size() == 1) return std::unexpected(*why);
    log::error(opened == Opened::not_believed ? "keyd_replica_not_believed" : "keyd_replica_unreadable",
               {{"copy", static_cast<std::int64_t>(replicas->copies_.size() - 1)}, {"code", to_string(why->code)}});
    if (opened == Opened::not_believed && !not_believed) not_believed = why;
  }
  if (readable < replicas->majority()) {
    return fail(ErrorCode::keyd_no_quorum, "directories", "too few of the key tables can be opened");
  }
  const bool any = std::ranges::any_of(replicas->copies_, [](const auto& copy) { return copy->is_believed; });
  if (not_believed && !any) return std::unexpected(*not_believed);
  MIBUN_CHECK(replicas->find_newest());
  return replicas;
}

Status Replicas::verify() const {
  if (seal_ == nullptr) return {};
  return read([&](Transaction& transaction) { return seal_->verify(transaction); });
}

std::size_t Replicas::current_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(copies_, [](const auto& copy) { return copy->is_current.load(); }));
}

// Without a majority nothing was acknowledged, so those that failed just now are as good to read as before.
Status Replicas::need_majority(const std::vector<Copy*>& failed_now) {
  if (current_count() >= majority()) return {};
  for (Copy* copy : failed_now) copy->is_current = true;
  has_failed_ = true;
  return fail(ErrorCode::keyd_no_quorum, "directories", "too few of the key tables could be written");
}

Status Replicas::settle() {
  if (current_count() < majority()) {
    for (const auto& copy : copies_) {
      // One that is not believed is for somebody to look at.
      const bool can_be_cut_off = copy->table != nullptr && (copy->is_believed || copy->is_new);
      if (!can_be_cut_off || copy->is_current || !is_one_step(copy->generation, newest_)) continue;
      if (const Status done = replace(*copy); !done) {
        log::error("keyd_replica_not_brought_up", {{"code", to_string(done.error().code)}});
      }
    }
    if (current_count() < majority()) {
      return fail(ErrorCode::keyd_stale_replica, "directories", "too many key tables are behind; bring them up first");
    }
  }
  const std::int64_t generation = next_opening(newest_);
  std::vector<Copy*> failed;
  for (const auto& copy : copies_) {
    if (!copy->is_current) continue;
    const Status written = copy->table->write([&](Transaction& transaction) -> Status {
      MIBUN_TRY(SealedTable table, SealedTable::begin(transaction, seal_.get()));
      return table.end(generation);
    });
    if (!written && copies_.size() == 1) return written;
    if (written) continue;
    copy->is_current = false;
    failed.push_back(copy.get());
  }
  MIBUN_CHECK(need_majority(failed));
  return memory_.raise(generation);
}

// A new file rather than changed rows: nothing of the stale table's content is to stay anywhere in it.
Status Replicas::replace(Copy& copy) {
  const auto source = std::ranges::find_if(copies_, [](const auto& one) { return one->is_current.load(); });
  MIBUN_INVARIANT(source != copies_.end());
  MIBUN_TRY(const Content content, read_all(*(*source)->table));
  copy.table.reset();
  for (const char* end : {"", "-wal", "-shm"}) {
    MIBUN_CHECK(files::erase_file(copy.directory + "/" + file_ + end));
  }
  MIBUN_TRY(copy.table, open_table_(copy.directory));
  MIBUN_CHECK(write_all(*copy.table, content));
  copy.generation = content.generation;
  copy.head = (*source)->head;
  copy.seal = (*source)->seal;
  copy.is_believed = true;
  copy.is_new = false;
  copy.is_current = true;
  return {};
}

void Replicas::bring_up_stale() {
  const std::lock_guard lock(writes_);
  for (const auto& copy : copies_) {
    if (copy->is_current) continue;
    Status done = files::make_private_directory(copy->directory);
    if (done) done = replace(*copy);
    if (done) {
      log::info("keyd_replica_brought_up");
    } else {
      log::error("keyd_replica_not_brought_up", {{"code", to_string(done.error().code)}});
    }
  }
}

Status Replicas::read(const Work& work) const {
  Status done = fail(ErrorCode::keyd_no_quorum, "directories", "no key table is current");
  for (const auto& copy : copies_) {
    if (!copy->is_current) continue;
    done = copy->table->read(work);
    if (done || !is_of_disk(done.error())) return done;
  }
  return done;
}

Status Replicas::read_verified(const Work& work) const {
  return read([&](Transaction& transaction) -> Status {
    if (seal_ != nullptr) MIBUN_CHECK(seal_->verify(transaction));
    return work(transaction);
  });
}

Result<Bytes> Replicas::image() const {
  MIBUN_CHECK(verify());
  Result<Bytes> read = fail(ErrorCode::keyd_no_quorum, "directories", "no key table is current");
  for (const auto& copy : copies_) {
    if (!copy->is_current) continue;
    auto image = database::read_image(copy->directory + "/" + file_, key_table::kGenerationQuery);
    if (image) return std::move(image->bytes);
    read = std::unexpected(image.error());
  }
  return read;
}

// One after the other in each table, so each sees the generation and the tag that the one before has left.
Status Replicas::write_one(Copy& copy, const Change& work, std::int64_t& generation) {
  return copy.table->write([&](Transaction& transaction) -> Status {
    MIBUN_TRY(SealedTable table, SealedTable::begin(transaction, seal_.get()));
    MIBUN_CHECK(work(table));
    generation = table.generation() + 1;
    return table.end(generation);
  });
}

Status Replicas::write(const Change& work) {
  std::int64_t generation = 0;
  if (copies_.size() > 1) {
    MIBUN_CHECK(write_to_all(work, generation));
  } else {
    const Status written = write_one(*copies_.front(), work, generation);
    if (!written && is_of_disk(written.error())) has_failed_ = true;
    MIBUN_CHECK(written);
  }
  const Status remembered = memory_.raise(generation);
  if (!remembered) has_failed_ = true;
  return remembered;
}

Status Replicas::begin_epoch(std::int64_t epoch, std::span<const key_table::WrappedKey> keys,
                             std::shared_ptr<const TableSeal> seal) {
  MIBUN_CHECK(write([&](SealedTable& table) { return table.begin_epoch(epoch, keys, *seal); }));
  seal_ = std::move(seal);
  head_.epoch = epoch;
  return {};
}

Status Replicas::write_to_all(const Change& work, std::int64_t& generation) {
  const std::lock_guard lock(writes_);
  if (has_failed_) return fail(ErrorCode::keyd_no_quorum, "directories", "to be opened anew after a failed write");
  std::size_t written_count = 0;
  std::vector<Copy*> failed;
  for (const auto& copy : copies_) {
    if (!copy->is_current) continue;
    const Status written = write_one(*copy, work, generation);
    if (written) {
      ++written_count;
      continue;
    }
    if (written_count == 0 && !is_of_disk(written.error())) return written;  // refused by its content: nowhere written
    copy->is_current = false;
    failed.push_back(copy.get());
    log::error("keyd_replica_failed", {{"code", to_string(written.error().code)}});
  }
  return need_majority(failed);
}

Status Replicas::checkpoint() {
  const std::lock_guard lock(writes_);
  std::vector<Copy*> failed;
  for (const auto& copy : copies_) {
    if (!copy->is_current) continue;
    const Status done = copy->table->checkpoint();
    if (!done && (copies_.size() == 1 || done.error().code == ErrorCode::database_busy)) return done;
    if (done) continue;
    copy->is_current = false;
    failed.push_back(copy.get());
  }
  return need_majority(failed);
}

bool Replicas::is_stopped() const {
  const auto writes = std::ranges::count_if(copies_, [](const auto& copy) {
    return copy->is_current && copy->table->writing() != database::Writing::stopped;
  });
  return static_cast<std::size_t>(writes) < majority();
}

std::vector<std::string> Replicas::stale() const {
  std::vector<std::string> found;
  for (const auto& copy : copies_) {
    if (!copy->is_current) found.push_back(copy->directory);
  }
  return found;
}

}  // namespace mibun::keyd
