#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/mdoc/doc_types.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/verifier.h"
#include "core/oid4vci/encryption.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/signed_metadata.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/verifier.h"
#include "tests/server/world/issuing.h"
#include "tests/server/world/later.h"

// Every way in which cards of both formats are given out.
namespace mibun::server {
namespace {

std::vector<std::string> credentials_of(const json::Object& answer) {
  std::vector<std::string> credentials;
  for (const json::Value& element : answer.at("credentials").as_array()) {
    credentials.emplace_back(element.as_object().at("credential").as_string());
  }
  return credentials;
}

mdoc::VerifiedIssuerSigned verified_mdoc(TestWorld& w, const std::string& text, const crypto::P256PublicKey& key) {
  const mdoc::IssuerPolicy policy{.anchors = w.trust->iaca, .doc_types = {std::string(mdoc::kPhotoIdDocType)}};
  return must(mdoc::verify_issued(must(base64url::decode(text)), policy, crypto::PublicKey(key), w.clock.now()));
}

Bytes element(const mdoc::HeldMdoc& held, std::string_view identifier) {
  const auto* item = held.issuer_signed().find(mdoc::kIso23220NameSpace, identifier);
  if (item == nullptr) throw std::runtime_error("no element " + std::string(identifier));
  return to_bytes(item->value);
}

std::vector<std::string> history_kinds(TestWorld& w, Device& device) {
  const Reply reply = w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  std::vector<std::string> kinds;
  for (const json::Value& event : reply.json.at("events").as_array()) {
    if (const json::Value* kind = event.as_object().if_contains("kind")) kinds.emplace_back(kind->as_string());
  }
  return kinds;
}

std::int64_t count_kind(TestWorld& w, Device& device, std::string_view kind) {
  const auto kinds = history_kinds(w, device);
  return std::ranges::count(kinds, kind);
}

}  // namespace

TEST_CASE(
    "a photo ID is an mdoc of the type, one for each key, whose copies have nothing in common but what they say") {
  TestWorld& w = world();
  const AskedCards asked = ask_for_cards(w, kPhotoIdConfiguration, 3);
  const Reply reply = w.send_well(asked.request(w, w.holder_token()), 200);
  CHECK(reply.response.header("cache-control") == "no-store");
  const auto credentials = credentials_of(reply.json);
  REQUIRE(credentials.size() == 3);
  std::set<Bytes> randoms;
  std::set<std::uint64_t> indexes;
  for (std::size_t i = 0; i < credentials.size(); ++i) {
    const mdoc::HeldMdoc held(verified_mdoc(w, credentials[i], asked.keys[i]->public_key()));
    CHECK(held.validity().signed_at.unix_seconds() % 86400 == 0);
    CHECK(held.validity().valid_from == held.validity().signed_at);
    CHECK(held.validity().valid_until.unix_seconds() % 86400 == 0);
    CHECK(element(held, "given_name") == mdoc::value::text("HARUKA"));
    CHECK(element(held, "birth_date") == mdoc::value::full_date({1991, 4, 17}));
    CHECK(element(held, "age_over_18") == mdoc::value::boolean(true));
    CHECK(element(held, "age_over_65") == mdoc::value::boolean(false));
    CHECK(element(held, "sex") == mdoc::value::unsigned_integer(0));
    CHECK(element(held, "portrait") == mdoc::value::bytes(emrtd::portrait_double().image));
    CHECK(held.status()->status_list->uri.starts_with(std::string(kOrigin) + "/status/"));
    indexes.insert(held.status()->status_list->index);
    for (const auto& name_space : held.name_spaces()) {
      for (const auto& item : name_space.items) CHECK(randoms.insert(to_bytes(item.random)).second);
    }
  }
  CHECK(indexes.size() == 3);
  const auto other = crypto::P256PrivateKey::generate();
  const mdoc::IssuerPolicy policy{.anchors = w.trust->iaca, .doc_types = {std::string(mdoc::kPhotoIdDocType)}};
  CHECK(code_of(mdoc::verify_issued(must(base64url::decode(credentials[0])), policy,
                                    crypto::PublicKey(other.public_key()), w.clock.now())) ==
        ErrorCode::mdoc_device_key_mismatch);
}

TEST_CASE("an identity card says of each claim where it comes from, and keeps that back until it is asked for") {
  TestWorld& w = world();
  const AskedCards asked = ask_for_cards(w, kIdentityConfiguration, 1);
  const Reply reply = w.send_well(asked.request(w, w.holder_token()), 200);
  const auto held = must(sd_jwt::HeldCredential::reopen_stored(credentials_of(reply.json).at(0)));
  const json::Object& provenance = held.claims().at("provenance").as_object();
  const json::Object& sources = provenance.at("sources").as_object();
  CHECK(std::string(provenance.at("checked_on").as_string()) == jst_date(w.clock.now()).to_string());
  for (const char* name : {"given_name", "family_name", "birthdate", "sex", "nationality", "issuing_state",
                           "document_number", "document_expiry"}) {
    INFO(name);
    CHECK(held.claims().contains(name));
    CHECK(std::string(sources.at(name).as_string()) == "emrtd:DG1");
  }
  CHECK(std::string(sources.at("age_equal_or_over").as_string()) == "derived");
  CHECK(sources.size() == 9);
  for (const sd_jwt::HeldClaim& claim : held.list()) {
    if (claim.path.to_string().starts_with(R"(["provenance")")) CHECK(claim.disclosable);
  }
}

TEST_CASE("one access token gives each kind of card once") {
  TestWorld& w = world();
  const BoundToken token = w.holder_token();
  for (const std::string_view kind : {kIdentityConfiguration, kPhotoIdConfiguration}) {
    INFO(kind);
    CHECK(credentials_of(w.send_well(ask_for_cards(w, kind, 2).request(w, token), 200).json).size() == 2);
    const Reply again = w.send(ask_for_cards(w, kind, 2).request(w, token));
    CHECK(again.status() == 400);
    CHECK(again.code() == "credential_request_denied");
  }
}

TEST_CASE("cards of both formats come encrypted to the key that an encrypted request names") {
  TestWorld& w = world();
  const BoundToken token = w.holder_token();
  for (const auto enc : {jose::ContentEncryption::a128gcm, jose::ContentEncryption::a256gcm}) {
    const std::string_view kind =
        enc == jose::ContentEncryption::a128gcm ? kIdentityConfiguration : kPhotoIdConfiguration;
    INFO(kind);
    AskedCards asked = ask_for_cards(w, kind, 2);
    const EncryptedAsk sealed = encrypt_request(w, asked.body, enc, answer_key_json());
    const Reply reply = w.send_well(sealed.request(w, token, "/oid4vci/credential"), 200);
    CHECK(reply.response.content_type == "application/jwt");
    CHECK(reply.response.header("cache-control") == "no-store");
    const auto jwe = must(jose::Jwe::parse(reply.response.body, jose::kEcdhEsDirect));
    CHECK(jwe.enc() == enc);
    CHECK(jwe.kid() == "answer");
    const auto opened = must(json::parse_object(as_text(must(jwe.decrypt(answer_key()))), {.bytes_max = 4'000'000}));
    const auto credentials = credentials_of(opened);
    REQUIRE(credentials.size() == 2);
    if (kind == kPhotoIdConfiguration) verified_mdoc(w, credentials[1], asked.keys[1]->public_key());
  }
  // An error is never encrypted, and an encrypted request may well want its answer in clear.
  const EncryptedAsk again = encrypt_request(w, ask_for_cards(w, kPhotoIdConfiguration, 1).body,
                                             jose::ContentEncryption::a256gcm, answer_key_json());
  const Reply refused = w.send(again.request(w, token, "/oid4vci/credential"));
  CHECK(refused.code() == "credential_request_denied");
  CHECK(refused.response.content_type == "application/json");
  const AskedCards plain = ask_for_cards(w, kIdentityConfiguration, 1);
  const EncryptedAsk in_clear = encrypt_request(w, plain.body, jose::ContentEncryption::a256gcm, std::nullopt);
  CHECK(w.send_well(in_clear.request(w, w.holder_token(), "/oid4vci/credential"), 200).response.content_type ==
        "application/json");
}

TEST_CASE(
    "a card asked for under review comes when the case is approved: once, to its person, encrypted as asked then") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string case_id = w.case_in_review(device);
  const BoundToken token = w.redeem(w.early_offer_of(device, case_id));
  for (const std::string_view kind : {kIdentityConfiguration, kPhotoIdConfiguration}) {
    const Reply second = w.send_well(ask_for_cards(w, kind, 1).request(w, token), 202);
    CHECK(second.response.header("cache-control") == "no-store");
    CHECK(w.send(ask_for_cards(w, kind, 1).request(w, token)).code() == "credential_request_denied");
  }
  const BoundToken other_token = w.redeem(w.early_offer_of(device, case_id));
  const AskedCards asked = ask_for_cards(w, kPhotoIdConfiguration, 2);
  const Reply deferred = w.send_well(asked.request(w, other_token), 202);
  CHECK(deferred.json.at("interval").as_int64() > 0);
  CHECK(deferred.json.size() == 2);
  const std::string id = deferred.text("transaction_id");

