#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/http_message.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/oid4vci/authorization_request.h"
#include "core/oid4vci/credential.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/offer.h"
#include "core/oid4vci/server_metadata.h"
#include "core/oid4vci/token.h"
#include "core/oid4vci/wallet_encryption.h"

namespace mibun::oid4vci {

// A key for one copy of a card. The signer lives as long as the maker.
struct HolderKey {
  std::string id;
  const crypto::P256Signer* signer;
};

class HolderKeyMaker {
 public:
  virtual ~HolderKeyMaker() = default;
  virtual Result<HolderKey> make_key() = 0;
};

// How an issuance begins, and by which grant.
struct GrantOfMetadata {};  // the first server of the issuer that lets holders sign in
struct RefreshGrant {       // without asking anybody; with the DPoP key that the token is bound to
  std::string refresh_token;
};
struct HeldToken {  // an access token that may still be good, with its DPoP key
  std::string access_token;
};

// What the issuer is asked for once there is an access token.
struct NewCopies {};
struct DeferredCopies {  // that an exchange before this one ended with (Pending)
  std::string transaction_id;
  std::vector<HolderKey> keys;  // that were proven then
};
struct Notice {  // what became of copies that were received before
  std::string notification_id;
  NotificationEvent event = NotificationEvent::credential_deleted;
};

struct IssuanceStart {
  std::string credential_issuer;
  std::vector<std::string> configuration_ids;       // empty: all that the issuer has
  std::optional<std::string> authorization_server;  // one that the issuer's metadata must list
  std::variant<PreAuthorizedGrant, CodeGrant, GrantOfMetadata, RefreshGrant, HeldToken> grant;
  std::variant<NewCopies, DeferredCopies, Notice> errand = {};

