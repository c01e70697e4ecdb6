// Roots with their successors: two beside each other, what links them, their revocation lists, and what a crash leaves.
#include <doctest/doctest.h>

#include "core/crypto/crl.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/read_only_signing_keys.h"
#include "platform/keyd/stored_signing_keys.h"
#include "server/trust/signing_pair.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"
#include "wallet/trust.h"

namespace mibun::server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using Purpose = crypto::CertificatePurpose;

constexpr std::string_view kIssuer = "https://mibun.example";
crypto::SystemRng rng;
const Instant kTestNow = Instant::from_unix_seconds(1'790'000'000);

std::unique_ptr<Trust> open_trust(const std::string& directory, Instant now,
                                  std::shared_ptr<keyd::SigningKeys> keys = nullptr) {
  return must(Trust::open(directory, std::string(kIssuer), rng, now, std::move(keys)));
}

std::shared_ptr<keyd::SigningKeys> open_keys(const std::string& directory) {
  return must(keyd::StoredSigningKeys::open_files(directory, rng));
}

json::Object list_of(const Trust& trust) {
  return must(json::parse_object(trust.public_trust_json()));
}

std::vector<crypto::CaCertificate> certificates(const json::Object& list, const char* member) {
  std::vector<crypto::CaCertificate> all;
  if (!list.contains(member)) return all;
  for (const json::Value& pem : list.at(member).as_array()) {
    all.push_back(must(crypto::CaCertificate::from_pem(std::string_view(pem.as_string()))));
  }
  return all;
}

crypto::TrustAnchors strict(Purpose purpose, std::vector<crypto::CaCertificate> roots, std::vector<Bytes> lists) {
  crypto::TrustAnchors anchors(purpose, std::move(roots), crypto::RevocationPolicy::require_crls);
  std::vector<crypto::Crl> crls;
  for (const Bytes& der : lists) crls.push_back(must(crypto::Crl::parse(der)));
  anchors.set_crls(std::move(crls));
  return anchors;
}

crypto::TrustAnchors lenient(Purpose purpose, std::vector<crypto::CaCertificate> roots) {
  return {purpose, std::move(roots), crypto::RevocationPolicy::ignore_revocation};
}

// Whether openssl makes a path from `leaf`, with `between`, to one of `roots`, with every revocation list looked at.
bool openssl_agrees(const std::vector<crypto::CaCertificate>& roots, const std::vector<crypto::CaCertificate>& between,
                    const std::vector<Bytes>& lists, const crypto::CaCertificate& leaf, Instant now) {
  const TempDir folder;
  const auto write = [&](const char* name, const std::string& text) {
    must(files::write_file_atomic(folder.file(name), as_bytes(text), files::kPublicFile));
    return folder.file(name);
  };
  std::string anchors, untrusted, crls;
  for (const auto& one : roots) anchors += one.pem();
  for (const auto& one : between) untrusted += one.pem();
  for (const Bytes& der : lists) crls += must(crypto::Crl::parse(der)).pem();
  std::string command = "openssl verify -purpose any -no-CApath -no-CAstore -attime " +
                        std::to_string(now.unix_seconds()) + " -CAfile " + write("roots.pem", anchors);
  if (!between.empty()) command += " -untrusted " + write("between.pem", untrusted);
  if (!lists.empty()) command += " -crl_check -CRLfile " + write("crls.pem", crls);
  return std::system((command + " " + write("leaf.pem", leaf.pem()) + " >/dev/null 2>&1").c_str()) == 0;
}

// Everything passes through, until a test wants it to fail.
class FailingKeys final : public keyd::SigningKeys {
 public:
  explicit FailingKeys(std::shared_ptr<keyd::SigningKeys> inner) : inner_(std::move(inner)) {}
  Result<std::vector<keyd::SigningKey>> list() override { return inner_->list(); }
  Result<crypto::P256PublicKey> create(const keyd::SigningKeyId& id) override {
    if (step()) return gone();
    return inner_->create(id);
  }
  Status keep_chain(const keyd::SigningKeyId& id, std::span<const Bytes> chain) override {
    if (step()) return gone();
    return inner_->keep_chain(id, chain);
  }
  Result<crypto::P256Signature> sign(keyd::Purpose purpose, const keyd::SigningKeyId& id, BytesView message) override {
    if (step()) return gone();
    return inner_->sign(purpose, id, message);
  }
  Status retire(const keyd::SigningKeyId& id) override {
    if (step()) return gone();
    return inner_->retire(id);
  }
  Result<std::optional<Bytes>> copy_table() override { return inner_->copy_table(); }
  int steps = 0, fails_at = 0;  // from that one on; 0: never

 private:
  bool step() { return ++steps >= fails_at && fails_at > 0; }
  static std::unexpected<Error> gone() { return fail(ErrorCode::keyd_unavailable, "test"); }
  std::shared_ptr<keyd::SigningKeys> inner_;
};

}  // namespace

