#include "server/access/attestation_status.h"

#include <doctest/doctest.h>

#include <atomic>

#include "core/oid4vci/client_attestation.h"
#include "core/status_list/status_token.h"
#include "tests/server/world/attested_wallet.h"
#include "tests/server/world/later.h"
#include "tests/server/world/single_use.h"

// Attestations that their provider can take back: what its list says counts, and what cannot be looked up does not.
namespace mibun::server {
namespace {

using status_list::StatusList;

constexpr std::uint64_t kEntries = 16;
constexpr auto kTimeToLive = seconds(60);

json::Object status_claim(const std::string& uri, std::uint64_t index) {
  return {{"status_list", json::Object{{"idx", index}, {"uri", uri}}}};
}

// The foreign provider with a list of its own, at an address that no other test has.
struct Provider {
  TestWorld& w = world();
  std::string uri = new_uri();

  static std::string new_uri() {
    static int count = 0;
    return "https://foreign.example/lists/" + std::to_string(++count);
  }
  static StatusList list() { return must(StatusList::make(2, kEntries)); }
  void put(std::string token) const {
    const std::scoped_lock lock(w.foreign_lists->mutex);
    w.foreign_lists->tokens[uri] = std::move(token);
  }
  std::string signed_list(const StatusList& list, const TestSigner& signer, const std::string& subject,
                          seconds lifetime = std::chrono::hours(1)) const {
    const Instant now = w.clock.now();
    return must(status_list::issue_status_list_token(
        subject, {.issued_at = now, .expires_at = now + lifetime, .time_to_live = kTimeToLive}, list, signer.key,
        signer.chain));
  }
  void publish(const StatusList& list) const { put(signed_list(list, w.foreign_provider, uri)); }
  void take_down() const {
    const std::scoped_lock lock(w.foreign_lists->mutex);
    w.foreign_lists->tokens.erase(uri);
  }
  std::size_t fetched() const {
    const std::scoped_lock lock(w.foreign_lists->mutex);
    return w.foreign_lists->fetched;
  }

  // A token request of a foreign wallet whose attestation has the status of `index`.
  TestRequest redemption(std::uint64_t index, const std::function<std::string(JwtParts)>& sign = {}) const {
    const auto key = std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
    JwtParts parts{{{"typ", "oauth-client-attestation+jwt"},
                    {"alg", "ES256"},
                    {"x5c", jose::x5c_member(w.foreign_provider.chain)}},
                   {{"iss", "https://foreign.example"},
                    {"sub", kForeignClient},
                    {"cnf", json::Object{{"jwk", jose::Jwk(key->public_key()).to_json()}}},
                    {"iat", w.clock.now().unix_seconds()},
                    {"exp", (w.clock.now() + std::chrono::minutes(5)).unix_seconds()},
                    {"status", status_claim(uri, index)}}};
    const std::string attestation = sign ? sign(parts) : sign_jwt(parts, w.foreign_provider.key);
    FormParameters fields = w.code_fields(w.fresh_offer());
    fields.emplace_back("client_id", kForeignClient);
    const auto dpop = crypto::P256PrivateKey::generate();
    const std::string pop = sign_jwt(pop_of(w, std::string(kForeignClient), attestation_challenge(w)), *key);
    return show(w.token_request(fields, sign_jwt(w.dpop_proof(dpop, "POST", "/oauth/token"), dpop)), attestation, pop);
  }
  Reply redeem(std::uint64_t index) const { return w.send(redemption(index)); }

