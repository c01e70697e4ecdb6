#include <functional>

#include "core/jose/jws.h"
#include "core/oid4vci/client_attestation.h"
#include "core/oid4vci/key_attestation.h"
#include "tests/server/app/row.h"
#include "tests/server/world/attested_wallet.h"

// The wallet provider's routes, and wallet attestations at the token endpoint.
namespace mibun::server {
namespace {

using Keys = std::vector<std::shared_ptr<crypto::P256PrivateKey>>;

std::shared_ptr<crypto::P256PrivateKey> fresh_key() {
  return std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
}

// ---- The provider: an attestation of a wallet ----

using ChangeBody = std::function<void(TestWorld&, json::Object&)>;
Row wallet_body(std::string sentence, int status, std::string code, ChangeBody change) {
  return {std::move(sentence), status, std::move(code), [change = std::move(change)](TestWorld& w) {
            json::Object body{{"client_id", kAttestedClient},
                              {"possession", possession_of(w, *fresh_key(), w.stranger.account_id)}};
            change(w, body);
            return w.send(attestation_request(w, w.stranger, body));
          }};
}

void add_wallets(std::vector<Row>& rows) {
  const std::string bad = "oid4vci_invalid_proof";
  rows.push_back(wallet_body("A wallet attestation for a key of the account's wallet is given", 201, "",
                             [](TestWorld&, json::Object&) {}));
  rows.push_back(wallet_body("A wallet attestation for the client of another provider is refused", 403,
                             "oauth_unauthorized_client",
                             [](TestWorld&, json::Object& body) { body["client_id"] = kForeignClient; }));
  rows.push_back(wallet_body("A wallet attestation for a public client is refused", 403, "oauth_unauthorized_client",
                             [](TestWorld&, json::Object& body) { body["client_id"] = kPublicClient; }));
  rows.push_back(wallet_body("A wallet attestation for a client nobody knows is refused", 403,
                             "oauth_unauthorized_client",
                             [](TestWorld&, json::Object& body) { body["client_id"] = kCanary; }));
  rows.push_back(wallet_body("A wallet attestation for a key shown for another account is refused", 400, bad,
                             [](TestWorld& w, json::Object& body) {
                               body["possession"] = possession_of(w, *fresh_key(), w.holder.account_id);
                             }));
  rows.push_back(wallet_body("A wallet attestation for the account's own key is refused", 400, bad,
                             [](TestWorld& w, json::Object& body) {
                               body["possession"] = possession_of(w, *w.stranger.key, w.stranger.account_id);
                             }));
  rows.push_back(wallet_body("A wallet attestation without a proof of possession is refused", 400, "request_malformed",
                             [](TestWorld&, json::Object& body) { body.erase("possession"); }));
  rows.push_back(wallet_body("A wallet attestation with a proof that is no JWT is refused", 400, bad,
                             [](TestWorld&, json::Object& body) { body["possession"] = "kanaria7391"; }));
  rows.push_back(wallet_body("A wallet attestation with a member nobody knows is refused", 400, "request_malformed",
                             [](TestWorld&, json::Object& body) { body["key_storage"] = "iso_18045_high"; }));
  rows.push_back(
      {"A wallet attestation without the account's assertion is refused", 401, "assertion_missing", [](TestWorld& w) {
         return w.send(
             w.json_request("POST", "/api/v1/wallet/attestations",
                            {{"client_id", kAttestedClient}, {"possession", possession_of(w, *fresh_key(), "x")}}));
       }});
  rows.push_back(
      {"A key that was attested for another account's wallet is refused", 400, bad, [](TestWorld& w) {
         const AttestedWallet theirs = attested_wallet(w, w.holder);
         return w.send(attestation_request(
             w, w.stranger,
             {{"client_id", kAttestedClient}, {"possession", possession_of(w, *theirs.key, w.stranger.account_id)}}));
       }});
  rows.push_back(
      {"The same key is attested again for its own wallet", 201, "", [](TestWorld& w) {
         const AttestedWallet mine = attested_wallet(w, w.holder);
         return w.send(attestation_request(
             w, w.holder,
             {{"client_id", kAttestedClient}, {"possession", possession_of(w, *mine.key, w.holder.account_id)}}));
       }});
  rows.push_back(
      {"A revoked account gets no wallet attestation", 401, "assertion_invalid", [](TestWorld& w) {
         Device lost = w.register_device();
         const TestRequest request = attestation_request(
             w, lost,
             {{"client_id", kAttestedClient}, {"possession", possession_of(w, *fresh_key(), lost.account_id)}});
         w.send_well(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", lost.revocation_code}}), 200);
         return w.send(request);
       }});
  rows.push_back({"An erased account gets no wallet attestation", 401, "assertion_invalid", [](TestWorld& w) {
                    Device gone = w.register_device();
                    attested_wallet(w, gone);
                    const TestRequest request =
                        attestation_request(w, gone,
                                            {{"client_id", kAttestedClient},
                                             {"possession", possession_of(w, *fresh_key(), gone.account_id)}});
                    w.send_well(w.account_request(gone, "DELETE", "/api/v1/account"), 200);
                    return w.send(request);
                  }});
}

// ---- The provider: an attestation of keys ----

std::vector<std::string> possessions_of(TestWorld& w, const Keys& keys, const std::string& account) {
  std::vector<std::string> possessions;
  for (const auto& key : keys) possessions.push_back(possession_of(w, *key, account));
  return possessions;
}

Keys fresh_keys(std::size_t count) {
  Keys keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(fresh_key());
  return keys;
}

Row keys_of(std::string sentence, int status, std::string code, std::string nonce,
            std::function<std::vector<std::string>(TestWorld&)> possessions) {
  return {std::move(sentence), status, std::move(code),
          [nonce = std::move(nonce), possessions = std::move(possessions)](TestWorld& w) {
            return w.send(key_attestation_request(w, w.stranger, nonce, possessions(w)));
          }};
}

void add_keys(std::vector<Row>& rows) {
  const std::string bad = "oid4vci_invalid_proof";
  const auto count = [](std::size_t n) {
    return [n](TestWorld& w) { return possessions_of(w, fresh_keys(n), w.stranger.account_id); };
  };
  rows.push_back(keys_of("A key attestation for one key is given", 201, "", "n", count(1)));
  rows.push_back(keys_of("A key attestation for twenty keys is given", 201, "", "n", count(20)));
  rows.push_back(keys_of("A key attestation for twenty-one keys is refused", 400, "request_malformed", "n", count(21)));
  rows.push_back(keys_of("A key attestation for no key is refused", 400, "request_malformed", "n", count(0)));
  rows.push_back(keys_of("A key attestation without a nonce is refused", 400, "request_malformed", "", count(1)));
  rows.push_back(keys_of("A key attestation with a nonce of 257 characters is refused", 400, "request_malformed",
                         std::string(257, 'n'), count(1)));
  rows.push_back(keys_of("A key attestation for one key twice is refused", 400, bad, "n", [](TestWorld& w) {
    const auto key = fresh_key();
    return possessions_of(w, {key, key}, w.stranger.account_id);
  }));
  rows.push_back(keys_of("A key attestation with a key shown for another account is refused", 400, bad, "n",
                         [](TestWorld& w) { return possessions_of(w, fresh_keys(2), w.holder.account_id); }));
  rows.push_back(
      {"A card's key is not attested for another account", 400, bad, [](TestWorld& w) {
         const Keys keys = fresh_keys(1);
         w.send_well(key_attestation_request(w, w.holder, "n", possessions_of(w, keys, w.holder.account_id)), 201);
         return w.send(key_attestation_request(w, w.stranger, "n", possessions_of(w, keys, w.stranger.account_id)));
       }});
  rows.push_back(
      {"The key of a wallet attestation is not attested as a card's", 400, bad, [](TestWorld& w) {
         const AttestedWallet wallet = attested_wallet(w, w.holder);
         return w.send(key_attestation_request(w, w.holder, "n", {possession_of(w, *wallet.key, w.holder.account_id)}));
       }});
  rows.push_back(
      {"A key attestation without the account's assertion is refused", 401, "assertion_missing", [](TestWorld& w) {
         return w.send(w.json_request("POST", "/api/v1/wallet/key-attestations",
                                      {{"nonce", "n"}, {"possessions", json::Array{"x"}}}));
       }});
  rows.push_back({"A key attestation whose proofs are no texts is refused", 400, "request_malformed", [](TestWorld& w) {
                    return w.send(w.account_request(w.stranger, "POST", "/api/v1/wallet/key-attestations",
                                                    R"({"nonce":"n","possessions":[1]})"));
                  }});
}

// ---- At the token endpoint ----

TestRequest code_request(TestWorld& w, const Offer& offer, const std::optional<std::string>& client_id) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"grant_type", "urn:ietf:params:oauth:grant-type:pre-authorized_code"},
      {"pre-authorized_code", offer.code},
      {"tx_code", offer.tx_code}};
  if (client_id) fields.emplace_back("client_id", *client_id);
  const auto key = fresh_key();
  return w.token_request(fields, sign_jwt(w.dpop_proof(*key, "POST", "/oauth/token"), *key));
}

