// The issuer: makes a mobile document (ISO/IEC 18013-5). The wallet then shows one element of it to a shop.
//   issue_mdoc FOLDER NONCE
#include <array>
#include <string>

#include "core/base/time.h"
#include "core/crypto/hash.h"
#include "core/crypto/x509.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/issuer.h"
#include "files.h"

using namespace mibun;

constexpr const char* kDocType = "org.example.membership.1";

Status issue(const std::string& folder, const std::string& nonce) {
  const Instant now = SystemClock().now();
  // The root of an issuing authority (IACA), a document signer below it, and a key that the wallet made and keeps.
  const auto root_key = crypto::P256PrivateKey::generate(), signer_key = crypto::P256PrivateKey::generate(),
             device_key = crypto::P256PrivateKey::generate();
  crypto::CertificateRequest names;
  names.common_name = "Example IACA";
  names.not_before = now - std::chrono::hours(1);
  names.not_after = now + std::chrono::hours(24 * 365);
  MIBUN_TRY(const auto root, crypto::make_root_certificate(names, root_key));
  names.common_name = "Example document signer";
  names.purpose = crypto::CertificatePurpose::mdoc_document_signer;
  MIBUN_TRY(const auto signer, crypto::make_certificate(names, signer_key.public_key(), root, root_key));

  const mdoc::IssueRequest request{
      .doc_type = kDocType,
      .name_spaces = {{kDocType,
                       {{"name", mdoc::value::text("身分 花子")}, {"member_since", mdoc::value::text("2020-04-01")}}}},
      .device_key = device_key.public_key(),
      .signed_at = now,
      .valid_from = now,
      .valid_until = now + std::chrono::hours(24 * 30)};
  crypto::SystemRng rng;
  MIBUN_TRY(const Bytes issued, mdoc::issue(request, signer_key, std::array{to_bytes(signer.der())}, rng));

  // The wallet checks what it got, and answers a request with this nonce with one element and its own signature.
  const auto iaca = crypto::TrustAnchors::ignore_mdoc_profile(crypto::CertificatePurpose::mdoc_document_signer, {root},
                                                              crypto::RevocationPolicy::ignore_revocation);
  MIBUN_TRY(auto verified, mdoc::verify_issued(issued, {iaca, {kDocType}}, device_key.public_key(), now));
  const auto transcript = mdoc::SessionTranscript::make(mdoc::RedirectHandover{
      "x509_san_dns:shop.example", nonce, mdoc::ResponseKey::not_encrypted(), "https://shop.example/response"});
  const mdoc::ElementName shown[] = {{kDocType, "member_since"}};
  MIBUN_TRY(const Bytes response,
            mdoc::HeldMdoc(std::move(verified)).present(shown, transcript, mdoc::SignWith{device_key}));
  save(folder + "/iaca.pem", root.pem());
  save(folder + "/response.cbor", as_text(response));
  return {};
}

int main(int argc, char** argv) {
  return finish(issue(argc > 1 ? argv[1] : ".", argc > 2 ? argv[2] : "n-0S6_WzA2Mj"));
}
