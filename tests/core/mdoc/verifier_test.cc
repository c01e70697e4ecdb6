#include "core/mdoc/verifier.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>

#include "core/mdoc/limits.h"
#include "tests/core/mdoc/verifier_rows.h"

using namespace mibun;
using namespace forge;

TEST_CASE("a good response says what the issuer signed, and only that") {
  const Forge forged;
  const Bytes response = forged.encoded();
  const auto verified = must(mdoc::verify_device_response(response, policy(), transcript(), kTestNow));
  REQUIRE(verified.documents().size() == 1);
  const mdoc::VerifiedDocument& document = verified.documents()[0];
  CHECK(document.doc_type() == mdoc::kMdlDocType);
  REQUIRE(document.name_spaces().size() == 2);
  REQUIRE(document.find(mdoc::kMdlNameSpace, "family_name") != nullptr);
  CHECK(to_bytes(document.find(mdoc::kMdlNameSpace, "family_name")->value) == text("Yamada"));
  CHECK(document.find(mdoc::kMdlNameSpace, "given_name") == nullptr);
  CHECK(document.device_name_spaces().empty());
  CHECK(document.device_key() == crypto::PublicKey(device().public_key()));
  CHECK(document.device_auth() == mdoc::DeviceAuthKind::signature);
  CHECK(document.document_signer().common_name() == "ds.example");
  CHECK(document.validity().valid_until == forged.valid_until);
  CHECK(!document.status().has_value());
  CHECK(verified.bytes() == response);
}

TEST_CASE("verified views survive moves") {
  auto first = must(verify(Forge{}));
  const auto second = std::move(first);
  const auto third = std::make_unique<mdoc::VerifiedDeviceResponse>(must(verify(Forge{})));
  for (const mdoc::VerifiedDeviceResponse* one :
       {&second, static_cast<const mdoc::VerifiedDeviceResponse*>(third.get())}) {
    CHECK(to_bytes(one->documents()[0].find(mdoc::kMdlNameSpace, "family_name")->value) == text("Yamada"));
  }
}

TEST_CASE("the response as a whole: ISO/IEC 18013-5, 8.3.2.1.2.2") {
  check_refused({
      {"version missing", [](Forge& f) { f.response = drop("version"); }, ErrorCode::mdoc_missing_member},
      {"version 2.0", [](Forge& f) { f.response = set("version", text("2.0")); },
       ErrorCode::mdoc_version_not_supported},
      {"version 1.1", [](Forge& f) { f.response = set("version", text("1.1")); },
       ErrorCode::mdoc_version_not_supported},
      {"version a number", [](Forge& f) { f.response = set("version", number(1)); }, ErrorCode::cbor_wrong_type},
      {"version twice", [](Forge& f) { f.response = add("version", text("1.0")); }, ErrorCode::cbor_duplicate_key},
      {"status missing", [](Forge& f) { f.response = drop("status"); }, ErrorCode::mdoc_missing_member},
      {"status 10", [](Forge& f) { f.response = set("status", number(10)); }, ErrorCode::mdoc_response_status},
      {"status negative", [](Forge& f) { f.response = set("status", number(-1)); }, ErrorCode::cbor_wrong_type},
      {"no documents", [](Forge& f) { f.response = drop("documents"); }, ErrorCode::mdoc_no_documents},
      {"documents empty", [](Forge& f) { f.response = set("documents", {0x80}); }, ErrorCode::mdoc_malformed},
      {"documents a map", [](Forge& f) { f.response = set("documents", {0xa0}); }, ErrorCode::cbor_wrong_type},
      {"one document more than asked for",
       [](Forge& f) {
         f.response = [document = f.encoded_document()](Members& members) {
           member(members, "documents") = mdoc::value::array(std::vector<Bytes>{document, document});
         };
       },
       ErrorCode::mdoc_too_many_documents},
      {"documentErrors empty", [](Forge& f) { f.response = add("documentErrors", {0x80}); }, ErrorCode::mdoc_malformed},
      {"documentErrors with an empty map", [](Forge& f) { f.response = add("documentErrors", {0x81, 0xa0}); },
       ErrorCode::mdoc_malformed},
  });
  Bytes trailing = Forge{}.encoded();
  trailing.push_back(0xf6);
  CHECK(code_of(mdoc::verify_device_response(trailing, policy(), transcript(), kTestNow)) ==
        ErrorCode::cbor_trailing_bytes);
  CHECK(code_of(mdoc::verify_device_response({}, policy(), transcript(), kTestNow)) == ErrorCode::cbor_truncated);
}

