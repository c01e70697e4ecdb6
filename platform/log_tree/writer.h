#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/base/time.h"
#include "core/tlog/checkpoint.h"
#include "platform/log_tree/journal.h"
#include "platform/log_tree/sink.h"

namespace mibun::log_tree {

// Makes the entry that will stand at `index`. Called once, on the thread of anybody who appends.
using EntryMaker = std::function<Result<Bytes>(std::uint64_t index)>;

struct Appended {
  std::uint64_t first = 0;  // the index of the first entry
  std::uint64_t size = 0;   // of the smallest tree that has them all
};

enum class WriterHealth : std::uint8_t {
  whole,
  degraded,  // a sink failed; the others have everything
  refusing,  // nothing is taken until the log is opened anew
};

struct WriterOptions {
  // Where the log is written, each place the same: two, on different disks.
  std::vector<std::unique_ptr<Storage>> sinks;
  // What the key signed last, and, while a sink is missing, how far was acknowledged. Kept with the key and not with
  // the log: whoever puts an old log in its place has to put back this as well.
  std::unique_ptr<Storage> memory;
  // The tree's files in all places at the same time, each on a thread. (Journals always are, without threads.)
  bool sinks_at_once = false;
  std::size_t group_entries_max = 4096;  // so many entries share one commit at most
  // What is acknowledged is in a signed checkpoint after this time, or a little more where the disk is slow: the tree
  // takes a quarter of the time at most. At once when so many wait, or somebody asks.
  std::chrono::milliseconds publish_every{100};
  std::size_t publish_entries_max = 4096;  // so many go into one checkpoint at most
  std::size_t segment_bytes_max = std::size_t{1} << 20;
  // Told once for each sink that fails; from the tree's thread or that of anybody who appends.
  std::function<void(std::size_t sink, const Error& why)> sink_failed = {};
};

// The one who appends to a log. An entry is acknowledged when it is durable in the journal of every sink that has not
// failed, one at least: one write and one sync in each, shared by all who wait. Whoever comes when nobody writes does
// it for all who wait by then, and the next of them goes on: a thread of the log's own would have to be woken for each
// commit. A thread makes the tree of what is acknowledged. Its order on each disk: entries and tiles; what is signed,
// in the key's memory; the checkpoint; and only when both are read again and agree, the end of the journal's segment.
// So a crash at any point leaves the last checkpoint with its whole tree and everything that was acknowledged since in
// a journal, and no two trees are ever signed that do not go on from one another.
class LogWriter {
 public:
  // Opens or begins a log. Goes on from the largest tree that the key signed, brings the sinks there, takes away what
  // an interrupted publication left, and puts into the tree what the journals have. Errors: unavailable (no sink can be
  // used); log_rollback (the key signed more than any sink has, or more was acknowledged), log_fork (two trees that do
  // not go on from one another), blob_integrity_error (a log without the memory of its key, `where` is "memory"; a
  // journal that is damaged, when no other sink has what stood in it); io_error, signature_invalid and
  // signature_malformed (the memory).
  static Result<std::unique_ptr<LogWriter>> open(tlog::NoteSigner signer, WriterOptions options);
  // Publishes everything and leaves no journal.
  ~LogWriter();

  // Returns when the entries are durable, next to one another and in this order. Whoever waits while others are being
  // written goes into the next commit together with them. Errors: invalid_argument (none, too many, an entry above
  // tlog::kEntryBytesMax), the maker's, and then nothing was written; unavailable (no sink takes it: an answer of 503;
  // whether it was written is unknown).
  Result<Appended> append(std::span<const EntryMaker> entries);

  // Returns when a checkpoint stands in every sink that works and has everything that was acknowledged before the call.
  // Whoever comes while one is made waits for it and for one more at most. Errors: unavailable.
  Status publish();
  // The same, and no journal is left, so that another writer may open the log while this one is kept. Nobody else may
  // be calling append() or publish() meanwhile. Errors: unavailable.
  Status rest();

  WriterHealth health() const;
  std::uint64_t size() const;      // of what is acknowledged
  tlog::TreeHead head() const;     // of the last checkpoint
  std::string checkpoint() const;  // the signed note
  const tlog::VerifierKey& key() const { return signer_.verifier(); }
  // Whether this thread writes for all that wait just now: a maker must not wait for another append.
  static bool writes_here();

 private:
  struct Job {
    std::span<const EntryMaker> entries;
    std::optional<Result<Appended>> result;
    std::condition_variable changed;  // its result is there, or its owner is the one to write
  };
  using Group = std::vector<Job*>;
  struct Segment {
    std::string path;
    std::uint64_t end = 0;
  };
  using SteadyTime = std::chrono::steady_clock::time_point;

  LogWriter(tlog::NoteSigner signer, WriterOptions options);

  // recover.cc
  Status recover();
  Status begin();
  Status settle();
  std::unexpected<Error> refusing_open() const;
  Status bring_up(Sink& sink, const tlog::TreeHead& from, Sink& source, const tlog::TreeHead& target);
  // replay.cc
  Result<std::vector<Bytes>> waiting_entries(const tlog::TreeHead& target);
  Status replay(const std::vector<Bytes>& entries);

  // writer.cc: whoever writes the journal, one at a time
  void write_next(std::unique_lock<std::mutex>& lock);
  void wake_next();
  Group take_group();
  void process(const Group& group);
  Result<std::uint64_t> add(const Job& job, std::vector<Bytes>& entries) const;
  Status keep(std::vector<Bytes> entries);
  std::size_t append_everywhere(const std::string& segment, BytesView part);
  bool takes_more() const;
  void close_segment();

  // publish.cc: the thread of the tree
  void publish_loop();
  SteadyTime publish_due() const;
  Status publish_entries(std::span<const Bytes> entries);
  Status to_every_sink(const std::function<Status(Sink&)>& deed);
  Result<std::string> sign(const tlog::TreeHead& head) const;
  void remove_closed_segments();

  void tell_failures();
  void refuse();

  tlog::NoteSigner signer_;
  WriterOptions options_;
  std::deque<Sink> sinks_;

  Edge edge_;                      // of the last checkpoint: the thread of the tree
  std::uint64_t next_ = 0;         // the index of the next entry: who writes the journal
  tlog::Hash link_{};              // the same; what the next part follows
  std::size_t segment_bytes_ = 0;  // the same; of the open segment

  mutable std::mutex mutex_;
  std::condition_variable ready_;      // for the tree's thread: entries, a wish, the end
  std::condition_variable published_;  // for who waits for a checkpoint
  std::deque<Job*> queue_;             // jobs live on the stacks of those who wait
  bool writing_ = false;               // somebody writes the journal
  bool finishing_ = false;
  WriterHealth health_ = WriterHealth::whole;
  std::set<std::size_t> told_;  // the sinks whose failure was told
  std::uint64_t size_ = 0;
  std::deque<Bytes> pending_;  // acknowledged, not in the tree; the last of them has index size_ - 1
  SteadyTime pending_since_{}, not_before_{};
  std::uint64_t wanted_ = 0;  // a checkpoint of so many is waited for
  bool publishing_ = false;
  std::uint64_t finished_ =
      0;                 // the size of the last checkpoint that is in every sink, and what it made needless is gone
  std::string segment_;  // the one that is appended to; empty: the next part begins one
  std::vector<Segment> closed_;
  tlog::TreeHead head_;
  std::string note_;
  std::thread publisher_;
};

}  // namespace mibun::log_tree
