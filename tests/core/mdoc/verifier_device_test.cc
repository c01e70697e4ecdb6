#include <doctest/doctest.h>

#include <map>
#include <memory>

#include "core/mdoc/issuer.h"
#include "core/mdoc/limits.h"
#include "core/mdoc/verifier.h"
#include "tests/core/mdoc/verifier_rows.h"

using namespace mibun;
using namespace forge;

TEST_CASE("the device key: a public key of a kind that signs") {
  const auto& key = device().public_key();
  const auto cose = [](auto... rest) {
    cbor::Writer writer;
    (rest(writer), ...);
    return writer.take();
  };
  const Bytes d = Bytes(32, 7);
  check_refused({
      {"with a private part",
       [&](Forge& f) {
         f.device_key_info = set("deviceKey", cose([&](cbor::Writer& w) {
                                   w.map(5).integer(1).integer(2).integer(-1).integer(1).integer(-2).bytes(key.x());
                                   w.integer(-3).bytes(key.y()).integer(-4).bytes(d);
                                 }));
       },
       ErrorCode::mdoc_device_key_malformed},
      {"x of 31 bytes",
       [&](Forge& f) {
         f.device_key_info = set("deviceKey", cose([&](cbor::Writer& w) {
                                   w.map(4).integer(1).integer(2).integer(-1).integer(1).integer(-2);
                                   w.bytes(key.x().subspan(1)).integer(-3).bytes(key.y());
                                 }));
       },
       ErrorCode::mdoc_device_key_malformed},
      {"not on the curve",
       [&](Forge& f) {
         f.device_key_info = set("deviceKey", cose([&](cbor::Writer& w) {
                                   w.map(4).integer(1).integer(2).integer(-1).integer(1).integer(-2);
                                   w.bytes(key.y()).integer(-3).bytes(key.x());
                                 }));
       },
       ErrorCode::mdoc_device_key_malformed},
      {"no curve",
       [&](Forge& f) {
         f.device_key_info = set("deviceKey", cose([&](cbor::Writer& w) {
                                   w.map(3).integer(1).integer(2).integer(-2).bytes(key.x()).integer(-3).bytes(key.y());
                                 }));
       },
       ErrorCode::mdoc_device_key_malformed},
      {"a symmetric key",
       [&](Forge& f) {
         f.device_key_info =
             set("deviceKey", cose([&](cbor::Writer& w) { w.map(2).integer(1).integer(4).integer(-1).bytes(d); }));
       },
       ErrorCode::mdoc_device_key_malformed},
      {"a text", [](Forge& f) { f.device_key_info = set("deviceKey", text("key")); },
       ErrorCode::mdoc_device_key_malformed},
  });
}

