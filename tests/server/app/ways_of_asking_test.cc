#include <doctest/doctest.h>

#include <set>

#include "core/codecs/url.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/mdoc/doc_types.h"
#include "core/oid4vp/dc_api.h"
#include "core/receipt/receipt.h"
#include "server/partners/identity.h"
#include "server/presentation/answer_mark.h"
#include "server/presentation/request_by.h"
#include "tests/server/app/holder.h"
#include "tests/server/world/own_world.h"

// What an operator may allow beside HAIP: signed requests in their link, and partners that ask under a registrar's
// attestation, as wallets know them, or unsigned (OpenID4VP 1.0, sections 5.9 and 12; RFC 9101, section 5). Each from
// the partner's request to its result, with our wallet; and all that must not pass for it.
namespace mibun::server {
namespace {

using Prefix = oid4vp::ClientId::Prefix;
using oid4vp::Identified;

constexpr std::string_view kPage = "https://musubi.example/return";

json::Object object_of(std::string_view text) {
  return must(json::parse_object(text));
}

json::Object both() {
  return object_of(R"({"credentials":[
      {"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["urn:mibun:identity:1"]},
       "claims":[{"path":["given_name"]},{"path":["age_equal_or_over","20"]}]},
      {"id":"photo","format":"mso_mdoc","meta":{"doctype_value":"org.iso.23220.photoid.1"},
       "claims":[{"path":["org.iso.23220.1","given_name"]}]}]})");
}

struct Asked {
  std::string id, client_id, session_secret, link;
  json::Object reply;
};

// A server whose operator allows all of it.
struct Permissive : OwnWorld {
  Permissive() {
    config.partner_names = oid4vp::openid4vp_profile().clients;
    config.requests_by_value = oid4vp::Stance::accept;
    reopen();
    static_cast<void>(approved_case());
  }
  void reopen() {
    app.reset();
    app = must(App::open(config, clock, rng));
    read_trust();
  }
  void read_trust() {
    trust = must(wallet::parse_trust(send({.target = "/.well-known/mibun-trust.json"}).response.body));
  }

  Reply apply(const Program& partner, Prefix prefix) const {
    json::Object application = partner_application(partner);
    application["client_id_prefix"] = to_string(prefix);
    json::Array claims;
    claims.push_back(json::Array{json::Value(mdoc::kIso23220NameSpace), json::Value("given_name")});
    application["credentials"].as_array().push_back(
        json::Object{{"doctype", mdoc::kPhotoIdDocType}, {"claims", std::move(claims)}});
    return send(bound_request(token(akari), "POST", "/api/v1/staff/partners", json::serialize(application)));
  }
  Program partner(const std::string& id, Prefix prefix) {
    Program made = new_program(id);
    const Reply reply = apply(made, prefix);
    REQUIRE(reply.status() == 201);
    read_trust();
    return made;
  }
  Reply try_ask(const Program& partner, const json::Object& more) const {
    json::Object body{{"dcql_query", both()}};
    for (const auto& one : more) body[one.key()] = one.value();
    return send(bound_request(token(partner), "POST", "/api/v1/partner/requests", json::serialize(body)));
  }
  Asked ask(const Program& partner, const json::Object& more = {}) const {
    const Reply reply = try_ask(partner, more);
    if (reply.status() != 201) throw std::runtime_error(reply.response.body);
    return {reply.text("request_id"), reply.text("client_id"), reply.text("session_secret"), reply.text("wallet_link"),
            reply.json};
  }
  json::Object result(const Program& partner, const Asked& asked, const std::optional<std::string>& code) const {
    return send_well(take(partner, asked.id, claim(asked.session_secret, code)), 200).json;
  }
  receipt::ConsentReceipt receipt_in(const json::Object& result) const {
    const receipt::ReceiptAnchors anchors{trust->receipts, trust->credential_issuers, trust->iaca};
    return std::get<receipt::ConsentReceipt>(
        must(receipt::check_receipt(result.at("consent_receipt").as_string(), anchors, clock.now())).content);
  }
  // What the person asks of the partner whose receipt it is: the registration on it must be found again.
  int ask_to_delete(const json::Object& result) const {
    const json::Object body{{"receipt", result.at("consent_receipt")},
                            {"secret", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}};
    return send(json_request("POST", "/api/v1/deletion-requests", body)).status();
  }
  std::set<std::string> known_to_wallets() const {
    std::set<std::string> names;
    const Reply list = send_well({.target = "/.well-known/mibun-trust.json"}, 200);
    if (!list.json.contains("verifiers")) return names;
    for (const json::Value& one : list.json.at("verifiers").as_array()) {
      names.emplace(one.as_object().at("client_id").as_string());
    }
    return names;
  }
};