  const Reply waiting = w.send_well(deferred_request(w, other_token, id), 202);
  CHECK(waiting.text("transaction_id") == id);
  CHECK(w.send(deferred_request(w, w.holder_token(), id)).code() == "invalid_transaction_id");
  CHECK(count_kind(w, device, "card_deferred") == 3);

  decide(w, case_id, true);
  // The token of that day has long expired; any one of the person will do, with a key of its own.
  const Later later_that_day(w, std::chrono::hours(2));
  const BoundToken later = w.redeem(w.early_offer_of(device, case_id));
  const EncryptedAsk sealed =
      encrypt_request(w, {{"transaction_id", id}}, jose::ContentEncryption::a256gcm, answer_key_json());
  const Reply issued = w.send_well(sealed.request(w, later, "/oid4vci/deferred_credential"), 200);
  const auto jwe = must(jose::Jwe::parse(issued.response.body, jose::kEcdhEsDirect));
  const auto opened = must(json::parse_object(as_text(must(jwe.decrypt(answer_key()))), {.bytes_max = 4'000'000}));
  const auto credentials = credentials_of(opened);
  REQUIRE(credentials.size() == 2);
  verified_mdoc(w, credentials[0], asked.keys[0]->public_key());
  verified_mdoc(w, credentials[1], asked.keys[1]->public_key());
  const Reply again = w.send(deferred_request(w, later, id));
  CHECK(again.status() == 400);
  CHECK(again.code() == "invalid_transaction_id");
  CHECK(again.response.header("cache-control") == "no-store");
}