TEST_CASE("the device's signature: ISO/IEC 18013-5, 9.1.3.6") {
  check_refused({
      {"another device's signature",
       [](Forge& f) { f.device_key_info = set("deviceKey", cose_key(other_key().public_key())); },
       ErrorCode::mdoc_device_signature_invalid},
      {"over another transcript", [](Forge& f) { f.session = transcript("another nonce"); },
       ErrorCode::mdoc_device_signature_invalid},
      {"over another doctype", [](Forge& f) { f.signed_doc_type = "org.example.other"; },
       ErrorCode::mdoc_device_signature_invalid},
      {"over other device name spaces",
       [](Forge& f) {
         f.device_signed = set("nameSpaces", embedded(map_of({{"org.example", map_of({{"a", number(1)}})}})));
       },
       ErrorCode::mdoc_device_signature_invalid},
      {"signature of 65 bytes", [](Forge& f) { f.device_cose.signature_instead = Bytes(65, 1); },
       ErrorCode::mdoc_device_signature_invalid},
      {"the payload attached", [](Forge& f) { f.device_cose.attached = true; },
       ErrorCode::mdoc_device_payload_not_detached},
      {"an empty payload attached", [](Forge& f) { f.device_cose.payload_instead = Bytes{0x40}; },
       ErrorCode::mdoc_device_payload_not_detached},
      {"alg ES384", [](Forge& f) { f.device_cose.protected_header = hex_bytes({0xa1, 0x01, 0x38, 0x22}); },
       ErrorCode::mdoc_device_algorithm_not_allowed},
      {"no alg", [](Forge& f) { f.device_cose.protected_header = {}; }, ErrorCode::mdoc_device_algorithm_not_allowed},
      {"neither signature nor MAC", [](Forge& f) { f.device_signed = set("deviceAuth", {0xa0}); },
       ErrorCode::mdoc_device_auth_malformed},
      {"both signature and MAC",
       [](Forge& f) {
         const Bytes mac = with_mac().signed_device_auth();
         const Bytes both = [&] {
           Bytes joined = f.signed_device_auth();
           joined[0] = 0xa2;
           joined.insert(joined.end(), mac.begin() + 1, mac.end());
           return joined;
         }();
         f.device_signed = set("deviceAuth", both);
       },
       ErrorCode::mdoc_device_auth_malformed},
      {"deviceAuth missing", [](Forge& f) { f.device_signed = drop("deviceAuth"); }, ErrorCode::mdoc_missing_member},
      {"nameSpaces missing", [](Forge& f) { f.device_signed = drop("nameSpaces"); }, ErrorCode::mdoc_missing_member},
      {"nameSpaces not in tag 24", [](Forge& f) { f.device_signed = set("nameSpaces", {0xa0}); },
       ErrorCode::cbor_wrong_type},
      {"something behind the device's name spaces inside their tag",
       [](Forge& f) { f.device_name_spaces = {0xa0, 0xf6}; }, ErrorCode::cbor_trailing_bytes},
      {"a MAC where only a signature counts", [](Forge& f) { f = with_mac(); },
       ErrorCode::mdoc_device_auth_not_allowed},
  });
}

TEST_CASE("the device's MAC: ISO/IEC 18013-5, 9.1.3.5") {
  const auto verified = must(verify(with_mac(), mac_policy()));
  CHECK(verified.documents()[0].device_auth() == mdoc::DeviceAuthKind::mac);
  CHECK(verify(Forge{}, mac_policy()).has_value());
  const mdoc::VerifierPolicy only{.issuer = issuer_policy(), .device_auth = mdoc::MacOnly{reader()}};
  CHECK(code_of(verify(Forge{}, only)) == ErrorCode::mdoc_device_auth_not_allowed);
  const mdoc::VerifierPolicy other{.issuer = issuer_policy(), .device_auth = mdoc::MacOnly{other_key()}};
  CHECK(code_of(verify(with_mac(), other)) == ErrorCode::mdoc_device_mac_invalid);
  check_refused(
      {
          {"over another transcript", [](Forge& f) { f.session = transcript("another nonce"); },
           ErrorCode::mdoc_device_mac_invalid},
          {"of 31 bytes", [](Forge& f) { f.device_cose.signature_instead = Bytes(31, 1); },
           ErrorCode::mdoc_device_mac_invalid},
          {"empty", [](Forge& f) { f.device_cose.signature_instead = Bytes{}; }, ErrorCode::mdoc_device_mac_invalid},
          {"alg HMAC 256/64", [](Forge& f) { f.device_cose.protected_header = hex_bytes({0xa1, 0x01, 0x04}); },
           ErrorCode::mdoc_device_algorithm_not_allowed},
          {"alg of a signature", [](Forge& f) { f.device_cose.protected_header = hex_bytes({0xa1, 0x01, 0x26}); },
           ErrorCode::mdoc_device_algorithm_not_allowed},
          {"the payload attached", [](Forge& f) { f.device_cose.attached = true; },
           ErrorCode::mdoc_device_payload_not_detached},
          {"a device key that agrees on nothing",
           [](Forge& f) {
             const auto key = crypto::Ed25519PrivateKey::generate();
             const auto point = key.public_key();
             f.device_key_info = set("deviceKey", cbor::Writer()
                                                      .map(3)
                                                      .integer(1)
                                                      .integer(1)
                                                      .integer(-1)
                                                      .integer(6)
                                                      .integer(-2)
                                                      .bytes(point.bytes())
                                                      .take());
           },
           ErrorCode::mdoc_device_key_not_for_mac},
      },
      with_mac(), mac_policy());
}

