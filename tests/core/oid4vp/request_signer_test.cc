#include <doctest/doctest.h>

#include "core/oid4vp/dc_api.h"
#include "tests/core/oid4vp/world.h"

// Requests that the gateway makes under every other name than its certificate's, read by our wallet: OpenID4VP 1.0,
// sections 5.9.2, 5.9.3 and 12; and unsigned in a link.
using namespace mibun;
using namespace mibun::oid4vp;

namespace {

constexpr std::string_view kAddress = "https://gateway.example/oid4vp/response/abc";
constexpr std::string_view kPage = "https://shop.example/return";
constexpr std::string_view kAttested = "verifier_attestation:shop";

struct Asking {
  std::shared_ptr<const crypto::P256PrivateKey> key =
      std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
  World world;
  Transaction transaction{world};

  VerifiedAttestation attestation(const std::function<void(VerifierAttestation&)>& change = {}) const {
    VerifierAttestation content{.issuer = "https://registrar.example",
                                .subject = "shop",
                                .issued_at = kTestNow,
                                .expires_at = kTestNow + seconds(3600),
                                .key = jose::Jwk(key->public_key()),
                                .redirect_uris = {{std::string(kAddress), std::string(kPage)}}};
    if (change) change(content);
    const std::string text = must(sign_verifier_attestation(content, world.registrar.key, world.registrar.chain));
    return must(VerifiedAttestation::verify(text, content.subject, world.registrars, kTestNow));
  }
  KnownVerifier known(const std::optional<std::string>& kid) const {
    jose::Jwk jwk(key->public_key());
    if (kid) jwk.set_kid(*kid);
    return {.client_id = "city-hall",
            .keys = must(jose::JwkSet::parse(json::Object{{"keys", json::Array{jwk.to_json()}}})),
            .response_uris = {std::string(kAddress), std::string(kPage)}};
  }
  VerifiedRegistration registered_as(const std::string& client_id) {
    transaction.registration.client_id = client_id;
    return world.verified(transaction.registration);
  }
  Result<std::string> build(const RequestSigner& signer) {
    return build_request_object(transaction.parameters, registered_as(signer.client_id()), signer);
  }
  Result<RequestLink> build_unsigned() {
    return build_unsigned_request(transaction.parameters,
                                  registered_as(client_id_of_address(transaction.parameters.response_uri)));
  }
};

constexpr auto kFine = ErrorCode::internal_error;  // what code_of says of a value

}  // namespace

TEST_CASE("a request under a registrar's attestation carries it, and a wallet takes it, posted and through a page") {
  Asking w;
  const VerifiedAttestation attestation = w.attestation();
  const RequestSigner signer = must(RequestSigner::make_attested(w.key, attestation));
  CHECK(signer.client_id() == kAttested);
  for (const ResponseMode mode : {ResponseMode::direct_post_jwt, ResponseMode::fragment}) {
    w.transaction.parameters.mode = mode;
    w.transaction.parameters.response_uri = mode == ResponseMode::fragment ? kPage : kAddress;
    const std::string text = must(w.build(signer));
    CHECK(must(jose::Jws::parse(text)).unverified_header().at("jwt") == json::Value(attestation.text()));
    const auto request =
        must(VerifiedRequest::verify(text, {kAttested, {}, w.world.trust(openid4vp_profile())}, kTestNow));
    CHECK(request.identified() == Identified::by_attestation);
    CHECK(request.response_uri() == w.transaction.parameters.response_uri);
  }
  w.transaction.parameters.response_uri = "https://gateway.example/oid4vp/response/abcd";
  CHECK(code_of(w.build(signer)) == ErrorCode::oid4vp_response_uri_not_owned);
  // The registration may name that page's origin: the attestation names addresses, and means these alone.
  w.transaction.registration.origins = {"https://shop.example"};
  w.transaction.parameters.response_uri = "https://shop.example/elsewhere";
  CHECK(code_of(w.build(signer)) == ErrorCode::oid4vp_response_uri_not_owned);
}

TEST_CASE("nobody signs under an attestation of another key, or of one that is silent about addresses") {
  const Asking w;
  const auto other = std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
  CHECK(code_of(RequestSigner::make_attested(other, w.attestation())) == ErrorCode::invalid_argument);
  CHECK(code_of(RequestSigner::make_attested(w.key, w.attestation([](auto& a) { a.redirect_uris.reset(); }))) ==
        ErrorCode::invalid_argument);
  CHECK(code_of(RequestSigner::make_attested(w.key, w.attestation())) == kFine);
}

