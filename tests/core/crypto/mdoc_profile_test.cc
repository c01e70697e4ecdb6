#include "core/crypto/mdoc_profile.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "core/crypto/mdoc_certificates.h"
#include "core/crypto/trust_anchors.h"
#include "tests/core/crypto/hex.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace std::chrono_literals;

namespace {

constexpr auto kDay = 24h;
constexpr auto kNoLists = RevocationPolicy::ignore_revocation;

MdocCertificateRequest names(std::string common_name, std::chrono::hours life) {
  MdocCertificateRequest out;
  out.common_name = std::move(common_name);
  out.organization = "Test";
  out.not_before = kTestNow - kDay;
  out.not_after = out.not_before + life;
  out.crl_uri = "http://iaca.example/list.crl";
  return out;
}

MdocCertificateRequest iaca_names() {
  MdocCertificateRequest out = names("Utopia IACA", 9 * 365 * kDay);
  out.issuer_mail = "iaca@authority.example";
  return out;
}

template <class Key>
struct Iaca {
  explicit Iaca(const MdocCertificateRequest& request = iaca_names())
      : certificate(must(make_iaca_certificate(request, key))) {}

  Certificate signer(const MdocCertificateRequest& request = names("DS", 90 * kDay)) const {
    return must(make_document_signer_certificate(request, P256PrivateKey::generate().public_key(), certificate, key));
  }

  Key key = Key::generate();
  Certificate certificate;
};

std::vector<Bytes> chain(const std::vector<Certificate>& members) {
  std::vector<Bytes> out;
  for (const Certificate& member : members) out.push_back(to_bytes(member.der()));
  return out;
}

std::string verdict(const Status& status) {
  return status ? "good" : std::string(to_string(status.error().code)) + " " + status.error().where;
}
template <class T>
std::string verdict(const Result<T>& result) {
  return result ? "good" : std::string(to_string(result.error().code)) + " " + result.error().where;
}

Certificate annex_d(const char* name) {
  static const auto vectors = boost::json::parse(read_vector("iso18013-5-annex-d/annex_d.json")).as_object();
  return must(Certificate::parse(from_hex(std::string(vectors.at(name).as_string()))));
}
Certificate annex_d_root(const char* name) {
  static const auto vectors = boost::json::parse(read_vector("iso18013-5-annex-d-roots/roots.json")).as_object();
  return must(Certificate::parse(from_hex(std::string(vectors.at(name).as_string()))));
}

}  // namespace

