#include "core/webauthn/responses.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/webauthn/options.h"
#include "tests/support/webauthn.h"

using namespace mibun;
using namespace mibun::webauthn;
using namespace webauthn_test;

namespace {

json::Object object_of(std::string_view text) {
  return must(json::parse_object(text));
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string kAssertion =
    R"({"id":"YWE","rawId":"YWE","type":"public-key","authenticatorAttachment":"platform","clientExtensionResults":{},)"
    R"("response":{"clientDataJSON":"YQ","authenticatorData":"Yg","signature":"Yw","userHandle":"ZA"}})";
const std::string kRegistration =
    R"({"id":"YWE","rawId":"YWE","type":"public-key","clientExtensionResults":{"prf":{"enabled":true}},)"
    R"("response":{"clientDataJSON":"YQ","attestationObject":"Yg","transports":["internal","hybrid"]}})";

}  // namespace

TEST_CASE("a registration survives its JSON form") {
  const RegistrationResponse before = recorded_registration("registration_packed");
  const auto object = before.to_json();
  REQUIRE(object.has_value());
  const json::Object& response = object->at("response").as_object();
  const RecordedMessage chromium = recorded("registration_packed");
  CHECK(text_of(*object, "id") == chromium.text("id"));
  CHECK(text_of(*object, "rawId") == chromium.text("id"));
  CHECK(text_of(response, "authenticatorData") == chromium.text("authenticatorData"));
  CHECK(text_of(response, "publicKey") == chromium.text("publicKeySpki"));
  CHECK(response.at("publicKeyAlgorithm").as_int64() == -7);
  const auto after = RegistrationResponse::parse(json::serialize(*object));
  REQUIRE(after.has_value());
  CHECK(after->id == before.id);
  CHECK(after->client_data_json == before.client_data_json);
  CHECK(after->attestation_object == before.attestation_object);
  CHECK(after->transports == std::vector<std::string>{"internal"});
  const RegistrationResponse broken{before.id, before.client_data_json, to_bytes("x"), {}};
  CHECK(!broken.to_json().has_value());
}

TEST_CASE("an assertion survives its JSON form, with and without a user handle") {
  AuthenticationResponse before = recorded_assertion("assertion_packed");
  for (int round = 0; round < 2; ++round) {
    const auto after = AuthenticationResponse::parse(json::serialize(before.to_json()));
    REQUIRE(after.has_value());
    CHECK(after->id == before.id);
    CHECK(after->client_data_json == before.client_data_json);
    CHECK(after->authenticator_data == before.authenticator_data);
    CHECK(after->signature == before.signature);
    CHECK(after->user_handle == before.user_handle);
    before.user_handle.reset();
  }
}

TEST_CASE("responses of another form are refused") {
  CHECK(AuthenticationResponse::parse(kAssertion).has_value());
  CHECK(AuthenticationResponse::parse(with(kAssertion, R"("userHandle":"ZA")", R"("userHandle":null)")).has_value());
  CHECK(RegistrationResponse::parse(kRegistration).has_value());
  CHECK(RegistrationResponse::parse(with(kRegistration, R"(,"transports":["internal","hybrid"])", "")).has_value());

  const std::string long_id = "\"id\":\"" + std::string(1368, 'A') + "\",\"rawId\":\"" + std::string(1368, 'A') + "\"";
  const std::string ids = R"("id":"YWE","rawId":"YWE")";
  struct Row {
    std::string_view from;
    std::string to;
  };
  const std::vector<Row> both = {
      {ids, R"("id":"YWE","rawId":"YWI")"},
      {ids, R"("id":"YWE")"},
      {ids, R"("rawId":"YWE")"},
      {ids, R"("id":"","rawId":"")"},
      {ids, R"("id":"YWE=","rawId":"YWE=")"},
      {ids, R"("id":1,"rawId":1)"},
      {ids, long_id},
      {R"("public-key")", R"("public_key")"},
      {R"("type":"public-key",)", ""},
      {R"("response")", R"("answer")"},
      {R"("clientDataJSON":"YQ")", R"("clientDataJSON":"")"},
      {R"("clientDataJSON":"YQ")", R"("clientDataJSON":"YR")"},
      {R"("clientDataJSON":"YQ")", R"("clientDataJSON":"YQ","clientDataJSON":"YQ")"},
      {R"("clientDataJSON":"YQ",)", ""},
      {R"("clientDataJSON":"YQ")", "\"clientDataJSON\":\"" + std::string(11'000, 'A') + "\""},
  };
  const auto refused = [](const auto& parsed) {
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::webauthn_malformed);
  };
  for (const Row& row : both) {
    INFO(row.from);
    INFO(row.to.substr(0, 60));
    refused(AuthenticationResponse::parse(with(kAssertion, row.from, row.to)));
    refused(RegistrationResponse::parse(with(kRegistration, row.from, row.to)));
  }
  const std::string handle = R"("userHandle":")" + std::string(88, 'A') + "\"";  // 66 bytes
  refused(AuthenticationResponse::parse(with(kAssertion, R"("userHandle":"ZA")", handle)));
  refused(AuthenticationResponse::parse(with(kAssertion, R"("userHandle":"ZA")", R"("userHandle":5)")));
  refused(AuthenticationResponse::parse(with(kAssertion, R"("signature":"Yw",)", "")));
  refused(AuthenticationResponse::parse(with(kAssertion, R"("authenticatorData":"Yg",)", "")));
  refused(RegistrationResponse::parse(with(kRegistration, R"("attestationObject":"Yg",)", "")));
  refused(RegistrationResponse::parse(with(kRegistration, R"(["internal","hybrid"])", R"(["internal",7])")));
  refused(RegistrationResponse::parse(with(kRegistration, R"(["internal","hybrid"])", R"("internal")")));
  std::string many = R"(["usb")";
  for (int i = 0; i < 16; ++i) many += R"(,"usb")";
  refused(RegistrationResponse::parse(with(kRegistration, R"(["internal","hybrid"])", many + "]")));
  refused(RegistrationResponse::parse(with(kRegistration, "hybrid", std::string(33, 'h'))));
  refused(RegistrationResponse::parse("[]"));
  refused(RegistrationResponse::parse(kRegistration + "x"));
  refused(RegistrationResponse::parse(kAssertion));
}

TEST_CASE("creation options are written as the specification names them and read back") {
  const CreationOptions before{
      to_bytes("0123456789abcdef"),     "id.example", "mibun", to_bytes("user-1"), "account", "account",
      std::chrono::milliseconds(90'000)};
  CHECK(json::serialize(before.to_json()) ==
        R"({"challenge":"MDEyMzQ1Njc4OWFiY2RlZg","rp":{"id":"id.example","name":"mibun"},)"
        R"("user":{"id":"dXNlci0x","name":"account","displayName":"account"},)"
        R"("pubKeyCredParams":[{"type":"public-key","alg":-7}],"timeout":90000,"attestation":"none",)"
        R"("authenticatorSelection":{"residentKey":"required","userVerification":"required"}})");
  const auto after = CreationOptions::parse(before.to_json());
  REQUIRE(after.has_value());
  CHECK(after->to_json() == before.to_json());
}

TEST_CASE("creation options that would weaken the credential are refused") {
  const std::string good = json::serialize(
      CreationOptions{to_bytes("0123456789abcdef"), "id.example", "mibun", to_bytes("user-1"), "a", "b"}.to_json());
  struct Row {
    std::string_view from, to;
    ErrorCode want = ErrorCode::webauthn_malformed;
  };
  using enum ErrorCode;
  static constexpr Row rows[] = {
      {R"("userVerification":"required")", R"("userVerification":"preferred")", webauthn_user_not_verified},
      {R"(,"userVerification":"required")", "", webauthn_user_not_verified},
      {R"("alg":-7)", R"("alg":-257)", webauthn_algorithm_not_allowed},
      {R"([{"type":"public-key","alg":-7}])", "[]", webauthn_algorithm_not_allowed},
      {R"([{"type":"public-key","alg":-7}])", "[-7]"},
      {R"("alg":-7)", R"("alg":"ES256")"},
      {"MDEyMzQ1Njc4OWFiY2RlZg", "MDEyMzQ1Njc4OWFiY2Rl"},
      {"MDEyMzQ1Njc4OWFiY2RlZg", "MDEyMzQ1Njc4OWFiY2RlZg=="},
      {R"("id":"id.example",)", ""},
      {R"("id":"dXNlci0x")", R"("id":"")"},
      {R"("displayName":"b")", R"("displayName":null)"},
      {R"("timeout":60000)", R"("timeout":-1)"},
      {R"("timeout":60000)", R"("timeout":"60000")"},
      {R"("authenticatorSelection")", R"("selection")"},
  };
  for (const Row& row : rows) {
    INFO(row.to);
    const auto options = CreationOptions::parse(object_of(with(good, row.from, row.to)));
    REQUIRE(!options.has_value());
    CHECK(options.error().code == row.want);
  }
  CHECK(CreationOptions::parse(object_of(with(good, "{", R"({"hints":["client-device"],)"))).has_value());
}

TEST_CASE("request options are written, read back and refused without user verification") {
  const RequestOptions before{to_bytes("0123456789abcdef"), "id.example", {to_bytes("a"), to_bytes("b")}};
  const std::string text = json::serialize(before.to_json());
  CHECK(text == R"({"challenge":"MDEyMzQ1Njc4OWFiY2RlZg","timeout":60000,"rpId":"id.example","allowCredentials":)"
                R"([{"type":"public-key","id":"YQ"},{"type":"public-key","id":"Yg"}],"userVerification":"required"})");
  const auto after = RequestOptions::parse(object_of(text));
  REQUIRE(after.has_value());
  CHECK(after->allowed_credentials == before.allowed_credentials);
  CHECK(after->rp_id == "id.example");
  const auto weak = RequestOptions::parse(object_of(with(text, R"("userVerification":"required")", R"("x":1)")));
  REQUIRE(!weak.has_value());
  CHECK(weak.error().code == ErrorCode::webauthn_user_not_verified);
  const auto bad_id = RequestOptions::parse(object_of(with(text, R"("id":"Yg")", R"("id":"Y")")));
  REQUIRE(!bad_id.has_value());
  CHECK(bad_id.error().code == ErrorCode::webauthn_malformed);
}
