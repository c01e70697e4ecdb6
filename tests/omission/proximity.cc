#include "core/codecs/cbor.h"
#include "core/mdoc/reader_auth.h"
#include "core/mdoc/session.h"
#include "tests/omission/cbor_mutator.h"
#include "tests/omission/cose_by_hand.h"
#include "tests/support/test_pki.h"

// What a reader and a device tell each other at close range: requests with reader authentication, and the sealed
// messages around them.
namespace mibun::omission {
namespace {

using crypto::CertificatePurpose;

constexpr std::string_view kProtected = "\xa1\x01\x26";  // {1: -7}: ES256

struct World {
  TestAuthority authority{"readers"}, other{"others"};
  TestSigner reader{authority, CertificatePurpose::mdoc_reader, "shop.example"};
  crypto::TrustAnchors anchors = authority.anchors(CertificatePurpose::mdoc_reader);
  crypto::P256PrivateKey device_key = crypto::P256PrivateKey::generate();
  crypto::P256PrivateKey reader_key = crypto::P256PrivateKey::generate();
  mdoc::DeviceEngagement engagement = mdoc::DeviceEngagement::make(mdoc::EphemeralKey(device_key.public_key()), {});

  mdoc::ReaderHello hello() const { return must(mdoc::ReaderHello::make(engagement, reader_key, mdoc::QrHandover{})); }
  mdoc::SessionTranscript transcript() const { return hello().transcript(); }

  // Written by hand, with one element of each kind that a request can have.
  static std::string items() {
    cbor::Writer writer;
    writer.map(3).text("docType").text("org.iso.18013.5.1.mDL").text("nameSpaces").map(1).text("org.iso.18013.5.1");
    writer.map(2).text("family_name").boolean(false).text("age_over_20").boolean(true);
    writer.text("requestInfo").map(1).text("a").integer(1);
    return to_text(writer.take());
  }
  std::string request(const std::string& items, const std::string& protected_header) const {
    const Bytes item = cbor::Writer().embedded(as_bytes(items)).take();
    const Bytes authentication =
        cbor::Writer().array(3).text("ReaderAuthentication").raw(transcript().encoded()).raw(item).take();
    const Bytes covered = to_be_signed("Signature1", protected_header, cbor::Writer().embedded(authentication).take());
    cbor::Writer writer;
    writer.map(2).text("version").text("1.0").text("docRequests").array(1).map(2).text("itemsRequest").raw(item);
    writer.text("readerAuth").array(4).bytes(as_bytes(protected_header));
    writer.map(1).integer(33).bytes(reader.chain[0]).null().bytes(must(reader.key.sign(covered)));
    return to_text(writer.take());
  }
};

Status verify_request(const std::string& text, const mdoc::SessionTranscript& transcript,
                      const crypto::TrustAnchors& anchors, Instant now = kTestNow) {
  MIBUN_TRY(const auto request, mdoc::DeviceRequest::parse(as_bytes(text)));
  for (const mdoc::DocRequest& one : request.doc_requests()) {
    MIBUN_CHECK(mdoc::verify_reader_auth(one, {transcript, anchors, now}));
  }
  return {};
}

void reader_request(Trial& trial) {
  const World world;
  const mdoc::SessionTranscript transcript = world.transcript();
  const std::string header(kProtected);
  const auto verify = [&](const std::string& text) { return verify_request(text, transcript, world.anchors); };
  const auto signed_anew = [&](const std::string& items, const std::string& protected_header) {
    return verify(world.request(items, protected_header));
  };
  const std::string whole = world.request(World::items(), header);
  mutate_cbor_artefact(trial, "request", whole, verify);
  mutate_cbor(as_bytes(World::items()), "items",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                trial.tried(where, how, signed_anew(text, header));
              });
  mutate_cbor(as_bytes(header), "protected",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                trial.tried(where, how, signed_anew(World::items(), text));
              });

