#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/codecs/cbor.h"
#include "core/crypto/hash.h"
#include "core/mdoc/doc_types.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/session_transcript.h"
#include "core/mdoc/verifier.h"
#include "tests/support/test_pki.h"

// One issuer, one device and one verifier at kTestNow, and responses of which any one thing can be wrong while
// everything around it is signed again. Nothing of core/mdoc's own writing is used here.
namespace forge {

using namespace mibun;

using Members = std::vector<std::pair<std::string, Bytes>>;
using Edit = std::function<void(Members&)>;

inline Bytes map_of(const Members& members) {
  cbor::Writer writer;
  writer.map(members.size());
  for (const auto& [name, value] : members) writer.text(name).raw(value);
  return writer.take();
}
inline Bytes text(std::string_view value) {
  return cbor::Writer().text(value).take();
}
inline Bytes number(std::int64_t value) {
  return cbor::Writer().integer(value).take();
}
inline Bytes bytes(BytesView value) {
  return cbor::Writer().bytes(value).take();
}
inline Bytes embedded(BytesView item) {
  return cbor::Writer().embedded(item).take();
}
inline Bytes time(Instant instant) {
  return cbor::Writer().tag(0).text(to_utc_string(instant)).take();
}

inline Bytes& member(Members& members, std::string_view name) {
  for (auto& [key, value] : members) {
    if (key == name) return value;
  }
  throw std::runtime_error("no member " + std::string(name));
}
// An edit that changes, removes or repeats one member.
inline Edit set(std::string name, Bytes value) {
  return [=](Members& members) { member(members, name) = value; };
}
inline Edit add(std::string name, Bytes value) {
  return [=](Members& members) { members.emplace_back(name, value); };
}
inline Edit drop(std::string name) {
  return [=](Members& members) {
    member(members, name);
    std::erase_if(members, [&](const auto& pair) { return pair.first == name; });
  };
}

inline const TestAuthority& authority() {
  static const TestAuthority made("iaca");
  return made;
}
inline const TestSigner& document_signer() {
  static const TestSigner made(authority(), crypto::CertificatePurpose::mdoc_document_signer, "ds.example");
  return made;
}
inline const crypto::TrustAnchors& anchors() {
  static const auto made = authority().anchors(crypto::CertificatePurpose::mdoc_document_signer);
  return made;
}
inline const crypto::P256PrivateKey& device() {
  static const auto made = crypto::P256PrivateKey::generate();
  return made;
}
inline const crypto::P256PrivateKey& reader() {
  static const auto made = crypto::P256PrivateKey::generate();
  return made;
}
inline mdoc::SessionTranscript transcript(std::string_view nonce = "n-0S6_WzA2Mj") {
  return mdoc::SessionTranscript::make(mdoc::RedirectHandover{.client_id = "x509_hash:verifier",
                                                              .nonce = nonce,
                                                              .response_key = mdoc::ResponseKey::not_encrypted(),
                                                              .response_uri = "https://verifier.example/response"});
}
inline mdoc::IssuerPolicy issuer_policy() {
  return {.anchors = anchors(), .doc_types = {std::string(mdoc::kMdlDocType)}};
}
inline mdoc::VerifierPolicy policy() {
  return {.issuer = issuer_policy()};
}

inline Bytes cose_key(const crypto::P256PublicKey& key) {
  return cbor::Writer()
      .map(4)
      .integer(1)
      .integer(2)
      .integer(-1)
      .integer(1)
      .integer(-2)
      .bytes(key.x())
      .integer(-3)
      .bytes(key.y())
      .take();
}

struct Item {
  std::string name_space;
  std::uint64_t digest_id = 0;
  std::string identifier;
  Bytes value;
  Edit edit = {};                          // of the item's members, before it is hashed
  std::optional<Bytes> sent_instead = {};  // what stands in the response; the digest is of the honest item

