#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/dcql/authority_key_id.h"
#include "core/jose/jwe.h"
#include "core/mdoc/doc_types.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/wire.h"
#include "core/receipt/receipt.h"
#include "server/presentation/session.h"
#include "tests/server/app/holder.h"
#include "tests/server/app/logged_code.h"
#include "tests/server/app/nearby.h"

// Our wallet's flow against the whole gateway: both formats in one request, every way for an answer, what a holder
// approves, and refusals that look alike.
namespace mibun::server {
namespace {

using oid4vp::Agreed;
using oid4vp::AskHolder;
using oid4vp::Finished;

json::Object object_of(std::string_view text) {
  return must(json::parse_object(text));
}

// A partner that is registered for cards of both formats.
const Program& asker() {
  return nearby_partner(world());
}

json::Object identity_query() {
  return object_of(R"({"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["urn:mibun:identity:1"]},
      "claims":[{"path":["given_name"]},{"path":["age_equal_or_over","20"]}]})");
}

json::Object photo_query() {
  return object_of(R"({"id":"photo","format":"mso_mdoc","meta":{"doctype_value":"org.iso.23220.photoid.1"},
      "claims":[{"path":["org.iso.23220.1","given_name"]}]})");
}

json::Object both() {
  return {{"credentials", json::Array{identity_query(), photo_query()}}};
}

json::Object approval() {
  return object_of(R"({"type":"urn:mibun:transaction:approval:1","credential_ids":["identity"],
      "approval_id":"order-1","text":{"ja":"注文を承認します","en":"I approve the order"},
      "payment":{"amount":"1200","currency":"JPY","payee":"酒処むすび"}})");
}

struct Asked {
  std::string id, session_secret, link;
  json::Array browser_requests;
};

Asked ask(const json::Object& body) {
  TestWorld& w = world();
  const Reply reply =
      w.send_well(w.bound_request(w.token(asker()), "POST", "/api/v1/partner/requests", json::serialize(body)), 201);
  if (reply.json.contains("dc_api_requests")) {
    return {reply.text("request_id"), reply.text("session_secret"), {}, reply.json.at("dc_api_requests").as_array()};
  }
  return {reply.text("request_id"), reply.text("session_secret"), reply.text("wallet_link"), {}};
}

json::Object result_of(const Asked& asked, const std::optional<std::string>& response_code) {
  TestWorld& w = world();
  return w.send_well(w.take(asker(), asked.id, w.claim(asked.session_secret, response_code)), 200).json;
}

receipt::ConsentReceipt receipt_in(const json::Object& result) {
  const wallet::TrustList& trust = *world().trust;
  const receipt::ReceiptAnchors anchors{trust.receipts, trust.credential_issuers, trust.iaca};
  const std::string text(result.at("consent_receipt").as_string());
  return std::get<receipt::ConsentReceipt>(must(receipt::check_receipt(text, anchors, world().clock.now())).content);
}

}  // namespace

TEST_CASE("an mdoc and an SD-JWT VC answer one request, from the link to the result and the receipt") {
  const Box box = full_box();
  const Asked asked = ask({{"dcql_query", both()}});
  Wallet wallet(box);
  const AskHolder question = wallet.start(asked.link);
  REQUIRE(question.cards.size() == 2);
  CHECK(question.identified == oid4vp::Identified::by_certificate);
  const Finished finished = wallet.finish(Agreed{"ja", std::nullopt});
  CHECK(finished.outcome == oid4vp::Outcome::shared);
  const json::Object result = result_of(asked, code_of_redirect(finished));
  const json::Object& claims = result.at("claims").as_object();
  CHECK(claims.at("identity").as_array()[0].as_object().at("given_name") == json::Value("HARUKA"));
  CHECK(claims.at("photo").as_array()[0].as_object().at("org.iso.23220.1").as_object().at("given_name") ==
        json::Value("HARUKA"));
  const receipt::ConsentReceipt receipt = receipt_in(result);
  CHECK(receipt.presentations.size() == 1);
  CHECK(receipt.mdoc_presentations.size() == 1);
  CHECK(receipt.transaction_data.empty());
}

// RFC 9101, section 5.2.
TEST_CASE("the address of a request is not longer than every wallet takes") {
  const Asked asked = ask({{"dcql_query", json::Object{{"credentials", json::Array{photo_query()}}}}});
  const std::string address = must(oid4vp::RequestLink::parse(asked.link)).request_uri;
  CHECK(address.starts_with("https://"));
  CHECK(address.size() <= 512);
}

