#include "core/oid4vci/issuer_steps.h"

#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

using Headers = std::vector<HttpHeader>;

const std::vector<std::string> kKnown = {"identity", "photo"};
const std::vector<std::string> kAllowed = {"identity"};

CredentialRequestPolicy some_policy() {
  return {.credential_issuer = "https://issuer.example",
          .known_configuration_ids = kKnown,
          .configuration_ids = kAllowed,
          .identifiers = {},
          .batch_size = 2,
          .encryption = {},
          .client = AnonymousClient{},
          .key_attestation = KeyAttestationNotUsed{},
          .now = kNow};
}

}  // namespace

TEST_CASE("the access token comes once, with the DPoP scheme") {
  struct Row {
    const char* why;
    Headers headers;
    const char* want;
  };
  const Row rows[] = {
      {"good", {{"authorization", "DPoP abc-._~+/="}}, "accepted"},
      {"scheme in another case", {{"Authorization", "dpop abc"}}, "accepted"},
      {"none", {{"Accept", "*/*"}}, "oauth_token_missing"},
      {"as Bearer", {{"Authorization", "Bearer abc"}}, "oauth_invalid_token"},
      {"Basic", {{"Authorization", "Basic abc"}}, "oauth_invalid_token"},
      {"empty", {{"Authorization", ""}}, "oauth_invalid_token"},
      {"scheme only", {{"Authorization", "DPoP"}}, "oauth_invalid_token"},
      {"no token", {{"Authorization", "DPoP "}}, "oauth_invalid_token"},
      {"two blanks", {{"Authorization", "DPoP  abc"}}, "oauth_invalid_token"},
      {"comma", {{"Authorization", "DPoP abc, DPoP abc"}}, "oauth_invalid_token"},
      {"high byte", {{"Authorization", "DPoP \xff"}}, "oauth_invalid_token"},
      {"too long", {{"Authorization", "DPoP " + std::string(513, 'a')}}, "oauth_invalid_token"},
      {"twice", {{"Authorization", "DPoP abc"}, {"authorization", "DPoP abc"}}, "oauth_invalid_token"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(read_access_token(row.headers)) == row.want);
  }
  CHECK(read_access_token(rows[0].headers).value() == "abc-._~+/=");
}

TEST_CASE("exactly one DPoP header") {
  SeededRng rng(4);
  const crypto::P256PrivateKey key = key_from(rng);
  constexpr std::string_view kUrl = "https://issuer.example/token";
  const std::string proof = make_dpop_proof({.method = "POST", .url = kUrl}, key, kNow, rng).value();
  const auto verify = [&](const Headers& headers) {
    return verify_dpop_at_token_endpoint(headers, kUrl, DpopNonceNotUsed{}, kNow);
  };
  CHECK(code_of(verify({{"dpop", proof}})) == "accepted");
  CHECK(outcome(verify({})) == "dpop_invalid_proof/missing");
  CHECK(outcome(verify({{"DPoP", proof}, {"dpop", proof}})) == "dpop_invalid_proof/repeated");
  // A proof for the token endpoint is none for a resource, and the other way round.
  const std::string jkt = jose::Jwk(key.public_key()).thumbprint();
  const Headers headers = {{"DPoP", proof}};
  CHECK(code_of(verify_dpop_at_resource(headers, {.method = "POST", .url = kUrl}, "at", jkt, DpopNonceNotUsed{},
                                        kNow)) == "dpop_invalid_proof");
  const std::string bound =
      make_dpop_proof({.method = "POST", .url = kUrl, .access_token = "at"}, key, kNow, rng).value();
  CHECK(code_of(verify_dpop_at_resource(Headers{{"DPoP", bound}}, {.method = "POST", .url = kUrl}, "at", jkt,
                                        DpopNonceNotUsed{}, kNow)) == "accepted");
  CHECK(code_of(verify_dpop_at_resource(Headers{{"DPoP", bound}}, {.method = "GET", .url = kUrl}, "at", jkt,
                                        DpopNonceNotUsed{}, kNow)) == "dpop_invalid_proof");
  CHECK(code_of(verify_dpop_at_resource(Headers{{"DPoP", bound}}, {.method = "POST", .url = kUrl}, "at", "other",
                                        DpopNonceNotUsed{}, kNow)) == "dpop_wrong_key");
  CHECK(code_of(verify_dpop_at_resource(Headers{{"DPoP", bound}}, {.method = "POST", .url = kUrl}, "at", jkt,
                                        DpopNonceRequired{}, kNow)) == "dpop_use_nonce");
}

