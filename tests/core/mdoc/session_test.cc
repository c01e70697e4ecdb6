#include "core/mdoc/session.h"

#include <doctest/doctest.h>

#include <functional>

#include "core/crypto/aead.h"
#include "tests/core/mdoc/annex_d.h"
#include "tests/core/mdoc/cbor_edit.h"

using namespace mibun;
using namespace mibun::mdoc;

namespace {

// The NFC exchange of the example: its engagement and handover stand in its transcript.
struct Example {
  Bytes engagement, handover_select, handover_request;
  crypto::P256PrivateKey reader_key = must(crypto::P256PrivateKey::from_scalar(annex_d().e_reader_d));
  crypto::P256PrivateKey device_key = must(crypto::P256PrivateKey::from_scalar(annex_d().e_device_d));

  Example() {
    const Bytes transcript = embedded_content(annex_d().session_transcript_bytes);
    cbor::Reader reader(transcript);
    must(reader.read_array());
    engagement = to_bytes(must(reader.read_embedded()).content);
    must(reader.skip());
    must(reader.read_array());
    handover_select = to_bytes(must(reader.read_bytes()));
    handover_request = to_bytes(must(reader.read_bytes()));
  }

  DeviceEngagement parsed() const { return must(DeviceEngagement::parse(engagement)); }
  ProximityHandover handover() const { return NfcHandover{handover_select, handover_request}; }
  DeviceHello device() const { return DeviceHello(parsed()); }
  ReaderHello reader() const { return must(ReaderHello::make(parsed(), reader_key, handover())); }
  Result<DeviceHello::Established> receive(BytesView message) const {
    return device().receive(message, device_key, handover());
  }
};

struct Pair {
  ReaderSession reader;
  DeviceSession device;
};

Pair established(const Example& example) {
  auto reader = must(example.reader().establish(to_bytes("request")));
  auto device = must(example.receive(reader.message));
  REQUIRE(device.request == to_bytes("request"));
  return {std::move(reader.session), std::move(device.session)};
}

Bytes plaintext_of(const Result<Received>& received) {
  const Received value = must(Result(received));
  REQUIRE(std::holds_alternative<Message>(value));
  return std::get<Message>(value).plaintext;
}

// A SessionData of a device whose counter stands where it likes.
Bytes device_message(const Example& example, const SessionTranscript& transcript, std::uint32_t counter,
                     const Bytes& plaintext) {
  const SessionKeys keys = must(SessionKeys::derive(example.device_key, example.reader_key.public_key(), transcript));
  MessageIvs ivs(Sender::device, counter - 1);
  return encode_session_data(crypto::aes_gcm_seal(keys.device.reveal(), must(ivs.next()), {}, plaintext));
}

}  // namespace

TEST_CASE("ISO 18013-5 Annex D: the reader's end, byte for byte") {
  const AnnexD& d = annex_d();
  const Example example;
  ReaderHello hello = example.reader();
  CHECK(to_bytes(hello.transcript().tagged()) == d.session_transcript_bytes);
  auto [session, message] = must(std::move(hello).establish(d.device_request));
  CHECK(message == d.session_establishment);
  CHECK(to_bytes(session.transcript().tagged()) == d.session_transcript_bytes);
  CHECK(plaintext_of(session.open(d.session_data)) == d.device_response);
  const auto end = must(session.open(d.session_termination));
  REQUIRE(std::holds_alternative<Ended>(end));
  CHECK(std::get<Ended>(end).status == SessionStatus::termination);
  CHECK(session.is_over());
}

TEST_CASE("ISO 18013-5 Annex D: the device's end, byte for byte") {
  const AnnexD& d = annex_d();
  const Example example;
  auto [session, request] = must(example.receive(d.session_establishment));
  CHECK(request == d.device_request);
  CHECK(to_bytes(session.transcript().tagged()) == d.session_transcript_bytes);
  CHECK(to_bytes(session.reader_key().key().x()) == d.e_reader_x);
  CHECK(to_bytes(session.reader_key().key().y()) == d.e_reader_y);
  CHECK(must(session.seal(d.device_response)) == d.session_data);
  CHECK(session.terminate() == d.session_termination);
  CHECK(session.is_over());
}