// One world for what does not turn its clock or its configuration.
Permissive& permissive() {
  static Permissive one;
  return one;
}

struct Kind {
  Prefix prefix;
  std::string id, client_id;
  Identified identified;
};
std::string answers_at(std::string_view id) {
  return std::string(kOrigin) + "/oid4vp/partners/" + std::string(id) + "/responses";
}
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {Prefix::verifier_attestation, "attested-shop", "verifier_attestation:attested-shop", Identified::by_attestation},
      {Prefix::preregistered, "known-shop", "known-shop", Identified::by_wallet},
      {Prefix::redirect_uri, "unsigned-shop", "redirect_uri:" + answers_at("unsigned-shop"), Identified::by_address}};
  return all;
}
const Program& partner_of(const Kind& kind) {
  static std::map<std::string, Program> made;
  const auto found = made.find(kind.id);
  if (found != made.end()) return found->second;
  return made.emplace(kind.id, permissive().partner(kind.id, kind.prefix)).first->second;
}

// Of a partner that asks by its certificate's hash.
const Program& hashed() {
  static const Program made = permissive().partner("hashed-shop", Prefix::x509_hash);
  return made;
}

}  // namespace

TEST_CASE("a signed request in its link: nothing is fetched, and it is answered like any other") {
  Permissive& w = permissive();
  const Box box = full_box(w);
  const Asked asked = w.ask(hashed(), {{"request_by", "value"}});
  CHECK(!asked.reply.contains("request_uri"));
  const oid4vp::RequestLink link = must(oid4vp::RequestLink::parse(asked.link));
  CHECK(!link.request.empty());
  CHECK(link.request_uri.empty());
  // Nor can it be: not even by whoever knows its id.
  CHECK(w.send({.target = "/oid4vp/requests/" + asked.id}).status() == 404);

  Wallet wallet(box, w);
  CHECK(wallet.start(asked.link).identified == Identified::by_certificate);
  CHECK(wallet.sent.url.empty());
  const auto finished = wallet.finish(oid4vp::Agreed{"en", std::nullopt});
  CHECK(finished.outcome == oid4vp::Outcome::shared);
  CHECK(w.result(hashed(), asked, code_of_redirect(finished)).at("claims").as_object().size() == 2);

  // Said or unsaid, by reference there is an address and nothing else.
  for (const json::Object& more : {json::Object{}, json::Object{{"request_by", "reference"}}}) {
    const Asked referred = w.ask(hashed(), more);
    CHECK(must(oid4vp::RequestLink::parse(referred.link)).request_uri ==
          std::string(referred.reply.at("request_uri").as_string()));
    CHECK(w.send({.target = "/oid4vp/requests/" + referred.id}).status() == 200);
  }
}

