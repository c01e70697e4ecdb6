#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::tlog {

// Whom an operation is about, as the log says it: HMAC-SHA-256 under a key of that person alone, over the sequence of
// the record. Two records of one person have nothing in common for whoever has not the key, and when the key is erased
// nobody has it.
using LogSubject = std::array<std::uint8_t, 32>;

// `person_key`: at least 32 bytes, of this person and for this use alone; fewer is our bug.
LogSubject log_subject(BytesView person_key, std::uint64_t sequence);

// How an operation ended.
struct LogOutcome {
  std::uint64_t intent = 0;  // the sequence of the record that announced it
  std::string code;          // "ok", or the name of an error code
};

// One leaf of mibun's log: that something is about to be done, or how it ended. No free text and nothing of a person.
//   {"sequence":12,"time":"2026-11-29T16:00:00+09:00","operation":"card.issue","phase":"intent","subject":"<base64url>"}
//   {"sequence":13, ...,"phase":"result","intent":12,"outcome":"ok","subject":"<base64url>"}
// JSON in exactly this form: one record has one encoding.
struct LogRecord {
  std::uint64_t sequence = 0;         // the index of the leaf
  Instant time;                       // whole seconds
  std::string operation;              // "card.issue": [a-z0-9_.]{1,64}
  std::optional<LogOutcome> result;   // none in an intent
  std::optional<LogSubject> subject;  // none when it is about nobody

  // Errors: invalid_argument (an operation or outcome that is not [a-z0-9_.]{1,64}, a result before its intent).
  Result<Bytes> encode() const;
  // Errors: json_malformed and the others of json::ObjectReader, date_malformed, json_bad_value (values that encode()
  // does not write, or another form).
  static Result<LogRecord> parse(BytesView entry);
};

inline constexpr std::size_t kLogRecordBytesMax = 512;

}  // namespace mibun::tlog
