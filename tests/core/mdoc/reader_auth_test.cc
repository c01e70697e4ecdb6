#include "core/mdoc/reader_auth.h"

#include <doctest/doctest.h>

#include "core/mdoc/session.h"
#include "tests/core/mdoc/annex_d.h"
#include "tests/core/mdoc/cbor_edit.h"

using namespace mibun;
using namespace mibun::mdoc;

namespace {

constexpr crypto::CertificatePurpose kReader = crypto::CertificatePurpose::mdoc_reader;
// 2021-01-01T00:00:00Z: when the certificates of the example are valid.
const Instant kExampleTime = Instant::from_unix_seconds(1'609'459'200);

// The transcript of the example, made by a device's session.
SessionTranscript example_transcript() {
  const AnnexD& d = annex_d();
  const Bytes transcript = embedded_content(d.session_transcript_bytes);
  cbor::Reader reader(transcript);
  must(reader.read_array());
  const BytesView engagement = must(reader.read_embedded()).content;
  const BytesView reader_key = must(reader.read_embedded()).item;
  must(reader.read_array());
  const BytesView select = must(reader.read_bytes());
  const BytesView request = must(reader.read_bytes());
  return must(SessionTranscript::make(ProximityTranscript{engagement, reader_key, NfcHandover{select, request}}));
}

crypto::TrustAnchors example_anchors() {
  return {
      kReader, {must(crypto::Certificate::parse(annex_d().reader_root))}, crypto::RevocationPolicy::ignore_revocation};
}

DocRequest example_request() {
  return must(DeviceRequest::parse(annex_d().device_request)).doc_requests().at(0);
}

// The parts of a COSE_Sign1, to put together wrongly.
struct Parts {
  Bytes protected_bytes, unprotected, payload, signature;  // each an encoded item

  explicit Parts(BytesView sign1) {
    cbor::Reader reader(sign1);
    REQUIRE(must(reader.read_array()) == 4);
    for (Bytes* part : {&protected_bytes, &unprotected, &payload, &signature}) *part = to_bytes(must(reader.skip()));
  }
  Bytes encoded(std::string_view head = "84") const {
    return from_hex(head) + protected_bytes + unprotected + payload + signature;
  }
};

// A reader of our own with everything a device checks.
struct World {
  TestAuthority authority{"reader"};
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  crypto::Certificate leaf = authority.leaf(TestAuthority::names("a shop"), kReader, key.public_key());
  crypto::TrustAnchors anchors = authority.anchors(kReader);
  SessionTranscript transcript = SessionTranscript::make(DcApiHandover{"o", "n", ResponseKey::not_encrypted()});
  ItemsRequest items = must(ItemsRequest::make(
      "org.iso.18013.5.1.mDL", std::vector<RequestedNameSpace>{{"org.iso.18013.5.1", {{"portrait", false}}}}));
  std::vector<Bytes> chain = {to_bytes(leaf.der())};

  ReaderAuthPolicy policy() const { return {.transcript = transcript, .anchors = anchors, .now = kTestNow}; }
  Bytes sign() const { return must(sign_reader_auth(items, transcript, key, chain)); }
  Result<VerifiedDocRequest> verify(Bytes reader_auth) const {
    return verify_reader_auth(DocRequest(items, std::move(reader_auth)), policy());
  }
};

}  // namespace

TEST_CASE("ISO 18013-5 Annex D: reader authentication verifies, with its certificate's path") {
  const SessionTranscript transcript = example_transcript();
  const crypto::TrustAnchors anchors = example_anchors();
  const auto verified =
      must(verify_reader_auth(example_request(), {.transcript = transcript, .anchors = anchors, .now = kExampleTime}));
  CHECK(verified.reader().common_name() == "reader");
  CHECK(to_bytes(verified.reader().der()) == annex_d().reader_certificate);
  CHECK(embedded_content(verified.items().item()) == annex_d().items_request);
}

TEST_CASE("ISO 18013-5 Annex D: reader authentication is refused when anything it covers differs") {
  const AnnexD& d = annex_d();
  const SessionTranscript transcript = example_transcript();
  const crypto::TrustAnchors anchors = example_anchors();
  const DocRequest request = example_request();
  const auto verify = [&](const DocRequest& what, const SessionTranscript& over, Instant now) {
    return code_of(verify_reader_auth(what, {.transcript = over, .anchors = anchors, .now = now}));
  };
  const ErrorCode invalid = ErrorCode::mdoc_reader_auth_signature_invalid;
  // Another exchange.
  const auto other = SessionTranscript::make(DcApiHandover{"o", "n", ResponseKey::not_encrypted()});
  CHECK(verify(request, other, kExampleTime) == invalid);
  // Another request: every flipped byte of the items that still parses.
  int parsed = 0;
  const Bytes item = to_bytes(request.unverified_items().item());
  for (std::size_t i = 0; i < item.size(); ++i) {
    Bytes changed = item;
    changed[i] ^= 1;
    const auto items = ItemsRequest::parse(changed);
    if (!items) continue;
    ++parsed;
    const ErrorCode code = verify(DocRequest(*items, d.reader_auth), transcript, kExampleTime);
    if (code != invalid) CHECK_MESSAGE(false, "byte " << i);
  }
  CHECK(parsed > 50);
  // The same items in another encoding: what is signed are the bytes that arrived.
  const Bytes longer = from_hex("d818590093") + d.items_request;
  CHECK(verify(DocRequest(must(ItemsRequest::parse(longer)), d.reader_auth), transcript, kExampleTime) == invalid);
  // Another time.
  CHECK(verify(request, transcript, kTestNow) == ErrorCode::certificate_expired);
  CHECK(verify(request, transcript, Instant::from_unix_seconds(1'500'000'000)) == ErrorCode::certificate_not_yet_valid);
  // Another anchor.
  const TestAuthority stranger("stranger");
  const crypto::TrustAnchors strangers = stranger.anchors(kReader);
  CHECK(code_of(verify_reader_auth(request, {.transcript = transcript, .anchors = strangers, .now = kExampleTime})) ==
        ErrorCode::certificate_untrusted);
}

TEST_CASE("every flipped byte of reader authentication is refused") {
  const SessionTranscript transcript = example_transcript();
  const crypto::TrustAnchors anchors = example_anchors();
  const ItemsRequest items = example_request().unverified_items();
  for (std::size_t i = 0; i < annex_d().reader_auth.size(); ++i) {
    Bytes changed = annex_d().reader_auth;
    changed[i] ^= static_cast<std::uint8_t>(1 << i % 8);
    const auto verified = verify_reader_auth(DocRequest(items, changed),
                                             {.transcript = transcript, .anchors = anchors, .now = kExampleTime});
    if (verified.has_value()) CHECK_MESSAGE(false, "byte " << i);
  }
}

TEST_CASE("what a reader signs, a device verifies") {
  const World world;
  const auto verified = must(world.verify(world.sign()));
  CHECK(verified.reader().common_name() == "a shop");
  CHECK(verified.items().name_spaces() == world.items.name_spaces());
  // A tag before the COSE_Sign1 is tolerated, and one certificate in an array.
  CHECK(world.verify(from_hex("d2") + world.sign()).has_value());
  Parts parts(world.sign());
  cbor::Writer array;
  array.map(1).integer(33).array(1).bytes(world.chain[0]);
  parts.unprotected = array.take();
  CHECK(world.verify(parts.encoded()).has_value());
}

TEST_CASE("a reader without authentication is another type") {
  const World world;
  CHECK(code_of(verify_reader_auth(DocRequest(world.items), world.policy())) == ErrorCode::mdoc_reader_auth_missing);
  CHECK(ignore_reader_auth(DocRequest(world.items)).items().doc_type() == world.items.doc_type());
  CHECK(ignore_reader_auth(DocRequest(world.items, from_hex("f6"))).items().doc_type() == world.items.doc_type());
}

TEST_CASE("reader authentication that is wrong in any part is refused") {
  const World world;
  const auto edit = [&](auto change) {
    Parts parts(world.sign());
    change(parts);
    return parts.encoded();
  };
  const auto chain_of = [](std::span<const Bytes> certificates) {
    cbor::Writer writer;
    writer.map(1).integer(33).array(certificates.size());
    for (const Bytes& certificate : certificates) writer.bytes(certificate);
    return writer.take();
  };
  const auto signed_with = [&](const crypto::P256PrivateKey& key, const crypto::Certificate& certificate) {
    const std::vector<Bytes> chain = {to_bytes(certificate.der())};
    return must(sign_reader_auth(world.items, world.transcript, key, chain));
  };
  const auto other_key = crypto::P256PrivateKey::generate();
  const auto verifier_leaf = world.authority.leaf(TestAuthority::names("verifier"),
                                                  crypto::CertificatePurpose::verifier_access, world.key.public_key());
  const std::vector<Bytes> with_anchor = {world.chain[0], to_bytes(world.authority.root.der())};
  const ErrorCode malformed = ErrorCode::mdoc_reader_auth_malformed,
                  algorithm = ErrorCode::mdoc_reader_auth_algorithm_not_allowed,
                  invalid = ErrorCode::mdoc_reader_auth_signature_invalid;
  struct Row {
    std::string_view why;
    Bytes reader_auth;
    ErrorCode want;
  };
  const Row rows[] = {
      {"null", from_hex("f6"), malformed},
      {"a map", from_hex("a0"), malformed},
      {"three elements", edit([](Parts& p) { p.signature.clear(); }), malformed},
      {"a Mac0 tag", from_hex("d1") + world.sign(), malformed},
      {"more behind it", world.sign() + from_hex("00"), malformed},
      {"a payload", edit([](Parts& p) { p.payload = from_hex("40"); }), malformed},
      {"a payload of another kind", edit([](Parts& p) { p.payload = from_hex("80"); }), malformed},
      {"no certificate", edit([](Parts& p) { p.unprotected = from_hex("a0"); }), ErrorCode::mdoc_x5chain_missing},
      {"a certificate that is a text", edit([](Parts& p) { p.unprotected = from_hex("a118216161"); }), malformed},
      {"an empty chain", edit([&](Parts& p) { p.unprotected = chain_of({}); }), malformed},
      {"a certificate of nothing", edit([](Parts& p) { p.unprotected = from_hex("a1182140"); }), malformed},
      {"a certificate that is none", edit([](Parts& p) { p.unprotected = from_hex("a118214130"); }),
       ErrorCode::certificate_malformed},
      {"the anchor in the chain", edit([&](Parts& p) { p.unprotected = chain_of(with_anchor); }),
       ErrorCode::certificate_is_anchor},
      {"a certificate for another purpose", signed_with(world.key, verifier_leaf),
       ErrorCode::certificate_wrong_purpose},
      {"no algorithm", edit([](Parts& p) { p.protected_bytes = from_hex("40"); }), algorithm},
      {"ES384", edit([](Parts& p) { p.protected_bytes = from_hex("44a1013822"); }), algorithm},
      {"HMAC", edit([](Parts& p) { p.protected_bytes = from_hex("43a10105"); }), algorithm},
      {"an unprotected algorithm", edit([&](Parts& p) {
         p.protected_bytes = from_hex("40");
         cbor::Writer writer;
         writer.map(2).integer(1).integer(-7).integer(33).bytes(world.chain[0]);
         p.unprotected = writer.take();
       }),
       algorithm},
      {"a critical header", edit([](Parts& p) { p.protected_bytes = from_hex("48a2012602811903e7"); }), malformed},
      {"no signature", edit([](Parts& p) { p.signature = from_hex("40"); }), invalid},
      {"63 bytes", edit([](Parts& p) { p.signature = from_hex("583f") + Bytes(63, 1); }), invalid},
      {"zeros", edit([](Parts& p) { p.signature = from_hex("5840") + Bytes(64); }), invalid},
      {"another key", signed_with(other_key, world.leaf), invalid},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(world.verify(row.reader_auth)) == row.want);
  }
}

TEST_CASE("anchors of another purpose let no reader in, whatever its certificate is for") {
  const World world;
  for (const auto purpose :
       {crypto::CertificatePurpose::mdoc_document_signer, crypto::CertificatePurpose::verifier_access}) {
    const auto leaf = world.authority.leaf(TestAuthority::names("a shop"), purpose, world.key.public_key());
    const crypto::TrustAnchors anchors = world.authority.anchors(purpose);
    const std::vector<Bytes> chain = {to_bytes(leaf.der())};
    REQUIRE(anchors.verify_chain(chain, kTestNow).has_value());
    const Bytes signed_well = must(sign_reader_auth(world.items, world.transcript, world.key, chain));
    CHECK(code_of(verify_reader_auth(DocRequest(world.items, signed_well),
                                     {.transcript = world.transcript, .anchors = anchors, .now = kTestNow})) ==
          ErrorCode::certificate_wrong_purpose);
  }
}