TEST_CASE("the document: doctype, members, issuer's items") {
  const std::string ns(mdoc::kMdlNameSpace);
  check_refused({
      {"docType not asked for", [](Forge& f) { f.doc_type = "org.example.other"; },
       ErrorCode::mdoc_doc_type_unexpected},
      {"docType of the MSO is another", [](Forge& f) { f.mso = set("docType", text("org.example.other")); },
       ErrorCode::mdoc_doc_type_mismatch},
      {"docType missing", [](Forge& f) { f.document = drop("docType"); }, ErrorCode::mdoc_missing_member},
      {"docType empty", [](Forge& f) { f.document = set("docType", text("")); }, ErrorCode::mdoc_malformed},
      {"docType long", [](Forge& f) { f.document = set("docType", text(std::string(257, 'x'))); },
       ErrorCode::mdoc_too_large},
      {"issuerSigned missing", [](Forge& f) { f.document = drop("issuerSigned"); }, ErrorCode::mdoc_missing_member},
      {"deviceSigned missing", [](Forge& f) { f.document = drop("deviceSigned"); }, ErrorCode::mdoc_missing_member},
      {"deviceSigned null", [](Forge& f) { f.document = set("deviceSigned", {0xf6}); }, ErrorCode::cbor_wrong_type},
      {"errors of a name space empty",
       [](Forge& f) { f.document = add("errors", map_of({{"m", map_of({{"x", number(0)}})}, {"n", {0xa0}}})); },
       ErrorCode::mdoc_malformed},
      {"too many errors",
       [](Forge& f) {
         Members codes;
         for (std::size_t i = 0; i <= mdoc::kElementsMax; ++i) codes.emplace_back("e" + std::to_string(i), number(0));
         f.document = add("errors", map_of({{"n", map_of(codes)}}));
       },
       ErrorCode::mdoc_too_large},
      {"errors empty", [](Forge& f) { f.document = add("errors", {0xa0}); }, ErrorCode::mdoc_malformed},
      {"issuerAuth missing", [](Forge& f) { f.issuer_signed = drop("issuerAuth"); }, ErrorCode::mdoc_missing_member},
      {"nameSpaces empty", [](Forge& f) { f.issuer_signed = set("nameSpaces", {0xa0}); }, ErrorCode::mdoc_malformed},
      {"nameSpaces an array", [](Forge& f) { f.issuer_signed = set("nameSpaces", {0x80}); },
       ErrorCode::cbor_wrong_type},
      {"a name space without items", [ns](Forge& f) { f.issuer_signed = set("nameSpaces", map_of({{ns, {0x80}}})); },
       ErrorCode::mdoc_malformed},
      {"an item not in tag 24", [](Forge& f) { f.items[0].sent_instead = map_of({{"digestID", number(0)}}); },
       ErrorCode::cbor_wrong_type},
      {"an item in tag 25", [](Forge& f) { f.items[0].sent_instead = hex_bytes({0xd8, 0x19, 0x41, 0xa0}); },
       ErrorCode::cbor_wrong_type},
      {"digestID missing", [](Forge& f) { f.items[0].edit = drop("digestID"); }, ErrorCode::mdoc_missing_member},
      {"digestID negative", [](Forge& f) { f.items[0].edit = set("digestID", number(-1)); },
       ErrorCode::cbor_wrong_type},
      {"digestID 2^32", [](Forge& f) { f.items[0].edit = set("digestID", number(1LL << 32)); },
       ErrorCode::mdoc_digest_id_out_of_range},
      {"random missing", [](Forge& f) { f.items[0].edit = drop("random"); }, ErrorCode::mdoc_missing_member},
      {"random of 15 bytes", [](Forge& f) { f.items[0].edit = set("random", bytes(Bytes(15))); },
       ErrorCode::mdoc_random_too_short},
      {"random a text", [](Forge& f) { f.items[0].edit = set("random", text("0123456789abcdef")); },
       ErrorCode::cbor_wrong_type},
      {"elementIdentifier missing", [](Forge& f) { f.items[0].edit = drop("elementIdentifier"); },
       ErrorCode::mdoc_missing_member},
      {"elementIdentifier empty", [](Forge& f) { f.items[0].edit = set("elementIdentifier", text("")); },
       ErrorCode::mdoc_malformed},
      {"elementValue missing", [](Forge& f) { f.items[0].edit = drop("elementValue"); },
       ErrorCode::mdoc_missing_member},
      {"digestID twice in an item", [](Forge& f) { f.items[0].edit = add("digestID", number(9)); },
       ErrorCode::cbor_duplicate_key},
      {"an element twice", [ns](Forge& f) { f.items.push_back({ns, 9, "family_name", text("Sato")}); },
       ErrorCode::mdoc_duplicate_element},
      {"a digestID twice", [ns](Forge& f) { f.items.push_back({ns, 0, "given_name", text("Hanako")}); },
       ErrorCode::mdoc_duplicate_digest_id},
      {"something behind an item inside its tag",
       [](Forge& f) {
         const Bytes whole = f.items[0].encoded();
         cbor::Reader reader(whole);
         Bytes content = to_bytes(must(reader.read_embedded()).content);
         content.push_back(0xf6);
         f.items[0].sent_instead = embedded(content);
       },
       ErrorCode::cbor_trailing_bytes},
      {"an element twice among many",
       [ns](Forge& f) {
         for (std::uint64_t i = 10; i < 60; ++i) f.items.push_back({ns, i, "e" + std::to_string(i), number(0)});
         f.items.push_back({ns, 60, "family_name", text("Sato")});
       },
       ErrorCode::mdoc_duplicate_element},
      {"a digestID twice among many",
       [ns](Forge& f) {
         for (std::uint64_t i = 10; i < 60; ++i) f.items.push_back({ns, i, "e" + std::to_string(i), number(0)});
         f.items.push_back({ns, 0, "given_name", text("Hanako")});
       },
       ErrorCode::mdoc_duplicate_digest_id},
      {"a value of another type than its table says", [](Forge& f) { f.items[2].value = number(1); },
       ErrorCode::mdoc_element_wrong_type},
  });
}