// A client is judged before its code is, so a code that nobody gave out will do for refusals.
const Offer kNoOffer{"no-code", "000000"};

using ChangePop = std::function<void(TestWorld&, JwtParts&)>;
Row with_pop(std::string sentence, int status, std::string code, ChangePop change) {
  return {std::move(sentence), status, std::move(code), [change = std::move(change)](TestWorld& w) {
            const AttestedWallet wallet = attested_wallet(w, w.holder);
            JwtParts pop = pop_of(w, std::string(kAttestedClient), attestation_challenge(w));
            change(w, pop);
            return w.send(show(code_request(w, kNoOffer, std::string(kAttestedClient)), wallet.attestation,
                               sign_jwt(pop, *wallet.key)));
          }};
}

// Signed by a foreign provider that is trusted, in the name of `issuer`, for `client_id`.
AttestedWallet foreign_wallet(TestWorld& w, std::string_view host, std::string_view client_id,
                              crypto::CertificatePurpose purpose = crypto::CertificatePurpose::wallet_provider) {
  const TestSigner signer(w.foreign_providers, purpose, std::string(host));
  AttestedWallet wallet{fresh_key(), {}};
  wallet.attestation = must(oid4vci::make_client_attestation({.issuer = "https://" + std::string(host),
                                                              .client_id = client_id,
                                                              .key = wallet.key->public_key(),
                                                              .wallet_name = {},
                                                              .wallet_link = {},
                                                              .issued_at = w.clock.now(),
                                                              .expires = w.clock.now() + std::chrono::minutes(5)},
                                                             {signer.key, signer.chain}));
  return wallet;
}

