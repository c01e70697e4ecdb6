// Of TestWorld: asking for a presentation and answering.
#include "core/jose/jwe.h"
#include "core/oid4vp/consent.h"
#include "core/sd_jwt/holder.h"
#include "tests/server/world/parts.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {

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

}  // namespace mibun::server