TEST_CASE("digests: ISO/IEC 18013-5, 9.1.2.5") {
  const std::string ns(mdoc::kMdlNameSpace);
  const auto other_item = [ns](std::uint64_t id, std::string name, Bytes value) {
    return Item{ns, id, std::move(name), std::move(value)}.encoded();
  };
  check_refused({
      {"another value", [=](Forge& f) { f.items[0].sent_instead = other_item(0, "family_name", text("Sato")); },
       ErrorCode::mdoc_digest_mismatch},
      {"another identifier", [=](Forge& f) { f.items[0].sent_instead = other_item(0, "given_name", text("Yamada")); },
       ErrorCode::mdoc_digest_mismatch},
      {"another id's digest", [=](Forge& f) { f.items[0].sent_instead = other_item(3, "x", text("y")); },
       ErrorCode::mdoc_digest_missing},
      {"a longer head around the same item",
       [](Forge& f) {
         Bytes item = f.items[0].encoded();  // d8 18 58 nn -> d9 0018 58 nn: the same tag, other bytes
         REQUIRE(item[0] == 0xd8);
         item[0] = 0xd9;
         item.insert(item.begin() + 1, 0x00);
         f.items[0].sent_instead = item;
       },
       ErrorCode::mdoc_digest_mismatch},
      {"a name space that the MSO does not know", [](Forge& f) { f.digests = drop("org.iso.18013.5.1.JP"); },
       ErrorCode::mdoc_name_space_unknown},
      {"an item moved to another name space",
       [ns](Forge& f) {
         const Bytes local = f.items[3].encoded();
         f.digests = [](Members& members) {
           // Both name spaces keep their digests; only the response's places are swapped.
           static_cast<void>(members);
         };
         f.issuer_signed = [ns, local](Members& members) {
           member(members, "nameSpaces") = map_of({{ns, mdoc::value::array(std::vector<Bytes>{local})}});
         };
       },
       ErrorCode::mdoc_digest_mismatch},
  });
}