Row foreign(std::string sentence, int status, std::string code, std::string host, std::string client_id) {
  return {std::move(sentence), status, std::move(code), [host, client_id](TestWorld& w) {
            const AttestedWallet wallet = foreign_wallet(w, host, client_id);
            const JwtParts pop = pop_of(w, client_id, attestation_challenge(w));
            const Offer offer = w.fresh_offer();
            return w.send(show(code_request(w, offer, client_id), wallet.attestation, sign_jwt(pop, *wallet.key)));
          }};
}

Row aged_attestation(std::string sentence, int status, std::string code, seconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const AttestedWallet wallet = attested_wallet(w, w.holder);
            const Instant hour = Instant::from_unix_seconds(w.clock.now().unix_seconds() / 3600 * 3600);
            w.clock.advance(hour + age - w.clock.now());
            return w.send(show(w, code_request(w, kNoOffer, std::string(kAttestedClient)), wallet));
          }};
}

void add_token_endpoint(std::vector<Row>& rows) {
  const std::string bad = "invalid_client_attestation";
  rows.push_back({"An attested wallet redeems a code under its client_id", 200, "", [](TestWorld& w) {
                    const AttestedWallet wallet = attested_wallet(w, w.holder);
                    return w.send(show(w, code_request(w, w.fresh_offer(), std::string(kAttestedClient)), wallet));
                  }});
  rows.push_back({"An attested wallet need not say its client_id twice", 200, "", [](TestWorld& w) {
                    const AttestedWallet wallet = attested_wallet(w, w.holder);
                    return w.send(show(w, code_request(w, w.fresh_offer(), std::nullopt), wallet));
                  }});
  rows.push_back({"A wallet that names an attested client and shows nothing is refused", 401, "invalid_client",
                  [](TestWorld& w) { return w.send(code_request(w, kNoOffer, std::string(kAttestedClient))); }});
  rows.push_back({"A client nobody registered is refused", 401, "invalid_client",
                  [](TestWorld& w) { return w.send(code_request(w, kNoOffer, std::string(kCanary))); }});
  rows.push_back({"A public client redeems a code by its name", 200, "",
                  [](TestWorld& w) { return w.send(code_request(w, w.fresh_offer(), std::string(kPublicClient))); }});
  rows.push_back({"An attestation without its proof of possession is refused", 401, bad, [](TestWorld& w) {
                    const AttestedWallet wallet = attested_wallet(w, w.holder);
                    TestRequest request = code_request(w, kNoOffer, std::string(kAttestedClient));
                    return w.send(request.add("OAuth-Client-Attestation", wallet.attestation));
                  }});
  rows.push_back({"A proof of possession without its attestation is refused", 401, bad, [](TestWorld& w) {
                    TestRequest request = code_request(w, kNoOffer, std::nullopt);
                    return w.send(request.add("OAuth-Client-Attestation-PoP", "kanaria7391"));
                  }});
  rows.push_back({"Two attestations are refused", 401, bad, [](TestWorld& w) {
                    const AttestedWallet wallet = attested_wallet(w, w.holder);
                    TestRequest request = show(w, code_request(w, kNoOffer, std::string(kAttestedClient)), wallet);
                    return w.send(request.add("OAuth-Client-Attestation", wallet.attestation));
                  }});
  rows.push_back({"An attestation for another client than the form's is refused", 401, bad, [](TestWorld& w) {
                    const AttestedWallet wallet = attested_wallet(w, w.holder);
                    return w.send(show(w, code_request(w, kNoOffer, std::string(kPublicClient)), wallet));
                  }});
  rows.push_back({"A proof of possession works once", 401, bad, [](TestWorld& w) {
                    const AttestedWallet wallet = attested_wallet(w, w.holder);
                    const JwtParts pop = pop_of(w, std::string(kAttestedClient), attestation_challenge(w));
                    const std::string signed_pop = sign_jwt(pop, *wallet.key);
                    w.send_well(show(code_request(w, w.fresh_offer(), std::nullopt), wallet.attestation, signed_pop),
                                200);
                    return w.send(show(code_request(w, w.fresh_offer(), std::nullopt), wallet.attestation, signed_pop));
                  }});
  rows.push_back({"A proof of possession is used up by a code that was wrong, too", 401, bad, [](TestWorld& w) {
                    const AttestedWallet wallet = attested_wallet(w, w.holder);
                    const JwtParts pop = pop_of(w, std::string(kAttestedClient), attestation_challenge(w));
                    const std::string signed_pop = sign_jwt(pop, *wallet.key);
                    w.send_well(show(code_request(w, kNoOffer, std::nullopt), wallet.attestation, signed_pop), 400);
                    return w.send(show(code_request(w, w.fresh_offer(), std::nullopt), wallet.attestation, signed_pop));
                  }});
  rows.push_back(foreign("A wallet of another provider that is trusted redeems a code", 200, "", "foreign.example",
                         std::string(kForeignClient)));
  rows.push_back(foreign("Another provider does not speak for our client", 401, bad, "foreign.example",
                         std::string(kAttestedClient)));
  rows.push_back(foreign("A third provider below a trusted root does not speak for a client either", 401, bad,
                         "third.example", std::string(kForeignClient)));
  rows.push_back(foreign("Nobody speaks for a public client", 401, bad, "foreign.example", std::string(kPublicClient)));
  rows.push_back(
      {"An attestation signed for another purpose is refused", 401, bad, [](TestWorld& w) {
         const AttestedWallet wallet =
             foreign_wallet(w, "foreign.example", kForeignClient, crypto::CertificatePurpose::credential_issuer);
         const JwtParts pop = pop_of(w, std::string(kForeignClient), attestation_challenge(w));
         return w.send(show(code_request(w, kNoOffer, std::nullopt), wallet.attestation, sign_jwt(pop, *wallet.key)));
       }});
  rows.push_back({"An attestation whose status list is none is refused", 401, bad, [](TestWorld& w) {
                    w.foreign_lists->tokens["https://foreign.example/status/none"] = "a.b.c";
                    AttestedWallet wallet = foreign_wallet(w, "foreign.example", kForeignClient);
                    const auto jws = must(jose::Jws::parse(wallet.attestation));
                    JwtParts parts{jws.unverified_header(), must(jws.unverified_payload())};
                    const json::Object list{{"idx", 1}, {"uri", "https://foreign.example/status/none"}};
                    parts.payload["status"] = json::Object{{"status_list", list}};
                    parts.header["x5c"] = jose::x5c_member(w.foreign_provider.chain);
                    wallet.attestation = sign_jwt(parts, w.foreign_provider.key);
                    const JwtParts pop = pop_of(w, std::string(kForeignClient), attestation_challenge(w));
                    return w.send(
                        show(code_request(w, kNoOffer, std::nullopt), wallet.attestation, sign_jwt(pop, *wallet.key)));
                  }});
  rows.push_back(aged_attestation("An attestation of 24 hours is good", 400, "invalid_grant", seconds(24 * 3600)));
  rows.push_back(aged_attestation("An attestation of more than 24 hours is refused", 400, "use_fresh_attestation",
                                  seconds(24 * 3600 + 1)));
}

