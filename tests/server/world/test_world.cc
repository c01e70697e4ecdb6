#include "tests/server/world/test_world.h"

#include <stdexcept>

#include "core/codecs/base64url.h"
#include "platform/log/log.h"
#include "tests/server/world/parts.h"
#include "tests/server/world/times.h"
#include "wallet/authorization.h"

namespace mibun::server {
namespace {

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
  config.trusted_issuers = {{.format = "dc+sd-jwt",
                             .types = {std::string(kMembershipVct)},
                             .pem = {club.root.pem()},
                             .names = {"https://club.example"}},
                            {.format = "dc+sd-jwt",
                             .types = {std::string(kTradeVct)},
                             .pem = {guild.root.pem()},
                             .names = {"https://guild.example"},
                             .crls = {std::string(kGuildCrl)}}};
  config.fetch_crl = [lists = foreign_lists](const std::string& url) -> Result<Bytes> {
    const std::scoped_lock lock(lists->mutex);
    const auto found = lists->crls.find(url);
    if (found == lists->crls.end()) return fail(ErrorCode::http_connect_failed, "crl");
    return found->second;
  };
  config.fetch_attestation_list = config.fetch_status_list =
      [lists = foreign_lists](const std::string& uri) -> Result<status_list::FetchedStatusToken> {
    const std::scoped_lock lock(lists->mutex);
    ++lists->fetched;
    const auto found = lists->tokens.find(uri);
    if (found == lists->tokens.end()) return fail(ErrorCode::http_connect_failed, "status_list");
    return status_list::FetchedStatusToken{status_list::StatusTokenFormat::jwt, found->second};
  };
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

std::vector<std::string> TestWorld::claim_values() const {
  return {person_.given_name, person_.family_name, person_.birthdate.to_string(), person_.document_number};
}

TestWorld& world() {
  static TestWorld one;
  return one;
}

}  // namespace mibun::server
