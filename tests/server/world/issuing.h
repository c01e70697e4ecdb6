#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/jose/jwe.h"
#include "tests/server/world/test_world.h"

// Credential requests of a wallet that we did not write.
namespace mibun::server {

struct AskedCards {
  json::Object body;
  std::vector<std::shared_ptr<crypto::P256PrivateKey>> keys;
  TestRequest request(const TestWorld& w, const BoundToken& token) const;
};
AskedCards ask_for_cards(const TestWorld& w, std::string_view configuration, std::size_t copies);

// The key that answers are encrypted to, and what a request says of it ("kid":"answer").
const crypto::P256PrivateKey& answer_key();
json::Object answer_key_json();

struct EncryptedAsk {
  std::string body;  // a JWE
  TestRequest request(const TestWorld& w, const BoundToken& token, std::string_view target) const;
};
// `message` with `answer_jwk` in its credential_response_encryption, to the key of the metadata.
EncryptedAsk encrypt_request(const TestWorld& w, json::Object message, jose::ContentEncryption enc,
                             const std::optional<json::Object>& answer_jwk);

TestRequest deferred_request(const TestWorld& w, const BoundToken& token, const std::string& transaction_id);

// Two reviewers approve, or one rejects.
void decide(const TestWorld& w, const std::string& case_id, bool approve);

}  // namespace mibun::server
