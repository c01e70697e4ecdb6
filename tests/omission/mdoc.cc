#include "core/codecs/cbor.h"
#include "core/crypto/hash.h"
#include "core/mdoc/doc_types.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/verifier.h"
#include "tests/omission/cbor_mutator.h"
#include "tests/omission/cose_by_hand.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

using crypto::CertificatePurpose;

constexpr std::string_view kNonce = "n-0S6_WzA2Mj";
constexpr std::string_view kProtected = "\xa1\x01\x26";     // {1: -7}: ES256
constexpr std::string_view kMacProtected = "\xa1\x01\x05";  // {1: 5}: HMAC 256/256

BytesView view(const std::string& text) {
  return as_bytes(text);
}

mdoc::SessionTranscript transcript(std::string_view client_id, std::string_view nonce, std::string_view response_uri,
                                   const mdoc::ResponseKey& key = mdoc::ResponseKey::not_encrypted()) {
  return mdoc::SessionTranscript::make(mdoc::RedirectHandover{
      .client_id = client_id, .nonce = nonce, .response_key = key, .response_uri = response_uri});
}

// What stands inside a DeviceResponse, each of which can be changed before everything around it is signed again.
// Written by hand: nothing of core/mdoc's own writers is used.
struct Pieces {
  std::vector<std::string> items;  // IssuerSignedItem, without tag 24
  std::string mso;                 // with {digests} already in it; empty: made for `items`
  std::string issuer_protected{kProtected};
  std::string device_protected{kProtected};
  std::string device_name_spaces{"\xa0"};
  std::string doc_type{mdoc::kMdlDocType};  // of the Document and of DeviceAuthentication
};

struct World {
  TestAuthority authority{"iaca"}, other{"other"};
  TestSigner signer{authority, CertificatePurpose::mdoc_document_signer, "ds.example"};
  crypto::TrustAnchors anchors = authority.anchors(CertificatePurpose::mdoc_document_signer);
  crypto::P256PrivateKey device = crypto::P256PrivateKey::generate();
  crypto::P256PrivateKey reader = crypto::P256PrivateKey::generate();
  mdoc::SessionTranscript session = transcript("x509_hash:shop", kNonce, "https://shop.example/response");
  mdoc::IssuerPolicy issuer_policy{.anchors = anchors, .doc_types = {std::string(mdoc::kMdlDocType)}};
  bool any_proof = false;

  static std::string item(unsigned id, std::string_view identifier, const cbor::Writer& value) {
    cbor::Writer writer;
    writer.map(4).text("digestID").unsigned_integer(id).text("random").bytes(Bytes(32, 7));
    writer.text("elementIdentifier").text(identifier).text("elementValue").raw(cbor::Writer(value).take());
    return to_text(writer.take());
  }
  static Pieces pieces() {
    Pieces made;
    made.items = {item(0, "family_name", cbor::Writer().text("Yamada")),
                  item(1, "issuing_country", cbor::Writer().text("JP")),
                  item(2, "age_over_20", cbor::Writer().boolean(true)),
                  item(3, "birth_date", cbor::Writer().tag(1004).text("2001-02-03"))};
    return made;
  }

