// The reader of certificates without a library against the library's: the same certificates are accepted, the same are
// refused with the same code, and what both read is the same.

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <map>

#include "core/codecs/base64url.h"
#include "core/crypto/mdoc_certificates.h"
#include "tests/core/crypto/certificate_pieces.h"
#include "tests/core/crypto/der_tree.h"
#include "tests/core/crypto/openssl_certificates.h"
#include "tests/support/certificate_readers.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace certificate_pieces;
using namespace std::chrono_literals;

namespace {

// How often each verdict was given.
class Tally {
 public:
  void add(const std::string& name, BytesView der) {
    const ReadersVerdict got = compare_readers(der);
    ++count_[got.verdict];
    accepted_ += got.accepted ? 1 : 0;
    if (got.verdict != Readers::differ) return;
    INFO(name, ": ", got.what);
    CHECK(got.verdict != Readers::differ);
  }
  int count(Readers verdict) const {
    const auto found = count_.find(verdict);
    return found == count_.end() ? 0 : found->second;
  }
  int accepted() const { return accepted_; }

 private:
  std::map<Readers, int> count_;
  int accepted_ = 0;
};

boost::json::object json_vector(const std::string& path) {
  return boost::json::parse(read_vector(path)).as_object();
}

using Named = std::map<std::string, Bytes>;

Named pkits() {
  Named out;
  for (const auto& [name, text] : json_vector("x509-nist-pkits/pkits.json").at("certs").as_object()) {
    out.emplace(name, must(base64::decode(text.as_string())));
  }
  return out;
}

Named boringssl() {
  Named out;
  const std::string folder = "x509-boringssl-pki/verify_certificate_chain_unittest";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(MIBUN_VECTORS) + "/" + folder)) {
    if (entry.path().extension() != ".pem") continue;
    const std::string name = std::filesystem::relative(entry.path(), MIBUN_VECTORS).string();
    int number = 0;
    for (Bytes& der : must(certificates_from_pem(read_vector(name)))) {
      out.emplace(name + " " + std::to_string(number++), std::move(der));
    }
  }
  return out;
}

Named annex_d() {
  Named out;
  for (const auto& [name, text] : json_vector("iso18013-5-annex-d-roots/roots.json")) {
    if (name.ends_with("_CERT")) out.emplace(name, must(hex::decode(text.as_string())));
  }
  return out;
}

Named made() {
  Named out;
  const auto add = [&](const std::string& name, const Certificate& one) { out.emplace(name, to_bytes(one.der())); };
  const TestAuthority authority("root");
  const Ed25519PrivateKey ed25519 = Ed25519PrivateKey::generate();
  CertificateRequest leaf = TestAuthority::names("leaf, \"Ltd\" + #1 ");
  leaf.organization = "三分 <株式会社>";
  leaf.state_or_province = "Tōkyō";
  leaf.purpose = CertificatePurpose::verifier_access;
  leaf.san_dns = {"shop.example", "a.shop.example"};
  leaf.san_uri = {"https://shop.example"};
  leaf.san_ip = {"192.0.2.1", "2001:db8::1"};
  add("P-256 root", authority.root);
  add("Ed25519 leaf", must(make_certificate(leaf, ed25519.public_key(), authority.root, authority.key)));
  const P384PrivateKey key = P384PrivateKey::generate();
  MdocCertificateRequest request;
  request.common_name = "Utopia IACA";
  request.organization = "Utopia";
  request.state_or_province = "Tokyo";
  request.not_before = kTestNow - 24h;
  request.not_after = kTestNow + 24h * 90;
  request.crl_uri = "http://iaca.example/list.crl";
  request.issuer_mail = "iaca@authority.example";
  request.issuer_uri = "https://authority.example";
  const Certificate iaca = must(make_iaca_certificate(request, key));
  add("P-384 IACA", iaca);
  request.common_name = "Utopia DS";
  const PublicKey signer = P256PrivateKey::generate().public_key();
  add("document signer", must(make_document_signer_certificate(request, signer, iaca, key)));
  add("reader", must(make_mdoc_reader_certificate(request, signer, iaca, key)));
  return out;
}

}  // namespace

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

