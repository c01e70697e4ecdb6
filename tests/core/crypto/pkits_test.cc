// The Public Key Interoperability Test Suite of NIST: paths and revocation lists with the verdict that RFC 5280 gives.
// tests/vectors/x509-nist-pkits/SOURCE.txt says what was selected; docs/formats/x509.md, where we decide otherwise.

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <map>

#include "core/codecs/base64url.h"
#include "core/crypto/crl_store.h"
#include "core/crypto/x509_path.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

class Pkits {
 public:
  Pkits() : root_(boost::json::parse(read_vector("x509-nist-pkits/pkits.json")).as_object()) {}

  const boost::json::array& cases() const { return root_.at("cases").as_array(); }
  Bytes certificate(const boost::json::value& name) const { return bytes("certs", name); }
  Bytes list(const boost::json::value& name) const { return bytes("crls", name); }

 private:
  Bytes bytes(const char* kind, const boost::json::value& name) const {
    return must(base64::decode(root_.at(kind).as_object().at(name.as_string()).as_string()));
  }
  boost::json::object root_;
};

// When the suite was made; it has no extended key usages, so the leaf's purpose is left out.
const Instant kPkitsNow = Instant::from_unix_seconds(1'302'825'600);  // 2011-04-15
const PathRules kRules{.signatures = {.rsa = true}, .members_max = 10};

Status run(const Pkits& pkits, const boost::json::object& test) {
  std::vector<CaCertificate> certificates;
  for (const auto& name : test.at("certs").as_array()) {
    MIBUN_TRY(CaCertificate one, CaCertificate::parse(pkits.certificate(name)));
    certificates.insert(certificates.begin(), std::move(one));  // the suite has the anchor first
  }
  const std::vector<CaCertificate> anchors{certificates.back()};
  certificates.pop_back();
  std::vector<Crl> lists;
  for (const auto& name : test.at("crls").as_array()) {
    // A list that cannot be used says nothing; the others still do.
    if (auto one = Crl::parse(pkits.list(name))) lists.push_back(std::move(*one));
  }
  MIBUN_TRY(VerifiedPath path, verify_path(std::move(certificates), anchors, kRules, kPkitsNow));
  return CrlStore(std::move(lists)).check(path, kPkitsNow);
}

}  // namespace

TEST_CASE("NIST PKITS: paths and revocation lists") {
  const Pkits pkits;
  REQUIRE(pkits.cases().size() > 100);
  for (const auto& entry : pkits.cases()) {
    const boost::json::object& test = entry.as_object();
    const Status verdict = run(pkits, test);
    const std::string got(verdict ? "valid" : to_string(verdict.error().code));
    const std::string number(test.at("number").as_string()), title(test.at("title").as_string());
    INFO(number, " ", title);
    const std::string want(test.at("want").as_string());
    CHECK(got == want);
  }
}