TEST_CASE("a signed request in its link is good until its last second, and repeats no other's secrets") {
  Permissive& w = permissive();
  const Asked asked = w.ask(hashed(), {{"request_by", "value"}});
  const std::string text = must(oid4vp::RequestLink::parse(asked.link)).request;
  const auto at = [&](Instant now) {
    return code_of(oid4vp::VerifiedRequest::verify(text, {asked.client_id, {}, w.verifier_trust()}, now));
  };
  const Instant now = w.clock.now();
  CHECK(at(now) == ErrorCode::internal_error);  // what code_of says of a value
  CHECK(at(now + std::chrono::minutes(12)) == ErrorCode::oid4vp_request_expired);
  const Asked other = w.ask(hashed(), {{"request_by", "value"}});
  const auto payload = [](const std::string& link) {
    return must(must(jose::Jws::parse(must(oid4vp::RequestLink::parse(link)).request)).unverified_payload());
  };
  const json::Object one = payload(asked.link), two = payload(other.link);
  for (const char* member : {"nonce", "state", "response_uri"}) CHECK(one.at(member) != two.at(member));
}

TEST_CASE("every kind of name asks, is answered as that name, and gives a receipt that names it") {
  Permissive& w = permissive();
  const Box box = full_box(w);
  for (const Kind& kind : kinds()) {
    INFO(kind.client_id);
    const Program& partner = partner_of(kind);
    for (const char* by : {"reference", "value"}) {
      if (kind.prefix == Prefix::redirect_uri && by == std::string("reference")) continue;
      for (const char* mode : {"direct_post.jwt", "direct_post"}) {
        CAPTURE(by);
        CAPTURE(mode);
        const Asked asked = w.ask(partner, {{"request_by", by}, {"response_mode", mode}});
        CHECK(asked.client_id == kind.client_id);
        Wallet wallet(box, w);
        const auto question = wallet.start(asked.link);
        CHECK(question.identified == kind.identified);
        CHECK(question.cards.size() == 2);
        const auto finished = wallet.finish(oid4vp::Agreed{"ja", std::nullopt});
        CHECK(wallet.sent.url == answers_at(kind.id));
        const json::Object result = w.result(partner, asked, code_of_redirect(finished));
        CHECK(result.at("claims").as_object().size() == 2);
        CHECK(w.receipt_in(result).client_id == kind.client_id);
        CHECK(w.ask_to_delete(result) == 201);
      }
    }
  }
}

TEST_CASE("through the browser back to the partner's page: the page is an address of each kind") {
  Permissive& w = permissive();
  const Box box = full_box(w);
  for (const Kind& kind : kinds()) {
    INFO(kind.client_id);
    const Program& partner = partner_of(kind);
    const Asked asked = w.ask(partner, {{"mode", "fragment"}});
    const std::string name =
        kind.prefix == Prefix::redirect_uri ? "redirect_uri:" + std::string(kPage) : kind.client_id;
    CHECK(asked.client_id == name);
    Wallet wallet(box, w);
    CHECK(wallet.start(asked.link).identified == kind.identified);
    const auto finished = std::get<oid4vp::Finished>(wallet.answer(oid4vp::Agreed{"en", std::nullopt}));
    const std::string page = std::string(kPage) + "#";
    REQUIRE(finished.redirect_uri->starts_with(page));
    const json::Object body{{"session_secret", asked.session_secret},
                            {"fragment", finished.redirect_uri->substr(page.size())}};
    w.send_well(w.bound_request(w.token(partner), "POST", "/api/v1/partner/requests/" + asked.id + "/answer",
                                json::serialize(body)),
                200);
    const json::Object result = w.result(partner, asked, std::nullopt);
    CHECK(w.receipt_in(result).client_id == name);
    CHECK(w.ask_to_delete(result) == 201);
  }
}

TEST_CASE("a person's refusal finds its request at the one address, and a second answer does not") {
  Permissive& w = permissive();
  const Box box = full_box(w);
  for (const Kind& kind : kinds()) {
    INFO(kind.client_id);
    const Asked asked = w.ask(partner_of(kind));
    Wallet wallet(box, w);
    static_cast<void>(wallet.start(asked.link));
    CHECK(wallet.finish(oid4vp::Refused{}).outcome == oid4vp::Outcome::refused);
    CHECK(wallet.sent.url == answers_at(kind.id));
    CHECK(w.send_well(w.bound_request(w.token(partner_of(kind)), "GET", "/api/v1/partner/requests/" + asked.id), 200)
              .text("state") == "refused");
    CHECK(wallet.send(wallet.sent).status() == 400);
  }
}