namespace {

// Hexadecimal, with spaces where they help to read it.
Bytes bytes_of(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  return must(hex::decode(digits));
}

// A certificate of ours with other extensions: each an identifier and a value, in hexadecimal.
Bytes with_extensions(const Certificate& base,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  Pieces pieces(base.der());
  Parts list;
  for (const auto& [oid, value] : all) list.push_back(extension(bytes_of(oid), bytes_of(value)));
  pieces.tbs[kExtensions] = together(kExtensionsTag, {together(der::kSequence, list)});
  return pieces.der();
}

// Both accept, or both refuse.
void check_alike(const std::string& why, const Bytes& der, bool accepted) {
  const ReadersVerdict got = compare_readers(der);
  INFO(why, ": ", got.what);
  CHECK(got.verdict == Readers::alike);
  CHECK(got.accepted == accepted);
  CHECK(got.same_place);
}

constexpr std::string_view kSki = "551d0e", kUsage = "551d0f", kSan = "551d11", kIan = "551d12", kBasic = "551d13",
                           kSubtrees = "551d1e", kPoints = "551d1f", kAki = "551d23", kEku = "551d25",
                           kNetscape = "60864801 86f8420101", kProxy = "2b0601050507010e",
                           kAddresses = "2b06010505070107", kNumbers = "2b06010505070108";

}  // namespace