  std::string mso(const Pieces& pieces) const {
    cbor::Writer digests;
    digests.map(pieces.items.size());
    for (std::size_t i = 0; i < pieces.items.size(); ++i) {
      digests.unsigned_integer(i).bytes(crypto::sha256(cbor::Writer().embedded(view(pieces.items[i])).take()));
    }
    const auto time = [](Instant at) { return cbor::Writer().tag(0).text(to_utc_string(at)).take(); };
    cbor::Writer key;
    key.map(4).integer(1).integer(2).integer(-1).integer(1).integer(-2).bytes(device.public_key().x());
    key.integer(-3).bytes(device.public_key().y());
    cbor::Writer writer;
    writer.map(7).text("version").text("1.0").text("digestAlgorithm").text("SHA-256");
    writer.text("valueDigests").map(1).text(mdoc::kMdlNameSpace).raw(digests.take());
    writer.text("deviceKeyInfo").map(2).text("deviceKey").raw(key.take());
    writer.text("keyAuthorizations").map(1).text("nameSpaces").array(1).text("org.example");
    writer.text("docType").text(mdoc::kMdlDocType).text("validityInfo").map(4);
    writer.text("signed").raw(time(kTestNow - seconds(7200))).text("validFrom").raw(time(kTestNow - seconds(7200)));
    writer.text("validUntil").raw(time(kTestNow + seconds(3600)));
    writer.text("expectedUpdate").raw(time(kTestNow + seconds(1800)));
    writer.text("status").map(1).text("status_list").map(2).text("idx").unsigned_integer(7);
    writer.text("uri").text("https://issuer.example/status/1");
    return to_text(writer.take());
  }

  Bytes issuer_signed(const Pieces& pieces) const {
    const Bytes payload = cbor::Writer().embedded(view(pieces.mso.empty() ? mso(pieces) : pieces.mso)).take();
    cbor::Writer writer;
    writer.map(2).text("nameSpaces").map(1).text(mdoc::kMdlNameSpace).array(pieces.items.size());
    for (const std::string& made : pieces.items) writer.embedded(view(made));
    writer.text("issuerAuth").array(4).bytes(view(pieces.issuer_protected));
    writer.map(1).integer(33).bytes(signer.chain[0]).bytes(payload);
    writer.bytes(must(signer.key.sign(to_be_signed("Signature1", pieces.issuer_protected, payload))));
    return writer.take();
  }
  // ISO/IEC 18013-5, 9.1.3.4: what the device signs or authenticates.
  Bytes device_authentication(const Pieces& pieces) const {
    const Bytes content = cbor::Writer()
                              .array(4)
                              .text("DeviceAuthentication")
                              .raw(session.encoded())
                              .text(pieces.doc_type)
                              .embedded(view(pieces.device_name_spaces))
                              .take();
    return cbor::Writer().embedded(content).take();
  }
  Bytes device_auth(const Pieces& pieces, bool with_mac) const {
    const Bytes payload = device_authentication(pieces);
    cbor::Writer writer;
    writer.map(1).text(with_mac ? "deviceMac" : "deviceSignature").array(4).bytes(view(pieces.device_protected));
    writer.map(0).null();
    if (!with_mac) {
      writer.bytes(must(device.sign(to_be_signed("Signature1", pieces.device_protected, payload))));
      return writer.take();
    }
    const SecretBytes shared = must(device.agree(reader.public_key()));
    const SecretBytes key =
        crypto::hkdf_sha256(shared.reveal(), crypto::sha256(session.tagged()), as_bytes("EMacKey"), 32);
    writer.bytes(crypto::hmac_sha256(key.reveal(), to_be_signed("MAC0", pieces.device_protected, payload)));
    return writer.take();
  }
  std::string response(const Pieces& pieces, bool with_mac) const {
    cbor::Writer writer;
    writer.map(3).text("version").text("1.0").text("documents").array(1).map(3);
    writer.text("docType").text(pieces.doc_type).text("issuerSigned").raw(issuer_signed(pieces));
    writer.text("deviceSigned").map(2).text("nameSpaces").embedded(view(pieces.device_name_spaces));
    writer.text("deviceAuth").raw(device_auth(pieces, with_mac));
    writer.text("status").unsigned_integer(0);
    return to_text(writer.take());
  }

  void weaken(const Trial& trial) {
    if (trial.weakened("element types")) issuer_policy.element_types = mdoc::ElementTypes::ignore;
    any_proof = trial.weakened("kind of proof");
  }

