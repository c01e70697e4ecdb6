// Opening a log: what is in the journals and not in the tree.

#include <algorithm>
#include <span>
#include <utility>

#include "core/tlog/proof.h"
#include "platform/log_tree/writer.h"

namespace mibun::log_tree {
namespace {

using tlog::TreeHead;

std::unexpected<Error> damaged(std::string where, std::string why) {
  return fail(ErrorCode::blob_integrity_error, std::move(where), std::move(why));
}

Result<std::optional<JournalMark>> read_mark(Storage& memory) {
  const auto bytes = memory.read(kMarkFile, 256);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return std::nullopt;
  if (!bytes) return std::unexpected<Error>(bytes.error());
  MIBUN_TRY(const JournalMark mark, JournalMark::parse(as_text(*bytes)));
  return mark;
}

// Whether the leaf that these tiles have at `index` is in the tree that was signed. Errors: those of the tiles,
// log_proof_invalid.
Status check_leaf(tlog::TileSource& tree, std::uint64_t index, const TreeHead& target) {
  tlog::TileNodes nodes(tree, target.size);
  MIBUN_TRY(const tlog::Hash leaf, nodes.node({0, index}));
  MIBUN_TRY(const tlog::Proof proof, tlog::make_inclusion_proof(index, target.size, nodes));
  return tlog::verify_inclusion(index, leaf, target, proof);
}

// What one sink's journal has, if it goes on from the tree. Nothing, when the tree was signed over other entries: those
// of the journal were never acknowledged then, or the key's memory would have asked for them (kMarkFile).
Result<JournalContent> usable(Sink& sink, const TreeHead& target, std::uint64_t& seen) {
  MIBUN_TRY(JournalContent journal, read_journal(sink.storage()));
  seen = std::max(seen, journal.damage ? journal.seen : 0);
  if (journal.damage) return damaged(journal.damage->path, journal.damage->what);
  const auto unusable = [&](std::string why) {
    seen = std::max(seen, journal.end());
    return damaged(kJournalFolder, std::move(why));
  };
  if (journal.begin() > target.size) return unusable("begins behind the tree");
  StorageTiles tree = sink.tiles();
  const auto other = first_difference(journal, tree, target.size, Against::hashes);
  if (!other) return unusable("cannot be compared with the tree: " + other.error().detail);
  if (!*other) return journal;
  if (!check_leaf(tree, **other, target)) return unusable("is not what the tree has, which is damaged there");
  return JournalContent();
}

}  // namespace

// The entries behind `target` that were acknowledged, and perhaps some that were about to be.
Result<std::vector<Bytes>> LogWriter::waiting_entries(const TreeHead& target) {
  MIBUN_TRY(const auto mark, read_mark(*options_.memory));
  const bool asked = mark && mark->size > target.size;
  std::uint64_t seen = 0;
  JournalContent best;
  bool found = false;
  for (Sink& sink : sinks_) {
    if (sink.failure()) continue;
    auto journal = usable(sink, target, seen);
    if (!journal) {
      sink.give_up(journal.error());
      continue;
    }
    const bool has = asked && journal->has(*mark);
    if ((has && !found) || (has == found && journal->end() > best.end())) best = std::move(*journal);
    found = found || has;
  }
  if (std::ranges::all_of(sinks_, [](const Sink& sink) { return sink.failure().has_value(); })) return refusing_open();
  if (std::max(best.end(), target.size) < seen) {
    return damaged(kJournalFolder, "is damaged in one place, and no other has what stood in it");
  }
  if (asked && !found) return fail(ErrorCode::log_rollback, "rollback", "more was acknowledged than any sink has");
  std::vector<Bytes> waiting;
  for (std::uint64_t index = target.size; index < best.end(); ++index) waiting.push_back(best.entry(index));
  return waiting;
}

// Into the tree with them, and the journals away.
Status LogWriter::replay(const std::vector<Bytes>& entries) {
  std::span<const Bytes> rest(entries);
  while (!rest.empty()) {
    const auto some = rest.first(std::min(rest.size(), options_.publish_entries_max));
    if (const Status done = publish_entries(some); !done) {
      if (std::ranges::all_of(sinks_, [](const Sink& sink) { return sink.failure().has_value(); })) {
        return refusing_open();
      }
      return done;
    }
    rest = rest.subspan(some.size());
  }
  for (Sink& sink : sinks_) {
    if (!sink.failure()) static_cast<void>(sink.remove_journal());  // the sink keeps its failure
  }
  return {};
}

}  // namespace mibun::log_tree
