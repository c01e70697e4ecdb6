// Opening a log: which tree to go on from, and bringing every sink there.

#include <algorithm>
#include <optional>

#include "platform/log_tree/writer.h"

namespace mibun::log_tree {
namespace {

using tlog::SignedCheckpoint;
using tlog::TreeHead;

std::unexpected<Error> rollback(const char* why) {
  return fail(ErrorCode::log_rollback, "rollback", why);
}
std::unexpected<Error> fork(const char* why) {
  return fail(ErrorCode::log_fork, "fork", why);
}
std::unexpected<Error> damaged(const char* where, const char* why) {
  return fail(ErrorCode::blob_integrity_error, where, why);
}

// None when there is no such file.
Result<std::optional<SignedCheckpoint>> read_signed(Storage& storage, const std::string& path,
                                                    const tlog::VerifierKey& key) {
  const auto bytes = storage.read(path, tlog::kNoteBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return std::nullopt;
  if (!bytes) return std::unexpected<Error>(bytes.error());
  MIBUN_TRY(SignedCheckpoint checkpoint, SignedCheckpoint::open(as_text(*bytes), key));
  return checkpoint;
}

// The edge of the tree that `head` says, when the sink has it.
std::optional<Edge> edge_of(Sink& sink, const TreeHead& head) {
  StorageTiles tiles = sink.tiles();
  auto edge = Edge::load(tiles, head.size);
  if (!edge || edge->head() != head) return std::nullopt;
  return std::move(*edge);
}

// Whether the tree of `older` is the beginning of the one that `source` has.
bool goes_on_from(Sink& source, const TreeHead& target, const TreeHead& older) {
  StorageTiles tiles = source.tiles();
  tlog::TileNodes nodes(tiles, target.size);
  const auto root = tlog::tree_root(older.size, nodes);
  return root && *root == older.root;
}

}  // namespace

Status LogWriter::recover() {
  const tlog::VerifierKey& key = signer_.verifier();
  MIBUN_TRY(const auto remembered, read_signed(*options_.memory, kSignedFile, key));
  std::vector<std::optional<TreeHead>> published(sinks_.size());
  std::optional<TreeHead> target;
  if (remembered) target = remembered->head();
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    const auto checkpoint = read_signed(sinks_[i].storage(), kCheckpointFile, key);
    if (!checkpoint) sinks_[i].give_up(checkpoint.error());
    if (!checkpoint || !*checkpoint) continue;
    published[i] = (*checkpoint)->head();
    if (!remembered) return damaged("memory", "there is a log, and nothing that says what its key signed last");
    if (target->size == published[i]->size && target->root != published[i]->root) {
      return fork("the key signed two trees of one size");
    }
    if (published[i]->size > target->size) target = published[i];
  }
  if (std::ranges::all_of(sinks_, [](const Sink& sink) { return sink.failure().has_value(); })) return refusing_open();
  if (!target) return begin();

  Sink* source = nullptr;
  for (Sink& sink : sinks_) {
    if (sink.failure() || source != nullptr) continue;
    auto edge = edge_of(sink, *target);
    if (!edge) continue;
    source = &sink;
    edge_ = std::move(*edge);
  }
  if (source == nullptr) return rollback("the key signed a tree that no sink has");
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    if (sinks_[i].failure()) continue;
    const TreeHead from = published[i].value_or(TreeHead{});
    if (!goes_on_from(*source, *target, from)) {
      return fork("a sink has a tree that is not the beginning of the largest one");
    }
    if (&sinks_[i] != source && !edge_of(sinks_[i], *target)) {
      const Status brought = bring_up(sinks_[i], from, *source, *target);
      if (!brought) sinks_[i].give_up(brought.error());
    }
  }
  MIBUN_TRY(const std::vector<Bytes> waiting, waiting_entries(*target));
  MIBUN_TRY(note_, sign(*target));
  head_ = *target;
  // The memory may be the older one of the two, when it came out of a backup.
  if (remembered->head() != *target) MIBUN_CHECK(replace_file(*options_.memory, kSignedFile, note_));
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    if (sinks_[i].failure()) continue;
    // Failures are kept by the sink.
    if (sinks_[i].remove_behind(target->size, options_.group_entries_max) && published[i] != target) {
      static_cast<void>(sinks_[i].publish(note_));
    }
  }
  MIBUN_CHECK(replay(waiting));
  return settle();
}

Status LogWriter::begin() {
  for (Sink& sink : sinks_) {
    const auto journal = read_journal(sink.storage());
    if (!journal) sink.give_up(journal.error());
    if (journal && journal->seen > 0) return damaged("memory", "there is a journal, and no tree that it goes on from");
  }
  MIBUN_TRY(note_, sign(head_));
  for (Sink& sink : sinks_) {
    if (!sink.failure()) static_cast<void>(sink.remove_behind(0, options_.group_entries_max));
  }
  MIBUN_CHECK(replace_file(*options_.memory, kSignedFile, note_));
  for (Sink& sink : sinks_) {
    if (!sink.failure()) static_cast<void>(sink.publish(note_));
  }
  return settle();
}

Status LogWriter::settle() {
  tell_failures();
  if (told_.size() == sinks_.size()) return refusing_open();
  size_ = next_ = finished_ = head_.size;
  link_ = head_.root;
  return {};
}

// A journal that is damaged is more than a place that is missing.
std::unexpected<Error> LogWriter::refusing_open() const {
  for (const Sink& sink : sinks_) {
    const auto failed = sink.failure();
    if (failed && failed->code == ErrorCode::blob_integrity_error) return std::unexpected<Error>(*failed);
  }
  const auto first = sinks_.front().failure();
  return fail(ErrorCode::unavailable, "log", "no sink can be used: " + (first ? first->detail : std::string()));
}

// Copies what the sink lacks. What is copied is not looked into: a full check of a log is another command.
Status LogWriter::bring_up(Sink& sink, const TreeHead& from, Sink& source, const TreeHead& target) {
  MIBUN_CHECK(sink.remove_behind(from.size, options_.group_entries_max));
  StorageTiles tiles = source.tiles();
  std::vector<TileFile> some;
  for (const tlog::TileId& id : tlog::tiles_between(from.size, target.size)) {
    MIBUN_TRY(Bytes content, tiles.read(id));
    some.push_back({id, std::move(content)});
    if (some.size() < 64) continue;
    MIBUN_CHECK(sink.write(some));
    some.clear();
  }
  MIBUN_CHECK(sink.write(some));
  if (!edge_of(sink, target)) return damaged("copy", "the sink does not have what was written to it");
  return {};
}

}  // namespace mibun::log_tree
