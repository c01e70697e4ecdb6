#include "tests/server/app/row.h"

// The Digital Credentials API: what a partner's page got from the browser, sent on by its server.
namespace mibun::server {
namespace {

constexpr std::string_view kPage = "https://musubi.example";

using Twist = std::function<json::Object(TestWorld&, const oid4vp::VerifiedRequest&)>;

json::Object right(TestWorld& w, const oid4vp::VerifiedRequest& request, const AnswerTwist& twist = {}) {
  return {{"response", w.encrypted_answer(request, w.take_card(), twist)}};
}

Reply answer(TestWorld& w, const Twist& make) {
  const auto [asked, requests] = w.ask_browser(w.shop);
  const auto request = must(w.read_from_browser(requests, kPage));
  return w.send(w.answer_from_browser(w.shop, asked.id, asked.session_secret, make(w, request)));
}

Row row(std::string sentence, int status, std::string code, Twist make) {
  return {std::move(sentence), status, std::move(code),
          [make = std::move(make)](TestWorld& w) { return answer(w, make); }};
}

Row with_binding(std::string sentence, std::string code, std::function<void(json::Object&)> change) {
  return row(std::move(sentence), 400, std::move(code), [change = std::move(change)](TestWorld& w, auto& request) {
    AnswerTwist twist;
    twist.key_binding = [change](JwtParts parts, const crypto::P256Signer& key) {
      change(parts.payload);
      return sign_jwt(parts, key);
    };
    return right(w, request, twist);
  });
}

void add_answers(std::vector<Row>& rows) {
  rows.push_back(row("An answer from the browser is taken", 200, "",
                     [](TestWorld& w, auto& request) { return right(w, request); }));
  rows.push_back(with_binding("An answer made for the client id instead of the origin is refused",
                              "sd_jwt_key_binding_audience_mismatch",
                              [](json::Object& claims) { claims["aud"] = "x509_hash:abc"; }));
  rows.push_back(with_binding("An answer made for another page is refused", "sd_jwt_key_binding_audience_mismatch",
                              [](json::Object& claims) { claims["aud"] = "origin:https://evil.example"; }));
  rows.push_back(with_binding("An answer made for the origin without its prefix is refused",
                              "sd_jwt_key_binding_audience_mismatch",
                              [](json::Object& claims) { claims["aud"] = std::string(kPage); }));
  rows.push_back(with_binding("An answer with another nonce is refused", "sd_jwt_key_binding_nonce_mismatch",
                              [](json::Object& claims) { claims["nonce"] = kCanary; }));
  rows.push_back(row("An answer from the browser in the clear is refused", 400, "oid4vp_response_not_encrypted",
                     [](TestWorld&, auto&) { return json::Object{{"vp_token", json::Object()}}; }));
  rows.push_back(row("An answer without its encrypted part is refused", 400, "oid4vp_response_malformed",
                     [](TestWorld&, auto&) { return json::Object{{"error", "access_denied"}}; }));
  rows.push_back(row("An encrypted part that is no text is refused", 400, "oid4vp_response_malformed",
                     [](TestWorld&, auto&) { return json::Object{{"response", 7391}}; }));
  rows.push_back(row("An encrypted part that is no JWE is refused", 400, "jwe_malformed",
                     [](TestWorld&, auto&) { return json::Object{{"response", "kanaria7391"}}; }));
  rows.push_back(row("A pairing code on an answer from the browser is refused", 400, "oid4vp_response_malformed",
                     [](TestWorld& w, auto& request) {
                       AnswerTwist twist;
                       twist.payload = [](json::Object& payload) { payload[oid4vp::kPairingCodeMember] = "123456"; };
                       return right(w, request, twist);
                     }));
  rows.push_back(row("The answer to another request is refused", 400, "jwe_kid_mismatch", [](TestWorld& w, auto&) {
    return right(w, must(w.read_from_browser(w.ask_browser(w.shop).second, kPage)));
  }));
}

void add_sessions(std::vector<Row>& rows) {
  const auto from = [](std::string sentence, int status, std::string code,
                       std::function<TestRequest(TestWorld&, const AskedRequest&, const json::Object&)> send) {
    return Row{std::move(sentence), status, std::move(code), [send = std::move(send)](TestWorld& w) {
                 const auto [asked, requests] = w.ask_browser(w.shop);
                 return w.send(send(w, asked, right(w, must(w.read_from_browser(requests, kPage)))));
               }};
  };
  rows.push_back(from("Another session cannot hand in an answer", 403, "oid4vp_session_mismatch",
                      [](TestWorld& w, auto& asked, auto& data) {
                        const std::string other = w.ask_browser(w.shop).first.session_secret;
                        return w.answer_from_browser(w.shop, asked.id, other, data);
                      }));
  rows.push_back(from("Another partner cannot hand in an answer", 404, "request_not_found",
                      [](TestWorld& w, auto& asked, auto& data) {
                        return w.answer_from_browser(w.other_shop, asked.id, asked.session_secret, data);
                      }));
  rows.push_back(from("An answer from the browser is taken once", 409, "oid4vp_transaction_consumed",
                      [](TestWorld& w, auto& asked, auto& data) {
                        w.send_well(w.answer_from_browser(w.shop, asked.id, asked.session_secret, data), 200);
                        return w.answer_from_browser(w.shop, asked.id, asked.session_secret, data);
                      }));
  rows.push_back(from("An answer from the browser after ten minutes is refused", 409, "oid4vp_transaction_expired",
                      [](TestWorld& w, auto& asked, auto& data) {
                        w.clock.advance(std::chrono::seconds(600));
                        return w.answer_from_browser(w.shop, asked.id, asked.session_secret, data);
                      }));
  rows.push_back(from("The session that asked gets the result of the browser's answer", 200, "",
                      [](TestWorld& w, auto& asked, auto& data) {
                        w.send_well(w.answer_from_browser(w.shop, asked.id, asked.session_secret, data), 200);
                        return w.take(w.shop, asked.id, w.claim(asked.session_secret, std::nullopt));
                      }));
  rows.push_back(from("Another session does not get it", 403, "oid4vp_session_mismatch",
                      [](TestWorld& w, auto& asked, auto& data) {
                        w.send_well(w.answer_from_browser(w.shop, asked.id, asked.session_secret, data), 200);
                        return w.take(w.shop, asked.id, w.claim(std::string(kCanary), std::nullopt));
                      }));
  rows.push_back(
      {"A browser's answer to a request by link is not looked at", 404, "request_not_found", [](TestWorld& w) {
         const AskedRequest asked = w.ask(w.shop);
         return w.send(w.answer_from_browser(w.shop, asked.id, asked.session_secret, {{"response", "x"}}));
       }});
  rows.push_back({"A browser's request cannot be fetched by a link", 404, "request_not_found", [](TestWorld& w) {
                    return w.send({.target = "/oid4vp/requests/" + w.ask_browser(w.shop).first.id});
                  }});
  rows.push_back({"A browser's request cannot be answered by a POST of the wallet", 400, "invalid_request",
                  [](TestWorld& w) {
                    const auto [asked, requests] = w.ask_browser(w.shop);
                    const auto request = must(w.read_from_browser(requests, kPage));
                    return w.send(w.answer(asked, w.answer_form(request, w.take_card())));
                  },
                  "oid4vp_transaction_unknown"});
}

}  // namespace

std::vector<Row> browser_rows() {
  std::vector<Row> rows;
  add_answers(rows);
  add_sessions(rows);
  return rows;
}

}  // namespace mibun::server
