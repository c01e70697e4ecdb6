#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/tlog/record.h"
#include "platform/log_tree/writer.h"
#include "platform/metrics/metrics.h"
#include "server/transparency/log_reader.h"

namespace mibun::server {

struct OperationLogOptions {
  // Opens the places that the log is written to, the same to each, on different disks. Asked at the start, and again
  // when a place has failed.
  std::function<std::vector<std::unique_ptr<log_tree::Storage>>()> open_sinks;
  // The same places, to read from beside the writer.
  std::vector<std::unique_ptr<log_tree::Storage>> readers;
  // What the key signed last, and how far every intent has its result: kept beside the key.
  std::unique_ptr<log_tree::Storage> memory;
  // Keeps others away from all of these for as long as the log is open.
  std::optional<log_tree::FolderLock> lock = {};
  bool sinks_at_once = true;  // WriterOptions
  // A result waits so long for an intent that takes it along, and then goes into the log by itself.
  std::chrono::milliseconds result_wait_max{200};
  // Whoever finds the log refusing has it opened anew, but not more often than this.
  std::chrono::milliseconds mend_pause{5000};
  // What is acknowledged is in a signed checkpoint after about this time, or when somebody asks (LogWriter).
  std::chrono::milliseconds publish_every{100};
};

// The log of what this server does: before an operation its intent, after it its result.
// An operation begins only when its intent is durable. Its result is not waited for: it goes along with the next
// intent, or by itself after a moment. One that could not be written, or that a crash took, is not made up for by
// guessing: the next start closes its intent with the outcome "unknown".
class OperationLog {
 public:
  // Opens or begins the log, and closes what an earlier run left open. Errors: those of LogWriter::open.
  // `clock` and `metrics` must outlive the log.
  static Result<std::unique_ptr<OperationLog>> open(tlog::NoteSigner signer, OperationLogOptions options,
                                                    const Clock& clock, metrics::Metrics& metrics);
  // Writes the results that wait.
  ~OperationLog();

  // Durable when it returns: the sequence of the intent. Errors: log_unavailable (nothing may be done).
  Result<std::uint64_t> announce(std::string_view operation);

  struct Ended {
    std::uint64_t intent = 0;
    std::string operation;
    std::string outcome;      // "ok" or a code; anything else is written as "unknown"
    SecretBytes subject_key;  // of the person it was about; empty: nobody
  };
  // Returns at once.
  void conclude(Ended ended);

  // From time to time: brings back a place that had failed, and remembers up to where everything has its result.
  void keep_up();

  // Waits until every result given so far is in the log and its tree, or cannot be: then log_unavailable.
  Status settle();

  log_tree::WriterHealth health() const;
  // Of what is acknowledged, in the tree or not yet.
  std::uint64_t size() const;
  // A checkpoint that has everything which was acknowledged before the call; while the log refuses, the last one there
  // is, which may lack what was acknowledged in the moment before.
  tlog::TreeHead head();
  std::string checkpoint();
  // The head of the last checkpoint there is: for files and proofs of trees that were seen before.
  tlog::TreeHead published() const;
  const tlog::VerifierKey& key() const { return signer_.verifier(); }
  LogReader& reader() { return reader_; }

  static constexpr std::string_view kOk = "ok", kUnknown = "unknown";

 private:
  struct Waiting {
    std::shared_ptr<const Ended> ended;
    std::chrono::steady_clock::time_point since;
  };
  using Batch = std::vector<Waiting>;

  OperationLog(tlog::NoteSigner signer, OperationLogOptions& options, const Clock& clock, metrics::Metrics& metrics);
  Result<std::unique_ptr<log_tree::LogWriter>> open_writer();
  Status mend();
  bool is_hurt();
  bool mend_is_due();
  Status close_open_intents(log_tree::LogWriter& writer, std::uint64_t begin);
  Result<std::uint64_t> settled(std::uint64_t size) const;
  Status keep_settled();

  log_tree::EntryMaker maker_of(const Waiting& waiting) const;
  Batch take_waiting();
  Result<std::uint64_t> announce_once(std::string_view operation);
  void done_with(const Batch& batch, bool written);
  Status write_alone(const Batch& batch);
  void loop();

  tlog::NoteSigner signer_;
  std::optional<log_tree::FolderLock> lock_;
  std::shared_ptr<log_tree::Storage> memory_;
  LogReader reader_;
  std::chrono::milliseconds result_wait_max_;
  const Clock& clock_;
  metrics::Metrics& metrics_;
  std::function<std::vector<std::unique_ptr<log_tree::Storage>>()> open_sinks_;
  bool sinks_at_once_;
  std::chrono::milliseconds mend_pause_;
  std::chrono::milliseconds publish_every_;

  mutable std::shared_mutex writer_mutex_;  // alone while the writer is replaced; taken before mutex_
  std::unique_ptr<log_tree::LogWriter> writer_;
  std::chrono::steady_clock::time_point mended_;  // when it was tried last

  std::mutex mutex_;
  std::condition_variable changed_;  // for the thread: a result when it has none to wait for, the end
  std::condition_variable written_;  // for settle(): none is on its way
  std::deque<Waiting> waiting_;
  std::set<std::uint64_t> running_;  // intents whose result is not in the log, and will be
  std::size_t being_written_ = 0;    // results on their way
  bool sleeps_ = false;  // the thread, until there is a result; otherwise it looks by itself when one is due
  bool stopping_ = false;
  bool lost_ = false;  // there may be intents in the log that nobody here ends
  std::thread thread_;
};

// The records of intents without a result among the entries from `begin` on: their sequence and operation, in order.
// Errors: those of the reader, of LogRecord::parse.
struct OpenIntent {
  std::uint64_t sequence = 0;
  std::string operation;
};
Result<std::vector<OpenIntent>> find_open_intents(LogReader& reader, std::uint64_t begin, std::uint64_t size);

}  // namespace mibun::server
