#include "tests/server/app/test_world.h"

#include <stdexcept>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/emrtd/active_authentication.h"
#include "core/jose/jwe.h"
#include "core/jose/jwk.h"
#include "core/oid4vci/client_assertion.h"
#include "core/oid4vci/key_attestation.h"
#include "core/oid4vci/offer.h"
#include "core/oid4vp/consent.h"
#include "core/sd_jwt/holder.h"
#include "core/webauthn/software_authenticator.h"
#include "platform/log/log.h"
#include "tests/server/app/times.h"
#include "wallet/authorization.h"

namespace mibun::server {
namespace {

// A user who is verified by saying so.
class TestUser final : public webauthn::UserVerifier {
 public:
  static webauthn::UserVerification verified_at(Instant now) { return verified(now); }
};

std::shared_ptr<crypto::P256PrivateKey> new_key() {
  return std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
}

json::Object read_object(std::string_view text) {
  return must(json::parse_object(text));
}

json::Object part_of(std::string_view jwt, int place) {
  for (; place > 0; --place) jwt.remove_prefix(jwt.find('.') + 1);
  return read_object(as_text(must(base64url::decode(jwt.substr(0, jwt.find('.'))))));
}

std::string member(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) throw std::runtime_error("no member " + std::string(name));
  return std::string(value->get_string());
}

emrtd::PassportHolder invented_person() {
  emrtd::PassportHolder person;
  person.family_name = "TAKAMORI";
  person.given_name = "HARUKA";
  person.birthdate = {1991, 4, 17};
  person.sex = emrtd::Sex::unspecified;
  person.document_number = "TR5520917";
  person.expiry = {2033, 8, 9};
  return person;
}

}  // namespace

TestRequest& TestRequest::add(std::string_view name, std::string_view value) {
  headers.push_back({std::string(name), std::string(value)});
  return *this;
}

TestRequest& TestRequest::drop(std::string_view name) {
  std::erase_if(headers, [&](const HttpHeader& header) { return equal_ignoring_case(header.name, name); });
  return *this;
}

std::string Reply::code() const {
  for (const char* name : {"code", "error"}) {
    const json::Value* value = json.if_contains(name);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
  }
  return {};
}

std::string Reply::text(std::string_view name) const {
  return member(json, name);
}

std::string sign_jwt(const JwtParts& parts, const crypto::P256Signer& key) {
  const std::string input =
      base64url::encode(json::serialize(parts.header)) + "." + base64url::encode(json::serialize(parts.payload));
  return input + "." + base64url::encode(BytesView(must(key.sign(as_bytes(input)))));
}

