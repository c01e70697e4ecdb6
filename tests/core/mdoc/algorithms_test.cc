#include <doctest/doctest.h>

#include <algorithm>

#include "core/cose/sign1.h"
#include "core/mdoc/device_auth.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/issuer.h"
#include "core/mdoc/reader_auth.h"
#include "tests/core/mdoc/forge.h"
#include "tests/support/key_kinds.h"

// ISO/IEC 18013-5, tables 22 and 23: document signers, devices and readers with keys other than P-256. The key says the
// algorithm; the header can only agree.
namespace {

using namespace mibun;
using crypto::CertificatePurpose;
using forge::transcript;

const std::vector<mdoc::ElementName> kShown = {{std::string(mdoc::kMdlNameSpace), "age_over_20"}};

std::vector<Bytes> signer_chain(const crypto::Signer& key) {
  return chain_for(forge::authority(), CertificatePurpose::mdoc_document_signer, "ds.example", key);
}

Bytes issue(const KeyKind& device, const crypto::Signer& signer, std::span<const Bytes> chain) {
  SeededRng rng(1);
  const mdoc::IssueRequest request{
      .doc_type = std::string(mdoc::kMdlDocType),
      .name_spaces = {{std::string(mdoc::kMdlNameSpace), {{"age_over_20", mdoc::value::boolean(true)}}}},
      .device_key = device.key->verification_key(),
      .signed_at = kTestNow,
      .valid_from = kTestNow,
      .valid_until = kTestNow + std::chrono::hours(24),
      .elements = mdoc::IssuedElements::ignore};
  return must(mdoc::issue(request, signer, chain, rng));
}

Result<mdoc::VerifiedIssuerSigned> receive(const Bytes& issued, const KeyKind& device) {
  return mdoc::verify_issued(issued, forge::issuer_policy(), device.key->verification_key(), kTestNow);
}

Result<mdoc::VerifiedDeviceResponse> verify(const Bytes& response, std::string_view nonce = "n-0S6_WzA2Mj") {
  return mdoc::verify_device_response(response, forge::policy(), transcript(nonce), kTestNow);
}

// The COSE_Sign1 that stands behind the member `name`.
BytesView message_of(const Bytes& whole, std::string_view name) {
  const auto found = std::ranges::search(whole, forge::text(name));
  REQUIRE(!found.empty());
  cbor::Reader reader(BytesView(found.end(), whole.end()));
  return must(reader.skip());
}

Bytes replaced(const Bytes& whole, BytesView part, BytesView other) {
  Bytes out(whole.data(), part.data());
  out.insert(out.end(), other.begin(), other.end());
  out.insert(out.end(), part.data() + part.size(), whole.data() + whole.size());
  return out;
}

// The message with another number in its protected header, everything else as it was.
Bytes renamed(BytesView message, std::int64_t algorithm) {
  cbor::Reader reader(message);
  REQUIRE(must(reader.read_array()) == 4);
  must(reader.read_bytes());
  cbor::Writer out;
  out.array(4).bytes(cbor::Writer().map(1).integer(1).integer(algorithm).view());
  for (int i = 0; i < 3; ++i) out.raw(must(reader.skip()));
  return out.take();
}

}  // namespace

TEST_CASE("document signers and devices of every algorithm") {
  const auto issuers = key_kinds(), devices = key_kinds(), strangers = key_kinds();
  for (const KeyKind& issuer : issuers) {
    for (const KeyKind& device : devices) {
      INFO(issuer.name << " issues to " << device.name);
      const auto chain = signer_chain(*issuer.key);
      const Bytes issued = issue(device, *issuer.key, chain);
      const mdoc::HeldMdoc held(must(receive(issued, device)));
      CHECK(held.device_key() == device.key->verification_key());
      const Bytes response = must(held.present(kShown, transcript(), mdoc::SignWith{*device.key}));
      const auto verified = must(verify(response));
      CHECK(verified.documents()[0].find(mdoc::kMdlNameSpace, "age_over_20") != nullptr);
      CHECK(verified.documents()[0].document_signer().public_key() == issuer.key->verification_key());
      CHECK(code_of(verify(response, "another")) == ErrorCode::mdoc_device_signature_invalid);

      for (const KeyKind& stranger : strangers) {
        INFO("a stranger's " << stranger.name);
        const bool same_kind = stranger.algorithm == issuer.algorithm;
        CHECK(code_of(receive(issue(device, *stranger.key, chain), device)) ==
              (same_kind ? ErrorCode::mdoc_issuer_signature_invalid : ErrorCode::mdoc_issuer_algorithm_not_allowed));
        CHECK(code_of(held.present(kShown, transcript(), mdoc::SignWith{*stranger.key})) ==
              ErrorCode::invalid_argument);
        CHECK(code_of(receive(issued, stranger)) == ErrorCode::mdoc_device_key_mismatch);

        const std::int64_t number = cose::classic_number(stranger.algorithm);
        const auto rename = [&](std::string_view member) {
          const BytesView message = message_of(response, member);
          return code_of(verify(replaced(response, message, renamed(message, number))));
        };
        if (!same_kind) CHECK(rename("issuerAuth") == ErrorCode::mdoc_issuer_algorithm_not_allowed);
        if (stranger.algorithm != device.algorithm) {
          CHECK(rename("deviceSignature") == ErrorCode::mdoc_device_algorithm_not_allowed);
        }
      }
    }
  }
}

