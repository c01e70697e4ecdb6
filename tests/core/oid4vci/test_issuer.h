#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/codecs/http_message.h"
#include "core/oid4vci/issuer_steps.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/offer.h"
#include "tests/core/oid4vci/support.h"

namespace mibun::oid4vci {

// An issuer in memory: the pure steps with maps for storage. What a server does in a transaction happens here in one
// call.
class TestIssuer {
 public:
  TestIssuer(Rng& rng, const Clock& clock);

  CredentialOffer make_offer(const std::optional<std::string>& tx_code);
  HttpResponse handle(const HttpRequest& request);

  IssuerMetadata metadata;
  AuthorizationServerMetadata server;
  bool dpop_nonces = false;  // demand one everywhere
  bool shuffle_credentials = false;
  int issued = 0;
  std::vector<std::string> paths;  // asked for, in order

 private:
  struct Code {
    std::optional<std::string> tx_code;
    int tries_left = 5;
  };
  struct Token {
    std::string jkt;
    Instant expires;
  };
  Result<HttpResponse> token(const HttpRequest& request);
  Result<HttpResponse> credential(const HttpRequest& request);
  Status use_dpop(const VerifiedDpop& proof);
  std::variant<DpopNonceNotUsed, DpopNonceRequired> nonce_policy() const;
  std::string text(std::size_t bytes);

  Rng& rng_;
  const Clock& clock_;
  crypto::P256PrivateKey key_;
  std::string dpop_nonce_;
  std::map<std::string, Code> codes_;
  std::map<std::string, Token> tokens_;
  std::map<std::string, Instant> nonces_;
  std::set<std::string> used_jtis_;
};

}  // namespace mibun::oid4vci