TEST_CASE("the device says on its own only what the issuer authorized: ISO/IEC 18013-5, 9.1.2.4") {
  const std::string ns = "org.example.payment";
  const auto names = [](std::vector<std::string> list) {
    std::vector<Bytes> encoded;
    for (const std::string& name : list) encoded.push_back(text(name));
    return mdoc::value::array(encoded);
  };
  Forge said;
  said.device_name_spaces = map_of({{ns, map_of({{"amount", number(100)}})}});
  CHECK(code_of(verify(said)) == ErrorCode::mdoc_device_element_not_authorized);

  const auto authorize = [&](const Members& members) {
    Forge forged = said;
    forged.device_key_info = add("keyAuthorizations", map_of(members));
    return forged;
  };
  const auto whole = must(verify(authorize({{"nameSpaces", names({ns})}})));
  REQUIRE(whole.documents()[0].device_name_spaces().size() == 1);
  CHECK(whole.documents()[0].device_name_spaces()[0].elements[0].identifier == "amount");
  CHECK(whole.documents()[0].find(ns, "amount") == nullptr);  // never mixed with what the issuer signed
  CHECK(verify(authorize({{"dataElements", map_of({{ns, names({"amount", "payee"})}})}})).has_value());

  Forge empty = said;
  empty.device_name_spaces = map_of({{ns, map_of({})}});
  CHECK(code_of(verify(empty)) == ErrorCode::mdoc_malformed);
  const auto with_name_spaces = [&](std::size_t count) {
    Members members;
    std::vector<std::string> list;
    for (std::size_t i = 0; i < count; ++i) {
      list.push_back("n" + std::to_string(i));
      members.emplace_back(list.back(), map_of({{"amount", number(1)}}));
    }
    Forge many = said;
    many.device_name_spaces = map_of(members);
    many.device_key_info = add("keyAuthorizations", map_of({{"nameSpaces", names(list)}}));
    return many;
  };
  CHECK(verify(with_name_spaces(mdoc::kNameSpacesMax)).has_value());
  CHECK(code_of(verify(with_name_spaces(mdoc::kNameSpacesMax + 1))) == ErrorCode::mdoc_too_large);

  struct Authorization {
    std::string_view why;
    Members members;
    ErrorCode want;
  };
  const Authorization rows[] = {
      {"another name space",
       {{"nameSpaces", names({"org.example.other"})}},
       ErrorCode::mdoc_device_element_not_authorized},
      {"another element",
       {{"dataElements", map_of({{ns, names({"payee"})}})}},
       ErrorCode::mdoc_device_element_not_authorized},
      {"a name space in both places",
       {{"nameSpaces", names({ns})}, {"dataElements", map_of({{ns, names({"amount"})}})}},
       ErrorCode::mdoc_key_authorizations_malformed},
      {"an empty list", {{"nameSpaces", {0x80}}}, ErrorCode::mdoc_malformed},
      {"an empty map", {{"dataElements", {0xa0}}}, ErrorCode::mdoc_malformed},
      {"a name twice", {{"nameSpaces", names({ns, ns})}}, ErrorCode::mdoc_key_authorizations_malformed},
  };
  for (const Authorization& row : rows) {
    INFO(row.why);
    CHECK(to_string(code_of(verify(authorize(row.members)))) == to_string(row.want));
  }
}