TEST_CASE("both ends derive the same two keys, which are not the same") {
  const Example example;
  const SessionTranscript transcript = example.reader().transcript();
  const auto device = must(SessionKeys::derive(example.device_key, example.reader_key.public_key(), transcript));
  const auto reader = must(SessionKeys::derive(example.reader_key, example.device_key.public_key(), transcript));
  CHECK(ct_equal(device.reader.reveal(), reader.reader.reveal()));
  CHECK(ct_equal(device.device.reveal(), reader.device.reveal()));
  CHECK(!ct_equal(device.reader.reveal(), device.device.reveal()));
  CHECK(device.reader.size() == 32);
  CHECK(device.device.size() == 32);
}

TEST_CASE("IVs name the sender, count from 1, and end before they repeat") {
  MessageIvs reader(Sender::reader), device(Sender::device);
  CHECK(to_bytes(must(reader.next())) == from_hex("000000000000000000000001"));
  CHECK(to_bytes(must(reader.next())) == from_hex("000000000000000000000002"));
  CHECK(to_bytes(must(device.next())) == from_hex("000000000000000100000001"));
  MessageIvs late(Sender::device, 0x01fffffe);
  CHECK(to_bytes(must(late.next())) == from_hex("000000000000000101ffffff"));
  CHECK(to_bytes(must(late.next())) == from_hex("000000000000000102000000"));
  MessageIvs last(Sender::reader, 0xfffffffe);
  CHECK(to_bytes(must(last.next())) == from_hex("0000000000000000ffffffff"));
  CHECK(code_of(last.next()) == ErrorCode::mdoc_session_counter_exhausted);
  CHECK(code_of(last.next()) == ErrorCode::mdoc_session_counter_exhausted);
}

TEST_CASE("messages go both ways, as many as one likes, and an empty one, too") {
  const Example example;
  Pair pair = established(example);
  for (int i = 0; i < 300; ++i) {
    const Bytes response = Bytes(static_cast<std::size_t>(i), 0x5a), request = to_bytes(std::to_string(i));
    CHECK(plaintext_of(pair.reader.open(must(pair.device.seal(response)))) == response);
    CHECK(plaintext_of(pair.device.open(must(pair.reader.seal(request)))) == request);
  }
}

TEST_CASE("the same plaintext never makes the same message twice") {
  const Example example;
  Pair pair = established(example);
  const Bytes one = must(pair.device.seal(to_bytes("x"))), two = must(pair.device.seal(to_bytes("x")));
  const Bytes other_way = must(pair.reader.seal(to_bytes("x")));
  CHECK(one != two);
  CHECK(one != other_way);
}

TEST_CASE("the last message and its end travel together") {
  const Example example;
  Pair pair = established(example);
  const Bytes message = must(pair.device.seal_last(to_bytes("all")));
  CHECK(pair.device.is_over());
  CHECK(code_of(pair.device.seal(to_bytes("more"))) == ErrorCode::mdoc_session_ended);
  const auto received = must(pair.reader.open(message));
  REQUIRE(std::holds_alternative<LastMessage>(received));
  CHECK(std::get<LastMessage>(received).plaintext == to_bytes("all"));
  CHECK(pair.reader.is_over());
}

TEST_CASE("every status ends the session") {
  const Example example;
  for (const SessionStatus status :
       {SessionStatus::encryption_error, SessionStatus::cbor_error, SessionStatus::termination}) {
    Pair pair = established(example);
    const auto received = must(pair.device.open(encode_session_status(status)));
    REQUIRE(std::holds_alternative<Ended>(received));
    CHECK(std::get<Ended>(received).status == status);
    CHECK(code_of(pair.device.open(must(pair.reader.seal({})))) == ErrorCode::mdoc_session_ended);
    CHECK(code_of(pair.device.seal({})) == ErrorCode::mdoc_session_ended);
    CHECK(code_of(pair.device.seal_last({})) == ErrorCode::mdoc_session_ended);
    // Saying good-bye is always possible.
    CHECK(pair.device.terminate() == annex_d().session_termination);
  }
}

