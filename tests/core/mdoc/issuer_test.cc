#include "core/mdoc/issuer.h"

#include <doctest/doctest.h>

#include <set>

#include "core/mdoc/limits.h"
#include "core/mdoc/verifier.h"
#include "tests/core/mdoc/forge.h"

using namespace mibun;
namespace value = mdoc::value;
using forge::device;
using forge::document_signer;
using forge::issuer_policy;

namespace {

// The doctype's mandatory elements, and some more.
mdoc::IssueRequest mdl() {
  return {.doc_type = std::string(mdoc::kMdlDocType),
          .name_spaces = {{std::string(mdoc::kMdlNameSpace),
                           {{"family_name", value::text("Yamada")},
                            {"given_name", value::text("Hanako")},
                            {"birth_date", value::full_date({1990, 4, 15})},
                            {"issue_date", value::full_date({2024, 10, 1})},
                            {"expiry_date", value::full_date({2029, 10, 1})},
                            {"issuing_country", value::text("JP")},
                            {"issuing_authority", value::text("東京都公安委員会")},
                            {"document_number", value::text("123456789012")},
                            {"portrait", value::bytes(Bytes(300, 0xd8))},
                            {"driving_privileges",
                             value::driving_privileges(std::vector<value::DrivingPrivilege>{
                                 {.vehicle_category_code = "B", .issue_date = CalendarDate{2010, 5, 1}}})},
                            {"un_distinguishing_sign", value::text("J")},
                            {"age_over_20", value::boolean(true)}}},
                          {"org.iso.18013.5.1.JP", {{"colour", value::text("gold")}}}},
          .device_key = device().public_key(),
          .signed_at = kTestNow,
          .valid_from = kTestNow,
          .valid_until = kTestNow + std::chrono::hours(24 * 14)};
}

Result<Bytes> issue(const mdoc::IssueRequest& request, std::uint64_t seed = 1) {
  SeededRng rng(seed);
  return mdoc::issue(request, document_signer().key, document_signer().chain, rng);
}

mdoc::VerifiedIssuerSigned issue_and_verify(const mdoc::IssueRequest& request, std::uint64_t seed = 1) {
  return must(mdoc::verify_issued(must(issue(request, seed)), issuer_policy(), device().public_key(), kTestNow));
}

}  // namespace

TEST_CASE("what is issued verifies and says what was asked") {
  mdoc::IssueRequest request = mdl();
  request.expected_update = kTestNow + std::chrono::hours(24 * 7);
  request.status = mdoc::NewStatus{412, "https://issuer.example/statuslists/1"};
  request.key_authorizations = {.name_spaces = {"org.example.payment"}, .elements = {{"org.example.x", {"a", "b"}}}};
  const auto verified = issue_and_verify(request);
  REQUIRE(verified->name_spaces.size() == 2);
  for (const mdoc::NewNameSpace& name_space : request.name_spaces) {
    for (const mdoc::NewElement& element : name_space.elements) {
      INFO(element.identifier);
      const mdoc::IssuerSignedItem* item = verified->find(name_space.name, element.identifier);
      REQUIRE(item != nullptr);
      CHECK(to_bytes(item->value) == element.value);
      CHECK(item->random.size() == 32);
    }
  }
  const mdoc::Mso& mso = verified->mso;
  CHECK(mso.device_key == crypto::PublicKey(device().public_key()));
  CHECK(mso.validity.signed_at == request.signed_at);
  CHECK(mso.validity.valid_until == request.valid_until);
  CHECK(mso.validity.expected_update == request.expected_update);
  CHECK(mso.status->status_list->index == 412);
  CHECK(mso.status->status_list->uri == "https://issuer.example/statuslists/1");
  CHECK(mso.key_authorizations.allows("org.example.payment", "anything"));
  CHECK(mso.key_authorizations.allows("org.example.x", "b"));
  CHECK(!mso.key_authorizations.allows("org.example.x", "c"));
  CHECK(mso.unknown_members.empty());
}

