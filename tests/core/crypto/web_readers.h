#pragma once

// What the tests of the two readers of certificates share: certificates of many kinds, and what was said of them.

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <map>

#include "core/codecs/base64url.h"
#include "core/crypto/mdoc_certificates.h"
#include "tests/core/crypto/certificate_pieces.h"
#include "tests/support/certificate_readers.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

namespace web_readers {

using namespace mibun;
using namespace mibun::crypto;
using namespace certificate_pieces;
using namespace std::chrono_literals;

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

inline boost::json::object json_vector(const std::string& path) {
  return boost::json::parse(read_vector(path)).as_object();
}

using Named = std::map<std::string, Bytes>;

inline Named pkits() {
  Named out;
  for (const auto& [name, text] : json_vector("x509-nist-pkits/pkits.json").at("certs").as_object()) {
    out.emplace(name, must(base64::decode(text.as_string())));
  }
  return out;
}

inline Named boringssl() {
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

inline Named annex_d() {
  Named out;
  for (const auto& [name, text] : json_vector("iso18013-5-annex-d-roots/roots.json")) {
    if (name.ends_with("_CERT")) out.emplace(name, must(hex::decode(text.as_string())));
  }
  return out;
}

inline Named made() {
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

// Hexadecimal, with spaces where they help to read it.
inline Bytes bytes_of(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  return must(hex::decode(digits));
}

// A certificate of ours with other extensions: each an identifier and a value, in hexadecimal.
inline Bytes with_extensions(const Certificate& base,
                             std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  Pieces pieces(base.der());
  Parts list;
  for (const auto& [oid, value] : all) list.push_back(extension(bytes_of(oid), bytes_of(value)));
  pieces.tbs[kExtensions] = together(kExtensionsTag, {together(der::kSequence, list)});
  return pieces.der();
}

// Both accept, or both refuse.
inline void check_alike(const std::string& why, const Bytes& der, bool accepted) {
  const ReadersVerdict got = compare_readers(der);
  INFO(why, ": ", got.what);
  CHECK(got.verdict == Readers::alike);
  CHECK(got.accepted == accepted);
  CHECK(got.same_place);
}

inline constexpr std::string_view kSki = "551d0e", kUsage = "551d0f", kSan = "551d11", kIan = "551d12",
                                  kBasic = "551d13", kSubtrees = "551d1e", kPoints = "551d1f", kAki = "551d23",
                                  kEku = "551d25", kNetscape = "60864801 86f8420101", kProxy = "2b0601050507010e",
                                  kAddresses = "2b06010505070107", kNumbers = "2b06010505070108";

}  // namespace web_readers
