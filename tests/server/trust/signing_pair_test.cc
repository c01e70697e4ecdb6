// Signing keys with their successors: what signs, what is published, what verifies, and what is gone when.
#include <doctest/doctest.h>

#include "core/crypto/hash.h"
#include "core/jose/jws.h"
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

wallet::TrustList published(const Trust& trust) {
  return must(wallet::parse_trust(trust.public_trust_json()));
}

std::size_t roots_of(const Trust& trust, const char* member) {
  return must(json::parse_object(trust.public_trust_json())).at(member).as_array().size();
}

// A JWT as the credential issuer signs it.
bool signs(const SigningIdentity& identity) {
  const auto jwt = jose::sign_jws({{"typ", "statuslist+jwt"}}, json::Object{}, *identity.signer);
  if (!jwt) return false;
  const auto leaf = must(crypto::Certificate::parse(identity.chain.front()));
  return must(jose::Jws::parse(std::string_view(*jwt)))
      .verify(leaf.public_key(), {.typ = "statuslist+jwt"})
      .has_value();
}

}  // namespace

TEST_CASE("a successor comes when what is signed could outlive its certificate; the old one verifies to its end") {
  const TempDir directory;
  const std::string keys = directory.file("keys");
  const auto trust = open_trust(keys, kTestNow);
  const SigningIdentity& first = trust->credential_issuer();
  const std::vector<Bytes> first_chain = first.chain;
  CHECK(!must(trust->is_renewal_due(kTestNow)));
  const Instant in_time = kTestNow + days(349), due = kTestNow + days(631);
  CHECK(!must(trust->is_renewal_due(in_time)));
  REQUIRE(must(trust->is_renewal_due(due)));
  CHECK(&trust->credential_issuer() == &first);  // nothing happens by being asked
  REQUIRE(trust->renew(due));
  CHECK(!must(trust->is_renewal_due(due)));
  CHECK(trust->credential_issuer().chain != first_chain);
  CHECK(signs(trust->credential_issuer()));
  CHECK(signs(first));  // whoever was signing just then goes on
  // Both are below what was published all along.
  const auto list = published(*trust);
  CHECK(roots_of(*trust, "credential_issuer") == 1);
  CHECK(list.credential_issuers.verify_chain(first_chain, due));
  CHECK(list.credential_issuers.verify_chain(trust->credential_issuer().chain, due));
  CHECK(list.credential_issuers.verify_chain(first_chain, kTestNow + days(729)));
  // At the end of its certificate the private part goes, and the certificate stays.
  CHECK(files::exists(keys + "/issuer.key"));
  CHECK(!must(trust->is_renewal_due(kTestNow + days(730))));
  const Instant ended = kTestNow + days(730) + std::chrono::hours(2);
  REQUIRE(must(trust->is_renewal_due(ended)));
  REQUIRE(trust->renew(ended));
  CHECK(!files::exists(keys + "/issuer.key"));
  CHECK(files::exists(keys + "/issuer.pem"));
  CHECK(files::exists(keys + "/issuer-2.key"));
  CHECK(!signs(first));
  // The next start takes the same, and makes nothing again.
  const auto again = open_trust(keys, ended);
  CHECK(again->credential_issuer().chain == trust->credential_issuer().chain);
  CHECK(!files::exists(keys + "/issuer-3.key"));
}

TEST_CASE("a generation that the operator made is certified and signs, without a restart") {
  const TempDir directory;
  const std::string keys = directory.file("keys");
  const auto trust = open_trust(keys, kTestNow);
  const std::vector<Bytes> first = trust->receipt().chain;
  const auto made = must(open_keys(keys)->create({"receipt", 2}));  // `mibun keys rotate receipt`
  REQUIRE(must(trust->is_renewal_due(kTestNow)));
  REQUIRE(trust->renew(kTestNow));
  const auto leaf = must(crypto::Certificate::parse(trust->receipt().chain.front()));
  CHECK(leaf.public_key() == crypto::PublicKey(made));
  CHECK(trust->receipt_anchors().verify_chain(trust->receipt().chain, kTestNow));
  CHECK(trust->receipt_anchors().verify_chain(first, kTestNow));
  CHECK(!must(trust->is_renewal_due(kTestNow)));
  CHECK(open_trust(keys, kTestNow)->receipt().chain == trust->receipt().chain);
}