TEST_CASE("a new IACA root stands beside the old one, which links to it; cards of both verify, each with its list") {
  const TempDir directory;
  const std::string keys = directory.file("keys");
  const auto first = open_trust(keys, kTestNow);
  const std::vector<Bytes> old_chain = first->document_signer().chain;
  const auto old_roots = certificates(list_of(*first), "iaca");
  CHECK(certificates(list_of(*first), "iaca_link").empty());
  must(open_keys(keys)->create({"iaca-root", 2}));  // `mibun keys rotate iaca-root`

  const auto trust = open_trust(keys, kTestNow + hours(1));
  const auto roots = certificates(list_of(*trust), "iaca");
  const auto links = certificates(list_of(*trust), "iaca_link");
  REQUIRE(roots.size() == 2);
  REQUIRE(links.size() == 1);
  CHECK(roots[0].sha256() == old_roots[0].sha256());
  CHECK(trust->document_signer().chain == old_chain);  // for a week
  const Instant before = kTestNow + hours(1) + kRootLead - std::chrono::minutes(1),
                after = kTestNow + hours(1) + kRootLead;
  CHECK(!must(trust->is_renewal_due(before)));
  REQUIRE(must(trust->is_renewal_due(after)));
  REQUIRE(trust->renew(after));
  const std::vector<Bytes> new_chain = trust->document_signer().chain;
  CHECK(new_chain != old_chain);
  const crypto::CaCertificate old_signer = must(crypto::CaCertificate::parse(old_chain.front())),
                              new_signer = must(crypto::CaCertificate::parse(new_chain.front()));
  CHECK(is_below(new_signer, roots[1]));
  CHECK(is_below(old_signer, roots[0]));

  const Bytes old_list = must(trust->iaca_crl(1, after)), new_list = must(trust->iaca_crl(2, after));
  CHECK(must(trust->iaca_crl(1, after)) == old_list);  // one a day, of each
  CHECK(must(trust->iaca_crl(2, after)) == new_list);
  for (const auto& [chain, signer] : {std::pair(old_chain, old_signer), std::pair(new_chain, new_signer)}) {
    CHECK(trust->iaca_anchors().verify_chain(chain, after));
    CHECK(strict(Purpose::mdoc_document_signer, roots, {old_list, new_list}).verify_chain(chain, after));
    CHECK(openssl_agrees(roots, {}, {old_list, new_list}, signer, after));
  }
  // Each root's list says nothing of the other's certificates.
  CHECK(code_of(strict(Purpose::mdoc_document_signer, roots, {old_list}).verify_chain(new_chain, after)) ==
        ErrorCode::certificate_revocation_unknown);
  CHECK(code_of(strict(Purpose::mdoc_document_signer, roots, {new_list}).verify_chain(old_chain, after)) ==
        ErrorCode::certificate_revocation_unknown);
  CHECK(!openssl_agrees(roots, {}, {old_list}, new_signer, after));
  CHECK(code_of(trust->iaca_crl(3, after)) == ErrorCode::route_not_found);

  // Who knows the old root alone: nothing, without the link.
  const auto knows_old = lenient(Purpose::mdoc_document_signer, old_roots);
  CHECK(!knows_old.verify_chain(new_chain, after));
  CHECK(!openssl_agrees(old_roots, {}, {}, new_signer, after));
  const std::vector<Bytes> linked{new_chain.front(), to_bytes(links[0].der())};
  CHECK(knows_old.verify_chain(linked, after));
  CHECK(openssl_agrees(old_roots, links, {}, new_signer, after));
  CHECK(strict(Purpose::mdoc_document_signer, old_roots, {old_list, new_list}).verify_chain(linked, after));

  // The next start has the same, and makes nothing again.
  const auto again = open_trust(keys, after);
  CHECK(again->public_trust_json() == trust->public_trust_json());
  CHECK(again->document_signer().chain == new_chain);
  CHECK(!files::exists(keys + "/iaca-root-3.key"));
}