TEST_CASE("the status reference is handed out, and an odd one refused") {
  const auto with_status = [](Bytes status) {
    Forge forged;
    forged.mso = add("status", std::move(status));
    return forged;
  };
  const Bytes list = map_of({{"idx", number(412)}, {"uri", text("https://issuer.example/statuslists/1")}});
  const auto verified = must(verify(with_status(map_of({{"status_list", list}}))));
  const auto& status = verified.documents()[0].status();
  REQUIRE(status.has_value());
  REQUIRE(status->status_list.has_value());
  CHECK(status->status_list->index == 412);
  CHECK(status->status_list->uri == "https://issuer.example/statuslists/1");
  const Bytes later = map_of({{"idx", number(412)}, {"later", number(1)}, {"uri", text("https://issuer.example/l")}});
  CHECK(must(verify(with_status(map_of({{"status_list", later}})))).documents()[0].status()->status_list->uri ==
        "https://issuer.example/l");
  CHECK(!status->identifier_list.has_value());

  const Bytes identifiers = map_of({{"id", bytes(Bytes(16, 1))}, {"uri", text("https://issuer.example/ids")}});
  const auto other = must(verify(with_status(map_of({{"identifier_list", identifiers}}))));
  REQUIRE(other.documents()[0].status()->identifier_list.has_value());
  CHECK(other.documents()[0].status()->identifier_list->uri == "https://issuer.example/ids");

  struct StatusRow {
    std::string_view why;
    Bytes status;
  };
  const StatusRow rows[] = {
      {"no mechanism", {0xa0}},
      {"an unknown mechanism alone", map_of({{"oracle", number(1)}})},
      {"not a map", text("https://issuer.example")},
      {"no idx", map_of({{"status_list", map_of({{"uri", text("https://issuer.example")}})}})},
      {"no uri", map_of({{"status_list", map_of({{"idx", number(1)}})}})},
      {"idx negative", map_of({{"status_list", map_of({{"idx", number(-1)}, {"uri", text("https://a.example")}})}})},
      {"uri empty", map_of({{"status_list", map_of({{"idx", number(1)}, {"uri", text("")}})}})},
      {"no id", map_of({{"identifier_list", map_of({{"uri", text("https://a.example")}})}})},
      {"id a text", map_of({{"identifier_list", map_of({{"id", text("x")}, {"uri", text("https://a.example")}})}})},
  };
  for (const StatusRow& row : rows) {
    INFO(row.why);
    CHECK(to_string(code_of(verify(with_status(row.status)))) == to_string(ErrorCode::mdoc_status_malformed));
  }
}

TEST_CASE("anchors of another purpose make nobody an issuer of mdocs, whatever the certificate is for") {
  const TestSigner other(authority(), crypto::CertificatePurpose::credential_issuer, "ds.example");
  const crypto::TrustAnchors anchors = authority().anchors(crypto::CertificatePurpose::credential_issuer);
  REQUIRE(anchors.verify_chain(other.chain, kTestNow).has_value());
  mdoc::IssueRequest request{.doc_type = "org.example.card",
                             .name_spaces = {{"org.example.card", {{"a", number(1)}}}},
                             .device_key = device().public_key(),
                             .signed_at = kTestNow,
                             .valid_from = kTestNow,
                             .valid_until = kTestNow + seconds(60)};
  SeededRng rng(1);
  Bytes issued = must(mdoc::issue(request, other.key, other.chain, rng));
  const mdoc::IssuerPolicy wrong{.anchors = anchors, .doc_types = {request.doc_type}};
  CHECK(code_of(mdoc::verify_issued(std::move(issued), wrong, device().public_key(), kTestNow)) ==
        ErrorCode::certificate_wrong_purpose);
}

TEST_CASE("what a device key is for may be said, and is passed over") {
  Forge said;
  said.device_key_info = add(
      "keyInfo", cbor::Writer().map(3).integer(1).text("x").integer(-1).array(1).integer(2).integer(7).map(0).take());
  CHECK(verify(said).has_value());
}

TEST_CASE("members of later editions are passed over and named") {
  Forge forged;
  forged.response = add("zkDocuments", number(1));
  forged.document = add("later", {0xf6});
  forged.mso = add("next", text("x"));
  forged.items[0].edit = add("hint", number(1));
  const auto verified = must(verify(forged));
  const mdoc::VerifiedDocument& document = verified.documents()[0];
  CHECK(document.document().unknown_members == std::vector<std::string_view>{"later"});
  CHECK(document.mso().unknown_members == std::vector<std::string_view>{"next"});
}

TEST_CASE("what the holder's device did not return is told") {
  Forge forged;
  forged.response = add("documentErrors", mdoc::value::array(std::vector<Bytes>{map_of({{"org.x", number(0)}})}));
  forged.document = add("errors", map_of({{"org.iso.18013.5.1", map_of({{"portrait", number(0)}})}}));
  const auto verified = must(verify(forged));
  REQUIRE(verified.document_errors().size() == 1);
  CHECK(verified.document_errors()[0].doc_type == "org.x");
  REQUIRE(verified.documents()[0].errors().size() == 1);
  CHECK(verified.documents()[0].errors()[0].identifier == "portrait");
}

