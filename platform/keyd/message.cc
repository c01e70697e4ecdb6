#include "platform/keyd/message.h"

#include <algorithm>
#include <array>
#include <optional>

namespace mibun::keyd {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kDetailBytesMax = 1024;

// What a client may hear. Anything else is said as keyd_unavailable.
constexpr std::array kErrors{ErrorCode::invalid_argument,
                             ErrorCode::io_error,
                             ErrorCode::database_error,
                             ErrorCode::database_busy,
                             ErrorCode::database_conflict,
                             ErrorCode::keyd_person_key_missing,
                             ErrorCode::keyd_integrity_error,
                             ErrorCode::keyd_key_exists,
                             ErrorCode::keyd_unavailable,
                             ErrorCode::keyd_rate_limited,
                             ErrorCode::keyd_stale_replica,
                             ErrorCode::keyd_no_quorum,
                             ErrorCode::keyd_token_failed,
                             ErrorCode::keyd_purpose_not_allowed,
                             ErrorCode::not_found};

class Reader {
 public:
  explicit Reader(BytesView bytes) : rest_(bytes) {}

  std::optional<std::uint32_t> number(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    std::uint32_t number = 0;
    for (const std::uint8_t byte : rest_.first(size)) number = number << 8 | byte;
    rest_ = rest_.subspan(size);
    return number;
  }
  std::optional<BytesView> bytes(std::size_t size_max) {
    const auto size = number(4);
    if (!size || *size > size_max || *size > rest_.size()) return std::nullopt;
    const BytesView found = rest_.first(*size);
    rest_ = rest_.subspan(*size);
    return found;
  }
  bool text(std::string_view& into, std::size_t size_max) {
    const auto found = bytes(size_max);
    if (found) into = as_text(*found);
    return found.has_value();
  }
  bool is_at_end() const { return rest_.empty(); }

