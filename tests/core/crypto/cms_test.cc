#include "core/crypto/cms.h"

#include <doctest/doctest.h>

#include "core/crypto/document_signer.h"
#include "core/crypto/x509.h"
#include "tests/support/code_of.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kType = "2.23.136.1.1.1";
constexpr auto kDay = std::chrono::hours(24);
const Instant kNow = Instant::from_unix_seconds(1'800'000'000);

DocumentCertificateRequest request(const char* name, DocumentKey key, bool explicit_parameters = false) {
  return {.organization = "Test State",
          .common_name = name,
          .not_before = kNow - 10 * kDay,
          .not_after = kNow + 10 * kDay,
          .key = key,
          .explicit_parameters = explicit_parameters};
}

struct State {
  Csca csca;
  DocumentSigner signer;
  State(const DocumentCertificateRequest& above, const DocumentCertificateRequest& below)
      : csca(Csca::make(above).value()), signer(csca.make_document_signer(below).value()) {}
  State() : State(request("CSCA", DocumentKey::p384), request("DS", DocumentKey::p256)) {}
};

const Bytes kContent = to_bytes("content of the security object");

Result<VerifiedSignedData> verify(BytesView der, const CscaCertificate& csca, Instant now = kNow,
                                  ChainTime chain_time = ChainTime::now) {
  const CscaCertificate trusted[] = {csca};
  return verify_signed_data(der, {kType, trusted, now, chain_time});
}

Bytes replaced(Bytes bytes, BytesView from, BytesView to) {
  REQUIRE(from.size() == to.size());
  const auto found = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
  REQUIRE(found != bytes.end());
  std::copy(to.begin(), to.end(), found);
  return bytes;
}

}  // namespace

TEST_CASE("every kind of key signs and verifies, named or with explicit parameters") {
  struct Row {
    const char* why;
    DocumentKey csca, signer;
    bool explicit_csca, explicit_signer;
  };
  const Row rows[] = {
      {"P-384 and P-256", DocumentKey::p384, DocumentKey::p256, false, false},
      {"explicit P-384 and P-256", DocumentKey::p384, DocumentKey::p256, true, true},
      {"explicit signer only", DocumentKey::p384, DocumentKey::p384, false, true},
      {"brainpool", DocumentKey::brainpool_p384r1, DocumentKey::brainpool_p256r1, false, false},
      {"explicit brainpool", DocumentKey::brainpool_p384r1, DocumentKey::brainpool_p256r1, true, true},
      {"RSA", DocumentKey::rsa_2048, DocumentKey::rsa_2048, false, false},
      {"RSA-PSS", DocumentKey::rsa_2048_pss, DocumentKey::rsa_2048_pss, false, false},
      {"RSA above EC", DocumentKey::rsa_2048, DocumentKey::p256, false, false},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const State state(request("CSCA", row.csca, row.explicit_csca), request("DS", row.signer, row.explicit_signer));
    const Bytes der = state.signer.sign_data(kType, kContent, kNow - 1h).value();
    const auto verified = verify(der, state.csca.certificate());
    REQUIRE(verified.has_value());
    CHECK(verified->content == kContent);
    CHECK(verified->signer_der == state.signer.certificate_der());
    CHECK(verified->signer_subject == "CN=DS,O=Test State,C=JP");
    CHECK(verified->csca_subject == "CN=CSCA,O=Test State,C=JP");
    CHECK(verified->csca_country == "JP");
    CHECK(verified->csca_sha256 == state.csca.certificate().sha256());
    CHECK(verified->signing_time == kNow - 1h);
    CHECK(verified->judged_at == kNow);

    const State stranger(request("CSCA", row.csca, row.explicit_csca), request("DS", row.signer));
    CHECK(code_of(verify(der, stranger.csca.certificate())) == ErrorCode::cms_signer_untrusted);
  }
}

