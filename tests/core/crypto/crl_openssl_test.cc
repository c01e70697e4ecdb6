// The openssl program as an independent peer: it accepts our lists, we accept those that it makes.

#include <doctest/doctest.h>

#include "core/crypto/mdoc_certificates.h"
#include "core/crypto/trust_anchors.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace std::chrono_literals;

namespace {

constexpr auto kPurpose = CertificatePurpose::mdoc_document_signer;

MdocCertificateRequest names(std::string common_name, Instant now) {
  MdocCertificateRequest out;
  out.common_name = std::move(common_name);
  out.not_before = now - 24h;
  out.not_after = now + 24h * 90;
  out.crl_uri = "http://iaca.example/list.crl";
  out.issuer_uri = "https://authority.example";
  return out;
}

}  // namespace

TEST_CASE("the openssl program checks chains against our lists") {
  const TempDir directory;
  const P384PrivateKey key = P384PrivateKey::generate();
  const Certificate iaca = must(make_iaca_certificate(names("IACA", kTestNow), key));
  const auto signer = [&] {
    return must(
        make_document_signer_certificate(names("DS", kTestNow), P256PrivateKey::generate().public_key(), iaca, key));
  };
  const Certificate good = signer(), bad = signer();
  CrlRequest request;
  request.this_update = kTestNow - 1h;
  request.next_update = kTestNow + 24h;
  request.number = 3;
  request.entries.push_back({to_bytes(CaCertificate(bad).serial()), kTestNow - 2h});
  directory.write("crl.pem", must(make_crl(request, iaca, key)).pem());
  directory.write("iaca.pem", iaca.pem());
  directory.write("good.pem", good.pem());
  directory.write("bad.pem", bad.pem());
  const auto verify = [&](const char* leaf) {
    return run_process({"openssl", "verify", "-x509_strict", "-attime", std::to_string(kTestNow.unix_seconds()),
                        "-crl_check", "-CRLfile", directory.file("crl.pem"), "-CAfile", directory.file("iaca.pem"),
                        directory.file(leaf)});
  };
  const ProcessResult accepted = verify("good.pem"), refused = verify("bad.pem");
  INFO(accepted.err);
  CHECK(accepted.exit_code == 0);
  CHECK(refused.exit_code != 0);
  CHECK(refused.err.find("certificate revoked") != std::string::npos);
}

TEST_CASE("lists made by the openssl program revoke what they name") {
  const TempDir directory;
  const Instant now = SystemClock().now();
  const P256PrivateKey key = P256PrivateKey::generate();
  const Certificate iaca = must(make_iaca_certificate(names("IACA", now), key));
  const auto signer = [&] {
    return must(make_document_signer_certificate(names("DS", now), P256PrivateKey::generate().public_key(), iaca, key));
  };
  const Certificate good = signer(), bad = signer();
  directory.write("iaca.pem", iaca.pem());
  const SecretBytes key_pem = private_key_pem(key);
  directory.write("iaca.key", as_text(key_pem.reveal()));
  directory.write("bad.pem", bad.pem());
  directory.write("index.txt", "");
  directory.write("crlnumber", "1000\n");
  const std::string config = directory.write(
      "ca.cnf", "[ca]\ndefault_ca=c\n[c]\ndatabase=" + directory.file("index.txt") +
                    "\ncrlnumber=" + directory.file("crlnumber") + "\ncertificate=" + directory.file("iaca.pem") +
                    "\nprivate_key=" + directory.file("iaca.key") +
                    "\ndefault_md=sha256\ndefault_crl_days=7\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n");
  const auto run = [](const std::vector<std::string>& arguments) {
    const ProcessResult result = run_process(arguments);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  };
  run({"openssl", "ca", "-config", config, "-gencrl", "-out", directory.file("empty.pem")});
  run({"openssl", "ca", "-config", config, "-revoke", directory.file("bad.pem"), "-crl_reason", "keyCompromise"});
  run({"openssl", "ca", "-config", config, "-gencrl", "-out", directory.file("one.pem")});

  TrustAnchors anchors(kPurpose, {iaca}, RevocationPolicy::require_crls);
  const auto verdict = [&](const Certificate& leaf) {
    const std::vector<Bytes> chain = {to_bytes(leaf.der())};
    return code_of(anchors.verify_chain(chain, now + 60s));  // internal_error: accepted
  };
  CHECK(verdict(good) == ErrorCode::certificate_revocation_unknown);
  anchors.set_crls({must(Crl::from_pem(directory.read("empty.pem")))});
  CHECK(verdict(good) == ErrorCode::internal_error);
  CHECK(verdict(bad) == ErrorCode::internal_error);
  anchors.set_crls({must(Crl::from_pem(directory.read("one.pem")))});
  CHECK(verdict(good) == ErrorCode::internal_error);
  CHECK(verdict(bad) == ErrorCode::certificate_revoked);
}
