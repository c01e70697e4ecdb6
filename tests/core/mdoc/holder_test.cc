#include "core/mdoc/holder.h"

#include <doctest/doctest.h>

#include "tests/core/mdoc/forge.h"

using namespace mibun;
using namespace forge;

namespace {

mdoc::HeldMdoc hold(const Forge& forged = {}) {
  return mdoc::HeldMdoc(
      must(mdoc::verify_issued(forged.encoded_issuer_signed(), issuer_policy(), device().public_key(), kTestNow)));
}

Result<mdoc::VerifiedDeviceResponse> check(Bytes response, mdoc::DeviceAuthPolicy auth = mdoc::SignatureOnly{}) {
  return mdoc::verify_device_response(std::move(response), {.issuer = issuer_policy(), .device_auth = std::move(auth)},
                                      transcript(), kTestNow);
}

std::vector<mdoc::ElementName> all_names(const mdoc::HeldMdoc& held) {
  std::vector<mdoc::ElementName> out;
  for (const auto& name_space : held.name_spaces()) {
    for (const auto& item : name_space.items) {
      out.push_back({std::string(name_space.name), std::string(item.identifier)});
    }
  }
  return out;
}

}  // namespace

TEST_CASE("every selection shows exactly what was chosen, byte for byte") {
  const mdoc::HeldMdoc held = hold();
  const std::vector<mdoc::ElementName> names = all_names(held);
  REQUIRE(names.size() == 4);
  for (unsigned subset = 0; subset < 16; ++subset) {
    std::vector<mdoc::ElementName> selected;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if ((subset >> i & 1) != 0) selected.push_back(names[i]);
    }
    const auto verified = must(check(must(held.present(selected, transcript(), mdoc::SignWith{device()}))));
    const mdoc::VerifiedDocument& document = verified.documents()[0];
    std::size_t shown = 0;
    for (const auto& name_space : document.name_spaces()) shown += name_space.items.size();
    CHECK(shown == selected.size());
    for (const mdoc::ElementName& name : selected) {
      const auto* item = document.find(name.name_space, name.identifier);
      REQUIRE(item != nullptr);
      const auto* original = held.issuer_signed().find(name.name_space, name.identifier);
      CHECK(to_bytes(item->bytes) == to_bytes(original->bytes));
    }
    CHECK(document.device_name_spaces().empty());
  }
}

TEST_CASE("A31: a presentation counts for its own transcript and device only") {
  const mdoc::HeldMdoc held = hold();
  const auto names = all_names(held);
  const Bytes response = must(held.present(names, transcript(), mdoc::SignWith{device()}));
  CHECK(code_of(mdoc::verify_device_response(response, policy(), transcript("other"), kTestNow)) ==
        ErrorCode::mdoc_device_signature_invalid);
  const auto stranger = crypto::P256PrivateKey::generate();
  CHECK(code_of(held.present(names, transcript(), mdoc::SignWith{stranger})) == ErrorCode::invalid_argument);
  CHECK(code_of(held.present(names, transcript(), mdoc::MacWith{stranger, reader().public_key()})) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("with a MAC, for the one reader") {
  const mdoc::HeldMdoc held = hold();
  const Bytes response =
      must(held.present(all_names(held), transcript(), mdoc::MacWith{device(), reader().public_key()}));
  const auto verified = must(check(response, mdoc::MacOnly{reader()}));
  CHECK(verified.documents()[0].device_auth() == mdoc::DeviceAuthKind::mac);
  CHECK(code_of(check(response, mdoc::MacOnly{device()})) == ErrorCode::mdoc_device_mac_invalid);
  CHECK(code_of(check(response)) == ErrorCode::mdoc_device_auth_not_allowed);
}

TEST_CASE("what is not held cannot be shown; a name twice counts once") {
  const mdoc::HeldMdoc held = hold();
  const std::string ns(mdoc::kMdlNameSpace);
  const auto present = [&](std::vector<mdoc::ElementName> selected) {
    return held.present(selected, transcript(), mdoc::SignWith{device()});
  };
  CHECK(code_of(present({{ns, "family_name"}, {ns, "portrait"}})) == ErrorCode::mdoc_element_not_held);
  CHECK(code_of(present({{"org.iso.18013.5.1.JP", "family_name"}})) == ErrorCode::mdoc_element_not_held);
  const auto verified = must(check(must(present({{ns, "family_name"}, {ns, "family_name"}}))));
  REQUIRE(verified.documents()[0].name_spaces().size() == 1);
  CHECK(verified.documents()[0].name_spaces()[0].items.size() == 1);
}

TEST_CASE("what a wallet kept opens again; what changed meanwhile does not") {
  const Forge forged;
  const Bytes stored = forged.encoded_issuer_signed();
  const auto held = must(mdoc::HeldMdoc::reopen_stored(stored));
  CHECK(held.doc_type() == mdoc::kMdlDocType);
  CHECK(held.device_key() == crypto::PublicKey(device().public_key()));
  CHECK(held.validity().valid_until == forged.valid_until);
  CHECK(held.bytes() == stored);
  CHECK(check(must(held.present(all_names(held), transcript(), mdoc::SignWith{device()}))).has_value());

  Forge changed;
  changed.items[0].sent_instead = Item{changed.items[0].name_space, 0, "family_name", text("Sato")}.encoded();
  CHECK(code_of(mdoc::HeldMdoc::reopen_stored(changed.encoded_issuer_signed())) == ErrorCode::mdoc_digest_mismatch);
  CHECK(code_of(mdoc::HeldMdoc::reopen_stored({})) == ErrorCode::cbor_truncated);
}

TEST_CASE("an issuer's tag 18 is taken and not sent on") {
  const Forge forged;
  Forge tagged = forged;
  tagged.issuer_signed = [](Members& members) {
    Bytes& issuer_auth = member(members, "issuerAuth");
    issuer_auth.insert(issuer_auth.begin(), 0xd2);
  };
  const mdoc::HeldMdoc held = hold(tagged);
  const auto verified = must(check(must(held.present(all_names(held), transcript(), mdoc::SignWith{device()}))));
  CHECK(verified.documents()[0].document().issuer_signed.issuer_auth_bytes[0] == 0x84);
}

TEST_CASE("several documents, and some that are withheld") {
  const mdoc::HeldMdoc held = hold();
  const Bytes one = must(held.document(all_names(held), transcript(), mdoc::SignWith{device()}));
  const Bytes response =
      mdoc::make_device_response(std::vector<Bytes>{one, one}, std::vector<mdoc::WithheldDocument>{{"org.x", 0}});
  CHECK(cbor::check_well_formed(response, cbor::Form::sorted).has_value());
  mdoc::VerifierPolicy many = policy();
  many.documents_max = 2;
  const auto verified = must(mdoc::verify_device_response(response, many, transcript(), kTestNow));
  CHECK(verified.documents().size() == 2);
  REQUIRE(verified.document_errors().size() == 1);
  CHECK(verified.document_errors()[0].doc_type == "org.x");
  CHECK(code_of(check(mdoc::make_device_response({}, std::vector<mdoc::WithheldDocument>{{"org.x", 0}}))) ==
        ErrorCode::mdoc_no_documents);
  CHECK(code_of(check(mdoc::make_error_response(11))) == ErrorCode::mdoc_response_status);
}
