// Who signed a certificate, by the reader without a library and a page whose crypto is OpenSSL's, against the native
// one.

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <boost/json.hpp>

#include "core/codecs/base64url.h"
#include "core/crypto/crl_internal.h"
#include "core/crypto/openssl.h"
#include "tests/core/crypto/certificate_pieces.h"
#include "tests/core/crypto/openssl_certificates.h"
#include "tests/support/certificate_readers.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace certificate_pieces;

namespace {

const EVP_MD* digest_of(SignatureDigest digest) {
  return digest == SignatureDigest::sha256   ? EVP_sha256()
         : digest == SignatureDigest::sha384 ? EVP_sha384()
         : digest == SignatureDigest::sha512 ? EVP_sha512()
                                             : nullptr;
}

// What the page is told must be enough: nothing is taken from the message or the key but what the scheme says.
std::optional<web::SignatureScheme> last_scheme;

using Read = std::shared_ptr<const Certificate::Parts>;
struct Both {
  Read native, own;
  explicit Both(BytesView der) : native(must(parse_certificate(der))), own(must(web::parse_certificate(der))) {}
};

bool check_signed(const Both& certificate, const Both& issuer) {
  const bool native = is_signed_by(*certificate.native, *issuer.native);
  CHECK(native == web::is_signed_by(*certificate.own, *issuer.own));
  return native;
}

}  // namespace

bool mibun::crypto::web::verify_signature(const SignatureScheme& scheme, BytesView spki, BytesView message,
                                          BytesView signature) {
  last_scheme = scheme;
  const unsigned char* at = spki.data();
  const OwnedKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  bool good =
      key && EVP_DigestVerifyInit(context.get(), &parameters, digest_of(scheme.digest), nullptr, key.get()) == 1;
  if (good && scheme.key == KeyKind::rsa_pss) {
    good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, static_cast<int>(scheme.salt_bytes)) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, digest_of(scheme.digest)) == 1;
  }
  return clear_errors(
      good && EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1);
}

TEST_CASE("both say the same of who signed the certificates of NIST PKITS") {
  const auto suite = boost::json::parse(read_vector("x509-nist-pkits/pkits.json")).as_object();
  const auto bytes = [&](const char* kind, const boost::json::value& name) {
    return must(base64::decode(suite.at(kind).as_object().at(name.as_string()).as_string()));
  };
  int good = 0, bad = 0, lists = 0;
  for (const auto& test : suite.at("cases").as_array()) {
    std::vector<Both> path;
    for (const auto& name : test.at("certs").as_array()) {
      const Bytes der = bytes("certs", name);
      if (parse_certificate(der)) path.emplace_back(der);
    }
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      // The rules ask no further when an algorithm is not taken (DSA).
      const Certificate::Parts &lower = *path[i + 1].native, &upper = *path[i].native;
      if (!check_signature_method(lower.method, upper.key, {.rsa = true}, ErrorCode::certificate_untrusted)) continue;
      ++(check_signed(path[i + 1], path[i]) ? good : bad);
    }
    for (const auto& name : test.at("crls").as_array()) {
      const auto list = Crl::parse(bytes("crls", name));
      if (!list) continue;
      for (const Both& issuer : path) {
        const Crl::Parts& parts = list->parts();
        if (!check_signature_method(parts.method, issuer.native->key, {.rsa = true}, ErrorCode::crl_untrusted))
          continue;
        const bool native = is_list_signed_by(parts.method, parts.tbs, parts.signature, *issuer.native);
        CHECK(native == web::is_list_signed_by(parts.method, parts.tbs, parts.signature, *issuer.own));
        lists += native ? 1 : 0;
      }
    }
  }
  CHECK(good > 150);
  CHECK(bad > 2);
  CHECK(lists > 150);
}

