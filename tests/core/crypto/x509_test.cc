#include "core/crypto/x509.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "core/crypto/hash.h"
#include "tests/support/code_of.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace std::chrono_literals;

namespace {

constexpr auto kYear = std::chrono::hours(24 * 365);
const Instant kNow = Instant::from_unix_seconds(1'800'000'000);

CertificateRequest request(std::string name, std::optional<CertificatePurpose> purpose = {}) {
  CertificateRequest out;
  out.common_name = std::move(name);
  out.organization = "Mibun Test";
  out.not_before = kNow - 24h;
  out.not_after = kNow + kYear;
  out.purpose = purpose;
  return out;
}

struct Authority {
  P256PrivateKey key = P256PrivateKey::generate();
  Certificate certificate;

  explicit Authority(const CertificateRequest& r) : certificate(make_root_certificate(r, key).value()) {}
  Authority(const CertificateRequest& r, const Authority& above)
      : certificate(make_certificate(r, key.public_key(), above.certificate, above.key).value()) {}

  Certificate issue(const CertificateRequest& r) const {
    return make_certificate(r, P256PrivateKey::generate().public_key(), certificate, key).value();
  }
};

template <class... C>
std::vector<Bytes> chain(const C&... certificates) {
  return {to_bytes(certificates.der())...};
}

constexpr auto kIssuer = CertificatePurpose::credential_issuer;
constexpr auto kNoLists = RevocationPolicy::ignore_revocation;

}  // namespace

TEST_CASE("a certificate says what was asked for") {
  const Authority root(request("Root"));
  CertificateRequest r = request("issuer.example 発行者", kIssuer);
  r.san_dns = {"issuer.example", "other.example"};
  r.san_uri = {"https://issuer.example"};
  r.san_ip = {"127.0.0.1"};
  r.state_or_province = "東京都";
  const P256PublicKey key = P256PrivateKey::generate().public_key();
  const Certificate leaf = make_certificate(r, key, root.certificate, root.key).value();
  CHECK(leaf.public_key() == key);
  CHECK(leaf.common_name() == "issuer.example 発行者");
  CHECK(leaf.organization() == "Mibun Test");
  CHECK(leaf.country() == "JP");
  CHECK(leaf.state_or_province() == "東京都");
  CHECK(root.certificate.state_or_province().empty());
  CHECK(leaf.subject() == "CN=issuer.example 発行者,O=Mibun Test,ST=東京都,C=JP");
  CHECK(leaf.san_dns() == r.san_dns);
  CHECK(leaf.san_uri() == r.san_uri);
  CHECK(leaf.not_before() == r.not_before);
  CHECK(leaf.not_after() == r.not_after);
  CHECK(leaf.sha256() == sha256(leaf.der()));
  CHECK(!leaf.is_self_issued());
  CHECK(root.certificate.is_self_issued());
  CHECK(Certificate::from_pem(leaf.pem()).value().sha256() == leaf.sha256());
}

TEST_CASE("requests that make no sense are refused") {
  const Authority root(request("Root")), other(request("Other"));
  const P256PublicKey key = P256PrivateKey::generate().public_key();
  CHECK(code_of(make_root_certificate(request("Root", kIssuer), root.key)) == ErrorCode::invalid_argument);
  CHECK(code_of(make_certificate(request("x", kIssuer), key, root.certificate, other.key)) ==
        ErrorCode::invalid_argument);
  const P256PrivateKey leaf_key = P256PrivateKey::generate();
  const Certificate leaf =
      make_certificate(request("leaf", kIssuer), leaf_key.public_key(), root.certificate, root.key).value();
  CHECK(code_of(make_certificate(request("x", kIssuer), key, leaf, leaf_key)) == ErrorCode::invalid_argument);
  const auto refused = [&](auto change) {
    CertificateRequest r = request("x", kIssuer);
    change(r);
    return code_of(make_certificate(r, key, root.certificate, root.key)) == ErrorCode::invalid_argument;
  };
  CHECK(refused([](CertificateRequest& r) { r.common_name = std::string(65, 'x'); }));
  CHECK(refused([](CertificateRequest& r) { r.country = "JPN"; }));
  CHECK(refused([](CertificateRequest& r) { r.common_name = r.organization = r.country = ""; }));
  CHECK(refused([](CertificateRequest& r) { r.san_dns = {"a b"}; }));
  CHECK(refused([](CertificateRequest& r) { r.san_dns = {std::string("a\0b", 3)}; }));
  CHECK(refused([](CertificateRequest& r) { r.san_uri = {""}; }));
  CHECK(refused([](CertificateRequest& r) { r.san_ip = {"127.0.0"}; }));
  CHECK(refused([](CertificateRequest& r) { r.not_after = r.not_before - 1s; }));
}

TEST_CASE("chains to the right anchor for the right purpose are trusted") {
  const Authority root(request("Root"));
  const Authority middle(request("Middle"), root);
  const TrustAnchors anchors(kIssuer, {root.certificate}, kNoLists);
  const Certificate direct = root.issue(request("direct", kIssuer));
  const Certificate below = middle.issue(request("below", kIssuer));
  for (int round = 0; round < 3; ++round) {  // the later rounds are answered from memory
    CHECK(anchors.verify_chain(chain(direct), kNow).value().sha256() == direct.sha256());
    CHECK(anchors.verify_chain(chain(below, middle.certificate), kNow).value().sha256() == below.sha256());
  }
  for (const auto purpose :
       {CertificatePurpose::verifier_access, CertificatePurpose::registrar, CertificatePurpose::receipt,
        CertificatePurpose::tls_server, CertificatePurpose::mdoc_document_signer, CertificatePurpose::mdoc_reader,
        CertificatePurpose::status_list_signer, CertificatePurpose::wallet_provider}) {
    const auto others = TrustAnchors::ignore_mdoc_profile(purpose, {root.certificate}, kNoLists);
    CHECK(code_of(others.verify_chain(chain(direct), kNow)) == ErrorCode::certificate_wrong_purpose);
    CHECK(others.verify_chain(chain(root.issue(request("right", purpose))), kNow).has_value());
  }
}

TEST_CASE("A15: chains that do not lead to an anchor are refused") {
  const Authority root(request("Root")), stranger(request("Root"));  // one name, two keys
  const Authority middle(request("Middle"), root), other_middle(request("Middle"), stranger);
  const Authority too_deep(request("Deep"), middle);
  const Certificate leaf = root.issue(request("leaf", kIssuer));
  const Certificate below = middle.issue(request("below", kIssuer));
  Bytes longer = to_bytes(leaf.der());
  longer.push_back(0);
  struct Row {
    const char* why;
    std::vector<Bytes> chain;
    ErrorCode want;
  };
  const Row rows[] = {
      {"empty", {}, ErrorCode::certificate_malformed},
      {"not a certificate", {to_bytes("certificate")}, ErrorCode::certificate_malformed},
      {"PEM", {to_bytes(leaf.pem())}, ErrorCode::certificate_malformed},
      {"a byte after the end", {longer}, ErrorCode::certificate_malformed},
      {"too large", {Bytes(kCertificateBytesMax + 1, 0x30)}, ErrorCode::certificate_malformed},
      {"another root of that name", chain(stranger.issue(request("x", kIssuer))), ErrorCode::certificate_untrusted},
      {"another root", chain(Authority(request("Other")).issue(request("x", kIssuer))),
       ErrorCode::certificate_untrusted},
      {"intermediate missing", chain(below), ErrorCode::certificate_untrusted},
      {"intermediate of that name with another key", chain(below, other_middle.certificate),
       ErrorCode::certificate_untrusted},
      {"intermediate not needed", chain(leaf, middle.certificate), ErrorCode::certificate_untrusted},
      {"wrong order", chain(middle.certificate, below), ErrorCode::certificate_untrusted},
      {"the leaf twice", chain(leaf, leaf), ErrorCode::certificate_untrusted},
      {"a leaf as issuer", chain(below, leaf), ErrorCode::certificate_untrusted},
      {"anchor at the end", chain(leaf, root.certificate), ErrorCode::certificate_is_anchor},
      {"anchor alone", chain(root.certificate), ErrorCode::certificate_is_anchor},
      {"a stranger's root at the end", chain(leaf, stranger.certificate), ErrorCode::certificate_untrusted},
      {"self-signed alone", chain(stranger.certificate), ErrorCode::certificate_untrusted},
      {"path length exceeded", chain(too_deep.issue(request("x", kIssuer)), too_deep.certificate, middle.certificate),
       ErrorCode::certificate_untrusted},
      {"five members", chain(leaf, leaf, leaf, leaf, leaf), ErrorCode::certificate_chain_too_long},
      {"a CA as leaf", chain(middle.certificate), ErrorCode::certificate_wrong_purpose},
  };
  const TrustAnchors anchors(kIssuer, {root.certificate}, kNoLists);
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(anchors.verify_chain(row.chain, kNow)) == row.want);
  }
  CHECK(code_of(TrustAnchors(kIssuer, {}, kNoLists).verify_chain(chain(leaf), kNow)) ==
        ErrorCode::certificate_untrusted);
  // One key under two names: the signature and the key identifier fit, the name does not.
  const Certificate renamed = make_root_certificate(request("Renamed"), root.key).value();
  const Certificate under_renamed =
      make_certificate(request("x", kIssuer), P256PrivateKey::generate().public_key(), renamed, root.key).value();
  CHECK(code_of(anchors.verify_chain(chain(under_renamed), kNow)) == ErrorCode::certificate_untrusted);
  const TrustAnchors both(kIssuer, {stranger.certificate, root.certificate}, kNoLists);
  CHECK(both.verify_chain(chain(leaf), kNow).has_value());
}

