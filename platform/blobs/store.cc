#include "platform/blobs/store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/codecs/base64url.h"
#include "platform/blobs/format.h"
#include "platform/log/log.h"

namespace mibun::blobs {
namespace {

std::size_t half_of(std::size_t places) {
  return (places + 1) / 2;
}

Status check(const StoreOptions& options) {
  std::set<std::string> directories;
  for (const Place& place : options.places) directories.insert(place.directory);
  if (directories.empty()) return fail(ErrorCode::invalid_argument, "files", "no directory");
  if (directories.size() != options.places.size()) return fail(ErrorCode::invalid_argument, "files", "one named twice");
  if (options.copies_min > directories.size()) {
    return fail(ErrorCode::invalid_argument, "files", "more copies than directories");
  }
  return {};
}

Status erase_unfinished(const Replica& replica) {
  for (const std::string& shard : all_shards()) MIBUN_CHECK(replica.erase_unfinished(shard));
  return {};
}

bool holds_files(const Replica& replica) {
  for (const std::string& shard : all_shards()) {
    const auto listed = replica.list(shard);
    if (!listed || !listed->empty()) return true;
  }
  return false;
}

}  // namespace

NewBlob::NewBlob(NewBlob&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), ref_(std::move(other.ref_)), key_(std::move(other.key_)) {}

NewBlob::~NewBlob() {
  if (store_ == nullptr) return;
  if (!store_->erase(ref_.id)) log::warning("file_left", {{"file", ref_.id}});  // the next sweep finds it
  store_->forget_pending(ref_.id);
}

void NewBlob::keep() {
  if (store_ == nullptr) return;
  store_->forget_pending(ref_.id);
  store_ = nullptr;
}

void ScrubReport::add(ScrubReport&& other) {
  files += other.files;
  healed += other.healed;
  orphans += other.orphans;
  std::ranges::move(other.lost, std::back_inserter(lost));
  std::ranges::move(other.stuck, std::back_inserter(stuck));
}

Store::Store(std::vector<Replica> replicas, std::size_t copies_min, Rng& rng)
    : replicas_(std::move(replicas)), copies_min_(copies_min), rng_(rng) {}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, Rng& rng) {
  MIBUN_CHECK(check(options));
  const std::size_t copies_min = options.copies_min == 0 ? half_of(options.places.size()) : options.copies_min;
  std::vector<Replica> replicas;
  std::vector<const Replica*> usable;
  for (Place& place : options.places) replicas.emplace_back(std::move(place.directory));
  bool any_files = false;
  for (const Replica& replica : replicas) {
    if (!replica.prepare() || !erase_unfinished(replica)) {
      log::error("files_directory_lost", {{"directory", replica.directory()}});
      continue;
    }
    usable.push_back(&replica);
    any_files = any_files || replica.is_complete() || holds_files(replica);
  }
  if (usable.size() < copies_min) return fail(ErrorCode::io_error, "files", "too few of the directories can be used");
  // Where there never was a file, every directory has them all.
  for (const Replica* replica : usable) {
    if (!any_files) MIBUN_CHECK(replica->set_complete());
  }
  return std::unique_ptr<Store>(new Store(std::move(replicas), copies_min, rng));
}

std::size_t Store::write_everywhere(std::string_view id, BytesView sealed) {
  std::size_t copies = 0;
  for (const Replica& replica : replicas_) {
    if (replica.write(id, sealed)) {
      ++copies;
    } else {
      mark_incomplete(replica);
    }
  }
  return copies;
}

Result<NewBlob> Store::put(std::string_view owner, BytesView content) {
  if (content.size() > kContentBytesMax) return fail(ErrorCode::invalid_argument, "content", "too large for a file");
  BlobRef ref{hex::encode(rng_.bytes(kIdCharacters / 2)), {}};
  SecretBytes key(kKeySize);
  rng_.fill(key.reveal_mutable());
  const Bytes sealed = seal(key.reveal(), {owner, ref.id}, content, rng_);
  const auto digest = crypto::sha256(sealed);
  ref.sha256.assign(digest.begin(), digest.end());
  {
    const std::lock_guard lock(state_);
    pending_.insert(ref.id);
  }
  NewBlob blob(*this, std::move(ref), std::move(key));  // erases itself when there are too few copies
  const std::size_t copies = write_everywhere(blob.ref().id, sealed);
  if (copies < copies_min_) return fail(ErrorCode::io_error, "files", "durable in too few directories");
  return blob;
}

Result<Bytes> Store::get(const BlobRef& file, std::string_view owner, BytesView key) {
  if (!is_id(file.id)) return fail(ErrorCode::blob_integrity_error, "file", "not the name of a file");
  std::vector<const Replica*> bad;
  for (const Replica& replica : replicas_) {
    const auto sealed = replica.read(file);
    if (!sealed) {
      bad.push_back(&replica);
      continue;
    }
    MIBUN_TRY(Bytes content, blobs::open(key, {owner, file.id}, *sealed));
    ScrubReport healed;
    if (!bad.empty()) heal(file, *sealed, bad, healed);
    return content;
  }
  return fail(ErrorCode::blob_integrity_error, file.id, "no directory has a good copy");
}

