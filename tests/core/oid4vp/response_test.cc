#include "core/oid4vp/response.h"

#include <doctest/doctest.h>

#include "core/jose/jwe.h"
#include "tests/core/oid4vp/world.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

// A wallet that can be told to misbehave in one place.
struct Mischief {
  std::function<void(Consent&)> consent = [](Consent&) {};
  std::function<void(sd_jwt::KeyBinding&)> key_binding = [](sd_jwt::KeyBinding&) {};
  std::vector<dcql::ClaimPath> paths = {path_of(R"(["given_name"])"), path_of(R"(["family_name"])"),
                                        path_of(R"(["age_equal_or_over","20"])")};
  std::function<void(std::string&)> presentation = [](std::string&) {};
  std::function<void(json::Object&)> payload = [](json::Object&) {};
  std::function<void(jose::JweRequest&)> jwe = [](jose::JweRequest&) {};
  std::function<void(std::string&)> form = [](std::string&) {};
};

struct Exchange {
  // `types`: what the shop is registered for, besides identities.
  explicit Exchange(json::Object query = shop_query(), const std::vector<std::string_view>& types = {})
      : transaction(world, std::move(query)) {
    for (const std::string_view type : types) {
      if (type == kVct) continue;
      transaction.registration.credentials.push_back(transaction.registration.credentials[0]);
      transaction.registration.credentials.back().type = type;
    }
    cards.add(world);
  }

  VerifiedRequest request() const {
    return must(VerifiedRequest::verify(transaction.request(world), {world.client_id, {}, world.trust()}, kTestNow));
  }
  Consent consent(const VerifiedRequest& verified, const std::vector<dcql::ClaimPath>& paths) const {
    std::vector<dcql::Selection> selections{{.credential = 0, .card = 0, .choice = {.asked = paths, .disclosed = {}}}};
    return Consent::make(verified, selections, "ja", kTestNow);
  }
  std::string form(const Mischief& mischief, std::size_t card = 0) {
    const VerifiedRequest verified = request();
    std::vector<dcql::ClaimPath> asked;
    for (const auto& claim : verified.query().credentials()[0].claims) asked.push_back(claim.path);
    Consent agreed = consent(verified, asked);
    mischief.consent(agreed);
    const std::string text = agreed.to_text();
    sd_jwt::KeyBinding key_binding{.audience = world.client_id,
                                   .nonce = transaction.parameters.nonce,
                                   .iat = kTestNow,
                                   .extra_claims = {{kConsentHashClaim, consent_hash(text)}}};
    mischief.key_binding(key_binding);
    const HeldCard& held = *cards.cards()[card];
    std::string presentation = must(held.sd_jwt()->present(mischief.paths, key_binding, *must(cards.signer(held))));
    mischief.presentation(presentation);
    json::Object payload{{"vp_token", json::Object{{"identity", json::Array{presentation}}}},
                         {"state", transaction.parameters.state},
                         {"consent", text}};
    mischief.payload(payload);
    jose::JweRequest jwe{.enc = jose::ContentEncryption::a256gcm,
                         .kid = transaction.parameters.encryption_kid,
                         .cty = {},
                         .apu = {},
                         .apv = {}};
    mischief.jwe(jwe);
    std::string body = form::encode(
        {{"response",
          must(jose::encrypt_jwe(transaction.key.public_key(), jwe, as_bytes(json::serialize(payload)), world.rng))}});
    mischief.form(body);
    return body;
  }
  Result<ReceivedResponse> receive(const std::string& body, Instant now = kTestNow,
                                   const std::function<void(ResponsePolicy&)>& change = {}) const {
    ResponsePolicy policy{.issuers = world.issuers, .iaca = world.iacas, .check_status = all_valid};
    if (change) change(policy);
    return receive_response(body, transaction.expected(world), policy, now);
  }
  Result<ReceivedResponse> try_with(const Mischief& mischief, std::size_t card = 0) {
    return receive(form(mischief, card));
  }

  World world;
  Transaction transaction;
  TestCards cards;
};

json::Array& presentations(json::Object& payload) {
  return payload["vp_token"].as_object()["identity"].as_array();
}

}  // namespace

