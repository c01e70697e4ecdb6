#include "server/transparency/operation_log.h"

#include <algorithm>
#include <utility>

#include "platform/log/log.h"

namespace mibun::server {
namespace {

using log_tree::EntryMaker;

// Below what the writer takes at once, with room for an intent.
constexpr std::size_t kResultsAtOnceMax = 1024;

// Records have whole seconds.
Instant whole_second(Instant time) {
  return Instant::from_unix_seconds(time.unix_seconds());
}

std::unexpected<Error> unavailable() {
  return fail(ErrorCode::log_unavailable, "log", "no sink takes anything");
}

// The writer owns its memory, and this class writes a second file beside the first.
class SharedStorage final : public log_tree::Storage {
 public:
  explicit SharedStorage(std::shared_ptr<log_tree::Storage> inner) : inner_(std::move(inner)) {}
  Result<Bytes> read(const std::string& path, std::size_t bytes_max) override { return inner_->read(path, bytes_max); }
  Status write(const std::string& path, BytesView bytes) override { return inner_->write(path, bytes); }
  Status append(const std::string& path, BytesView bytes) override { return inner_->append(path, bytes); }
  Status sync(const std::string& path) override { return inner_->sync(path); }
  Status sync_folder(const std::string& path) override { return inner_->sync_folder(path); }
  Status rename(const std::string& from, const std::string& to) override { return inner_->rename(from, to); }
  Status remove(const std::string& path) override { return inner_->remove(path); }
  Result<std::vector<std::string>> list(const std::string& path) override { return inner_->list(path); }

 private:
  std::shared_ptr<log_tree::Storage> inner_;
};

}  // namespace

OperationLog::OperationLog(tlog::NoteSigner signer, OperationLogOptions& options, const Clock& clock,
                           metrics::Metrics& metrics)
    : signer_(std::move(signer)),
      lock_(std::move(options.lock)),
      memory_(std::move(options.memory)),
      reader_(std::move(options.readers)),
      result_wait_max_(options.result_wait_max),
      clock_(clock),
      metrics_(metrics),
      open_sinks_(std::move(options.open_sinks)),
      sinks_at_once_(options.sinks_at_once),
      mend_pause_(options.mend_pause),
      publish_every_(options.publish_every) {}

Result<std::unique_ptr<OperationLog>> OperationLog::open(tlog::NoteSigner signer, OperationLogOptions options,
                                                         const Clock& clock, metrics::Metrics& metrics) {
  std::unique_ptr<OperationLog> log(new OperationLog(std::move(signer), options, clock, metrics));
  MIBUN_TRY(log->writer_, log->open_writer());
  MIBUN_TRY(const std::uint64_t begin, log->settled(log->writer_->head().size));
  MIBUN_CHECK(log->close_open_intents(*log->writer_, begin));
  MIBUN_CHECK(log->keep_settled());
  log->thread_ = std::thread([raw = log.get()] { raw->loop(); });
  return log;
}

Result<std::unique_ptr<log_tree::LogWriter>> OperationLog::open_writer() {
  log_tree::WriterOptions writer;
  writer.sinks = open_sinks_();
  writer.sinks_at_once = sinks_at_once_;
  writer.publish_every = publish_every_;
  writer.memory = std::make_unique<SharedStorage>(memory_);
  writer.sink_failed = [this](std::size_t sink, const Error& why) {
    log::error("log_sink_failed", {{"sink", static_cast<std::int64_t>(sink)}, {"code", to_string(why.code)}});
    metrics_.count("log_sink_failed");
  };
  return log_tree::LogWriter::open(signer_, std::move(writer));
}

OperationLog::~OperationLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  if (!keep_settled()) log::warning("log_settled_not_kept");
}

log_tree::WriterHealth OperationLog::health() const {
  const std::shared_lock writing(writer_mutex_);
  return writer_->health();
}

std::uint64_t OperationLog::size() const {
  const std::shared_lock writing(writer_mutex_);
  return writer_->size();
}

// A log that takes nothing has a last checkpoint all the same.
tlog::TreeHead OperationLog::head() {
  const std::shared_lock writing(writer_mutex_);
  static_cast<void>(writer_->publish());
  return writer_->head();
}

std::string OperationLog::checkpoint() {
  const std::shared_lock writing(writer_mutex_);
  static_cast<void>(writer_->publish());
  return writer_->checkpoint();
}

tlog::TreeHead OperationLog::published() const {
  const std::shared_lock writing(writer_mutex_);
  return writer_->head();
}

// With the writer for itself: nobody appends meanwhile, and what runs is known. The old writer, which rests and leaves
// no journal, stays when the new one cannot be opened.
Status OperationLog::mend() {
  const std::unique_lock alone(writer_mutex_);
  mended_ = std::chrono::steady_clock::now();
  if (!is_hurt()) return {};
  static_cast<void>(writer_->rest());  // one that refuses only comes to its end
  MIBUN_TRY(writer_, open_writer());
  MIBUN_TRY(const std::uint64_t begin, settled(writer_->head().size));
  MIBUN_CHECK(close_open_intents(*writer_, begin));
  const std::lock_guard lock(mutex_);
  lost_ = false;
  log::info("log_opened_anew", {{"whole", writer_->health() == log_tree::WriterHealth::whole}});
  return {};
}