Row stale_challenge(std::string sentence, int status, std::string code, seconds age) {
  return {
      std::move(sentence), status, std::move(code), [age](TestWorld& w) {
        const AttestedWallet wallet = attested_wallet(w, w.holder);
        const Instant minute = Instant::from_unix_seconds(w.clock.now().unix_seconds() / 60 * 60 + 60);
        w.clock.advance(minute - w.clock.now());
        const std::string challenge = attestation_challenge(w);
        w.clock.advance(age);
        const JwtParts pop = pop_of(w, std::string(kAttestedClient), challenge);
        return w.send(show(code_request(w, kNoOffer, std::nullopt), wallet.attestation, sign_jwt(pop, *wallet.key)));
      }};
}

void add_pops(std::vector<Row>& rows) {
  const std::string bad = "invalid_client_attestation", again = "use_attestation_challenge";
  rows.push_back(with_pop("A proof of possession that is right is past the client's judgement", 400, "invalid_grant",
                          [](TestWorld&, JwtParts&) {}));
  rows.push_back(with_pop("A proof of possession for another server is refused", 401, bad,
                          [](TestWorld&, JwtParts& pop) { pop.payload["aud"] = "https://other.example"; }));
  rows.push_back(with_pop("A proof of possession for the token endpoint is refused", 401, bad,
                          [](TestWorld&, JwtParts& pop) { pop.payload["aud"] = "https://mibun.example/oauth/token"; }));
  for (const char* name : {"aud", "jti", "iat"}) {
    rows.push_back(with_pop("A proof of possession without " + std::string(name) + " is refused", 401, bad,
                            [name](TestWorld&, JwtParts& pop) { pop.payload.erase(name); }));
  }
  rows.push_back(
      with_pop("A proof of possession of 301 seconds ago is refused", 401, bad,
               [](TestWorld& w, JwtParts& pop) { pop.payload["iat"] = w.clock.now().unix_seconds() - 301; }));
  rows.push_back(with_pop("A proof of possession from 61 seconds ahead is refused", 401, bad,
                          [](TestWorld& w, JwtParts& pop) { pop.payload["iat"] = w.clock.now().unix_seconds() + 61; }));
  rows.push_back(with_pop("A proof of possession without a challenge is refused", 400, again,
                          [](TestWorld&, JwtParts& pop) { pop.payload.erase("challenge"); }));
  rows.push_back(with_pop("A proof of possession with a challenge of nobody is refused", 400, again,
                          [](TestWorld&, JwtParts& pop) { pop.payload["challenge"] = kCanary; }));
  rows.push_back(stale_challenge("A challenge of almost three minutes is good", 400, "invalid_grant", seconds(179)));
  rows.push_back(stale_challenge("A challenge of three minutes is refused", 400, again, seconds(180)));
}

}  // namespace

std::vector<Row> attestation_rows() {
  std::vector<Row> rows;
  add_wallets(rows);
  add_keys(rows);
  add_token_endpoint(rows);
  add_pops(rows);
  return rows;
}

}  // namespace mibun::server