TEST_CASE("bodies have their media type") {
  const std::string form =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=c";
  CHECK(code_of(read_token_request(Headers{{"content-type", "application/x-www-form-urlencoded; charset=UTF-8"}},
                                   form)) == "accepted");
  CHECK(code_of(read_token_request(Headers{{"Content-Type", "application/json"}}, form)) == "oauth_invalid_request");
  CHECK(code_of(read_token_request(Headers{}, form)) == "oauth_invalid_request");
}

TEST_CASE("who shows a secret in the header Authorization is not taken for one who shows nothing") {
  const Headers good = {{"Content-Type", "application/x-www-form-urlencoded"}};
  const std::string form = "grant_type=refresh_token&refresh_token=r&client_id=w";
  CHECK(code_of(read_token_request(good, form)) == "accepted");
  for (const char* shown : {"Basic dzpz", "Bearer abc", "DPoP abc", ""}) {
    INFO(shown);
    Headers headers = good;
    headers.push_back({"authorization", shown});
    CHECK(code_of(read_token_request(headers, form)) == "oauth_invalid_client");
  }
}

TEST_CASE("a tx_code exactly when one is required") {
  CHECK(check_tx_code_presence(true, "123456").has_value());
  CHECK(check_tx_code_presence(false, std::nullopt).has_value());
  CHECK(code_of(check_tx_code_presence(true, std::nullopt)) == "oauth_invalid_request");
  CHECK(code_of(check_tx_code_presence(false, "123456")) == "oauth_invalid_request");
}

TEST_CASE("a credential request is judged whole") {
  SeededRng rng(5);
  const crypto::P256PrivateKey first = key_from(rng), second = key_from(rng), third = key_from(rng);
  CredentialRequestPolicy policy = some_policy();
  const auto proof = [&](const crypto::P256PrivateKey& key) {
    return make_key_proof({.credential_issuer = "https://issuer.example", .nonce = "n"}, key, kNow).value();
  };
  const auto judge = [&](const CredentialRequest& request) {
    return read_credential_request({json::serialize(request.to_json()), false}, policy);
  };
  const auto good = judge({.name = "identity", .proofs = {proof(first), proof(second)}}).value();
  CHECK(good.configuration_id == "identity");
  CHECK(good.proofs.keys().size() == 2);
  CHECK(good.proofs.nonce() == "n");
  CHECK(code_of(judge({.name = "other", .proofs = {proof(first)}})) == "oid4vci_unknown_credential_configuration");
  CHECK(
      code_of(judge({.naming = CredentialRequest::Naming::identifier, .name = "identity", .proofs = {proof(first)}})) ==
      "oid4vci_unknown_credential_identifier");
  CHECK(code_of(judge({.name = "identity", .proofs = {proof(first), proof(second), proof(third)}})) ==
        "oid4vci_invalid_credential_request");
  CHECK(code_of(judge({.name = "identity", .proofs = {proof(first), proof(first)}})) == "oid4vci_invalid_proof");
  CHECK(code_of(judge({.name = "photo", .proofs = {proof(first)}})) == "oid4vci_credential_request_denied");

  // Where the token response gave out identifiers, they are the only names (section 8.2).
  const std::vector<IdentifiedCredential> identifiers = {{"of-haruka", "photo"}};
  policy.identifiers = identifiers;
  const auto by_identifier =
      judge({.naming = CredentialRequest::Naming::identifier, .name = "of-haruka", .proofs = {proof(first)}});
  CHECK(by_identifier.value().configuration_id == "photo");
  CHECK(code_of(judge({.name = "identity", .proofs = {proof(first)}})) == "oid4vci_invalid_credential_request");
  CHECK(code_of(judge({.naming = CredentialRequest::Naming::identifier, .name = "photo", .proofs = {proof(first)}})) ==
        "oid4vci_unknown_credential_identifier");
}