TEST_CASE("the mobile security object: ISO/IEC 18013-5, 9.1.2.4") {
  const std::string ns(mdoc::kMdlNameSpace);
  const Bytes digest32 = bytes(Bytes(32));
  const auto digests_of = [=](Bytes value) { return [=](Members& members) { member(members, ns) = value; }; };
  check_refused({
      {"version missing", [](Forge& f) { f.mso = drop("version"); }, ErrorCode::mdoc_missing_member},
      {"version 1.1", [](Forge& f) { f.mso = set("version", text("1.1")); }, ErrorCode::mdoc_mso_version_not_supported},
      {"digestAlgorithm missing", [](Forge& f) { f.mso = drop("digestAlgorithm"); }, ErrorCode::mdoc_missing_member},
      {"digestAlgorithm SHA-1", [](Forge& f) { f.mso = set("digestAlgorithm", text("SHA-1")); },
       ErrorCode::mdoc_digest_algorithm_not_allowed},
      {"digestAlgorithm in lower case", [](Forge& f) { f.mso = set("digestAlgorithm", text("sha-256")); },
       ErrorCode::mdoc_digest_algorithm_not_allowed},
      {"digests of another size", [](Forge& f) { f.mso = set("digestAlgorithm", text("SHA-384")); },
       ErrorCode::mdoc_digest_malformed},
      {"valueDigests missing", [](Forge& f) { f.mso = drop("valueDigests"); }, ErrorCode::mdoc_missing_member},
      {"valueDigests empty", [](Forge& f) { f.mso = set("valueDigests", {0xa0}); }, ErrorCode::mdoc_malformed},
      {"a name space without digests", [=](Forge& f) { f.digests = digests_of({0xa0}); }, ErrorCode::mdoc_malformed},
      {"digest id 2^32",
       [=](Forge& f) {
         f.digests = digests_of(cbor::Writer().map(1).unsigned_integer(1ULL << 32).raw(digest32).take());
       },
       ErrorCode::mdoc_digest_id_out_of_range},
      {"digest id negative",
       [=](Forge& f) { f.digests = digests_of(cbor::Writer().map(1).integer(-1).raw(digest32).take()); },
       ErrorCode::cbor_wrong_type},
      {"digest id twice",
       [=](Forge& f) {
         f.digests = digests_of(
             cbor::Writer().map(2).unsigned_integer(0).raw(digest32).unsigned_integer(0).raw(digest32).take());
       },
       ErrorCode::cbor_duplicate_key},
      {"deviceKeyInfo missing", [](Forge& f) { f.mso = drop("deviceKeyInfo"); }, ErrorCode::mdoc_missing_member},
      {"deviceKey missing", [](Forge& f) { f.device_key_info = drop("deviceKey"); }, ErrorCode::mdoc_missing_member},
      {"keyInfo with a text key", [](Forge& f) { f.device_key_info = add("keyInfo", map_of({{"x", number(1)}})); },
       ErrorCode::cbor_wrong_type},
      {"docType missing", [](Forge& f) { f.mso = drop("docType"); }, ErrorCode::mdoc_missing_member},
      {"validityInfo missing", [](Forge& f) { f.mso = drop("validityInfo"); }, ErrorCode::mdoc_missing_member},
      {"a member twice", [](Forge& f) { f.mso = add("docType", text("x")); }, ErrorCode::cbor_duplicate_key},
      {"payload not in tag 24", [](Forge& f) { f.payload_instead = f.encoded_mso(); },
       ErrorCode::mdoc_issuer_auth_malformed},
      {"payload with something behind the tag",
       [](Forge& f) {
         f.payload_instead = embedded(f.encoded_mso());
         f.payload_instead->push_back(0xf6);
       },
       ErrorCode::mdoc_issuer_auth_malformed},
      {"something behind the MSO inside the tag",
       [](Forge& f) {
         Bytes mso = f.encoded_mso();
         mso.push_back(0xf6);
         f.payload_instead = embedded(mso);
       },
       ErrorCode::cbor_trailing_bytes},
      {"no payload", [](Forge& f) { f.issuer_auth.attached = false; }, ErrorCode::mdoc_issuer_auth_malformed},
  });
}

