// The issuer: makes a digital ID as an SD-JWT VC, of which the holder can later show parts.
//   issue_sd_jwt_vc FOLDER
#include <chrono>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/jose/jwk.h"
#include "core/sd_jwt/issuer.h"
#include "files.h"

using namespace mibun;

Status issue(const std::string& folder) {
  const Instant now = SystemClock().now();
  const auto root_key = crypto::P256PrivateKey::generate();
  const auto issuer_key = crypto::P256PrivateKey::generate();

  // Two certificates: a root that verifiers trust, and below it one for the key that signs. The second one names the
  // issuer's URL and its purpose: another issuer's key, or a verifier's, cannot speak in its name.
  crypto::CertificateRequest names;
  names.common_name = "Example root";
  names.not_before = now - std::chrono::hours(1);
  names.not_after = now + std::chrono::hours(24 * 365);
  MIBUN_TRY(const auto root, crypto::make_root_certificate(names, root_key));
  names.common_name = "Example issuer";
  names.san_uri = {"https://issuer.example"};
  names.purpose = crypto::CertificatePurpose::credential_issuer;
  MIBUN_TRY(const auto leaf, crypto::make_certificate(names, issuer_key.public_key(), root, root_key));

  // The holder's key is made on the holder's device, and only its public half travels. Here we play both sides.
  const auto holder_key = crypto::P256PrivateKey::generate();

  sd_jwt::IssueRequest request;
  request.clear_claims = {{"iss", "https://issuer.example"},
                          {"vct", "https://issuer.example/identity"},
                          {"exp", (now + std::chrono::hours(24 * 30)).unix_seconds()},
                          {"cnf", sd_jwt::confirmation(holder_key.public_key())}};
  request.disclosable = {{"name", "身分 花子"}, {"birthdate", "2001-02-03"}, {"age_equal_or_over", {{"20", true}}}};
  request.disclosable_parts = {sd_jwt::ClaimPath({"age_equal_or_over", "20"})};
  request.decoys.add = 3;  // hides how many claims there are
  crypto::SystemRng rng;
  const std::vector<Bytes> chain{to_bytes(leaf.der())};
  MIBUN_TRY(const std::string credential, sd_jwt::issue(request, issuer_key, chain, rng));

  save(folder + "/issuer_root.pem", root.pem());
  save(folder + "/holder_key.jwk", as_text(jose::private_jwk(holder_key).reveal()));
  save(folder + "/identity.sd_jwt", credential);
  return {};
}

int main(int argc, char** argv) {
  return finish(issue(argc > 1 ? argv[1] : "."));
}