TEST_CASE(
    "parameters for the answer count in encrypted requests only, and where they are demanded they must be there") {
  SeededRng rng(6);
  const crypto::P256PrivateKey key = key_from(rng);
  jose::Jwk jwk(key.public_key());
  jwk.set_alg("ECDH-ES");
  CredentialRequest request{
      .name = "identity",
      .proofs = {make_key_proof({.credential_issuer = "https://issuer.example", .nonce = "n"}, key, kNow).value()}};
  CredentialRequestPolicy policy = some_policy();
  const auto judge = [&](bool encrypted) {
    return code_of(read_credential_request({json::serialize(request.to_json()), encrypted}, policy));
  };
  const auto judge_deferred = [&](bool encrypted) {
    const DeferredRequest deferred{"t", request.response_encryption};
    return code_of(read_deferred_request({json::serialize(deferred.to_json()), encrypted}, policy.encryption));
  };
  CHECK(judge(false) == "accepted");
  CHECK(judge(true) == "accepted");
  policy.encryption.responses_encrypted = true;
  CHECK(judge(true) == "oid4vci_invalid_encryption_parameters");
  CHECK(judge_deferred(true) == "oid4vci_invalid_encryption_parameters");
  request.response_encryption = AnswerEncryption{jwk, jose::ContentEncryption::a128gcm};
  CHECK(judge(true) == "accepted");
  CHECK(judge_deferred(true) == "accepted");
  policy.encryption.responses_encrypted = false;
  CHECK(judge(false) == "oid4vci_invalid_encryption_parameters");
  CHECK(judge_deferred(false) == "oid4vci_invalid_encryption_parameters");
}

TEST_CASE("answers are never stored") {
  SeededRng rng(8);
  for (const HttpResponse& response :
       {token_response({.access_token = "a",
                        .token_type = "DPoP",
                        .expires_in_seconds = 300,
                        .scope = {},
                        .authorization_details = {}},
                       "n"),
        nonce_response({"c"}, "n"),
        credential_response(CredentialResponse{.credentials = {"x~"}, .notification_id = {}}, {}, rng, "n").value(),
        credential_response(DeferredResponse{"t", 60}, {}, rng, "n").value()}) {
    CHECK(response.status == (response.body.find("transaction_id") == std::string::npos ? 200 : 202));
    CHECK(response.header("Cache-Control").value() == "no-store");
    CHECK(response.header("Pragma").value() == "no-cache");  // RFC 6749, section 5.1
    CHECK(response.header("Content-Type").value() == "application/json");
    CHECK(response.header("DPoP-Nonce").value() == "n");
  }
  CHECK(nonce_response({"c"}).body == R"({"c_nonce":"c"})");
}

// OpenID4VCI 1.0, section 8.3: credentials and transaction_id exclude each other, and each brings its own members.
TEST_CASE("an answer has credentials or a transaction, each with what belongs to it") {
  const auto body = [](const CredentialAnswer& answer) {
    SeededRng rng(8);
    return credential_response(answer, {}, rng, "n").value().body;
  };
  CHECK(body(CredentialResponse{.credentials = {"x~", "y~"}, .notification_id = "told"}) ==
        R"({"credentials":[{"credential":"x~"},{"credential":"y~"}],"notification_id":"told"})");
  CHECK(body(CredentialResponse{.credentials = {"x~"}, .notification_id = {}}) ==
        R"({"credentials":[{"credential":"x~"}]})");
  CHECK(body(DeferredResponse{"later", 60}) == R"({"transaction_id":"later","interval":60})");
}
