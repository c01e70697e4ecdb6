#pragma once

// A log on disks of the test, with its key.

#include "core/tlog/record.h"
#include "platform/log_tree/check.h"
#include "platform/log_tree/writer.h"
#include "tests/platform/log_tree/disk.h"

inline mibun::tlog::NoteSigner make_signer(const std::string& name,
                                           mibun::tlog::NoteKeyKind kind = mibun::tlog::NoteKeyKind::ed25519) {
  using mibun::crypto::Ed25519PrivateKey;
  return mibun::tlog::NoteSigner::make(name, kind, std::make_shared<Ed25519PrivateKey>(Ed25519PrivateKey::generate()))
      .value();
}

inline mibun::Bytes record_at(std::uint64_t index) {
  mibun::tlog::LogRecord record{.sequence = index,
                                .time = mibun::Instant::from_unix_seconds(1'796'000'000 + static_cast<int>(index)),
                                .operation = "card.issue",
                                .result = {},
                                .subject = mibun::tlog::log_subject(mibun::Bytes(32, 7), index)};
  if (index % 2 == 1) record.result = mibun::tlog::LogOutcome{index - 1, "ok"};
  return record.encode().value();
}

inline std::vector<mibun::log_tree::EntryMaker> records(std::size_t count) {
  return std::vector<mibun::log_tree::EntryMaker>(
      count, [](std::uint64_t index) -> mibun::Result<mibun::Bytes> { return record_at(index); });
}

// The root over the first records, from nothing but the records.
inline mibun::tlog::Hash root_of_records(std::uint64_t size) {
  mibun::tlog::CompactRange range;
  for (std::uint64_t i = 0; i < size; ++i) range.append(mibun::tlog::leaf_hash(record_at(i)));
  return range.root();
}

inline constexpr std::chrono::milliseconds kOnlyWhenAsked = std::chrono::hours(100'000);

// Two sinks and the key's memory, all on one supply.
struct LogWorld {
  Power power;
  Disk first{power}, second{power}, memory{power};
  mibun::tlog::NoteSigner signer = make_signer("log.example/ops");
  std::vector<std::size_t> failed_sinks;
  std::vector<mibun::ErrorCode> failures;                    // why
  std::chrono::milliseconds publish_every = kOnlyWhenAsked;  // which step comes when is the point
  std::size_t segment_bytes_max = std::size_t{1} << 20;

  mibun::Result<std::unique_ptr<mibun::log_tree::LogWriter>> open(std::size_t group_entries_max = 4096) {
    mibun::log_tree::WriterOptions options;
    options.sinks.push_back(std::make_unique<DiskStorage>(first));
    options.sinks.push_back(std::make_unique<DiskStorage>(second));
    options.memory = std::make_unique<DiskStorage>(memory);
    options.group_entries_max = group_entries_max;
    options.publish_every = publish_every;
    options.segment_bytes_max = segment_bytes_max;
    options.sink_failed = [this](std::size_t sink, const mibun::Error& why) {
      failed_sinks.push_back(sink);
      failures.push_back(why.code);
    };
    return mibun::log_tree::LogWriter::open(signer, std::move(options));
  }
  std::vector<mibun::log_tree::Finding> check(Disk& disk) {
    DiskStorage storage(disk);
    const auto checked = mibun::log_tree::check_log(storage, signer.verifier(), {});
    if (!checked) return {{"log", checked.error().detail}};
    return checked->findings;
  }
  void lose_power(Lost lost) {
    for (Disk* disk : {&first, &second, &memory}) disk->lose_power(lost);
    power = {};
  }
};
