// mdoc: certificates, issuing, holding, presenting and verifying, over the public headers.
#include "core/crypto/ca_certificate.h"
#include "core/crypto/hash.h"
#include "core/crypto/mdoc_certificates.h"
#include "core/crypto/trust_anchors.h"
#include "core/jose/jwk.h"
#include "core/mdoc/device_request.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/issuer.h"
#include "core/mdoc/reader_auth.h"
#include "core/mdoc/verifier.h"
#include "core/mdoc/wire.h"
#include "tests/interop/peer.h"

namespace {

using namespace mibun;
using namespace mibun::interop;

Result<crypto::P256PrivateKey> private_key(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const json::Object* jwk, command.object(name));
  return jose::parse_private_jwk(json::serialize(*jwk));
}

Result<crypto::PublicKey> public_key(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const json::Object* jwk, command.object(name));
  MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(*jwk));
  return crypto::PublicKey(key.key());
}

std::string encoded(BytesView bytes) {
  return base64url::encode(bytes);
}

crypto::MdocCertificateRequest certificate_request(std::string name, Instant now) {
  return {.common_name = std::move(name),
          .organization = "Interop",
          .not_before = now - std::chrono::hours(24),
          .not_after = now + std::chrono::hours(24 * 30),
          .crl_uri = "https://issuer.example/crl",
          .issuer_uri = "https://issuer.example"};
}

// {"iaca", "signer", "reader"}: DER, for the signer's and the reader's keys given. The IACA's key is thrown away.
Answer make_certificates(json::ObjectReader& command) {
  MIBUN_TRY(const auto signer, public_key(command, "signer"));
  MIBUN_TRY(const auto reader, public_key(command, "reader"));
  MIBUN_TRY(const Instant now, now_of(command));
  const auto key = crypto::P256PrivateKey::generate();
  auto request = certificate_request("Interop IACA", now - std::chrono::hours(24));
  request.not_after = now + std::chrono::hours(24 * 365);
  MIBUN_TRY(const auto iaca, crypto::make_iaca_certificate(request, key));
  MIBUN_TRY(const auto document_signer,
            crypto::make_document_signer_certificate(certificate_request("Interop DS", now), signer, iaca, key));
  MIBUN_TRY(const auto reader_certificate,
            crypto::make_mdoc_reader_certificate(certificate_request("Interop reader", now), reader, iaca, key));
  return json::Object{{"iaca", encoded(iaca.der())},
                      {"signer", encoded(document_signer.der())},
                      {"reader", encoded(reader_certificate.der())}};
}

Result<crypto::TrustAnchors> anchors_of(json::ObjectReader& command, crypto::CertificatePurpose purpose) {
  MIBUN_TRY(const Bytes der, bytes(command, "iaca"));
  MIBUN_TRY(auto iaca, crypto::CaCertificate::parse(der));
  return crypto::TrustAnchors(purpose, {std::move(iaca)}, crypto::RevocationPolicy::ignore_revocation);
}

// Text, integers, booleans; {"full_date": "..."}, {"bytes": base64url}; {"cbor": base64url of one item}.
Result<Bytes> element(const json::Value& value) {
  if (const auto* text = value.if_string()) return mdoc::value::text(*text);
  if (const bool* boolean = value.if_bool()) return mdoc::value::boolean(*boolean);
  if (const std::int64_t* number = value.if_int64()) {
    return mdoc::value::unsigned_integer(static_cast<std::uint64_t>(*number));
  }
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "element");
  json::ObjectReader reader(value.get_object(), "element");
  if (value.get_object().contains("full_date")) {
    MIBUN_TRY(const std::string_view text, reader.string("full_date"));
    MIBUN_TRY(const CalendarDate date, CalendarDate::parse(text));
    return mdoc::value::full_date(date);
  }
  if (value.get_object().contains("cbor")) return bytes(reader, "cbor");
  MIBUN_TRY(const Bytes content, bytes(reader, "bytes"));
  return mdoc::value::bytes(content);
}

