#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/codecs/http_message.h"
#include "core/oid4vci/authorization_request.h"
#include "core/oid4vci/issuer_steps.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/offer.h"
#include "core/oid4vci/server_metadata.h"
#include "tests/core/oid4vci/support.h"

namespace mibun::oid4vci {

// An issuer in memory: the pure steps with maps for storage. What a server does in a transaction happens here in one
// call.
class TestIssuer {
 public:
  TestIssuer(Rng& rng, const Clock& clock);

  CredentialOffer make_offer(const std::optional<std::string>& tx_code);
  HttpResponse handle(const HttpRequest& request);
  void offer_encryption(bool required);
  // What a browser with a person who agrees would do: the redirect. Empty when the server shows an error page.
  std::string visit(const std::string& authorization_url);

  IssuerMetadata metadata;
  AuthorizationServerMetadata server;
  bool dpop_nonces = false;  // demand one everywhere
  bool shuffle_credentials = false;
  const crypto::TrustAnchors* key_attesters = nullptr;    // set: as the metadata demand, and by one of these
  std::vector<CredentialRequest::ProofType> proof_types;  // that came, in order
  bool defer = false;                                     // answer with a transaction
  bool last_encrypted = false;                            // the last credential request was
  std::optional<std::string> notification_id;
  std::vector<NotificationEvent> notified;
  crypto::P256PrivateKey encryption_key;
  int issued = 0;
  bool refreshable = false;                    // gives refresh tokens
  std::vector<std::string> paths;              // asked for, in order
  std::vector<AuthorizationRequest> requests;  // pushed, in order

 private:
  Result<HttpResponse> push(const HttpRequest& request);
  Result<TokenResponse> redeem(const AuthorizationCodeRequest& request, const VerifiedDpop& proof);
  Result<TokenResponse> refresh(const RefreshTokenRequest& request, const VerifiedDpop& proof);
  Result<TokenResponse> redeem(const PreAuthorizedCodeRequest& request, const VerifiedDpop& proof);
  TokenResponse token_for(const VerifiedDpop& proof, const std::optional<std::string>& client_id);
  struct Code {
    std::optional<std::string> tx_code;
    int tries_left = 5;
  };
  struct Token {
    std::string jkt;
    Instant expires;
    std::optional<std::string> client_id = {};
    std::vector<AuthorizationDetail> details = {};
    bool spent = false;  // it gave its cards
  };
  Result<HttpResponse> token(const HttpRequest& request);
  Result<HttpResponse> credential(const HttpRequest& request);
  Result<HttpResponse> notification(const HttpRequest& request);
  Result<Token*> find_token(const HttpRequest& request);
  Status use_dpop(const VerifiedDpop& proof);
  std::variant<DpopNonceNotUsed, DpopNonceRequired> nonce_policy() const;
  std::string text(std::size_t bytes);

  Rng& rng_;
  const Clock& clock_;
  crypto::P256PrivateKey key_;
  std::string dpop_nonce_;
  std::map<std::string, Code> codes_;
  std::map<std::string, AuthorizationRequest> pushed_, authorized_;  // by request_uri, by code
  std::map<std::string, std::string> refresh_tokens_;                // the key each is bound to
  std::map<std::string, Token> tokens_;
  std::map<std::string, Instant> nonces_;
  std::set<std::string> used_jtis_;
};

}  // namespace mibun::oid4vci
