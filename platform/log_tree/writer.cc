#include "platform/log_tree/writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mibun::log_tree {
namespace {

// The tree is far behind: whoever appends waits for it.
constexpr std::size_t kPendingMax = 65'536;

std::unexpected<Error> refusing() {
  return fail(ErrorCode::unavailable, "log", "no sink takes anything until the log is opened anew");
}

thread_local bool writes_for_all = false;

}  // namespace

LogWriter::LogWriter(tlog::NoteSigner signer, WriterOptions options)
    : signer_(std::move(signer)), options_(std::move(options)) {
  for (auto& storage : options_.sinks) sinks_.emplace_back(std::move(storage));
}

Result<std::unique_ptr<LogWriter>> LogWriter::open(tlog::NoteSigner signer, WriterOptions options) {
  MIBUN_INVARIANT(!options.sinks.empty() && options.memory != nullptr);
  MIBUN_INVARIANT(options.group_entries_max > 0 && options.publish_entries_max > 0);
  std::unique_ptr<LogWriter> writer(new LogWriter(std::move(signer), std::move(options)));
  MIBUN_CHECK(writer->recover());
  writer->publisher_ = std::thread([raw = writer.get()] { raw->publish_loop(); });
  return writer;
}

LogWriter::~LogWriter() {
  if (!publisher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    MIBUN_INVARIANT(queue_.empty() && !writing_);
    finishing_ = true;
  }
  ready_.notify_all();
  publisher_.join();
  if (health_ == WriterHealth::refusing) return;
  close_segment();
  remove_closed_segments();
}

WriterHealth LogWriter::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

std::uint64_t LogWriter::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

tlog::TreeHead LogWriter::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

std::string LogWriter::checkpoint() const {
  const std::lock_guard lock(mutex_);
  return note_;
}

// Says once of each sink that it failed.
void LogWriter::tell_failures() {
  std::vector<std::pair<std::size_t, Error>> fresh;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
      const auto failed = sinks_[i].failure();
      if (failed && told_.insert(i).second) fresh.emplace_back(i, *failed);
    }
    if (!fresh.empty() && health_ == WriterHealth::whole) health_ = WriterHealth::degraded;
  }
  if (!options_.sink_failed) return;
  for (const auto& [sink, why] : fresh) options_.sink_failed(sink, why);
}

void LogWriter::refuse() {
  {
    const std::lock_guard lock(mutex_);
    health_ = WriterHealth::refusing;
    wake_next();
  }
  ready_.notify_all();
  published_.notify_all();
}

Result<Appended> LogWriter::append(std::span<const EntryMaker> entries) {
  if (entries.empty()) return fail(ErrorCode::invalid_argument, "entries", "none");
  if (entries.size() > options_.group_entries_max) return fail(ErrorCode::invalid_argument, "entries", "too many");
  Job job;
  job.entries = entries;
  std::unique_lock lock(mutex_);
  MIBUN_INVARIANT(!finishing_);
  queue_.push_back(&job);
  while (!job.result) {
    if (!writing_ && takes_more()) {
      write_next(lock);
    } else {
      job.changed.wait(lock);
    }
  }
  return std::move(*job.result);
}

// With the lock held.
bool LogWriter::takes_more() const {
  return !queue_.empty() && (pending_.size() < kPendingMax || health_ == WriterHealth::refusing);
}

// With the lock held: nobody writes, or whoever does has finished. Who has waited longest goes on.
void LogWriter::wake_next() {
  if (!writing_ && takes_more()) queue_.front()->changed.notify_one();
}

bool LogWriter::writes_here() {
  return writes_for_all;
}

// For all who wait. With the lock held before and after.
void LogWriter::write_next(std::unique_lock<std::mutex>& lock) {
  writing_ = true;
  const Group group = take_group();
  lock.unlock();
  writes_for_all = true;
  process(group);
  writes_for_all = false;
  lock.lock();
  writing_ = false;
  wake_next();
}