Answer issue(json::ObjectReader& command) {
  MIBUN_TRY(const auto key, private_key(command, "key"));
  MIBUN_TRY(const Bytes signer, bytes(command, "signer"));
  MIBUN_TRY(const auto device, public_key(command, "device"));
  MIBUN_TRY(const std::string_view doc_type, command.string("doc_type"));
  MIBUN_TRY(const json::Object* name_spaces, command.object("name_spaces"));
  MIBUN_TRY(const Instant now, now_of(command));
  mdoc::IssueRequest request{.doc_type = std::string(doc_type),
                             .device_key = device,
                             .signed_at = now,
                             .valid_from = now,
                             .valid_until = now + std::chrono::hours(24 * 7),
                             .status = mdoc::NewStatus{.index = 412, .uri = "https://issuer.example/s/1"}};
  for (const auto& [name, elements] : *name_spaces) {
    mdoc::NewNameSpace& name_space = request.name_spaces.emplace_back();
    name_space.name = std::string(name);
    if (!elements.is_object()) return fail(ErrorCode::json_wrong_type, "name_spaces");
    for (const auto& [identifier, value] : elements.get_object()) {
      MIBUN_TRY(Bytes item, element(value));
      name_space.elements.push_back({std::string(identifier), std::move(item)});
    }
  }
  crypto::SystemRng rng;
  MIBUN_TRY(const Bytes made, mdoc::issue(request, key, std::vector<Bytes>{signer}, rng));
  return json::Object{{"issuer_signed", mdoc::to_wire(made)}};
}

// {"client_id", "nonce", "response_uri", "thumbprint"?} or {"origin", "nonce", "thumbprint"?}.
Result<mdoc::SessionTranscript> transcript_of(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* object, command.object("transcript"));
  json::ObjectReader reader(*object, "transcript");
  MIBUN_TRY(const std::string_view nonce, reader.string("nonce"));
  auto key = mdoc::ResponseKey::not_encrypted();
  if (object->contains("thumbprint")) {
    MIBUN_TRY(const Bytes thumbprint, bytes(reader, "thumbprint"));
    crypto::Sha256Digest digest{};
    if (thumbprint.size() != digest.size()) return fail(ErrorCode::invalid_argument, "thumbprint");
    std::copy(thumbprint.begin(), thumbprint.end(), digest.begin());
    key = mdoc::ResponseKey::thumbprint(digest);
  }
  if (object->contains("origin")) {
    MIBUN_TRY(const std::string_view origin, reader.string("origin"));
    return mdoc::SessionTranscript::make(mdoc::DcApiHandover{.origin = origin, .nonce = nonce, .response_key = key});
  }
  MIBUN_TRY(const std::string_view client_id, reader.string("client_id"));
  MIBUN_TRY(const std::string_view response_uri, reader.string("response_uri"));
  return mdoc::SessionTranscript::make(mdoc::RedirectHandover{
      .client_id = client_id, .nonce = nonce, .response_key = key, .response_uri = response_uri});
}

Answer transcript(json::ObjectReader& command) {
  MIBUN_TRY(const auto made, transcript_of(command));
  return json::Object{{"transcript", encoded(made.encoded())}, {"tagged", encoded(made.tagged())}};
}

// {"name space": ["element", ...]}
Result<std::vector<mdoc::ElementName>> selection(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* selected, command.object("selected"));
  std::vector<mdoc::ElementName> names;
  for (const auto& [name_space, identifiers] : *selected) {
    if (!identifiers.is_array()) return fail(ErrorCode::json_wrong_type, "selected");
    MIBUN_TRY(const auto texts, json::string_array(identifiers.get_array(), "selected"));
    for (const std::string& identifier : texts) names.push_back({std::string(name_space), identifier});
  }
  return names;
}

Answer receive_and_present(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command, crypto::CertificatePurpose::mdoc_document_signer));
  MIBUN_TRY(const std::string_view wire, command.string("issuer_signed"));
  MIBUN_TRY(Bytes issuer_signed, mdoc::from_wire(wire));
  MIBUN_TRY(const std::string_view doc_type, command.string("doc_type"));
  MIBUN_TRY(const auto device, private_key(command, "device"));
  MIBUN_TRY(const auto selected, selection(command));
  MIBUN_TRY(const auto session_transcript, transcript_of(command));
  MIBUN_TRY(const Instant now, now_of(command));
  MIBUN_TRY(auto verified,
            mdoc::verify_issued(std::move(issuer_signed), {.anchors = anchors, .doc_types = {std::string(doc_type)}},
                                crypto::PublicKey(device.public_key()), now));
  const mdoc::HeldMdoc held(std::move(verified));
  MIBUN_TRY(json::Object claims, mdoc::claims_of(held.name_spaces()));
  mdoc::DeviceProof proof = mdoc::SignWith{device};
  std::optional<crypto::P256PublicKey> reader;
  if (const json::Value* jwk = command.optional_any("mac_for")) {
    MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(jwk->as_object()));
    const crypto::PublicKey reader_key(key.key());
    MIBUN_INVARIANT(reader_key.p256() != nullptr);
    reader = *reader_key.p256();
    proof.emplace<mdoc::MacWith>(device, *reader);
  }
  MIBUN_TRY(const Bytes response, held.present(selected, session_transcript, proof));
  return json::Object{{"claims", std::move(claims)}, {"device_response", mdoc::to_wire(response)}};
}