TEST_CASE("the certificates of ISO/IEC 18013-5, annex D, follow the profiles at their time") {
  const Certificate iaca = annex_d_root("IACA_CERT"), reader_root = annex_d_root("READER_ROOT_CERT");
  const Certificate signer = annex_d("ISO_18013_5_ANNEX_D_DS_CERT");
  const Certificate reader = annex_d("ISO_18013_5_ANNEX_D_READER_CERT");
  CHECK(verdict(check_iaca_root(iaca)) == "good");
  CHECK(verdict(check_document_signer(signer, iaca)) == "good");
  CHECK(verdict(check_mdoc_reader(reader, reader_root)) == "good");
  const Instant then = Instant::from_unix_seconds(1'614'556'800);  // 2021-03-01
  const TrustAnchors issuers(CertificatePurpose::mdoc_document_signer, {iaca}, kNoLists);
  const TrustAnchors readers(CertificatePurpose::mdoc_reader, {reader_root}, kNoLists);
  CHECK(verdict(issuers.verify_chain(chain({signer}), then)) == "good");
  CHECK(verdict(readers.verify_chain(chain({reader}), then)) == "good");
  CHECK(code_of(issuers.verify_chain(chain({signer}), kTestNow)) == ErrorCode::certificate_expired);
  CHECK(code_of(issuers.verify_chain(chain({reader}), then)) == ErrorCode::certificate_untrusted);
  CHECK(code_of(readers.verify_chain(chain({signer}), then)) == ErrorCode::certificate_untrusted);
  // The standard's chain has the signer alone; a root that is sent along is refused.
  CHECK(code_of(issuers.verify_chain(chain({signer, iaca}), then)) == ErrorCode::certificate_is_anchor);
  CHECK(signer.country() == "US");
}

TEST_CASE_TEMPLATE("our own mdoc certificates follow the profiles", Key, P256PrivateKey, P384PrivateKey) {
  const Iaca<Key> iaca;
  const TrustAnchors anchors(CertificatePurpose::mdoc_document_signer, {iaca.certificate}, kNoLists);
  const Certificate signer = iaca.signer();
  CHECK(verdict(anchors.verify_chain(chain({signer}), kTestNow)) == "good");
  CHECK(CaCertificate(signer).crl_uris() == std::vector<std::string>{"http://iaca.example/list.crl"});
  const auto p384 = must(make_document_signer_certificate(
      names("DS", 457 * kDay), P384PrivateKey::generate().public_key(), iaca.certificate, iaca.key));
  CHECK(verdict(anchors.verify_chain(chain({p384}), kTestNow)) == "good");

  const TrustAnchors readers(CertificatePurpose::mdoc_reader, {iaca.certificate}, kNoLists);
  const auto reader = must(make_mdoc_reader_certificate(
      names("Reader", 1187 * kDay), P256PrivateKey::generate().public_key(), iaca.certificate, iaca.key));
  CHECK(verdict(readers.verify_chain(chain({reader}), kTestNow)) == "good");
  CHECK(code_of(readers.verify_chain(chain({signer}), kTestNow)) == ErrorCode::certificate_wrong_purpose);
  CHECK(code_of(anchors.verify_chain(chain({reader}), kTestNow)) == ErrorCode::certificate_wrong_purpose);
}

TEST_CASE("an older IACA vouches for the newer one's key") {
  const Iaca<P256PrivateKey> older;
  const Iaca<P384PrivateKey> newer;
  const Certificate link = must(make_iaca_link_certificate(newer.certificate, older.certificate, older.key,
                                                           kTestNow - kDay, kTestNow + 365 * kDay));
  const Certificate signer = newer.signer();
  const TrustAnchors anchors(CertificatePurpose::mdoc_document_signer, {older.certificate}, kNoLists);
  CHECK(verdict(anchors.verify_chain(chain({signer, link}), kTestNow)) == "good");
  CHECK(code_of(anchors.verify_chain(chain({signer}), kTestNow)) == ErrorCode::certificate_untrusted);
  CHECK(code_of(anchors.verify_chain(chain({link}), kTestNow)) == ErrorCode::certificate_untrusted);
  MdocCertificateRequest other = iaca_names();
  other.common_name = "Dystopia IACA";
  const Iaca<P256PrivateKey> renamed(other);
  CHECK(verdict(make_iaca_link_certificate(renamed.certificate, older.certificate, older.key, kTestNow - kDay,
                                           kTestNow + kDay)) == "certificate_profile_violation iaca_link.subject");
}

TEST_CASE("a trust list for mdocs holds its root and its links to their profiles, too") {
  const Iaca<P256PrivateKey> older, newer;
  // The same names and keys in certificates that are no more than RFC 5280 asks for.
  CertificateRequest plain;
  plain.common_name = "Utopia IACA";
  plain.organization = "Test";
  plain.not_before = kTestNow - kDay;
  plain.not_after = kTestNow + 365 * kDay;
  const Certificate root = must(make_root_certificate(plain, older.key));
  const Certificate link = must(make_certificate(plain, newer.key.public_key(), older.certificate, older.key));
  REQUIRE(root.subject() == older.certificate.subject());
  constexpr auto kSigner = CertificatePurpose::mdoc_document_signer;
  const auto below_root = chain({older.signer()}), below_link = chain({newer.signer(), link});
  CHECK(verdict(TrustAnchors::ignore_mdoc_profile(kSigner, {root}, kNoLists).verify_chain(below_root, kTestNow)) ==
        "good");
  CHECK(verdict(TrustAnchors::ignore_mdoc_profile(kSigner, {older.certificate}, kNoLists)
                    .verify_chain(below_link, kTestNow)) == "good");
  const std::string at_root = verdict(TrustAnchors(kSigner, {root}, kNoLists).verify_chain(below_root, kTestNow));
  CHECK(at_root.starts_with("certificate_profile_violation iaca."));
  const std::string at_link =
      verdict(TrustAnchors(kSigner, {older.certificate}, kNoLists).verify_chain(below_link, kTestNow));
  CHECK(at_link.starts_with("certificate_profile_violation iaca_link."));
}

TEST_CASE("requests that a profile does not allow are refused") {
  const Iaca<P256PrivateKey> iaca;
  const P256PublicKey key = P256PrivateKey::generate().public_key();
  const auto root = [](auto change) {
    MdocCertificateRequest r = iaca_names();
    change(r);
    return verdict(make_iaca_certificate(r, P256PrivateKey::generate()));
  };
  const auto signer = [&](auto change) {
    MdocCertificateRequest r = names("DS", 90 * kDay);
    change(r);
    return verdict(make_document_signer_certificate(r, key, iaca.certificate, iaca.key));
  };
  const auto reader = [&](auto change) {
    MdocCertificateRequest r = names("Reader", 90 * kDay);
    change(r);
    return verdict(make_mdoc_reader_certificate(r, key, iaca.certificate, iaca.key));
  };
  using R = MdocCertificateRequest;
  const std::string violation = "certificate_profile_violation ";
  CHECK(root([](R& r) { r.country = ""; }) == violation + "iaca.countryName");
  CHECK(root([](R& r) { r.country = "jp"; }) == violation + "iaca.countryName");
  CHECK(root([](R& r) { r.common_name = ""; }) == violation + "iaca.commonName");
  CHECK(root([](R& r) { r.issuer_mail = ""; }) == "invalid_argument issuer_mail");
  CHECK(root([](R& r) { r.crl_uri = ""; }) == "invalid_argument crl_uri");
  CHECK(root([](R& r) { r.not_after = r.not_before - 1s; }) == "invalid_argument validity");
  CHECK(root([](R& r) { r.issuer_uri = "https://authority.example"; }) == "good");
  const Instant first = Instant::from_unix_seconds(1'709'164'800);  // 2024-02-29
  const Instant last = Instant::from_unix_seconds(2'340'316'800);   // 2044-02-29
  CHECK(root([&](R& r) { r.not_before = first, r.not_after = last; }) == "good");
  CHECK(root([&](R& r) { r.not_before = first, r.not_after = last + 1s; }) == violation + "iaca.validity");
  CHECK(signer([](R& r) { r.not_after = r.not_before + 457 * kDay; }) == "good");
  CHECK(signer([](R& r) { r.not_after = r.not_before + 457 * kDay + 1s; }) == violation + "document_signer.validity");
  CHECK(signer([](R& r) { r.country = "US"; }) == violation + "document_signer.countryName");
  CHECK(signer([](R& r) { r.common_name = ""; }) == violation + "document_signer.commonName");
  CHECK(reader([](R& r) { r.not_after = r.not_before + 1187 * kDay; }) == "good");
  CHECK(reader([](R& r) { r.not_after = r.not_before + 1187 * kDay + 1s; }) == violation + "mdoc_reader.validity");
  CHECK(reader([](R& r) { r.country = ""; }) == "good");
  CHECK(reader([](R& r) { r.common_name = ""; }) == violation + "mdoc_reader.commonName");

  MdocCertificateRequest with_state = iaca_names();
  with_state.state_or_province = "JP-13";
  const Iaca<P256PrivateKey> tokyo(with_state);
  R r = names("DS", 90 * kDay);
  CHECK(verdict(make_document_signer_certificate(r, key, tokyo.certificate, tokyo.key)) == "good");
  r.state_or_province = "JP-13";
  CHECK(verdict(make_document_signer_certificate(r, key, tokyo.certificate, tokyo.key)) == "good");
  r.state_or_province = "JP-27";
  CHECK(verdict(make_document_signer_certificate(r, key, tokyo.certificate, tokyo.key)) ==
        violation + "document_signer.stateOrProvinceName");
  const P256PrivateKey stranger = P256PrivateKey::generate();
  CHECK(verdict(make_document_signer_certificate(names("DS", kDay), key, iaca.certificate, stranger)) ==
        "invalid_argument issuer");
}

namespace {

// Certificates that our own maker does not make, from the openssl program: an IACA, and leaves below ours.
class Workshop {
 public:
  Workshop() {
    directory_.write("iaca.pem", iaca.certificate.pem());
    const SecretBytes key = private_key_pem(iaca.key);
    directory_.write("iaca.key", as_text(key.reveal()));
  }

  Certificate root(const std::string& extensions, const std::string& subject = "/C=JP/CN=Utopia IACA",
                   const std::string& days = "3650") {
    const std::string config =
        directory_.write("root.cnf", "[req]\ndistinguished_name=n\nx509_extensions=e\n[n]\n[e]\n" + extensions);
    run({"openssl", "req", "-x509", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout",
         directory_.file("root.key"), "-subj", subject, "-days", days, "-config", config, "-out",
         directory_.file("root.pem")});
    return must(Certificate::from_pem(directory_.read("root.pem")));
  }

  Certificate leaf(const std::string& extensions, const std::string& subject = "/C=JP/CN=DS") {
    run({"openssl", "req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout",
         directory_.file("leaf.key"), "-subj", subject, "-out", directory_.file("leaf.csr")});
    run({"openssl", "x509", "-req", "-in", directory_.file("leaf.csr"), "-CA", directory_.file("iaca.pem"), "-CAkey",
         directory_.file("iaca.key"), "-set_serial", serial, "-days", "90", "-extfile",
         directory_.write("leaf.ext", extensions), "-out", directory_.file("leaf.pem")});
    return must(Certificate::from_pem(directory_.read("leaf.pem")));
  }

  Iaca<P256PrivateKey> iaca;
  std::string serial = "0x1234567890";

 private:
  static void run(const std::vector<std::string>& arguments) {
    const ProcessResult result = run_process(arguments);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }
  TempDir directory_;
};

std::string without(std::string text, const std::string& line_start) {
  const std::size_t at = text.find(line_start);
  REQUIRE(at != std::string::npos);
  return text.erase(at, text.find('\n', at) + 1 - at);
}
std::string with(std::string text, const std::string& line_start, const std::string& line) {
  return without(std::move(text), line_start) + line + "\n";
}

}  // namespace

TEST_CASE("IACA roots made by the openssl program are judged rule by rule") {
  Workshop workshop;
  const std::string good =
      "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
      "subjectKeyIdentifier=hash\nissuerAltName=URI:https://authority.example\n"
      "crlDistributionPoints=URI:http://iaca.example/l\n";
  struct Row {
    std::string extensions, subject, want;
  };
  const std::string name = "/C=JP/CN=Utopia IACA";
  const auto broken = [](const char* rule) { return std::string("certificate_profile_violation iaca.") + rule; };
  const Row rows[] = {
      {good, name, "good"},
      {with(good, "basic", "basicConstraints=CA:TRUE,pathlen:0"), name, broken("basicConstraints")},
      {with(good, "basic", "basicConstraints=critical,CA:TRUE"), name, broken("basicConstraints")},
      {with(good, "basic", "basicConstraints=critical,CA:TRUE,pathlen:1"), name, broken("basicConstraints")},
      {with(good, "basic", "basicConstraints=critical,CA:FALSE"), name, broken("basicConstraints")},
      {with(good, "keyUsage", "keyUsage=keyCertSign,cRLSign"), name, broken("keyUsage")},
      {with(good, "keyUsage", "keyUsage=critical,keyCertSign"), name, broken("keyUsage")},
      {with(good, "keyUsage", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"), name, broken("keyUsage")},
      {with(good, "subjectKey", "subjectKeyIdentifier=none"), name, broken("subjectKeyIdentifier")},
      {without(good, "issuerAlt"), name, broken("issuerAltName")},
      {with(good, "issuerAlt", "issuerAltName=critical,URI:https://a.example"), name, broken("issuerAltName")},
      {with(good, "issuerAlt", "issuerAltName=DNS:a.example"), name, broken("issuerAltName")},
      {without(good, "crlDist"), name, broken("cRLDistributionPoints")},
      {with(good, "crlDist", "crlDistributionPoints=critical,URI:http://a.example"), name,
       broken("cRLDistributionPoints")},
      {good, "/CN=Utopia IACA", broken("countryName")},
      {good, "/C=JP/C=US/CN=Utopia IACA", broken("countryName")},
      {good, "/C=JP/ST=A/ST=B/CN=Utopia IACA", broken("stateOrProvinceName")},
      {good, "/C=JP/O=Utopia", broken("commonName")},
  };
  for (const Row& row : rows) {
    INFO(row.extensions, row.subject);
    CHECK(verdict(check_iaca_root(workshop.root(row.extensions, row.subject))) == row.want);
  }
  CHECK(verdict(check_iaca_root(workshop.root(good, name, "7400"))) == broken("validity"));
  CHECK(verdict(check_iaca_root(workshop.iaca.signer())) == broken("issuer"));
}

TEST_CASE("document signers and readers made by the openssl program are judged rule by rule") {
  Workshop workshop;
  const std::string good =
      "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,1.0.18013.5.1.2\nsubjectKeyIdentifier=hash\n"
      "authorityKeyIdentifier=keyid:always\nissuerAltName=email:a@authority.example\n"
      "crlDistributionPoints=URI:http://iaca.example/l\n";
  struct Row {
    std::string extensions, subject, want;
  };
  const std::string name = "/C=JP/CN=DS";
  const auto broken = [](const char* rule) {
    return std::string("certificate_profile_violation document_signer.") + rule;
  };
  const Row rows[] = {
      {good, name, "good"},
      {with(good, "crlDist", "crlDistributionPoints=URI:http://a.example,URI:https://b.example"), name, "good"},
      {with(good, "keyUsage", "keyUsage=digitalSignature"), name, broken("keyUsage")},
      {with(good, "keyUsage", "keyUsage=critical,digitalSignature,nonRepudiation"), name, broken("keyUsage")},
      {without(good, "keyUsage"), name, broken("keyUsage")},
      {with(good, "extended", "extendedKeyUsage=1.0.18013.5.1.2"), name, broken("extKeyUsage")},
      {with(good, "extended", "extendedKeyUsage=critical,1.0.18013.5.1.2,1.0.18013.5.1.6"), name,
       broken("extKeyUsage")},
      {with(good, "extended", "extendedKeyUsage=critical,1.0.18013.5.1.3"), name, broken("extKeyUsage")},
      {without(good, "extended"), name, broken("extKeyUsage")},
      {with(good, "subjectKey", "subjectKeyIdentifier=none"), name, broken("subjectKeyIdentifier")},
      {with(good, "authorityKey", "authorityKeyIdentifier=none"), name, broken("authorityKeyIdentifier")},
      {with(good, "authorityKey", "2.5.29.35=DER:30:06:80:04:01:02:03:04"), name, broken("authorityKeyIdentifier")},
      {without(good, "issuerAlt"), name, broken("issuerAltName")},
      {without(good, "crlDist"), name, broken("cRLDistributionPoints")},
      {good, "/C=US/CN=DS", broken("countryName")},
      {good, "/CN=DS", broken("countryName")},
      {good, "/C=JP/O=DS", broken("commonName")},
  };
  const TrustAnchors anchors(CertificatePurpose::mdoc_document_signer, {workshop.iaca.certificate}, kNoLists);
  const auto lax = TrustAnchors::ignore_mdoc_profile(CertificatePurpose::mdoc_document_signer,
                                                     {workshop.iaca.certificate}, kNoLists);
  const Instant now = SystemClock().now() + 60s;
  for (const Row& row : rows) {
    INFO(row.extensions, row.subject);
    const Certificate leaf = workshop.leaf(row.extensions, row.subject);
    CHECK(verdict(check_document_signer(leaf, workshop.iaca.certificate)) == row.want);
    CHECK(anchors.verify_chain(chain({leaf}), now).has_value() == (row.want == "good"));
  }
  const Certificate unprofiled = workshop.leaf(without(good, "crlDist"));
  CHECK(verdict(lax.verify_chain(chain({unprofiled}), now)) == "good");
  CHECK(code_of(anchors.verify_chain(chain({unprofiled}), now)) == ErrorCode::certificate_profile_violation);

  const std::string reader = with(good, "extended", "extendedKeyUsage=critical,1.0.18013.5.1.6");
  const auto judged = [&](const std::string& extensions) {
    return verdict(check_mdoc_reader(workshop.leaf(extensions, "/CN=Reader"), workshop.iaca.certificate));
  };
  CHECK(judged(reader) == "good");
  CHECK(judged(without(reader, "issuerAlt")) == "good");
  CHECK(judged(with(good, "extended", "extendedKeyUsage=critical,1.0.18013.5.1.6,clientAuth")) == "good");
  CHECK(judged(good) == "certificate_profile_violation mdoc_reader.extKeyUsage");
  CHECK(judged(with(reader, "extended", "extendedKeyUsage=1.0.18013.5.1.6")) ==
        "certificate_profile_violation mdoc_reader.extKeyUsage");
  CHECK(judged(without(reader, "crlDist")) == "certificate_profile_violation mdoc_reader.cRLDistributionPoints");
  CHECK(judged(with(reader, "keyUsage", "keyUsage=critical,digitalSignature,keyEncipherment")) ==
        "certificate_profile_violation mdoc_reader.keyUsage");

  for (const char* serial : {"0", "-5", "0x8123456789012345678901234567890123456789"}) {
    INFO(std::string(serial));
    workshop.serial = serial;
    CHECK(verdict(check_document_signer(workshop.leaf(good), workshop.iaca.certificate)) == broken("serialNumber"));
  }
}

TEST_CASE("an issuer's name is compared as bytes") {
  Workshop workshop;
  // The same name to RFC 5280, written in another string type.
  const std::string good =
      "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
      "subjectKeyIdentifier=hash\nissuerAltName=URI:https://authority.example\n"
      "crlDistributionPoints=URI:http://iaca.example/l\n";
  const Certificate upper = workshop.root(good, "/C=JP/CN=UTOPIA IACA");
  const Certificate signer = workshop.iaca.signer();
  CHECK(verdict(check_document_signer(signer, upper)) == "certificate_profile_violation document_signer.issuer");
}