TestWorld::TestWorld(std::vector<std::string> unattested_cards, Instant now)
    : clock(now),
      akari(new_program("reviewer-akari")),
      minoru(new_program("reviewer-minoru")),
      sora(new_program("reviewer-sora")),
      shop(new_program("musubi-shop")),
      other_shop(new_program("kado-shop")),
      data_directory_(directory_.file("data")),
      person_(invented_person()) {
  log::open(log_file(), log::Level::info);
  const auto state = must(emrtd::IssuingStateDouble::make(clock.now()));
  passport_ = must(emrtd::PassportDouble::make(person_, emrtd::portrait_double(), state.document_signer, clock.now()));
  config.data_directory = data_directory_;
  config.public_origin = kOrigin;
  config.rp_id = kRpId;
  config.webauthn_origins = {std::string(kOrigin)};
  for (const Program* reviewer : {&akari, &minoru, &sora}) {
    config.staff.push_back({reviewer->id, reviewer->id, reviewer->key->public_key()});
  }
  config.csca_pem = {state.csca.certificate().pem()};
  config.response_modes = oid4vp::openid4vp_profile().modes;
  config.wallet_provider_pem = {foreign_providers.root.pem()};
  config.unattested_cards = std::move(unattested_cards);
  config.wallet_clients = {{.client_id = std::string(kAttestedClient),
                            .authentication = AttestedBy{std::string(kOrigin)},
                            .name_ja = "mibun ウォレット",
                            .name_en = "mibun wallet",
                            .redirect_uris = {"https://wallet.example/callback"}},
                           {.client_id = std::string(kForeignClient),
                            .authentication = AttestedBy{"https://foreign.example"},
                            .name_ja = "よそのウォレット",
                            .name_en = "A foreign wallet",
                            .redirect_uris = {"https://foreign.example/callback"}},
                           {.client_id = std::string(kPublicClient),
                            .authentication = PublicClient{},
                            .name_ja = "公開クライアント",
                            .name_en = "A public client",
                            .redirect_uris = {"https://public.example/callback"}}};
  for (RegisteredClient client :
       {RegisteredClient{.client_id = std::string(wallet::kClientId),
                         .authentication = AttestedBy{std::string(kOrigin)},
                         .name_ja = "mibun ウォレット",
                         .name_en = "mibun wallet",
                         .redirect_uris = {std::string(wallet::kRedirectUri)}},
        RegisteredClient{.client_id = "test-wallet",
                         .authentication = PublicClient{},
                         .name_ja = "テスト<ウォレット>",
                         .name_en = "Test wallet",
                         .redirect_uris = {"https://wallet.example/cb"}},
        RegisteredClient{.client_id = "other-wallet",
                         .authentication = PublicClient{},
                         .name_ja = "別のウォレット",
                         .name_en = "Other wallet",
                         .redirect_uris = {"https://other.example/cb", "https://wallet.example/cb"}}}) {
    config.wallet_clients.push_back(std::move(client));
  }
  app = must(App::open(config, clock, rng));
  trust = must(wallet::parse_trust(send({.target = "/.well-known/mibun-trust.json"}).response.body));
  for (const Program* partner : {&shop, &other_shop}) {
    send_well(
        bound_request(token(akari), "POST", "/api/v1/staff/partners", json::serialize(partner_application(*partner))),
        201);
  }
  holder = register_device();
  stranger = register_device();
}

Reply send_to(App& app, const TestRequest& request) {
  http::ServerRequest told;
  told.method = request.method;
  told.target = request.target;
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  told.path = target.substr(0, mark);
  told.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  told.body = request.body;
  told.peer_address = "127.0.0.1";
  for (const HttpHeader& header : request.headers) told.headers.emplace_back(header.name, header.value);
  Reply reply{app.handle(told), {}};
  if (auto object = json::parse_object(reply.response.body, {.bytes_max = 4 * 1024 * 1024})) reply.json = *object;
  return reply;
}

// Every answer of our own API that any test gets is looked at: none shows a time of another shape (promise WP-12a).
Reply TestWorld::send(const TestRequest& request) const {
  Reply reply = elsewhere ? elsewhere(request) : send_to(*app, request);
  if (request.target.starts_with("/api/v1/")) {
    if (const auto wrong = wrong_time_in(json::Value(reply.json))) {
      throw std::runtime_error(request.method + " " + request.target + ": not a time as it is shown: " + *wrong);
    }
  }
  return reply;
}

Reply TestWorld::send_well(const TestRequest& request, int status) const {
  Reply reply = send(request);
  if (reply.status() != status) {
    throw std::runtime_error(request.method + " " + request.target + ": " + std::to_string(reply.status()) + " " +
                             reply.response.body);
  }
  return reply;
}

TestRequest TestWorld::json_request(std::string method, std::string target, const json::Object& body) const {
  return {std::move(method), std::move(target), json::serialize(body), {{"Content-Type", std::string(kJsonType)}}};
}

// ---- Accounts ----

BegunRegistration TestWorld::begin_registration() const {
  const Reply reply = send_well(json_request("POST", "/api/v1/registrations", {}), 201);
  const json::Object& options = reply.json.at("public_key").as_object();
  return {reply.text("registration_id"), reply.text("terms_version"),
          must(base64url::decode(member(options, "challenge"))),
          must(base64url::decode(member(options.at("user").as_object(), "id")))};
}

