#pragma once

#include <doctest/doctest.h>

#include "core/mdoc/verifier.h"
#include "tests/core/mdoc/forge.h"

// Rows of "wrong in one thing only", for the tests of the verifier.
namespace forge {

using namespace mibun;

// What is wrong with an otherwise good response.
struct Row {
  std::string_view why;
  std::function<void(Forge&)> spoil;
  ErrorCode want;
};

inline void check_refused(const std::vector<Row>& rows, const Forge& good = {},
                          const mdoc::VerifierPolicy& with = policy()) {
  REQUIRE(verify(good, with).has_value());
  for (const Row& row : rows) {
    INFO(row.why);
    Forge forged = good;
    row.spoil(forged);
    const auto verified = verify(forged, with);
    CHECK(to_string(code_of(verified)) == to_string(row.want));
  }
}

inline Bytes hex_bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::uint8_t>(value));
  return out;
}

inline mdoc::VerifierPolicy mac_policy() {
  return {.issuer = issuer_policy(), .device_auth = mdoc::SignatureOrMac{reader()}};
}

// An issuer signature by a key that the chain does not name.
inline const crypto::P256PrivateKey& other_key() {
  static const auto made = crypto::P256PrivateKey::generate();
  return made;
}

inline TestSigner signer_with(const std::function<void(crypto::CertificateRequest&)>& edit) {
  TestSigner signer(authority(), crypto::CertificatePurpose::mdoc_document_signer, "ds.example");
  auto request = TestAuthority::names("ds.example");
  request.purpose = crypto::CertificatePurpose::mdoc_document_signer;
  request.not_before = kTestNow - std::chrono::hours(24);
  request.not_after = kTestNow + std::chrono::hours(24 * 30);
  edit(request);
  signer.certificate =
      must(crypto::make_certificate(request, signer.key.public_key(), authority().root, authority().key));
  signer.chain = {to_bytes(signer.certificate.der())};
  return signer;
}

}  // namespace forge