TEST_CASE("an honest answer is taken, whatever size of key it chose and wherever it put the state") {
  Exchange exchange;
  CHECK(exchange.try_with({}).has_value());
  CHECK(exchange.try_with({.jwe = [](auto& jwe) { jwe.enc = jose::ContentEncryption::a128gcm; }}).has_value());
  CHECK(exchange.try_with({.payload = [](auto& p) { p.erase("state"); }}).has_value());
  CHECK(exchange.try_with({.payload = [](auto& p) { p["unknown"] = 1; }}).has_value());
  CHECK(exchange.try_with({.form = [&](auto& f) { f += "&state=" + exchange.transaction.parameters.state + "&x=y"; }})
            .has_value());
}

TEST_CASE("every check of the gateway, each with its reason") {
  using E = ErrorCode;
  struct Row {
    std::string_view why;
    Mischief mischief;
    ErrorCode want;
  };
  const auto malformed = E::oid4vp_response_malformed;
  const auto consent_wrong = E::oid4vp_consent_mismatch;
  const Row rows[] = {
      // The form
      {"empty", {.form = [](auto& f) { f.clear(); }}, malformed},
      {"plain vp_token", {.form = [](auto& f) { f = "vp_token=%7B%7D&state=x"; }}, E::oid4vp_response_not_encrypted},
      {"plain vp_token beside", {.form = [](auto& f) { f += "&vp_token=%7B%7D"; }}, E::oid4vp_response_not_encrypted},
      {"error beside", {.form = [](auto& f) { f += "&error=access_denied"; }}, malformed},
      {"response twice", {.form = [](auto& f) { f += "&" + std::string(f); }}, E::form_duplicate_field},
      {"bad escape", {.form = [](auto& f) { f += "&x=%zz"; }}, E::form_malformed},
      {"state outside", {.form = [](auto& f) { f += "&state=other"; }}, E::oid4vp_state_mismatch},
      {"no JWE", {.form = [](auto& f) { f = "response=abc"; }}, E::jwe_malformed},
      {"a JWS instead", {.form = [](auto& f) { f = "response=eyJhbGciOiJub25lIn0.e30."; }}, E::jwe_malformed},
      // The JWE
      {"kid of another request", {.jwe = [](auto& j) { j.kid = "other"; }}, E::jwe_kid_mismatch},
      {"no kid", {.jwe = [](auto& j) { j.kid.reset(); }}, E::jwe_kid_mismatch},
      {"changed ciphertext",
       {.form = [](auto& f) { f[f.size() - 30] = f[f.size() - 30] == 'A' ? 'B' : 'A'; }},
       E::jwe_decryption_failed},
      // The payload
      {"state inside", {.payload = [](auto& p) { p["state"] = "other"; }}, E::oid4vp_state_mismatch},
      {"state number", {.payload = [](auto& p) { p["state"] = 1; }}, malformed},
      {"no vp_token", {.payload = [](auto& p) { p.erase("vp_token"); }}, malformed},
      {"vp_token text", {.payload = [](auto& p) { p["vp_token"] = presentations(p)[0]; }}, malformed},
      {"vp_token empty", {.payload = [](auto& p) { p["vp_token"] = json::Object{}; }}, E::dcql_not_satisfied},
      {"id unknown",
       {.payload = [](auto& p) { p["vp_token"].as_object()["other"] = json::Array(presentations(p)); }},
       E::dcql_answer_unexpected},
      {"presentation outside an array",
       {.payload = [](auto& p) { p["vp_token"].as_object()["identity"] = json::Value(presentations(p)[0]); }},
       malformed},
      {"no presentation", {.payload = [](auto& p) { presentations(p).clear(); }}, E::dcql_answer_unexpected},
      {"two presentations",
       {.payload = [](auto& p) { presentations(p).push_back(json::Value(presentations(p)[0])); }},
       E::dcql_answer_unexpected},
      {"presentation number", {.payload = [](auto& p) { presentations(p)[0] = 1; }}, malformed},
      {"presentation empty", {.payload = [](auto& p) { presentations(p)[0] = ""; }}, malformed},
      {"error and vp_token", {.payload = [](auto& p) { p["error"] = "access_denied"; }}, malformed},
      // The holder's signature
      {"no key binding", {.presentation = [](auto& t) { t.resize(t.rfind('~') + 1); }}, E::sd_jwt_key_binding_missing},
      {"another audience",
       {.key_binding = [](auto& k) { k.audience = "x509_hash:other"; }},
       E::sd_jwt_key_binding_audience_mismatch},
      {"another nonce",
       {.key_binding = [](auto& k) { k.nonce = "another-nonce-of-another-request"; }},
       E::sd_jwt_key_binding_nonce_mismatch},
      {"signed last year",
       {.key_binding = [](auto& k) { k.iat = kTestNow - std::chrono::hours(24 * 365); }},
       E::sd_jwt_key_binding_time},
      {"signed next year",
       {.key_binding = [](auto& k) { k.iat = kTestNow + std::chrono::hours(24 * 365); }},
       E::sd_jwt_key_binding_time},
      {"a disclosure taken away after signing",
       {.presentation =
            [](auto& t) {
              const auto first = t.find('~');
              t.erase(first, t.find('~', first + 1) - first);
            }},
       E::sd_jwt_key_binding_hash_mismatch},
      // The query
      {"a claim left out",
       {.paths = {path_of(R"(["given_name"])"), path_of(R"(["family_name"])")}},
       E::dcql_not_satisfied},
      // The consent
      {"no consent", {.payload = [](auto& p) { p.erase("consent"); }}, consent_wrong},
      {"no consent, none signed",
       {.key_binding = [](auto& k) { k.extra_claims.clear(); }, .payload = [](auto& p) { p.erase("consent"); }},
       consent_wrong},
      {"consent object",
       {.payload = [](auto& p) { p["consent"] = object_of(p["consent"].as_string()); }},
       consent_wrong},
      {"consent unsigned", {.key_binding = [](auto& k) { k.extra_claims.clear(); }}, consent_wrong},
      {"another consent signed",
       {.key_binding = [](auto& k) { k.extra_claims[kConsentHashClaim] = consent_hash("x"); }},
       consent_wrong},
      {"consent respelled after signing",
       {.payload = [](auto& p) { p["consent"] = std::string(p["consent"].as_string()) + " "; }},
       consent_wrong},
      {"consent to another purpose", {.consent = [](auto& c) { c.purpose.en = "Advertising"; }}, consent_wrong},
      {"consent to another partner", {.consent = [](auto& c) { c.client_id = "x509_hash:other"; }}, consent_wrong},
      {"consent of another request",
       {.consent = [](auto& c) { c.nonce = "another-nonce-of-another-request"; }},
       consent_wrong},
      {"consent to fewer claims", {.consent = [](auto& c) { c.claims["identity"].pop_back(); }}, consent_wrong},
      {"consent to other cards",
       {.consent =
            [](auto& c) {
              c.claims.clear();
              c.claims["other"] = {};
            }},
       consent_wrong},
  };
  Exchange exchange;
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(exchange.try_with(row.mischief)) == row.want);
  }
}

