#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::server {

// What must not come back with an older database: erasures, stopped wallets, replaced devices, revoked cards. One file
// beside the database, in one or more folders, that only grows and is never part of a backup. A line is on disk in
// every folder before the deed is acknowledged.
//
//   mibun-journal-1 SP number SP kind SP time SP subject SP chain LF
//
// `number`: 1, 2, 3 ...; `time`: +09:00; `subject`: 32 bytes, a keyed hash (no_return.h), which means nothing without
// the key holder; `chain`: SHA-256 of the chain before (32 zero bytes at first) and the line up to the space
// before it. Subject and chain are base64url. docs/decisions/0046.
enum class JournalKind { account_erased, account_stopped, unit_replaced, cards_revoked };

struct JournalEntry {
  std::uint64_t number = 0;
  JournalKind kind = JournalKind::account_erased;
  Instant at;
  Bytes subject;
};

// How far a journal has come: the same number with another chain is another journal.
struct JournalPosition {
  std::uint64_t number = 0;
  std::array<std::uint8_t, 32> chain{};
  friend bool operator==(const JournalPosition&, const JournalPosition&) = default;
};

class Journal {
 public:
  // Makes folders (0700) and files that are missing, cuts off a last line that was not finished, and writes into each
  // file what only another one has. Errors: io_error, backup_integrity_error (a line that was changed, or two folders
  // that tell different stories), invalid_argument (no folder).
  static Result<std::unique_ptr<Journal>> open(std::vector<std::string> folders);

  // One entry for each subject, all of them durable in every folder when this returns; the numbers given. After an
  // error some may count nevertheless: the next call begins by reading the files again. Safe from several threads.
  // Errors: io_error, backup_integrity_error.
  Result<std::vector<std::uint64_t>> append(JournalKind kind, std::span<const Bytes> subjects, Instant now);

  std::vector<JournalEntry> after(std::uint64_t number) const;
  JournalPosition position() const;
  // Whether this journal went through that position.
  bool knows(const JournalPosition& position) const;

  // What stands in the longest of these folders' files, for a copy. Changes nothing; a folder without a file counts for
  // nothing. Errors: not_found (no file at all), io_error, backup_integrity_error.
  static Result<std::string> text_of(const std::vector<std::string>& folders);
  // How far one folder's file has come; the beginning without a file. Errors: io_error, backup_integrity_error.
  static Result<JournalPosition> position_of(const std::string& folder);

  static constexpr std::string_view kFile = "no-return.journal";

 private:
  struct Told {
    std::vector<JournalEntry> entries;
    std::vector<std::string> lines;
    std::vector<std::array<std::uint8_t, 32>> chains;
  };
  explicit Journal(std::vector<std::string> folders) : folders_(std::move(folders)) {}
  Status load();
  static Result<Told> read(const std::string& path);
  static Result<Told> longest_of(const std::vector<std::string>& folders);
  Status append_text(const std::string& text);

  const std::vector<std::string> folders_;
  mutable std::mutex mutex_;
  Told told_;
  bool must_load_ = false;
};

}  // namespace mibun::server