TEST_CASE("every member and the anchor must be valid, to the second, remembered or not") {
  enum class Short { leaf, middle, root };
  for (const Short which : {Short::leaf, Short::middle, Short::root}) {
    const auto asked = [&](const char* name, Short me, std::optional<CertificatePurpose> purpose = {}) {
      CertificateRequest r = request(name, purpose);
      if (which == me) {
        r.not_before = kNow - 10s;
        r.not_after = kNow + 10s;
      }
      return r;
    };
    const Authority root(asked("Root", Short::root));
    const Authority middle(asked("Middle", Short::middle), root);
    const auto members = chain(middle.issue(asked("leaf", Short::leaf, kIssuer)), middle.certificate);
    const TrustAnchors anchors(kIssuer, {root.certificate}, kNoLists);
    for (int round = 0; round < 2; ++round) {
      CHECK(code_of(anchors.verify_chain(members, kNow - 11s)) == ErrorCode::certificate_not_yet_valid);
      CHECK(code_of(anchors.verify_chain(members, kNow - 10001ms)) == ErrorCode::certificate_not_yet_valid);
      CHECK(code_of(anchors.verify_chain(members, kNow + 11s)) == ErrorCode::certificate_expired);
      CHECK(anchors.verify_chain(members, kNow - 10s).has_value());
      CHECK(anchors.verify_chain(members, kNow).has_value());
      CHECK(anchors.verify_chain(members, kNow + 10999ms).has_value());
    }
  }
}