TEST_CASE("whose card, of which type, in force or not") {
  Exchange exchange;
  World& world = exchange.world;
  const TestAuthority strangers("strangers");
  const TestSigner forger(strangers, crypto::CertificatePurpose::credential_issuer, "issuer.example");
  const TestSigner neighbour(world.issuer_authority, crypto::CertificatePurpose::credential_issuer, "other.example");
  const json::Object claims = TestCards::full_claims();
  exchange.cards.add(world, forger, claims);                                                                        // 1
  exchange.cards.add(world, neighbour, claims);                                                                     // 2
  exchange.cards.add(world, world.issuer, claims, "https://issuer.example/vct/other");                              // 3
  exchange.cards.add(world, world.issuer, claims, kVct, [](auto& c) { c["exp"] = kTestNow.unix_seconds() - 61; });  // 4
  exchange.cards.add(world, world.issuer, claims, kVct, [](auto& c) { c.erase("status"); });                        // 5
  exchange.cards.add(world, world.issuer, claims, kVct, [](auto& c) { c.erase("exp"); });                           // 6
  exchange.cards.add(world, world.issuer, claims, kVct, [](auto& c) {
    c.erase("exp");
    c.erase("status");
  });  // 7
  const auto code = [&](std::size_t card) { return code_of(exchange.try_with({}, card)); };
  CHECK(code(0) == ErrorCode::internal_error);
  CHECK(code(1) == ErrorCode::sd_jwt_issuer_not_trusted);
  CHECK(code(2) == ErrorCode::sd_jwt_issuer_mismatch);
  CHECK(code(3) == ErrorCode::sd_jwt_vct_mismatch);
  CHECK(code(4) == ErrorCode::jwt_expired);
  CHECK(code(5) == ErrorCode::internal_error);
  CHECK(code(6) == ErrorCode::internal_error);
  CHECK(code(7) == ErrorCode::sd_jwt_missing_claim);
}