TEST_CASE("an answer is taken at the address of its request and at no other") {
  Permissive& w = permissive();
  const Box box = full_box(w);
  const Kind& known = kinds()[1];
  const Asked asked = w.ask(partner_of(known));
  static_cast<void>(partner_of(kinds()[0]));
  Wallet wallet(box, w);
  static_cast<void>(wallet.start(asked.link));
  const auto sent = std::get<oid4vp::SendRequest>(wallet.answer(oid4vp::Agreed{"en", std::nullopt})).request;
  const auto post = [&](const std::string& target, const std::string& body) {
    return w.send({"POST", target, body, {{"Content-Type", std::string(kFormType)}}}).status();
  };
  CHECK(post("/oid4vp/responses/" + asked.id, sent.body) == 400);
  CHECK(post("/oid4vp/partners/attested-shop/responses", sent.body) == 400);
  CHECK(post("/oid4vp/partners/hashed-shop/responses", sent.body) == 400);
  CHECK(post("/oid4vp/partners/nobody/responses", sent.body) == 400);
  CHECK(post("/oid4vp/partners/known-shop/responses", sent.body) == 200);

  // Nor does a request of a certificate's have its answer at an address of its partner.
  const Asked hash = w.ask(hashed());
  Wallet other(box, w);
  static_cast<void>(other.start(hash.link));
  const auto answer = std::get<oid4vp::SendRequest>(other.answer(oid4vp::Agreed{"en", std::nullopt})).request;
  CHECK(post("/oid4vp/partners/hashed-shop/responses", answer.body) == 400);
  // Even where the answer is led there by a state that its wallet adds.
  CHECK(post("/oid4vp/partners/hashed-shop/responses", "error=access_denied&state=" + hash.id + ".x") == 400);
  CHECK(post("/oid4vp/responses/" + hash.id, answer.body) == 200);
}

TEST_CASE("which request an answer is to: what says none is unknown, what says another's is judged with it") {
  Permissive& w = permissive();
  const Kind& known = kinds()[1];
  const Asked asked = w.ask(partner_of(known));
  const auto post = [&](const std::string& body) {
    return w.send({"POST", "/oid4vp/partners/known-shop/responses", body, {{"Content-Type", std::string(kFormType)}}})
        .status();
  };
  for (const std::string& body :
       {std::string("error=access_denied"), std::string("error=access_denied&state=abc"), std::string("state="),
        std::string("error=access_denied&state=.x"), "error=access_denied&state=" + asked.id,
        "error=access_denied&state=" + asked.id + ".", "error=access_denied&state=" + asked.id + ".guessed",
        std::string("response=abc"), std::string("response=a.b.c.d.e"), std::string("%zz")}) {
    CAPTURE(body);
    CHECK(post(body) == 400);
  }
  CHECK(w.send_well(w.bound_request(w.token(partner_of(known)), "GET", "/api/v1/partner/requests/" + asked.id), 200)
            .text("state") == "waiting");
  CHECK(must(request_named_in("error=x&state=" + marked_with("request", "token"))) == "request");
}

