#include <doctest/doctest.h>

#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/verifier_attestation.h"
#include "tests/core/oid4vp/world.h"

// How a verifier may be identified besides by its certificate's hash: OpenID4VP 1.0, sections 5.9.2, 5.9.3 and 12.
using namespace mibun;
using namespace mibun::oid4vp;

namespace {

constexpr std::string_view kResponseUri = "https://gateway.example/oid4vp/response/abc";
constexpr std::string_view kPage = "https://shop.example";

struct Kinds {
  Kinds() {
    cards.add(world);
    world.known = must(KnownVerifiers::parse(json::Array{known().to_json()}, "verifiers"));
  }

  KnownVerifier known() const {
    jose::Jwk named(key.public_key());
    named.set_kid("1");
    return {.client_id = "city-hall",
            .keys = must(jose::JwkSet::parse(json::Object{{"keys", json::Array{named.to_json()}}})),
            .response_uris = {std::string(kResponseUri)}};
  }
  VerifierAttestation attestation() const {
    return {.issuer = "https://registrar.example",
            .subject = "verifier.example",
            .issued_at = kTestNow,
            .expires_at = kTestNow + seconds(3600),
            .key = jose::Jwk(key.public_key()),
            .redirect_uris = {{std::string(kResponseUri)}}};
  }
  std::string sign(const VerifierAttestation& content) const {
    return must(sign_verifier_attestation(content, world.registrar.key, world.registrar.chain));
  }
  // The parameters of the shop's request under another client id, with a registration for it.
  json::Object payload(const std::string& client_id, const std::function<void(Registration&)>& change = {}) const {
    Registration registration = world.registration();
    registration.client_id = client_id;
    if (change) change(registration);
    json::Object payload = must(must(jose::Jws::parse(transaction.request(world))).unverified_payload());
    payload["client_id"] = client_id;
    payload["verifier_info"].as_array()[0].as_object()["data"] =
        must(sign_registration(registration, world.registrar.key, world.registrar.chain));
    return payload;
  }
  std::string attested(const std::string& jwt, const std::function<void(json::Object&, json::Object&)>& change = {}) {
    json::Object header{{"typ", kRequestObjectType}, {"jwt", jwt}};
    json::Object content = payload("verifier_attestation:verifier.example");
    if (change) change(header, content);
    return must(jose::sign_jws(header, content, key));
  }
  ErrorCode verify(const std::string& client_id, const std::string& text,
                   const RequestProfile& profile = encrypted_profile()) const {
    return code_of(VerifiedRequest::verify(text, {client_id, {}, world.trust(profile)}, kTestNow));
  }

  World world;
  Transaction transaction{world};
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  TestCards cards;
};

constexpr auto kFine = ErrorCode::internal_error;  // what code_of says of a value
constexpr std::string_view kAttested = "verifier_attestation:verifier.example";

}  // namespace

TEST_CASE("verifier_attestation: a registrar vouches for the key that signed, and for where answers go") {
  Kinds kinds;
  const auto request = VerifiedRequest::verify(kinds.attested(kinds.sign(kinds.attestation())),
                                               {kAttested, {}, kinds.world.trust()}, kTestNow);
  REQUIRE(request.has_value());
  CHECK(request->identified() == Identified::by_attestation);
  CHECK(request->client_id() == kAttested);

  struct Row {
    std::string_view why;
    std::function<void(VerifierAttestation&)> change;
    ErrorCode want;
  };
  const Row rows[] = {
      {"as it should be", [](auto&) {}, kFine},
      {"of another client", [](auto& a) { a.subject = "other.example"; }, ErrorCode::oid4vp_client_id_mismatch},
      {"with the prefix in sub", [](auto& a) { a.subject = kAttested; }, ErrorCode::oid4vp_client_id_mismatch},
      {"for another key", [](auto& a) { a.key = jose::Jwk(crypto::P256PrivateKey::generate().public_key()); },
       ErrorCode::jws_signature_invalid},
      {"run out", [](auto& a) { a.expires_at = kTestNow - seconds(61); }, ErrorCode::jwt_expired},
      {"by somebody whom its certificate does not name", [](auto& a) { a.issuer = "https://evil.example"; },
       ErrorCode::jwt_issuer_mismatch},
      {"for other addresses", [](auto& a) { a.redirect_uris = {{"https://gateway.example/oid4vp/response/ab"}}; },
       ErrorCode::oid4vp_response_uri_not_owned},
      {"for no address", [](auto& a) { a.redirect_uris.emplace(); }, ErrorCode::oid4vp_response_uri_not_owned},
      {"silent about addresses, which the registration does not name either", [](auto& a) { a.redirect_uris.reset(); },
       ErrorCode::oid4vp_response_uri_not_owned},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    VerifierAttestation attestation = kinds.attestation();
    row.change(attestation);
    CHECK(kinds.verify(std::string(kAttested), kinds.attested(kinds.sign(attestation))) == row.want);
  }
}