TEST_CASE("both readers decode the same extensions") {
  const TestAuthority authority("root");
  struct Row {
    std::string_view oid, value;
    bool accepted;
  };
  const Row rows[] = {
      {kBasic, "3000", true},
      {kBasic, "3003010100", true},  // a default written out
      {kBasic, "30030101ff", true},
      {kBasic, "30060101ff020103", true},
      {kBasic, "3003020103", true},
      {kBasic, "300a02087fffffffffffffff", true},
      {kBasic, "300b020900ffffffffffffffff", true},  // beyond counting
      {kBasic, "30030201ff", false},
      {kBasic, "3003040100", false},
      {kBasic, "30090101ff0201030201 03", false},
      {kBasic, "0101ff", false},
      {kUsage, "03020780", true},
      {kUsage, "0303078080", true},
      {kUsage, "030100", false},
      {kUsage, "03020700", false},
      {kUsage, "0401ff", false},
      {kEku, "3000", true},
      {kEku, "300406022a03", true},
      {kEku, "3003020101", false},
      {kEku, "06022a03", false},
      {kSki, "0400", true},
      {kSki, "0402aabb", true},
      {kSki, "020101", false},
      {kAki, "3000", true},
      {kAki, "30038001aa", true},
      {kAki, "30028000", true},
      {kAki, "3005a003040161", false},  // a string in pieces
      {kAki, "3005a103810161", true},
      {kAki, "3005a103890161", false},
      {kAki, "30058103810161", false},  // a list that says it is none
      {kAki, "3003820105", true},
      {kAki, "300482020005", false},
      {kAki, "30028200", false},
      {kAki, "3003830105", false},
      {kSan, "3000", false},
      {kSan, "3003820161", true},
      {kSan, "3003820120", false},
      {kSan, "3005a203160161", false},
      {kSan, "3003810120", true},  // mail addresses are not looked at
      {kSan, "3006870401020304", true},
      {kSan, "3005870301 0203", false},
      {kSan, "3003890161", false},
      {kSan, "30048802 2a03", true},
      {kSan, "3003880180", false},
      {kSan, "300aa00806022a03a0020500", true},
      {kSan, "3008a00606022a03a000", false},
      {kSan, "3006a00406022a03", false},
      {kSan, "300ca00a06022a03a00405000500", false},
      {kSan, "300ba00906022a03a0031e0161", false},  // half a character
      {kSan, "3008800606022a0305 00", false},
      {kSan, "3004a3020500", true},
      {kSan, "3004a4023000", true},
      {kSan, "3002a400", false},
      {kSan, "3006a40430003000", false},
      {kSan, "3011a40f300d310b30090603550403130241 42", true},
      {kSan, "3011a40f300d310b300906035504030c02ff42", false},  // no UTF-8
      {kSan, "3007a505a1031301 61", true},
      {kSan, "300ca50aa0031301 61a1031e0161", false},
      {kSan, "300ca50aa003130161a103130161", true},
      {kSan, "3007a505a003130161", false},
      {kSan, "3007a505a103160161", false},
      {kSan, "3005a503130161", false},
      {kIan, "3000", true},
      {kIan, "3003890161", true},  // not looked at; says nothing
      {kIan, "0500", true},
      {kIan, "3003810161", true},
      {kIan, "3005a103160161", true},
      {kPoints, "3000", false},
      {kPoints, "30023000", false},
      {kPoints, "30093007a005a003860161", true},
      {kPoints, "30063004a002a000", true},
      {kPoints, "30093007a005a003860120", false},
      {kPoints, "30093007a005a003890161", false},
      {kPoints, "30093007a0058003860161", false},
      {kPoints, "30043002a000", false},
      {kPoints, "300b3009a007a003860161 8100", false},
      {kPoints, "300c300aa005a003860161810107", false},
      {kPoints, "300d300ba005a00386016181020780", true},
      {kPoints, "300d300ba005a00386016181020781", false},
      {kPoints, "30073005a203810161", true},
      {kPoints, "30043002a200", false},
      {kPoints, "30113 00fa00da10b3009060355040313024142", true},
      {kPoints, "30113 00fa00da10b300906035504030c02ff42", false},
      {kPoints, "301d301ba019a117300906035504031302414230 0a060355040313034142 43", true},
      {kPoints, "301d301ba019a117300a060355040313034142433009060355040313024142", false},  // not in order
      {kPoints, "30133011a00fa10b30090603550403130241420500", false},
      {kSubtrees, "3000", true},
      {kSubtrees, "3007a0053003820161", true},
      {kSubtrees, "300da00b3009820161800100810105", true},
      {kSubtrees, "3009a007300582016180 00", false},
      {kSubtrees, "3009a0073005820161 8200", false},
      {kSubtrees, "30073105a103810161", false},
      {kSubtrees, "3007a1053003890161", false},
      {kNetscape, "03020640", true},
      {kNetscape, "0500", false},
      {kNetscape, "030206400500", false},
      {kNetscape, "0381020640", false},
      {kProxy, "3006300406022a03", true},
      {kProxy, "3009020101300406022a03", true},
      {kProxy, "3008300606022a030400", true},
      {kProxy, "3008300606022a030500", false},
      {kProxy, "3002 3000", false},
      {kProxy, "3000", false},
      {kProxy, "30083004 06022a030500", false},
      {kAddresses, "3000", true},
      {kAddresses, "300830060402000105 00", true},
      {kAddresses, "300c300a04020001300403020430", true},
      {kAddresses, "3010300e040200013008 30060301000301 00", true},
      {kAddresses, "300d300b040200013005300303010 0", false},
      {kAddresses, "30093007 04020001020101", false},
      {kNumbers, "3000", true},
      {kNumbers, "3004a0020500", true},
      {kNumbers, "3007a005300302 0105", true},
      {kNumbers, "300ca10a300830060201050201 06", true},
      {kNumbers, "3004a2020500", false},
      {kNumbers, "3002a000", false},
      {kNumbers, "3006a00405000500", false},
  };
  for (const Row& row : rows) {
    const std::string why = std::string(row.oid) + ": " + std::string(row.value);
    check_alike(why, with_extensions(authority.root, {{row.oid, row.value}}), row.accepted);
  }
  const std::string proxy = "3006300406022a03";
  check_alike("a proxy authority", with_extensions(authority.root, {{kProxy, proxy}, {kBasic, "30030101ff"}}), false);
  check_alike("a proxy with names", with_extensions(authority.root, {{kProxy, proxy}, {kSan, "3003820161"}}), false);
  check_alike("an extension twice", with_extensions(authority.root, {{kUsage, "03020780"}, {kUsage, "03020780"}}),
              false);
}

