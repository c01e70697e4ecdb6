// The reader of certificates without a library against the library's: the same certificates are accepted, the same are
// refused with the same code, and what both read is the same.

#include "tests/core/crypto/der_tree.h"
#include "tests/core/crypto/openssl_certificates.h"
#include "tests/core/crypto/web_readers.h"

using namespace web_readers;

TEST_CASE("both readers say the same of every certificate that others made") {
  Tally tally;
  for (const Named& all : {pkits(), boringssl(), annex_d(), made()}) {
    REQUIRE(!all.empty());
    for (const auto& [name, der] : all) tally.add(name, der);
  }
  CHECK(tally.accepted() > 250);
  CHECK(tally.count(Readers::key_only_native_reads) == 0);
  CHECK(tally.count(Readers::name_only_native_knows) == 0);
}

TEST_CASE("both readers say the same when any byte is another") {
  constexpr std::uint8_t kFlips[] = {0x01, 0x20, 0xff};
  Named chosen = made();
  for (auto& [name, der] : annex_d()) chosen.emplace(name, der);
  const Named suite = pkits();
  for (const char* name : {"GoodCACert"}) {
    REQUIRE(suite.contains(name));
    chosen.emplace(name, suite.at(name));
  }
  Tally tally;
  for (const auto& [name, der] : chosen) {
    for (std::size_t at = 0; at < der.size(); ++at) {
      for (const std::uint8_t flip : kFlips) {
        Bytes changed = der;
        changed[at] ^= flip;
        tally.add(name + " byte " + std::to_string(at) + " ^ " + std::to_string(flip), changed);
      }
    }
  }
  CHECK(tally.accepted() > 1000);
  CHECK(tally.count(Readers::key_only_native_reads) == 0);
  CHECK(tally.count(Readers::name_only_native_knows) == 0);
}

TEST_CASE("both readers say the same when fields are changed, moved and repeated") {
  const TestAuthority authority("root");
  const std::string general_names =
      "820161 810161 860161 870401020304 88022a03 a4023000 a00806022a03a0020500 a505a103130161";
  // All extensions that are decoded, each with all it may have.
  const Bytes everything =
      with_extensions(authority.root, {{kBasic, "30060101ff020103"},
                                       {kUsage, "0303078080"},
                                       {kEku, "300806022a0306022a04"},
                                       {kSki, "0402aabb"},
                                       {kAki, "300b 8001aa a103810161 820105"},
                                       {kSan, "3028" + general_names},
                                       {kIan, "3028" + general_names},
                                       {kPoints,
                                        "3031 300d a005a003860161 81020780 a200 3007 a005a003860162 3006 a204a4023000"
                                        "300f a00d a10b 3009 0603550403 13024142"},
                                       {kSubtrees, "3014 a008 3006 820161 800100 a108 3006 820161 810105"},
                                       {kNetscape, "03020640"},
                                       {kAddresses, "3018 300a 04020001 3004 03020430 300a 04020002 3004 03020430"},
                                       {kNumbers, "300e a008 3006 020105 020106 a1020500"}});
  check_alike("everything", everything, true);
  Named chosen = made();
  chosen.emplace("everything", everything);
  const OpensslCertificates openssl;
  chosen.emplace("RSA-PSS", openssl.make({"-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:1024", "-pkeyopt",
                                          "rsa_pss_keygen_md:sha256", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256"}));
  chosen.emplace("brainpool", openssl.on_curve("brainpoolP256r1"));
  constexpr int kRounds = 250;  // 6000 found nothing more
  Tally tally;
  DerChanger changer(1);
  for (const auto& [name, der] : chosen) {
    for (int i = 0; i < kRounds; ++i) {
      const Bytes changed = changer.changed(der);
      tally.add(name + " " + hex::encode(changed), changed);
    }
  }
  CHECK(tally.accepted() > 100);
  CHECK(tally.count(Readers::key_only_native_reads) == 0);
  CHECK(tally.count(Readers::name_only_native_knows) > 0);  // identifiers of extensions moved into names
}
