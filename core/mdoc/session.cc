#include "core/mdoc/session.h"

#include "core/crypto/aead.h"

namespace mibun::mdoc {

Session::Session(SessionTranscript transcript, EphemeralKey reader_key, SessionKeys keys, Sender self)
    : transcript_(std::move(transcript)),
      reader_key_(std::move(reader_key)),
      send_key_(std::move(self == Sender::reader ? keys.reader : keys.device)),
      receive_key_(std::move(self == Sender::reader ? keys.device : keys.reader)),
      send_ivs_(self),
      receive_ivs_(self == Sender::reader ? Sender::device : Sender::reader) {}

Session::Session(Session&& other) noexcept
    : transcript_(std::move(other.transcript_)),
      reader_key_(std::move(other.reader_key_)),
      send_key_(std::move(other.send_key_)),
      receive_key_(std::move(other.receive_key_)),
      send_ivs_(other.send_ivs_),
      receive_ivs_(other.receive_ivs_),
      is_over_(std::exchange(other.is_over_, true)) {}

Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  transcript_ = std::move(other.transcript_);
  reader_key_ = std::move(other.reader_key_);
  send_key_ = std::move(other.send_key_);
  receive_key_ = std::move(other.receive_key_);
  send_ivs_ = other.send_ivs_;
  receive_ivs_ = other.receive_ivs_;
  is_over_ = std::exchange(other.is_over_, true);
  return *this;
}

void Session::end() {
  is_over_ = true;
  send_key_ = SecretBytes();
  receive_key_ = SecretBytes();
}

Result<Bytes> Session::seal_data(BytesView plaintext) {
  if (is_over_) return fail(ErrorCode::mdoc_session_ended);
  if (plaintext.size() > kMessageBytesMax) return fail(ErrorCode::mdoc_session_message_too_large);
  const auto iv = send_ivs_.next();
  if (!iv) {
    end();
    return fail(iv.error().code);
  }
  return crypto::aes_gcm_seal(send_key_.reveal(), *iv, {}, plaintext);
}

Result<Bytes> Session::open_data(BytesView sealed) {
  MIBUN_TRY(const auto iv, receive_ivs_.next());
  Result<Bytes> plaintext = crypto::aes_gcm_open(receive_key_.reveal(), iv, {}, sealed);
  if (!plaintext) return fail(ErrorCode::mdoc_session_decryption_failed, "data");
  return plaintext;
}

Result<Bytes> Session::seal(BytesView plaintext) {
  MIBUN_TRY(const Bytes sealed, seal_data(plaintext));
  return encode_session_data(sealed);
}

Result<Bytes> Session::seal_last(BytesView plaintext) {
  MIBUN_TRY(const Bytes sealed, seal_data(plaintext));
  end();
  return encode_last_session_data(sealed);
}

Result<Received> Session::open(BytesView message) {
  if (is_over_) return fail(ErrorCode::mdoc_session_ended);
  Result<Received> received = open_parsed(message);
  if (!received || !std::holds_alternative<Message>(*received)) end();
  return received;
}

Result<Received> Session::open_parsed(BytesView message) {
  MIBUN_TRY(const SessionData data, SessionData::parse(message));
  if (!data.data) return Ended{*data.status};
  MIBUN_TRY(Bytes plaintext, open_data(*data.data));
  if (data.status) return LastMessage{std::move(plaintext)};
  return Message{std::move(plaintext)};
}

Bytes Session::terminate() {
  end();
  return encode_session_status(SessionStatus::termination);
}

Result<DeviceHello::Established> DeviceHello::receive(BytesView message, const crypto::KeyAgreement& key,
                                                      const ProximityHandover& handover) && {
  if (key.public_key() != engagement_.device_key().key()) return fail(ErrorCode::mdoc_session_key_mismatch);
  MIBUN_TRY(SessionEstablishment establishment, SessionEstablishment::parse(message));
  MIBUN_TRY(SessionTranscript transcript,
            SessionTranscript::make(ProximityTranscript{.device_engagement = engagement_.encoded(),
                                                        .e_reader_key_bytes = establishment.reader_key.item(),
                                                        .handover = handover}));
  MIBUN_TRY(SessionKeys keys, SessionKeys::derive(key, establishment.reader_key.key(), transcript));
  DeviceSession session(std::move(transcript), std::move(establishment.reader_key), std::move(keys));
  MIBUN_TRY(Bytes request, session.open_data(establishment.data));
  return Established{std::move(session), std::move(request)};
}

Result<ReaderHello> ReaderHello::make(const DeviceEngagement& engagement, const crypto::KeyAgreement& key,
                                      const ProximityHandover& handover) {
  EphemeralKey reader_key(key.public_key());
  MIBUN_TRY(
      SessionTranscript transcript,
      SessionTranscript::make(ProximityTranscript{
          .device_engagement = engagement.encoded(), .e_reader_key_bytes = reader_key.item(), .handover = handover}));
  MIBUN_TRY(SessionKeys keys, SessionKeys::derive(key, engagement.device_key().key(), transcript));
  return ReaderHello(std::move(transcript), std::move(reader_key), std::move(keys));
}

Result<ReaderHello::Established> ReaderHello::establish(BytesView request) && {
  ReaderSession session(std::move(transcript_), std::move(reader_key_), std::move(keys_));
  MIBUN_TRY(const Bytes sealed, session.seal_data(request));
  Bytes message = encode_session_establishment(session.reader_key(), sealed);
  return Established{std::move(session), std::move(message)};
}

}  // namespace mibun::mdoc