TEST_CASE("explicit parameters of no known curve are refused, wherever they stand") {
  const State state(request("CSCA", DocumentKey::p384, true), request("DS", DocumentKey::p256, true));
  const Bytes der = state.signer.sign_data(kType, kContent, kNow).value();
  REQUIRE(verify(der, state.csca.certificate()).has_value());
  // The order of P-256 and of P-384, one bit changed: still a well-formed explicit curve.
  const Bytes order_256 = {0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                           0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
  Bytes altered_256 = order_256;
  altered_256.back() ^= 0x02;
  CHECK(code_of(verify(replaced(der, order_256, altered_256), state.csca.certificate())) ==
        ErrorCode::emrtd_explicit_curve_unknown);
  const Bytes order_384 = {0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a,
                           0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};
  Bytes altered_384 = order_384;
  altered_384.back() ^= 0x02;
  const Bytes csca = to_bytes(state.csca.certificate().der());
  CHECK(code_of(CscaCertificate::parse(replaced(csca, order_384, altered_384))) ==
        ErrorCode::emrtd_explicit_curve_unknown);
}

TEST_CASE("the chain is judged at the time that the rules say") {
  const State state;
  const Bytes der = state.signer.sign_data(kType, kContent, kNow - 1h).value();
  const CscaCertificate& csca = state.csca.certificate();
  CHECK(verify(der, csca, kNow + 10 * kDay).has_value());
  CHECK(code_of(verify(der, csca, kNow + 10 * kDay + 1s)) == ErrorCode::certificate_expired);
  CHECK(code_of(verify(der, csca, kNow - 10 * kDay - 1s)) == ErrorCode::certificate_not_yet_valid);
  const auto later = verify(der, csca, kNow + 11 * kDay, ChainTime::signing_time);
  REQUIRE(later.has_value());
  CHECK(later->judged_at == kNow - 1h);
  // A signing time that lies ahead was not true when we read it.
  CHECK(code_of(verify(der, csca, kNow - 2h, ChainTime::signing_time)) == ErrorCode::cms_signer_untrusted);
  const Bytes too_early = state.signer.sign_data(kType, kContent, kNow - 11 * kDay).value();
  CHECK(code_of(verify(too_early, csca, kNow, ChainTime::signing_time)) == ErrorCode::certificate_not_yet_valid);
  CHECK(verify(too_early, csca, kNow).has_value());
}

TEST_CASE("signer and CSCA must both be valid") {
  for (const bool short_csca : {false, true}) {
    auto above = request("CSCA", DocumentKey::p384), below = request("DS", DocumentKey::p256);
    (short_csca ? above : below).not_after = kNow + 5 * kDay;
    (short_csca ? above : below).not_before = kNow - 5 * kDay;
    const State state(above, below);
    const Bytes der = state.signer.sign_data(kType, kContent, kNow).value();
    const CscaCertificate& csca = state.csca.certificate();
    CHECK(verify(der, csca, kNow + 5 * kDay).has_value());
    CHECK(code_of(verify(der, csca, kNow + 6 * kDay)) == ErrorCode::certificate_expired);
    CHECK(verify(der, csca, kNow - 5 * kDay).has_value());
    CHECK(code_of(verify(der, csca, kNow - 6 * kDay)) == ErrorCode::certificate_not_yet_valid);
  }
}

TEST_CASE("only the expected content type is read") {
  const State state;
  const Bytes other = state.signer.sign_data("2.23.136.1.1.2", kContent, kNow).value();
  CHECK(code_of(verify(other, state.csca.certificate())) == ErrorCode::cms_wrong_content_type);
  const CscaCertificate trusted[] = {state.csca.certificate()};
  CHECK(verify_signed_data(other, {"2.23.136.1.1.2", trusted, kNow}).has_value());
  CHECK(code_of(verify_signed_data(other, {kType, {}, kNow})) == ErrorCode::cms_wrong_content_type);
  // The type beside the content is signed only through the attribute that repeats it.
  const Bytes relabelled =
      replaced(other, Bytes{0x67, 0x81, 0x08, 0x01, 0x01, 0x02}, Bytes{0x67, 0x81, 0x08, 0x01, 0x01, 0x01});
  CHECK(code_of(verify(relabelled, state.csca.certificate())) == ErrorCode::cms_wrong_content_type);
}

TEST_CASE("no changed byte of signed data passes, and none crashes") {
  for (const DocumentKey key : {DocumentKey::p256, DocumentKey::rsa_2048, DocumentKey::rsa_2048_pss}) {
    const State state(request("CSCA", DocumentKey::p384), request("DS", key));
    const Bytes der = state.signer.sign_data(kType, kContent, kNow).value();
    const CscaCertificate& csca = state.csca.certificate();
    REQUIRE(verify(der, csca).has_value());
    for (std::size_t i = 0; i < der.size(); ++i) {
      for (const int flip : key == DocumentKey::p256 ? std::vector{0x01, 0x20, 0x80, 0xff} : std::vector{0x01, 0x80}) {
        Bytes changed = der;
        changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
        const auto verified = verify(changed, csca);
        CHECK_MESSAGE(!verified.has_value(), "byte " << i << " ^ " << flip);
      }
      CHECK(!verify(BytesView(der).first(i), csca).has_value());
    }
    Bytes longer = der;
    longer.push_back(0);
    CHECK(code_of(verify(longer, csca)) == ErrorCode::cms_malformed);
  }
}

TEST_CASE("CSCA certificates are read strictly") {
  const State state;
  const CscaCertificate& csca = state.csca.certificate();
  CHECK(CscaCertificate::from_pem(csca.pem()).value().sha256() == csca.sha256());
  CHECK(code_of(CscaCertificate::parse(state.signer.certificate_der())) == ErrorCode::certificate_wrong_purpose);
  Bytes longer = to_bytes(csca.der());
  longer.push_back(0);
  CHECK(code_of(CscaCertificate::parse(longer)) == ErrorCode::certificate_malformed);
  CHECK(code_of(CscaCertificate::parse({})) == ErrorCode::certificate_malformed);
  CHECK(code_of(CscaCertificate::from_pem("x")) == ErrorCode::pem_malformed);
}

namespace {

// Signed data made by the openssl program, so that it can be made wrongly.
class Workshop {
 public:
  Workshop() {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", at("ca.key"),
             "-out", at("ca.pem"), "-subj", "/C=JP/CN=CA", "-days", "30", "-addext",
             "keyUsage=critical,keyCertSign,cRLSign"});
    directory.write("content", as_text(kContent));
  }
  std::string at(std::string_view name) const { return directory.file(name); }
  CscaCertificate csca() const { return CscaCertificate::from_pem(directory.read("ca.pem")).value(); }

  void signer(const std::string& name, const std::string& extensions, std::vector<std::string> key = kP256,
              const std::string& digest = "-sha256") {
    std::vector<std::string> ask = {
        "req", "-new", "-nodes", "-keyout", at(name + ".key"), "-out", at(name + ".csr"), "-subj", "/C=JP/CN=" + name};
    ask.insert(ask.end(), key.begin(), key.end());
    openssl(ask);
    openssl({"x509", "-req", "-in", at(name + ".csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
             "-days", "20", digest, "-extfile", directory.write(name + ".ext", extensions), "-out", at(name + ".pem")});
  }
  Bytes sign(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> sign = {"cms",
                                     "-sign",
                                     "-binary",
                                     "-nodetach",
                                     "-nosmimecap",
                                     "-in",
                                     at("content"),
                                     "-econtent_type",
                                     std::string(kType),
                                     "-signer",
                                     at(name + ".pem"),
                                     "-inkey",
                                     at(name + ".key"),
                                     "-outform",
                                     "DER",
                                     "-out",
                                     at("out.cms")};
    sign.insert(sign.end(), more.begin(), more.end());
    openssl(sign);
    return to_bytes(directory.read("out.cms"));
  }
  void openssl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "openssl");
    const ProcessResult result = run_process(arguments);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }

  TempDir directory;
  static inline const std::vector<std::string> kP256 = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"};
  static constexpr const char* kSign = "keyUsage=critical,digitalSignature\nauthorityKeyIdentifier=keyid\n";
};

}  // namespace

