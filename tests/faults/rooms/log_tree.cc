#include <memory>

#include "core/tlog/record.h"
#include "platform/files/files.h"
#include "platform/log_tree/check.h"
#include "platform/log_tree/writer.h"
#include "tests/faults/rooms/room.h"

// Appends of one, of many, and over the edge of a tile, in two places on one disk; after every second one a checkpoint.
namespace mibun::faults {
namespace {

using namespace log_tree;

constexpr std::size_t kBatches[] = {3, 250, 2, 4};
constexpr std::size_t kSegmentBytes = 4000;  // some are full while the log is open
constexpr int kOpeningsMax = 3;
constexpr const char* kSinks[] = {"/first", "/second"};

tlog::NoteSigner signer() {
  auto key = crypto::Ed25519PrivateKey::from_seed(Bytes(32, 9)).value();
  return tlog::NoteSigner::make("log.example/ops", tlog::NoteKeyKind::ed25519,
                                std::make_shared<crypto::Ed25519PrivateKey>(std::move(key)))
      .value();
}

Result<std::unique_ptr<LogWriter>> open_once(const std::string& directory) {
  WriterOptions options;
  for (const char* sink : kSinks) {
    MIBUN_TRY(auto storage, DirectoryStorage::open(directory + sink));
    options.sinks.push_back(std::move(storage));
  }
  MIBUN_TRY(options.memory, DirectoryStorage::open(directory + "/memory"));
  options.publish_every = std::chrono::hours(1);  // the same calls each time
  options.segment_bytes_max = kSegmentBytes;
  return LogWriter::open(signer(), std::move(options));
}

std::unique_ptr<LogWriter> open(const std::string& directory) {
  for (int opening = 0; opening < kOpeningsMax; ++opening) {
    if (auto opened = open_once(directory)) return std::move(*opened);
  }
  return nullptr;
}

Bytes record_at(std::uint64_t index) {
  return tlog::LogRecord{.sequence = index,
                         .time = Instant::from_unix_seconds(1'796'000'000),
                         .operation = "card.issue",
                         .result = {},
                         .subject = tlog::log_subject(Bytes(32, 7), index)}
      .encode()
      .value();
}

Result<Appended> append(LogWriter& writer, std::size_t count) {
  const std::vector<EntryMaker> makers(count, [](std::uint64_t index) -> Result<Bytes> { return record_at(index); });
  return writer.append(makers);
}

void work(const std::string& directory) {
  auto writer = open(directory);
  int number = 0;
  for (const std::size_t count : kBatches) {
    if (writer == nullptr) return;
    bool well = attempt(std::to_string(number++), [&] { return append(*writer, count); });
    if (number % 2 == 0) well = writer->publish().has_value() && well;
    if (well) continue;
    writer.reset();
    writer = open(directory);
  }
}

std::string what_is_wrong(const std::string& directory, const Said& said) {
  std::uint64_t acknowledged = 0;
  for (std::size_t number = 0; number < std::size(kBatches); ++number) {
    if (said.has(std::to_string(number))) acknowledged += kBatches[number];
  }
  auto opened = open_once(directory);
  if (!opened) return "cannot be opened: " + opened.error().where + " " + opened.error().detail;
  if ((*opened)->health() != WriterHealth::whole) return "a sink was lost";
  if ((*opened)->head().size < acknowledged) return "something acknowledged is gone";
  if (!append(**opened, 7)) return "takes nothing any more";
  opened->reset();
  for (const char* sink : kSinks) {
    const auto storage = DirectoryStorage::reading(directory + sink);
    const auto checked = check_log(*storage, signer().verifier(), {});
    if (!checked) return "cannot be checked: " + checked.error().detail;
    for (const Finding& finding : checked->findings) {
      if (finding.path != "lock") return finding.path + ": " + finding.what;
    }
  }
  return {};
}

}  // namespace

extern const Room log_tree_room{"log_tree", work, what_is_wrong};

}  // namespace mibun::faults
