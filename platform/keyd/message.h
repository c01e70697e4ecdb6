#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "platform/keyd/purposes.h"

// What the key service and its clients say to each other: docs/formats/keyd.md. Every message has one form.
namespace mibun::keyd {

inline constexpr std::size_t kNameBytesMax = 1024;  // of a person's id, a class, a record's name, a domain
// Files do not go through the service: their keys do, as records.
inline constexpr std::size_t kPlaintextBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kRecordBytesMax = kPlaintextBytesMax + 64;  // so that whatever was sealed can be opened
inline constexpr std::size_t kMessageBytesMax = kRecordBytesMax + 8 * 1024;

enum class Operation : std::uint8_t {
  ping = 1,
  create_person_key = 2,
  seal = 3,
  open = 4,
  destroy_person_key = 5,
  has_person_key = 6,
  lookup_hash = 7,
  person_hash = 8,
  rotate_epoch = 9,
  create_signing_key = 10,
  list_signing_keys = 11,
  keep_chain = 12,
  sign = 13,
  retire_signing_key = 14,
  copy_signing_table = 15,
};

// Views are into the message. What an operation has no use for is empty, or 0.
struct Request {
  Operation operation = Operation::ping;
  Purpose purpose = Purpose::unlisted;  // of open and sign
  std::uint32_t record_version = 0;     // of seal and open; of a signing key its generation
  std::string_view person;
  std::string_view record_class, record;  // of seal and open; a signing key's name is `record`
  std::string_view domain;                // of the hashes
  BytesView value;                        // plaintext, sealed record, what is hashed or signed, PEM certificates

  // Errors: invalid_argument (also what the operation has no use for, trailing bytes, an unknown operation),
  // keyd_purpose_not_allowed (an unknown purpose).
  static Result<Request> parse(BytesView message);
  // Errors: invalid_argument (a name or value that is too long).
  Result<SecretBytes> encode() const;
};

// A value, or what went wrong: one of the errors that a key holder gives, or keyd_unavailable in its place.
struct Answer {
  // Where an error is that says that there was no room for the request; nobody has looked at it then.
  static constexpr std::string_view kNoRoom = "keyd";

  // Errors: those of the service; keyd_unavailable (not an answer).
  static Result<Bytes> parse(BytesView message);
  static SecretBytes encode(const Result<Bytes>& answer);
};

}  // namespace mibun::keyd