// Token Status List, section 8.3: the credential is validated first, so that nobody makes us fetch by what is not good.
TEST_CASE("nothing is asked about the status of a card that is not good by itself") {
  Exchange exchange;
  World& world = exchange.world;
  const TestAuthority strangers("strangers");
  const TestSigner forger(strangers, crypto::CertificatePurpose::credential_issuer, "issuer.example");
  const json::Object claims = TestCards::full_claims();
  exchange.cards.add(world, forger, claims);                                                                        // 1
  exchange.cards.add(world, world.issuer, claims, "https://issuer.example/vct/other");                              // 2
  exchange.cards.add(world, world.issuer, claims, kVct, [](auto& c) { c["exp"] = kTestNow.unix_seconds() - 61; });  // 3
  struct Row {
    std::string_view why;
    Mischief mischief;
    std::size_t card = 0;
    std::size_t asked = 0;
  };
  const Row rows[] = {
      {"a good one", {}, 0, 1},
      {"of an issuer that nobody trusts", {}, 1},
      {"of another type", {}, 2},
      {"that has ended", {}, 3},
      {"signed by its holder for another request",
       {.key_binding = [](auto& k) { k.nonce = "another-nonce-of-another-request"; }}},
      {"without its holder's signature", {.presentation = [](auto& t) { t.resize(t.rfind('~') + 1); }}},
      {"with a claim too few", {.paths = {path_of(R"(["given_name"])")}}},
      {"without the consent", {.payload = [](auto& p) { p.erase("consent"); }}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    std::size_t asked = 0;
    const auto received =
        exchange.receive(exchange.form(row.mischief, row.card), kTestNow, [&](ResponsePolicy& policy) {
          policy.check_status = [&](const status_list::StatusReference&, const crypto::TrustedIssuer&) -> Status {
            ++asked;
            return {};
          };
        });
    CHECK(received.has_value() == (row.asked == 1));
    CHECK(asked == row.asked);
  }
}

TEST_CASE("V3: an issuer that is believed for one type issues another") {
  using Purpose = crypto::CertificatePurpose;
  constexpr std::string_view kMembership = "https://club.example/vct/membership";
  const TestAuthority club("club");
  const TestSigner secretary(club, Purpose::credential_issuer, "club.example");
  const json::Object claims = TestCards::full_claims();
  const auto by_club = [](json::Object& clear) { clear["iss"] = "https://club.example"; };
  const auto also = [&](std::string_view type) {
    return [=](json::Object& clear) {
      by_club(clear);
      clear["aka_vcts"] = json::Array{type};
    };
  };
  struct Row {
    std::string_view why;
    std::vector<std::string_view> asked;
    std::function<void(Exchange&)> add;
    std::vector<std::string> names;  // of the club's row
    std::optional<ErrorCode> want;
  };
  const Row rows[] = {
      {"its own",
       {kMembership},
       [&](auto& e) { e.cards.add(e.world, secretary, claims, kMembership, by_club); },
       {},
       {}},
      {"our type",
       {kVct},
       [&](auto& e) { e.cards.add(e.world, secretary, claims, kVct, by_club); },
       {},
       ErrorCode::certificate_untrusted_for_type},
      {"our type, where both are taken",
       {kMembership, kVct},
       [&](auto& e) { e.cards.add(e.world, secretary, claims, kVct, by_club); },
       {},
       ErrorCode::certificate_untrusted_for_type},
      {"its own, where both are taken",
       {kVct, kMembership},
       [&](auto& e) { e.cards.add(e.world, secretary, claims, kMembership, by_club); },
       {},
       {}},
      {"its own, also called ours",
       {kVct},
       [&](auto& e) { e.cards.add(e.world, secretary, claims, kMembership, also(kVct)); },
       {},
       ErrorCode::certificate_untrusted_for_type},
      {"ours, also called its own: then it is that",
       {kVct, kMembership},
       [&](auto& e) { e.cards.add(e.world, secretary, claims, kVct, also(kMembership)); },
       {},
       {}},
      {"we issue its type",
       {kMembership},
       [&](auto& e) { e.cards.add(e.world, e.world.issuer, claims, kMembership); },
       {},
       ErrorCode::certificate_untrusted_for_type},
      {"under the name of the row",
       {kMembership},
       [&](auto& e) { e.cards.add(e.world, secretary, claims, kMembership, by_club); },
       {"https://club.example"},
       {}},
      {"under another name than the row's",
       {kMembership},
       [&](auto& e) { e.cards.add(e.world, secretary, claims, kMembership, by_club); },
       {"https://other.example"},
       ErrorCode::certificate_untrusted_for_type},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object query = shop_query();
    auto& meta = query["credentials"].as_array()[0].as_object()["meta"].as_object();
    meta["vct_values"] = json::Array(row.asked.begin(), row.asked.end());
    Exchange exchange(query, row.asked);
    row.add(exchange);
    std::vector<crypto::TrustedIssuer> trusted;
    trusted.push_back(issuer_of(exchange.world.issuer_authority, Purpose::credential_issuer, {std::string(kVct)}));
    trusted.push_back(issuer_of(club, Purpose::credential_issuer, {std::string(kMembership)}, row.names));
    const crypto::TrustedIssuers issuers(Purpose::credential_issuer, std::move(trusted));
    const auto received =
        receive_response(exchange.form({}, 1), exchange.transaction.expected(exchange.world),
                         {.issuers = issuers, .iaca = exchange.world.iacas, .check_status = all_valid}, kTestNow);
    if (row.want) {
      CHECK(code_of(received) == *row.want);
      continue;
    }
    REQUIRE(received.has_value());
    const auto& presented = std::get<VerifiedResponse>(*received).credentials.at("identity").front();
    CHECK(presented.type == kMembership);  // the type that it is believed for
    CHECK(presented.issuer == "https://club.example");
  }
}

TEST_CASE("the status is asked for, and what it says decides") {
  Exchange exchange;
  const std::string body = exchange.form({});
  std::vector<status_list::StatusReference> asked;
  const auto with_status = [&](Status result) {
    return exchange.receive(body, kTestNow, [&](ResponsePolicy& policy) {
      policy.check_status = [&, result](const status_list::StatusReference& reference,
                                        const crypto::TrustedIssuer& issuer) {
        CHECK(&issuer == &exchange.world.issuers.issuers().front());
        asked.push_back(reference);
        return result;
      };
    });
  };
  CHECK(with_status({}).has_value());
  REQUIRE(asked.size() == 1);
  CHECK(asked[0] == status_list::StatusReference{"https://issuer.example/status/1", 7, "https://issuer.example"});
  for (const ErrorCode code : {ErrorCode::status_revoked, ErrorCode::status_suspended, ErrorCode::status_unknown_value,
                               ErrorCode::status_list_unavailable}) {
    CHECK(code_of(with_status(fail(code))) == code);
  }
}

TEST_CASE("more than was asked for is reported and not passed on, or refused; without consent it never passes") {
  Exchange exchange;
  Mischief more;
  more.paths.push_back(path_of(R"(["birth_date"])"));
  CHECK(code_of(exchange.try_with(more)) == ErrorCode::oid4vp_consent_mismatch);
  // A wallet that knows no consent object.
  more.key_binding = [](auto& k) { k.extra_claims.clear(); };
  more.payload = [](auto& p) { p.erase("consent"); };
  const std::string body = exchange.form(more);
  const auto accept_absent = [](ResponsePolicy& policy) { policy.consent = ConsentDemand::accept_absent; };
  const auto response = std::get<VerifiedResponse>(must(exchange.receive(body, kTestNow, accept_absent)));
  REQUIRE(response.excess.size() == 1);
  CHECK(response.excess[0].paths == std::vector{path_of(R"(["birth_date"])")});
  CHECK(!response.credentials.at("identity")[0].claims.contains("birth_date"));
  CHECK(!response.consent);
  CHECK(code_of(exchange.receive(body, kTestNow, [&](ResponsePolicy& policy) {
          accept_absent(policy);
          policy.excess = dcql::ExcessPolicy::refuse;
        })) == ErrorCode::dcql_answer_too_much);
  // A consent that was signed cannot be hidden.
  CHECK(code_of(exchange.receive(exchange.form({.payload = [](auto& p) { p.erase("consent"); }}), kTestNow,
                                 accept_absent)) == ErrorCode::oid4vp_consent_mismatch);
}

TEST_CASE("claim sets: showing the claims of two at once is too much") {
  Exchange exchange(object_of(R"({"credentials":[{"id":"identity","format":"dc+sd-jwt",
      "meta":{"vct_values":["https://issuer.example/vct/identity"]},
      "claims":[{"id":"g","path":["given_name"]},{"id":"f","path":["family_name"]}],"claim_sets":[["g"],["f"]]}]})"));
  const auto one = std::get<VerifiedResponse>(must(exchange.try_with({.paths = {path_of(R"(["family_name"])")}})));
  CHECK(one.excess.empty());
  CHECK(json::serialize(one.credentials.at("identity")[0].claims) == R"({"family_name":"見本"})");
  const auto both = std::get<VerifiedResponse>(
      must(exchange.try_with({.paths = {path_of(R"(["family_name"])"), path_of(R"(["given_name"])")}})));
  CHECK(both.excess.size() == 1);
}