Device TestWorld::new_device() {
  Device device;
  device.key = new_key();
  device.credential_id = rng.bytes(32);
  return device;
}

json::Object TestWorld::credential_json(const BegunRegistration& begun, const Device& device,
                                        const Ceremony& twist) const {
  const webauthn::SoftwareAuthenticator authenticator(*device.key, device.credential_id, begun.user_id);
  std::optional<webauthn::UserVerification> verification;
  if (twist.user_verified) verification = TestUser::verified_at(clock.now());
  const webauthn::CeremonyRequest ceremony{.rp_id = twist.rp_id,
                                           .origin = twist.origin,
                                           .challenge = twist.challenge.value_or(begun.challenge),
                                           .counter = twist.counter.value_or(0)};
  return must(must(authenticator.make_credential(ceremony, verification, clock.now())).to_json());
}

TestRequest TestWorld::registration(const BegunRegistration& begun, const json::Object& credential) const {
  return json_request("POST", "/api/v1/registrations/" + begun.id,
                      {{"terms_version", begun.terms_version}, {"credential", credential}});
}

Device TestWorld::register_device() {
  Device device = new_device();
  const BegunRegistration begun = begin_registration();
  device.user_handle = begun.user_id;
  const Reply reply = send_well(registration(begun, credential_json(begun, device)), 201);
  device.account_id = reply.text("account_id");
  device.revocation_code = reply.text("revocation_code");
  return device;
}

BegunAssertion TestWorld::begin_assertion(std::string_view method, std::string_view target,
                                          std::string_view body) const {
  const Reply reply = send_well(
      json_request("POST", "/api/v1/assertions",
                   {{"method", method}, {"target", target}, {"body_sha256", base64url::encode(crypto::sha256(body))}}),
      201);
  return {reply.text("assertion_id"),
          must(base64url::decode(member(reply.json.at("public_key").as_object(), "challenge")))};
}

webauthn::RequestAssertion TestWorld::sign_assertion(Device& device, const BegunAssertion& begun,
                                                     const Ceremony& twist) const {
  const webauthn::SoftwareAuthenticator authenticator(*device.key, device.credential_id, device.user_handle);
  std::optional<webauthn::UserVerification> verification;
  if (twist.user_verified) verification = TestUser::verified_at(clock.now());
  const webauthn::CeremonyRequest ceremony{.rp_id = twist.rp_id,
                                           .origin = twist.origin,
                                           .challenge = twist.challenge.value_or(begun.challenge),
                                           .counter = twist.counter ? *twist.counter : ++device.counter};
  return {begun.id, must(authenticator.get_assertion(ceremony, verification, clock.now()))};
}

TestRequest TestWorld::account_request(Device& device, std::string method, std::string target, std::string body,
                                       std::string_view content_type) const {
  TestRequest request{std::move(method), std::move(target), std::move(body), {}};
  const BegunAssertion begun = begin_assertion(request.method, request.target, request.body);
  request.add(webauthn::kRequestAssertionHeader, sign_assertion(device, begun).to_header());
  if (!request.body.empty()) request.add("Content-Type", content_type);
  return request;
}

// ---- Programs ----

Program TestWorld::new_program(std::string id) const {
  return {std::move(id), new_key(), new_key()};
}

JwtParts TestWorld::client_assertion(const Program& program) const {
  return {{{"typ", "client-authentication+jwt"}, {"alg", "ES256"}},
          {{"iss", program.id},
           {"sub", program.id},
           {"aud", kOrigin},
           {"jti", base64url::encode(rng.bytes(16))},
           {"iat", clock.now().unix_seconds()},
           {"exp", clock.now().unix_seconds() + 60}}};
}

std::string TestWorld::dpop_nonce() const {
  const Reply refused = send(
      {.method = "POST", .target = "/oauth/par", .body = "x=", .headers = {{"Content-Type", std::string(kFormType)}}});
  return std::string(refused.response.header("dpop-nonce").value());
}

