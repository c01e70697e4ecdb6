#include "core/mdoc/session_message.h"

#include "core/codecs/cbor.h"
#include "core/mdoc/cbor_members.h"

namespace mibun::mdoc {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::mdoc_session_message_malformed;
constexpr std::string_view kReaderKey = "eReaderKey", kData = "data", kStatus = "status";
constexpr cbor::Limits kLimits{.depth_max = 8, .items_max = 256, .bytes_max = kSessionMessageBytesMax};

Result<SessionStatus> read_status(cbor::Reader& reader) {
  MIBUN_TRY(const std::uint64_t value, typed(reader.read_unsigned(), kMalformed, kStatus));
  for (const SessionStatus status :
       {SessionStatus::encryption_error, SessionStatus::cbor_error, SessionStatus::termination}) {
    if (value == static_cast<std::uint64_t>(status)) return status;
  }
  return fail(ErrorCode::mdoc_session_status_unknown, std::string(kStatus));
}

}  // namespace

Result<SessionEstablishment> SessionEstablishment::parse(BytesView message) {
  if (message.size() > kSessionMessageBytesMax) return fail(ErrorCode::mdoc_session_message_too_large);
  cbor::ChunkStore chunks;
  cbor::Reader reader(message, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, ""));
  std::optional<EphemeralKey> key;
  std::optional<BytesView> data;
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::string_view name, typed(reader.read_text(), kMalformed, "member"));
    if (name == kReaderKey) {
      MIBUN_TRY(const BytesView item, reader.skip());
      MIBUN_TRY(key, EphemeralKey::parse(item));
    } else if (name == kData) {
      MIBUN_TRY(data, typed(reader.read_bytes(), kMalformed, kData));
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  MIBUN_CHECK(reader.finish());
  if (!key || !data) return fail(kMalformed, std::string(key ? kData : kReaderKey), "a member is missing");
  return SessionEstablishment{std::move(*key), to_bytes(*data)};
}

Bytes encode_session_establishment(const EphemeralKey& reader_key, BytesView sealed) {
  cbor::Writer writer;
  writer.reserve(sealed.size() + reader_key.item().size() + 32);
  writer.map(2).text(kReaderKey).raw(reader_key.item()).text(kData).bytes(sealed);
  return writer.take();
}

Result<SessionData> SessionData::parse(BytesView message) {
  if (message.size() > kSessionMessageBytesMax) return fail(ErrorCode::mdoc_session_message_too_large);
  cbor::ChunkStore chunks;
  cbor::Reader reader(message, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, ""));
  SessionData out;
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::string_view name, typed(reader.read_text(), kMalformed, "member"));
    if (name == kData) {
      MIBUN_TRY(const BytesView data, typed(reader.read_bytes(), kMalformed, kData));
      out.data = to_bytes(data);
    } else if (name == kStatus) {
      MIBUN_TRY(out.status, read_status(reader));
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  MIBUN_CHECK(reader.finish());
  if (!out.data && !out.status) return fail(kMalformed, "", "neither data nor a status");
  if (out.data && out.status && *out.status != SessionStatus::termination) {
    return fail(kMalformed, std::string(kStatus), "an error status comes without data");
  }
  return out;
}

Bytes encode_session_data(BytesView sealed) {
  cbor::Writer writer;
  writer.reserve(sealed.size() + 16);
  writer.map(1).text(kData).bytes(sealed);
  return writer.take();
}

Bytes encode_last_session_data(BytesView sealed) {
  cbor::Writer writer;
  writer.reserve(sealed.size() + 32);
  writer.map(2).text(kData).bytes(sealed);
  writer.text(kStatus).unsigned_integer(static_cast<std::uint64_t>(SessionStatus::termination));
  return writer.take();
}

Bytes encode_session_status(SessionStatus status) {
  cbor::Writer writer;
  writer.map(1).text(kStatus).unsigned_integer(static_cast<std::uint64_t>(status));
  return writer.take();
}

SessionStatus status_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::mdoc_session_decryption_failed:
    case ErrorCode::mdoc_session_key_mismatch:
    case ErrorCode::mdoc_ephemeral_key_malformed:
    case ErrorCode::mdoc_ephemeral_key_wrong_curve:
    case ErrorCode::public_key_malformed:
    case ErrorCode::public_key_not_on_curve:
    case ErrorCode::key_agreement_failed:
      return SessionStatus::encryption_error;
    case ErrorCode::mdoc_session_counter_exhausted:
    case ErrorCode::mdoc_session_ended:
      return SessionStatus::termination;
    default:
      return SessionStatus::cbor_error;
  }
}

}  // namespace mibun::mdoc