TEST_CASE("no changed byte of a certificate is trusted") {
  const Authority root(request("Root"));
  const Certificate leaf = root.issue(request("leaf", kIssuer));
  const TrustAnchors anchors(kIssuer, {root.certificate}, kNoLists);
  REQUIRE(anchors.verify_chain(chain(leaf), kNow).has_value());
  const Bytes der = to_bytes(leaf.der());
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      Bytes changed = der;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
      const std::vector<Bytes> members = {changed};
      CHECK(!anchors.verify_chain(members, kNow).has_value());
    }
    CHECK(!Certificate::parse(BytesView(der).first(i)).has_value());
  }
}

TEST_CASE("an authority's certificate that comes again is not read again, until many others came") {
  const Authority one(request("One"));
  const auto parts_of = [](BytesView der) { return &CaCertificate::parse(der).value().parts(); };
  const CaCertificate held = CaCertificate::parse(one.certificate.der()).value();  // so that its place is not another's
  CHECK(parts_of(one.certificate.der()) == &held.parts());
  // Neither another certificate nor what is none is taken for it.
  Bytes changed = to_bytes(one.certificate.der());
  changed.back() ^= 1;
  CHECK(parts_of(changed) != &held.parts());
  changed.push_back(0);
  for (int i = 0; i < 2; ++i) CHECK(code_of(CaCertificate::parse(changed)) == ErrorCode::certificate_malformed);

  for (int i = 0; i < 256; ++i) {
    Bytes other = to_bytes(one.certificate.der());
    other.back() ^= static_cast<std::uint8_t>(2 + i % 254);
    other[other.size() - 2] ^= static_cast<std::uint8_t>(1 + i / 254);
    CHECK(CaCertificate::parse(other).has_value());
  }
  const CaCertificate again = CaCertificate::parse(one.certificate.der()).value();
  CHECK(&again.parts() != &held.parts());
  CHECK(std::ranges::equal(again.der(), held.der()));
}