TEST_CASE("combinations that cannot be are refused, and what is fitting is not") {
  using enum PresentationMode;
  struct Row {
    std::string_view why;
    PresentationMode mode;
    Prefix prefix;
    std::optional<std::string> said;
    std::optional<RequestBy> strict, open;
  };
  const auto none = std::optional<RequestBy>();
  constexpr auto value = RequestBy::value, reference = RequestBy::reference;
  const Row rows[] = {
      {"unsaid", same_device, Prefix::x509_hash, {}, reference, reference},
      {"said as it is", same_device, Prefix::x509_hash, "reference", reference, reference},
      {"by value", same_device, Prefix::x509_hash, "value", none, value},
      {"by value to a page", fragment, Prefix::preregistered, "value", none, value},
      {"by value with a pairing code", cross_device, Prefix::x509_hash, "value", none, none},
      {"fetched with a pairing code", cross_device, Prefix::verifier_attestation, {}, reference, reference},
      {"by value to the browser", dc_api, Prefix::x509_hash, "value", none, none},
      {"by reference to the browser", dc_api, Prefix::x509_hash, "reference", none, none},
      {"another word", same_device, Prefix::x509_hash, "Value", none, none},
      {"no word", same_device, Prefix::x509_hash, "", none, none},
      {"unsigned, unsaid", same_device, Prefix::redirect_uri, {}, value, value},
      {"unsigned, said as it is", fragment, Prefix::redirect_uri, "value", value, value},
      {"unsigned, to be fetched", same_device, Prefix::redirect_uri, "reference", none, none},
      {"unsigned, another word", same_device, Prefix::redirect_uri, "x", none, none},
      {"unsigned, with a pairing code", cross_device, Prefix::redirect_uri, {}, none, none},
      {"unsigned, to the browser", dc_api, Prefix::redirect_uri, {}, none, none},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto outcome = [&](oid4vp::Kind allowed) -> std::optional<RequestBy> {
      const auto chosen = choose_request_by({row.mode, row.prefix}, row.said, allowed);
      if (chosen) return *chosen;
      CHECK(chosen.error().code == ErrorCode::request_malformed);
      CHECK(!chosen.error().detail.empty());
      return std::nullopt;
    };
    CHECK(outcome(oid4vp::Stance::refuse) == row.strict);
    CHECK(outcome(oid4vp::Stance::accept) == row.open);
  }
  // The same through the partner's own door.
  Permissive& w = permissive();
  const auto refused = [&](const Program& partner, const json::Object& more) {
    const Reply reply = w.try_ask(partner, more);
    return reply.status() == 400 && reply.code() == "request_malformed";
  };
  CHECK(refused(hashed(), {{"mode", "cross_device"}, {"request_by", "value"}}));
  CHECK(refused(hashed(), {{"request_by", 1}}));
  CHECK(refused(partner_of(kinds()[2]), {{"mode", "cross_device"}}));
  CHECK(refused(partner_of(kinds()[2]), {{"mode", "dc_api"}}));
  CHECK(refused(partner_of(kinds()[2]), {{"request_by", "reference"}}));
}

TEST_CASE("from another device, and from the browser, those who sign ask under their names, too") {
  Permissive& w = permissive();
  const Box box = full_box(w);
  for (const Kind& kind : kinds()) {
    if (kind.prefix == Prefix::redirect_uri) continue;
    INFO(kind.client_id);
    const Program& partner = partner_of(kind);
    const Asked asked = w.ask(partner, {{"mode", "cross_device"}});
    Wallet wallet(box, w);
    CHECK(wallet.start(asked.link).identified == kind.identified);
    const std::string code(asked.reply.at("pairing_code").as_string());
    CHECK(wallet.finish(oid4vp::Agreed{"en", code}).outcome == oid4vp::Outcome::shared);
    CHECK(w.result(partner, asked, std::nullopt).at("claims").as_object().size() == 2);

    const auto [browsers, requests] = w.ask_browser(partner);
    for (const json::Value& one : requests) {
      const json::Object& request = one.as_object();
      const auto read = oid4vp::VerifiedRequest::verify_dc_api(
          {std::string(request.at("protocol").as_string()), request.at("data").as_object(), "https://musubi.example"},
          w.verifier_trust(), w.clock.now());
      REQUIRE(read.has_value());
      const bool is_unsigned = request.at("protocol") == json::Value(oid4vp::kDcApiUnsigned);
      CHECK(read->identified() == (is_unsigned ? Identified::by_address : kind.identified));
    }
  }
}

