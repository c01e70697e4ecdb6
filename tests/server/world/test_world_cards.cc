// Of TestWorld: proofing, offers and cards.
#include "core/codecs/url.h"
#include "core/emrtd/active_authentication.h"
#include "core/jose/jwk.h"
#include "core/oid4vci/key_attestation.h"
#include "core/oid4vci/offer.h"
#include "tests/server/world/parts.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {

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

}  // namespace mibun::server
