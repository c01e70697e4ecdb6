#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/tlog/record.h"
#include "core/tlog/tile.h"
#include "platform/log_tree/check.h"
#include "platform/log_tree/storage.h"
#include "tests/support/test_pki.h"

// A server's log as it lies on the disk, read by whoever has the public key and nothing else.
namespace mibun::server {

struct KeptLog {
  std::vector<tlog::LogRecord> records;
  std::vector<Bytes> entries;
  tlog::TreeHead head;
  std::uint64_t open_intents = 0;
  std::vector<log_tree::Finding> findings;

  // The results of an operation, in their order.
  std::vector<tlog::LogRecord> results_of(std::string_view operation) const {
    std::vector<tlog::LogRecord> found;
    std::ranges::copy_if(records, std::back_inserter(found),
                         [&](const tlog::LogRecord& record) { return record.result && record.operation == operation; });
    return found;
  }
  std::size_t intents_of(std::string_view operation) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        records, [&](const tlog::LogRecord& record) { return !record.result && record.operation == operation; }));
  }
  std::string last_outcome_of(std::string_view operation) const {
    const auto results = results_of(operation);
    return results.empty() ? std::string() : results.back().result->code;
  }
  // What is said about the person whose key this is.
  std::vector<tlog::LogRecord> about(BytesView subject_key) const {
    std::vector<tlog::LogRecord> found;
    std::ranges::copy_if(records, std::back_inserter(found), [&](const tlog::LogRecord& record) {
      return record.subject && *record.subject == tlog::log_subject(subject_key, record.sequence);
    });
    return found;
  }
  std::string text() const {
    std::string all;
    for (const Bytes& entry : entries) all.append(as_text(entry)).append("\n");
    return all;
  }
};

inline tlog::VerifierKey log_key_of(const std::string& data_directory) {
  const auto file = log_tree::DirectoryStorage::reading(data_directory + "/keys");
  const Bytes text = must(file->read("log.vkey", 4096));
  return must(tlog::VerifierKey::parse(as_text(text).substr(0, text.size() - 1)));
}

// Nobody writes meanwhile.
inline KeptLog read_log(const std::string& data_directory, const std::string& sink) {
  const auto storage = log_tree::DirectoryStorage::reading(data_directory + "/log-tree/" + sink);
  const auto checked = must(log_tree::check_log(*storage, log_key_of(data_directory), {}));
  KeptLog log{{}, {}, checked.head.value_or(tlog::TreeHead{}), checked.open_intents, checked.findings};
  log_tree::StorageTiles tiles(*storage);
  for (std::uint64_t at = 0; at < log.head.size; at += tlog::kTileWidth) {
    const tlog::TileId id = tlog::tile_at(std::nullopt, at, log.head.size);
    const Bytes bundle = must(tiles.read(id));
    for (const BytesView entry : must(tlog::parse_bundle(bundle, id.width))) {
      log.entries.push_back(to_bytes(entry));
      log.records.push_back(must(tlog::LogRecord::parse(entry)));
    }
  }
  return log;
}

}  // namespace mibun::server