// With the writer's mutex held. Also a whole log may have intents that nobody ends: when closing them failed.
bool OperationLog::is_hurt() {
  const std::lock_guard lock(mutex_);
  return lost_ || writer_->health() != log_tree::WriterHealth::whole;
}

bool OperationLog::mend_is_due() {
  const std::shared_lock writing(writer_mutex_);
  return writer_->health() == log_tree::WriterHealth::refusing &&
         std::chrono::steady_clock::now() - mended_ >= mend_pause_;
}

void OperationLog::keep_up() {
  const bool hurt = [&] {
    const std::shared_lock writing(writer_mutex_);
    return is_hurt();
  }();
  if (hurt && !mend()) log::error("log_not_mended");
  if (!keep_settled()) log::warning("log_settled_not_kept");
}

EntryMaker OperationLog::maker_of(const Waiting& waiting) const {
  return [this, ended = waiting.ended](std::uint64_t index) {
    tlog::LogRecord record{.sequence = index,
                           .time = whole_second(clock_.now()),
                           .operation = ended->operation,
                           .result = tlog::LogOutcome{ended->intent, ended->outcome},
                           .subject = {}};
    if (!ended->subject_key.empty()) record.subject = tlog::log_subject(ended->subject_key.reveal(), index);
    return record.encode();
  };
}

OperationLog::Batch OperationLog::take_waiting() {
  const std::lock_guard lock(mutex_);
  Batch batch;
  while (!waiting_.empty() && batch.size() < kResultsAtOnceMax) {
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  being_written_ += batch.size();
  return batch;
}

// What was not written is said with everything but whom it was about; its intent is closed when the log is opened anew.
void OperationLog::done_with(const Batch& batch, bool written) {
  for (const Waiting& one : batch) {
    if (written) continue;
    log::error("log_result_not_written", {{"operation", std::string_view(one.ended->operation)},
                                          {"intent", static_cast<std::int64_t>(one.ended->intent)},
                                          {"outcome", std::string_view(one.ended->outcome)}});
    metrics_.count("log_result_not_written");
  }
  {
    const std::lock_guard lock(mutex_);
    for (const Waiting& one : batch) running_.erase(one.ended->intent);
    being_written_ -= batch.size();
    lost_ = lost_ || !written;
  }
  written_.notify_all();
}

Result<std::uint64_t> OperationLog::announce_once(std::string_view operation) {
  const std::shared_lock writing(writer_mutex_);
  const Batch results = take_waiting();
  std::uint64_t sequence = 0;
  std::vector<EntryMaker> entries;
  for (const Waiting& one : results) entries.push_back(maker_of(one));
  entries.emplace_back([&](std::uint64_t index) {
    sequence = index;
    return tlog::LogRecord{.sequence = index,
                           .time = whole_second(clock_.now()),
                           .operation = std::string(operation),
                           .result = {},
                           .subject = {}}
        .encode();
  });
  const bool appended = writer_->append(entries).has_value();
  if (appended) {
    const std::lock_guard lock(mutex_);
    running_.insert(sequence);
  }
  done_with(results, appended);
  if (!appended) return unavailable();
  return sequence;
}

Result<std::uint64_t> OperationLog::announce(std::string_view operation) {
  auto intent = announce_once(operation);
  if (intent || !mend_is_due() || !mend()) return intent;
  return announce_once(operation);
}

void OperationLog::conclude(Ended ended) {
  // Checked here, so that no record can keep others out of the log.
  const tlog::LogRecord shape{.sequence = ended.intent + 1,
                              .time = {},
                              .operation = ended.operation,
                              .result = tlog::LogOutcome{ended.intent, ended.outcome},
                              .subject = {}};
  if (!shape.encode()) ended.outcome = kUnknown;
  bool wake = false;  // an operation that wakes a thread for nothing pays for it
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::make_shared<const Ended>(std::move(ended)), std::chrono::steady_clock::now()});
    wake = std::exchange(sleeps_, false);
  }
  if (wake) changed_.notify_all();
}

Status OperationLog::write_alone(const Batch& batch) {
  if (batch.empty()) return {};
  const std::shared_lock writing(writer_mutex_);
  std::vector<EntryMaker> entries;
  for (const Waiting& one : batch) entries.push_back(maker_of(one));
  const bool appended = writer_->append(entries).has_value();
  done_with(batch, appended);
  if (!appended) return unavailable();
  return {};
}

Status OperationLog::settle() {
  for (Batch batch = take_waiting(); !batch.empty(); batch = take_waiting()) {
    MIBUN_CHECK(write_alone(batch));
  }
  std::unique_lock lock(mutex_);
  written_.wait(lock, [&] { return being_written_ == 0; });
  if (lost_) return unavailable();
  lock.unlock();
  const std::shared_lock writing(writer_mutex_);
  if (!writer_->publish()) return unavailable();
  return {};
}

void OperationLog::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    // Said again at each look: a result it was woken for may have gone along with an intent before it came to look.
    changed_.wait(lock, [&] {
      sleeps_ = waiting_.empty();
      return stopping_ || !sleeps_;
    });
    sleeps_ = false;
    if (waiting_.empty()) return;
    const auto due = waiting_.front().since + result_wait_max_;
    if (!stopping_ && std::chrono::steady_clock::now() < due) {
      changed_.wait_until(lock, due);
      continue;
    }
    lock.unlock();
    // What could not be written was said, and is not waiting any more.
    static_cast<void>(write_alone(take_waiting()));
    lock.lock();
  }
}

}  // namespace mibun::server