TEST_CASE("oid4vp-1final-verifier-invalid-session-transcript: an mdoc signed over another transcript is refused") {
  TestWorld& w = world();
  const Box box = full_box();
  const oid4vp::HeldCard& photo = *box.cards().at(1);
  const auto signer = must(box.signer(photo));
  const std::vector<mdoc::ElementName> names{{std::string(mdoc::kIso23220NameSpace), "given_name"}};
  const Asked asked = ask({{"dcql_query", json::Object{{"credentials", json::Array{photo_query()}}}}});
  const auto request = w.fetch({asked.id, must(oid4vp::RequestLink::parse(asked.link)).client_id, {}, {}});
  const auto key = mdoc::ResponseKey::thumbprint(request.response_key()->key.thumbprint_sha256());
  struct Row {
    std::string_view why;
    mdoc::RedirectHandover handover;
    bool taken;
  };
  const std::string other_uri = request.response_uri() + "x";
  const auto stranger = crypto::P256PrivateKey::generate();
  const Row rows[] = {
      {"another nonce", {request.audience(), "another-nonce-0123456789", key, request.response_uri()}, false},
      {"another client", {"x509_hash:abc", request.nonce(), key, request.response_uri()}, false},
      {"another address", {request.audience(), request.nonce(), key, other_uri}, false},
      {"without the key",
       {request.audience(), request.nonce(), mdoc::ResponseKey::not_encrypted(), request.response_uri()},
       false},
      {"another key",
       {request.audience(), request.nonce(),
        mdoc::ResponseKey::thumbprint(jose::Jwk(stranger.public_key()).thumbprint_sha256()), request.response_uri()},
       false},
      {"its own", {request.audience(), request.nonce(), key, request.response_uri()}, true},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto transcript = mdoc::SessionTranscript::make(row.handover);
    const Bytes response = must(photo.mdoc()->present(names, transcript, mdoc::SignWith{*signer}));
    json::Object vp_token{{"photo", json::Array{mdoc::to_wire(response)}}};
    json::Object payload{{"vp_token", std::move(vp_token)}, {"state", *request.state()}};
    const jose::JweRequest jwe{.enc = request.response_key()->content_encryption,
                               .kid = request.response_key()->key.kid(),
                               .cty = {},
                               .apu = {},
                               .apv = {}};
    const std::string sealed =
        must(jose::encrypt_jwe(request.response_key()->key.key(), jwe, as_bytes(json::serialize(payload)), w.rng));
    const Reply reply = w.send(w.answer({asked.id, {}, {}, {}}, form::encode({{"response", sealed}})));
    CHECK(reply.status() == (row.taken ? 200 : 400));
    if (row.taken) continue;
    CHECK(reply.code() == "invalid_request");
    CHECK(last_logged_code() == "mdoc_device_signature_invalid");
  }
}

TEST_CASE("trusted authorities of an mdoc: the authority that issued it, and no other") {
  const Box box = full_box();
  const std::string ours = box.cards().at(1)->as_dcql().authority_key_ids.at(0);
  const auto ask_for = [&](const std::string& authority) {
    json::Object photo = photo_query();
    photo["trusted_authorities"] =
        json::Array{json::Object{{"type", "aki"}, {"values", json::Array{json::Value(authority)}}}};
    return ask({{"dcql_query", json::Object{{"credentials", json::Array{std::move(photo)}}}}});
  };
  const Asked asked = ask_for(ours);
  Wallet wallet(box);
  CHECK(wallet.start(asked.link).cards.size() == 1);
  CHECK(wallet.finish(Agreed{"en", std::nullopt}).outcome == oid4vp::Outcome::shared);
  Wallet other(box);
  CHECK(other.start(ask_for("AAAAAAAAAAAAAAAAAAAAAAAAAAA").link).cards.empty());
}

TEST_CASE("refusing and having no card cannot be told apart by the gateway: neither the message nor what follows") {
  TestWorld& w = world();
  const Box full = full_box();
  Box empty;
  struct Seen {
    std::string method, body_shape, reply_body, state, result_code;
    std::size_t body_size = 0;
    std::vector<std::string> headers;
    int status = 0;
    bool operator==(const Seen&) const = default;
  };
  const auto refuse = [&](const Box& box) {
    const Asked asked = ask({{"dcql_query", both()}});
    Wallet wallet(box);
    static_cast<void>(wallet.start(asked.link));
    const Finished finished = wallet.finish(oid4vp::Refused{});
    CHECK(finished.outcome == oid4vp::Outcome::refused);
    Seen seen;
    seen.method = wallet.sent.method;
    const auto fields = must(form::Fields::parse(wallet.sent.body));
    for (const auto& [name, value] : fields.all()) seen.body_shape += name + (name == "error" ? "=" + value : "") + ";";
    seen.body_size = wallet.sent.body.size();
    for (const HttpHeader& header : wallet.sent.headers) seen.headers.push_back(header.name + ": " + header.value);
    seen.status = wallet.reply.status();
    // The response_code in it is drawn anew each time, always as long.
    seen.reply_body = wallet.reply.response.body.substr(0, wallet.reply.response.body.find("response_code")) + "|" +
                      std::to_string(wallet.reply.response.body.size());
    seen.state = w.send_well(w.bound_request(w.token(asker()), "GET", "/api/v1/partner/requests/" + asked.id), 200)
                     .text("state");
    seen.result_code =
        w.send(w.take(asker(), asked.id, w.claim(asked.session_secret, code_of_redirect(finished)))).code();
    return seen;
  };
  const Seen refused = refuse(full);
  CHECK(refused == refuse(empty));
  CHECK(refused.body_shape == "error=access_denied;state;");
  CHECK(refused.state == "refused");
  CHECK(refused.result_code == "request_refused_by_holder");
}

