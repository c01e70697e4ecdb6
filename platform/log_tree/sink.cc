#include "platform/log_tree/sink.h"

#include <charconv>
#include <utility>

#include "platform/log_tree/journal.h"

namespace mibun::log_tree {
namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

std::optional<Error> Sink::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Sink::give_up(Error why) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(why);
}

Status Sink::keep_failure(Status status) {
  if (!status) give_up(status.error());
  return status;
}

Status Sink::begin_part(const std::string& segment, BytesView part) {
  if (const auto failed = failure()) return std::unexpected<Error>(*failed);
  MIBUN_CHECK(keep_failure(storage_->append(segment, part)));
  storage_->begin_sync(segment);
  return {};
}

Status Sink::end_part(const std::string& segment) {
  if (const auto failed = failure()) return std::unexpected<Error>(*failed);
  return keep_failure(make_durable(segment));
}

Status Sink::make_durable(const std::string& segment) {
  MIBUN_CHECK(storage_->sync(segment));
  if (open_segment_ == segment) return {};
  MIBUN_CHECK(storage_->sync_folder(kJournalFolder));
  if (!journal_known_) MIBUN_CHECK(storage_->sync_folder(""));
  journal_known_ = true;
  open_segment_ = segment;
  return {};
}

Status Sink::remove_durably(const std::string& segment) {
  MIBUN_CHECK(storage_->remove(segment));
  return storage_->sync_folder(kJournalFolder);
}

Status Sink::check_in_tree(const std::string& segment, std::uint64_t size) {
  MIBUN_TRY(Bytes content, storage_->read(segment, kSegmentBytesMax));
  const JournalFile file{segment, std::move(content)};
  const JournalContent journal = parse_journal({&file, 1});
  StorageTiles tree = tiles();
  MIBUN_TRY(const auto other, first_difference(journal, tree, size, Against::hashes_and_bundles));
  if (!journal.torn && !journal.damage && !other && journal.end() <= size) return {};
  return fail(ErrorCode::blob_integrity_error, segment, "the tree does not have what the journal has");
}

Status Sink::remove_segment(const std::string& segment, std::uint64_t size) {
  if (const auto failed = failure()) return std::unexpected<Error>(*failed);
  MIBUN_CHECK(keep_failure(check_in_tree(segment, size)));
  return keep_failure(remove_durably(segment));
}

Status Sink::remove_journal() {
  if (const auto failed = failure()) return std::unexpected<Error>(*failed);
  const auto names = storage_->list(kJournalFolder);
  if (!names) return keep_failure(std::unexpected<Error>(names.error()));
  for (const std::string& name : *names) {
    MIBUN_CHECK(keep_failure(remove_durably(std::string(kJournalFolder) + "/" + name)));
  }
  return {};
}

Status Sink::write(std::span<const TileFile> files) {
  if (const auto failed = failure()) return std::unexpected<Error>(*failed);
  return keep_failure(write_all(files));
}

// All are handed to the kernel before the first is waited for, so that the disk gets them together.
Status Sink::write_all(std::span<const TileFile> files) {
  for (const TileFile& file : files) MIBUN_CHECK(storage_->write(file.id.path(), file.content));
  for (const TileFile& file : files) MIBUN_CHECK(storage_->sync(file.id.path()));
  std::set<std::string> done;
  for (const TileFile& file : files) MIBUN_CHECK(sync_folders_of(file.id.path(), done));
  return {};
}

Status Sink::sync_folders_of(const std::string& path, std::set<std::string>& done) {
  for (std::string folder = folder_of(path);; folder = folder_of(folder)) {
    if (done.insert(folder).second) MIBUN_CHECK(storage_->sync_folder(folder));
    if (folder.empty() || !known_folders_.insert(folder).second) return {};
  }
}

Status Sink::publish(std::string_view note) {
  if (const auto failed = failure()) return std::unexpected<Error>(*failed);
  return keep_failure(replace_file(*storage_, kCheckpointFile, note));
}

Status Sink::remove_partials(const tlog::TileId& tile, unsigned wider_than) {
  const std::string folder = tile.full().path() + ".p";
  MIBUN_TRY(const auto names, storage_->list(folder));
  bool removed = false;
  for (const std::string& name : names) {
    unsigned width = 0;
    std::from_chars(name.data(), name.data() + name.size(), width);
    if (width <= wider_than || name.ends_with("/")) continue;
    MIBUN_CHECK(storage_->remove(folder + "/" + name));
    removed = true;
  }
  return removed ? storage_->sync_folder(folder) : Status();
}

Status Sink::remove_behind(std::uint64_t size, std::uint64_t entries_max) {
  const std::uint64_t tiles_max = entries_max / tlog::kTileWidth + 2;
  const auto clear = [&](std::optional<unsigned> level) -> Status {
    const std::uint64_t count = tlog::hashes_at(level.value_or(0), size);
    for (std::uint64_t i = 0; i < tiles_max; ++i) {
      const tlog::TileId tile{level, count / tlog::kTileWidth + i, tlog::kTileWidth};
      MIBUN_CHECK(remove_partials(tile, i == 0 ? static_cast<unsigned>(count % tlog::kTileWidth) : 0));
      const auto full = storage_->read(tile.path(), tlog::kBundleBytesMax);
      if (!full && full.error().code == ErrorCode::not_found) continue;
      MIBUN_CHECK(storage_->remove(tile.path()));
      MIBUN_CHECK(storage_->sync_folder(folder_of(tile.path())));
    }
    return {};
  };
  const auto clear_all = [&]() -> Status {
    MIBUN_CHECK(clear(std::nullopt));
    for (unsigned level = 0; level < tlog::kTileLevels - 1; ++level) MIBUN_CHECK(clear(level));
    MIBUN_CHECK(storage_->remove(std::string(kCheckpointFile) + ".new"));
    return {};
  };
  if (const auto failed = failure()) return std::unexpected<Error>(*failed);
  return keep_failure(clear_all());
}

void Sink::drop_partials(std::span<const TileFile> files) {
  for (const TileFile& file : files) {
    if (file.id.is_full() && !remove_partials(file.id, 0)) return;
  }
}

}  // namespace mibun::log_tree