TEST_CASE("the answer is for the name that asked: to an unsigned request, too") {
  Permissive& w = permissive();
  const Kind& unsigned_kind = kinds()[2];
  const Program& partner = partner_of(unsigned_kind);
  json::Object query = both();
  query["credentials"].as_array().resize(1);
  const Reply reply = w.send_well(w.bound_request(w.token(partner), "POST", "/api/v1/partner/requests",
                                                  json::serialize(json::Object{{"dcql_query", query}})),
                                  201);
  const std::string link = reply.text("wallet_link");
  const auto request = must(oid4vp::VerifiedRequest::verify_unsigned(*must(oid4vp::RequestLink::parse(link)).parameters,
                                                                     link, w.verifier_trust(), w.clock.now()));
  const HeldCard card = w.take_card();
  const auto answer_for = [&](const std::string& audience) {
    AnswerTwist twist;
    twist.key_binding = [&](JwtParts parts, const crypto::P256Signer& key) {
      parts.payload["aud"] = audience;
      return sign_jwt(parts, key);
    };
    return w
        .send({"POST",
               "/oid4vp/partners/unsigned-shop/responses",
               w.answer_form(request, card, twist),
               {{"Content-Type", std::string(kFormType)}}})
        .status();
  };
  for (const std::string& other : {answers_at("unsigned-shop"), "redirect_uri:" + answers_at("known-shop"),
                                   "redirect_uri:" + std::string(kPage), std::string("unsigned-shop")}) {
    CAPTURE(other);
    CHECK(answer_for(other) == 400);
  }
  CHECK(answer_for(unsigned_kind.client_id) == 200);
}

TEST_CASE("a wallet that does not know a pre-registered partner, or not with its key, gives it no answer") {
  Permissive& w = permissive();
  const Kind& known = kinds()[1];
  const Asked asked = w.ask(partner_of(known));
  const std::string object = w.send_well({.target = "/oid4vp/requests/" + asked.id}, 200).response.body;
  const auto verified = [&](const oid4vp::KnownVerifiers& verifiers) {
    oid4vp::VerifierTrust trust{w.trust->verifier_access, w.trust->registrars, verifiers, oid4vp::encrypted_profile()};
    return code_of(oid4vp::VerifiedRequest::verify(object, {asked.client_id, {}, trust}, w.clock.now()));
  };
  CHECK(verified(w.trust->known_verifiers) == ErrorCode::internal_error);  // what code_of says of a value
  CHECK(verified({}) == ErrorCode::oid4vp_client_id_prefix_not_supported);
  const auto stranger = crypto::P256PrivateKey::generate();
  const auto with_key = [&](const jose::Jwk& key) {
    oid4vp::KnownVerifier changed = *w.trust->known_verifiers.find("known-shop");
    changed.keys = must(jose::JwkSet::parse(json::Object{{"keys", json::Array{key.to_json()}}}));
    return must(oid4vp::KnownVerifiers::parse(json::Array{changed.to_json()}, "verifiers"));
  };
  jose::Jwk same_name(stranger.public_key());
  same_name.set_kid(*w.trust->known_verifiers.find("known-shop")->keys.keys().front().kid());
  CHECK(verified(with_key(same_name)) == ErrorCode::jws_signature_invalid);
  CHECK(verified(with_key(jose::Jwk(stranger.public_key()))) == ErrorCode::jwk_not_found);
}

TEST_CASE("a pre-registered partner stands in the trust list while its registration is in force, and no longer") {
  Permissive w;
  CHECK(w.known_to_wallets().empty());
  const Program shop = w.partner("town-shop", Prefix::preregistered);
  CHECK(w.known_to_wallets() == std::set<std::string>{"town-shop"});
  const oid4vp::KnownVerifier* known = w.trust->known_verifiers.find("town-shop");
  REQUIRE(known != nullptr);
  CHECK(known->response_uris == std::vector<std::string>{answers_at("town-shop"), std::string(kPage)});
  static_cast<void>(w.partner("hash-shop", Prefix::x509_hash));
  const Program word = w.partner("word-shop", Prefix::verifier_attestation);
  CHECK(w.known_to_wallets() == std::set<std::string>{"town-shop"});  // of the others no wallet need know

  const auto day = std::chrono::hours(24);
  w.clock.advance(364 * day);
  CHECK(w.known_to_wallets() == std::set<std::string>{"town-shop"});
  CHECK(w.try_ask(shop, {}).status() == 201);
  must(w.app->purge_expired());  // which looks whose certificates are to be renewed: of these nobody's
  w.clock.advance(2 * day);
  CHECK(w.known_to_wallets().empty());
  for (const Program* over : {&shop, &word}) CHECK(w.try_ask(*over, {}).status() == 400);
}