TEST_CASE("a new access root certifies partners and readers after a week, and each root revokes its own readers") {
  const TempDir directory;
  const std::string keys = directory.file("keys");
  std::vector<Bytes> old_partner;
  const auto partner_key = crypto::P256PrivateKey::generate(), reader_key = crypto::P256PrivateKey::generate();
  std::optional<Trust::CertifiedReader> old_reader;
  {
    const auto trust = open_trust(keys, kTestNow);
    CHECK(trust->access_roots() == std::vector<std::uint32_t>{1});
    old_partner = must(trust->certify_verifier(partner_key.public_key(), "Shop", "mibun.example", kTestNow));
    old_reader =
        must(trust->certify_reader(reader_key.public_key(), {"Shop", "Counter"}, kTestNow, kTestNow + days(90)));
    CHECK(old_reader->root == 1);
    const auto certificate = must(crypto::Certificate::parse(old_partner.front()));
    CHECK(trust->is_verifier_current(certificate, days(30), kTestNow + days(699)));
    CHECK(!trust->is_verifier_current(certificate, days(30), kTestNow + days(701)));
  }
  must(open_keys(keys)->create({"access-root", 2}));
  const auto trust = open_trust(keys, kTestNow);
  CHECK(trust->access_roots() == std::vector<std::uint32_t>{1, 2});
  const auto roots = certificates(list_of(*trust), "verifier_access");
  REQUIRE(roots.size() == 2);
  CHECK(json::serialize(list_of(*trust).at("readers_crl")) ==
        R"(["/.well-known/mibun-readers.crl","/.well-known/mibun-readers-crl/2"])");
  const Instant before = kTestNow + kRootLead - std::chrono::minutes(1), after = kTestNow + kRootLead;
  const auto certificate = must(crypto::Certificate::parse(old_partner.front()));
  CHECK(trust->is_verifier_current(certificate, days(30), before));
  CHECK(!trust->is_verifier_current(certificate, days(30), after));
  const auto early = must(trust->certify_verifier(partner_key.public_key(), "Shop", "mibun.example", before));
  CHECK(is_below(must(crypto::CaCertificate::parse(early.front())), roots[0]));
  const auto new_partner = must(trust->certify_verifier(partner_key.public_key(), "Shop", "mibun.example", after));
  CHECK(trust->is_verifier_current(must(crypto::Certificate::parse(new_partner.front())), days(30), after));
  const auto new_reader =
      must(trust->certify_reader(reader_key.public_key(), {"Shop", "Counter"}, after, after + days(80)));
  CHECK(new_reader.root == 2);
  for (const auto& chain : {old_partner, new_partner}) {
    CHECK(lenient(Purpose::verifier_access, roots).verify_chain(chain, after));
    CHECK(openssl_agrees(roots, {}, {}, must(crypto::CaCertificate::parse(chain.front())), after));
  }
  const auto list = [&](std::uint32_t root, std::vector<crypto::CrlRequest::Entry> entries) {
    return must(trust->readers_crl(root, std::move(entries), after));
  };
  const auto revoked = [&](const crypto::Certificate& one) {
    return crypto::CrlRequest::Entry{to_bytes(crypto::CaCertificate(one).serial()), after};
  };
  const std::vector<Bytes> old_chain{to_bytes(old_reader->certificate.der())},
      new_chain{to_bytes(new_reader.certificate.der())};
  const auto both = strict(Purpose::mdoc_reader, roots, {list(1, {revoked(old_reader->certificate)}), list(2, {})});
  CHECK(code_of(both.verify_chain(old_chain, after)) == ErrorCode::certificate_revoked);
  CHECK(both.verify_chain(new_chain, after));
  const auto other = strict(Purpose::mdoc_reader, roots, {list(1, {}), list(2, {revoked(new_reader.certificate)})});
  CHECK(other.verify_chain(old_chain, after));
  CHECK(code_of(other.verify_chain(new_chain, after)) == ErrorCode::certificate_revoked);
  const auto one = strict(Purpose::mdoc_reader, roots, {list(1, {})});
  CHECK(code_of(one.verify_chain(new_chain, after)) == ErrorCode::certificate_revocation_unknown);
  CHECK(code_of(trust->readers_crl(3, {}, after)) == ErrorCode::route_not_found);
}

