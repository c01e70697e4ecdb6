#include <doctest/doctest.h>

#include "core/codecs/url.h"
#include "core/jose/jwk.h"
#include "server/presentation/answer_mark.h"
#include "server/presentation/request_by.h"
#include "tests/server/app/asking_world.h"

// What must not pass for a way of asking that the operator allows (ways_of_asking_test.cc), and ways that are not
// allowed.
namespace mibun::server {

using namespace asking;

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

}  // namespace mibun::server