TEST_CASE("a name that wallets know somebody by is nobody else's") {
  Permissive w;
  const auto key = crypto::P256PrivateKey::generate();
  w.config.known_verifiers = {
      json::Object{{"client_id", "city-hall"},
                   {"jwks", json::Object{{"keys", json::Array{jose::Jwk(key.public_key()).to_json()}}}},
                   {"response_uris", json::Array{"https://city.example/answers"}}}};
  const Program early = w.partner("old-hall", Prefix::preregistered);
  w.reopen();
  const Reply taken = w.apply(w.new_program("city-hall"), Prefix::preregistered);
  CHECK(taken.status() == 409);
  CHECK(taken.code() == "partner_exists");
  CHECK(w.known_to_wallets() == std::set<std::string>{"city-hall", "old-hall"});
  CHECK(w.apply(w.new_program("city-hall"), Prefix::x509_hash).status() == 201);

  // Where the operator names somebody whom a partner's name is: the operator's word stands in the list, once.
  w.config.known_verifiers.front().as_object()["client_id"] = "old-hall";
  w.reopen();
  CHECK(w.known_to_wallets() == std::set<std::string>{"old-hall"});
  CHECK(w.trust->known_verifiers.find("old-hall")->response_uris.front() == "https://city.example/answers");

  // As many as a wallet takes, and no more.
  json::Array crowd;
  for (std::size_t i = 1; i < oid4vp::kKnownVerifiersMax; ++i) {
    json::Object one = w.config.known_verifiers.front().as_object();
    one["client_id"] = "hall-" + std::to_string(i);
    crowd.push_back(std::move(one));
  }
  w.config.known_verifiers = std::move(crowd);
  w.reopen();
  CHECK(w.known_to_wallets().size() == oid4vp::kKnownVerifiersMax);
  CHECK(w.apply(w.new_program("last-hall"), Prefix::preregistered).code() == "service_overloaded");
  CHECK(w.apply(w.new_program("last-hall"), Prefix::verifier_attestation).status() == 201);
}

TEST_CASE("an address that is too long for a client_id is no name") {
  Permissive& w = permissive();
  for (const std::size_t size : {std::size_t{400}, std::size_t{500}}) {
    json::Object application = w.partner_application(w.new_program("long-" + std::to_string(size)));
    application["client_id_prefix"] = "redirect_uri";
    application["redirect_uri"] = "https://musubi.example/" + std::string(size - 23, 'a');
    const Reply reply =
        w.send(w.bound_request(w.token(w.akari), "POST", "/api/v1/staff/partners", json::serialize(application)));
    CHECK(reply.status() == (size == 400 ? 201 : 400));
  }
}

TEST_CASE("what the operator does not allow is neither registered nor, where it was once allowed, asked any more") {
  Permissive w;
  std::vector<Program> partners;
  for (const Kind& kind : kinds()) partners.push_back(w.partner(kind.id, kind.prefix));
  const Program hash = w.partner("hash-shop", Prefix::x509_hash);
  CHECK(w.try_ask(hash, {{"request_by", "value"}}).status() == 201);
  const Asked open = w.ask(partners[1]);
  const Box box = full_box(w);
  Wallet wallet(box, w);
  static_cast<void>(wallet.start(open.link));

  w.config.partner_names = Config{}.partner_names;
  w.config.requests_by_value = Config{}.requests_by_value;
  w.reopen();
  const auto refused = [](const Reply& reply) { return reply.status() == 400 && reply.code() == "request_malformed"; };
  CHECK(refused(w.try_ask(hash, {{"request_by", "value"}})));
  CHECK(w.try_ask(hash, {}).status() == 201);
  CHECK(w.known_to_wallets().empty());
  for (std::size_t i = 0; i < partners.size(); ++i) {
    INFO(kinds()[i].client_id);
    CHECK(refused(w.try_ask(partners[i], {})));
    CHECK(refused(w.apply(w.new_program("late-shop"), kinds()[i].prefix)));
  }
  // What was asked before is answered.
  CHECK(wallet.finish(oid4vp::Agreed{"en", std::nullopt}).outcome == oid4vp::Outcome::shared);
}

