#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/mdoc/ephemeral_key.h"
#include "core/mdoc/limits.h"

// ISO/IEC 18013-5, 9.1.1.4: what travels between a reader and a device once they have met.
namespace mibun::mdoc {

// A sealed DeviceResponse with its tag and the message around it.
inline constexpr std::size_t kSessionMessageBytesMax = kMessageBytesMax + 1024;

// Table 20. Each of them ends the session.
enum class SessionStatus : std::uint8_t { encryption_error = 10, cbor_error = 11, termination = 20 };

// SessionEstablishment = {"eReaderKey": EReaderKeyBytes, "data": bstr}, the reader's first message.
struct SessionEstablishment {
  EphemeralKey reader_key;
  Bytes data;  // sealed with SKReader

  // One CBOR item and nothing after it. Members we do not know are passed over. Errors:
  // mdoc_session_message_malformed, mdoc_session_message_too_large, those of EphemeralKey::parse and cbor::Reader.
  static Result<SessionEstablishment> parse(BytesView message);
};
Bytes encode_session_establishment(const EphemeralKey& reader_key, BytesView sealed);

// SessionData = {? "data": bstr, ? "status": uint}, every later message. At least one of them is there, and an error
// status (10, 11) comes without data.
struct SessionData {
  std::optional<Bytes> data;
  std::optional<SessionStatus> status;

  // Errors: mdoc_session_message_malformed, mdoc_session_message_too_large, mdoc_session_status_unknown, those of
  // cbor::Reader.
  static Result<SessionData> parse(BytesView message);
};
Bytes encode_session_data(BytesView sealed);
Bytes encode_last_session_data(BytesView sealed);  // with status 20
Bytes encode_session_status(SessionStatus status);

// What to tell the other end when its message was refused with this error, before hanging up.
SessionStatus status_for(ErrorCode code);

}  // namespace mibun::mdoc
