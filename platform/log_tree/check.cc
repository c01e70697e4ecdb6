#include "platform/log_tree/check.h"

#include <algorithm>
#include <utility>

#include "core/tlog/compact_range.h"

namespace mibun::log_tree {

using tlog::Hash;
using tlog::TileId;

// The hashes that were read, for proofs.
class LogCheck::Source final : public tlog::TileSource {
 public:
  explicit Source(const LogCheck& check) : check_(check) {}
  Result<Bytes> read(const TileId& id) override {
    const Facts* facts = check_.good(id);
    if (facts == nullptr) return fail(ErrorCode::not_found, id.path());
    return tlog::encode_tile(facts->hashes);
  }

 private:
  const LogCheck& check_;
};

LogCheck::LogCheck(tlog::VerifierKey log, std::optional<Witnessed> witnessed) : log_(std::move(log)) {
  if (!witnessed) return;
  const auto opened = tlog::SignedCheckpoint::open(witnessed->note, log_);
  if (!opened) {
    witness_fault_ = "is not a checkpoint that this log signed";
    return;
  }
  const auto signed_at = witnessed->key.verify(opened->note());
  if (!signed_at) {
    witness_fault_ = "is not signed by the witness";
    return;
  }
  witnessed_ = opened->head();
  witnessed_at_ = *signed_at;
}

LogCheck::Facts LogCheck::facts_of(const TileId& id, BytesView content) {
  Facts facts;
  if (id.level) {
    auto hashes = tlog::parse_tile(content, id.width);
    if (hashes) facts.hashes = std::move(*hashes);
    if (!hashes) facts.fault = hashes.error().detail;
  } else {
    const auto entries = tlog::parse_bundle(content, id.width);
    if (!entries) facts.fault = entries.error().detail;
    if (entries) {
      for (const BytesView entry : *entries) facts.hashes.push_back(tlog::leaf_hash(entry));
    }
  }
  if (facts.fault || !id.level) return facts;
  for (const tlog::NodeId& peak : tlog::peaks_of(0, id.width)) {
    const std::size_t width = std::size_t{1} << peak.level;
    facts.peaks.push_back(tlog::subtree_root(std::span(facts.hashes).subspan(peak.index * width, width)));
  }
  return facts;
}

void LogCheck::set(const std::string& path, BytesView content) {
  if (path == kCheckpointFile) {
    checkpoint_there_ = true;
    const auto opened = tlog::SignedCheckpoint::open(as_text(content), log_);
    head_ = opened ? std::optional(opened->head()) : std::nullopt;
    checkpoint_fault_ = opened ? std::string() : opened.error().detail;
    return;
  }
  if (is_segment_path(path)) {
    segments_[path] = to_bytes(content);
    return read_journal_anew();
  }
  const auto id = TileId::parse(path);
  if (id) {
    files_[*id] = facts_of(*id, content);
  } else {
    strangers_[path] = "is no file of a log";
  }
}

void LogCheck::remove(const std::string& path) {
  if (path == kCheckpointFile) {
    checkpoint_there_ = false;
    head_.reset();
    return;
  }
  if (segments_.erase(path) > 0) return read_journal_anew();
  if (const auto id = TileId::parse(path)) files_.erase(*id);
  strangers_.erase(path);
}

void LogCheck::read_journal_anew() {
  std::vector<JournalFile> files;
  for (const auto& [path, content] : segments_) files.push_back({path, content});
  journal_ = parse_journal(files);
  journal_hashes_.clear();
  for (const JournalPart& part : journal_.parts) {
    for (const Bytes& entry : part.entries) journal_hashes_.push_back(tlog::leaf_hash(entry));
  }
}

const LogCheck::Facts* LogCheck::good(const TileId& id) const {
  const auto found = files_.find(id);
  return found == files_.end() || found->second.fault ? nullptr : &found->second;
}

std::vector<Finding> LogCheck::findings() const {
  std::vector<Finding> out;
  for (const auto& [path, what] : strangers_) out.push_back({path, what});
  for (const auto& [id, facts] : files_) {
    if (facts.fault) out.push_back({id.path(), *facts.fault});
  }
  check_journal(out);
  if (!head_) {
    out.push_back({kCheckpointFile, checkpoint_there_ ? checkpoint_fault_ : "is missing"});
    return out;
  }
  check_needed(std::nullopt, out);
  check_bundles(out);
  for (unsigned level = 0; level < tlog::kTileLevels; ++level) {
    check_needed(level, out);
    if (level > 0) check_parents(level, out);
  }
  check_others(out);
  check_journal_in_tree(out);
  check_root(out);
  check_witness(out);
  return out;
}

void LogCheck::check_needed(std::optional<unsigned> level, std::vector<Finding>& out) const {
  const std::uint64_t count = tlog::hashes_at(level.value_or(0), head_->size);
  for (std::uint64_t at = 0; at < count; at += tlog::kTileWidth) {
    const TileId id = tlog::tile_at(level, at, head_->size);
    if (!files_.contains(id)) out.push_back({id.path(), "is missing"});
  }
}

void LogCheck::check_bundles(std::vector<Finding>& out) const {
  for (std::uint64_t at = 0; at < head_->size; at += tlog::kTileWidth) {
    const TileId id = tlog::tile_at(std::nullopt, at, head_->size);
    const Facts* bundle = good(id);
    const Facts* tile = good(tlog::tile_at(0, at, head_->size));
    if (bundle == nullptr || tile == nullptr || bundle->hashes == tile->hashes) continue;
    const auto [entry, hash] = std::ranges::mismatch(bundle->hashes, tile->hashes);
    const auto index = at + static_cast<std::uint64_t>(entry - bundle->hashes.begin());
    out.push_back({id.path(), "entry " + std::to_string(index) + " is not the one that was hashed"});
  }
}

// Each hash of a level is the root of a full tile below.
void LogCheck::check_parents(unsigned level, std::vector<Finding>& out) const {
  const std::uint64_t count = tlog::hashes_at(level, head_->size);
  for (std::uint64_t at = 0; at < count; ++at) {
    const TileId id = tlog::tile_at(level, at, head_->size);
    const Facts* parent = good(id);
    const TileId below{level - 1, at, tlog::kTileWidth};
    const Facts* child = good(below);
    if (parent == nullptr || child == nullptr) continue;
    if (parent->hashes[at % tlog::kTileWidth] == child->peaks.front()) continue;
    out.push_back(
        {below.path(), "does not lead to hash " + std::to_string(at % tlog::kTileWidth) + " of " + id.path()});
  }
}

// Partial files of smaller trees, which a log may keep: the beginning of what is there now.
void LogCheck::check_others(std::vector<Finding>& out) const {
  for (const auto& [id, facts] : files_) {
    if (facts.fault) continue;
    if (id.leaves_needed() > head_->size) {
      out.push_back({id.path(), "stands behind the checkpoint: an append that was never signed, or something added"});
      continue;
    }
    const TileId now = tlog::tile_at(id.level, id.index * tlog::kTileWidth, head_->size);
    const Facts* whole = now == id ? nullptr : good(now);
    if (whole == nullptr) continue;
    if (!std::equal(facts.hashes.begin(), facts.hashes.end(), whole->hashes.begin())) {
      out.push_back({id.path(), "is not the beginning of " + now.path()});
    }
  }
}

void LogCheck::check_journal(std::vector<Finding>& out) const {
  if (journal_.damage) out.push_back({journal_.damage->path, journal_.damage->what});
  if (journal_.torn) {
    out.push_back({*journal_.torn,
                   "ends in a record that is cut off: an append that was never acknowledged, which the "
                   "next start takes away"});
  }
}

// What it has of the tree is what the tree has, and what it has more goes on from there.
void LogCheck::check_journal_in_tree(std::vector<Finding>& out) const {
  if (journal_.begin() > head_->size) {
    out.push_back({kJournalFolder, "begins behind the tree"});
    return;
  }
  for (std::uint64_t index = journal_.begin(); index < std::min(journal_.end(), head_->size); ++index) {
    const Facts* tile = good(tlog::tile_at(0, index, head_->size));
    if (tile == nullptr) continue;  // said already
    if (tile->hashes[index % tlog::kTileWidth] == journal_hashes_[index - journal_.begin()]) continue;
    out.push_back({kJournalFolder, "entry " + std::to_string(index) + " is another one than the tree has"});
    return;
  }
}

void LogCheck::check_root(std::vector<Finding>& out) const {
  std::vector<Hash> peaks;
  for (unsigned level = tlog::kTileLevels; level-- > 0;) {
    const std::uint64_t count = tlog::hashes_at(level, head_->size);
    if (count % tlog::kTileWidth == 0) continue;
    const Facts* tile = good(tlog::tile_at(level, count - 1, head_->size));
    if (tile == nullptr) return;  // said already
    peaks.insert(peaks.end(), tile->peaks.begin(), tile->peaks.end());
  }
  const Hash root = peaks.empty() ? tlog::empty_root() : tlog::fold(peaks);
  if (root != head_->root) out.push_back({kCheckpointFile, "the tiles do not lead to the root that is signed"});
}

void LogCheck::check_witness(std::vector<Finding>& out) const {
  if (!witness_fault_.empty()) out.push_back({"witness", witness_fault_});
  if (!witnessed_ || !out.empty()) return;
  if (witnessed_->size > head_->size) {
    out.push_back({kCheckpointFile, "was rolled back: the witness saw " + std::to_string(witnessed_->size) +
                                        " entries, here are " + std::to_string(head_->size)});
    return;
  }
  Source source(*this);
  tlog::TileNodes nodes(source, head_->size);
  const auto root = tlog::tree_root(witnessed_->size, nodes);
  if (root && *root == witnessed_->root) return;
  out.push_back({kCheckpointFile, "is of another tree than the witness saw: its first " +
                                      std::to_string(witnessed_->size) + " entries were others"});
}

void RecordCheck::add(BytesView entry) {
  const std::uint64_t sequence = count_++;
  const auto report = [&](std::string what) {
    findings_.push_back({"entry " + std::to_string(sequence), std::move(what)});
  };
  const auto record = tlog::LogRecord::parse(entry);
  if (!record) return report("is no record: " + std::string(to_string(record.error().code)));
  if (record->sequence != sequence) return report("has the sequence of another place");
  if (!record->result) {
    open_.emplace(sequence, record->operation);
    return;
  }
  const auto intent = open_.find(record->result->intent);
  if (intent == open_.end()) return report("is a result without an intent, or the second one");
  if (intent->second != record->operation) return report("is the result of another operation than its intent says");
  open_.erase(intent);
}

namespace {

Status walk(Storage& storage, const std::string& folder, std::vector<std::string>& out) {
  MIBUN_TRY(const auto names, storage.list(folder));
  for (const std::string& name : names) {
    const std::string path = folder.empty() ? name : folder + "/" + name;
    if (!name.ends_with("/")) {
      out.push_back(path);
      continue;
    }
    MIBUN_CHECK(walk(storage, path.substr(0, path.size() - 1), out));
  }
  return {};
}

Status check_records(Storage& storage, std::uint64_t size, const JournalContent& journal, CheckedLog& out) {
  StorageTiles tiles(storage);
  RecordCheck records;
  for (std::uint64_t at = 0; at < size; at += tlog::kTileWidth) {
    const TileId id = tlog::tile_at(std::nullopt, at, size);
    MIBUN_TRY(const Bytes bundle, tiles.read(id));
    MIBUN_TRY(const auto entries, tlog::parse_bundle(bundle, id.width));
    for (const BytesView entry : entries) records.add(entry);
  }
  for (std::uint64_t index = size; index < journal.end(); ++index, ++out.waiting) records.add(journal.entry(index));
  out.findings = records.findings();
  out.open_intents = records.open_intents();
  return {};
}

}  // namespace

Result<CheckedLog> check_log(Storage& storage, const tlog::VerifierKey& log, std::optional<Witnessed> witnessed) {
  LogCheck check(log, std::move(witnessed));
  std::vector<std::string> paths;
  MIBUN_CHECK(walk(storage, "", paths));
  if (paths.empty()) return fail(ErrorCode::not_found, "log", "no files there");
  for (const std::string& path : paths) {
    const std::size_t bytes_max = is_segment_path(path) ? kSegmentBytesMax : tlog::kBundleBytesMax;
    MIBUN_TRY(const Bytes content, storage.read(path, bytes_max));
    check.set(path, content);
  }
  CheckedLog out{check.findings(), check.head(), check.witnessed_at(), check.file_count(), 0, 0};
  if (out.findings.empty()) MIBUN_CHECK(check_records(storage, out.head->size, check.journal(), out));
  return out;
}

}  // namespace mibun::log_tree
