#include <doctest/doctest.h>

#include "core/codecs/url.h"
#include "core/jose/jws.h"
#include "core/oid4vp/dc_api.h"
#include "tests/server/app/asking_world.h"

// What an operator may allow beside HAIP: signed requests in their link, and partners that ask under a registrar's
// attestation, as wallets know them, or unsigned (OpenID4VP 1.0, sections 5.9 and 12; RFC 9101, section 5). Each from
// the partner's request to its result, with our wallet. What must not pass for it: ways_refused_test.cc.
namespace mibun::server {

using namespace asking;

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

}  // namespace mibun::server