TEST_CASE("everything written is in the deterministic encoding, at each level") {
  mdoc::IssueRequest request = mdl();
  request.status = mdoc::NewStatus{1, "https://issuer.example/s"};
  request.key_authorizations = {.name_spaces = {"n"}, .elements = {{"m", {"a"}}}};
  const auto verified = issue_and_verify(request);
  CHECK(cbor::check_well_formed(verified.bytes(), cbor::Form::sorted).has_value());
  cbor::Reader payload(*verified->issuer_auth.unverified_payload());
  const auto mso = must(payload.read_embedded());
  CHECK(cbor::check_well_formed(mso.content, cbor::Form::sorted).has_value());
  for (const mdoc::IssuerNameSpace& name_space : verified->name_spaces) {
    for (const mdoc::IssuerSignedItem& item : name_space.items) {
      cbor::Reader reader(item.bytes);
      CHECK(cbor::check_well_formed(must(reader.read_embedded()).content, cbor::Form::sorted).has_value());
    }
  }
}

TEST_CASE("two copies share no salt, no digest and no order") {
  const auto first = issue_and_verify(mdl(), 1), second = issue_and_verify(mdl(), 2);
  std::set<Bytes> salts, digests;
  std::vector<std::string_view> orders[2];
  std::size_t items = 0;
  for (const auto* one : {&first, &second}) {
    for (const mdoc::IssuerNameSpace& name_space : (*one)->name_spaces) {
      std::uint32_t next_id = 0;
      for (const mdoc::IssuerSignedItem& item : name_space.items) {
        CHECK(item.digest_id == next_id++);  // in the order of ids, which is random
        salts.insert(to_bytes(item.random));
        digests.insert(to_bytes((*one)->mso.find(name_space.name)->find(item.digest_id)->digest));
        orders[one == &second].push_back(item.identifier);
        ++items;
      }
    }
  }
  CHECK(salts.size() == items);
  CHECK(digests.size() == items);
  CHECK(orders[0] != orders[1]);
}

TEST_CASE("each digest algorithm, and a policy that does not want it") {
  for (const auto algorithm :
       {mdoc::DigestAlgorithm::sha256, mdoc::DigestAlgorithm::sha384, mdoc::DigestAlgorithm::sha512}) {
    mdoc::IssueRequest request = mdl();
    request.digest_algorithm = algorithm;
    const Bytes issued = must(issue(request));
    CHECK(mdoc::verify_issued(issued, issuer_policy(), device().public_key(), kTestNow).has_value());
    mdoc::IssuerPolicy strict = issuer_policy();
    strict.digest_algorithms = {.sha256 = algorithm != mdoc::DigestAlgorithm::sha256,
                                .sha384 = algorithm != mdoc::DigestAlgorithm::sha384,
                                .sha512 = algorithm != mdoc::DigestAlgorithm::sha512};
    CHECK(code_of(mdoc::verify_issued(issued, strict, device().public_key(), kTestNow)) ==
          ErrorCode::mdoc_digest_algorithm_not_allowed);
  }
}

TEST_CASE("times are written in whole seconds with Z") {
  mdoc::IssueRequest request = mdl();
  request.signed_at = request.valid_from = Instant::from_unix_milliseconds(kTestNow.unix_milliseconds() - 1);
  const auto verified = issue_and_verify(request);
  CHECK(verified->mso.validity.signed_at == kTestNow - seconds(1));
}