  Status verify(const std::string& response, bool with_mac) const {
    const mdoc::DeviceAuthPolicy either = mdoc::SignatureOrMac{reader};
    const mdoc::VerifierPolicy signature{.issuer = issuer_policy,
                                         .device_auth = any_proof ? either : mdoc::SignatureOnly{}};
    const mdoc::VerifierPolicy mac{.issuer = issuer_policy, .device_auth = any_proof ? either : mdoc::MacOnly{reader}};
    return status_of(mdoc::verify_device_response(to_bytes(response), with_mac ? mac : signature, session, kTestNow));
  }
};

// Everything that the issuer signs. `verify` takes the pieces with one thing changed.
void mutate_issuer_signed(Trial& trial, const World& world, const std::function<Status(const Pieces&)>& verify) {
  const Pieces pieces = World::pieces();
  const auto sink_of = [&](const std::function<void(Pieces&, const std::string&)>& set) {
    return [&trial, &verify, pieces, set](const std::string& where, std::string_view how, const std::string& text) {
      Pieces changed = pieces;
      set(changed, text);
      trial.tried(where, how, verify(changed));
    };
  };
  for (std::size_t i = 0; i < pieces.items.size(); ++i) {
    mutate_cbor(view(pieces.items[i]), "item/" + std::to_string(i),
                sink_of([i](Pieces& changed, const std::string& text) { changed.items[i] = text; }));
  }
  mutate_cbor(as_bytes(world.mso(pieces)), "mso",
              sink_of([](Pieces& changed, const std::string& text) { changed.mso = text; }));
  mutate_cbor(as_bytes(kProtected), "issuer_protected",
              sink_of([](Pieces& changed, const std::string& text) { changed.issuer_protected = text; }));
  // An item that the MSO does not know, or that it knows and somebody changed.
  Pieces changed = pieces;
  changed.mso = world.mso(pieces);
  changed.items[0] = World::item(0, "family_name", cbor::Writer().text("Tanaka"));
  trial.tried("item/0", "other", verify(changed));
  changed.items[0] = World::item(9, "family_name", cbor::Writer().text("Yamada"));
  trial.tried("item/0", "append", verify(changed));
}

void device_response(Trial& trial, bool with_mac) {
  World world;
  world.weaken(trial);
  Pieces pieces = World::pieces();
  if (with_mac) pieces.device_protected = kMacProtected;
  const auto verify = [&](const std::string& text) { return world.verify(text, with_mac); };
  const std::string whole = world.response(pieces, with_mac);
  mutate_cbor_artefact(trial, "response", whole, verify);
  mutate_cbor(view(pieces.device_protected), "device_protected",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                Pieces changed = pieces;
                changed.device_protected = text;
                trial.tried(where, how, verify(world.response(changed, with_mac)));
              });
  // What the device says on its own: authorized names and others.
  Pieces talkative = pieces;
  talkative.device_name_spaces = to_text(cbor::Writer().map(1).text("org.example").map(1).text("a").integer(1).take());
  trial.honest(verify(world.response(talkative, with_mac)));
  mutate_cbor(view(talkative.device_name_spaces), "device_name_spaces",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                Pieces changed = pieces;
                changed.device_name_spaces = text;
                trial.tried(where, how, verify(world.response(changed, with_mac)));
              });
  Pieces renamed = pieces;
  for (const char* doc_type : {"", "org.iso.18013.5.1.mDM", "org.example"}) {
    renamed.doc_type = doc_type;
    trial.tried("doc_type", "other", verify(world.response(renamed, with_mac)));
  }
  // The other kind of proof than the policy asks for.
  trial.tried("policy/device_auth", "other", world.verify(whole, !with_mac));
}

