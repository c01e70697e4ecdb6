#include <charconv>
#include <map>

#include "platform/log/log.h"
#include "server/transparency/operation_log.h"

// What a crash, or a log that took nothing more, left open.
namespace mibun::server {
namespace {

constexpr std::size_t kClosedAtOnceMax = 1024;
constexpr const char* kSettledFile = "settled";

}  // namespace

Result<std::vector<OpenIntent>> find_open_intents(LogReader& reader, std::uint64_t begin, std::uint64_t size) {
  std::map<std::uint64_t, std::string> open;
  for (std::uint64_t at = begin - begin % tlog::kTileWidth; at < size; at += tlog::kTileWidth) {
    MIBUN_TRY(const auto entries, reader.bundle(at, size));
    for (std::uint64_t i = 0; i < entries.size(); ++i) {
      if (at + i < begin) continue;
      MIBUN_TRY(tlog::LogRecord record, tlog::LogRecord::parse(entries[i]));
      if (record.result) {
        open.erase(record.result->intent);
      } else {
        open.emplace(at + i, std::move(record.operation));
      }
    }
  }
  std::vector<OpenIntent> found;
  for (auto& [sequence, operation] : open) found.push_back({sequence, std::move(operation)});
  return found;
}

// Below it every intent has its result. 0 when the mark is missing or cannot be right: then the whole log is looked at.
Result<std::uint64_t> OperationLog::settled(std::uint64_t size) const {
  const auto bytes = memory_->read(kSettledFile, 64);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::not_found) return 0;
    return std::unexpected(bytes.error());
  }
  const std::string_view text = as_text(*bytes);
  std::uint64_t mark = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mark);
  const bool good = error == std::errc() && end == text.data() + text.size() && mark <= size;
  return good ? mark : 0;
}

Status OperationLog::keep_settled() {
  std::uint64_t mark = 0;
  {
    const std::unique_lock alone(writer_mutex_);
    const std::lock_guard lock(mutex_);
    if (lost_) return {};
    mark = running_.empty() ? writer_->size() : *running_.begin();
  }
  return log_tree::replace_file(*memory_, kSettledFile, std::to_string(mark));
}

// Those that nobody here ends.
Status OperationLog::close_open_intents(log_tree::LogWriter& writer, std::uint64_t begin) {
  MIBUN_TRY(auto open, find_open_intents(reader_, begin, writer.head().size));
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(open, [&](const OpenIntent& one) { return running_.contains(one.sequence); });
  }
  for (std::size_t first = 0; first < open.size(); first += kClosedAtOnceMax) {
    std::vector<log_tree::EntryMaker> entries;
    for (std::size_t i = first; i < open.size() && entries.size() < kClosedAtOnceMax; ++i) {
      Ended ended{open[i].sequence, open[i].operation, std::string(kUnknown), {}};
      entries.push_back(maker_of({std::make_shared<const Ended>(std::move(ended)), {}}));
    }
    MIBUN_CHECK(writer.append(entries));
  }
  MIBUN_CHECK(writer.publish());
  if (!open.empty()) log::warning("log_intents_closed", {{"count", static_cast<std::int64_t>(open.size())}});
  return {};
}

}  // namespace mibun::server
