// The verifier: checks the DeviceResponse that the wallet of issue_mdoc sent, and prints what it may believe.
//   verify_device_response FOLDER NONCE
#include <cstdio>
#include <string>

#include "core/base/time.h"
#include "core/codecs/cbor.h"
#include "core/crypto/x509.h"
#include "core/mdoc/verifier.h"
#include "files.h"

using namespace mibun;

constexpr const char* kDocType = "org.example.membership.1";

Status verify(const std::string& folder, const std::string& nonce) {
  MIBUN_TRY(const auto root, crypto::Certificate::from_pem(load(folder + "/iaca.pem")));
  const auto iaca = crypto::TrustAnchors::ignore_mdoc_profile(crypto::CertificatePurpose::mdoc_document_signer, {root},
                                                              crypto::RevocationPolicy::ignore_revocation);
  const mdoc::VerifierPolicy policy{.issuer = {.anchors = iaca, .doc_types = {kDocType}}};

  // What both sides saw of the exchange: made from our own request, never from what arrived.
  const auto transcript = mdoc::SessionTranscript::make(mdoc::RedirectHandover{
      "x509_san_dns:shop.example", nonce, mdoc::ResponseKey::not_encrypted(), "https://shop.example/response"});

  // Issuer's signature and certificates, validity, digests of the elements, the device's signature over the transcript.
  MIBUN_TRY(const auto verified, mdoc::verify_device_response(to_bytes(load(folder + "/response.cbor")), policy,
                                                              transcript, SystemClock().now()));
  for (const mdoc::IssuerNameSpace& name_space : verified.documents()[0].name_spaces()) {
    for (const mdoc::IssuerSignedItem& item : name_space.items) {
      cbor::Reader value(item.value);
      MIBUN_TRY(const std::string_view text, value.read_text());
      std::printf("%s = %s\n", std::string(item.identifier).c_str(), std::string(text).c_str());
    }
  }
  return {};
}

int main(int argc, char** argv) {
  return finish(verify(argc > 1 ? argv[1] : ".", argc > 2 ? argv[2] : "n-0S6_WzA2Mj"));
}