TEST_CASE("a message that does not open ends the session") {
  const Example example;
  const ErrorCode failed = ErrorCode::mdoc_session_decryption_failed;
  struct Row {
    std::string_view why;
    std::function<Bytes(Pair&)> message;  // for the reader
    ErrorCode want;
  };
  const Row rows[] = {
      {"a repeated message",
       [](Pair& p) {
         const Bytes message = must(p.device.seal(to_bytes("a")));
         REQUIRE(p.reader.open(message).has_value());
         return message;
       },
       failed},
      {"a lost message before it",
       [](Pair& p) {
         must(p.device.seal(to_bytes("lost")));
         return must(p.device.seal(to_bytes("a")));
       },
       failed},
      {"the reader's own message", [](Pair& p) { return must(p.reader.seal(to_bytes("a"))); }, failed},
      {"counter 0",
       [&](Pair& p) {
         const auto keys =
             must(SessionKeys::derive(example.device_key, example.reader_key.public_key(), p.reader.transcript()));
         const Bytes iv = from_hex("000000000000000100000000");
         return encode_session_data(crypto::aes_gcm_seal(keys.device.reveal(), iv, {}, to_bytes("a")));
       },
       failed},
      {"counter 2 first", [&](Pair& p) { return device_message(example, p.reader.transcript(), 2, {}); }, failed},
      {"the reader's identifier in the IV",
       [&](Pair& p) {
         const auto keys =
             must(SessionKeys::derive(example.device_key, example.reader_key.public_key(), p.reader.transcript()));
         const Bytes iv = from_hex("000000000000000000000001");
         return encode_session_data(crypto::aes_gcm_seal(keys.device.reveal(), iv, {}, to_bytes("a")));
       },
       failed},
      {"additional data",
       [&](Pair& p) {
         const auto keys =
             must(SessionKeys::derive(example.device_key, example.reader_key.public_key(), p.reader.transcript()));
         const Bytes iv = from_hex("000000000000000100000001");
         return encode_session_data(crypto::aes_gcm_seal(keys.device.reveal(), iv, to_bytes("x"), to_bytes("a")));
       },
       failed},
      {"another session's transcript",
       [&](Pair&) {
         const auto other = must(ReaderHello::make(example.parsed(), example.reader_key, QrHandover{}));
         return device_message(example, other.transcript(), 1, to_bytes("a"));
       },
       failed},
      {"no data in it", [](Pair&) { return encode_session_data({}); }, failed},
      {"a tag and nothing else", [](Pair&) { return encode_session_data(Bytes(16)); }, failed},
      {"not a map", [](Pair&) { return from_hex("80"); }, ErrorCode::mdoc_session_message_malformed},
      {"nothing", [](Pair&) { return Bytes(); }, ErrorCode::cbor_truncated},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Pair pair = established(example);
    const Bytes message = row.message(pair);
    CHECK(code_of(pair.reader.open(message)) == row.want);
    CHECK(pair.reader.is_over());
    CHECK(code_of(pair.reader.open(must(pair.device.seal({})))) == ErrorCode::mdoc_session_ended);
    CHECK(code_of(pair.reader.seal({})) == ErrorCode::mdoc_session_ended);
  }
  // And with the right counter it would have opened.
  Pair pair = established(example);
  CHECK(plaintext_of(pair.reader.open(device_message(example, pair.reader.transcript(), 1, to_bytes("a")))) ==
        to_bytes("a"));
}