TEST_CASE("signed data of the openssl program is judged by what it says") {
  Workshop shop;
  const CscaCertificate csca = shop.csca();
  const Instant now = SystemClock().now() + 60s;
  shop.signer("good", Workshop::kSign);
  shop.signer("second", Workshop::kSign);
  shop.signer("explicit", Workshop::kSign,
              {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1", "-pkeyopt", "ec_param_enc:explicit"});
  shop.signer("rsa", Workshop::kSign, {"-newkey", "rsa:2048"});
  shop.signer("small", Workshop::kSign, {"-newkey", "rsa:1024"});
  shop.signer("curve", Workshop::kSign, {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"});
  shop.signer("ca2", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,keyCertSign\n");
  shop.signer("noku", "authorityKeyIdentifier=keyid\n");
  shop.signer("agree", "keyUsage=critical,keyAgreement\n");
  shop.signer("eku", std::string(Workshop::kSign) + "extendedKeyUsage=2.23.136.1.1.3\n");
  shop.signer("crit", std::string(Workshop::kSign) + "1.3.6.1.4.1.32473.9=critical,ASN1:UTF8String:x\n");
  shop.signer("sha1", Workshop::kSign, Workshop::kP256, "-sha1");
  struct Row {
    const char* why;
    Bytes der;
    std::optional<ErrorCode> want;
  };
  const Row rows[] = {
      {"good", shop.sign("good", {"-md", "sha256"}), {}},
      {"SHA-512", shop.sign("good", {"-md", "sha512"}), {}},
      {"streamed, with indefinite lengths", shop.sign("good", {"-stream"}), {}},
      {"the CSCA's certificate inside too", shop.sign("good", {"-certfile", shop.at("ca.pem")}), {}},
      {"explicit brainpool parameters", shop.sign("explicit"), {}},
      {"RSA", shop.sign("rsa"), {}},
      {"RSA-PSS", shop.sign("rsa", {"-keyopt", "rsa_padding_mode:pss"}), {}},
      {"signer known by key identifier", shop.sign("good", {"-keyid"}), {}},
      {"no certificate", shop.sign("good", {"-nocerts"}), ErrorCode::cms_malformed},
      {"no signed attributes", shop.sign("good", {"-noattr"}), ErrorCode::cms_malformed},
      {"two signers", shop.sign("good", {"-signer", shop.at("second.pem"), "-inkey", shop.at("second.key")}),
       ErrorCode::cms_malformed},
      {"SHA-1", shop.sign("good", {"-md", "sha1"}), ErrorCode::digest_not_allowed},
      {"SHA-224", shop.sign("good", {"-md", "sha224"}), ErrorCode::digest_not_allowed},
      {"certificate signed with SHA-1", shop.sign("sha1"), ErrorCode::digest_not_allowed},
      {"RSA of 1024 bits", shop.sign("small"), ErrorCode::algorithm_not_allowed},
      {"another curve", shop.sign("curve"), ErrorCode::algorithm_not_allowed},
      {"a CA as signer", shop.sign("ca2"), ErrorCode::cms_signer_untrusted},
      {"no key usage", shop.sign("noku"), ErrorCode::cms_signer_untrusted},
      {"key agreement only", shop.sign("agree"), ErrorCode::cms_signer_untrusted},
      {"a master list signer", shop.sign("eku"), ErrorCode::cms_signer_untrusted},
      {"an unknown critical extension", shop.sign("crit"), ErrorCode::cms_signer_untrusted},
      {"the CSCA itself as signer", shop.sign("ca"), ErrorCode::cms_signer_untrusted},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const auto verified = verify(row.der, csca, now);
    if (row.want) {
      CHECK(code_of(verified) == *row.want);
    } else {
      REQUIRE(verified.has_value());
      CHECK(verified->content == kContent);
    }
  }
  shop.openssl({"cms", "-sign", "-binary", "-in", shop.at("content"), "-econtent_type", std::string(kType), "-signer",
                shop.at("good.pem"), "-inkey", shop.at("good.key"), "-outform", "DER", "-out", shop.at("detached")});
  CHECK(code_of(verify(to_bytes(shop.directory.read("detached")), csca, now)) == ErrorCode::cms_malformed);
  shop.openssl({"cms", "-data_create", "-in", shop.at("content"), "-outform", "DER", "-out", shop.at("data")});
  CHECK(code_of(verify(to_bytes(shop.directory.read("data")), csca, now)) == ErrorCode::cms_malformed);
}

TEST_CASE("a curve with a generator of somebody's choice signs, and is refused") {
  // The parameters of P-256 with another point as generator: whoever chooses it knows a private key for any public
  // key. The openssl program makes, certifies and signs with such a key.
  Workshop shop;
  shop.openssl(
      {"ecparam", "-name", "P-256", "-param_enc", "explicit", "-outform", "DER", "-out", shop.at("curve.der")});
  const Bytes generator = {0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47};
  Bytes curve = to_bytes(shop.directory.read("curve.der"));
  const auto found = std::search(curve.begin(), curve.end(), generator.begin(), generator.end());
  REQUIRE(found != curve.end());
  const P256PublicKey chosen = P256PrivateKey::generate().public_key();
  std::copy(chosen.point().begin(), chosen.point().end(), found);
  shop.directory.write("chosen.der", as_text(curve));
  shop.openssl({"ecparam", "-inform", "DER", "-in", shop.at("chosen.der"), "-param_enc", "explicit", "-out",
                shop.at("chosen.pem")});
  shop.signer("chosen", Workshop::kSign, {"-newkey", "ec:" + shop.at("chosen.pem")});
  CHECK(code_of(verify(shop.sign("chosen"), shop.csca(), SystemClock().now() + 60s)) ==
        ErrorCode::emrtd_explicit_curve_unknown);
}

TEST_CASE("the openssl program accepts our signed data") {
  for (const DocumentKey key : {DocumentKey::p256, DocumentKey::brainpool_p256r1, DocumentKey::rsa_2048_pss}) {
    const State state(request("CSCA", DocumentKey::p384), request("DS", key));
    const TempDir directory;
    const Bytes der = state.signer.sign_data(kType, kContent, kNow).value();
    const auto run = [&](const std::string& csca_pem, const std::string& cms) {
      return run_process({"openssl", "cms", "-verify", "-binary", "-purpose", "any", "-attime",
                          std::to_string(kNow.unix_seconds()), "-inform", "DER", "-in", directory.write("cms", cms),
                          "-CAfile", directory.write("csca.pem", csca_pem), "-out", directory.file("content")});
    };
    const ProcessResult accepted = run(state.csca.certificate().pem(), std::string(as_text(der)));
    INFO(accepted.err);
    CHECK(accepted.exit_code == 0);
    CHECK(directory.read("content") == as_text(kContent));
    CHECK(run(State().csca.certificate().pem(), std::string(as_text(der))).exit_code != 0);
  }
}
