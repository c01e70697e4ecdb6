#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/crypto/mdoc_certificates.h"
#include "tests/support/test_pki.h"

namespace mibun::wallet {

// An issuer of mdocs; by the profiles, which a wallet asks for.
struct Country {
  static crypto::MdocCertificateRequest names(std::string_view name, std::chrono::days valid) {
    return {.common_name = std::string(name),
            .organization = "Test",
            .not_before = kTestNow - std::chrono::hours(1),
            .not_after = kTestNow + valid,
            .crl_uri = "https://issuer.example/iaca.crl",
            .issuer_mail = {},
            .issuer_uri = "https://issuer.example"};
  }
  TestSigner document_signer() const {
    TestSigner signer(TestAuthority("unused"), crypto::CertificatePurpose::mdoc_document_signer, "ds.example");
    signer.certificate = must(crypto::make_document_signer_certificate(names("DS", std::chrono::days(90)),
                                                                       signer.key.public_key(), iaca, key));
    signer.chain = {to_bytes(signer.certificate.der())};
    return signer;
  }
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  crypto::Certificate iaca = must(crypto::make_iaca_certificate(names("IACA", std::chrono::days(365)), key));
};

}  // namespace mibun::wallet