TEST_CASE("validity: ISO/IEC 18013-5, 9.1.2.4 and 9.3.1") {
  using std::chrono::hours;
  check_refused({
      {"signed missing", [](Forge& f) { f.validity = drop("signed"); }, ErrorCode::mdoc_missing_member},
      {"validFrom missing", [](Forge& f) { f.validity = drop("validFrom"); }, ErrorCode::mdoc_missing_member},
      {"validUntil missing", [](Forge& f) { f.validity = drop("validUntil"); }, ErrorCode::mdoc_missing_member},
      {"a text without its tag", [](Forge& f) { f.validity = set("signed", text("2026-11-01T00:00:00Z")); },
       ErrorCode::mdoc_validity_malformed},
      {"a fraction",
       [](Forge& f) { f.validity = set("signed", cbor::Writer().tag(0).text("2026-11-23T00:00:00.5Z").take()); },
       ErrorCode::mdoc_validity_malformed},
      {"an offset",
       [](Forge& f) { f.validity = set("signed", cbor::Writer().tag(0).text("2026-11-23T09:00:00+09:00").take()); },
       ErrorCode::mdoc_validity_malformed},
      {"seconds since 1970",
       [](Forge& f) { f.validity = set("signed", cbor::Writer().tag(1).unsigned_integer(1'795'402'800).take()); },
       ErrorCode::mdoc_validity_malformed},
      {"expectedUpdate no time", [](Forge& f) { f.validity = add("expectedUpdate", number(1)); },
       ErrorCode::mdoc_validity_malformed},
      {"validFrom before signed", [](Forge& f) { f.valid_from = f.signed_at - seconds(1); },
       ErrorCode::mdoc_validity_inconsistent},
      {"validUntil not after validFrom", [](Forge& f) { f.valid_until = f.valid_from; },
       ErrorCode::mdoc_validity_inconsistent},
      {"signed before the certificate was valid", [](Forge& f) { f.signed_at = kTestNow - hours(25); },
       ErrorCode::mdoc_signed_outside_certificate},
      {"expired", [](Forge& f) { f.valid_until = kTestNow - seconds(61); }, ErrorCode::mdoc_expired},
      {"not yet valid", [](Forge& f) { f.valid_from = kTestNow + seconds(61); }, ErrorCode::mdoc_not_yet_valid},
  });
}

TEST_CASE("signed after the certificate's end is refused even where leeway would let it pass") {
  static const TestSigner ending = signer_with([](auto& request) { request.not_after = kTestNow + seconds(10); });
  Forge forged;
  forged.chain = ending.chain;
  forged.issuer_key = &ending.key;
  forged.signed_at = forged.valid_from = kTestNow + seconds(10);
  CHECK(verify(forged).has_value());
  forged.signed_at = forged.valid_from = kTestNow + seconds(11);
  CHECK(code_of(verify(forged)) == ErrorCode::mdoc_signed_outside_certificate);
}

TEST_CASE("validity to the second, with the leeway of policy") {
  const Forge forged;
  mdoc::VerifierPolicy strict = policy();
  strict.issuer.leeway = seconds(0);
  CHECK(verify(forged, strict, forged.valid_from).has_value());
  CHECK(code_of(verify(forged, strict, forged.valid_from - seconds(1))) == ErrorCode::mdoc_not_yet_valid);
  CHECK(verify(forged, strict, forged.valid_until).has_value());
  CHECK(code_of(verify(forged, strict, forged.valid_until + seconds(1))) == ErrorCode::mdoc_expired);
  CHECK(verify(forged, policy(), forged.valid_from - seconds(60)).has_value());
  CHECK(verify(forged, policy(), forged.valid_until + seconds(60)).has_value());
}

TEST_CASE("the issuer's signature and chain: ISO/IEC 18013-5, 9.3.1") {
  static const TestAuthority stranger("stranger");
  static const TestSigner foreign(stranger, crypto::CertificatePurpose::mdoc_document_signer, "ds.example");
  static const TestSigner wrong_purpose(authority(), crypto::CertificatePurpose::credential_issuer, "ds.example");
  check_refused({
      {"another key signed", [](Forge& f) { f.issuer_key = &other_key(); }, ErrorCode::mdoc_issuer_signature_invalid},
      {"signature of 63 bytes", [](Forge& f) { f.issuer_auth.signature_instead = Bytes(63, 1); },
       ErrorCode::mdoc_issuer_signature_invalid},
      {"signature zero", [](Forge& f) { f.issuer_auth.signature_instead = Bytes(64); },
       ErrorCode::mdoc_issuer_signature_invalid},
      {"alg ES384 with a P-256 key",
       [](Forge& f) { f.issuer_auth.protected_header = hex_bytes({0xa1, 0x01, 0x38, 0x22}); },
       ErrorCode::mdoc_issuer_algorithm_not_allowed},
      {"alg a MAC's", [](Forge& f) { f.issuer_auth.protected_header = hex_bytes({0xa1, 0x01, 0x05}); },
       ErrorCode::mdoc_issuer_algorithm_not_allowed},
      {"no alg", [](Forge& f) { f.issuer_auth.protected_header = {}; }, ErrorCode::mdoc_issuer_algorithm_not_allowed},
      {"no x5chain", [](Forge& f) { f.with_x5chain = false; }, ErrorCode::mdoc_x5chain_missing},
      {"a stranger's chain",
       [](Forge& f) {
         f.chain = foreign.chain;
         f.issuer_key = &foreign.key;
       },
       ErrorCode::certificate_untrusted},
      {"a certificate of another purpose",
       [](Forge& f) {
         f.chain = wrong_purpose.chain;
         f.issuer_key = &wrong_purpose.key;
       },
       ErrorCode::certificate_wrong_purpose},
      {"the anchor in the chain", [](Forge& f) { f.chain.push_back(to_bytes(authority().root.der())); },
       ErrorCode::certificate_is_anchor},
      {"not a certificate", [](Forge& f) { f.chain = {hex_bytes({0x30, 0x00})}; }, ErrorCode::certificate_malformed},
  });
  CHECK(code_of(verify(Forge{}, policy(), kTestNow + std::chrono::hours(24 * 400))) == ErrorCode::certificate_expired);
}

TEST_CASE("an mDL's country and jurisdiction are its signer's: ISO/IEC 18013-5, 9.3.1") {
  static const TestSigner tokyo = signer_with([](auto& request) { request.state_or_province = "JP-13"; });
  const std::string ns(mdoc::kMdlNameSpace);
  Forge good;
  good.chain = tokyo.chain;
  good.issuer_key = &tokyo.key;
  good.items.push_back({ns, 5, "issuing_jurisdiction", text("JP-13")});
  check_refused(
      {
          {"another country", [](Forge& f) { f.items[1].value = text("NL"); },
           ErrorCode::mdoc_issuing_country_mismatch},
          {"another jurisdiction", [](Forge& f) { f.items.back().value = text("JP-27"); },
           ErrorCode::mdoc_issuing_jurisdiction_mismatch},
      },
      good);
  // A signer without a state says nothing of jurisdictions; another doctype says nothing of countries.
  Forge without_state;
  without_state.items.push_back({ns, 5, "issuing_jurisdiction", text("JP-27")});
  CHECK(verify(without_state).has_value());
  Forge other_type;
  other_type.doc_type = "org.example.other";
  other_type.items[1].value = text("NL");
  mdoc::VerifierPolicy with = policy();
  with.issuer.doc_types = {"org.example.other"};
  CHECK(verify(other_type, with).has_value());
}