TEST_CASE("A30: policy: digest algorithms, element types, several documents") {
  mdoc::VerifierPolicy no_sha256 = policy();
  no_sha256.issuer.digest_algorithms.sha256 = false;
  CHECK(code_of(verify(Forge{}, no_sha256)) == ErrorCode::mdoc_digest_algorithm_not_allowed);

  Forge odd;
  odd.items[2].value = number(1);
  mdoc::VerifierPolicy lenient = policy();
  lenient.issuer.element_types = mdoc::ElementTypes::ignore;
  CHECK(verify(odd, lenient).has_value());

  Forge two;
  two.response = [document = two.encoded_document()](Members& members) {
    member(members, "documents") = mdoc::value::array(std::vector<Bytes>{document, document});
  };
  mdoc::VerifierPolicy many = policy();
  many.documents_max = 2;
  CHECK(must(verify(two, many)).documents().size() == 2);

  mdoc::VerifierPolicy nothing = policy();
  nothing.issuer.doc_types.clear();
  CHECK(code_of(verify(Forge{}, nothing)) == ErrorCode::mdoc_doc_type_unexpected);
}

TEST_CASE("budgets: what is too much is refused before it costs anything") {
  const std::string ns(mdoc::kMdlNameSpace);
  const auto many = [](std::size_t count) {
    std::vector<Bytes> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(text(std::to_string(i)));
    return out;
  };
  check_refused({
      {"elements in a name space",
       [ns](Forge& f) {
         for (std::uint64_t i = 10; i < 10 + mdoc::kElementsMax; ++i) {
           f.items.push_back({ns, i, "e" + std::to_string(i), number(0)});
         }
         f.digests = [ns](Members& members) {
           member(members, ns) = cbor::Writer().map(1).unsigned_integer(0).bytes(Bytes(32)).take();
         };
       },
       ErrorCode::mdoc_too_large},
      {"digests in a name space",
       [ns](Forge& f) {
         f.digests = [ns](Members& members) {
           cbor::Writer writer;
           writer.map(mdoc::kElementsMax + 1);
           for (std::uint64_t id = 0; id <= mdoc::kElementsMax; ++id) writer.unsigned_integer(id).bytes(Bytes(32));
           member(members, ns) = writer.take();
         };
       },
       ErrorCode::mdoc_too_large},
      {"name spaces",
       [](Forge& f) {
         for (std::size_t i = 0; i < mdoc::kNameSpacesMax; ++i)
           f.items.push_back({"n" + std::to_string(i), 0, "e", number(0)});
       },
       ErrorCode::mdoc_too_large},
      {"documents",
       [](Forge& f) {
         f.response = [document = f.encoded_document()](Members& members) {
           member(members, "documents") = mdoc::value::array(std::vector<Bytes>(mdoc::kDocumentsMax + 1, document));
         };
       },
       ErrorCode::mdoc_too_large},
      {"authorized elements",
       [&](Forge& f) {
         f.device_key_info = add("keyAuthorizations", map_of({{"nameSpaces", mdoc::value::array(many(1025))}}));
       },
       ErrorCode::mdoc_too_large},
      {"authorized name spaces",
       [&](Forge& f) {
         Members elements;
         for (std::size_t i = 0; i <= mdoc::kNameSpacesMax; ++i) {
           elements.emplace_back(std::to_string(i), mdoc::value::array(many(1)));
         }
         f.device_key_info = add("keyAuthorizations", map_of({{"dataElements", map_of(elements)}}));
       },
       ErrorCode::mdoc_too_large},
      {"device-signed elements",
       [&](Forge& f) {
         Members elements;
         for (std::size_t i = 0; i <= mdoc::kElementsMax; ++i) elements.emplace_back(std::to_string(i), number(0));
         f.device_name_spaces = map_of({{"n", map_of(elements)}});
       },
       ErrorCode::mdoc_too_large},
      {"nesting",
       [](Forge& f) {
         Bytes deep(40, 0x81);
         deep.push_back(0xf6);
         f.items[0].value = deep;
       },
       ErrorCode::cbor_too_deep},
      {"items",
       [](Forge& f) {
         f.items[0].value = mdoc::value::array(std::vector<Bytes>(mdoc::kCborLimits.items_max, number(0)));
       },
       ErrorCode::cbor_too_many_items},
      {"bytes", [](Forge& f) { f.items[0].value = bytes(Bytes(mdoc::kMessageBytesMax)); }, ErrorCode::cbor_too_large},
  });
}

