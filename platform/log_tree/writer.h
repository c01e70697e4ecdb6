#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/base/time.h"
#include "core/tlog/checkpoint.h"
#include "platform/log_tree/sink.h"

namespace mibun::log_tree {

// Makes the entry that will stand at `index`. Called once, on the writer's thread.
using EntryMaker = std::function<Result<Bytes>(std::uint64_t index)>;

struct Appended {
  std::uint64_t first = 0;  // the index of the first entry
  tlog::TreeHead head;      // of a checkpoint that has them
};

enum class WriterHealth : std::uint8_t {
  whole,
  degraded,  // a sink failed; the others have everything
  refusing,  // nothing is taken until the log is opened anew
};

struct WriterOptions {
  // Where the log is written, each place the same: two, on different disks.
  std::vector<std::unique_ptr<Storage>> sinks;
  // What the key signed last. Kept with the key and not with the log: whoever puts an old log in its place has to put
  // back this as well.
  std::unique_ptr<Storage> memory;
  // All at the same time, so that a commit waits for the slowest and not for the sum.
  bool sinks_at_once = false;
  std::size_t group_entries_max = 4096;  // so many entries share one checkpoint at most
  // Told when a sink fails; from the writer's thread.
  std::function<void(std::size_t sink, const Error& why)> sink_failed = {};
};

// The one who appends to a log. An entry is acknowledged when it, its hashes, and a signed checkpoint that has it are
// durable in every sink that has not failed, one at least. The order on each disk: entries and tiles; what is signed,
// in the key's memory; the checkpoint. So a crash at any point leaves the last checkpoint with its whole tree, and no
// two trees are ever signed that do not go on from one another.
class LogWriter {
 public:
  // Opens or begins a log. Goes on from the largest tree that the key signed, brings the sinks there, and takes away
  // what an interrupted append left. Errors: unavailable (no sink can be used); log_rollback (the key signed more
  // than any sink has), log_fork (two trees that do not go on from one another), blob_integrity_error (a log without
  // the memory of its key, `where` is "memory"); io_error, signature_invalid and signature_malformed (the memory).
  static Result<std::unique_ptr<LogWriter>> open(tlog::NoteSigner signer, WriterOptions options);
  ~LogWriter();

  // Returns when the entries are durable, next to one another and in this order. Whoever waits while others are being
  // written goes into the next checkpoint together with them. Errors: invalid_argument (none, too many, an entry above
  // tlog::kEntryBytesMax), the maker's, and then nothing was written; unavailable (no sink takes it: an answer of 503;
  // whether it was written is unknown).
  Result<Appended> append(std::span<const EntryMaker> entries);

  WriterHealth health() const;
  tlog::TreeHead head() const;
  std::string checkpoint() const;  // the signed note
  const tlog::VerifierKey& key() const { return signer_.verifier(); }

 private:
  struct Job {
    std::span<const EntryMaker> entries;
    std::optional<Result<Appended>> result;
    std::condition_variable done;
  };
  using Group = std::vector<Job*>;

  LogWriter(tlog::NoteSigner signer, WriterOptions options);
  Status recover();
  Status begin();
  Status settle();
  std::unexpected<Error> refusing_open() const;
  Status bring_up(Sink& sink, const tlog::TreeHead& from, Sink& source, const tlog::TreeHead& target);

  void loop();
  Group take_group();
  void process(const Group& group);
  Result<std::uint64_t> add(const Job& job, Edge& edge) const;
  Status commit(Edge& edge);
  Status to_every_sink(const std::function<Status(Sink&)>& deed);
  Result<std::string> sign(const tlog::TreeHead& head) const;

  tlog::NoteSigner signer_;
  WriterOptions options_;
  std::vector<Sink> sinks_;  // touched by the thread only, once it runs
  Edge edge_;

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Job*> queue_;  // jobs live on the stacks of those who wait
  bool stopping_ = false;
  WriterHealth health_ = WriterHealth::whole;
  tlog::TreeHead head_;
  std::string note_;
  std::thread thread_;
};

}  // namespace mibun::log_tree