TEST_CASE("a card whose case is rejected is refused, again and again, and its transaction ends with the account") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string case_id = w.case_in_review(device);
  const BoundToken token = w.redeem(w.early_offer_of(device, case_id));
  const std::string id =
      w.send_well(ask_for_cards(w, kIdentityConfiguration, 1).request(w, token), 202).text("transaction_id");
  const std::string other =
      w.send_well(ask_for_cards(w, kPhotoIdConfiguration, 1).request(w, token), 202).text("transaction_id");
  decide(w, case_id, false);
  for (int i = 0; i < 2; ++i) CHECK(w.send(deferred_request(w, token, id)).code() == "credential_request_denied");
  w.send_well(w.account_request(device, "DELETE", "/api/v1/account"), 200);
  CHECK(w.send(deferred_request(w, token, other)).code() == "invalid_token");
}

TEST_CASE("a transaction that nobody came for ends after ninety days") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string case_id = w.case_in_review(device);
  const BoundToken token = w.redeem(w.early_offer_of(device, case_id));
  const std::string id =
      w.send_well(ask_for_cards(w, kIdentityConfiguration, 1).request(w, token), 202).text("transaction_id");
  {
    const Later just_before(w, std::chrono::days(90) - std::chrono::minutes(1));
    CHECK(w.send(deferred_request(w, w.redeem(w.early_offer_of(device, case_id)), id)).status() == 202);
  }
  const Later then(w, std::chrono::days(90));
  CHECK(w.send(deferred_request(w, w.redeem(w.early_offer_of(device, case_id)), id)).code() ==
        "invalid_transaction_id");
}