  // A card for a key whose attestation has the status of `index`.
  Reply card(std::uint64_t index) const {
    const auto key = crypto::P256PrivateKey::generate();
    const std::string nonce = w.nonce();
    const auto jws = must(jose::Jws::parse(w.key_attestation({key.public_key()}, nonce)));
    JwtParts parts{jws.unverified_header(), must(jws.unverified_payload())};
    parts.payload["status"] = status_claim(uri, index);
    JwtParts proof = w.key_proof(key, nonce);
    proof.header["key_attestation"] = sign_jwt(parts, w.foreign_provider.key);
    const json::Object body = w.credential_body({sign_jwt(proof, key)});
    return w.send(w.bound_request(w.holder_token(), "POST", "/oid4vci/credential", json::serialize(body)));
  }
};

constexpr std::string_view kBad = "invalid_client_attestation";

}  // namespace

TEST_CASE("an attestation that stands gets in, one that was taken back or suspended does not") {
  const Provider provider;
  StatusList list = Provider::list();
  must(list.set(1, status_list::kInvalid));
  must(list.set(2, status_list::kSuspended));
  must(list.set(3, 3));
  provider.publish(list);
  CHECK(provider.redeem(0).status() == 200);
  for (const std::uint64_t index : {1U, 2U, 3U}) {
    CAPTURE(index);
    const Reply reply = provider.redeem(index);
    CHECK(reply.status() == 401);
    CHECK(reply.code() == kBad);
  }
  CHECK(provider.card(0).status() == 200);
  for (const std::uint64_t index : {1U, 2U, 3U}) {
    CAPTURE(index);
    const Reply reply = provider.card(index);
    CHECK(reply.status() == 400);
    CHECK(reply.code() == "invalid_proof");
  }
}

TEST_CASE("a list host that is down keeps its wallets out for as long as it is, and is told so") {
  const Provider provider;
  const Reply reply = provider.redeem(0);
  CHECK(reply.status() == 503);
  CHECK(reply.code() == "unavailable");
  CHECK(provider.card(0).status() == 503);
  const std::size_t asked = provider.fetched();
  CHECK(provider.redeem(0).status() == 503);
  CHECK(provider.fetched() == asked);  // not again at once
  provider.publish(Provider::list());
  const Later later(provider.w, seconds(5));
  CHECK(provider.redeem(0).status() == 200);
}

TEST_CASE("what is no list of this provider's for this attestation lets nobody in") {
  TestWorld& w = world();
  const TestSigner third(w.foreign_providers, crypto::CertificatePurpose::wallet_provider, "third.example");
  const TestSigner issuer(w.foreign_providers, crypto::CertificatePurpose::credential_issuer, "foreign.example");
  const TestAuthority strangers("strangers");
  const TestSigner stranger(strangers, crypto::CertificatePurpose::wallet_provider, "foreign.example");
  using Make = std::function<std::string(const Provider&)>;
  const auto signed_by = [](const TestSigner& signer) -> Make {
    return [&signer](const Provider& p) { return p.signed_list(Provider::list(), signer, p.uri); };
  };
  struct Row {
    const char* why;
    Make token;
    std::uint64_t index = 0;
    std::chrono::seconds after{0};
  };
  const Row rows[] = {
      {"an index that the list does not have", signed_by(w.foreign_provider), kEntries},
      {"another list's subject",
       [](const Provider& p) { return p.signed_list(Provider::list(), p.w.foreign_provider, p.uri + "0"); }},
      {"signed by a third provider", signed_by(third)},
      {"signed for another purpose", signed_by(issuer)},
      {"signed below a root that nobody trusts", signed_by(stranger)},
      {"run out",
       [](const Provider& p) { return p.signed_list(Provider::list(), p.w.foreign_provider, p.uri, seconds(60)); }, 0,
       seconds(130)},
      {"no list at all", [](const Provider&) { return std::string("a.b.c"); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const Provider provider;
    provider.put(row.token(provider));
    const Later later(w, row.after);
    const Reply reply = provider.redeem(row.index);
    CHECK(reply.status() == 401);
    CHECK(reply.code() == kBad);
    // An attestation need not say who made it: it is the client's provider.
    const auto unnamed = provider.redemption(row.index, [&](JwtParts parts) {
      parts.payload.erase("iss");
      return sign_jwt(parts, w.foreign_provider.key);
    });
    CHECK(w.send(unnamed).code() == kBad);
  }
}

TEST_CASE("a list is fetched once while it is fresh, also for 64 at once, and a revocation counts when it is not") {
  const Provider provider;
  StatusList list = Provider::list();
  provider.publish(list);
  const std::size_t before = provider.fetched();
  Submissions requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(provider.redemption(i % kEntries));
  std::atomic<int> let_in = 0;
  send_at_once(*provider.w.app, requests,
               [&](std::size_t, const Reply& reply) { let_in += reply.status() == 200 ? 1 : 0; });
  CHECK(let_in > 0);  // an offer that replaces another one's makes that one void
  CHECK(provider.redeem(1).status() == 200);
  CHECK(provider.fetched() == before + 1);
  must(list.set(1, status_list::kInvalid));
  provider.publish(list);
  CHECK(provider.redeem(1).status() == 200);  // not known yet
  const Later later(provider.w, kTimeToLive);
  CHECK(provider.redeem(1).status() == 401);
  CHECK(provider.redeem(0).status() == 200);
  CHECK(provider.fetched() == before + 2);
}

TEST_CASE("nothing is fetched for an attestation that is not its provider's") {
  const Provider provider;
  provider.publish(Provider::list());
  const std::size_t before = provider.fetched();
  const auto forged =
      provider.redemption(0, [](const JwtParts& parts) { return sign_jwt(parts, crypto::P256PrivateKey::generate()); });
  CHECK(provider.w.send(forged).code() == kBad);
  CHECK(provider.fetched() == before);
}

}  // namespace mibun::server