TEST_CASE("both readers see the same fields") {
  const TestAuthority authority("root");
  struct Row {
    std::size_t field;
    std::string_view value;
    bool accepted;
  };
  const Row rows[] = {
      {kVersion, "a003020102", true},
      {kVersion, "a003020103", false},
      {kVersion, "a003040102", false},
      {kVersion, "a00402020002", false},
      {kVersion, "a006020102020102", false},
      {kSubject, "3000", true},
      {kSubject, "30023100", true},
      {kSubject, "300a3100310630040601550500", false},
      {kSubject, "300d310b3009060355040a13024142", true},
      {kSubject, "300f310d300b060355040a130241420500", false},
      {kSubject, "3009310730050603550403", false},
      {kSubject, "300d310b30090603550403040 24142", false},  // an octet string
      {kSubject, "300d310b3009060355040a15 024142", false},  // a VideotexString
      {kSubject, "300d310b3009060355040302 024142", false},
      {kSubject, "300d310b30090603550403820 24142", false},
      {kSubject, "300d310b3009060355040303020041", false},  // of a type that has no text
      {kSubject, "300d310b3009060355040d03020041", true},   // shown in hex
      {kSubject, "300d310b3009060355040d30020500", true},
      {kSubject, "300d310b3009060355040c0c02c3a9", true},
      {kSubject, "300d310b300906035504030c02c328", false},
      {kSubject, "300d310b3009060355040314 02e9e8", true},  // T61String: Latin-1
      {kSubject, "300d310b300906035504031e02004 1", true},
      {kSubject, "300c310a300806035504031e0141", false},
      {kSubject, "300d310b300906035504031e02d800", false},  // half a pair
      {kSubject, "300f310d300b06035504031c0400010348", true},
      {kSubject, "300f310d300b06035504031c0400110000", false},
      {kSubject, "300d310b300906035504031c024142", false},
      {kSubject, "300d310b3009060355040313020a41", false},  // a control character
      {kSubject, "300c310a3008060355040313017f", false},
      {kSubject, "301631143008060355040313014230080603550403130141", true},
      {kSubject, "300d310b300906032a0304130241 42", true},  // an unknown type
      {kSubject, "301131 0f300d06072a8380808080011302 4142", true},
      {kSubject, "300c310a30080602 88371302 4142", true},
      {kAlgorithm, "300a06082a8648ce3d040302", true},
      {kAlgorithm, "300c06082a8648ce3d0403020500", true},
      {kAlgorithm, "300d06082a8648ce3d0403021e0141", false},
      {kAlgorithm, "300e06082a8648ce3d04030205000500", false},
      {kAlgorithm, "300506032b6570", true},
      {kAlgorithm, "3007060 32b65700500", true},
      {kAlgorithm, "300d06092a864886f70d01010a3000", true},
      {kAlgorithm, "300d06092a864886f70d01010b0500", true},
      {kAlgorithm, "300406022a03", true},
      {kAlgorithm, "3002 0500", false},
      // RSASSA-PSS: SHA-256 and MGF1 with SHA-256, 32 octets; then each of them changed.
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b06096086480165030"
       "4"
       "0201a203020120",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040202a11a301806092a864886f70d010108300b06096086480165030"
       "4"
       "0201a203020120",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b060960864801650304027fa11a301806092a864886f70d010108300b06096086480165030"
       "4"
       "0201a203020120",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010109300b06096086480165030"
       "4"
       "0201a203020120",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b06096086480165 "
       "0304"
       "0201a2030201ff",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b06096086480165030"
       "4"
       "0201a303020102",
       true},
      {kAlgorithm, "301e06092a864886f70d01010a3011a00d300b0609608648016503040201a1003000", false},
      {kAlgorithm, "301c06092a864886f70d01010a300fa00d300b0609608648016503040201", true},
  };
  for (const Row& row : rows) {
    Pieces pieces(authority.root.der());
    pieces.tbs[row.field] = bytes_of(row.value);
    if (row.field == kAlgorithm) pieces.outer[1] = pieces.tbs[kAlgorithm];
    check_alike(std::to_string(row.field) + " " + std::string(row.value), pieces.der(), row.accepted);
  }
  for (const auto& [id, accepted] : std::map<std::string, bool>{
           {"810100", true}, {"8102070f", true}, {"8100", false}, {"820108", false}, {"8202ffff", false}}) {
    Pieces pieces(authority.root.der());
    pieces.tbs.insert(pieces.tbs.begin() + kExtensions, bytes_of(id));
    check_alike("unique identifier " + id, pieces.der(), accepted);
  }
  Pieces long_serial(authority.root.der());
  long_serial.tbs[1] = tlv::write(der::kInteger, Bytes(21, 0x41));
  check_alike("21 octets of serial number", long_serial.der(), false);
}