TEST_CASE("what a wallet says of its cards is taken down once and answered as often as it is said") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string case_id = w.approve(device);
  const BoundToken token = w.redeem(w.early_offer_of(device, case_id));
  const Reply issued = w.send_well(ask_for_cards(w, kPhotoIdConfiguration, 1).request(w, token), 200);
  const std::string id = issued.text("notification_id");
  const auto told = [&](const BoundToken& by, const std::string& event) {
    return w.send(w.bound_request(by, "POST", "/oid4vci/notification",
                                  R"({"notification_id":")" + id + R"(","event":")" + event + "\"}"));
  };
  for (int i = 0; i < 3; ++i) {
    const Reply reply = told(token, "credential_accepted");
    CHECK(reply.status() == 204);
    CHECK(reply.response.body.empty());
    CHECK(reply.response.header("cache-control") == "no-store");
  }
  CHECK(told(token, "credential_failure").status() == 204);
  CHECK(count_kind(w, device, "card_stored") == 1);
  CHECK(count_kind(w, device, "card_not_stored") == 0);
  // A card that was stored can be deleted later; that is the last word, and its copies are good for nothing from then
  // on.
  CHECK(told(token, "credential_deleted").status() == 204);
  CHECK(told(token, "credential_deleted").status() == 204);
  CHECK(told(token, "credential_accepted").status() == 204);
  CHECK(count_kind(w, device, "card_deleted") == 1);
  CHECK(count_kind(w, device, "card_stored") == 1);
  const Reply stranger = told(w.holder_token(), "credential_accepted");
  CHECK(stranger.status() == 400);
  CHECK(stranger.code() == "invalid_notification_id");
}

TEST_CASE(
    "oid4vci-1_0-issuer-metadata-test-signed: the issuer's metadata are signed for those who ask, and our wallet "
    "believes them") {
  TestWorld& w = world();
  const std::string target = "/.well-known/openid-credential-issuer";
  const auto get = [&](const char* accept) {
    return w.send_well(TestRequest{.target = target}.add("Accept", accept), 200);
  };
  const Reply plain = get("application/json");
  CHECK(plain.response.content_type == "application/json");
  const auto metadata = must(oid4vci::IssuerMetadata::parse(plain.response.body, kOrigin));
  CHECK(metadata.configurations.size() == 2);
  CHECK(metadata.request_encryption->keys.size() == 1);
  CHECK(metadata.deferred_credential_endpoint == std::string(kOrigin) + "/oid4vci/deferred_credential");
  CHECK(metadata.notification_endpoint == std::string(kOrigin) + "/oid4vci/notification");
  for (const char* accept : {"application/jwt", "application/jwt, application/json;q=0.9", "text/html, Application/JWT",
                             "application/jwt;q=0.5, application/json;q=0.5"}) {
    INFO(accept);
    const Reply reply = get(accept);
    CHECK(reply.response.content_type == "application/jwt");
    CHECK(reply.response.header("vary") == "Accept");
    const auto verified = must(
        oid4vci::verify_issuer_metadata(reply.response.body, {w.trust->credential_issuers, kOrigin, w.clock.now()}));
    CHECK(verified == metadata);
  }
  for (const char* accept : {"", "*/*", "application/*", "application/json, application/jwt;q=0.9",
                             "application/jwt;q=0", "application/jwt;q=7", "application/jwt+x"}) {
    INFO(accept);
    CHECK(get(accept).response.content_type == "application/json");
  }
}

}  // namespace mibun::server
