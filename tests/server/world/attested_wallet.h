#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/server/world/code_flow.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {

// A wallet instance that its provider vouches for, as our wallet would come to the authorization server.
struct AttestedWallet {
  std::shared_ptr<crypto::P256PrivateKey> key;
  std::string attestation;
};

std::string possession_of(TestWorld& w, const crypto::P256Signer& key, const std::string& account);
TestRequest attestation_request(TestWorld& w, Device& device, const json::Object& body);
TestRequest key_attestation_request(TestWorld& w, Device& device, const std::string& nonce,
                                    const std::vector<std::string>& possessions);
// By our own provider, with a new key, for kAttestedClient.
AttestedWallet attested_wallet(TestWorld& w, Device& device);
// What the challenge endpoint gives out now.
std::string attestation_challenge(TestWorld& w);
JwtParts pop_of(TestWorld& w, const std::string& client_id, const std::string& challenge);
// The request with both headers; a fresh proof of possession unless one is given.
TestRequest show(TestWorld& w, TestRequest request, const AttestedWallet& wallet);
TestRequest show(TestRequest request, const std::string& attestation, const std::string& pop);

// kAttestedClient in the authorization code flow; the attestation is added by show().
struct AttestedFlow : CodeFlow {
  using CodeFlow::CodeFlow;
  FormParameters as_attested(FormParameters fields) const;
  TestRequest par() const;
  std::string code_by(const AttestedWallet& wallet) const;  // `holder` agrees
  TestRequest redemption(const std::string& code) const { return token_request(as_attested(code_fields(code))); }
  TestRequest renewal(const std::string& refresh_token) const {
    return token_request(as_attested(refresh_fields(refresh_token)));
  }
};

}  // namespace mibun::server