  Bytes encoded() const {
    Members members{{"digestID", number(static_cast<std::int64_t>(digest_id))},
                    {"random", bytes(Bytes(32, static_cast<std::uint8_t>(digest_id + 1)))},
                    {"elementIdentifier", text(identifier)},
                    {"elementValue", value}};
    if (edit) edit(members);
    return embedded(map_of(members));
  }
};

// COSE_Sign1 or COSE_Mac0 by hand.
struct Cose {
  Bytes protected_header = {0xa1, 0x01, 0x26};  // {1: -7}
  Bytes unprotected = {0xa0};
  bool attached = true;
  std::optional<Bytes> payload_instead = {};    // the encoded payload field
  std::optional<Bytes> signature_instead = {};  // the signature's bytes
  std::optional<Bytes> item_instead = {};       // the whole message
  std::string context = "Signature1";

  Bytes to_be_signed(BytesView payload) const {
    return cbor::Writer().array(4).text(context).bytes(protected_header).bytes({}).bytes(payload).take();
  }
  Bytes message(BytesView payload, BytesView signature) const {
    if (item_instead) return *item_instead;
    cbor::Writer writer;
    writer.array(4).bytes(protected_header).raw(unprotected);
    if (payload_instead) {
      writer.raw(*payload_instead);
    } else if (attached) {
      writer.bytes(payload);
    } else {
      writer.null();
    }
    writer.bytes(signature_instead ? BytesView(*signature_instead) : signature);
    return writer.take();
  }
  Bytes sign(BytesView payload, const crypto::P256PrivateKey& key) const {
    return message(payload, must(key.sign(to_be_signed(payload))));
  }
};

struct Forge {
  std::string doc_type{mdoc::kMdlDocType};  // of the Document and of the MSO
  std::vector<Item> items = {
      {std::string(mdoc::kMdlNameSpace), 0, "family_name", text("Yamada")},
      {std::string(mdoc::kMdlNameSpace), 1, "issuing_country", text("JP")},
      {std::string(mdoc::kMdlNameSpace), 2, "age_over_20", cbor::Writer().boolean(true).take()},
      {"org.iso.18013.5.1.JP", 0, "local", number(7)},
  };
  std::vector<Bytes> chain = document_signer().chain;
  const crypto::P256PrivateKey* issuer_key = &document_signer().key;
  const crypto::P256PrivateKey* device_key = &device();
  Instant signed_at = kTestNow - std::chrono::hours(2), valid_from = kTestNow - std::chrono::hours(1),
          valid_until = kTestNow + std::chrono::hours(24);

  Edit mso, validity, device_key_info, digests, issuer_signed, document, device_signed, device_auth, response;
  Cose issuer_auth;
  bool with_x5chain = true;
  std::optional<Bytes> payload_instead = {};  // of issuerAuth, signed

  Bytes device_name_spaces = {0xa0};  // the DeviceNameSpaces, without tag 24
  Cose device_cose{.attached = false};
  bool with_mac = false;
  mdoc::SessionTranscript session = transcript();
  std::optional<std::string> signed_doc_type = {};  // in DeviceAuthentication

  static void apply(const Edit& edit, Members& members) {
    if (edit) edit(members);
  }

  std::vector<std::string> name_spaces() const {
    std::vector<std::string> out;
    for (const Item& item : items) {
      if (std::ranges::find(out, item.name_space) == out.end()) out.push_back(item.name_space);
    }
    return out;
  }

  // name space -> {digest id: digest}, without ids that would stand there twice.
  Bytes value_digests() const {
    Members by_name;
    for (const std::string& name : name_spaces()) {
      std::vector<std::pair<std::uint64_t, Bytes>> pairs;
      for (const Item& item : items) {
        if (item.name_space != name) continue;
        if (std::ranges::find(pairs, item.digest_id, &std::pair<std::uint64_t, Bytes>::first) != pairs.end()) continue;
        pairs.emplace_back(item.digest_id, to_bytes(BytesView(crypto::sha256(item.encoded()))));
      }
      cbor::Writer writer;
      writer.map(pairs.size());
      for (const auto& [id, digest] : pairs) writer.unsigned_integer(id).bytes(digest);
      by_name.emplace_back(name, writer.take());
    }
    apply(digests, by_name);
    return map_of(by_name);
  }