JwtParts TestWorld::dpop_proof(const crypto::P256Signer& key, std::string_view method, std::string_view path,
                               std::optional<std::string_view> token) const {
  JwtParts parts{{{"typ", "dpop+jwt"}, {"alg", "ES256"}, {"jwk", jose::Jwk(key.public_key()).to_json()}},
                 {{"jti", base64url::encode(rng.bytes(16))},
                  {"htm", method},
                  {"htu", std::string(kOrigin) + std::string(path.substr(0, path.find('?')))},
                  {"iat", clock.now().unix_seconds()},
                  {"nonce", dpop_nonce()}}};
  if (token) parts.payload["ath"] = base64url::encode(crypto::sha256(*token));
  return parts;
}

TestRequest TestWorld::token_request(const std::vector<std::pair<std::string, std::string>>& fields,
                                     const std::string& dpop) const {
  return {"POST", "/oauth/token", form::encode(fields), {{"Content-Type", std::string(kFormType)}, {"DPoP", dpop}}};
}

TestRequest TestWorld::client_credentials(const Program& program, const std::string& assertion) const {
  return token_request({{"grant_type", "client_credentials"},
                        {"client_assertion_type", std::string(oid4vci::kClientAssertionType)},
                        {"client_assertion", assertion}},
                       sign_jwt(dpop_proof(*program.dpop_key, "POST", "/oauth/token"), *program.dpop_key));
}

BoundToken TestWorld::token(const Program& program) const {
  const Reply reply = send_well(client_credentials(program, sign_jwt(client_assertion(program), *program.key)), 200);
  return {reply.text("access_token"), program.dpop_key};
}

TestRequest TestWorld::bound_request(const BoundToken& token, std::string method, std::string target,
                                     std::string body) const {
  TestRequest request{std::move(method), std::move(target), std::move(body), {}};
  request.add("Authorization", "DPoP " + token.token);
  request.add("DPoP", sign_jwt(dpop_proof(*token.key, request.method, request.target, token.token), *token.key));
  if (!request.body.empty()) request.add("Content-Type", kJsonType);
  return request;
}

json::Object TestWorld::partner_application(const Program& partner) const {
  return read_object(
      R"({"organization":{"name":{"ja":"酒処むすび","en":"Musubi Sake Shop"},"contact":"privacy@musubi.example"},
      "purpose":{"ja":"年齢確認","en":"age check"},
      "retention":{"days":30,"text":{"ja":"30日後に消去","en":"erased after 30 days"}},
      "cautions":{"ja":"なし","en":"none"},
      "credentials":[{"vct":"urn:mibun:identity:1","claims":[["given_name"],["family_name"],["age_equal_or_over","20"]]}],
      "redirect_uri":"https://musubi.example/return","partner_id":")" +
      partner.id + R"(","jwk":)" + json::serialize(jose::Jwk(partner.key->public_key()).to_json()) + "}");
}

// ---- Proofing and cards ----

std::string TestWorld::open_case(Device& device) const {
  const Reply reply =
      send_well(account_request(device, "POST", "/api/v1/proofing/cases", R"({"method":"emrtd"})"), 201);
  challenges_[reply.text("case_id")] = must(base64url::decode(reply.text("active_authentication_challenge")));
  return reply.text("case_id");
}

std::map<std::string, Bytes> TestWorld::chip_files() const {
  std::map<std::string, Bytes> files{{"EF.SOD", passport_->files().sod}, {"EF.COM", passport_->files().com}};
  for (const auto& [number, content] : passport_->files().data_groups)
    files["EF.DG" + std::to_string(number)] = content;
  return files;
}

void TestWorld::put_files(Device& device, const std::string& case_id) const {
  for (const auto& [name, content] : chip_files()) {
    send_well(account_request(device, "PUT", "/api/v1/proofing/cases/" + case_id + "/files/" + name,
                              std::string(as_text(content)), "application/octet-stream"),
              204);
  }
}