 private:
  BytesView rest_;
};

// Into a buffer of the final size, so that nothing is left behind by one that grew.
class Writer {
 public:
  explicit Writer(std::size_t size) : buffer_(size) {}
  void number(std::uint32_t number, std::size_t size) {
    for (std::size_t i = size; i-- > 0;) buffer_.reveal_mutable()[at_++] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  void bytes(BytesView bytes) {
    number(static_cast<std::uint32_t>(bytes.size()), 4);
    std::ranges::copy(bytes, buffer_.reveal_mutable().begin() + static_cast<std::ptrdiff_t>(at_));
    at_ += bytes.size();
  }
  SecretBytes take() {
    MIBUN_INVARIANT(at_ == buffer_.size());
    return std::move(buffer_);
  }

 private:
  SecretBytes buffer_;
  std::size_t at_ = 0;
};

std::unexpected<Error> malformed(const char* where) {
  return fail(ErrorCode::invalid_argument, where, "not a request");
}

struct Uses {
  bool person = false, record = false, domain = false, value = false;
  bool key = false;  // a signing key's name and generation
};
std::optional<Uses> uses_of(Operation operation) {
  switch (operation) {
    case Operation::ping:
    case Operation::rotate_epoch:
    case Operation::list_signing_keys:
    case Operation::copy_signing_table:
      return Uses{};
    case Operation::create_person_key:
    case Operation::destroy_person_key:
    case Operation::has_person_key:
      return Uses{.person = true};
    case Operation::seal:
    case Operation::open:
      return Uses{.person = true, .record = true, .value = true};
    case Operation::lookup_hash:
      return Uses{.domain = true, .value = true};
    case Operation::person_hash:
      return Uses{.person = true, .domain = true, .value = true};
    case Operation::create_signing_key:
    case Operation::retire_signing_key:
      return Uses{.key = true};
    case Operation::keep_chain:
    case Operation::sign:
      return Uses{.value = true, .key = true};
  }
  return std::nullopt;
}

std::size_t value_bytes_max(Operation operation) {
  return operation == Operation::open ? kRecordBytesMax : kPlaintextBytesMax;
}

bool has_only_what_is_used(const Request& request, const Uses& uses) {
  return (uses.person || request.person.empty()) && (uses.domain || request.domain.empty()) &&
         (uses.record || request.record_class.empty()) &&
         (uses.record || uses.key || (request.record.empty() && request.record_version == 0)) &&
         (uses.value || request.value.empty()) &&
         (request.operation == Operation::open || request.operation == Operation::sign ||
          request.purpose == Purpose::unlisted);
}

}  // namespace

Result<Request> Request::parse(BytesView message) {
  Reader reader(message);
  const auto version = reader.number(1), operation = reader.number(1), purpose = reader.number(1);
  if (!version || *version != kVersion) return malformed("version");
  if (!operation) return malformed("operation");
  Request request;
  request.operation = static_cast<Operation>(*operation);
  const auto uses = uses_of(request.operation);
  if (!uses) return malformed("operation");
  if (!purpose) return malformed("purpose");
  const auto known = purpose_of(static_cast<std::uint8_t>(*purpose));
  if (!known) return fail(ErrorCode::keyd_purpose_not_allowed, "purpose", "there is no such purpose");
  request.purpose = *known;
  const auto record_version = reader.number(4);
  if (!record_version) return malformed("record_version");
  request.record_version = *record_version;
  if (!reader.text(request.person, kNameBytesMax)) return malformed("person");
  if (!reader.text(request.record_class, kNameBytesMax)) return malformed("record_class");
  if (!reader.text(request.record, kNameBytesMax)) return malformed("record");
  if (!reader.text(request.domain, kNameBytesMax)) return malformed("domain");
  const auto value = reader.bytes(value_bytes_max(request.operation));
  if (!value || !reader.is_at_end()) return malformed("value");
  request.value = *value;
  if (!has_only_what_is_used(request, *uses)) return malformed("operation");
  return request;
}

Result<SecretBytes> Request::encode() const {
  for (const std::string_view name : {person, record_class, record, domain}) {
    if (name.size() > kNameBytesMax) return fail(ErrorCode::invalid_argument, "name", "too long for the key service");
  }
  if (value.size() > value_bytes_max(operation))
    return fail(ErrorCode::invalid_argument, "value", "too large for the key service");
  Writer writer(3 + 4 + 5 * 4 + person.size() + record_class.size() + record.size() + domain.size() + value.size());
  writer.number(kVersion, 1);
  writer.number(static_cast<std::uint8_t>(operation), 1);
  writer.number(static_cast<std::uint8_t>(purpose), 1);
  writer.number(record_version, 4);
  for (const std::string_view name : {person, record_class, record, domain}) writer.bytes(as_bytes(name));
  writer.bytes(value);
  return writer.take();
}

Result<Bytes> Answer::parse(BytesView message) {
  const auto not_an_answer = [] { return fail(ErrorCode::keyd_unavailable, "answer", "is none"); };
  Reader reader(message);
  const auto version = reader.number(1), code = reader.number(2);
  std::string_view where, detail;
  if (!version || *version != kVersion || !code) return not_an_answer();
  if (!reader.text(where, kDetailBytesMax) || !reader.text(detail, kDetailBytesMax)) return not_an_answer();
  const auto value = reader.bytes(kMessageBytesMax);
  if (!value || !reader.is_at_end()) return not_an_answer();
  if (*code == 0 && where.empty() && detail.empty()) return to_bytes(*value);
  const auto known = std::ranges::find(kErrors, static_cast<ErrorCode>(*code));
  if (known == kErrors.end() || !value->empty()) return not_an_answer();
  return fail(*known, std::string(where), std::string(detail));
}

SecretBytes Answer::encode(const Result<Bytes>& answer) {
  std::string_view where, detail;
  BytesView value;
  auto code = std::uint16_t{0};
  if (answer) {
    value = *answer;
  } else {
    const bool is_known = std::ranges::find(kErrors, answer.error().code) != kErrors.end();
    code = static_cast<std::uint16_t>(is_known ? answer.error().code : ErrorCode::keyd_unavailable);
    where = std::string_view(answer.error().where).substr(0, kDetailBytesMax);
    detail = std::string_view(answer.error().detail).substr(0, kDetailBytesMax);
  }
  Writer writer(1 + 2 + 3 * 4 + where.size() + detail.size() + value.size());
  writer.number(kVersion, 1);
  writer.number(code, 2);
  writer.bytes(as_bytes(where));
  writer.bytes(as_bytes(detail));
  writer.bytes(value);
  return writer.take();
}

}  // namespace mibun::keyd