namespace {

// The certificate with another key in the place of its own.
Bytes with_key(BytesView certificate, const Bytes& spki) {
  Pieces pieces(certificate);
  pieces.tbs[kKey] = spki;
  return pieces.der();
}

Bytes spki_of(const std::string& algorithm_hex, const Bytes& key) {
  Bytes bits = {0};
  bits.insert(bits.end(), key.begin(), key.end());
  return tlv::write(der::kSequence, tlv::concat({bytes_of(algorithm_hex), tlv::write(der::kBitString, bits)}));
}

}  // namespace

TEST_CASE("both readers take the same points on a curve") {
  const OpensslCertificates openssl;
  for (const char* curve : {"prime256v1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP320r1",
                            "brainpoolP384r1", "brainpoolP512r1"}) {
    INFO(std::string(curve));
    const Bytes der = openssl.on_curve(curve);
    check_alike("uncompressed", der, true);
    const Bytes spki = Pieces(der).tbs[kKey];
    const Parts fields = parts_of(inside(spki));
    const Bytes point = to_bytes(inside(fields[1]).subspan(1));
    const auto with_point = [&](const Bytes& other) { return with_key(der, spki_of(hex::encode(fields[0]), other)); };
    const std::size_t half = (point.size() - 1) / 2;
    const auto odd = static_cast<std::uint8_t>(point.back() & 1);
    Bytes hybrid = point, other_sign = point;
    hybrid[0] = 6 + odd;
    other_sign[0] = 7 - odd;
    check_alike("hybrid", with_point(hybrid), true);
    check_alike("hybrid with the other sign", with_point(other_sign), false);
    Tally tally;
    for (std::uint8_t i = 0; i < 4; ++i) {  // about half of them are the x of a point
      Bytes compressed(point.begin(), point.begin() + 1 + static_cast<std::ptrdiff_t>(half));
      compressed[0] = 2 + odd;
      compressed.back() ^= i;
      tally.add("compressed", with_point(compressed));
    }
    CHECK(tally.accepted() > 0);
    Bytes beyond(point.size(), 0xff), longer = point, off = point;
    beyond[0] = 4;
    longer.push_back(0);
    off.back() ^= 1;
    check_alike("not below p", with_point(beyond), false);
    check_alike("too long", with_point(longer), false);
    check_alike("off the curve", with_point(off), false);
    check_alike("no point", with_point({}), false);
    check_alike("the point at infinity", with_point({0}), false);
  }
}

TEST_CASE("both readers take the same keys of other kinds") {
  const OpensslCertificates openssl;
  const std::string rsa_size = "rsa_keygen_bits:1024";
  const Bytes rsa = openssl.make({"-newkey", "rsa", "-pkeyopt", rsa_size});
  const Bytes pss = openssl.make({"-newkey", "rsa-pss", "-pkeyopt", rsa_size, "-sigopt", "rsa_pss_saltlen:32"});
  const Bytes bound = openssl.make({"-newkey", "rsa-pss", "-pkeyopt", rsa_size, "-pkeyopt", "rsa_pss_keygen_md:sha384",
                                    "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384", "-sha384"});
  check_alike("RSA", rsa, true);
  check_alike("RSA-PSS", pss, true);
  check_alike("RSA-PSS with parameters", bound, true);
  check_alike("Ed25519", openssl.make({"-newkey", "ed25519"}), true);
  check_alike("Ed448", openssl.make({"-newkey", "ed448"}), true);
  const std::string rsa_algorithm = "300d06092a864886f70d0101010500", pss_algorithm = "300b06092a864886f70d01010a";
  struct Row {
    std::string why, algorithm, key;
    bool accepted;
  };
  const Row rows[] = {
      {"small numbers", rsa_algorithm, "3006020103020103", true},
      {"without NULL", "300b06092a864886f70d010101", "3006020103020103", true},
      {"zero", rsa_algorithm, "3006020100020103", true},
      {"a negative modulus", rsa_algorithm, "3006020183020103", false},
      {"a negative exponent", rsa_algorithm, "3006020103020183", false},
      {"a long length", rsa_algorithm, "30810602010302 0103", false},
      {"a number behind", rsa_algorithm, "3009020103020103020103", false},
      {"something behind", rsa_algorithm, "30060201030201030500", false},
      {"one number", rsa_algorithm, "3003020103", false},
      {"no sequence", rsa_algorithm, "020103", false},
      {"PSS", pss_algorithm, "3006020103020103", true},
      {"PSS with NULL", "300d06092a864886f70d01010a0500", "3006020103020103", false},
      {"PSS with the defaults", "300d06092a864886f70d01010a3000", "3006020103020103", true},
      {"Ed25519", "300506032b6570", std::string(64, '1'), true},
      {"Ed25519, 31 bytes", "300506032b6570", std::string(62, '1'), false},
      {"Ed25519 with NULL", "300706032b65700500", std::string(64, '1'), false},
      {"X25519", "300506032b656e", std::string(64, '1'), true},
      {"X448", "300506032b656f", std::string(112, '1'), true},
      {"Ed448, 56 bytes", "300506032b6571", std::string(112, '1'), false},
      {"an unknown kind", "300406022a03", std::string(64, '1'), false},
      {"EC without a curve", "300906072a8648ce3d0201", "04", false},
      {"parameters that are no value", "300e06092a864886f70d0101011e0141", "3006020103020103", false},
      {"parameters that are no time", "300d06092a864886f70d0101011800", "3006020103020103", true},
      {"two parameters", "300f06092a864886f70d01010105000500", "3006020103020103", false},
      {"DSA without numbers", "300906072a8648ce380401", "020103", false},
  };
  for (const Row& row : rows) {
    check_alike(row.why, with_key(rsa, spki_of(row.algorithm, bytes_of(row.key))), row.accepted);
  }
}

