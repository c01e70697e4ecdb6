#include "core/codecs/base64url.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/issuer.h"
#include "core/oid4vci/credential.h"
#include "core/oid4vci/issued_key.h"
#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

TEST_CASE("an answer is credentials with 200 or a transaction with 202, never both, never the other way") {
  struct Row {
    const char* why;
    int status;
    const char* body;
    const char* want;
  };
  static constexpr Row rows[] = {
      {"credentials", 200, R"({"credentials":[{"credential":"x"}],"notification_id":"n"})", "accepted"},
      {"a transaction", 202, R"({"transaction_id":"t","interval":86400})", "accepted"},
      {"an unknown member", 202, R"({"transaction_id":"t","interval":1,"x":1})", "accepted"},
      {"credentials with 202", 202, R"({"credentials":[{"credential":"x"}]})", "oid4vci_response_malformed"},
      {"a transaction with 200", 200, R"({"transaction_id":"t","interval":5})", "oid4vci_response_malformed"},
      {"both with 200", 200, R"({"credentials":[{"credential":"x"}],"transaction_id":"t","interval":5})",
       "oid4vci_response_malformed"},
      {"both with 202", 202, R"({"credentials":[{"credential":"x"}],"transaction_id":"t","interval":5})",
       "oid4vci_response_malformed"},
      {"no interval", 202, R"({"transaction_id":"t"})", "oid4vci_response_malformed"},
      {"an interval of nothing", 202, R"({"transaction_id":"t","interval":0})", "oid4vci_response_malformed"},
      {"a negative interval", 202, R"({"transaction_id":"t","interval":-5})", "oid4vci_response_malformed"},
      {"an interval of centuries", 202, R"({"transaction_id":"t","interval":99999999999})",
       "oid4vci_response_malformed"},
      {"an interval in words", 202, R"({"transaction_id":"t","interval":"5"})", "oid4vci_response_malformed"},
      {"an empty id", 202, R"({"transaction_id":"","interval":5})", "oid4vci_response_malformed"},
      {"another status", 201, R"({"credentials":[{"credential":"x"}]})", "oid4vci_response_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(parse_credential_answer(row.status, row.body)) == row.want);
  }
}

TEST_CASE("deferred requests name a transaction") {
  CHECK(DeferredRequest::parse(R"({"transaction_id":"t","x":1})").value().transaction_id == "t");
  constexpr const char* kBad = "oid4vci_invalid_credential_request";
  for (const char* body : {"", "[]", "{}", R"({"transaction_id":7})", R"({"transaction_id":""})",
                           R"({"transaction_id":"t","transaction_id":"t"})", R"({"transaction_id":null})"}) {
    INFO(body);
    CHECK(code_of(DeferredRequest::parse(body)) == kBad);
  }
  CHECK(code_of(DeferredRequest::parse(R"({"transaction_id":")" + std::string(513, 'a') + "\"}")) == kBad);
  CHECK(code_of(DeferredRequest::parse(R"({"transaction_id":"t","credential_response_encryption":{}})")) ==
        "oid4vci_invalid_encryption_parameters");
  CHECK(code_of(DeferredRequest::parse(R"({"transaction_id":"t","credential_response_encryption":7})")) ==
        "oid4vci_invalid_encryption_parameters");
}

TEST_CASE("notifications: three events, and a description in the characters allowed") {
  for (const char* event : {"credential_accepted", "credential_failure", "credential_deleted"}) {
    const std::string body = R"({"notification_id":"n","event":")" + std::string(event) + "\"}";
    CHECK(to_string(NotificationRequest::parse(body).value().event) == event);
  }
  struct Row {
    const char* why;
    const char* members;
    const char* want = "oid4vci_invalid_notification_request";
  };
  static constexpr Row rows[] = {
      {"good", R"("notification_id":"n","event":"credential_failure","event_description":"No room [left].")",
       "accepted"},
      {"an unknown member", R"("notification_id":"n","event":"credential_failure","x":{})", "accepted"},
      {"no id", R"("event":"credential_failure")"},
      {"an empty id", R"("notification_id":"","event":"credential_failure")"},
      {"no event", R"("notification_id":"n")"},
      {"another case", R"("notification_id":"n","event":"Credential_failure")"},
      {"an unknown event", R"("notification_id":"n","event":"credential_lost")"},
      {"a repeated member", R"("notification_id":"n","notification_id":"n","event":"credential_failure")"},
      {"a quotation mark", R"("notification_id":"n","event":"credential_failure","event_description":"\"")"},
      {"a backslash", R"("notification_id":"n","event":"credential_failure","event_description":"\\")"},
      {"a line break", R"("notification_id":"n","event":"credential_failure","event_description":"a\nb")"},
      {"beyond ASCII", R"("notification_id":"n","event":"credential_failure","event_description":"\u00e9")"},
      {"a number", R"("notification_id":"n","event":"credential_failure","event_description":7)"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(NotificationRequest::parse("{" + std::string(row.members) + "}")) == row.want);
  }
}

TEST_CASE("copies of an mdoc find their key in the MSO") {
  SeededRng rng(9);
  const auto issuer = key_from(rng), first = key_from(rng), second = key_from(rng), foreign = key_from(rng);
  const auto copy_for = [&](const crypto::P256PrivateKey& key) {
    const mdoc::IssueRequest request{
        .doc_type = "example",
        .name_spaces = {{"example", {{"a", mdoc::value::text("b")}}}},
        .device_key = crypto::PublicKey(key.public_key()),
        .signed_at = kNow,
        .valid_from = kNow,
        .valid_until = kNow + std::chrono::hours(24),
        .expected_update = {},
        .status = {},
        .key_authorizations = {},
    };
    const std::vector<Bytes> chain{to_bytes("certificate")};
    return base64url::encode(mdoc::issue(request, issuer, chain, rng).value());
  };
  const std::vector<HolderKey> keys{{"k1", &first}, {"k2", &second}};
  const auto match = [&](std::vector<std::string> copies) {
    return match_copies(CredentialFormat::mso_mdoc, std::move(copies), keys);
  };
  const auto found = match({copy_for(second), copy_for(first)}).value();
  CHECK(found[0].key_id == "k2");
  CHECK(found[1].key_id == "k1");
  constexpr const char* kBad = "oid4vci_response_malformed";
  CHECK(code_of(match({copy_for(foreign)})) == kBad);
  CHECK(code_of(match({copy_for(first), copy_for(first)})) == kBad);
  CHECK(code_of(match({"x"})) == kBad);
  CHECK(code_of(match({copy_for(first) + "="})) == kBad);
  CHECK(code_of(match_copies(CredentialFormat::sd_jwt_vc, {copy_for(first)}, keys)) == kBad);
}
