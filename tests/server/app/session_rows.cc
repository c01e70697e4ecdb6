#include "tests/server/app/row.h"

// The browser session that asked (same device), and the code on the page that asked (cross device).
namespace mibun::server {
namespace {

AnswerTwist typed(std::function<void(json::Object&)> change) {
  AnswerTwist twist;
  twist.payload = std::move(change);
  return twist;
}

AnswerTwist typed(const std::string& code) {
  return typed([code](json::Object& payload) { payload[oid4vp::kPairingCodeMember] = code; });
}

Reply answer(TestWorld& w, const AskedRequest& asked, const AnswerTwist& twist) {
  return w.send(w.answer(asked, w.answer_form(w.fetch(asked), w.take_card(), twist)));
}

std::string other_than(std::string code) {
  code.back() = code.back() == '0' ? '1' : '0';
  return code;
}

// ---- Creating ----

Row mode(std::string sentence, int status, std::string code, json::Value value) {
  return {std::move(sentence), status, std::move(code), [value = std::move(value)](TestWorld& w) {
            json::Object body{{"dcql_query", w.dcql_query({{"given_name"}})}, {"mode", value}};
            return w.send(w.bound_request(w.token(w.shop), "POST", "/api/v1/partner/requests", json::serialize(body)));
          }};
}

void add_modes(std::vector<Row>& rows) {
  rows.push_back(mode("A request for the same device is made", 201, "", "same_device"));
  rows.push_back(mode("A request for another device is made", 201, "", "cross_device"));
  for (const char* name : {"", "cross-device", "Same_device", "any"}) {
    rows.push_back(mode("The mode \"" + std::string(name) + "\" is refused", 400, "request_malformed", name));
  }
  rows.push_back(mode("A mode that is no text is refused", 400, "request_malformed", 1));
  rows.push_back(
      {"A request without a mode is one for the same device", 403, "oid4vp_session_mismatch", [](TestWorld& w) {
         json::Object body{{"dcql_query", w.dcql_query({{"given_name"}})}};
         const Reply made = w.send_well(
             w.bound_request(w.token(w.shop), "POST", "/api/v1/partner/requests", json::serialize(body)), 201);
         if (made.text("mode") != "same_device") throw std::runtime_error("another mode");
         return w.send(w.take(w.shop, made.text("request_id"), w.claim(std::string(kCanary), "x")));
       }});
}

// ---- The session that asked ----

Row claimed(std::string sentence, int status, std::string code,
            std::function<json::Object(TestWorld&, const AskedRequest&, const std::string&)> claim) {
  return {std::move(sentence), status, std::move(code), [claim = std::move(claim)](TestWorld& w) {
            const auto [asked, response_code] = w.answered();
            return w.send(w.take(w.shop, asked.id, claim(w, asked, response_code)));
          }};
}

void add_sessions(std::vector<Row>& rows) {
  const std::string mismatch = "oid4vp_session_mismatch";
  rows.push_back(claimed("The session that asked gets the result", 200, "",
                         [](auto& w, auto& asked, auto& code) { return w.claim(asked.session_secret, code); }));
  rows.push_back(claimed("Another session of the same partner gets nothing", 403, mismatch,
                         [](auto& w, auto&, auto& code) { return w.claim(w.ask(w.shop).session_secret, code); }));
  rows.push_back(claimed("An empty session secret gets nothing", 403, mismatch,
                         [](auto& w, auto&, auto& code) { return w.claim("", code); }));
  rows.push_back(claimed("Half a session secret gets nothing", 403, mismatch, [](auto& w, auto& asked, auto& code) {
    return w.claim(asked.session_secret.substr(0, 20), code);
  }));
  rows.push_back(claimed("A session secret with one more character gets nothing", 403, mismatch,
                         [](auto& w, auto& asked, auto& code) { return w.claim(asked.session_secret + "A", code); }));
  rows.push_back(claimed("The response_code in the session secret's place gets nothing", 403, mismatch,
                         [](auto& w, auto&, auto& code) { return w.claim(code, code); }));
  rows.push_back(claimed("The right session with another code gets nothing", 403, "oid4vp_response_code_wrong",
                         [](auto& w, auto& asked, auto&) { return w.claim(asked.session_secret, "x"); }));
  rows.push_back(claimed("The right session without a code is told what is missing", 400, "request_malformed",
                         [](auto& w, auto& asked, auto&) { return w.claim(asked.session_secret, std::nullopt); }));
  rows.push_back(
      {"After another session tried, the result is still there for the one that asked", 200, "", [](TestWorld& w) {
         const auto [asked, code] = w.answered();
         w.send_well(w.take(w.shop, asked.id, w.claim(std::string(kCanary), code)), 403);
         return w.send(w.take(w.shop, asked.id, w.claim(asked.session_secret, code)));
       }});
  rows.push_back({"Another session does not learn that there is no answer yet", 403, mismatch, [](TestWorld& w) {
                    return w.send(w.take(w.shop, w.ask(w.shop).id, w.claim(std::string(kCanary), "x")));
                  }});
  rows.push_back({"Another session does not learn that the person refused", 403, mismatch, [](TestWorld& w) {
                    const AskedRequest asked = w.ask(w.shop);
                    w.send_well(w.answer(asked, oid4vp::build_error_form(w.fetch(asked), "access_denied")), 200);
                    return w.send(w.take(w.shop, asked.id, w.claim(std::string(kCanary), "x")));
                  }});
}

// ---- The code on the page ----

Row coded(std::string sentence, std::string logged, std::function<AnswerTwist(const AskedRequest&)> twist) {
  return {std::move(sentence), 400, "invalid_request",
          [twist = std::move(twist)](TestWorld& w) {
            const AskedRequest asked = w.ask(w.shop, "cross_device");
            return answer(w, asked, twist(asked));
          },
          std::move(logged)};
}

void add_codes(std::vector<Row>& rows) {
  const std::string wrong = "pairing_code_wrong";
  rows.push_back({"An answer with the code of the page is taken", 200, "", [](TestWorld& w) {
                    const AskedRequest asked = w.ask(w.shop, "cross_device");
                    return answer(w, asked, typed(asked.pairing_code));
                  }});
  rows.push_back(coded("An answer without the code is refused", wrong, [](auto&) { return AnswerTwist(); }));
  rows.push_back(coded("An answer with another code is refused", wrong,
                       [](auto& asked) { return typed(other_than(asked.pairing_code)); }));
  rows.push_back(coded("An answer with an empty code is refused", wrong, [](auto&) { return typed(""); }));
  rows.push_back(coded("An answer with the code and a space is refused", wrong,
                       [](auto& asked) { return typed(asked.pairing_code + " "); }));
  rows.push_back(coded("An answer with the code's first five digits is refused", wrong,
                       [](auto& asked) { return typed(asked.pairing_code.substr(0, 5)); }));
  rows.push_back(coded("An answer with a code that is a number is refused", "oid4vp_response_malformed", [](auto&) {
    return typed([](json::Object& payload) { payload[oid4vp::kPairingCodeMember] = 123456; });
  }));
  rows.push_back(coded("The code of another request is refused", wrong, [](auto& asked) {
    std::string code = asked.pairing_code;
    while (code == asked.pairing_code) code = world().ask(world().shop, "cross_device").pairing_code;
    return typed(code);
  }));
  rows.push_back({"A code on an answer for the same device is refused", 400, "invalid_request",
                  [](TestWorld& w) { return answer(w, w.ask(w.shop), typed("123456")); }, "oid4vp_response_malformed"});
  rows.push_back({"After four wrong codes the right one is taken", 200, "", [](TestWorld& w) {
                    const AskedRequest asked = w.ask(w.shop, "cross_device");
                    for (int i = 0; i < 4; ++i) answer(w, asked, typed(other_than(asked.pairing_code)));
                    return answer(w, asked, typed(asked.pairing_code));
                  }});
  rows.push_back({"After five wrong codes the right one is refused", 400, "invalid_request",
                  [](TestWorld& w) {
                    const AskedRequest asked = w.ask(w.shop, "cross_device");
                    const auto request = w.fetch(asked);
                    const HeldCard card = w.take_card();
                    for (int i = 0; i < 5; ++i) {
                      w.send(w.answer(asked, w.answer_form(request, card, typed(other_than(asked.pairing_code)))));
                    }
                    return w.send(w.answer(asked, w.answer_form(request, card, typed(asked.pairing_code))));
                  },
                  "pairing_code_locked"});
  rows.push_back({"What is no code at all is no try", 200, "", [](TestWorld& w) {
                    const AskedRequest asked = w.ask(w.shop, "cross_device");
                    for (const char* text : {"", "12345", "1234567", "abcdef", "１２", "-12345"}) {
                      answer(w, asked, typed(std::string(text)));
                    }
                    return answer(w, asked, typed(asked.pairing_code));
                  }});
}

// A cross-device request whose code was wrong five times.
AskedRequest locked(TestWorld& w) {
  const AskedRequest asked = w.ask(w.shop, "cross_device");
  const auto request = w.fetch(asked);
  const HeldCard card = w.take_card();
  for (int i = 0; i < 5; ++i) {
    w.send_well(w.answer(asked, w.answer_form(request, card, typed(other_than(asked.pairing_code)))), 400);
  }
  return asked;
}

void add_waiting(std::vector<Row>& rows) {
  const auto answered = [](TestWorld& w) {
    const AskedRequest asked = w.ask(w.shop, "cross_device");
    if (answer(w, asked, typed(asked.pairing_code)).status() != 200) throw std::runtime_error("not taken");
    return asked;
  };
  rows.push_back({"The session that waits gets the result without a response_code", 200, "", [=](TestWorld& w) {
                    const AskedRequest asked = answered(w);
                    return w.send(w.take(w.shop, asked.id, w.claim(asked.session_secret, std::nullopt)));
                  }});
  rows.push_back({"Another session gets nothing of an answer from another device", 403, "oid4vp_session_mismatch",
                  [=](TestWorld& w) {
                    const AskedRequest asked = answered(w);
                    const std::string other = w.ask(w.shop, "cross_device").session_secret;
                    return w.send(w.take(w.shop, asked.id, w.claim(other, std::nullopt)));
                  }});
  rows.push_back({"A response_code where there is none is refused", 400, "request_malformed", [=](TestWorld& w) {
                    const AskedRequest asked = answered(w);
                    return w.send(w.take(w.shop, asked.id, w.claim(asked.session_secret, "x")));
                  }});
  rows.push_back({"The result of an answer from another device is handed over once", 410, "result_already_given",
                  [=](TestWorld& w) {
                    const AskedRequest asked = answered(w);
                    w.send_well(w.take(w.shop, asked.id, w.claim(asked.session_secret, std::nullopt)), 200);
                    return w.send(w.take(w.shop, asked.id, w.claim(asked.session_secret, std::nullopt)));
                  }});
  rows.push_back({"A locked request says so to the session that asked", 409, "pairing_code_locked", [](TestWorld& w) {
                    const AskedRequest asked = locked(w);
                    return w.send(w.take(w.shop, asked.id, w.claim(asked.session_secret, std::nullopt)));
                  }});
  rows.push_back({"A locked request cannot be fetched any more", 404, "request_not_found",
                  [](TestWorld& w) { return w.send({.target = "/oid4vp/requests/" + locked(w).id}); }});
  rows.push_back({"A request for another device can be fetched until a second before five minutes are over", 200, "",
                  [](TestWorld& w) {
                    const AskedRequest asked = w.ask(w.shop, "cross_device");
                    w.clock.advance(std::chrono::seconds(299));
                    return w.send({.target = "/oid4vp/requests/" + asked.id});
                  }});
  rows.push_back(
      {"A request for another device of five minutes cannot be fetched", 404, "request_not_found", [](TestWorld& w) {
         const AskedRequest asked = w.ask(w.shop, "cross_device");
         w.clock.advance(std::chrono::seconds(300));
         return w.send({.target = "/oid4vp/requests/" + asked.id});
       }});
}

}  // namespace

std::vector<Row> session_rows() {
  std::vector<Row> rows;
  add_modes(rows);
  add_sessions(rows);
  add_codes(rows);
  add_waiting(rows);
  return rows;
}

}  // namespace mibun::server