  // An offer that leaves a choice is taken the way that needs no sign-in.
  static IssuanceStart from(CredentialOffer offer);
};

// Who the wallet is to authorization servers.
struct FlowClient {
  std::string client_id, redirect_uri;
  // Of this wallet instance, for servers that want it attested (attest_jwt_client_auth); null: it cannot be.
  const crypto::P256Signer* instance_key = nullptr;
};

// What the flow asks of its caller.
struct SendRequest {
  HttpRequest request;  // to be sent over TLS, without following redirects
};
struct AskHolder {
  std::string credential_issuer;
  std::vector<Display> issuer_display;
  CredentialConfiguration configuration;         // what will be issued, unless the holder names another one of these
  std::vector<CredentialConfiguration> offered;  // all that this wallet can hold, in the issuer's order
  std::size_t copies = 1;
  std::optional<TxCode> tx_code;   // absent: only a yes is needed
  bool tx_code_was_wrong = false;  // asked again after a refusal
  bool signs_in = false;           // the holder will be sent to the server to sign in
};
// The holder has to go there and comes back to redirect_uri: a browser, or a program that speaks for them.
struct OpenAuthorization {
  std::string url, redirect_uri;
};
// The wallet provider has to vouch for the instance key (OpenID4VCI 1.0, appendix E), with something new each time.
struct AttestWallet {
  std::string client_id;
};
// The wallet provider has to vouch for these keys, all in one attestation for the issuer's nonce (appendix D; HAIP 1.0,
// section 4.5.1).
struct AttestKeys {
  std::vector<HolderKey> keys;
  std::string nonce;
};
struct IssuedCopy {
  std::string credential;
  std::string key_id;  // of the HolderKey in its cnf
};
struct Finished {
  std::string credential_issuer;
  CredentialConfiguration configuration;
  std::vector<IssuedCopy> copies;
  std::optional<std::string> notification_id;
  std::string authorization_server;
  std::optional<std::string> refresh_token;  // bound to this exchange's DPoP key, and instance key where attested
  bool anonymous = true;                     // we did not say which wallet software this is
};
// The issuer needs time. To come back: a flow for DeferredCopies with a token and its DPoP key.
struct Pending {
  std::string credential_issuer;
  std::vector<Display> issuer_display;
  CredentialConfiguration configuration;
  std::string transaction_id;
  seconds interval{};
  std::string access_token;
  std::vector<std::string> key_ids;  // of the HolderKeys that were proven
  std::string authorization_server;
  std::optional<std::string> refresh_token;  // as of Finished
  bool anonymous = true;
};
struct Notified {
  bool taken;  // the issuer said that it took note
};
using Step =
    std::variant<SendRequest, AskHolder, OpenAuthorization, AttestWallet, AttestKeys, Finished, Pending, Notified>;

// What the caller tells the flow.
struct Start {};
struct ResponseArrived {
  HttpResponse response;
};
struct HolderAgreed {
  std::optional<std::string> tx_code;
  std::string configuration_id = {};  // one of AskHolder::offered; empty: AskHolder::configuration
};
// After Finished: what became of the copies. At most once.
struct CopiesHandled {
  NotificationEvent event = NotificationEvent::credential_accepted;
};
struct RedirectArrived {
  std::string url;  // whole, as it arrived at redirect_uri
};
struct WalletAttested {
  std::string attestation;
};
struct KeysAttested {
  std::string attestation;
};
using Event =
    std::variant<Start, ResponseArrived, HolderAgreed, RedirectArrived, WalletAttested, KeysAttested, CopiesHandled>;

// The holder's side of one OpenID4VCI issuance, without I/O:
//   Start -> issuer metadata -> server metadata -> AskHolder -> token -> nonce -> credential -> Finished
//   Finished -> CopiesHandled -> notification -> Notified
// and by the authorization code grant between AskHolder and token:
//   PAR -> OpenAuthorization -> RedirectArrived, whose state and iss must be those of this exchange
// and where the server wants wallets attested, before the first request to it (PAR or token):
//   AttestWallet -> WalletAttested -> challenge, where the server has an endpoint for it
// and where the issuer wants keys attested, between nonce and credential:
//   AttestKeys -> KeysAttested
// Coming back: Start -> issuer metadata -> [server metadata -> token ->] deferred credential -> Finished or Pending, or
// -> notification -> Notified.
// A DPoP nonce, a challenge or a fresher attestation that a server demands is obeyed once per request. After an error
// the flow is over; a holder who refuses simply drops it. Nothing is sent with the offer's code before the holder
// agreed.
class IssuanceFlow {
 public:
  struct Parts {
    HolderKeyMaker& keys;
    const crypto::P256Signer& dpop_key;  // of this exchange only: another one each time, or issuers could link them
    Rng& rng;
    // Who may sign issuer metadata (purpose credential_issuer); null: signed ones are neither asked for nor taken.
    const crypto::TrustAnchors* metadata_signers = nullptr;
    std::optional<FlowClient> client = {};  // needed by the authorization code grant and attestations; none: anonymous
    bool keys_attestable = false;  // a wallet provider answers AttestKeys; otherwise cards that need it are passed over
    // Called with each refresh token before anything else is sent, since the one before is worth nothing from then on.
    std::function<Status(const std::string&)> keep_refresh_token = {};
  };
  // At most `copies_max` keys are made, and never more than the issuer's batch_size.
  IssuanceFlow(IssuanceStart start, std::size_t copies_max, Parts parts)
      : start_(std::move(start)), copies_max_(copies_max), parts_(std::move(parts)) {}
  IssuanceFlow(CredentialOffer offer, std::size_t copies_max, Parts parts)
      : IssuanceFlow(IssuanceStart::from(std::move(offer)), copies_max, std::move(parts)) {}

  // Errors: what the server said (oauth_*, dpop_*, oid4vci_*), oid4vci_metadata_malformed, oid4vci_issuer_mismatch,
  // oid4vci_response_malformed, oid4vci_unknown_credential_configuration, oauth_unsupported_grant_type,
  // oid4vci_invalid_encryption_parameters (encryption is demanded), oid4vci_tx_code_needed, oauth_state_mismatch,
  // oauth_issuer_mismatch, oauth_access_denied, oauth_invalid_client (the server lets in attested wallets only, and
  // this one cannot be attested), http_redirect_refused, http_status_unexpected, invalid_argument (an event that does
  // not belong here), and those of the signers.
  Result<Step> advance(const Event& event, Instant now);
  // The authorization server gave an access token: the code of the offer is used up.
  bool has_token() const { return !token_.access_token.empty(); }

 private:
  enum class State {
    start,
    issuer_metadata,
    server_metadata,
    holder,
    wallet_attestation,
    challenge,
    pushed_request,
    authorization,
    token,
    nonce,
    key_attestation,
    credential,
    finished,
    notification,
    over
  };

  Result<Step> step(const Event& event, Instant now);
  Result<Step> on_response(const HttpResponse& response, Instant now);

