// The thread that makes the tree of what is acknowledged.

#include <algorithm>
#include <future>
#include <iterator>
#include <utility>

#include "platform/log_tree/writer.h"

namespace mibun::log_tree {
namespace {

using tlog::TreeHead;

// After a publication its thread rests three times as long as that took, unless somebody asks, but not for longer than
// this: the disk is for those who wait for their operation.
constexpr int kRestsFor = 3;
constexpr std::chrono::milliseconds kRestMax{1000};

std::unexpected<Error> refusing() {
  return fail(ErrorCode::unavailable, "log", "no sink takes anything until the log is opened anew");
}

}  // namespace

Status LogWriter::publish() {
  std::unique_lock lock(mutex_);
  const std::uint64_t want = size_;
  if (finished_ >= want) return {};
  wanted_ = std::max(wanted_, want);
  ready_.notify_one();
  published_.wait(lock, [&] { return finished_ >= want || health_ == WriterHealth::refusing; });
  if (finished_ < want) return refusing();
  return {};
}

Status LogWriter::rest() {
  const Status done = publish();
  {
    std::unique_lock lock(mutex_);
    published_.wait(lock, [&] { return !publishing_; });
  }
  MIBUN_CHECK(done);
  close_segment();
  remove_closed_segments();
  return {};
}

// With the lock held.
LogWriter::SteadyTime LogWriter::publish_due() const {
  return std::max(pending_since_ + options_.publish_every, not_before_);
}

void LogWriter::publish_loop() {
  std::unique_lock lock(mutex_);
  const auto ends = [&] { return finishing_ || health_ == WriterHealth::refusing; };
  for (;;) {
    ready_.wait(lock, [&] { return ends() || !pending_.empty(); });
    if (health_ == WriterHealth::refusing || pending_.empty()) return;
    ready_.wait_until(lock, publish_due(), [&] {
      return ends() || wanted_ > head_.size || pending_.size() >= options_.publish_entries_max;
    });
    if (health_ == WriterHealth::refusing) return;
    const auto count = std::min(pending_.size(), options_.publish_entries_max);
    const auto behind = pending_.begin() + static_cast<std::ptrdiff_t>(count);
    const std::vector<Bytes> entries(std::make_move_iterator(pending_.begin()), std::make_move_iterator(behind));
    pending_.erase(pending_.begin(), behind);
    publishing_ = true;
    lock.unlock();
    const SteadyTime began = std::chrono::steady_clock::now();
    if (publish_entries(entries)) {
      remove_closed_segments();
    } else {
      refuse();
    }
    const SteadyTime now = std::chrono::steady_clock::now();
    lock.lock();
    publishing_ = false;
    finished_ = head_.size;
    pending_since_ = now;
    not_before_ = now + std::min<SteadyTime::duration>(kRestsFor * (now - began), kRestMax);
    published_.notify_all();
    wake_next();  // there is room
  }
}

// Does it where nothing failed before. Errors: unavailable, when it worked nowhere.
Status LogWriter::to_every_sink(const std::function<Status(Sink&)>& deed) {
  std::vector<std::future<Status>> running;
  for (Sink& sink : sinks_) {
    if (sink.failure()) continue;
    // The first one is this thread's own work.
    const auto policy = options_.sinks_at_once && !running.empty() ? std::launch::async : std::launch::deferred;
    running.push_back(std::async(policy, [&deed, &sink] { return deed(sink); }));
  }
  bool one = false;
  for (auto& result : running) one = result.get().has_value() || one;
  tell_failures();
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

Status LogWriter::publish_entries(std::span<const Bytes> entries) {
  Edge next = edge_;
  for (const Bytes& entry : entries) next.append(entry);
  const std::vector<TileFile> files = next.take_changed();
  const TreeHead head = next.head();
  MIBUN_CHECK(to_every_sink([&](Sink& sink) { return sink.write(files); }));
  MIBUN_TRY(const std::string note, sign(head));
  if (!replace_file(*options_.memory, kSignedFile, note)) return refusing();
  MIBUN_CHECK(to_every_sink([&](Sink& sink) { return sink.publish(note); }));
  edge_ = std::move(next);
  {
    const std::lock_guard lock(mutex_);
    head_ = head;
    note_ = note;
  }
  for (Sink& sink : sinks_) {
    if (!sink.failure()) sink.drop_partials(files);
  }
  return {};
}

// Those that are wholly in the tree. Each sink reads its own again; one whose tree has something else fails.
void LogWriter::remove_closed_segments() {
  std::vector<Segment> covered;
  std::uint64_t size = 0;
  {
    const std::lock_guard lock(mutex_);
    size = head_.size;
    const auto behind = std::ranges::partition(closed_, [&](const Segment& one) { return one.end > size; });
    covered.assign(behind.begin(), behind.end());
    closed_.erase(behind.begin(), behind.end());
  }
  std::ranges::sort(covered, {}, &Segment::end);
  for (const Segment& segment : covered) {
    for (Sink& sink : sinks_) static_cast<void>(sink.remove_segment(segment.path, size));  // the sink keeps its failure
  }
  if (!covered.empty()) tell_failures();
}

}  // namespace mibun::log_tree