TEST_CASE("every flipped bit of a message is refused") {
  const Example example;
  const Bytes establishment = must(example.reader().establish(to_bytes("request"))).message;
  for (std::size_t i = 0; i < establishment.size(); ++i) {
    Bytes changed = establishment;
    changed[i] ^= static_cast<std::uint8_t>(1 << i % 8);
    const auto received = example.receive(changed);
    if (received.has_value()) CHECK_MESSAGE(false, "byte " << i);
  }
  Pair pair = established(example);
  const Bytes data = must(pair.device.seal(to_bytes("response")));
  for (std::size_t i = 0; i < data.size(); ++i) {
    Bytes changed = data;
    changed[i] ^= static_cast<std::uint8_t>(1 << i % 8);
    Pair fresh = established(example);
    const bool refused = !fresh.reader.open(changed).has_value() && fresh.reader.is_over();
    if (!refused) CHECK_MESSAGE(false, "byte " << i);
  }
  CHECK(plaintext_of(pair.reader.open(data)) == to_bytes("response"));
}

TEST_CASE("a session needs the engagement's key, and the handover that happened") {
  const Example example;
  const Bytes message = must(example.reader().establish(to_bytes("request"))).message;
  const auto other_key = crypto::P256PrivateKey::generate();
  CHECK(code_of(example.device().receive(message, other_key, example.handover())) ==
        ErrorCode::mdoc_session_key_mismatch);
  const ErrorCode failed = ErrorCode::mdoc_session_decryption_failed;
  CHECK(code_of(example.device().receive(message, example.device_key, QrHandover{})) == failed);
  CHECK(code_of(example.device().receive(message, example.device_key,
                                         NfcHandover{example.handover_select, std::nullopt})) == failed);
  // Another engagement with the same key.
  const auto other = DeviceEngagement::make(example.parsed().device_key(), {.retrieval_methods = {NfcRetrieval{1, 1}}});
  CHECK(code_of(DeviceHello(other).receive(message, example.device_key, example.handover())) == failed);
  // A reader's key put in the place of the right one.
  const SessionEstablishment parsed = must(SessionEstablishment::parse(message));
  const Bytes swapped = encode_session_establishment(EphemeralKey(other_key.public_key()), parsed.data);
  CHECK(code_of(example.receive(swapped)) == failed);
}

TEST_CASE("a session that was moved from is over, and its messages are the new one's") {
  const Example example;
  Pair pair = established(example);
  DeviceSession moved = std::move(pair.device);
  CHECK(pair.device.is_over());  // NOLINT(bugprone-use-after-move): what it says is the point
  CHECK(code_of(pair.device.seal({})) == ErrorCode::mdoc_session_ended);
  CHECK(plaintext_of(pair.reader.open(must(moved.seal(to_bytes("a"))))) == to_bytes("a"));
  Pair other = established(example);
  moved = std::move(other.device);
  CHECK(other.device.is_over());  // NOLINT(bugprone-use-after-move)
  CHECK(plaintext_of(other.reader.open(must(moved.seal(to_bytes("b"))))) == to_bytes("b"));
}

TEST_CASE("a message too large to send is refused, and the session goes on") {
  const Example example;
  Pair pair = established(example);
  CHECK(code_of(pair.device.seal(Bytes(kMessageBytesMax + 1))) == ErrorCode::mdoc_session_message_too_large);
  const Bytes largest(kMessageBytesMax);
  CHECK(plaintext_of(pair.reader.open(must(pair.device.seal(largest)))) == largest);
}

TEST_CASE("what to tell the other end follows from the error") {
  CHECK(status_for(ErrorCode::mdoc_session_decryption_failed) == SessionStatus::encryption_error);
  CHECK(status_for(ErrorCode::public_key_not_on_curve) == SessionStatus::encryption_error);
  CHECK(status_for(ErrorCode::mdoc_ephemeral_key_wrong_curve) == SessionStatus::encryption_error);
  CHECK(status_for(ErrorCode::cbor_truncated) == SessionStatus::cbor_error);
  CHECK(status_for(ErrorCode::mdoc_session_message_malformed) == SessionStatus::cbor_error);
  CHECK(status_for(ErrorCode::mdoc_session_ended) == SessionStatus::termination);
}
