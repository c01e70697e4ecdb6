#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::server {

// What must not come back with an older database: erasures, stopped wallets, replaced devices, revoked cards. One file
// beside the database, in one or more folders, that grows at its end and is never part of a backup. A line is on disk
// in every folder before the deed is acknowledged.
//
//   mibun-journal-1 SP number SP kind SP time SP subject SP chain LF
//
// `number`: 1, 2, 3 ...; `time`: +09:00; `subject`: 32 bytes, a keyed hash (no_return.h), which means nothing without
// the key holder; `chain`: SHA-256 of the chain before (32 zero bytes at first) and the line up to the space
// before it. Subject and chain are base64url. docs/decisions/0046.
//
// What no database that there is can need any more goes from its beginning. In place of these lines there stands first
//
//   mibun-journal-base-1 SP number SP chain LF
//
// with the number and the chain of the last of them. A database from before that is not known to this journal any more:
// it does not open, and nobody comes back with it.
// `unit_moved` says what `unit_replaced` said until decision 0063, of a move that was committed. The older line stood
// in the journal before its move was committed, which therefore may not have happened.
enum class JournalKind { account_erased, account_stopped, unit_replaced, cards_revoked, unit_moved };

std::string_view to_string(JournalKind kind);
std::optional<JournalKind> journal_kind(std::string_view name);

struct JournalEntry {
  std::uint64_t number = 0;
  JournalKind kind = JournalKind::account_erased;
  Instant at;
  Bytes subject;
  std::array<std::uint8_t, 32> chain{};
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

  // An entry each, all of them durable in every folder when this returns; the numbers given. After an error some may
  // count nevertheless: the next call begins by reading the files again. Safe from several threads.
  // Errors: io_error, backup_integrity_error.
  struct Line {
    JournalKind kind;
    Bytes subject;
  };
  Result<std::vector<std::uint64_t>> append(std::span<const Line> lines, Instant now);
  // The same with one kind.
  Result<std::vector<std::uint64_t>> append(JournalKind kind, std::span<const Bytes> subjects, Instant now);

  // Forgets the entries up to `number`, as far as they are from before `before`; how many. Whoever calls knows that no
  // database that may be opened is further behind than that. After a crash in between, the folders are brought together
  // by the next opening. Errors: io_error, backup_integrity_error.
  Result<std::uint64_t> prune(std::uint64_t number, Instant before);

  std::vector<JournalEntry> after(std::uint64_t number) const;
  JournalPosition position() const;
  // Whether this journal went through that position, and has all that came after it.
  bool knows(const JournalPosition& position) const;

  // What stands in the longest of these folders' files, for a copy. Changes nothing; a folder without a file counts for
  // nothing. Errors: not_found (no file at all), io_error, backup_integrity_error.
  static Result<std::string> text_of(const std::vector<std::string>& folders);
  // How far one folder's file has come; the beginning without a file. Errors: io_error, backup_integrity_error.
  static Result<JournalPosition> position_of(const std::string& folder);

  static constexpr std::string_view kFile = "no-return.journal";

 private:
  struct Told {
    JournalPosition base;  // before the first entry
    std::vector<JournalEntry> entries;
    std::vector<std::string> lines;
    std::vector<std::array<std::uint8_t, 32>> chains;

    JournalPosition end() const;
    bool knows(const JournalPosition& position) const;
    std::string text() const;
  };
  static bool tell_the_same(const Told& one, const Told& other);
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