std::string TestWorld::signature_for(Device&, const std::string& case_id) const {
  emrtd::ActiveAuthenticationChallenge challenge{};
  std::ranges::copy(challenges_.at(case_id), challenge.begin());
  return base64url::encode(must(passport_->active_authentication(challenge)));
}

std::string TestWorld::case_in_review(Device& device) {
  const std::string case_id = open_case(device);
  put_files(device, case_id);
  const json::Object body{{"active_authentication_signature", signature_for(device, case_id)}};
  send_well(account_request(device, "POST", "/api/v1/proofing/cases/" + case_id + "/submission", json::serialize(body)),
            202);
  return case_id;
}

std::string TestWorld::approve(Device& device) {
  const std::string case_id = case_in_review(device);
  for (const Program* reviewer : {&akari, &minoru}) {
    send_well(bound_request(token(*reviewer), "POST", "/api/v1/staff/cases/" + case_id + "/decisions",
                            R"({"decision":"approve","reason_code":"all_checks_passed"})"),
              200);
  }
  return case_id;
}

const std::string& TestWorld::approved_case() {
  if (approved_case_.empty()) approved_case_ = approve(holder);
  return approved_case_;
}

Offer TestWorld::offer_of(Device& device, const std::string& case_id, std::string body) const {
  const Reply reply =
      send_well(account_request(device, "POST", "/api/v1/proofing/cases/" + case_id + "/offer", std::move(body)), 201);
  const json::Object& offer = reply.json.at("offer").as_object();
  const std::string uri = member(offer, "credential_offer");
  const auto fields = must(form::Fields::parse(std::string_view(uri).substr(uri.find('?') + 1)));
  const auto parsed = read_object(must(fields.get("credential_offer")));
  const json::Object& grants = parsed.at("grants").as_object();
  const json::Object& grant = grants.at("urn:ietf:params:oauth:grant-type:pre-authorized_code").as_object();
  const auto reference = must(oid4vci::parse_offer_link(member(offer, "credential_offer_by_reference")));
  return {.code = member(grant, "pre-authorized_code"),
          .tx_code = member(offer, "tx_code"),
          .issuer_state = member(grants.at("authorization_code").as_object(), "issuer_state"),
          .address = std::get<oid4vci::OfferReference>(reference).url().substr(kOrigin.size())};
}

std::vector<std::pair<std::string, std::string>> TestWorld::code_fields(const Offer& offer) const {
  return {{"grant_type", "urn:ietf:params:oauth:grant-type:pre-authorized_code"},
          {"pre-authorized_code", offer.code},
          {"tx_code", offer.tx_code}};
}

BoundToken TestWorld::redeem(const Offer& offer) const {
  BoundToken bound{{}, new_key()};
  const std::string proof = sign_jwt(dpop_proof(*bound.key, "POST", "/oauth/token"), *bound.key);
  bound.token = send_well(token_request(code_fields(offer), proof), 200).text("access_token");
  return bound;
}

std::string TestWorld::nonce() const {
  return send_well({.method = "POST", .target = "/oid4vci/nonce"}, 200).text("c_nonce");
}

std::string TestWorld::key_attestation(const std::vector<crypto::P256PublicKey>& keys, const std::string& nonce) const {
  const std::vector<std::string> storage{"iso_18045_basic"};
  const oid4vci::KeyAttestationRequest request{.issuer = "https://foreign.example",
                                               .keys = keys,
                                               .key_storage = storage,
                                               .user_authentication = {},
                                               .nonce = nonce,
                                               .issued_at = clock.now(),
                                               .expires = clock.now() + std::chrono::hours(1)};
  return must(oid4vci::make_key_attestation(request, {foreign_provider.key, foreign_provider.chain}));
}

