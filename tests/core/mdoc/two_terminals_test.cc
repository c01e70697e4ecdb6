#include <doctest/doctest.h>

#include <optional>

#include "core/mdoc/age_over.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/issuer.h"
#include "core/mdoc/reader_auth.h"
#include "core/mdoc/request_match.h"
#include "core/mdoc/session.h"
#include "core/mdoc/verifier.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::mdoc;

// A whole proximity exchange: two terminals that share nothing but a pipe.
namespace {

constexpr std::string_view kMdl = "org.iso.18013.5.1.mDL", kNs = "org.iso.18013.5.1";
constexpr auto kDocumentSigner = crypto::CertificatePurpose::mdoc_document_signer;
constexpr auto kReaderPurpose = crypto::CertificatePurpose::mdoc_reader;

struct World {
  TestAuthority iaca{"issuer"}, readers{"readers"};
  crypto::P256PrivateKey signer_key = crypto::P256PrivateKey::generate();
  crypto::P256PrivateKey card_key = crypto::P256PrivateKey::generate();
  crypto::P256PrivateKey shop_key = crypto::P256PrivateKey::generate();
  crypto::TrustAnchors issuer_anchors = iaca.anchors(kDocumentSigner);
  crypto::TrustAnchors reader_anchors = readers.anchors(kReaderPurpose);
  Bytes signer_certificate =
      to_bytes(iaca.leaf(TestAuthority::names("document signer"), kDocumentSigner, signer_key.public_key()).der());
  Bytes shop_certificate =
      to_bytes(readers.leaf(TestAuthority::names("a shop"), kReaderPurpose, shop_key.public_key()).der());

  HeldMdoc card() const {
    SeededRng rng(1);
    const std::vector<NewElement> elements = {{"family_name", value::text("山田")},
                                              {"portrait", value::bytes(Bytes(2000, 0x5a))},
                                              {"age_over_18", value::boolean(true)},
                                              {"age_over_21", value::boolean(true)},
                                              {"age_over_65", value::boolean(false)}};
    const IssueRequest request{.doc_type = std::string(kMdl),
                               .name_spaces = {{std::string(kNs), elements}},
                               .device_key = card_key.public_key(),
                               .signed_at = kTestNow - std::chrono::hours(1),
                               .valid_from = kTestNow - std::chrono::hours(1),
                               .valid_until = kTestNow + std::chrono::hours(24),
                               .elements = IssuedElements::ignore};
    const std::vector<Bytes> chain = {signer_certificate};
    Bytes issued = must(issue(request, signer_key, chain, rng));
    const IssuerPolicy policy{.anchors = issuer_anchors, .doc_types = {std::string(kMdl)}};
    return HeldMdoc(must(verify_issued(std::move(issued), policy, card_key.public_key(), kTestNow)));
  }
};

enum class Proof { signature, mac };

// The phone. It answers whom its holder lets it answer.
class Device {
 public:
  Device(const World& world, Proof proof, bool wants_reader_auth)
      : world_(world), proof_(proof), wants_reader_auth_(wants_reader_auth), card_(world.card()) {}

  std::string qr_code() const { return hello_.engagement().text(); }
  bool is_over() const { return over_; }
  std::optional<ErrorCode> refused() const { return refused_; }
  const std::vector<ReleasedElement>& shown() const { return shown_; }

  // What to send back, if anything.
  std::optional<Bytes> on_message(BytesView message) {
    if (!session_) {
      auto established = std::move(hello_).receive(message, key_, QrHandover{});
      if (!established) return refuse(established.error().code);
      session_.emplace(std::move(established->session));
      return answer(established->request);
    }
    const auto received = session_->open(message);
    if (!received) return refuse(received.error().code);
    if (const auto* request = std::get_if<Message>(&*received)) return answer(request->plaintext);
    over_ = true;
    return std::nullopt;
  }

 private:
  std::optional<Bytes> refuse(ErrorCode code) {
    refused_ = code;
    over_ = true;
    return encode_session_status(status_for(code));
  }

  Result<ItemsRequest> asked(const DocRequest& request) const {
    if (!wants_reader_auth_) return ignore_reader_auth(request).items();
    MIBUN_TRY(const auto verified,
              verify_reader_auth(
                  request, {.transcript = session_->transcript(), .anchors = world_.reader_anchors, .now = kTestNow}));
    return verified.items();
  }

  Result<Bytes> respond(BytesView encoded) {
    MIBUN_TRY(const DeviceRequest request, DeviceRequest::parse(encoded));
    MIBUN_TRY(const ItemsRequest items, asked(request.doc_requests().at(0)));
    std::vector<HeldElement> held = held_elements(card_.name_spaces());
    MIBUN_TRY(const RequestMatch match, match_request(items, {card_.doc_type(), held}));
    shown_ = match.released;
    std::vector<ElementName> selected;
    for (const ReleasedElement& element : match.released) selected.push_back({element.name_space, element.identifier});
    const MacWith mac{world_.card_key, session_->reader_key().key()};
    const DeviceProof proof = proof_ == Proof::mac ? DeviceProof(mac) : DeviceProof(SignWith{world_.card_key});
    return card_.present(selected, session_->transcript(), proof);
  }

