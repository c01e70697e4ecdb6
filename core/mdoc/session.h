#pragma once

#include <optional>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"
#include "core/mdoc/device_engagement.h"
#include "core/mdoc/session_keys.h"
#include "core/mdoc/session_message.h"
#include "core/mdoc/session_transcript.h"

// ISO/IEC 18013-5, 9.1.1: the encrypted conversation of a reader and a device that met at close range. No I/O: messages
// come in and go out as bytes.
//
//   reader                                             device
//   ReaderHello hello(engagement, key, handover)       DeviceHello hello(engagement)
//   hello.transcript()  for reader authentication
//   hello.establish(request) -> session, message  ---> hello.receive(message, key, handover) -> session, request
//   session.open(message)                         <--- session.seal(response)
namespace mibun::mdoc {

// What a message of the other end was. After anything but Message the session is over.
struct Message {
  Bytes plaintext;
};
struct LastMessage {  // data and status 20 in one
  Bytes plaintext;
};
struct Ended {
  SessionStatus status;
};
using Received = std::variant<Message, LastMessage, Ended>;

// An established session of one end. Moves but never copies: a copy would use an IV twice. A message that does not open
// ends it, and so does every status; from then on all calls are mdoc_session_ended. After an error tell the other end
// encode_session_status(status_for(code)) and hang up.
class Session {
 public:
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;
  ~Session() = default;

  const SessionTranscript& transcript() const { return transcript_; }
  const EphemeralKey& reader_key() const { return reader_key_; }
  bool is_over() const { return is_over_; }

  // A SessionData message for the other end.
  // Errors: mdoc_session_ended, mdoc_session_counter_exhausted, mdoc_session_message_too_large (the session goes on).
  Result<Bytes> seal(BytesView plaintext);
  // The same with status 20: no further message is wanted.
  Result<Bytes> seal_last(BytesView plaintext);
  // A SessionData message of the other end. Errors: mdoc_session_ended, mdoc_session_decryption_failed (another key, a
  // changed, repeated, lost or reordered message), mdoc_session_counter_exhausted, those of SessionData::parse.
  Result<Received> open(BytesView message);
  // Status 20 for the other end, at any time; the session is over.
  Bytes terminate();

 protected:
  Session(SessionTranscript transcript, EphemeralKey reader_key, SessionKeys keys, Sender self);
  Result<Bytes> seal_data(BytesView plaintext);
  Result<Bytes> open_data(BytesView sealed);

 private:
  Result<Received> open_parsed(BytesView message);
  void end();
  SessionTranscript transcript_;
  EphemeralKey reader_key_;
  SecretBytes send_key_, receive_key_;
  MessageIvs send_ivs_, receive_ivs_;
  bool is_over_ = false;
};

// The device's end: opens requests, seals responses.
class DeviceSession final : public Session {
 private:
  friend class DeviceHello;
  DeviceSession(SessionTranscript transcript, EphemeralKey reader_key, SessionKeys keys)
      : Session(std::move(transcript), std::move(reader_key), std::move(keys), Sender::device) {}
};

// The reader's end: seals requests, opens responses.
class ReaderSession final : public Session {
 private:
  friend class ReaderHello;
  ReaderSession(SessionTranscript transcript, EphemeralKey reader_key, SessionKeys keys)
      : Session(std::move(transcript), std::move(reader_key), std::move(keys), Sender::reader) {}
};

// A device that has shown its engagement and waits for the reader.
class DeviceHello {
 public:
  explicit DeviceHello(DeviceEngagement engagement) : engagement_(std::move(engagement)) {}
  const DeviceEngagement& engagement() const { return engagement_; }

  struct Established {
    DeviceSession session;
    Bytes request;  // an encoded DeviceRequest
  };
  // `message`: the reader's SessionEstablishment; `key`: the private half of the engagement's key. One use: a second
  // reader needs a new engagement with a new key. Errors: mdoc_session_decryption_failed, mdoc_session_key_mismatch
  // (`key` is another one), those of SessionEstablishment::parse, SessionKeys::derive and SessionTranscript::make.
  Result<Established> receive(BytesView message, const crypto::KeyAgreement& key, const ProximityHandover& handover) &&;

 private:
  DeviceEngagement engagement_;
};

// A reader that has read an engagement and made its own key for this session.
class ReaderHello {
 public:
  // Errors: those of SessionTranscript::make and SessionKeys::derive.
  static Result<ReaderHello> make(const DeviceEngagement& engagement, const crypto::KeyAgreement& key,
                                  const ProximityHandover& handover);
  const SessionTranscript& transcript() const { return transcript_; }

  struct Established {
    ReaderSession session;
    Bytes message;  // SessionEstablishment
  };
  // `request`: an encoded DeviceRequest. Errors: mdoc_session_message_too_large.
  Result<Established> establish(BytesView request) &&;

 private:
  ReaderHello(SessionTranscript transcript, EphemeralKey reader_key, SessionKeys keys)
      : transcript_(std::move(transcript)), reader_key_(std::move(reader_key)), keys_(std::move(keys)) {}
  SessionTranscript transcript_;
  EphemeralKey reader_key_;
  SessionKeys keys_;
};

}  // namespace mibun::mdoc