TEST_CASE("a new root is published beside the old one, and signs when everybody had time to learn of it") {
  const TempDir directory;
  const std::string keys = directory.file("keys");
  std::vector<Bytes> first;
  {
    const auto trust = open_trust(keys, kTestNow);
    first = trust->credential_issuer().chain;
    must(open_keys(keys)->create({"issuer-root", 2}));
    // A server that does not publish it must not sign below it.
    CHECK(!must(trust->is_renewal_due(kTestNow + days(30))));
    CHECK(roots_of(*trust, "credential_issuer") == 1);
  }
  const auto trust = open_trust(keys, kTestNow);
  CHECK(roots_of(*trust, "credential_issuer") == 2);
  CHECK(roots_of(*trust, "receipt") == 1);
  CHECK(trust->credential_issuer().chain == first);
  const Instant before = kTestNow + kRootLead - std::chrono::minutes(1), after = kTestNow + kRootLead;
  CHECK(!must(trust->is_renewal_due(before)));
  REQUIRE(must(trust->is_renewal_due(after)));
  REQUIRE(trust->renew(after));
  const auto second = trust->credential_issuer().chain;
  CHECK(second != first);
  // Whoever has the list with both verifies both; whoever has the old one, the old one.
  const auto list = published(*trust);
  CHECK(list.credential_issuers.verify_chain(first, after));
  CHECK(list.credential_issuers.verify_chain(second, after));
  CHECK(trust->credential_issuer_anchors().verify_chain(first, after));
  CHECK(!must(trust->is_renewal_due(after)));
  const auto again = open_trust(keys, after);
  CHECK(again->credential_issuer().chain == second);
  CHECK(again->public_trust_json() == trust->public_trust_json());
}

TEST_CASE("keys that cannot be renewed go on signing, and a server that only tries something out makes none") {
  const TempDir directory;
  const std::string keys = directory.file("keys");
  const auto first = open_trust(keys, kTestNow)->document_signer().chain;
  const Instant due = kTestNow + days(400);
  const auto reading = open_trust(keys, due, std::make_shared<keyd::ReadOnlySigningKeys>(open_keys(keys)));
  CHECK(reading->document_signer().chain == first);
  CHECK(code_of(reading->renew(due)) == ErrorCode::keyd_purpose_not_allowed);
  CHECK(!files::exists(keys + "/document-signer-2.key"));
  // Where there is nothing to sign with, it is an error.
  const std::string none = directory.file("none");
  CHECK(code_of(Trust::open(none, std::string(kIssuer), rng, kTestNow,
                            std::make_shared<keyd::ReadOnlySigningKeys>(open_keys(none)))) ==
        ErrorCode::keyd_purpose_not_allowed);
}

TEST_CASE("what was certified while the clock was ahead waits for its time, and the one before signs again") {
  const TempDir directory;
  const auto trust = open_trust(directory.file("keys"), kTestNow);
  const auto first_chain = trust->credential_issuer().chain;
  const Instant ahead = kTestNow + days(700);
  REQUIRE(trust->renew(ahead));
  const auto second_chain = trust->credential_issuer().chain;
  CHECK(second_chain != first_chain);
  REQUIRE(must(trust->is_renewal_due(kTestNow)));
  REQUIRE(trust->renew(kTestNow));
  CHECK(trust->credential_issuer().chain == first_chain);
  CHECK(signs(trust->credential_issuer()));
  CHECK(!must(trust->is_renewal_due(kTestNow)));
  CHECK(open_trust(directory.file("keys"), kTestNow)->credential_issuer().chain == first_chain);
  REQUIRE(trust->renew(ahead));
  CHECK(trust->credential_issuer().chain == second_chain);
}

TEST_CASE("where no certificate of a kind has begun, one is made that has") {
  const TempDir directory;
  open_trust(directory.file("keys"), kTestNow + days(400));
  const auto trust = open_trust(directory.file("keys"), kTestNow);
  const auto leaf = must(crypto::Certificate::parse(trust->credential_issuer().chain.front()));
  CHECK(leaf.not_before() <= kTestNow);
}

}  // namespace mibun::server