  std::optional<Bytes> answer(BytesView request) {
    const auto response = respond(request);
    if (!response) {
      refused_ = response.error().code;
      over_ = true;
      return session_->terminate();
    }
    return must(session_->seal(*response));
  }

  const World& world_;
  Proof proof_;
  bool wants_reader_auth_;
  HeldMdoc card_;
  crypto::P256PrivateKey key_ = crypto::P256PrivateKey::generate();
  DeviceHello hello_{DeviceEngagement::make(
      EphemeralKey(key_.public_key()),
      {.retrieval_methods = {BleRetrieval{.central_client = BleRetrieval::CentralClient{.uuid = {1, 2, 3}}}}})};
  std::optional<DeviceSession> session_;
  std::optional<ErrorCode> refused_;
  std::vector<ReleasedElement> shown_;
  bool over_ = false;
};

// The shop's terminal.
class Reader {
 public:
  Reader(const World& world, Proof proof, bool authenticates)
      : world_(world), proof_(proof), authenticates_(authenticates) {}

  // The first message, after the QR code was read.
  Bytes meet(std::string_view qr_code, const std::vector<RequestedElement>& elements) {
    auto hello = must(ReaderHello::make(must(DeviceEngagement::parse_text(qr_code)), key_, QrHandover{}));
    transcript_.emplace(hello.transcript());
    auto established = must(std::move(hello).establish(request(elements)));
    session_.emplace(std::move(established.session));
    return std::move(established.message);
  }
  Bytes ask_again(const std::vector<RequestedElement>& elements) { return must(session_->seal(request(elements))); }
  Bytes say_goodbye() { return session_->terminate(); }

  Result<VerifiedDeviceResponse> on_message(BytesView message) {
    MIBUN_TRY(Received received, session_->open(message));
    if (const auto* end = std::get_if<Ended>(&received)) {
      ended_ = end->status;
      return fail(ErrorCode::mdoc_session_ended);
    }
    const DeviceAuthPolicy device_auth =
        proof_ == Proof::mac ? DeviceAuthPolicy(MacOnly{key_}) : DeviceAuthPolicy(SignatureOnly{});
    const VerifierPolicy policy{.issuer = {.anchors = world_.issuer_anchors, .doc_types = {std::string(kMdl)}},
                                .device_auth = device_auth};
    return verify_device_response(std::get<Message>(std::move(received)).plaintext, policy, *transcript_, kTestNow);
  }
  std::optional<SessionStatus> ended() const { return ended_; }

 private:
  Bytes request(const std::vector<RequestedElement>& elements) const {
    const ItemsRequest items =
        must(ItemsRequest::make(kMdl, std::vector<RequestedNameSpace>{{std::string(kNs), elements}}));
    if (!authenticates_) return to_bytes(must(DeviceRequest::make({DocRequest(items)})).encoded());
    const std::vector<Bytes> chain = {world_.shop_certificate};
    Bytes reader_auth = must(sign_reader_auth(items, *transcript_, world_.shop_key, chain));
    return to_bytes(must(DeviceRequest::make({DocRequest(items, std::move(reader_auth))})).encoded());
  }

  const World& world_;
  Proof proof_;
  bool authenticates_;
  crypto::P256PrivateKey key_ = crypto::P256PrivateKey::generate();
  std::optional<SessionTranscript> transcript_;
  std::optional<ReaderSession> session_;
  std::optional<SessionStatus> ended_;
};

bool age(const VerifiedDeviceResponse& response, unsigned years) {
  std::vector<AgeAttestation> given = age_attestations(response.documents().at(0).name_spaces(), kNs);
  return must(age_answer(AgeOver::make(years), given)) == AgeAnswer::at_least;
}

const std::vector<RequestedElement> kAsked = {{"family_name", true}, {"age_over_20", false}, {"height", false}};

}  // namespace

TEST_CASE("two terminals: QR code, session, reader authentication, response, a second question, good-bye") {
  const World world;
  for (const Proof proof : {Proof::signature, Proof::mac}) {
    for (const bool authenticated : {true, false}) {
      CAPTURE(authenticated);
      Device device(world, proof, authenticated);
      Reader reader(world, proof, authenticated);
      const auto first = device.on_message(reader.meet(device.qr_code(), kAsked));
      REQUIRE(first);
      const auto response = must(reader.on_message(*first));
      const VerifiedDocument& document = response.documents().at(0);
      CHECK(document.device_auth() == (proof == Proof::mac ? DeviceAuthKind::mac : DeviceAuthKind::signature));
      CHECK(to_bytes(document.find(kNs, "family_name")->value) == value::text("山田"));
      CHECK(document.find(kNs, "portrait") == nullptr);  // was not asked for
      // Asked for 20, answered by 21; the neighbours stay in the pocket.
      CHECK(age(response, 20));
      CHECK(document.find(kNs, "age_over_18") == nullptr);
      CHECK(document.find(kNs, "age_over_65") == nullptr);
      CHECK(device.shown().size() == 2);
      CHECK(device.shown()[0].intent_to_retain);
      CHECK(!device.shown()[1].intent_to_retain);

      const auto second = device.on_message(reader.ask_again({{"age_over_70", false}}));
      REQUIRE(second);
      const auto again = must(reader.on_message(*second));
      CHECK(!age(again, 70));
      CHECK(again.documents().at(0).find(kNs, "age_over_65") != nullptr);
      CHECK(!device.on_message(reader.say_goodbye()));
      CHECK(device.is_over());
      CHECK(!device.refused());
    }
  }
}