TEST_CASE("keys that no rule takes are where the readers may differ") {
  const OpensslCertificates openssl;
  const Bytes koblitz = openssl.on_curve("secp256k1");
  const Bytes written_out =
      openssl.make({"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-pkeyopt", "ec_param_enc:explicit"});
  for (const Bytes& der : {koblitz, written_out}) {
    CHECK(compare_readers(der).verdict == Readers::key_only_native_reads);
  }
  const Named suite = pkits();
  Tally tally;
  for (const auto& [name, der] : suite) {
    if (name.find("DSA") != name.npos) tally.add(name, der);
  }
  CHECK(tally.accepted() > 0);
}

TEST_CASE("both readers see the same names as the same") {
  const auto name = [](std::string_view tag_and_text) {
    const Bytes value = bytes_of(tag_and_text);
    return tlv::write(der::kSequence,
                      tlv::write(der::kSet, tlv::write(der::kSequence, tlv::concat({bytes_of("0603550403"), value}))));
  };
  const std::vector<Bytes> names = {
      name("13034a6f65"),            // Joe
      name("0c034a6f65"),            // in UTF-8
      name("0c036a4f45"),            // letters of the other case
      name("0c0720 206a6f6509 20"),  // spaces around
      name("0c066a6f6520 2078"),     // joe  x
      name("0c056a6f652078"),        // joe x
      name("1e06004a006f0065"),      // BMPString
      name("1c0c0000004a0000006f00000065"),
      name("12034a6f65"),  // NumericString: as it is
      name("1403c96c65"),
      name("0c04c3896c65"),
      name("0c04c3a96c65"),
      name("0c00"),
      name("0c0120"),
      bytes_of("3000"),
      bytes_of("30023100"),
      bytes_of("3003020101"),
      bytes_of("0500"),
      bytes_of("30163114300806035504030c0141300806035504060c0142"),
      bytes_of("30163114300806035504060c0142300806035504030c0141"),
      bytes_of("3018310a300806035504030c0141310a300806035504060c0142"),
  };
  for (const Bytes& a : names) {
    const auto text = name_text(a), own = web::name_text(a);
    INFO(hex::encode(a));
    REQUIRE(text.has_value() == own.has_value());
    if (text) CHECK(*text == *own);
    for (const Bytes& b : names) {
      INFO(hex::encode(b));
      CHECK(same_name(a, b) == web::same_name(a, b));
    }
  }
  CHECK(web::same_name(names[0], names[3]));
  CHECK(!web::same_name(names[0], names[4]));
  CHECK(*web::name_text(names[18]) == "C=B+CN=A");
}