  const World elsewhere;  // another device, another reader: another conversation
  trial.tried("policy/transcript", "other", verify_request(whole, elsewhere.transcript(), world.anchors));
  trial.tried("policy/anchors", "empty",
              verify_request(whole, transcript, no_anchors(CertificatePurpose::mdoc_reader)));
  trial.tried("policy/anchors", "other",
              verify_request(whole, transcript, world.other.anchors(CertificatePurpose::mdoc_reader)));
  for (const auto purpose : {CertificatePurpose::credential_issuer, CertificatePurpose::mdoc_document_signer,
                             CertificatePurpose::verifier_access, CertificatePurpose::tls_server}) {
    trial.tried("policy/purpose", "other", verify_request(whole, transcript, world.authority.anchors(purpose)));
  }
  trial.tried("policy/now", "before",
              verify_request(whole, transcript, world.anchors, world.reader.certificate.not_before() - seconds(1)));
  trial.tried("policy/now", "after",
              verify_request(whole, transcript, world.anchors, world.reader.certificate.not_after() + seconds(1)));
}

// The reader's first message, which brings its key and the sealed request.
void establishment(Trial& trial) {
  const World world, elsewhere;
  const std::string whole = to_text(must(world.hello().establish(as_bytes("request"))).message);
  const auto receive = [&](const std::string& text, const crypto::P256PrivateKey& key,
                           const mdoc::DeviceEngagement& engagement, const mdoc::ProximityHandover& handover) {
    return status_of(mdoc::DeviceHello(engagement).receive(as_bytes(text), key, handover));
  };
  const auto verify = [&](const std::string& text) {
    return receive(text, world.device_key, world.engagement, mdoc::QrHandover{});
  };
  mutate_cbor_artefact(trial, "message", whole, verify);
  trial.tried("policy/key", "other", receive(whole, elsewhere.device_key, world.engagement, mdoc::QrHandover{}));
  trial.tried("policy/engagement", "other",
              receive(whole, world.device_key,
                      mdoc::DeviceEngagement::make(mdoc::EphemeralKey(world.device_key.public_key()),
                                                   {.retrieval_methods = {mdoc::NfcRetrieval{1, 1}}}),
                      mdoc::QrHandover{}));
  trial.tried("policy/handover", "other",
              receive(whole, world.device_key, world.engagement, mdoc::NfcHandover{to_bytes("select"), {}}));
}

// A later message: the device's answer, opened by a reader at the same place of the conversation each time.
void session_data(Trial& trial) {
  const World world, elsewhere;
  const auto session_of = [](const World& one) { return must(one.hello().establish(as_bytes("request"))).session; };
  auto device = must(
      mdoc::DeviceHello(world.engagement)
          .receive(must(world.hello().establish(as_bytes("request"))).message, world.device_key, mdoc::QrHandover{}));
  const std::string whole = to_text(must(device.session.seal(as_bytes("response"))));
  const auto open = [](mdoc::ReaderSession session, const std::string& text) -> Status {
    MIBUN_TRY(const mdoc::Received received, session.open(as_bytes(text)));
    // A bare status ends the conversation: no answer came.
    if (std::holds_alternative<mdoc::Ended>(received)) return fail(ErrorCode::mdoc_session_ended);
    return {};
  };
  const auto verify = [&](const std::string& text) { return open(session_of(world), text); };
  mutate_cbor_artefact(trial, "message", whole, verify);
  trial.tried("policy/session", "other", open(session_of(elsewhere), whole));
  // Repeated, out of order, and the other direction's.
  auto used = session_of(world);
  trial.honest(status_of(used.open(as_bytes(whole))));
  trial.tried("message", "duplicate", open(std::move(used), whole));
  trial.tried("message", "reorder", verify(to_text(must(device.session.seal(as_bytes("response"))))));
  auto reader = session_of(world);
  trial.tried("message", "other", verify(to_text(must(reader.seal(as_bytes("response"))))));
}

}  // namespace

void add_proximity(Artefacts& artefacts) {
  artefacts.push_back({"proximity/request", reader_request});
  artefacts.push_back({"proximity/establishment", establishment});
  artefacts.push_back({"proximity/data", session_data});
}

}  // namespace mibun::omission