  // wallet_flow_metadata.cc
  Result<Step> fetch_issuer_metadata();
  Result<Step> on_issuer_metadata(const HttpResponse& response, Instant now);
  Result<IssuerMetadata> read_issuer_metadata(const HttpResponse& response, Instant now) const;
  Result<AuthorizationServerMetadata> read_server_metadata(const HttpResponse& response, Instant now) const;
  Status find_configurations();
  Result<std::string> choose_server() const;
  Result<Step> fetch_server_metadata(std::string server);
  bool is_for_another_server();
  Result<Step> on_server_metadata(const HttpResponse& response, Instant now);
  Result<Step> ask_holder(bool tx_code_was_wrong);

  // wallet_flow_authorization.cc
  Status check_code_flow() const;
  AuthorizationRequest authorization_request() const;
  Result<Step> begin_authorization(Instant now);
  Result<Step> send_pushed_request(Instant now);
  Result<Step> on_pushed(const HttpResponse& response, Instant now);
  Result<Step> on_redirect(const RedirectArrived& arrived, Instant now);

  // wallet_flow_token.cc
  Status check_grant() const;
  Status choose_configuration(const std::string& id);
  Result<Step> on_agreed(const HolderAgreed& agreed, Instant now);
  Result<Step> begin_refresh(Instant now);
  bool may_repeat(const Error& error, const std::optional<std::string>& nonce);
  Result<Step> send_token_request(Instant now);
  Result<Step> on_token(const HttpResponse& response, Instant now);

  // wallet_flow_client.cc
  bool is_attested() const;
  Status check_client_authentication() const;
  Result<Step> send_to_server(State next, const std::string& url, std::string form, Instant now);
  Result<Step> proceed_to_server(Instant now);
  Result<Step> on_challenge(const HttpResponse& response, Instant now);
  Result<Step> on_attested(const WalletAttested& attested, Instant now);
  Result<Step> on_server_error(const HttpResponse& response, Instant now);
  Status show_client(HttpRequest& request, Instant now);

  // wallet_flow_credential.cc
  bool anonymous() const;
  Result<Step> begin_errand(Instant now);
  Result<Step> send_nonce_request();
  Result<Step> on_nonce(const HttpResponse& response, Instant now);
  std::size_t copies() const;
  Result<Step> on_keys_attested(const KeysAttested& attested, Instant now);
  Status make_proofs(const std::optional<std::string>& attestation, Instant now);
  std::optional<std::string> credential_identifier() const;
  Result<Step> send_to_issuer(State next, const std::string& url, std::string_view content_type, std::string body,
                              Instant now);
  Result<Step> send_credential_request(Instant now);
  Result<Step> send_deferred_request(Instant now);
  Result<Step> send_asking(const json::Object& request, const std::string& url, Instant now);
  Result<Step> on_credential(const HttpResponse& response, Instant now);
  Result<Step> on_deferred(DeferredResponse deferred);
  Result<Step> send_notification(NotificationEvent event, Instant now);
  Result<Step> on_notified(const HttpResponse& response, Instant now);

  IssuanceStart start_;
  std::size_t copies_max_;
  Parts parts_;

  State state_ = State::start;
  bool nonce_retried_ = false;  // of the request that is out
  unsigned tx_code_tries_ = 0;
  IssuerMetadata issuer_;
  std::size_t servers_tried_ = 0;
  AuthorizationServerMetadata server_;
  std::vector<CredentialConfiguration> offered_;
  CredentialConfiguration configuration_;
  std::string code_verifier_, redirect_state_;
  // The request that is to go, or has gone, to the authorization server.
  struct ServerRequest {
    State state = State::start;
    std::string url, form;
  };
  ServerRequest server_request_;
  bool challenge_retried_ = false, attestation_renewed_ = false;  // of that request
  std::optional<std::string> wallet_attestation_, challenge_;
  TokenRequest token_request_;
  TokenResponse token_;
  std::optional<std::string> server_dpop_nonce_, issuer_dpop_nonce_;
  WalletEncryption encryption_;
  std::optional<std::string> notification_id_;
  NotificationEvent notified_ = NotificationEvent::credential_accepted;
  std::string c_nonce_;
  std::vector<HolderKey> holder_keys_;
  std::vector<std::string> proofs_;
};

}  // namespace mibun::oid4vci