TEST_CASE("both say the same of who signed, for every kind of key") {
  const OpensslCertificates openssl;
  const auto rsa = [&](const char* kind, std::vector<std::string> options) {
    std::vector<std::string> all = {"-newkey", kind, "-pkeyopt", "rsa_keygen_bits:1024"};
    all.insert(all.end(), options.begin(), options.end());
    return openssl.make(all);
  };
  const std::vector<std::string> pss = {"-sigopt", "rsa_padding_mode:pss"};
  struct Row {
    const char* why;
    Bytes der;
    web::SignatureScheme want;
    bool good = true;
  };
  using enum SignatureDigest;
  const Row rows[] = {
      {"P-256", openssl.on_curve("prime256v1"), {KeyKind::ec, sha256, EcCurve::p256, 0}},
      {"P-521", openssl.on_curve("secp521r1"), {KeyKind::ec, sha256, EcCurve::p521, 0}},
      {"brainpool", openssl.on_curve("brainpoolP320r1"), {KeyKind::ec, sha256, EcCurve::brainpool_p320r1, 0}},
      {"Ed25519", openssl.make({"-newkey", "ed25519"}), {KeyKind::ed25519, other, EcCurve::other, 0}},
      {"RSA", rsa("rsa", {"-sha512"}), {KeyKind::rsa, sha512, EcCurve::other, 0}},
      {"RSA by PSS",
       rsa("rsa", {"-sha384", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:17"}),
       {KeyKind::rsa_pss, sha384, EcCurve::other, 17}},
      {"PSS", rsa("rsa-pss", {"-sigopt", "rsa_pss_saltlen:32"}), {KeyKind::rsa_pss, sha256, EcCurve::other, 32}},
      {"PSS, bound",
       rsa("rsa-pss", {"-pkeyopt", "rsa_pss_keygen_md:sha384", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384", "-pkeyopt",
                       "rsa_pss_keygen_saltlen:20", "-sha384"}),
       {KeyKind::rsa_pss, sha384, EcCurve::other, 20}},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const Both both(row.der);
    CHECK(check_signed(both, both));
    REQUIRE(last_scheme.has_value());
    CHECK(last_scheme->key == row.want.key);
    CHECK(last_scheme->digest == row.want.digest);
    CHECK(last_scheme->curve == row.want.curve);
    if (row.want.salt_bytes != 0) CHECK(last_scheme->salt_bytes >= row.want.salt_bytes);
    Pieces changed(row.der);
    changed.tbs[1] = tlv::write(der::kInteger, Bytes{1});
    CHECK(!check_signed(Both(changed.der()), both));
    Pieces unused(row.der);  // the same signature, whose last bits are said not to count
    Bytes bits = to_bytes(inside(unused.outer[2]));
    bits[0] = 1;
    bits.back() &= 0xfe;
    unused.outer[2] = tlv::write(der::kBitString, bits);
    CHECK(!check_signed(Both(unused.der()), both));
  }
  // Two digests: the library takes it, the web does not ask (docs/formats/x509.md).
  const Both mixed(rsa("rsa", {"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_mgf1_md:sha512"}));
  CHECK(is_signed_by(*mixed.native, *mixed.native));
  CHECK(!web::is_signed_by(*mixed.own, *mixed.own));
}

TEST_CASE("parameters that a signature's algorithm must not have are no signature") {
  const OpensslCertificates openssl;
  const Bytes ed25519 = openssl.make({"-newkey", "ed25519"});
  Pieces with_null(ed25519);
  with_null.tbs[kAlgorithm] = with_null.outer[1] = must(hex::decode("300706032b65700500"));
  last_scheme.reset();
  CHECK(!check_signed(Both(with_null.der()), Both(ed25519)));
  CHECK(!last_scheme.has_value());
  // A key for SHA-384 alone, asked for SHA-256; one for salts of 20 bytes and more, asked for the default's digest.
  const std::vector<std::string> bound = {"-newkey",  "rsa-pss",
                                          "-pkeyopt", "rsa_keygen_bits:1024",
                                          "-pkeyopt", "rsa_pss_keygen_md:sha384",
                                          "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384",
                                          "-sha384"};
  const Bytes key = openssl.make(bound);
  const Bytes other = openssl.make(
      {"-newkey", "rsa", "-pkeyopt", "rsa_keygen_bits:1024", "-sigopt", "rsa_padding_mode:pss", "-sha256"});
  last_scheme.reset();
  CHECK(!check_signed(Both(other), Both(key)));
  CHECK(!last_scheme.has_value());
}