LogWriter::Group LogWriter::take_group() {
  Group group;
  std::size_t entries = 0;
  while (!queue_.empty() && entries + queue_.front()->entries.size() <= options_.group_entries_max) {
    entries += queue_.front()->entries.size();
    group.push_back(queue_.front());
    queue_.pop_front();
  }
  return group;
}

// All entries of a job, or none of them.
Result<std::uint64_t> LogWriter::add(const Job& job, std::vector<Bytes>& entries) const {
  const std::uint64_t first = next_ + entries.size();
  std::vector<Bytes> made;
  for (const EntryMaker& make : job.entries) {
    MIBUN_TRY(Bytes entry, make(first + made.size()));
    if (entry.size() > tlog::kEntryBytesMax) return fail(ErrorCode::invalid_argument, "entry", "too large");
    made.push_back(std::move(entry));
  }
  std::ranges::move(made, std::back_inserter(entries));
  return first;
}

void LogWriter::process(const Group& group) {
  std::vector<Bytes> entries;
  std::vector<Result<std::uint64_t>> firsts;
  for (const Job* job : group) firsts.push_back(add(*job, entries));
  const Status kept = entries.empty() ? Status() : keep(std::move(entries));
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!firsts[i]) {
      group[i]->result = pass_error(firsts[i]);
    } else if (!kept) {
      group[i]->result = std::unexpected<Error>(kept.error());
    } else {
      group[i]->result = Appended{*firsts[i], *firsts[i] + group[i]->entries.size()};
    }
    group[i]->changed.notify_one();  // under the lock: the job is gone as soon as its owner sees the result
  }
}

// Where nothing failed before. Returns how many took it.
std::size_t LogWriter::append_everywhere(const std::string& segment, BytesView part) {
  std::vector<Status> taken;
  for (Sink& sink : sinks_) taken.push_back(sink.begin_part(segment, part));
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    if (taken[i]) taken[i] = sinks_[i].end_part(segment);
  }
  return static_cast<std::size_t>(std::ranges::count_if(taken, [](const Status& one) { return one.has_value(); }));
}

// Makes a group durable, and hands it to the thread of the tree.
Status LogWriter::keep(std::vector<Bytes> entries) {
  std::string segment;
  {
    const std::lock_guard lock(mutex_);
    if (health_ == WriterHealth::refusing) return refusing();
    segment = segment_.empty() ? segment_path(next_) : segment_;
  }
  Bytes bundle;
  for (const Bytes& entry : entries) tlog::append_to_bundle(bundle, entry);
  const EncodedPart part = encode_part(next_, static_cast<std::uint32_t>(entries.size()), bundle, link_);
  const std::uint64_t end = next_ + entries.size();
  const std::size_t took = append_everywhere(segment, part.bytes);
  tell_failures();
  // When not all sinks have it, the memory says that whoever opens the log next must find it.
  const bool known = took == sinks_.size() ||
                     (took > 0 && replace_file(*options_.memory, kMarkFile, JournalMark{end, part.link}.encode()));
  if (!known) {
    refuse();
    return refusing();
  }
  next_ = end;
  link_ = part.link;
  segment_bytes_ += part.bytes.size();
  bool tree_waits = false;  // for the first entry, or for so many; in between it only waits for its time
  {
    const std::lock_guard lock(mutex_);
    size_ = end;
    segment_ = segment;
    if (pending_.empty()) pending_since_ = std::chrono::steady_clock::now();
    tree_waits = pending_.empty() || pending_.size() + entries.size() >= options_.publish_entries_max;
    std::ranges::move(entries, std::back_inserter(pending_));
  }
  if (segment_bytes_ >= options_.segment_bytes_max) close_segment();
  if (tree_waits) ready_.notify_one();
  return {};
}

void LogWriter::close_segment() {
  segment_bytes_ = 0;
  const std::lock_guard lock(mutex_);
  if (!segment_.empty()) closed_.push_back({std::exchange(segment_, {}), size_});
}

}  // namespace mibun::log_tree