  Bytes encoded_mso() const {
    Members validity_members{
        {"signed", time(signed_at)}, {"validFrom", time(valid_from)}, {"validUntil", time(valid_until)}};
    apply(validity, validity_members);
    Members key_members{{"deviceKey", cose_key(device_key->public_key())}};
    apply(device_key_info, key_members);
    Members members{{"version", text("1.0")},          {"digestAlgorithm", text("SHA-256")},
                    {"valueDigests", value_digests()}, {"deviceKeyInfo", map_of(key_members)},
                    {"docType", text(doc_type)},       {"validityInfo", map_of(validity_members)}};
    apply(mso, members);
    return map_of(members);
  }

  Bytes signed_issuer_auth() const {
    Cose cose = issuer_auth;
    if (with_x5chain) {
      cbor::Writer header;
      header.map(1).integer(33);
      if (chain.size() == 1) {
        header.bytes(chain[0]);
      } else {
        header.array(chain.size());
        for (const Bytes& der : chain) header.bytes(der);
      }
      cose.unprotected = header.take();
    }
    return cose.sign(payload_instead ? *payload_instead : embedded(encoded_mso()), *issuer_key);
  }

  Bytes encoded_issuer_signed() const {
    Members by_name;
    for (const std::string& name : name_spaces()) {
      std::vector<Bytes> sent;
      for (const Item& item : items) {
        if (item.name_space == name) sent.push_back(item.sent_instead ? *item.sent_instead : item.encoded());
      }
      by_name.emplace_back(name, mdoc::value::array(sent));
    }
    Members members{{"nameSpaces", map_of(by_name)}, {"issuerAuth", signed_issuer_auth()}};
    apply(issuer_signed, members);
    return map_of(members);
  }

  Bytes device_authentication() const {
    return embedded(cbor::Writer()
                        .array(4)
                        .text("DeviceAuthentication")
                        .raw(session.encoded())
                        .text(signed_doc_type.value_or(doc_type))
                        .raw(embedded(device_name_spaces))
                        .view());
  }

  Bytes signed_device_auth() const {
    if (!with_mac) {
      return map_of({{"deviceSignature", device_cose.sign(device_authentication(), *device_key)}});
    }
    Cose cose = device_cose;
    cose.context = "MAC0";
    const auto shared = must(device_key->agree(reader().public_key()));
    const auto key = crypto::hkdf_sha256(shared.reveal(), crypto::sha256(session.tagged()), as_bytes("EMacKey"), 32);
    const auto tag = crypto::hmac_sha256(key.reveal(), cose.to_be_signed(device_authentication()));
    return map_of({{"deviceMac", cose.message(device_authentication(), tag)}});
  }

  Bytes encoded_document() const {
    Members device_members{{"nameSpaces", embedded(device_name_spaces)}, {"deviceAuth", signed_device_auth()}};
    apply(device_signed, device_members);
    Members members{{"docType", text(doc_type)},
                    {"issuerSigned", encoded_issuer_signed()},
                    {"deviceSigned", map_of(device_members)}};
    apply(document, members);
    return map_of(members);
  }

  Bytes encoded() const {
    Members members{{"version", text("1.0")},
                    {"documents", mdoc::value::array(std::vector<Bytes>{encoded_document()})},
                    {"status", number(0)}};
    apply(response, members);
    return map_of(members);
  }
};

inline Forge with_mac() {
  Forge forged;
  forged.with_mac = true;
  forged.device_cose.protected_header = {0xa1, 0x01, 0x05};  // {1: 5}, HMAC 256/256
  return forged;
}

inline Result<mdoc::VerifiedDeviceResponse> verify(const Forge& forged, const mdoc::VerifierPolicy& with = policy(),
                                                   Instant now = kTestNow) {
  return mdoc::verify_device_response(forged.encoded(), with, transcript(), now);
}

}  // namespace forge
