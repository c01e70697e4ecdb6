// The chains of BoringSSL's path verifier, judged by our path rules. All keys are RSA, so the rules are those of TLS
// servers over paths of any key; docs/formats/x509.md says where a verdict differs from theirs and why.

#include <doctest/doctest.h>

#include "core/crypto/certificate_make.h"
#include "core/crypto/x509_path.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

constexpr const char* kFolder = "x509-boringssl-pki/verify_certificate_chain_unittest/";
constexpr std::string_view kServer = "1.3.6.1.5.5.7.3.1";

// "150302120000Z", "DEFAULT": 2021-10-05T12:00:00Z.
Instant time_of(const std::string& test) {
  const std::string text = read_vector(kFolder + test);
  const std::size_t at = text.find("utc_time: ") + 10;
  const std::string value = text.substr(at, text.find('\n', at) - at);
  if (value == "DEFAULT") return Instant::from_unix_seconds(1'633'435'200);
  const auto number = [&](std::size_t i) { return std::stoi(value.substr(i, 2)); };
  using namespace std::chrono;
  const sys_days day = year(2000 + number(0)) / month(static_cast<unsigned>(number(2))) /
                       std::chrono::day(static_cast<unsigned>(number(4)));
  return Instant::from_unix_seconds(day.time_since_epoch().count() * 86400 + number(6) * 3600 + number(8) * 60 +
                                    number(10));
}

Status verdict(const std::string& folder, const std::string& file, const std::string& test) {
  std::vector<CaCertificate> members;
  for (const Bytes& der : must(certificates_from_pem(read_vector(kFolder + folder + "/" + file)))) {
    MIBUN_TRY(CaCertificate one, CaCertificate::parse(der));
    members.push_back(std::move(one));
  }
  const std::vector<CaCertificate> anchors{members.back()};
  members.pop_back();
  const PathRules rules{.signatures = {.rsa = true}, .leaf_usage = kServer};
  MIBUN_TRY(const VerifiedPath path, verify_path(std::move(members), anchors, rules, time_of(folder + "/" + test)));
  return check_leaf(path.members[0], kServer);
}

}  // namespace

TEST_CASE("BoringSSL's chains") {
  constexpr auto kGood = ErrorCode::not_found;  // never an answer of ours: stands for "valid"
  using enum ErrorCode;
  struct Row {
    const char *folder, *file, *test;
    ErrorCode want;
  };
  const Row rows[] = {
      {"target-and-intermediate", "chain.pem", "main.test", kGood},
      {"expired-target", "chain.pem", "not-after.test", certificate_expired},
      {"expired-target", "chain.pem", "not-before.test", certificate_not_yet_valid},
      {"expired-intermediate", "chain.pem", "not-after.test", certificate_expired},
      {"expired-intermediate", "chain.pem", "not-before.test", certificate_not_yet_valid},
      // Theirs are also tests of anchors without expiry or constraints; our anchors always have both.
      {"expired-root", "chain.pem", "not-after-ta-with-expiration.test", certificate_expired},
      {"expired-root", "chain.pem", "not-before-ta-with-expiration.test", certificate_not_yet_valid},
      {"root-basic-constraints-ca-false", "chain.pem", "ta-with-constraints.test", certificate_untrusted},
      {"root-lacks-keycertsign-key-usage", "chain.pem", "ta-with-constraints.test", certificate_untrusted},
      {"violates-pathlen-1-from-root", "chain.pem", "ta-with-constraints.test", certificate_untrusted},
      {"intermediate-basic-constraints-ca-false", "chain.pem", "main.test", certificate_untrusted},
      {"intermediate-lacks-basic-constraints", "chain.pem", "main.test", certificate_untrusted},
      {"intermediate-lacks-signing-key-usage", "chain.pem", "main.test", certificate_untrusted},
      {"intermediate-unknown-critical-extension", "chain.pem", "main.test", certificate_untrusted},
      {"intermediate-signed-with-sha1", "chain.pem", "main.test", certificate_untrusted},
      {"intermediate-basic-constraints-not-critical", "chain.pem", "main.test", kGood},
      {"intermediate-and-target-wrong-signature", "chain.pem", "main.test", certificate_untrusted},
      {"incorrect-trust-anchor", "chain.pem", "main.test", certificate_untrusted},
      {"target-wrong-signature", "chain.pem", "main.test", certificate_untrusted},
      {"unknown-critical-policy-qualifier", "chain.pem", "main.test", certificate_untrusted},
      {"violates-basic-constraints-pathlen-0", "chain.pem", "main.test", certificate_untrusted},
      {"basic-constraints-pathlen-0-self-issued", "chain.pem", "main.test", kGood},
      {"key-rollover", "oldchain.pem", "oldchain.test", kGood},
      {"key-rollover", "newchain.pem", "newchain.test", kGood},
      {"key-rollover", "rolloverchain.pem", "rolloverchain.test", kGood},
      {"key-rollover", "longrolloverchain.pem", "longrolloverchain.test", kGood},
      {"target-eku-none", "chain.pem", "serverauth-strict.test", certificate_wrong_purpose},
      // Policy of TLS clients, who take these leaves: ours must not be CAs.
      {"target-has-ca-basic-constraints", "chain.pem", "strict.test", certificate_wrong_purpose},
      {"target-has-keycertsign-but-not-ca", "chain.pem", "main.test", certificate_wrong_purpose},
      {"target-signed-using-ecdsa", "chain.pem", "main.test", kGood},
      // A leaf alone is its own anchor there; here no leaf is trusted without an issuer.
      {"target-selfsigned", "chain.pem", "trusted_leaf.test", certificate_malformed},
      {"target-selfissued", "chain.pem", "trusted_anchor.test", certificate_malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.folder), " ", std::string(row.test));
    const Status status = verdict(row.folder, row.file, row.test);
    const std::string got(status ? "valid" : to_string(status.error().code));
    CHECK(got == std::string(row.want == kGood ? "valid" : to_string(row.want)));
  }
}
