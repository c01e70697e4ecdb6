#include "platform/keyd/replicas.h"

#include <algorithm>
#include <utility>

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

Result<std::int64_t> read_generation(Database& table) {
  std::int64_t generation = 0;
  MIBUN_CHECK(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(generation, key_table::generation(transaction));
    return {};
  }));
  return generation;
}

// The disk's fault, not that of what was to be written.
bool is_of_disk(const Error& error) {
  return error.code == ErrorCode::database_error || error.code == ErrorCode::database_busy ||
         error.code == ErrorCode::io_error;
}

Status step(Transaction& transaction) {
  MIBUN_TRY(const std::int64_t generation, key_table::generation(transaction));
  return key_table::set_generation(transaction, generation + 1);
}

struct Content {
  std::optional<std::int64_t> epoch;
  std::int64_t generation = 0;
  std::vector<key_table::WrappedKey> keys;
};

Result<Content> read_all(Database& table) {
  Content content;
  MIBUN_CHECK(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(content.epoch, key_table::epoch(transaction));
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
    return key_table::set_generation(transaction, content.generation);
  });
}

}  // namespace

Result<std::unique_ptr<Replicas>> Replicas::open(const std::vector<std::string>& directories,
                                                 const OpenTable& open_table) {
  if (directories.empty()) return fail(ErrorCode::invalid_argument, "directories", "at least one");
  std::unique_ptr<Replicas> replicas(new Replicas());
  replicas->open_table_ = open_table;
  std::size_t readable = 0;
  for (const std::string& directory : directories) {
    auto copy = std::make_unique<Copy>();
    copy->directory = directory;
    Status made = files::make_private_directory(directory);
    auto table = made ? open_table(directory) : Result<std::unique_ptr<Database>>(std::unexpected(made.error()));
    auto generation = table ? read_generation(**table) : Result<std::int64_t>(std::unexpected(table.error()));
    if (generation) {
      copy->table = std::move(*table);
      copy->generation = *generation;
      ++readable;
    } else if (directories.size() == 1) {
      return pass_error(generation);
    } else {
      log::error("keyd_replica_unreadable", {{"copy", static_cast<std::int64_t>(replicas->copies_.size())},
                                             {"code", to_string(generation.error().code)}});
    }
    replicas->copies_.push_back(std::move(copy));
  }
  if (readable < replicas->majority()) {
    return fail(ErrorCode::keyd_no_quorum, "directories", "too few of the key tables can be opened");
  }
  for (const auto& copy : replicas->copies_) replicas->newest_ = std::max(replicas->newest_, copy->generation);
  for (std::size_t i = 0; i < replicas->copies_.size(); ++i) {
    Copy& copy = *replicas->copies_[i];
    copy.is_current = copy.table != nullptr && copy.generation == replicas->newest_;
    if (copy.table != nullptr && !copy.is_current) {
      log::error("keyd_replica_stale", {{"copy", static_cast<std::int64_t>(i)}});
    }
  }
  return replicas;
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
      if (copy->table == nullptr || copy->is_current || !is_one_step(copy->generation, newest_)) continue;
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
    const Status written = copy->table->write(
        [&](Transaction& transaction) { return key_table::set_generation(transaction, generation); });
    if (!written && copies_.size() == 1) return written;
    if (written) continue;
    copy->is_current = false;
    failed.push_back(copy.get());
  }
  return need_majority(failed);
}

// A new file rather than changed rows: nothing of the stale table's content is to stay anywhere in it.
Status Replicas::replace(Copy& copy) {
  const auto source = std::ranges::find_if(copies_, [](const auto& one) { return one->is_current.load(); });
  MIBUN_INVARIANT(source != copies_.end());
  MIBUN_TRY(const Content content, read_all(*(*source)->table));
  copy.table.reset();
  for (const char* name : {"/keyd.db", "/keyd.db-wal", "/keyd.db-shm"}) {
    MIBUN_CHECK(files::erase_file(copy.directory + name));
  }
  MIBUN_TRY(copy.table, open_table_(copy.directory));
  MIBUN_CHECK(write_all(*copy.table, content));
  copy.generation = content.generation;
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

Status Replicas::write(const Work& work) {
  if (copies_.size() > 1) return write_to_all(work);
  const Status written = copies_.front()->table->write([&](Transaction& transaction) -> Status {
    MIBUN_CHECK(work(transaction));
    return step(transaction);
  });
  if (!written && is_of_disk(written.error())) has_failed_ = true;
  return written;
}

Status Replicas::write_to_all(const Work& work) {
  const std::lock_guard lock(writes_);
  if (has_failed_) return fail(ErrorCode::keyd_no_quorum, "directories", "to be opened anew after a failed write");
  std::size_t written_count = 0;
  std::vector<Copy*> failed;
  for (const auto& copy : copies_) {
    if (!copy->is_current) continue;
    const Status written = copy->table->write([&](Transaction& transaction) -> Status {
      MIBUN_CHECK(work(transaction));
      return step(transaction);
    });
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