Answer verify(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command, crypto::CertificatePurpose::mdoc_document_signer));
  MIBUN_TRY(const std::string_view wire, command.string("device_response"));
  MIBUN_TRY(Bytes response, mdoc::from_wire(wire));
  MIBUN_TRY(const std::string_view doc_type, command.string("doc_type"));
  MIBUN_TRY(const auto session_transcript, transcript_of(command));
  MIBUN_TRY(const Instant now, now_of(command));
  mdoc::VerifierPolicy policy{.issuer = {.anchors = anchors, .doc_types = {std::string(doc_type)}}};
  std::optional<crypto::P256PrivateKey> reader;
  if (command.optional_any("mac_key") != nullptr) {
    MIBUN_TRY(reader, private_key(command, "mac_key"));
    policy.device_auth.emplace<mdoc::MacOnly>(*reader);
  }
  MIBUN_TRY(const auto verified, mdoc::verify_device_response(std::move(response), policy, session_transcript, now));
  MIBUN_TRY(json::Object claims, mdoc::claims_of(verified.documents().front().name_spaces()));
  return json::Object{{"claims", std::move(claims)}};
}

// A DeviceRequest for one document, signed by the reader.
Answer request(json::ObjectReader& command) {
  MIBUN_TRY(const auto reader, private_key(command, "reader"));
  MIBUN_TRY(const Bytes certificate, bytes(command, "certificate"));
  MIBUN_TRY(const std::string_view doc_type, command.string("doc_type"));
  MIBUN_TRY(const auto selected, selection(command));
  MIBUN_TRY(const auto session_transcript, transcript_of(command));
  std::vector<mdoc::RequestedNameSpace> name_spaces;
  for (const mdoc::ElementName& name : selected) {
    if (name_spaces.empty() || name_spaces.back().name != name.name_space) name_spaces.push_back({name.name_space, {}});
    name_spaces.back().elements.push_back({name.identifier, true});
  }
  MIBUN_TRY(const auto items, mdoc::ItemsRequest::make(doc_type, name_spaces));
  MIBUN_TRY(Bytes signature,
            mdoc::sign_reader_auth(items, session_transcript, reader, std::vector<Bytes>{certificate}));
  std::vector<mdoc::DocRequest> documents;
  documents.emplace_back(items, std::move(signature));
  MIBUN_TRY(const auto made, mdoc::DeviceRequest::make(std::move(documents)));
  return json::Object{{"device_request", encoded(made.encoded())}};
}

Answer verify_request(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command, crypto::CertificatePurpose::mdoc_reader));
  MIBUN_TRY(const Bytes text, bytes(command, "device_request"));
  MIBUN_TRY(const auto session_transcript, transcript_of(command));
  MIBUN_TRY(const Instant now, now_of(command));
  MIBUN_TRY(auto parsed, mdoc::DeviceRequest::parse(text));
  json::Array documents;
  for (mdoc::DocRequest& document : std::move(parsed).doc_requests()) {
    MIBUN_TRY(const auto verified, mdoc::verify_reader_auth(std::move(document), {session_transcript, anchors, now}));
    json::Object name_spaces;
    for (const auto& name_space : verified.items().name_spaces()) {
      json::Object elements;
      for (const auto& one : name_space.elements) elements[one.identifier] = one.intent_to_retain;
      name_spaces[name_space.name] = std::move(elements);
    }
    documents.push_back(json::Object{{"doc_type", verified.items().doc_type()},
                                     {"name_spaces", std::move(name_spaces)},
                                     {"reader", verified.reader().common_name()}});
  }
  return json::Object{{"documents", std::move(documents)}};
}

}  // namespace

int main() {
  return serve({{"make_certificates", make_certificates},
                {"issue", issue},
                {"transcript", transcript},
                {"receive_and_present", receive_and_present},
                {"verify", verify},
                {"request", request},
                {"verify_request", verify_request}});
}