TEST_CASE("cut off at any step of taking up a new root, the next start ends it, and the old one goes on") {
  for (const char* name : {"iaca-root", "access-root"}) {
    for (int at = 1;; ++at) {
      INFO(name << ", step " << at);
      const TempDir directory;
      const std::string keys = directory.file("keys");
      const auto first = open_trust(keys, kTestNow)->document_signer().chain;
      must(open_keys(keys)->create({name, 2}));
      const auto failing = std::make_shared<FailingKeys>(open_keys(keys));
      failing->fails_at = at;
      const bool opened = Trust::open(keys, std::string(kIssuer), rng, kTestNow, failing).has_value();
      const bool went = failing->steps >= at;
      const auto trust = open_trust(keys, kTestNow);
      CHECK(trust->document_signer().chain == first);
      const bool is_iaca = std::string_view(name) == "iaca-root";
      CHECK(certificates(list_of(*trust), "iaca").size() == (is_iaca ? 2 : 1));
      CHECK(certificates(list_of(*trust), "iaca_link").size() == (is_iaca ? 1 : 0));
      CHECK(certificates(list_of(*trust), "verifier_access").size() == (is_iaca ? 1 : 2));
      CHECK(opened != went);
      if (!went) {
        CHECK(at > 2);
        break;
      }
    }
  }
}

TEST_CASE("a root whose time runs out gets a successor at a start, in time for everything below it") {
  const TempDir directory;
  const std::string keys = directory.file("keys");
  open_trust(keys, kTestNow);
  const Instant in_time = kTestNow + days(3650) - kRootReserve - hours(1),
                due = kTestNow + days(3650) - kRootReserve + hours(1);
  CHECK(certificates(list_of(*open_trust(keys, in_time)), "iaca").size() == 1);
  // A server that only tries something out makes none and goes on.
  const auto reading = open_trust(keys, due, std::make_shared<keyd::ReadOnlySigningKeys>(open_keys(keys)));
  CHECK(certificates(list_of(*reading), "iaca").size() == 1);
  const auto trust = open_trust(keys, due);
  for (const char* member :
       {"credential_issuer", "iaca", "verifier_access", "registrar", "receipt", "wallet_provider"}) {
    INFO(member);
    CHECK(certificates(list_of(*trust), member).size() == 2);
  }
  CHECK(certificates(list_of(*trust), "iaca_link").size() == 1);
  CHECK(list_of(*open_trust(keys, due)) == list_of(*trust));  // and no third one
  // At its end the old root's key goes, when its successor is there; its certificate stays in the folder.
  REQUIRE(trust->renew(due + kRootLead));
  const Instant ended = kTestNow + days(3650) + hours(2);
  REQUIRE(must(trust->is_renewal_due(ended)));
  REQUIRE(trust->renew(ended));
  for (const char* name : {"iaca-root", "access-root", "issuer-root"}) {
    CHECK(!files::exists(keys + "/" + name + ".key"));
    CHECK(files::exists(keys + "/" + name + ".pem"));
    CHECK(files::exists(keys + "/" + std::string(name) + "-2.key"));
  }
  const auto after = open_trust(keys, ended);
  CHECK(certificates(list_of(*after), "iaca").size() == 1);
  CHECK(after->access_roots() == std::vector<std::uint32_t>{2});
  CHECK(code_of(after->iaca_crl(1, ended)) == ErrorCode::route_not_found);
  CHECK(after->iaca_crl(2, ended).has_value());
}

TEST_CASE("the generation in a list's address has one form, and the first has none") {
  CHECK(iaca_crl_path(1) == "/.well-known/mibun-iaca.crl");
  CHECK(iaca_crl_path(12) == "/.well-known/mibun-iaca-crl/12");
  CHECK(must(parse_crl_generation("2")) == 2);
  for (const char* text : {"", "0", "1", "02", "+2", "2 ", "-2", "x", "4294967296", "99999999999999999999"}) {
    INFO(text);
    CHECK(code_of(parse_crl_generation(text)) == ErrorCode::route_not_found);
  }
}

}  // namespace mibun::server
