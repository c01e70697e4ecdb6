#include "core/oid4vci/credential.h"

#include "tests/core/oid4vci/support.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::oid4vci;

TEST_CASE("credential requests survive being written and read") {
  const CredentialRequest request{.name = "identity", .proofs = {"a.b.c", "d.e.f"}};
  const std::string text = json::serialize(request.to_json());
  CHECK(text == R"({"credential_configuration_id":"identity","proofs":{"jwt":["a.b.c","d.e.f"]}})");
  const auto again = CredentialRequest::parse(text, 2).value();
  CHECK(again.name == "identity");
  CHECK(again.naming == CredentialRequest::Naming::configuration_id);
  CHECK(again.proofs == request.proofs);
  const auto one =
      CredentialRequest{.naming = CredentialRequest::Naming::identifier, .name = "id-1", .proofs = {"a.b.c"}};
  const auto identifier = CredentialRequest::parse(json::serialize(one.to_json()), 1).value();
  CHECK(identifier.naming == CredentialRequest::Naming::identifier);
  CHECK(identifier.name == "id-1");
  CHECK(identifier.proofs.size() == 1);
}

TEST_CASE("credential requests that are wrong have their code") {
  struct Row {
    const char* why;
    std::string body;
    const char* want;
  };
  static constexpr const char* kInvalid = "oid4vci_invalid_credential_request";
  const std::string id = R"("credential_configuration_id":"identity")", proofs = R"("proofs":{"jwt":["a"]})";
  const Row rows[] = {
      {"good", "{" + id + "," + proofs + "}", "accepted"},
      {"as many proofs as allowed", "{" + id + R"(,"proofs":{"jwt":["a","b","c"]}})", "accepted"},
      {"unknown member", "{" + id + "," + proofs + R"(,"x":1})", "accepted"},
      {"the old example of the specification", read_vector("openid4vci-1.0/credential_request_iso_mdl.json"), kInvalid},
      {"nothing", "", kInvalid},
      {"an array", "[]", kInvalid},
      {"form", "credential_configuration_id=identity", kInvalid},
      {"no name", "{" + proofs + "}", kInvalid},
      {"both names", "{" + id + R"(,"credential_identifier":"i",)" + proofs + "}", kInvalid},
      {"name twice", "{" + id + "," + id + "," + proofs + "}", kInvalid},
      {"name a number", R"({"credential_configuration_id":1,)" + proofs + "}", kInvalid},
      {"name null", R"({"credential_configuration_id":null,)" + proofs + "}", kInvalid},
      {"empty name", R"({"credential_configuration_id":"",)" + proofs + "}", kInvalid},
      {"name too long", R"({"credential_configuration_id":")" + std::string(513, 'a') + "\"," + proofs + "}", kInvalid},
      {"no proofs", "{" + id + "}", "oid4vci_invalid_proof"},
      {"proofs an array", "{" + id + R"(,"proofs":["a"]})", kInvalid},
      {"proofs null", "{" + id + R"(,"proofs":null})", kInvalid},
      {"proofs empty", "{" + id + R"(,"proofs":{}})", kInvalid},
      {"two proof types", "{" + id + R"(,"proofs":{"jwt":["a"],"attestation":["b"]}})", kInvalid},
      {"another proof type", "{" + id + R"(,"proofs":{"di_vp":["b"]}})", "oid4vci_invalid_proof"},
      {"an attestation", "{" + id + R"(,"proofs":{"attestation":["b"]}})", "accepted"},
      {"two attestations", "{" + id + R"(,"proofs":{"attestation":["b","c"]}})", kInvalid},
      {"attestation empty", "{" + id + R"(,"proofs":{"attestation":[]}})", kInvalid},
      {"jwt a string", "{" + id + R"(,"proofs":{"jwt":"a"}})", kInvalid},
      {"jwt empty", "{" + id + R"(,"proofs":{"jwt":[]}})", kInvalid},
      {"jwt of numbers", "{" + id + R"(,"proofs":{"jwt":[1]}})", kInvalid},
      {"one proof too many", "{" + id + R"(,"proofs":{"jwt":["a","b","c","d"]}})", kInvalid},
      {"proof of a draft", "{" + id + R"(,"proof":{"proof_type":"jwt","jwt":"a"}})", kInvalid},
      {"proof beside proofs", "{" + id + "," + proofs + R"(,"proof":{}})", kInvalid},
      {"format of a draft", "{" + id + "," + proofs + R"(,"format":"dc+sd-jwt"})", kInvalid},
      {"vct of a draft", "{" + id + "," + proofs + R"(,"vct":"x"})", kInvalid},
      {"batch of a draft", R"({"credential_requests":[]})", kInvalid},
      {"encryption", "{" + id + "," + proofs + R"(,"credential_response_encryption":{}})",
       "oid4vci_invalid_encryption_parameters"},
      {"too deep", "{" + id + "," + proofs + R"(,"x":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]})", kInvalid},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(CredentialRequest::parse(row.body, 3)) == row.want);
  }
}

TEST_CASE("credential and nonce responses survive, malformed ones are refused") {
  const CredentialResponse response{.credentials = {"x~", "y~"}, .notification_id = "n"};
  const std::string text = json::serialize(response.to_json());
  CHECK(text == R"({"credentials":[{"credential":"x~"},{"credential":"y~"}],"notification_id":"n"})");
  const auto again = CredentialResponse::parse(text).value();
  CHECK(again.credentials == response.credentials);
  CHECK(again.notification_id == "n");
  for (const char* bad :
       {"", "[]", "{}", R"({"credentials":[]})", R"({"credentials":{}})", R"({"credentials":["x"]})",
        R"({"credentials":[{}]})", R"({"credentials":[{"credential":1}]})", R"({"credentials":[{"credential":""}]})",
        R"({"credential":"x"})", R"({"transaction_id":"t","interval":5})",
        R"({"credentials":[{"credential":"x"}],"transaction_id":"t"})",
        R"({"credentials":[{"credential":"x"}],"notification_id":1})",
        R"({"credentials":[{"credential":"x"}],"notification_id":""})"}) {
    INFO(bad);
    CHECK(code_of(CredentialResponse::parse(bad)) == "oid4vci_response_malformed");
  }
  CHECK(NonceResponse::parse(json::serialize(NonceResponse{"n-1"}.to_json())).value().c_nonce == "n-1");
  for (const char* bad : {"", "{}", R"({"c_nonce":1})", R"({"c_nonce":""})", R"({"nonce":"n"})"}) {
    CHECK(code_of(NonceResponse::parse(bad)) == "oid4vci_response_malformed");
  }
}