TEST_CASE("the fully specified numbers of RFC 9864 say the same; a reader signs with those of the standard") {
  const auto issuers = key_kinds(), devices = key_kinds();
  for (std::size_t i = 0; i < issuers.size(); ++i) {
    const KeyKind& issuer = issuers[i];
    const KeyKind& device = devices[(i + 1) % devices.size()];
    INFO(issuer.name << " issues to " << device.name);
    const auto chain = signer_chain(*issuer.key);
    const Bytes classic = issue(device, *issuer.key, chain);
    const BytesView issuer_auth = message_of(classic, "issuerAuth");
    const auto parsed = must(cose::Sign1::parse(issuer_auth, cose::Tagging::forbidden));
    const Bytes resigned = must(cose::sign1(*parsed.unverified_payload(), *issuer.key,
                                            {.x5chain = chain, .names = cose::AlgorithmNames::either}));
    const mdoc::HeldMdoc held(must(receive(replaced(classic, issuer_auth, resigned), device)));

    const Bytes response = must(held.present(kShown, transcript(), mdoc::SignWith{*device.key}));
    const Bytes payload =
        mdoc::device_authentication_bytes(transcript(), mdoc::kMdlDocType, forge::embedded(Bytes{0xa0}));
    const Bytes signature = must(cose::sign1_detached(payload, *device.key, {.names = cose::AlgorithmNames::either}));
    const BytesView message = message_of(response, "deviceSignature");
    CHECK(verify(replaced(response, message, signature)).has_value());
    // Over the classic number it is another text that was signed.
    CHECK(code_of(verify(replaced(response, message, renamed(signature, cose::classic_number(device.algorithm))))) ==
          ErrorCode::mdoc_device_signature_invalid);
  }
}

TEST_CASE("readers of every algorithm") {
  const TestAuthority authority("readers");
  const auto anchors = authority.anchors(CertificatePurpose::mdoc_reader);
  const auto here = transcript(), elsewhere = transcript("another");
  const auto items = must(mdoc::ItemsRequest::make(
      mdoc::kMdlDocType,
      std::vector<mdoc::RequestedNameSpace>{{std::string(mdoc::kMdlNameSpace), {{"age_over_20", false}}}}));
  const auto readers = key_kinds(), strangers = key_kinds();
  for (const KeyKind& reader : readers) {
    INFO(reader.name);
    const auto chain = chain_for(authority, CertificatePurpose::mdoc_reader, "shop.example", *reader.key);
    const auto check = [&](Bytes reader_auth, const mdoc::SessionTranscript& over) {
      return mdoc::verify_reader_auth(mdoc::DocRequest(items, std::move(reader_auth)),
                                      {.transcript = over, .anchors = anchors, .now = kTestNow});
    };
    const Bytes honest = must(mdoc::sign_reader_auth(items, here, *reader.key, chain));
    CHECK(must(check(honest, here)).reader().public_key() == reader.key->verification_key());
    CHECK(code_of(check(honest, elsewhere)) == ErrorCode::mdoc_reader_auth_signature_invalid);
    for (const KeyKind& stranger : strangers) {
      INFO("a stranger's " << stranger.name);
      const bool same_kind = stranger.algorithm == reader.algorithm;
      CHECK(code_of(check(must(mdoc::sign_reader_auth(items, here, *stranger.key, chain)), here)) ==
            (same_kind ? ErrorCode::mdoc_reader_auth_signature_invalid
                       : ErrorCode::mdoc_reader_auth_algorithm_not_allowed));
      const std::int64_t number =
          same_kind ? cose::fully_specified_number(stranger.algorithm) : cose::classic_number(stranger.algorithm);
      CHECK(code_of(check(renamed(honest, number), here)) == ErrorCode::mdoc_reader_auth_algorithm_not_allowed);
    }
  }
}
