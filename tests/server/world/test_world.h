#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/codecs/http_message.h"
#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "core/emrtd/passport_double.h"
#include "core/oid4vp/response.h"
#include "core/webauthn/request_assertion.h"
#include "server/app/app.h"
#include "server/issuance/configurations.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"
#include "wallet/trust.h"

// The whole server in process, without sockets and with a clock turned by hand, and everybody who talks to it. Each
// helper makes a request that is right in every respect; the rows of the table then spoil one thing.
namespace mibun::server {

inline constexpr std::string_view kOrigin = "https://mibun.example";
inline constexpr std::string_view kMembershipVct = "https://club.example/membership";
inline constexpr std::string_view kTradeVct = "https://guild.example/trade";
inline constexpr std::string_view kGuildCrl = "https://guild.example/signers.crl";
inline constexpr std::string_view kRpId = "mibun.example";
inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
// Wallets that are registered: attested by this server, attested by another provider, and public.
inline constexpr std::string_view kAttestedClient = "https://mibun.example/wallet";
inline constexpr std::string_view kForeignClient = "https://foreign.example/wallet";
inline constexpr std::string_view kPublicClient = "https://public.example/wallet";
// Stands in bad input wherever a stranger chooses a text; must never come back.
inline constexpr std::string_view kCanary = "kanaria7391";
// Looks like an id of ours and is none.
inline constexpr std::string_view kNoId = "AAAAAAAAAAAAAAAAAAAAAA";

struct TestRequest {
  std::string method = "GET", target, body;
  std::vector<HttpHeader> headers;

  TestRequest& add(std::string_view name, std::string_view value);
  TestRequest& drop(std::string_view name);
  TestRequest& set(std::string_view name, std::string_view value) { return drop(name).add(name, value); }
};

struct Reply {
  http::ServerResponse response;
  json::Object json;  // empty when the body is no JSON object

  int status() const { return response.status; }
  // `code` of a problem document, `error` of the protocols; empty without either.
  std::string code() const;
  std::string text(std::string_view member) const;  // throws when it is missing
};

Reply send_to(App& app, const TestRequest& request);

struct JwtParts {
  json::Object header, payload;  // the header with its alg
};
// ES256 by `key`, whatever the header says.
std::string sign_jwt(const JwtParts& parts, const crypto::P256Signer& key);

// A person's device.
struct Device {
  std::shared_ptr<crypto::P256PrivateKey> key;
  Bytes credential_id, user_handle;
  std::string account_id, revocation_code;
  std::uint32_t counter = 0;
  bool counts = true;  // passkeys that several devices share do not: their signatures may arrive in any order
};

struct BegunRegistration {
  std::string id, terms_version;
  Bytes challenge, user_id;
};
struct BegunAssertion {
  std::string id;
  Bytes challenge;
};
// How a ceremony differs from the right one.
struct Ceremony {
  std::string origin{kOrigin}, rp_id{kRpId};
  std::optional<Bytes> challenge;
  std::optional<std::uint32_t> counter;
  bool user_verified = true;
};

// A reviewer's or a partner's program: private_key_jwt and a DPoP key.
struct Program {
  std::string id;
  std::shared_ptr<crypto::P256PrivateKey> key, dpop_key;
};

// An access token with the key it is bound to.
struct BoundToken {
  std::string token;
  std::shared_ptr<crypto::P256PrivateKey> key;
};

struct Offer {
  std::string code, tx_code;
  std::string issuer_state = {};
  std::string address = {};  // the path that it can be fetched from
};
struct HeldCard {
  std::string text;
  std::shared_ptr<crypto::P256PrivateKey> key;
};

struct AskedRequest {
  std::string id, client_id, session_secret;
  std::string pairing_code;  // cross device only
};
// How an answer to a presentation request differs from the right one.
struct AnswerTwist {
  // Signs the key binding instead of the holder; told what the holder would sign.
  std::function<std::string(JwtParts, const crypto::P256Signer&)> key_binding;
  std::function<std::string(std::string)> presentation;  // changes the text without its key binding
  std::function<void(json::Object&)> payload;            // changes what is encrypted
  std::optional<std::string> kid;                        // of the encryption
};

class TestWorld {
 public:
  // `unattested_cards`: as in Config. `now`: when the world begins.
  explicit TestWorld(std::vector<std::string> unattested_cards = {}, Instant now = kTestNow);

  Reply send(const TestRequest& request) const;
  // Throws unless the status is the wanted one.
  Reply send_well(const TestRequest& request, int status) const;
  TestRequest json_request(std::string method, std::string target, const json::Object& body) const;

  // Accounts.
  BegunRegistration begin_registration() const;
  Device new_device();
  json::Object credential_json(const BegunRegistration& begun, const Device& device, const Ceremony& twist = {}) const;
  TestRequest registration(const BegunRegistration& begun, const json::Object& credential) const;
  Device register_device();
  BegunAssertion begin_assertion(std::string_view method, std::string_view target, std::string_view body) const;
  webauthn::RequestAssertion sign_assertion(Device& device, const BegunAssertion& begun,
                                            const Ceremony& twist = {}) const;
  TestRequest account_request(Device& device, std::string method, std::string target, std::string body = "",
                              std::string_view content_type = kJsonType) const;