TEST_CASE("PEM is read strictly") {
  const Authority root(request("Root"));
  const std::string one = root.certificate.pem();
  CHECK(certificates_from_pem(one + one).value().size() == 2);
  CHECK(certificates_from_pem("a comment\n" + one).value().size() == 1);
  CHECK(code_of(certificates_from_pem("")) == ErrorCode::pem_malformed);
  CHECK(code_of(certificates_from_pem("nothing here")) == ErrorCode::pem_malformed);
  CHECK(code_of(certificates_from_pem(one.substr(0, one.size() / 2))) == ErrorCode::pem_malformed);
  CHECK(code_of(Certificate::from_pem(one + one)) == ErrorCode::pem_malformed);

  const SecretBytes pem = private_key_pem(root.key);
  const std::string key_text(as_text(pem.reveal()));
  CHECK(private_key_from_pem(key_text).value().public_key() == root.key.public_key());
  CHECK(code_of(certificates_from_pem(one + key_text)) == ErrorCode::pem_malformed);
  CHECK(code_of(private_key_from_pem(one)) == ErrorCode::pem_malformed);
  CHECK(code_of(private_key_from_pem(key_text + key_text)) == ErrorCode::pem_malformed);
  CHECK(code_of(private_key_from_pem("")) == ErrorCode::pem_malformed);
}