TEST_CASE("no items at all: possession only") {
  Forge forged;
  forged.issuer_signed = drop("nameSpaces");
  CHECK(must(verify(forged)).documents()[0].name_spaces().empty());
}

TEST_CASE("longer heads and indefinite lengths are taken where nothing was hashed") {
  // {_ "version": "1.0", "documents": [_ document], "status": 0 in two bytes}
  const Forge forged;
  Bytes response = {0xbf};
  const auto append = [&](const Bytes& part) { response.insert(response.end(), part.begin(), part.end()); };
  append(text("version"));
  append({0x7f, 0x62, '1', '.', 0x61, '0', 0xff});
  append(text("documents"));
  append({0x9f});
  append(forged.encoded_document());
  append({0xff});
  append(text("status"));
  append({0x18, 0x00, 0xff});
  CHECK(mdoc::verify_device_response(response, policy(), transcript(), kTestNow).has_value());
}

TEST_CASE("the order of digests and items does not matter") {
  const std::string ns(mdoc::kMdlNameSpace);
  Forge forged;
  for (std::uint64_t id = 40; id > 10; --id) forged.items.push_back({ns, id, "e" + std::to_string(id), number(1)});
  CHECK(verify(forged).has_value());
}

TEST_CASE("every flipped bit of a response is refused, but where nothing is said") {
  const Bytes good = Forge{}.encoded();
  // The one place: "nameSpaces" of IssuerSigned under a name that nobody knows yet. Nothing is shown then, which a
  // holder may choose; whoever asked for an element finds it missing.
  constexpr std::string_view kName = "nameSpaces";
  const std::size_t name = as_text(good).find(kName);
  std::map<std::string_view, std::size_t> codes;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      INFO("byte " << i << " bit " << bit);
      Bytes bad = good;
      bad[i] = static_cast<std::uint8_t>(bad[i] ^ (1 << bit));
      const auto verified = mdoc::verify_device_response(bad, policy(), transcript(), kTestNow);
      if (!verified) {
        ++codes[to_string(verified.error().code)];
        continue;
      }
      CHECK((i >= name && i < name + kName.size()));
      CHECK(verified->documents()[0].name_spaces().empty());
    }
  }
  CHECK(codes.size() > 15);  // many kinds of refusal, not one check that catches all
}

TEST_CASE("every cut of a response is refused") {
  const Bytes good = Forge{}.encoded();
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto verified = mdoc::verify_device_response(
        Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)), policy(), transcript(), kTestNow);
    CHECK(!verified.has_value());
  }
}

TEST_CASE("a wallet takes an mdoc for its own key only") {
  Forge forged;
  const auto verified =
      must(mdoc::verify_issued(forged.encoded_issuer_signed(), issuer_policy(), device().public_key(), kTestNow));
  CHECK(verified.doc_type() == mdoc::kMdlDocType);
  CHECK(verified->name_spaces.size() == 2);
  CHECK(verified.document_signer().common_name() == "ds.example");
  CHECK(code_of(mdoc::verify_issued(forged.encoded_issuer_signed(), issuer_policy(), other_key().public_key(),
                                    kTestNow)) == ErrorCode::mdoc_device_key_mismatch);
  Bytes trailing = forged.encoded_issuer_signed();
  trailing.push_back(0xf6);
  CHECK(code_of(mdoc::verify_issued(trailing, issuer_policy(), device().public_key(), kTestNow)) ==
        ErrorCode::cbor_trailing_bytes);
  forged.issuer_key = &other_key();
  CHECK(code_of(mdoc::verify_issued(forged.encoded_issuer_signed(), issuer_policy(), device().public_key(),
                                    kTestNow)) == ErrorCode::mdoc_issuer_signature_invalid);
  forged.doc_type = "org.example.other";
  CHECK(code_of(mdoc::verify_issued(forged.encoded_issuer_signed(), issuer_policy(), device().public_key(),
                                    kTestNow)) == ErrorCode::mdoc_doc_type_unexpected);
}