void Store::heal(const BlobRef& file, BytesView sealed, const std::vector<const Replica*>& bad, ScrubReport& report) {
  const std::lock_guard lock(changes_);
  // erase() holds the same lock and goes through all: a file that is nowhere else was erased meanwhile.
  const bool still_there = std::ranges::any_of(replicas_, [&](const Replica& replica) {
    return std::ranges::find(bad, &replica) == bad.end() && replica.has(file.id);
  });
  if (!still_there) return;
  for (const Replica* replica : bad) {
    if (replica->read(file)) continue;
    if (replica->write(file.id, sealed)) {
      ++report.healed;
      log::warning("file_healed", {{"directory", replica->directory()}, {"file", file.id}});
    } else {
      mark_incomplete(*replica);
      report.stuck.push_back(replica->directory() + "/" + file.id);
    }
  }
}

Status Store::erase(std::string_view id) {
  if (!is_id(id)) return fail(ErrorCode::invalid_argument, "file", "not the name of a file");
  const std::lock_guard lock(changes_);
  Status erased;
  for (const Replica& replica : replicas_) {
    // A directory that is not there at all may come back with the file in it.
    Status here = replica.prepare();
    if (here) here = replica.erase(id);
    if (!here) erased = here;
  }
  return erased;
}

void Store::scrub_file(const BlobRef& file, BlobRows& rows, ScrubReport& report) {
  ++report.files;
  Bytes good;
  std::vector<const Replica*> bad;
  for (const Replica& replica : replicas_) {
    auto sealed = replica.read(file);
    if (!sealed) {
      bad.push_back(&replica);
    } else if (good.empty()) {
      good = std::move(*sealed);
    }
  }
  if (bad.empty()) return;
  if (!good.empty()) {
    heal(file, good, bad, report);
    return;
  }
  const auto still = rows.has(file.id);  // or was it erased while we looked?
  if (still && !*still) return;
  log::error("file_lost", {{"file", file.id}});
  report.lost.push_back(file.id);
}

// The ids that lie in a shard and are not being put.
std::set<std::string> Store::unclaimed_in(std::string_view shard) {
  std::set<std::string> present;
  for (const Replica& replica : replicas_) {
    const auto listed = replica.list(shard);
    if (!listed) continue;  // lost
    present.insert(listed->begin(), listed->end());
  }
  // In this order: what was being put when it was listed is pending still, or its row is durable before the rows are
  // asked for.
  const std::lock_guard lock(state_);
  std::erase_if(present, [&](const std::string& id) { return pending_.contains(id); });
  return present;
}

void Store::erase_orphans(const std::vector<BlobRef>& known, const std::set<std::string>& present,
                          ScrubReport& report) {
  std::set<std::string> rows_have;
  for (const BlobRef& file : known) rows_have.insert(file.id);
  for (const std::string& id : present) {
    if (rows_have.contains(id)) continue;
    if (erase(id)) {
      ++report.orphans;
    } else {
      report.stuck.push_back(id);
    }
  }
}

Result<ScrubReport> Store::scrub(std::string_view shard, BlobRows& rows) {
  ScrubReport report;
  const auto present = unclaimed_in(shard);
  MIBUN_TRY(const auto known, rows.in_shard(shard));
  erase_orphans(known, present, report);
  for (const BlobRef& file : known) scrub_file(file, rows, report);
  return report;
}

Result<ScrubReport> Store::scrub_all(BlobRows& rows) {
  ScrubReport report;
  for (const std::string& shard : all_shards()) {
    MIBUN_TRY(ScrubReport part, scrub(shard, rows));
    report.add(std::move(part));
  }
  return report;
}

Result<ScrubReport> Store::sweep(BlobRows& rows) {
  ScrubReport report;
  for (const std::string& shard : all_shards()) {
    const auto present = unclaimed_in(shard);
    if (present.empty()) continue;
    MIBUN_TRY(const auto known, rows.in_shard(shard));
    erase_orphans(known, present, report);
  }
  return report;
}

std::vector<std::string> Store::incomplete() const {
  std::vector<std::string> directories;
  const std::lock_guard lock(state_);
  for (const Replica& replica : replicas_) {
    if (!replica.is_complete() || failed_.contains(replica.directory())) directories.push_back(replica.directory());
  }
  return directories;
}

Result<ScrubReport> Store::mend(BlobRows& rows) {
  ScrubReport report;
  const auto directories = incomplete();
  const bool usable = std::ranges::any_of(replicas_, [&](const Replica& replica) {
    return std::ranges::find(directories, replica.directory()) != directories.end() && replica.prepare().has_value();
  });
  if (!usable) return report;
  {
    const std::lock_guard lock(state_);
    failed_.clear();  // what fails from here on counts anew
  }
  for (const std::string& shard : all_shards()) {
    MIBUN_TRY(ScrubReport part, scrub(shard, rows));
    report.add(std::move(part));
    if (report.stuck.empty()) continue;
    const std::lock_guard lock(state_);
    failed_.insert(directories.begin(), directories.end());
    return report;  // not yet
  }
  for (const Replica& replica : replicas_) {
    if (replica.is_complete() || !replica.prepare() || !replica.set_complete()) continue;
    log::info("files_directory_back", {{"directory", replica.directory()}});
  }
  return report;
}

void Store::forget_pending(const std::string& id) {
  const std::lock_guard lock(state_);
  pending_.erase(id);
}

void Store::mark_incomplete(const Replica& replica) {
  const std::lock_guard lock(state_);
  if (failed_.insert(replica.directory()).second) {
    log::error("files_directory_lost", {{"directory", replica.directory()}});
  }
}

}  // namespace mibun::blobs
