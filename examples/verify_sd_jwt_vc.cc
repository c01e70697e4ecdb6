// The verifier: checks what the wallet of answer_dcql sent, and prints the claims it may believe.
//   verify_sd_jwt_vc FOLDER NONCE
#include <cstdio>
#include <string>

#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/x509.h"
#include "core/sd_jwt/verifier.h"
#include "files.h"

using namespace mibun;

Status verify(const std::string& folder, const std::string& nonce) {
  // Whom we believe, and for what: the anchors of one purpose only.
  MIBUN_TRY(const auto root, crypto::Certificate::from_pem(load(folder + "/issuer_root.pem")));
  const crypto::TrustAnchors issuers(crypto::CertificatePurpose::credential_issuer, {root},
                                     crypto::RevocationPolicy::ignore_revocation);

  // Both policies are complete: there is no check that one could forget to ask for. Audience and nonce are our own; the
  // nonce is used once, which is for our database to make sure of.
  const sd_jwt::IssuerPolicy issuer_policy{.anchors = issuers, .vcts = {"https://issuer.example/identity"}};
  const sd_jwt::KeyBindingPolicy binding_policy{.audience = "x509_san_dns:shop.example", .nonce = nonce};

  // Issuer's signature and certificates, times, type, digests of the disclosures, holder's signature over this nonce.
  MIBUN_TRY(const auto verified, sd_jwt::verify_presentation(load(folder + "/presentation.sd_jwt"), issuer_policy,
                                                             binding_policy, SystemClock().now()));

  // Only verify_presentation makes a VerifiedPresentation, so a function that takes one cannot be handed raw text.
  std::printf("issuer %s says: %s\n", verified.issuer().c_str(), json::serialize(verified.claims()).c_str());
  if (verified.status()) std::printf("now look its status up at %s\n", verified.status()->uri.c_str());
  return {};
}

int main(int argc, char** argv) {
  return finish(verify(argc > 1 ? argv[1] : ".", argc > 2 ? argv[2] : "n-0S6_WzA2Mj"));
}