TEST_CASE("a consent names the credentials that are shown, all of them and no others") {
  constexpr std::string_view kTwo = R"({"credentials":[
      {"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
       "claims":[{"path":["given_name"]}]},
      {"id":"more","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
       "claims":[{"path":["family_name"]}]}],
      "credential_sets":[{"options":[["identity"]]},{"options":[["more"]],"required":false}]})";
  Exchange exchange(object_of(kTwo));
  const std::vector<dcql::ClaimPath> family{path_of(R"(["family_name"])")};
  Mischief honest{.paths = {path_of(R"(["given_name"])")}};
  CHECK(exchange.try_with(honest).has_value());
  Mischief too_many = honest;
  too_many.consent = [&](auto& c) { c.claims["more"] = family; };
  CHECK(code_of(exchange.try_with(too_many)) == ErrorCode::oid4vp_consent_mismatch);
  Mischief too_few{.paths = {path_of(R"(["given_name"])"), family[0]}};
  too_few.payload = [](auto& p) { p["vp_token"].as_object()["more"] = json::Array(presentations(p)); };
  CHECK(code_of(exchange.try_with(too_few)) == ErrorCode::oid4vp_consent_mismatch);
  too_few.consent = [&](auto& c) {
    c.claims["identity"].push_back(path_of(R"(["given_name"])"));
    c.claims["more"] = family;
  };
  CHECK(code_of(exchange.try_with(too_few)) == ErrorCode::oid4vp_consent_mismatch);  // each shows the other's claim too
}