JwtParts TestWorld::key_proof(const crypto::P256Signer& key, const std::string& nonce) const {
  return {{{"typ", "openid4vci-proof+jwt"},
           {"alg", "ES256"},
           {"jwk", jose::Jwk(key.public_key()).to_json()},
           {"key_attestation", key_attestation({key.public_key()}, nonce)}},
          {{"aud", kOrigin}, {"iat", clock.now().unix_seconds()}, {"nonce", nonce}}};
}

json::Object TestWorld::credential_body(const std::vector<std::string>& proofs, std::string_view configuration) const {
  json::Object types;
  types["jwt"] = json::Array(proofs.begin(), proofs.end());
  return {{"credential_configuration_id", configuration}, {"proofs", std::move(types)}};
}

std::vector<HeldCard> TestWorld::receive(const BoundToken& token, std::size_t copies) const {
  const std::string c_nonce = nonce();
  std::vector<HeldCard> cards;
  std::vector<std::string> proofs;
  for (std::size_t i = 0; i < copies; ++i) {
    cards.push_back({{}, new_key()});
    proofs.push_back(sign_jwt(key_proof(*cards.back().key, c_nonce), *cards.back().key));
  }
  const Reply reply =
      send_well(bound_request(token, "POST", "/oid4vci/credential", json::serialize(credential_body(proofs))), 200);
  const json::Array& credentials = reply.json.at("credentials").as_array();
  for (std::size_t i = 0; i < cards.size(); ++i) cards[i].text = member(credentials[i].as_object(), "credential");
  return cards;
}

HeldCard TestWorld::take_card() {
  if (cards_.empty()) cards_ = receive(holder_token(), 10);
  HeldCard card = std::move(cards_.back());
  cards_.pop_back();
  return card;
}

HeldCard TestWorld::card_of(Device& device) {
  return receive(redeem(offer_of(device, approve(device))), 1).front();
}

// ---- Presentation ----

json::Object TestWorld::dcql_query(const std::vector<std::vector<std::string>>& paths) const {
  json::Array claims;
  for (const auto& path : paths) claims.push_back(json::Object{{"path", json::Array(path.begin(), path.end())}});
  json::Object credential{{"id", "identity"}, {"format", "dc+sd-jwt"}, {"claims", std::move(claims)}};
  json::Object meta;
  meta["vct_values"] = json::Array{json::Value("urn:mibun:identity:1")};
  credential["meta"] = std::move(meta);
  json::Object query;
  query["credentials"] = json::Array{json::Value(std::move(credential))};
  return query;
}

AskedRequest TestWorld::ask(const Program& partner, std::string_view mode) const {
  json::Object body;
  body["dcql_query"] = dcql_query({{"given_name"}, {"age_equal_or_over", "20"}});
  body["mode"] = mode;
  const Reply reply =
      send_well(bound_request(token(partner), "POST", "/api/v1/partner/requests", json::serialize(body)), 201);
  const bool on_two_devices = mode == "cross_device";
  return {reply.text("request_id"), reply.text("client_id"), reply.text("session_secret"),
          on_two_devices ? reply.text("pairing_code") : std::string()};
}

oid4vp::VerifiedRequest TestWorld::fetch(const AskedRequest& asked) const {
  const Reply reply = send_well({.target = "/oid4vp/requests/" + asked.id}, 200);
  return must(oid4vp::VerifiedRequest::verify(
      reply.response.body, {.client_id = asked.client_id, .wallet_nonce = std::nullopt, .trust = verifier_trust()},
      clock.now()));
}