TEST_CASE("without being told, a gateway asks as HAIP has it") {
  const Config config;
  CHECK(config.partner_names.names() == std::vector<std::string_view>{"x509_hash", "x509_san_dns"});
  CHECK(!config.requests_by_value.accepted());
}

TEST_CASE("what proves a partner's name proves no other key, no other name, and nothing when it has run out") {
  const TempDir directory;
  SeededRng rng(17);
  const auto trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  const Instant until = kTestNow + std::chrono::hours(24);
  const auto make = [&](const char* id, Prefix prefix) {
    json::Object body = world().partner_application(world().new_program(id));
    body["client_id_prefix"] = to_string(prefix);
    return must(make_identity(*trust, std::string(kOrigin), must(PartnerApplication::parse(body)), kTestNow, until));
  };
  const auto key_of = [](const PartnerIdentity& identity) {
    return std::make_shared<const crypto::P256PrivateKey>(
        must(crypto::P256PrivateKey::from_pkcs8(identity.key->pkcs8().reveal())));
  };
  const auto opened = [&](const KeptIdentity& kept, Instant now = kTestNow) {
    return code_of(open_identity(kept, trust->registrar_anchors(), now));
  };
  const PartnerIdentity one = make("one", Prefix::verifier_attestation);
  const PartnerIdentity two = make("two", Prefix::verifier_attestation);
  const KeptIdentity good{one.client_id, key_of(one), {}, one.attestation_jwt, {}};
  CHECK(opened(good) == ErrorCode::internal_error);  // what code_of says of a value
  KeptIdentity kept = good;
  kept.key = key_of(two);
  CHECK(opened(kept) == ErrorCode::invalid_argument);
  kept = good;
  kept.attestation_jwt = two.attestation_jwt;
  CHECK(opened(kept) == ErrorCode::oid4vp_client_id_mismatch);
  kept.key = key_of(two);
  CHECK(opened(kept) == ErrorCode::oid4vp_client_id_mismatch);
  kept = good;
  kept.attestation_jwt = "";
  CHECK(opened(kept) == ErrorCode::jws_malformed);
  CHECK(opened(good, until - seconds(1)) == ErrorCode::internal_error);
  CHECK(opened(good, until + std::chrono::minutes(2)) == ErrorCode::jwt_expired);

  // Of a registrar of somebody else.
  const auto elsewhere = must(Trust::open(directory.file("elsewhere"), "https://else.example", rng, kTestNow));
  CHECK(code_of(open_identity(good, elsewhere->registrar_anchors(), kTestNow)) == ErrorCode::certificate_untrusted);

  // Who signs nothing has no key, and who has a certificate no attestation.
  const PartnerIdentity unsigned_one = make("three", Prefix::redirect_uri);
  CHECK(!unsigned_one.key.has_value());
  CHECK(must(open_identity({unsigned_one.client_id, nullptr, {}, {}, {}}, trust->registrar_anchors(), kTestNow)) ==
        nullptr);
  const PartnerIdentity hashed_one = make("four", Prefix::x509_hash);
  CHECK(hashed_one.attestation_jwt.empty());
  CHECK(opened({hashed_one.client_id, key_of(one), hashed_one.certificate, {}, {}}) == ErrorCode::invalid_argument);
}

}  // namespace mibun::server