void signature(Trial& trial) {
  device_response(trial, false);
  World world;
  world.weaken(trial);
  mutate_issuer_signed(trial, world,
                       [&](const Pieces& changed) { return world.verify(world.response(changed, false), false); });

  const std::string whole = world.response(World::pieces(), false);
  const auto tried = [&](const char* place, const char* how, mdoc::IssuerPolicy issuer,
                         const mdoc::SessionTranscript& asked, Instant now = kTestNow) {
    if (trial.weakened("doctype")) issuer.doc_types = world.issuer_policy.doc_types;
    const mdoc::SessionTranscript& session = trial.weakened("transcript") ? world.session : asked;
    trial.tried(std::string("policy/") + place, how,
                status_of(mdoc::verify_device_response(to_bytes(whole), {.issuer = issuer}, session, now)));
  };
  const mdoc::IssuerPolicy& good = world.issuer_policy;
  const std::string uri = "https://shop.example/response";
  for (const std::string& other : {std::string(), std::string("n-0S6_WzA2M"), std::string(kNonce) + "j"}) {
    tried("nonce", other.empty() ? "empty" : "other", good, transcript("x509_hash:shop", other, uri));
  }
  tried("client_id", "empty", good, transcript("", kNonce, uri));
  tried("client_id", "other", good, transcript("x509_hash:shop2", kNonce, uri));
  tried("response_uri", "empty", good, transcript("x509_hash:shop", kNonce, ""));
  tried("response_uri", "other", good, transcript("x509_hash:shop", kNonce, uri + "/"));
  tried("response_key", "other", good,
        transcript("x509_hash:shop", kNonce, uri, mdoc::ResponseKey::thumbprint(crypto::sha256("key"))));
  tried("handover", "other", good,
        mdoc::SessionTranscript::make(mdoc::DcApiHandover{
            .origin = "https://shop.example", .nonce = kNonce, .response_key = mdoc::ResponseKey::not_encrypted()}));
  using Types = std::vector<std::string>;
  for (const Types& types : {Types{}, Types{""}, Types{"org.example"}}) {
    tried("doc_types", types.empty() ? "empty" : "other", {.anchors = world.anchors, .doc_types = types},
          world.session);
  }
  const crypto::TrustAnchors none = no_anchors(CertificatePurpose::mdoc_document_signer);
  tried("anchors", "empty", {.anchors = none, .doc_types = good.doc_types}, world.session);
  const auto others = world.other.anchors(CertificatePurpose::mdoc_document_signer);
  tried("anchors", "other", {.anchors = others, .doc_types = good.doc_types}, world.session);
  for (const auto purpose :
       {CertificatePurpose::credential_issuer, CertificatePurpose::verifier_access, CertificatePurpose::registrar,
        CertificatePurpose::receipt, CertificatePurpose::mdoc_reader, CertificatePurpose::status_list_signer,
        CertificatePurpose::wallet_provider}) {
    const auto anchors = world.authority.anchors(purpose);
    tried("purpose", "other", {.anchors = anchors, .doc_types = good.doc_types}, world.session);
  }
  tried("now", "before", good, world.session, kTestNow - seconds(7261));
  tried("now", "after", good, world.session, kTestNow + seconds(3661));
  tried("now", "empty", good, world.session, Instant());
}

void mac(Trial& trial) {
  device_response(trial, true);
}

// What a wallet takes at reception, and what it reads back from its store.
void issued(Trial& trial) {
  const World world;
  const auto verify_with = [&](const std::string& bytes, const crypto::P256PublicKey& key) {
    const auto& expected = trial.weakened("device key") ? world.device.public_key() : key;
    return status_of(mdoc::verify_issued(to_bytes(bytes), world.issuer_policy, expected, kTestNow));
  };
  const auto verify = [&](const std::string& bytes) { return verify_with(bytes, world.device.public_key()); };
  const std::string whole = to_text(world.issuer_signed(World::pieces()));
  mutate_cbor_artefact(trial, "issuer_signed", whole, verify);
  mutate_issuer_signed(trial, world,
                       [&](const Pieces& changed) { return verify(to_text(world.issuer_signed(changed))); });
  trial.tried("policy/device_key", "other", verify_with(whole, world.reader.public_key()));
}

}  // namespace

void add_mdoc(Artefacts& artefacts) {
  artefacts.push_back({"mdoc/device_response", signature});
  artefacts.push_back({"mdoc/device_mac", mac});
  artefacts.push_back({"mdoc/issued", issued});
}

}  // namespace mibun::omission