std::string TestWorld::encrypted_answer(const oid4vp::VerifiedRequest& request, const HeldCard& card,
                                        const AnswerTwist& twist) const {
  const auto held = must(sd_jwt::HeldCredential::reopen_stored(card.text));
  std::vector<dcql::Card> cards(1);
  cards[0].types = {held.vct()};
  cards[0].holder_bound = true;
  cards[0].claims = &held.claims();
  const auto selections =
      must(dcql::select_cards(request.query(), cards, dcql::find_candidates(request.query(), cards)));
  const std::string consent = oid4vp::Consent::make(request, selections, "en", clock.now()).to_text();
  const sd_jwt::KeyBinding binding{.audience = request.audience(),
                                   .nonce = request.nonce(),
                                   .iat = clock.now(),
                                   .extra_claims = {{oid4vp::kConsentHashClaim, oid4vp::consent_hash(consent)}}};
  std::string text = must(held.present(selections.front().choice.disclosed, binding, *card.key));
  const std::size_t end = text.rfind('~') + 1;
  std::string key_binding = text.substr(end);
  text.resize(end);
  if (twist.key_binding) {
    key_binding = twist.key_binding({part_of(key_binding, 0), part_of(key_binding, 1)}, *card.key);
  }
  if (twist.presentation) text = twist.presentation(text);

  json::Object payload;
  json::Object vp_token;
  vp_token["identity"] = json::Array{json::Value(text + key_binding)};
  payload["vp_token"] = std::move(vp_token);
  if (request.state()) payload["state"] = *request.state();
  payload[oid4vp::kConsentMember] = consent;
  if (twist.payload) twist.payload(payload);
  const jose::JweRequest jwe{.enc = request.response_key()->content_encryption,
                             .kid = twist.kid ? twist.kid : request.response_key()->key.kid(),
                             .cty = {},
                             .apu = {},
                             .apv = {}};
  return must(jose::encrypt_jwe(request.response_key()->key.key(), jwe, as_bytes(json::serialize(payload)), rng));
}

std::pair<AskedRequest, json::Array> TestWorld::ask_browser(const Program& partner) const {
  const json::Object body{{"dcql_query", dcql_query({{"given_name"}, {"age_equal_or_over", "20"}})},
                          {"mode", "dc_api"}};
  const Reply reply =
      send_well(bound_request(token(partner), "POST", "/api/v1/partner/requests", json::serialize(body)), 201);
  return {{reply.text("request_id"), reply.text("client_id"), reply.text("session_secret"), {}},
          reply.json.at("dc_api_requests").as_array()};
}

Result<oid4vp::VerifiedRequest> TestWorld::read_from_browser(const json::Array& requests,
                                                             std::string_view origin) const {
  const json::Object& first = requests.at(0).as_object();
  return oid4vp::VerifiedRequest::verify_dc_api(
      {member(first, "protocol"), first.at("data").as_object(), std::string(origin)}, verifier_trust(), clock.now());
}

TestRequest TestWorld::answer_from_browser(const Program& partner, const std::string& id,
                                           const std::string& session_secret, const json::Object& data) const {
  const json::Object body{{"session_secret", session_secret}, {"data", data}};
  return bound_request(token(partner), "POST", "/api/v1/partner/requests/" + id + "/answer", json::serialize(body));
}

TestRequest TestWorld::answer(const AskedRequest& asked, const std::string& form) const {
  return {"POST", "/oid4vp/responses/" + asked.id, form, {{"Content-Type", std::string(kFormType)}}};
}

std::pair<AskedRequest, std::string> TestWorld::answered() {
  const AskedRequest asked = ask(shop);
  const HeldCard card = take_card();
  const std::string redirect = send_well(answer(asked, answer_form(fetch(asked), card)), 200).text("redirect_uri");
  return {asked, redirect.substr(redirect.find('=') + 1)};
}

json::Object TestWorld::claim(const std::string& session_secret,
                              const std::optional<std::string>& response_code) const {
  json::Object claim{{"session_secret", session_secret}};
  if (response_code) claim["response_code"] = *response_code;
  return claim;
}

TestRequest TestWorld::take(const Program& partner, const std::string& id, const json::Object& claim) const {
  return bound_request(token(partner), "POST", "/api/v1/partner/requests/" + id + "/result", json::serialize(claim));
}

std::vector<std::string> TestWorld::claim_values() const {
  return {person_.given_name, person_.family_name, person_.birthdate.to_string(), person_.document_number};
}

TestWorld& world() {
  static TestWorld one;
  return one;
}

}  // namespace mibun::server