TEST_CASE("limits of an answer, and what is no answer") {
  Exchange exchange(object_of(R"({"credentials":[{"id":"identity","format":"dc+sd-jwt","multiple":true,
      "meta":{"vct_values":["https://issuer.example/vct/identity"]},"claims":[{"path":["given_name"]}]}]})"));
  const auto copies = [](std::size_t count) {
    return Mischief{.paths = {path_of(R"(["given_name"])")}, .payload = [count](auto& p) {
                      while (presentations(p).size() < count)
                        presentations(p).push_back(json::Value(presentations(p)[0]));
                    }};
  };
  CHECK(std::get<VerifiedResponse>(must(exchange.try_with(copies(1)))).credentials.at("identity").size() == 1);
  CHECK(code_of(exchange.try_with(copies(2))) == ErrorCode::dcql_answer_unexpected);  // one credential again
  CHECK(code_of(exchange.try_with(copies(20))) == ErrorCode::dcql_answer_unexpected);
  CHECK(code_of(exchange.try_with(copies(21))) == ErrorCode::oid4vp_response_malformed);
  CHECK(code_of(exchange.receive(std::string(kResponseBytesMax + 1, 'a'))) == ErrorCode::oid4vp_response_malformed);
  for (const std::string_view plaintext : {"", "[]", "{", R"({"a":1,"a":1})"}) {
    INFO(plaintext);
    const jose::JweRequest jwe{.kid = exchange.transaction.parameters.encryption_kid, .cty = {}, .apu = {}, .apv = {}};
    const std::string text =
        must(jose::encrypt_jwe(exchange.transaction.key.public_key(), jwe, as_bytes(plaintext), exchange.world.rng));
    CHECK(code_of(exchange.receive("response=" + text)) == ErrorCode::oid4vp_response_malformed);
  }
}