TEST_CASE("what a holder approves is shown, signed, checked, and told in the result and on the receipt") {
  const Box box = full_box();
  const Asked asked = ask({{"dcql_query", both()}, {"transaction_data", json::Array{approval()}}});
  Wallet wallet(box);
  const AskHolder question = wallet.start(asked.link);
  REQUIRE(question.approvals.size() == 1);
  CHECK(question.approvals[0].text.en == "I approve the order");
  CHECK(question.approvals[0].payment->amount == "1200");
  const Finished finished = wallet.finish(Agreed{"ja", std::nullopt});
  CHECK(finished.outcome == oid4vp::Outcome::shared);
  const json::Object result = result_of(asked, code_of_redirect(finished));
  const json::Object& told = result.at("transaction_data").as_array().at(0).as_object();
  CHECK(told.at("approval_id") == json::Value("order-1"));
  CHECK(told.at("credential_id") == json::Value("identity"));
  const receipt::ConsentReceipt receipt = receipt_in(result);
  REQUIRE(receipt.transaction_data.size() == 1);
  CHECK(told.at("sha256") == json::Value(base64url::encode(crypto::sha256(receipt.transaction_data[0]))));
  CHECK(must(oid4vp::read_approval(receipt.transaction_data[0])).text.ja == "注文を承認します");
}