TEST_CASE("verifier_attestation: what is no attestation of a registrar is refused") {
  Kinds kinds;
  const std::string good = kinds.sign(kinds.attestation());
  const json::Object said = must(must(jose::Jws::parse(good)).unverified_payload());
  const auto signed_as = [&](const std::function<void(json::Object&, json::Object&)>& change,
                             const TestSigner* signer = nullptr) {
    const TestSigner& by = signer != nullptr ? *signer : kinds.world.registrar;
    json::Object header{{"typ", kVerifierAttestationType}, {"x5c", jose::x5c_member(by.chain)}};
    json::Object payload = said;
    change(header, payload);
    return must(jose::sign_jws(header, payload, by.key));
  };
  struct Row {
    std::string_view why;
    std::function<void(json::Object&, json::Object&)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const Row rows[] = {
      {"as it should be", [](auto&, auto&) {}, kFine},
      {"claims that are not known", [](auto&, auto& p) { p["x"] = 1; }, kFine},
      {"its media type in full", [](auto& h, auto&) { h["typ"] = "application/verifier-attestation+jwt"; }, kFine},
      {"another typ", [](auto& h, auto&) { h["typ"] = "JWT"; }, ErrorCode::jws_typ_mismatch},
      {"a key of its own", [&](auto& h, auto&) { h["jwk"] = jose::Jwk(kinds.key.public_key()).to_json(); },
       ErrorCode::jws_header_not_allowed},
      {"no chain", [](auto& h, auto&) { h.erase("x5c"); }, ErrorCode::jws_x5c_malformed},
      {"no exp", [](auto&, auto& p) { p.erase("exp"); }, ErrorCode::jwt_claim_missing},
      {"not yet valid", [](auto&, auto& p) { p["nbf"] = kTestNow.unix_seconds() + 61; }, ErrorCode::jwt_not_yet_valid},
      {"no iss", [](auto&, auto& p) { p.erase("iss"); }, bad},
      {"no sub", [](auto&, auto& p) { p.erase("sub"); }, bad},
      {"no cnf", [](auto&, auto& p) { p.erase("cnf"); }, bad},
      {"cnf without a key", [](auto&, auto& p) { p["cnf"] = json::Object{{"kid", "1"}}; }, bad},
      {"a private key", [](auto&, auto& p) { p["cnf"].as_object()["jwk"].as_object()["d"] = "AA"; },
       ErrorCode::private_key_rejected},
      {"a key for encryption", [](auto&, auto& p) { p["cnf"].as_object()["jwk"].as_object()["use"] = "enc"; }, bad},
      {"redirect_uris is a text", [](auto&, auto& p) { p["redirect_uris"] = kResponseUri; }, bad},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(kinds.verify(std::string(kAttested), kinds.attested(signed_as(row.change))) == row.want);
  }
  const auto unchanged = [](json::Object&, json::Object&) {};
  // A verifier with a good certificate of its own does not vouch for others, nor does a registrar of somebody else.
  const TestAuthority strangers("strangers");
  const TestSigner stranger(strangers, crypto::CertificatePurpose::registrar, "registrar.example");
  CHECK(kinds.verify(std::string(kAttested), kinds.attested(signed_as(unchanged, &stranger))) ==
        ErrorCode::certificate_untrusted);
  CHECK(kinds.verify(std::string(kAttested), kinds.attested(signed_as(unchanged, &kinds.world.shop))) ==
        ErrorCode::certificate_untrusted);

  const std::function<void(json::Object&, json::Object&)> without = [](auto& h, auto&) { h.erase("jwt"); };
  CHECK(kinds.verify(std::string(kAttested), kinds.attested(good, without)) == bad);
  const std::function<void(json::Object&, json::Object&)> chain = [&](auto& h, auto&) {
    h["x5c"] = jose::x5c_member(kinds.world.shop.chain);
  };
  CHECK(kinds.verify(std::string(kAttested), kinds.attested(good, chain)) == ErrorCode::jws_header_not_allowed);
}

TEST_CASE("pre-registered: without a prefix only a verifier that the wallet knows, with the key that it knows") {
  Kinds kinds;
  const auto signed_with = [&](const crypto::P256PrivateKey& key, const json::Object& names,
                               const std::function<void(json::Object&)>& change = {}) {
    json::Object header{{"typ", kRequestObjectType}};
    for (const auto& member : names) header[member.key()] = member.value();
    json::Object payload = kinds.payload("city-hall");
    if (change) change(payload);
    return must(jose::sign_jws(header, payload, key));
  };
  const auto request =
      VerifiedRequest::verify(signed_with(kinds.key, {}), {"city-hall", {}, kinds.world.trust()}, kTestNow);
  REQUIRE(request.has_value());
  CHECK(request->identified() == Identified::by_wallet);
  CHECK(kinds.verify("city-hall", signed_with(kinds.key, {{"kid", "1"}})) == kFine);
  CHECK(kinds.verify("city-hall", signed_with(kinds.key, {{"kid", "2"}})) == ErrorCode::jwk_not_found);
  CHECK(kinds.verify("city-hall", signed_with(kinds.key, {{"kid", 1}})) == ErrorCode::jws_header_malformed);
  CHECK(kinds.verify("city-hall", signed_with(crypto::P256PrivateKey::generate(), {})) ==
        ErrorCode::jws_signature_invalid);
  // A key that came along is not looked at.
  CHECK(kinds.verify("city-hall", signed_with(kinds.key, {{"jwk", jose::Jwk(kinds.key.public_key()).to_json()}})) ==
        ErrorCode::jws_header_not_allowed);
  CHECK(kinds.verify("city-hall", signed_with(kinds.key, {{"x5c", jose::x5c_member(kinds.world.shop.chain)}})) ==
        ErrorCode::jws_header_not_allowed);
  // Nobody, and somebody else.
  CHECK(kinds.verify("town-hall", signed_with(kinds.key, {})) == ErrorCode::oid4vp_client_id_prefix_not_supported);
  CHECK(kinds.verify("city-hall", signed_with(kinds.key, {}, [](auto& p) { p["client_id"] = "town-hall"; })) ==
        ErrorCode::oid4vp_client_id_mismatch);
  // Known before anything is fetched.
  PresentationFlow flow(kinds.cards, kinds.world.trust(), kinds.world.rng);
  const auto link = [](std::string id) { return RequestLink{std::move(id), "https://gateway.example/r"}.to_string(); };
  CHECK(code_of(flow.advance(Started{link("town-hall")}, kTestNow)) ==
        ErrorCode::oid4vp_client_id_prefix_not_supported);
  CHECK(std::holds_alternative<SendRequest>(must(flow.advance(Started{link("city-hall")}, kTestNow))));
  for (const std::string_view uri :
       {"https://gateway.example/oid4vp/response/abcd", "https://gateway.example/oid4vp/response/abc/",
        "https://GATEWAY.example/oid4vp/response/abc", "https://gateway.example/oid4vp/response/abc?x"}) {
    INFO(uri);
    CHECK(kinds.verify("city-hall", signed_with(kinds.key, {}, [&](auto& p) { p["response_uri"] = uri; })) ==
          ErrorCode::oid4vp_response_uri_not_owned);
  }
  // Whoever names addresses means these and no others, whatever pages the registration names.
  json::Object page = kinds.payload("city-hall", [](Registration& r) { r.origins = {"https://shop.example"}; });
  page["response_uri"] = "https://shop.example/answers";
  CHECK(kinds.verify("city-hall", must(jose::sign_jws({{"typ", kRequestObjectType}}, page, kinds.key))) ==
        ErrorCode::oid4vp_response_uri_not_owned);
}

TEST_CASE("a registry of known verifiers is read whole or not at all") {
  const Kinds kinds;
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_registration_invalid;
  const Row rows[] = {
      {"as it should be", [](auto&) {}, kFine},
      {"members that are not known", [](auto& v) { v["x"] = 1; }, kFine},
      {"no client_id", [](auto& v) { v.erase("client_id"); }, bad},
      {"a prefix", [](auto& v) { v["client_id"] = "x509_hash:abc"; }, bad},
      {"a colon", [](auto& v) { v["client_id"] = "https://a.example"; }, bad},
      {"no keys", [](auto& v) { v.erase("jwks"); }, bad},
      {"an empty set", [](auto& v) { v["jwks"] = json::Object{{"keys", json::Array{}}}; }, bad},
      {"a key for encryption", [](auto& v) { v["jwks"].as_object()["keys"].as_array()[0].as_object()["use"] = "enc"; },
       bad},
      {"a private key", [](auto& v) { v["jwks"].as_object()["keys"].as_array()[0].as_object()["d"] = "AA"; },
       ErrorCode::private_key_rejected},
      {"no address", [](auto& v) { v["response_uris"] = json::Array{}; }, bad},
      {"http", [](auto& v) { v["response_uris"] = json::Array{"http://a.example/"}; }, bad},
      {"a number", [](auto& v) { v["response_uris"] = json::Array{1}; }, bad},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object verifier = kinds.known().to_json();
    row.change(verifier);
    CHECK(code_of(KnownVerifiers::parse(json::Array{verifier}, "verifiers")) == row.want);
  }
  const json::Object verifier = kinds.known().to_json();
  CHECK(code_of(KnownVerifiers::parse(json::Array{verifier, verifier}, "verifiers")) == bad);
  CHECK(code_of(KnownVerifiers::parse(json::Array{"city-hall"}, "verifiers")) == bad);
}

namespace {

// A request in its link, for the shop's own page.
struct Unsigned : Kinds {
  static std::string client_id() { return "redirect_uri:" + std::string(kResponseUri); }
  json::Object parameters(const std::function<void(Registration&)>& change = {}) const {
    json::Object parameters = payload(client_id(), change);
    for (const char* signed_only : {"aud", "iat", "exp"}) parameters.erase(signed_only);
    return parameters;
  }
  std::string link(const json::Object& parameters) const {
    return RequestLink{.client_id = client_id(), .request_uri = {}, .parameters = parameters}.to_string();
  }
  Result<Step> start(const json::Object& parameters, const RequestProfile& profile = encrypted_profile()) {
    flow.emplace(cards, world.trust(profile), world.rng);
    return flow->advance(Started{link(parameters)}, kTestNow);
  }
  std::optional<PresentationFlow> flow;
};

}  // namespace

TEST_CASE("redirect_uri: nobody signed, the holder is told so, and the answer goes where the client id says") {
  Unsigned world;
  const auto ask = std::get<AskHolder>(must(world.start(world.parameters())));
  CHECK(ask.identified == Identified::by_address);
  CHECK(ask.address == kResponseUri);
  CHECK(ask.organization.en == "Sample Shop");
  CHECK(ask.expires_at == kTestNow + seconds(600));
  const HttpRequest sent = std::get<SendRequest>(must(world.flow->advance(Agreed{"en"}, kTestNow))).request;
  CHECK(sent.url == kResponseUri);
  ExpectedResponse expected = world.transaction.expected(world.world);
  expected.client_id = Unsigned::client_id();
  Registration registration = world.world.registration();
  registration.client_id = Unsigned::client_id();
  CHECK(receive_response(sent.body, expected,
                         {.issuers = world.world.issuers, .iaca = world.world.iacas, .check_status = all_valid},
                         kTestNow)
            .has_value());
}

TEST_CASE("nobody but a redirect_uri asks without a signature") {
  Unsigned kinds;
  for (const std::string& client_id : {kinds.world.client_id, std::string("x509_san_dns:gateway.example"),
                                       std::string("verifier_attestation:verifier.example")}) {
    INFO(client_id);
    json::Object parameters = kinds.parameters([&](Registration& r) { r.client_id = client_id; });
    parameters["client_id"] = client_id;
    CHECK(code_of(VerifiedRequest::verify_unsigned(parameters, {}, kinds.world.trust(), kTestNow)) ==
          ErrorCode::oid4vp_invalid_request);
  }
}

TEST_CASE("redirect_uri: what is refused") {
  Unsigned world;
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const auto elsewhere = ErrorCode::oid4vp_response_uri_not_owned;
  const Row rows[] = {
      {"as it should be", [](auto&) {}, kFine},
      {"the address left out", [](auto& p) { p.erase("response_uri"); }, kFine},
      {"another address", [](auto& p) { p["response_uri"] = "https://evil.example/"; }, elsewhere},
      {"a longer address", [](auto& p) { p["response_uri"] = std::string(kResponseUri) + "d"; }, elsewhere},
      {"a redirect_uri beside it", [](auto& p) { p["redirect_uri"] = kResponseUri; }, bad},
      {"no nonce", [](auto& p) { p.erase("nonce"); }, bad},
      {"another response type", [](auto& p) { p["response_type"] = "code"; }, bad},
      {"in the clear, where that is not answered", [](auto& p) { p["response_mode"] = "direct_post"; },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"no mode, which is fragment", [](auto& p) { p.erase("response_mode"); },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"a browser's mode", [](auto& p) { p["response_mode"] = "dc_api.jwt"; },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"no registration", [](auto& p) { p.erase("verifier_info"); }, ErrorCode::oid4vp_registration_invalid},
      {"no query", [](auto& p) { p.erase("dcql_query"); }, bad},
      {"no metadata", [](auto& p) { p.erase("client_metadata"); }, bad},
      {"metadata that are no JSON", [](auto& p) { p["client_metadata"] = "{"; }, bad},
      {"a signed request beside", [](auto& p) { p["request"] = "a.b.c"; }, bad},
      {"an address to fetch it from", [](auto& p) { p["request_uri"] = "https://gateway.example/r"; }, bad},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object parameters = world.parameters();
    row.change(parameters);
    CHECK(code_of(world.start(parameters)) == row.want);
  }
  // The registration of another client counts only for pages that it names.
  const auto with = [&](const std::function<void(Registration&)>& change) {
    return code_of(world.start(world.parameters(change)));
  };
  CHECK(with([&](Registration& r) { r.client_id = world.world.client_id; }) == ErrorCode::oid4vp_registration_invalid);
  CHECK(with([&](Registration& r) {
          r.client_id = world.world.client_id;
          r.origins = {"https://shop.example"};
        }) == ErrorCode::oid4vp_registration_invalid);
  CHECK(with([&](Registration& r) {
          r.client_id = world.world.client_id;
          r.origins = {"https://gateway.example"};
        }) == kFine);
  CHECK(world.cards.signers_asked == 0);
  // Signed after all, by whoever it may be.
  CHECK(
      world.verify(Unsigned::client_id(),
                   must(jose::sign_jws({{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(world.world.shop.chain)}},
                                       world.payload(Unsigned::client_id()), world.world.shop.key))) == bad);
}

TEST_CASE("a profile names each kind, and a kind that it refuses is refused before anything else is looked at") {
  Unsigned world;
  const RequestProfile haip = haip_profile();
  const auto refused = ErrorCode::oid4vp_client_id_prefix_not_supported;
  CHECK(code_of(world.start(world.parameters(), haip)) == refused);
  for (const std::string id : {"x509_san_dns:gateway.example", "city-hall", "verifier_attestation:verifier.example"}) {
    INFO(id);
    CHECK(world.verify(id, world.transaction.request(world.world), haip) == refused);
  }
  CHECK(world.verify(world.world.client_id, world.transaction.request(world.world), haip) == kFine);
  struct Row {
    ClientId::Prefix prefix;
    Kind AnsweredClients::* kind;
  };
  const Row rows[] = {{ClientId::Prefix::x509_hash, &AnsweredClients::x509_hash},
                      {ClientId::Prefix::x509_san_dns, &AnsweredClients::x509_san_dns},
                      {ClientId::Prefix::verifier_attestation, &AnsweredClients::verifier_attestation},
                      {ClientId::Prefix::preregistered, &AnsweredClients::preregistered},
                      {ClientId::Prefix::redirect_uri, &AnsweredClients::redirect_uri}};
  for (const Row& row : rows) {
    INFO(to_string(row.prefix));
    RequestProfile profile = encrypted_profile();
    CHECK(profile.clients.accept(row.prefix));
    profile.clients.*row.kind = Stance::refuse;
    for (const ClientId::Prefix prefix : kClientIdPrefixes) {
      CHECK(profile.clients.accept(prefix) == (prefix != row.prefix));
    }
    CHECK(profile.clients.names().size() == 4);
  }
}

TEST_CASE("a page's unsigned request: the origin is the client, and the registration must name it") {
  Kinds kinds;
  const auto data = [&](const std::function<void(Registration&)>& change) {
    json::Object parameters = kinds.payload(kinds.world.client_id, change);
    for (const char* absent : {"aud", "iat", "exp", "response_uri", "state", "client_id"}) parameters.erase(absent);
    parameters["response_mode"] = "dc_api.jwt";
    return parameters;
  };
  const auto verify = [&](const json::Object& parameters, std::string_view origin = kPage) {
    return VerifiedRequest::verify_dc_api({std::string(kDcApiUnsigned), parameters, std::string(origin)},
                                          kinds.world.trust(), kTestNow);
  };
  const json::Object good = data([](Registration& r) { r.origins = {"https://shop.example"}; });
  const auto request = verify(good);
  REQUIRE(request.has_value());
  CHECK(request->identified() == Identified::by_address);
  CHECK(request->client_id() == "origin:https://shop.example");
  CHECK(request->audience() == "origin:https://shop.example");
  CHECK(code_of(verify(good, "https://evil.example")) == ErrorCode::oid4vp_registration_invalid);
  CHECK(code_of(verify(data([](Registration&) {}))) == ErrorCode::oid4vp_registration_invalid);
  // What says nothing in an unsigned request is passed over: A.2.
  json::Object more = good;
  more["client_id"] = "x509_hash:somebody";
  more["expected_origins"] = json::Array{"https://evil.example"};
  more["x"] = 1;
  CHECK(verify(more).has_value());
  CHECK(must(verify(more)).client_id() == "origin:https://shop.example");
  json::Object over = good;
  over["dcql_query"].as_object()["credentials"].as_array()[0].as_object()["claims"].as_array().push_back(
      json::Object{{"path", json::Array{"document_number"}}});
  std::optional<Asker> asker;
  CHECK(code_of(VerifiedRequest::verify_dc_api({std::string(kDcApiUnsigned), over, std::string(kPage)},
                                               kinds.world.trust(), kTestNow, &asker)) ==
        ErrorCode::oid4vp_claim_not_registered);
  REQUIRE(asker);
  CHECK(asker->client_id == "origin:https://shop.example");
  CHECK(asker->identified == Identified::by_address);
  CHECK(!asker->certificate);
  RequestProfile profile = encrypted_profile();
  profile.browser.no_signature = Stance::refuse;
  CHECK(code_of(VerifiedRequest::verify_dc_api({std::string(kDcApiUnsigned), good, std::string(kPage)},
                                               kinds.world.trust(profile), kTestNow)) ==
        ErrorCode::oid4vp_invalid_request);
}
