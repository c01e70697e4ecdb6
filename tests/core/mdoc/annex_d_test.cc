#include "tests/core/mdoc/annex_d.h"

#include <doctest/doctest.h>

#include "core/codecs/cbor.h"
#include "core/mdoc/device_auth.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/verifier.h"

// ISO/IEC 18013-5:2021, Annex D: somebody else's issuer, device and reader.

using namespace mibun;
using namespace mibun::mdoc;

namespace {

// 2021-01-01T00:00:00Z, in the example's year.
const Instant kThen = Instant::from_unix_seconds(1'609'459'200);

const crypto::TrustAnchors& iaca() {
  static const crypto::TrustAnchors anchors = [] {
    const json::Object file = must(json::parse_object(read_vector("iso18013-5-annex-d-roots/roots.json")));
    const Bytes der = from_hex(std::string_view(file.at("IACA_CERT").as_string()));
    return crypto::TrustAnchors(crypto::CertificatePurpose::mdoc_document_signer,
                                {must(crypto::Certificate::parse(der))}, crypto::RevocationPolicy::ignore_revocation);
  }();
  return anchors;
}

const crypto::P256PrivateKey& e_reader_key() {
  static const auto key = must(crypto::P256PrivateKey::from_scalar(annex_d().e_reader_d));
  return key;
}
const crypto::P256PrivateKey& static_device_key() {
  static const auto key = must(crypto::P256PrivateKey::from_scalar(annex_d().static_device_d));
  return key;
}

// [DeviceEngagementBytes, EReaderKeyBytes, [bstr, bstr / null]], put together from the example's parts.
const SessionTranscript& transcript() {
  static const SessionTranscript made = [] {
    cbor::Reader outer(annex_d().session_transcript_bytes, cbor::Form::well_formed);
    const auto embedded = must(outer.read_embedded());
    cbor::Reader reader(embedded.content, cbor::Form::well_formed);
    must(reader.read_array());
    const BytesView engagement = must(reader.read_embedded()).content;
    const BytesView e_reader_key_bytes = must(reader.skip());
    must(reader.read_array());
    NfcHandover handover{.handover_select = must(reader.read_bytes()), .handover_request = {}};
    if (!reader.next_is_null()) handover.handover_request = must(reader.read_bytes());
    return must(SessionTranscript::make(ProximityTranscript{
        .device_engagement = engagement, .e_reader_key_bytes = e_reader_key_bytes, .handover = handover}));
  }();
  return made;
}

VerifierPolicy policy() {
  return {.issuer = {.anchors = iaca(), .doc_types = {"org.iso.18013.5.1.mDL"}},
          .device_auth = MacOnly{e_reader_key()}};
}

Result<VerifiedDeviceResponse> verify(Bytes response, Instant now = kThen) {
  return verify_device_response(std::move(response), policy(), transcript(), now);
}

}  // namespace

TEST_CASE("Annex D: the transcript is the example's") {
  CHECK(to_bytes(transcript().tagged()) == annex_d().session_transcript_bytes);
}

TEST_CASE("Annex D: the response verifies, from the IACA certificate to the device's MAC") {
  const auto verified = must(verify(annex_d().device_response));
  REQUIRE(verified.documents().size() == 1);
  const VerifiedDocument& document = verified.documents()[0];
  CHECK(document.device_auth() == DeviceAuthKind::mac);
  CHECK(to_bytes(document.document_signer().der()) == annex_d().ds_certificate);
  CHECK(document.document_signer().country() == "US");
  CHECK(document.device_key() == crypto::PublicKey(static_device_key().public_key()));
  CHECK(static_device_key().public_key() ==
        must(crypto::P256PublicKey::from_coordinates(annex_d().static_device_x, annex_d().static_device_y)));
  REQUIRE(document.name_spaces().size() == 1);
  CHECK(document.name_spaces()[0].name == "org.iso.18013.5.1");

  struct Row {
    std::string_view identifier;
    std::uint32_t digest_id;
    std::string_view value;
  };
  const Row rows[] = {
      {"family_name", 0, "63446f65"},
      {"issue_date", 3, "d903ec6a323031392d31302d3230"},
      {"expiry_date", 4, "d903ec6a323032342d31302d3230"},
      {"document_number", 7, "69313233343536373839"},
  };
  for (const Row& row : rows) {
    INFO(row.identifier);
    const IssuerSignedItem* item = document.find("org.iso.18013.5.1", row.identifier);
    REQUIRE(item != nullptr);
    CHECK(item->digest_id == row.digest_id);
    CHECK(to_bytes(item->value) == from_hex(row.value));
  }
  CHECK(document.find("org.iso.18013.5.1", "portrait")->value.size() > 1000);
  CHECK(document.find("org.iso.18013.5.1", "driving_privileges")->digest_id == 9);
}

TEST_CASE("Annex D: the mobile security object") {
  const auto parsed = must(Encoded<DeviceResponse>::parse(annex_d().device_response));
  const Mso& mso = parsed->documents.at(0).issuer_signed.mso;
  CHECK(mso.digest_algorithm == DigestAlgorithm::sha256);
  CHECK(mso.doc_type == "org.iso.18013.5.1.mDL");
  REQUIRE(mso.value_digests.size() == 2);
  CHECK(mso.find("org.iso.18013.5.1")->digests.size() == 13);
  CHECK(mso.find("org.iso.18013.5.1.US")->digests.size() == 4);
  CHECK(to_utc_string(mso.validity.signed_at) == "2020-10-01T13:30:02Z");
  CHECK(to_utc_string(mso.validity.valid_from) == "2020-10-01T13:30:02Z");
  CHECK(to_utc_string(mso.validity.valid_until) == "2021-10-01T13:30:02Z");
  CHECK(!mso.status.has_value());
  CHECK(mso.unknown_members.empty());
}

TEST_CASE("Annex D: out of its time, for another reader, over another transcript") {
  // Near its end the document signer's certificate ends before the MSO does.
  CHECK(code_of(verify(annex_d().device_response, Instant::from_unix_seconds(1'633'046'400 + 1))) ==
        ErrorCode::certificate_expired);
  CHECK(code_of(verify(annex_d().device_response, Instant::from_unix_seconds(1'601'559'002 - 61))) ==
        ErrorCode::mdoc_not_yet_valid);
  VerifierPolicy other = policy();
  const auto stranger = crypto::P256PrivateKey::generate();
  const VerifierPolicy for_stranger{.issuer = policy().issuer, .device_auth = MacOnly{stranger}};
  CHECK(code_of(verify_device_response(annex_d().device_response, for_stranger, transcript(), kThen)) ==
        ErrorCode::mdoc_device_mac_invalid);
  const VerifierPolicy signatures{.issuer = policy().issuer};
  CHECK(code_of(verify_device_response(annex_d().device_response, signatures, transcript(), kThen)) ==
        ErrorCode::mdoc_device_auth_not_allowed);
  const auto online = SessionTranscript::make(RedirectHandover{"c", "n", ResponseKey::not_encrypted(), "u"});
  CHECK(code_of(verify_device_response(annex_d().device_response, policy(), online, kThen)) ==
        ErrorCode::mdoc_device_mac_invalid);
}

TEST_CASE("Annex D: every flipped byte is refused, but for the name of what a holder may leave out") {
  const Bytes& good = annex_d().device_response;
  // The member "nameSpaces" of IssuerSigned under another name is one that nobody knows yet: nothing is shown then.
  constexpr std::string_view kName = "nameSpaces";
  const std::size_t name = as_text(good).find(kName);
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 0x01;
    const auto verified = verify(bad);
    if (i >= name && i < name + kName.size()) {
      CHECK(must(verify(bad)).documents()[0].name_spaces().empty());
    } else if (verified.has_value()) {
      INFO("byte " << i);
      CHECK(false);
    }
  }
}

TEST_CASE("Annex D: our holder makes the same document from the same parts, MAC and all") {
  // IssuerSigned as it stands in the response.
  cbor::Reader reader(annex_d().device_response, cbor::Form::well_formed);
  Bytes issuer_signed, mac;
  auto response = must(reader.enter_map());
  while (reader.next(response)) {
    if (must(reader.read_text()) != "documents") {
      must(reader.skip());
      continue;
    }
    auto documents = must(reader.enter_array());
    while (reader.next(documents)) {
      auto members = must(reader.enter_map());
      while (reader.next(members)) {
        const std::string_view name = must(reader.read_text());
        const BytesView value = must(reader.skip());
        if (name == "issuerSigned") issuer_signed = to_bytes(value);
        if (name == "deviceSigned") mac = to_bytes(value.last(32));
      }
    }
  }
  const HeldMdoc held = must(HeldMdoc::reopen_stored(issuer_signed));
  std::vector<ElementName> names;
  for (const IssuerSignedItem& item : held.name_spaces()[0].items) {
    names.push_back({"org.iso.18013.5.1", std::string(item.identifier)});
  }
  const Bytes made = must(held.present(names, transcript(), MacWith{static_device_key(), e_reader_key().public_key()}));
  CHECK(std::ranges::search(made, mac).size() == mac.size());
  CHECK(verify(made).has_value());
}