TEST_CASE("attribute types have the library's names, identifiers of other things are shown as numbers") {
  int numbers = 0;
  const auto shown = [&](const Bytes& oid) {
    const Bytes attribute =
        tlv::write(der::kSequence, tlv::concat({tlv::write(der::kObjectId, oid), bytes_of("0c0141")}));
    const Bytes name = tlv::write(der::kSequence, tlv::write(der::kSet, attribute));
    const std::string native = must(name_text(name)), own = must(web::name_text(name));
    INFO(native, " ", own);
    const bool number = native != own;
    if (number) CHECK(own.ends_with("=#0C0141"));
    numbers += number ? 1 : 0;
    return !number;
  };
  for (std::uint8_t arc = 0; arc < 128; ++arc) {
    for (const char* family : {"5504", "0992268993f22c6401", "2a864886f70d0109", "2b0601040182373c0201"}) {
      Bytes oid = bytes_of(family);
      oid.push_back(arc);
      CHECK(shown(oid));
    }
  }
  CHECK(numbers == 0);
  // Named by the library, and no attribute type: a certificate extension, a curve.
  CHECK(!shown(bytes_of("551d13")));
  CHECK(!shown(bytes_of("2a8648ce3d030107")));
  for (const char* oid : {"00", "27", "28", "4f", "50", "7f", "8100", "8837", "2a03", "ffffffffffffffffff7f",
                          "2a8380808080808080808001", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    CHECK(shown(bytes_of(oid)));
  }
  Bytes longest(586, 0x01), longer(587, 0x01);
  CHECK(shown(longest));
  CHECK(shown(longer));
}

TEST_CASE("both readers read the same PEM, the one without a library more strictly") {
  const TestAuthority authority("root");
  const std::string pem = authority.root.pem();
  const std::string body = pem.substr(28, pem.size() - 28 - 26);
  std::string crlf;
  for (const char c : pem) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  const auto block = [](const std::string& text) {
    return "-----BEGIN CERTIFICATE-----\n" + text + "-----END CERTIFICATE-----\n";
  };
  REQUIRE(block(body) == pem);
  struct Row {
    const char* why;
    std::string text;
    const char *native, *web;  // blocks read, then how it ended
  };
  const Row rows[] = {
      {"one", pem, "1", "1"},
      {"two", pem + pem, "2", "2"},
      {"text around", "subject=x\n" + pem + "\nissuer=y\n" + pem, "2", "2"},
      {"CRLF", crlf, "1", "1"},
      {"no newline at the end", pem.substr(0, pem.size() - 1), "1", "1"},
      {"nothing", "", "0", "0"},
      {"no block", "hello\n", "0", "0"},
      {"no end", pem.substr(0, pem.size() - 26), "0 malformed", "0 malformed"},
      {"another end", block(body).replace(pem.size() - 14, 5, "OTHER"), "0 malformed", "0 malformed"},
      {"encrypted", block("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + body), "0 malformed", "0 malformed"},
      {"not base64", block("*" + body.substr(1)), "0 malformed", "0 malformed"},
      {"nothing inside", block(""), "0 malformed", "0 malformed"},
      {"cut", block(body.substr(0, 63) + "\n"), "0 malformed", "0 malformed"},
      {"spaces at the end of a line", block(body.substr(0, 64) + "  \n" + body.substr(65)), "1", "0 malformed"},
      {"an empty line inside", block(body.substr(0, 65) + "\n" + body.substr(65)), "0 malformed", "0 malformed"},
      {"77 characters in a line", block(body.substr(0, 64) + body.substr(65, 13) + "\n" + body.substr(78)), "1",
       "0 malformed"},
  };
  const auto read = [](std::string_view text, auto&& next) {
    for (int blocks = 0;; ++blocks) {
      const auto one = next(text);
      if (!one) return std::to_string(blocks) + " malformed";
      if (!*one) return std::to_string(blocks);
    }
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(read(row.text, next_pem_block) == row.native);
    CHECK(read(row.text, web::next_pem_block) == row.web);
  }
  std::string_view rest = pem;
  const auto contents = must(web::next_pem_block(rest));
  CHECK(std::ranges::equal(contents->contents.reveal(), authority.root.der()));
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
