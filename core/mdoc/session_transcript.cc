#include "core/mdoc/session_transcript.h"

#include "core/codecs/cbor.h"
#include "core/mdoc/limits.h"

namespace mibun::mdoc {
namespace {

void write(cbor::Writer& writer, const ResponseKey& key) {
  key.value() ? writer.bytes(*key.value()) : writer.null();
}

// [null, null, [name, SHA-256(info)]]
Bytes openid4vp_transcript(std::string_view name, BytesView info) {
  cbor::Writer writer;
  writer.array(3).null().null().array(2).text(name).bytes(crypto::sha256(info));
  return writer.take();
}

void write(cbor::Writer& writer, const ProximityHandover& handover) {
  const auto* nfc = std::get_if<NfcHandover>(&handover);
  if (nfc == nullptr) {
    writer.null();
    return;
  }
  writer.array(2).bytes(nfc->handover_select);
  nfc->handover_request ? writer.bytes(*nfc->handover_request) : writer.null();
}

Status check_embedded(BytesView item) {
  cbor::ChunkStore chunks;
  cbor::Reader reader(item, cbor::Form::well_formed, kCborLimits, &chunks);
  MIBUN_CHECK(reader.read_embedded());
  return reader.finish();
}

}  // namespace

SessionTranscript::SessionTranscript(BytesView encoded) {
  cbor::Writer writer;
  writer.embedded(encoded);
  tagged_ = writer.take();
  content_begin_ = tagged_.size() - encoded.size();
}

SessionTranscript SessionTranscript::make(const RedirectHandover& handover) {
  cbor::Writer info;
  info.array(4).text(handover.client_id).text(handover.nonce);
  write(info, handover.response_key);
  info.text(handover.response_uri);
  return SessionTranscript(openid4vp_transcript("OpenID4VPHandover", info.view()));
}

SessionTranscript SessionTranscript::make(const DcApiHandover& handover) {
  cbor::Writer info;
  info.array(3).text(handover.origin).text(handover.nonce);
  write(info, handover.response_key);
  return SessionTranscript(openid4vp_transcript("OpenID4VPDCAPIHandover", info.view()));
}

Result<SessionTranscript> SessionTranscript::make(const ProximityTranscript& parts) {
  MIBUN_CHECK(cbor::check_well_formed(parts.device_engagement, cbor::Form::well_formed, kCborLimits));
  MIBUN_CHECK(check_embedded(parts.e_reader_key_bytes));
  cbor::Writer writer;
  writer.array(3).embedded(parts.device_engagement).raw(parts.e_reader_key_bytes);
  write(writer, parts.handover);
  return SessionTranscript(writer.view());
}

}  // namespace mibun::mdoc