TEST_CASE("an answer that does not approve what was asked, or approves what was not, is refused") {
  TestWorld& w = world();
  const json::Object query{{"credentials", json::Array{identity_query()}}};
  const auto answer = [&](const json::Object& body, const std::function<void(json::Object&)>& change) {
    const Asked asked = ask(body);
    const std::string client_id = must(oid4vp::RequestLink::parse(asked.link)).client_id;
    const auto request = w.fetch({asked.id, client_id, asked.session_secret, {}});
    AnswerTwist twist;
    twist.key_binding = [&](JwtParts parts, const crypto::P256Signer& key) {
      json::Array hashes;
      for (const auto& data : request.transaction_data()) hashes.emplace_back(data.hash());
      if (!hashes.empty()) {
        parts.payload["transaction_data_hashes"] = std::move(hashes);
        parts.payload["transaction_data_hashes_alg"] = "sha-256";
      }
      change(parts.payload);
      return sign_jwt(parts, key);
    };
    return w.send(w.answer({asked.id, {}, {}, {}}, w.answer_form(request, w.take_card(), twist)));
  };
  const json::Object with{{"dcql_query", query}, {"transaction_data", json::Array{approval()}}};
  const json::Object without{{"dcql_query", query}};
  CHECK(answer(with, [](json::Object&) {}).status() == 200);
  const json::Array other{base64url::encode(crypto::sha256("other"))};
  struct Row {
    std::string_view why;
    const json::Object& body;
    std::function<void(json::Object&)> change;
  };
  const Row rows[] = {
      {"not approved", with, [](auto& p) { p.erase("transaction_data_hashes"); }},
      {"something else approved", with, [&](auto& p) { p["transaction_data_hashes"] = other; }},
      {"another algorithm", with, [](auto& p) { p["transaction_data_hashes_alg"] = "sha-512"; }},
      {"approved though nothing was asked", without, [&](auto& p) { p["transaction_data_hashes"] = other; }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(answer(row.body, row.change).status() == 400);
    CHECK(last_logged_code() == "oid4vp_transaction_data_mismatch");
  }
}

TEST_CASE("answers in the clear, where the operator takes them: posted, behind the #, and from the browser") {
  TestWorld& w = world();
  const Box box = full_box();
  {
    const Asked asked = ask({{"dcql_query", both()}, {"response_mode", "direct_post"}});
    Wallet wallet(box);
    CHECK(wallet.start(asked.link).mode == oid4vp::ResponseMode::direct_post);
    const Finished finished = wallet.finish(Agreed{"en", std::nullopt});
    CHECK(must(form::Fields::parse(wallet.sent.body)).find("vp_token").has_value());
    CHECK(result_of(asked, code_of_redirect(finished)).at("claims").as_object().size() == 2);
  }
  {
    const Asked asked = ask({{"dcql_query", both()}, {"mode", "fragment"}});
    Wallet wallet(box);
    static_cast<void>(wallet.start(asked.link));
    const auto finished = std::get<Finished>(wallet.answer(Agreed{"en", std::nullopt}));
    const std::string page = "https://musubi.example/return#";
    REQUIRE(finished.redirect_uri->starts_with(page));
    const std::string fragment = finished.redirect_uri->substr(page.size());
    const auto hand_in = [&](const std::string& secret, const json::Object& member) {
      json::Object body{{"session_secret", secret}};
      for (const auto& one : member) body[one.key()] = one.value();
      return w.send(w.bound_request(w.token(asker()), "POST", "/api/v1/partner/requests/" + asked.id + "/answer",
                                    json::serialize(body)));
    };
    // Whose page the browser came to is not enough: the session that asked hands it in.
    CHECK(hand_in("another-session", {{"fragment", fragment}}).code() == "oid4vp_session_mismatch");
    CHECK(hand_in(asked.session_secret, {{"data", json::Object{{"vp_token", json::Object()}}}}).code() ==
          "request_not_found");
    CHECK(hand_in(asked.session_secret, {}).code() == "request_malformed");
    CHECK(hand_in(asked.session_secret, {{"fragment", fragment}, {"data", json::Object()}}).code() ==
          "request_malformed");
    CHECK(w.send(w.answer({asked.id, {}, {}, {}}, fragment)).status() == 400);  // not to the wallets' address
    CHECK(hand_in(asked.session_secret, {{"fragment", fragment}}).status() == 200);
    CHECK(hand_in(asked.session_secret, {{"fragment", fragment}}).code() == "oid4vp_transaction_consumed");
    const json::Object result = result_of(asked, std::nullopt);
    CHECK(result.at("claims").as_object().size() == 2);
    CHECK(result.at("presentation_channel") == json::Value("same_device"));
  }
  {
    const Asked asked = ask({{"dcql_query", both()}, {"mode", "dc_api"}, {"response_mode", "dc_api"}});
    REQUIRE(asked.browser_requests.size() == 3);
    for (const json::Value& one : asked.browser_requests) {
      const json::Object& request = one.as_object();
      INFO(request.at("protocol").as_string().c_str());
      Wallet wallet(box);
      const oid4vp::BrowserRequest handed{std::string(request.at("protocol").as_string()),
                                          request.at("data").as_object(), "https://musubi.example"};
      CHECK(std::get<AskHolder>(wallet.answer(handed)).cards.size() == 2);
      const auto answered = std::get<oid4vp::AnswerBrowser>(wallet.answer(Agreed{"en", std::nullopt}));
      const Reply taken = w.send(w.answer_from_browser(asker(), asked.id, asked.session_secret, answered.data));
      CHECK(taken.status() == (&one == &asked.browser_requests.front() ? 200 : 409));  // any of them, once
    }
  }
}

TEST_CASE("a gateway under HAIP asks for encrypted answers only, and each mode has its ways") {
  using enum PresentationMode;
  using oid4vp::ResponseMode;
  struct Row {
    std::string_view why;
    PresentationMode mode;
    std::optional<std::string> said;
    bool haip, open;
  };
  const Row rows[] = {
      {"unsaid, same device", same_device, {}, true, true},
      {"unsaid, cross device", cross_device, {}, true, true},
      {"unsaid, browser", dc_api, {}, true, true},
      {"unsaid, fragment", fragment, {}, false, true},
      {"encrypted", same_device, "direct_post.jwt", true, true},
      {"posted in the clear", same_device, "direct_post", false, true},
      {"posted in the clear from another device", cross_device, "direct_post", false, true},
      {"the browser's, in the clear", dc_api, "dc_api", false, true},
      {"the browser's, without one", same_device, "dc_api.jwt", false, false},
      {"posted, through the browser", dc_api, "direct_post.jwt", false, false},
      {"a fragment from another device", cross_device, "fragment", false, false},
      {"posted, for a fragment", fragment, "direct_post.jwt", false, false},
      {"unknown", same_device, "query", false, false},
      {"empty", same_device, "", false, false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto outcome = [&](const oid4vp::RequestProfile& profile) {
      const auto chosen = choose_response_mode(row.mode, row.said, profile.modes);
      if (!chosen) CHECK(chosen.error().code == ErrorCode::request_malformed);
      return chosen.has_value();
    };
    CHECK(outcome(oid4vp::haip_profile()) == row.haip);
    CHECK(outcome(oid4vp::openid4vp_profile()) == row.open);
  }
}

}  // namespace mibun::server