TEST_CASE("two terminals: a reader that does not authenticate gets nothing from a device that wants it") {
  const World world;
  Device device(world, Proof::signature, true);
  Reader reader(world, Proof::signature, false);
  const auto answer = device.on_message(reader.meet(device.qr_code(), kAsked));
  REQUIRE(answer);
  CHECK(device.refused() == ErrorCode::mdoc_reader_auth_missing);
  CHECK(code_of(reader.on_message(*answer)) == ErrorCode::mdoc_session_ended);
  CHECK(reader.ended() == SessionStatus::termination);
}

TEST_CASE("two terminals: a proof the reader did not ask for is refused") {
  const World world;
  Device signs(world, Proof::signature, true);
  Reader wants_mac(world, Proof::mac, true);
  const auto signature = signs.on_message(wants_mac.meet(signs.qr_code(), kAsked));
  CHECK(code_of(wants_mac.on_message(*signature)) == ErrorCode::mdoc_device_auth_not_allowed);
  Device macs(world, Proof::mac, true);
  Reader wants_signature(world, Proof::signature, true);
  const auto mac = macs.on_message(wants_signature.meet(macs.qr_code(), kAsked));
  CHECK(code_of(wants_signature.on_message(*mac)) == ErrorCode::mdoc_device_auth_not_allowed);
}

TEST_CASE("two terminals: somebody in between cannot pass on what both ends sign") {
  const World world;
  for (const Proof proof : {Proof::signature, Proof::mac}) {
    Device device(world, proof, false);
    Reader reader(world, proof, true);
    // Mallory shows the reader an engagement of her own, and reads the device's.
    const auto to_reader_key = crypto::P256PrivateKey::generate(), to_device_key = crypto::P256PrivateKey::generate();
    DeviceHello mallory(DeviceEngagement::make(EphemeralKey(to_reader_key.public_key()), {}));
    const std::string qr_code = mallory.engagement().text();
    auto from_reader = must(std::move(mallory).receive(reader.meet(qr_code, kAsked), to_reader_key, QrHandover{}));
    auto hello =
        must(ReaderHello::make(must(DeviceEngagement::parse_text(device.qr_code())), to_device_key, QrHandover{}));
    auto to_device = must(std::move(hello).establish(from_reader.request));
    const auto answer = device.on_message(to_device.message);
    REQUIRE(answer);
    const Bytes response = std::get<Message>(must(to_device.session.open(*answer))).plaintext;
    CHECK(code_of(reader.on_message(must(from_reader.session.seal(response)))) ==
          (proof == Proof::mac ? ErrorCode::mdoc_device_mac_invalid : ErrorCode::mdoc_device_signature_invalid));
    // A device that wants reader authentication does not even answer her.
    Device careful(world, proof, true);
    auto second =
        must(ReaderHello::make(must(DeviceEngagement::parse_text(careful.qr_code())), to_device_key, QrHandover{}));
    auto passed_on = must(std::move(second).establish(from_reader.request));
    CHECK(careful.on_message(passed_on.message).has_value());
    CHECK(careful.refused() == ErrorCode::mdoc_reader_auth_signature_invalid);
  }
}

TEST_CASE("two terminals: what breaks on the way ends the session at both ends") {
  const World world;
  Device device(world, Proof::signature, true);
  Reader reader(world, Proof::signature, true);
  const auto first = device.on_message(reader.meet(device.qr_code(), kAsked));
  REQUIRE(reader.on_message(*first).has_value());
  Bytes broken = reader.ask_again(kAsked);
  broken.back() ^= 1;
  const auto status = device.on_message(broken);
  REQUIRE(status);
  CHECK(device.refused() == ErrorCode::mdoc_session_decryption_failed);
  CHECK(code_of(reader.on_message(*status)) == ErrorCode::mdoc_session_ended);
  CHECK(reader.ended() == SessionStatus::encryption_error);
}

TEST_CASE("two terminals: a request of another session does not start one") {
  const World world;
  Device one(world, Proof::signature, true), other(world, Proof::signature, true);
  Reader reader(world, Proof::signature, true);
  const Bytes message = reader.meet(one.qr_code(), kAsked);
  const auto status = other.on_message(message);
  REQUIRE(status);
  CHECK(other.refused() == ErrorCode::mdoc_session_decryption_failed);
  CHECK(*status == encode_session_status(SessionStatus::encryption_error));
}
