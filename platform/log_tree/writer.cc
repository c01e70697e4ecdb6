#include "platform/log_tree/writer.h"

#include <algorithm>
#include <future>
#include <utility>

namespace mibun::log_tree {
namespace {

using tlog::SignedCheckpoint;
using tlog::TreeHead;

std::unexpected<Error> refusing() {
  return fail(ErrorCode::unavailable, "log", "no sink takes anything until the log is opened anew");
}

}  // namespace

LogWriter::LogWriter(tlog::NoteSigner signer, WriterOptions options)
    : signer_(std::move(signer)), options_(std::move(options)) {
  for (auto& storage : options_.sinks) sinks_.emplace_back(std::move(storage));
}

Result<std::unique_ptr<LogWriter>> LogWriter::open(tlog::NoteSigner signer, WriterOptions options) {
  MIBUN_INVARIANT(!options.sinks.empty() && options.memory != nullptr && options.group_entries_max > 0);
  std::unique_ptr<LogWriter> writer(new LogWriter(std::move(signer), std::move(options)));
  MIBUN_CHECK(writer->recover());
  writer->thread_ = std::thread([raw = writer.get()] { raw->loop(); });
  return writer;
}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

WriterHealth LogWriter::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

TreeHead LogWriter::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

std::string LogWriter::checkpoint() const {
  const std::lock_guard lock(mutex_);
  return note_;
}

Result<Appended> LogWriter::append(std::span<const EntryMaker> entries) {
  if (entries.empty()) return fail(ErrorCode::invalid_argument, "entries", "none");
  if (entries.size() > options_.group_entries_max) return fail(ErrorCode::invalid_argument, "entries", "too many");
  Job job;
  job.entries = entries;
  std::unique_lock lock(mutex_);
  MIBUN_INVARIANT(!stopping_);
  queue_.push_back(&job);
  arrived_.notify_one();
  job.done.wait(lock, [&] { return job.result.has_value(); });
  return std::move(*job.result);
}

void LogWriter::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Group group = take_group();
    lock.unlock();
    process(group);
    lock.lock();
  }
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

// Appends all entries of a job, or none of them.
Result<std::uint64_t> LogWriter::add(const Job& job, Edge& edge) const {
  std::vector<Bytes> made;
  for (const EntryMaker& make : job.entries) {
    MIBUN_TRY(Bytes entry, make(edge.size() + made.size()));
    if (entry.size() > tlog::kEntryBytesMax) return fail(ErrorCode::invalid_argument, "entry", "too large");
    made.push_back(std::move(entry));
  }
  const std::uint64_t first = edge.size();
  for (const Bytes& entry : made) edge.append(entry);
  return first;
}

void LogWriter::process(const Group& group) {
  Edge next = edge_;
  std::vector<Result<std::uint64_t>> firsts;
  for (const Job* job : group) firsts.push_back(add(*job, next));
  const bool any = next.size() > edge_.size();
  Status committed = any ? commit(next) : Status();
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!firsts[i]) {
      group[i]->result = pass_error(firsts[i]);
    } else if (!committed) {
      group[i]->result = std::unexpected<Error>(committed.error());
    } else {
      group[i]->result = Appended{*firsts[i], head_};
    }
    group[i]->done.notify_one();  // under the lock: the job is gone as soon as its owner sees the result
  }
}

// Does it where nothing failed before. Errors: unavailable, when it worked nowhere.
Status LogWriter::to_every_sink(const std::function<Status(Sink&)>& deed) {
  std::vector<std::pair<std::size_t, std::future<Status>>> running;
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    if (sinks_[i].failure()) continue;
    // The first one is this thread's own work.
    const auto policy = options_.sinks_at_once && !running.empty() ? std::launch::async : std::launch::deferred;
    running.emplace_back(i, std::async(policy, [&deed, &sink = sinks_[i]] { return deed(sink); }));
  }
  bool one = false;
  for (auto& [i, result] : running) {
    const Status done = result.get();
    if (!done && options_.sink_failed) options_.sink_failed(i, done.error());
    one = one || done;
  }
  if (!one) return refusing();
  return {};
}

Result<std::string> LogWriter::sign(const TreeHead& head) const {
  MIBUN_TRY(const tlog::Checkpoint checkpoint, tlog::Checkpoint::make(signer_.verifier().name(), head));
  const std::string text = checkpoint.text();
  MIBUN_TRY(tlog::NoteSignature signature, signer_.sign(text, {}));
  MIBUN_TRY(const tlog::Note note, tlog::Note::make(text, {std::move(signature)}));
  return note.encode();
}

Status LogWriter::commit(Edge& edge) {
  {
    const std::lock_guard lock(mutex_);
    if (health_ == WriterHealth::refusing) return refusing();
  }
  const std::vector<TileFile> files = edge.take_changed();
  const TreeHead head = edge.head();
  std::string note;
  const auto steps = [&]() -> Status {
    MIBUN_CHECK(to_every_sink([&](Sink& sink) { return sink.write(files); }));
    MIBUN_TRY(note, sign(head));
    if (!replace_file(*options_.memory, "signed", note)) return refusing();
    return to_every_sink([&](Sink& sink) { return sink.publish(note); });
  };
  Status done = steps();
  const auto failed = [](const Sink& sink) { return sink.failure().has_value(); };
  {
    const std::lock_guard lock(mutex_);
    if (std::ranges::any_of(sinks_, failed)) health_ = WriterHealth::degraded;
    if (!done) health_ = WriterHealth::refusing;
    if (!done) return refusing();
    head_ = head;
    note_ = note;
  }
  edge_ = std::move(edge);
  for (Sink& sink : sinks_) {
    if (!sink.failure()) sink.drop_partials(files);
  }
  return {};
}

}  // namespace mibun::log_tree