TEST_CASE("threads share trust anchors") {
  const Authority root(request("Root")), stranger(request("Root"));
  const TrustAnchors anchors(kIssuer, {root.certificate}, kNoLists);
  std::vector<std::vector<Bytes>> good, bad;
  for (int i = 0; i < 8; ++i) {
    good.push_back(chain(root.issue(request("good " + std::to_string(i), kIssuer))));
    bad.push_back(chain(stranger.issue(request("bad " + std::to_string(i), kIssuer))));
  }
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        for (std::size_t i = 0; i < good.size(); ++i) {
          wrong += !anchors.verify_chain(good[i], kNow).has_value();
          wrong += anchors.verify_chain(bad[i], kNow).has_value();
          wrong += anchors.verify_chain(good[i], kNow + 2 * kYear).has_value();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("the openssl program accepts and reads our certificates") {
  const TempDir directory;
  const Authority root(request("Root"));
  const Authority middle(request("Middle"), root);
  CertificateRequest r = request("issuer.example", CertificatePurpose::tls_server);
  r.san_dns = {"issuer.example"};
  r.san_uri = {"https://issuer.example/a"};
  r.san_ip = {"127.0.0.1", "::1"};
  const Certificate leaf = middle.issue(r);
  const std::string root_file = directory.write("root.pem", root.certificate.pem());
  const std::string middle_file = directory.write("middle.pem", middle.certificate.pem());
  const std::string leaf_file = directory.write("leaf.pem", leaf.pem());
  const std::vector<std::string> verify = {
      "openssl",   "verify",    "-x509_strict", "-attime", std::to_string(kNow.unix_seconds()),
      "-purpose",  "sslserver", "-CAfile",      root_file, "-untrusted",
      middle_file, leaf_file};
  const ProcessResult verified = run_process(verify);
  INFO(verified.err);
  CHECK(verified.exit_code == 0);

  const ProcessResult shown = run_process({"openssl", "x509", "-in", leaf_file, "-noout", "-text"});
  REQUIRE(shown.exit_code == 0);
  for (const char* text : {"Version: 3 (0x2)", "CN = issuer.example", "ecdsa-with-SHA256", "NIST CURVE: P-256",
                           "CA:FALSE", "Digital Signature", "TLS Web Server Authentication", "DNS:issuer.example",
                           "URI:https://issuer.example/a", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1",
                           "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier"}) {
    INFO(text);
    CHECK(shown.out.find(text) != std::string::npos);
  }
  const ProcessResult serial = run_process({"openssl", "x509", "-in", leaf_file, "-noout", "-serial"});
  CHECK(serial.out.size() == std::string("serial=\n").size() + 32);
}

namespace {

// Certificates that our own maker does not make, from the openssl program under our root.
class Workshop {
 public:
  Workshop() : now_(SystemClock().now()), root_(root_request()) {
    directory_.write("root.pem", root_.certificate.pem());
    const SecretBytes key = private_key_pem(root_.key);
    directory_.write("root.key", as_text(key.reveal()));
  }

  const Certificate& root() const { return root_.certificate; }
  Instant now() const { return now_; }

  struct Order {
    std::string extensions = kLeaf;
    std::vector<std::string> key = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"};
    std::string digest = "-sha256";
    std::string issuer = "root";
  };
  static constexpr const char* kLeaf =
      "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=1.3.6.1.4.1.32473.1."
      "1\n";

  // PEM of the certificate; its key stays as name.key.
  std::string make(const std::string& name, const Order& order) {
    const std::string key = directory_.file(name + ".key"), csr = directory_.file(name + ".csr");
    const std::string out = directory_.file(name + ".pem");
    std::vector<std::string> ask = {"openssl", "req",  "-new", "-nodes", "-keyout",
                                    key,       "-out", csr,    "-subj",  "/CN=" + name};
    ask.insert(ask.end(), order.key.begin(), order.key.end());
    run(ask);
    std::vector<std::string> sign = {"openssl",
                                     "x509",
                                     "-req",
                                     "-in",
                                     csr,
                                     "-CA",
                                     directory_.file(order.issuer + ".pem"),
                                     "-CAkey",
                                     directory_.file(order.issuer + ".key"),
                                     "-CAcreateserial",
                                     "-days",
                                     "30",
                                     order.digest,
                                     "-out",
                                     out};
    if (!order.extensions.empty()) {
      sign.push_back("-extfile");
      sign.push_back(directory_.write(name + ".ext", order.extensions));
    }
    run(sign);
    return directory_.read(name + ".pem");
  }

 private:
  CertificateRequest root_request() const {
    CertificateRequest r = request("Workshop Root");
    r.not_before = now_ - 24h;
    r.not_after = now_ + kYear;
    return r;
  }
  static void run(const std::vector<std::string>& arguments) {
    const ProcessResult result = run_process(arguments);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }

  TempDir directory_;
  Instant now_;
  Authority root_;
};

}  // namespace

TEST_CASE("leaves made by the openssl program are judged by what they say") {
  Workshop workshop;
  using Order = Workshop::Order;
  const std::string leaf = Workshop::kLeaf;
  const std::string usage = "extendedKeyUsage=1.3.6.1.4.1.32473.1.1\n";
  const std::string sign = "keyUsage=critical,digitalSignature\n";
  const std::string end = "basicConstraints=critical,CA:FALSE\n";
  const auto extensions = [](const std::string& text) { return Order{.extensions = text}; };
  struct Row {
    const char* why;
    Order order;
    std::optional<ErrorCode> want;
  };
  const Row rows[] = {
      {"good", extensions(leaf), {}},
      {"two usages, one of them ours",
       extensions(end + sign + "extendedKeyUsage=serverAuth,1.3.6.1.4.1.32473.1.1\n"),
       {}},
      {"a critical alternative name", extensions(leaf + "subjectAltName=critical,DNS:a.example\n"), {}},
      {"an unknown extension, not critical", extensions(leaf + "1.3.6.1.4.1.32473.9=ASN1:UTF8String:x\n"), {}},
      {"an unknown critical extension", extensions(leaf + "1.3.6.1.4.1.32473.9=critical,ASN1:UTF8String:x\n"),
       ErrorCode::certificate_untrusted},
      {"critical policies", extensions(leaf + "certificatePolicies=critical,1.3.6.1.4.1.32473.8\n"),
       ErrorCode::certificate_untrusted},
      {"name constraints", extensions(leaf + "nameConstraints=permitted;DNS:a.example\n"),
       ErrorCode::certificate_untrusted},
      {"another authority key identifier",
       extensions(leaf +
                  "2.5.29.35=DER:30:16:80:14:" + "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13\n"),
       ErrorCode::certificate_untrusted},
      {"no extended key usage", extensions(end + sign), ErrorCode::certificate_wrong_purpose},
      {"another extended key usage", extensions(end + sign + "extendedKeyUsage=1.3.6.1.4.1.32473.1.2\n"),
       ErrorCode::certificate_wrong_purpose},
      {"a longer OID", extensions(end + sign + "extendedKeyUsage=1.3.6.1.4.1.32473.1.1.1\n"),
       ErrorCode::certificate_wrong_purpose},
      {"any usage", extensions(end + sign + "extendedKeyUsage=anyExtendedKeyUsage\n"),
       ErrorCode::certificate_wrong_purpose},
      {"no key usage", extensions(end + usage), ErrorCode::certificate_wrong_purpose},
      {"key usage without signatures", extensions(end + usage + "keyUsage=critical,keyAgreement\n"),
       ErrorCode::certificate_wrong_purpose},
      {"key usage with keyCertSign", extensions(end + usage + "keyUsage=critical,digitalSignature,keyCertSign\n"),
       ErrorCode::certificate_wrong_purpose},
      {"a CA with the usage", extensions("basicConstraints=critical,CA:TRUE\n" + usage + sign),
       ErrorCode::certificate_wrong_purpose},
      {"no extensions (version 1)", extensions(""), ErrorCode::certificate_malformed},
      {"SHA-384", {.digest = "-sha384"}, {}},
      {"SHA-1", {.digest = "-sha1"}, ErrorCode::certificate_untrusted},
      {"an RSA key", {.key = {"-newkey", "rsa:2048"}}, ErrorCode::certificate_malformed},
      {"a P-384 key", {.key = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"}}, {}},
      {"an Ed25519 key", {.key = {"-newkey", "ed25519"}}, {}},
      {"a P-521 key",
       {.key = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"}},
       ErrorCode::certificate_malformed},
      {"an Ed448 key", {.key = {"-newkey", "ed448"}}, ErrorCode::certificate_malformed},
      {"explicit parameters",
       {.key = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"}},
       ErrorCode::certificate_malformed},
  };
  const TrustAnchors anchors(kIssuer, {workshop.root()}, kNoLists);
  int number = 0;
  for (const Row& row : rows) {
    INFO(row.why);
    const std::string pem = workshop.make("leaf" + std::to_string(++number), row.order);
    const auto verified = anchors.verify_chain(certificates_from_pem(pem).value(), workshop.now() + 60s);
    if (row.want) {
      CHECK(code_of(verified) == *row.want);
    } else {
      CHECK(verified.has_value());
    }
  }
}

TEST_CASE("intermediates made by the openssl program need both marks of a CA") {
  Workshop workshop;
  using Order = Workshop::Order;
  struct Row {
    const char* why;
    std::string extensions;
    bool good;
  };
  const Row rows[] = {
      {"good", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n", true},
      {"not a CA", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyCertSign\n", false},
      {"no constraints", "keyUsage=critical,keyCertSign\n", false},
      {"no key usage", "basicConstraints=critical,CA:TRUE\n", false},
      {"key usage without keyCertSign", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n", false},
      {"name constraints",
       "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nnameConstraints=critical,permitted;DNS:a\n",
       false},
  };
  const TrustAnchors anchors(kIssuer, {workshop.root()}, kNoLists);
  int number = 0;
  for (const Row& row : rows) {
    INFO(row.why);
    const std::string middle = "middle" + std::to_string(++number);
    const std::string above = workshop.make(middle, Order{.extensions = row.extensions});
    const std::string below = workshop.make("under" + std::to_string(number), Order{.issuer = middle});
    const auto verified = anchors.verify_chain(certificates_from_pem(below + above).value(), workshop.now() + 60s);
    CHECK(verified.has_value() == row.good);
    if (!row.good) CHECK(code_of(verified) == ErrorCode::certificate_untrusted);
    // As an anchor it may say less, and still nothing critical that is not understood.
    const TrustAnchors here(kIssuer, {CaCertificate::from_pem(above).value()}, kNoLists);
    const auto anchored = here.verify_chain(certificates_from_pem(below).value(), workshop.now() + 60s);
    if (row.good) CHECK(anchored.has_value());
    if (row.extensions.contains("nameConstraints")) CHECK(code_of(anchored) == ErrorCode::certificate_untrusted);
  }
}