  // Programs.
  Program new_program(std::string id) const;
  JwtParts client_assertion(const Program& program) const;
  std::string dpop_nonce() const;  // as the server gives it out now
  JwtParts dpop_proof(const crypto::P256Signer& key, std::string_view method, std::string_view path,
                      std::optional<std::string_view> token = {}) const;
  TestRequest token_request(const std::vector<std::pair<std::string, std::string>>& fields,
                            const std::string& dpop) const;
  TestRequest client_credentials(const Program& program, const std::string& assertion) const;
  BoundToken token(const Program& program) const;
  TestRequest bound_request(const BoundToken& token, std::string method, std::string target,
                            std::string body = "") const;
  json::Object partner_application(const Program& partner) const;

  // Proofing and cards.
  std::string open_case(Device& device) const;
  std::map<std::string, Bytes> chip_files() const;  // of the person's passport, by name
  void put_files(Device& device, const std::string& case_id) const;
  std::string signature_for(Device& device, const std::string& case_id) const;  // active authentication, base64url
  std::string case_in_review(Device& device);
  std::string approve(Device& device);
  const std::string& approved_case();  // of `holder`
  Offer offer_of(Device& device, const std::string& case_id, std::string body = "{}") const;
  Offer early_offer_of(Device& device, const std::string& case_id) const {
    return offer_of(device, case_id, R"({"before_decision":true})");
  }
  Offer fresh_offer() { return offer_of(holder, approved_case()); }
  std::vector<std::pair<std::string, std::string>> code_fields(const Offer& offer) const;
  BoundToken redeem(const Offer& offer) const;
  BoundToken holder_token() { return redeem(fresh_offer()); }
  std::string nonce() const;
  // By `foreign_provider`, which the server trusts.
  std::string key_attestation(const std::vector<crypto::P256PublicKey>& keys, const std::string& nonce) const;
  // With such an attestation of its key.
  JwtParts key_proof(const crypto::P256Signer& key, const std::string& nonce) const;
  json::Object credential_body(const std::vector<std::string>& proofs,
                               std::string_view configuration = kIdentityConfiguration) const;
  std::vector<HeldCard> receive(const BoundToken& token, std::size_t copies) const;
  HeldCard take_card();              // of `holder`
  HeldCard card_of(Device& device);  // proves its identity first

  // Presentation.
  json::Object dcql_query(const std::vector<std::vector<std::string>>& paths) const;
  AskedRequest ask(const Program& partner, std::string_view mode = "same_device") const;
  oid4vp::VerifiedRequest fetch(const AskedRequest& asked) const;
  // What a wallet encrypts, and the form around it.
  std::string encrypted_answer(const oid4vp::VerifiedRequest& request, const HeldCard& card,
                               const AnswerTwist& twist = {}) const;
  std::string answer_form(const oid4vp::VerifiedRequest& request, const HeldCard& card,
                          const AnswerTwist& twist = {}) const {
    return form::encode({{"response", encrypted_answer(request, card, twist)}});
  }
  // A request that the browser of the partner's page hands over: what the page gets for it, and as its wallet reads it.
  std::pair<AskedRequest, json::Array> ask_browser(const Program& partner) const;
  Result<oid4vp::VerifiedRequest> read_from_browser(const json::Array& requests, std::string_view origin) const;
  TestRequest answer_from_browser(const Program& partner, const std::string& id, const std::string& session_secret,
                                  const json::Object& data) const;
  TestRequest answer(const AskedRequest& asked, const std::string& form) const;
  // An answered request and its response_code.
  std::pair<AskedRequest, std::string> answered();

  // What a partner's page sends for the result: the secret of its session, and the code that came back to it.
  json::Object claim(const std::string& session_secret, const std::optional<std::string>& response_code) const;
  TestRequest take(const Program& partner, const std::string& id, const json::Object& claim) const;

  // The person's values, which no refusal may show.
  std::vector<std::string> claim_values() const;
  const std::string& data_directory() const { return data_directory_; }
  std::string log_file() const { return directory_.file("server.log"); }

  TempDir directory_{TempDir::Place::memory};
  mutable ManualClock clock;
  mutable crypto::SystemRng rng;
  Program akari, minoru, sora, shop, other_shop;
  TestAuthority foreign_providers{"foreign wallet providers"};
  // Status lists and revocation lists of foreign providers, by address; others cannot be had.
  struct ForeignLists {
    std::mutex mutex;
    std::map<std::string, std::string> tokens;
    std::map<std::string, Bytes> crls;
    std::size_t fetched = 0;
  };
  std::shared_ptr<ForeignLists> foreign_lists = std::make_shared<ForeignLists>();
  TestSigner foreign_provider{foreign_providers, crypto::CertificatePurpose::wallet_provider, "foreign.example"};
  TestAuthority club{"club"};    // issues memberships: the configuration trusts it for kMembershipVct
  TestAuthority guild{"guild"};  // the same for kTradeVct, and with a list of its signers, kGuildCrl
  Config config;                 // of `app`, to open it again
  std::unique_ptr<App> app;
  // Where requests go instead, when it is set: to a server in another process.
  std::function<Reply(const TestRequest&)> elsewhere;
  std::optional<wallet::TrustList> trust;
  oid4vp::VerifierTrust verifier_trust() const {
    return {trust->verifier_access, trust->registrars, trust->known_verifiers, oid4vp::encrypted_profile()};
  }
  Device holder, stranger;

 private:
  std::string data_directory_;
  emrtd::PassportHolder person_;
  std::optional<emrtd::PassportDouble> passport_;
  std::string approved_case_;
  std::vector<HeldCard> cards_;
  mutable std::map<std::string, Bytes> challenges_;  // active authentication, by case
};

// One for the whole test program: opening it and proving an identity takes a second.
TestWorld& world();

}  // namespace mibun::server