TEST_CASE("a request without a prefix is taken by a wallet that knows its key, and only to its addresses") {
  Asking w;
  const auto verify = [&](const std::string& text) {
    return VerifiedRequest::verify(text, {"city-hall", {}, w.world.trust()}, kTestNow);
  };
  for (const auto& kid : {std::optional<std::string>("1"), std::optional<std::string>()}) {
    const RequestSigner signer = must(RequestSigner::make_known(w.key, w.known(kid)));
    const std::string text = must(w.build(signer));
    w.world.known = {};
    CHECK(code_of(verify(text)) == ErrorCode::oid4vp_client_id_prefix_not_supported);
    w.world.known = must(KnownVerifiers::parse(json::Array{w.known(kid).to_json()}, "verifiers"));
    CHECK(must(verify(text)).identified() == Identified::by_wallet);
  }
  const RequestSigner signer = must(RequestSigner::make_known(w.key, w.known("1")));
  w.transaction.parameters.response_uri += "d";
  CHECK(code_of(w.build(signer)) == ErrorCode::oid4vp_response_uri_not_owned);
  const auto other = std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
  CHECK(code_of(RequestSigner::make_known(other, w.known("1"))) == ErrorCode::invalid_argument);
}

TEST_CASE("an unsigned request lies in its link: the client is where the answer goes, and a wallet reads it back") {
  Asking w;
  for (const ResponseMode mode : {ResponseMode::direct_post_jwt, ResponseMode::direct_post, ResponseMode::fragment}) {
    w.transaction.parameters.mode = mode;
    const std::string text = must(w.build_unsigned()).to_string();
    const RequestLink link = must(RequestLink::parse(text));
    CHECK(link.client_id == "redirect_uri:" + w.transaction.parameters.response_uri);
    REQUIRE(link.parameters.has_value());
    for (const char* member : {"aud", "iat", "exp", "wallet_nonce"}) CHECK(!link.parameters->contains(member));
    const auto request =
        must(VerifiedRequest::verify_unsigned(*link.parameters, text, w.world.trust(openid4vp_profile()), kTestNow));
    CHECK(request.identified() == Identified::by_address);
    CHECK(request.response_uri() == w.transaction.parameters.response_uri);
    CHECK(request.nonce() == w.transaction.parameters.nonce);
    CHECK(request.response_key().has_value() == is_encrypted(mode));
  }
}

TEST_CASE("what an unsigned request cannot be made of is refused") {
  struct Row {
    std::string_view why;
    std::function<void(Transaction&)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const Row rows[] = {
      {"as it should be", [](Transaction&) {}, kFine},
      {"wallet_nonce", [](Transaction& t) { t.parameters.wallet_nonce = "abc"; }, bad},
      {"pairing", [](Transaction& t) { t.parameters.pairing = PairingDemand{"https://shop.example"}; }, bad},
      {"state", [](Transaction& t) { t.parameters.state = "a b"; }, bad},
      {"nonce", [](Transaction& t) { t.parameters.nonce = "short"; }, bad},
      {"the browser's mode", [](Transaction& t) { t.parameters.mode = ResponseMode::dc_api_jwt; }, bad},
      {"over before it began", [](Transaction& t) { t.parameters.expires_at = t.parameters.issued_at; }, bad},
      {"in the clear", [](Transaction& t) { t.parameters.response_uri = "http://gateway.example/x"; },
       ErrorCode::url_not_https},
      {"over-asking", [](Transaction& t) { t.registration.credentials[0].claims.resize(1, path_of(R"(["x"])")); },
       ErrorCode::oid4vp_claim_not_registered},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Asking w;
    row.change(w.transaction);
    CHECK(code_of(w.build_unsigned()) == row.want);
  }
  // Of another client, whose registration does not name the origin either.
  Asking w;
  const auto of = [&](std::vector<std::string> origins) {
    w.transaction.registration.origins = std::move(origins);
    return code_of(
        build_unsigned_request(w.transaction.parameters, w.registered_as("redirect_uri:https://x.example/")));
  };
  CHECK(of({}) == ErrorCode::oid4vp_registration_invalid);
  CHECK(of({"https://shop.example"}) == ErrorCode::oid4vp_registration_invalid);
  CHECK(of({"https://gateway.example"}) == kFine);
  w.transaction.parameters.response_uri += "?" + std::string(500, 'a');  // longer than a client id may be
  CHECK(of({"https://gateway.example"}) == ErrorCode::oid4vp_client_id_prefix_not_supported);
}