TEST_CASE("what must not be issued is refused") {
  using Request = mdoc::IssueRequest;
  struct Row {
    std::string_view why;
    std::function<void(Request&)> spoil;
    ErrorCode want;
  };
  const Row rows[] = {
      {"no doctype", [](Request& r) { r.doc_type.clear(); }, ErrorCode::mdoc_malformed},
      {"no name spaces", [](Request& r) { r.name_spaces.clear(); }, ErrorCode::mdoc_malformed},
      {"a name space without elements", [](Request& r) { r.name_spaces[1].elements.clear(); },
       ErrorCode::mdoc_malformed},
      {"a name space twice", [](Request& r) { r.name_spaces.push_back(r.name_spaces[0]); },
       ErrorCode::mdoc_duplicate_element},
      {"an element twice", [](Request& r) { r.name_spaces[0].elements.push_back(r.name_spaces[0].elements[0]); },
       ErrorCode::mdoc_duplicate_element},
      {"an element without a name", [](Request& r) { r.name_spaces[0].elements[0].identifier.clear(); },
       ErrorCode::mdoc_malformed},
      {"a long name", [](Request& r) { r.name_spaces[1].elements[0].identifier = std::string(300, 'x'); },
       ErrorCode::mdoc_too_large},
      {"a value that is no CBOR", [](Request& r) { r.name_spaces[0].elements[0].value = {0x61}; },
       ErrorCode::mdoc_malformed},
      {"two values in one", [](Request& r) { r.name_spaces[0].elements[0].value = {0xf5, 0xf5}; },
       ErrorCode::mdoc_malformed},
      {"a name space without a name", [](Request& r) { r.name_spaces[1].name.clear(); }, ErrorCode::mdoc_malformed},
      {"a long name space", [](Request& r) { r.name_spaces[1].name = std::string(300, 'x'); },
       ErrorCode::mdoc_too_large},
      {"too many elements",
       [](Request& r) {
         while (r.name_spaces[1].elements.size() <= mdoc::kElementsMax) {
           r.name_spaces[1].elements.push_back(
               {"e" + std::to_string(r.name_spaces[1].elements.size()), value::boolean(true)});
         }
       },
       ErrorCode::mdoc_too_large},
      {"too many name spaces",
       [](Request& r) {
         while (r.name_spaces.size() <= mdoc::kNameSpacesMax) {
           r.name_spaces.push_back({"n" + std::to_string(r.name_spaces.size()), r.name_spaces[1].elements});
         }
       },
       ErrorCode::mdoc_too_large},
      {"a mandatory element missing",
       [](Request& r) { r.name_spaces[0].elements.erase(r.name_spaces[0].elements.begin()); },
       ErrorCode::mdoc_element_missing},
      {"a birth date as text", [](Request& r) { r.name_spaces[0].elements[2].value = value::text("1990-04-15"); },
       ErrorCode::mdoc_element_wrong_type},
      {"valid before signed", [](Request& r) { r.valid_from = r.signed_at - seconds(1); },
       ErrorCode::mdoc_validity_inconsistent},
      {"valid for no second", [](Request& r) { r.valid_until = r.valid_from + milliseconds(999); },
       ErrorCode::mdoc_validity_inconsistent},
      {"an authorization twice", [](Request& r) { r.key_authorizations.name_spaces = {"a", "a"}; },
       ErrorCode::mdoc_key_authorizations_malformed},
      {"authorized whole and in part",
       [](Request& r) { r.key_authorizations = {.name_spaces = {"a"}, .elements = {{"a", {"b"}}}}; },
       ErrorCode::mdoc_key_authorizations_malformed},
      {"an authorized element twice", [](Request& r) { r.key_authorizations.elements = {{"a", {"b", "b"}}}; },
       ErrorCode::mdoc_key_authorizations_malformed},
      {"an authorization without a name", [](Request& r) { r.key_authorizations.name_spaces = {""}; },
       ErrorCode::mdoc_key_authorizations_malformed},
      {"authorized no element", [](Request& r) { r.key_authorizations.elements = {{"a", {}}}; },
       ErrorCode::mdoc_key_authorizations_malformed},
  };
  REQUIRE(issue(mdl()).has_value());
  for (const Row& row : rows) {
    INFO(row.why);
    Request request = mdl();
    row.spoil(request);
    CHECK(to_string(code_of(issue(request))) == to_string(row.want));
  }
  SeededRng rng(1);
  CHECK(code_of(mdoc::issue(mdl(), document_signer().key, {}, rng)) == ErrorCode::mdoc_x5chain_missing);
}

TEST_CASE("names that end alike are no twins") {
  mdoc::IssueRequest request = mdl();
  auto& elements = request.name_spaces[0].elements;
  elements.push_back({"first_in_common", mdoc::value::boolean(true)});
  elements.push_back({"second_in_common", mdoc::value::boolean(false)});
  const auto verified = issue_and_verify(request);
  CHECK(verified->find(request.name_spaces[0].name, "first_in_common") != nullptr);
  CHECK(verified->find(request.name_spaces[0].name, "second_in_common") != nullptr);
  elements.push_back(elements[elements.size() - 2]);
  CHECK(code_of(issue(request)) == ErrorCode::mdoc_duplicate_element);
}

TEST_CASE("an issuer may step around the tables aloud, and other doctypes have none") {
  mdoc::IssueRequest partial = mdl();
  partial.name_spaces[0].elements.resize(2);
  CHECK(code_of(issue(partial)) == ErrorCode::mdoc_element_missing);
  partial.elements = mdoc::IssuedElements::ignore;
  CHECK(issue(partial).has_value());
  mdoc::IssueRequest other = mdl();
  other.doc_type = "org.example.other";
  other.name_spaces[0].elements.resize(1);
  CHECK(issue(other).has_value());
}