TEST_CASE("elements of an array, asked for by index or all") {
  Exchange exchange(object_of(R"({"credentials":[{"id":"identity","format":"dc+sd-jwt",
      "meta":{"vct_values":["https://issuer.example/vct/identity"]},"claims":[{"path":["nationalities",1]}]}]})"));
  const auto shown =
      std::get<VerifiedResponse>(must(exchange.try_with({.paths = {path_of(R"(["nationalities",1])")}})));
  CHECK(json::serialize(shown.credentials.at("identity")[0].claims) == R"({"nationalities":["DE"]})");
  CHECK(code_of(exchange.try_with({.paths = {path_of(R"(["given_name"])")}})) == ErrorCode::dcql_not_satisfied);
}

TEST_CASE("a refusal, in the clear or encrypted, is a result") {
  Exchange exchange;
  const auto error_of = [&](const std::string& body) {
    return std::get<RefusedResponse>(must(exchange.receive(body))).error;
  };
  CHECK(error_of(build_error_form(exchange.request(), "access_denied")) == "access_denied");
  CHECK(error_of("error=access_denied&error_description=x") == "access_denied");
  CHECK(error_of("error=%3Cscript%3E") == "unknown_error");
  CHECK(error_of(exchange.form({.payload = [](auto& p) {
          p.erase("vp_token");
          p["error"] = "access_denied";
        }})) == "access_denied");
  CHECK(code_of(exchange.receive("error=access_denied&state=other")) == ErrorCode::oid4vp_state_mismatch);
}

TEST_CASE("the evidence is what the holder signed") {
  Exchange exchange;
  const auto response = std::get<VerifiedResponse>(must(exchange.try_with({})));
  REQUIRE(response.evidence.size() == 1);
  const receipt::PresentationProof& evidence = response.evidence[0];
  CHECK(evidence.credential_id == "identity");
  const json::Object signed_by_holder = must(must(jose::Jws::parse(evidence.kb_jwt)).unverified_payload());
  CHECK(std::string_view(signed_by_holder.at("sd_hash").as_string()) == evidence.presentation_sha256);
  CHECK(std::string_view(signed_by_holder.at("consent_hash").as_string()) == consent_hash(*response.consent));
  CHECK(evidence.issuer_jwt.find('~') == std::string::npos);
}

TEST_CASE("no changed character of an encrypted answer passes") {
  Exchange exchange;
  const std::string body = exchange.form({});
  for (std::size_t i = 9; i < body.size(); i += 41) {
    std::string changed = body;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(!exchange.receive(changed).has_value());
    CHECK(!exchange.receive(body.substr(0, i)).has_value());
  }
}

TEST_CASE("the tables of errors at both edges") {
  CHECK(wallet_error(ErrorCode::dcql_not_satisfied) == wallet_error(ErrorCode::wallet_holder_refused));
  CHECK(wallet_error(ErrorCode::oid4vp_access_denied) == "access_denied");
  CHECK(wallet_error(ErrorCode::dcql_unsupported_format) == "vp_formats_not_supported");
  CHECK(wallet_error(ErrorCode::oid4vp_transaction_data_not_supported) == "invalid_transaction_data");
  CHECK(wallet_error(ErrorCode::oid4vp_claim_not_registered) == "invalid_request");
  for (const ErrorCode code : {ErrorCode::sd_jwt_key_binding_nonce_mismatch, ErrorCode::status_revoked,
                               ErrorCode::oid4vp_response_not_encrypted, ErrorCode::jwe_decryption_failed}) {
    const ProtocolError error = response_uri_error(code);
    CHECK(error.status == 400);
    CHECK(error.error == "invalid_request");
    CHECK(error.to_json().find("\\") == std::string::npos);
  }
  // What is wrong with a card is nobody's business at the wire.
  CHECK(response_uri_error(ErrorCode::status_revoked).description ==
        response_uri_error(ErrorCode::jwt_expired).description);
  CHECK(response_accepted_json("https://shop.example/#c=1") == R"({"redirect_uri":"https://shop.example/#c=1"})");
}
