#include "core/tlog/record.h"

#include <algorithm>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/codecs/jst_time.h"
#include "core/crypto/hash.h"
#include "core/tlog/hash.h"

namespace mibun::tlog {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

// The words need no escaping.
void append(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":\"").append(text).append("\"");
}

std::unexpected<Error> bad(const char* where, const char* why) {
  return fail(ErrorCode::json_bad_value, where, why);
}

Result<std::uint64_t> sequence_of(std::int64_t value, const char* where) {
  if (value < 0) return bad(where, "negative");
  return static_cast<std::uint64_t>(value);
}

Result<std::optional<LogSubject>> subject_of(std::optional<std::string_view> text) {
  if (!text) return std::optional<LogSubject>();
  MIBUN_TRY(const Bytes bytes, base64url::decode(*text));
  LogSubject subject{};
  if (bytes.size() != subject.size()) return bad("subject", "not 32 bytes");
  std::ranges::copy(bytes, subject.begin());
  return std::optional(subject);
}

}  // namespace

LogSubject log_subject(BytesView person_key, std::uint64_t sequence) {
  MIBUN_INVARIANT(person_key.size() >= 32);
  const std::string message = "mibun log subject 1\n" + std::to_string(sequence);
  return crypto::hmac_sha256(person_key, as_bytes(message));
}

Result<Bytes> LogRecord::encode() const {
  const auto refuse = [](const char* where, const char* why) { return fail(ErrorCode::invalid_argument, where, why); };
  if (sequence > kTreeSizeMax) return refuse("sequence", "no log is so long");
  if (!is_word(operation)) return refuse("operation", "not [a-z0-9_.]{1,64}");
  if (result && !is_word(result->code)) return refuse("outcome", "not [a-z0-9_.]{1,64}");
  if (result && result->intent >= sequence) return refuse("intent", "not before its result");
  std::string out = "{\"sequence\":" + std::to_string(sequence);
  append(out, "time", to_jst_string(time));
  append(out, "operation", operation);
  append(out, "phase", result ? "result" : "intent");
  if (result) {
    out.append(",\"intent\":").append(std::to_string(result->intent));
    append(out, "outcome", result->code);
  }
  if (subject) append(out, "subject", base64url::encode(BytesView(*subject)));
  out += "}";
  return to_bytes(out);
}

Result<LogRecord> LogRecord::parse(BytesView entry) {
  if (entry.size() > kLogRecordBytesMax) return bad("record", "too large");
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(entry)));
  json::ObjectReader reader(object, "record");
  LogRecord record;
  MIBUN_TRY(const std::int64_t sequence, reader.integer("sequence"));
  MIBUN_TRY(record.sequence, sequence_of(sequence, "sequence"));
  MIBUN_TRY(const std::string_view time, reader.string("time"));
  MIBUN_TRY(record.time, parse_jst(time));
  MIBUN_TRY(const std::string_view operation, reader.string("operation"));
  record.operation = operation;
  MIBUN_TRY(const std::string_view phase, reader.string("phase"));
  if (phase == "result") {
    MIBUN_TRY(const std::int64_t intent, reader.integer("intent"));
    MIBUN_TRY(const std::string_view outcome, reader.string("outcome"));
    record.result.emplace();
    MIBUN_TRY(record.result->intent, sequence_of(intent, "intent"));
    record.result->code = outcome;
  }
  MIBUN_TRY(const auto subject, reader.optional_string("subject"));
  MIBUN_TRY(record.subject, subject_of(subject));
  MIBUN_CHECK(reader.finish());
  const auto again = record.encode();
  if (!again || !std::ranges::equal(*again, entry)) return bad("record", "another form than the one that is written");
  return record;
}

}  // namespace mibun::tlog
