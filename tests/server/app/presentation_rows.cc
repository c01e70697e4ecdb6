#include "core/codecs/url.h"
#include "core/oid4vp/wallet_metadata.h"
#include "tests/server/app/row.h"

// What a wallet sends to the gateway. OpenID4VP knows one error here, invalid_request; that each row is refused for its
// own reason is seen in the log.
namespace mibun::server {
namespace {

constexpr int kStatus = 400;
const std::string kCode = "invalid_request";

Row good(std::string sentence, std::function<Reply(TestWorld&)> run) {
  return {std::move(sentence), 200, "", std::move(run)};
}
Row bad(std::string sentence, std::string logged, std::function<Reply(TestWorld&)> run) {
  return {std::move(sentence), kStatus, kCode, std::move(run), std::move(logged)};
}

Reply answer_with(TestWorld& w, const AnswerTwist& twist) {
  const AskedRequest asked = w.ask(w.shop);
  const HeldCard card = w.take_card();
  return w.send(w.answer(asked, w.answer_form(w.fetch(asked), card, twist)));
}

// The key binding signed by its holder over changed claims.
AnswerTwist binding(std::function<void(TestWorld&, json::Object&)> change) {
  AnswerTwist twist;
  twist.key_binding = [change = std::move(change)](JwtParts parts, const crypto::P256Signer& key) {
    change(world(), parts.payload);
    return sign_jwt(parts, key);
  };
  return twist;
}

AnswerTwist bound_at(std::int64_t seconds_from_now) {
  return binding(
      [=](TestWorld& w, json::Object& payload) { payload["iat"] = w.clock.now().unix_seconds() + seconds_from_now; });
}

AnswerTwist payload(std::function<void(json::Object&)> change) {
  AnswerTwist twist;
  twist.payload = std::move(change);
  return twist;
}

AnswerTwist text(std::function<std::string(std::string)> change) {
  AnswerTwist twist;
  twist.presentation = std::move(change);
  return twist;
}

Row with(std::string sentence, std::string logged, AnswerTwist twist) {
  return bad(std::move(sentence), std::move(logged),
             [twist = std::move(twist)](TestWorld& w) { return answer_with(w, twist); });
}

Row raw_form(std::string sentence, std::string logged, std::string form) {
  return bad(std::move(sentence), std::move(logged),
             [form = std::move(form)](TestWorld& w) { return w.send(w.answer(w.ask(w.shop), form)); });
}

void add_bindings(std::vector<Row>& rows) {
  rows.push_back(with("A key binding with another nonce is refused", "sd_jwt_key_binding_nonce_mismatch",
                      binding([](TestWorld&, json::Object& claims) { claims["nonce"] = kCanary; })));
  rows.push_back(
      with("A key binding for another verifier is refused", "sd_jwt_key_binding_audience_mismatch",
           binding([](TestWorld&, json::Object& claims) { claims["aud"] = "x509_hash:" + std::string(kCanary); })));
  rows.push_back(with("A key binding over another presentation is refused", "sd_jwt_key_binding_hash_mismatch",
                      binding([](TestWorld&, json::Object& claims) {
                        claims["sd_hash"] = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
                      })));
  rows.push_back(with("A key binding over another consent is refused", "oid4vp_consent_mismatch",
                      binding([](TestWorld&, json::Object& claims) {
                        claims["consent_hash"] = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
                      })));
  for (const char* name : {"nonce", "aud", "iat", "sd_hash", "consent_hash"}) {
    rows.push_back(
        with("A key binding without " + std::string(name) + " is refused",
             std::string_view(name) == "consent_hash" ? "oid4vp_consent_mismatch" : "sd_jwt_key_binding_malformed",
             binding([name](TestWorld&, json::Object& claims) { claims.erase(name); })));
  }
  rows.push_back(
      good("A key binding of 300 seconds ago is good", [](TestWorld& w) { return answer_with(w, bound_at(-300)); }));
  rows.push_back(with("A key binding of 301 seconds ago is refused", "sd_jwt_key_binding_time", bound_at(-301)));
  rows.push_back(with("A key binding from ten minutes ahead is refused", "sd_jwt_key_binding_time", bound_at(600)));
  rows.push_back(bad("The card of another key is refused", "sd_jwt_key_binding_signature_invalid", [](TestWorld& w) {
    const AskedRequest asked = w.ask(w.shop);
    HeldCard card = w.take_card();
    const auto thief = crypto::P256PrivateKey::generate();
    AnswerTwist twist;
    twist.key_binding = [&](const JwtParts& parts, const crypto::P256Signer&) { return sign_jwt(parts, thief); };
    return w.send(w.answer(asked, w.answer_form(w.fetch(asked), card, twist)));
  }));
}

void add_cards(std::vector<Row>& rows) {
  rows.push_back(with("A card whose issuer's signature was changed is refused", "jws_signature_invalid",
                      text([](std::string card) {
                        char& c = card[card.find('~') - 40];
                        c = c == 'A' ? 'B' : 'A';
                        return card;
                      })));
  rows.push_back(with("A card with a disclosure taken out is refused", "sd_jwt_key_binding_hash_mismatch",
                      text([](std::string card) {
                        const std::size_t first = card.find('~');
                        return card.substr(0, first) + card.substr(card.find('~', first + 1));
                      })));
  rows.push_back(
      with("A card with a disclosure twice is refused", "sd_jwt_duplicate_disclosure", text([](std::string card) {
             const std::size_t first = card.find('~');
             return card + card.substr(first + 1, card.find('~', first + 1) - first);
           })));
  rows.push_back(with("A card with an invented disclosure is refused", "sd_jwt_unreferenced_disclosure",
                      text([](const std::string& card) { return card + "WyJzIiwiYiIsMV0~"; })));
  rows.push_back(with("A card without its key binding is refused", "sd_jwt_key_binding_missing", [] {
    AnswerTwist twist;
    twist.key_binding = [](const JwtParts&, const crypto::P256Signer&) { return std::string(); };
    return twist;
  }()));
  rows.push_back(bad("A card of an erased account is refused", "status_revoked", [](TestWorld& w) {
    // The holder's cards stay; this one belongs to somebody who left.
    const AskedRequest asked = w.ask(w.shop);
    Device leaver = w.register_device();
    const HeldCard card = w.card_of(leaver);
    const auto request = w.fetch(asked);
    w.send_well(w.account_request(leaver, "DELETE", "/api/v1/account"), 200);
    return w.send(w.answer(asked, w.answer_form(request, card)));
  }));
}

void add_payloads(std::vector<Row>& rows) {
  rows.push_back(with("An answer with another state is refused", "oid4vp_state_mismatch",
                      payload([](json::Object& object) { object["state"] = kCanary; })));
  rows.push_back(with("An answer with a number as state is refused", "oid4vp_response_malformed",
                      payload([](json::Object& object) { object["state"] = 1; })));
  rows.push_back(with("An answer without a consent is refused", "oid4vp_consent_mismatch",
                      payload([](json::Object& object) { object.erase("consent"); })));
  rows.push_back(with("An answer with another consent is refused", "oid4vp_consent_mismatch",
                      payload([](json::Object& object) { object["consent"] = "{}"; })));
  rows.push_back(with(
      "An answer with one space more in its consent is refused", "oid4vp_consent_mismatch",
      payload([](json::Object& object) { object["consent"] = std::string(object["consent"].as_string()) + " "; })));
  rows.push_back(with("An answer without a vp_token is refused", "oid4vp_response_malformed",
                      payload([](json::Object& object) { object.erase("vp_token"); })));
  rows.push_back(with("An answer with an empty vp_token is refused", "dcql_not_satisfied",
                      payload([](json::Object& object) { object["vp_token"] = json::Object(); })));
  rows.push_back(with("An answer under an id that was not asked for is refused", "dcql_answer_unexpected",
                      payload([](json::Object& object) {
                        json::Object& vp_token = object["vp_token"].as_object();
                        vp_token["kanaria7391"] = vp_token["identity"];
                      })));
  rows.push_back(with("An answer with two presentations for one credential is refused", "dcql_answer_unexpected",
                      payload([](json::Object& object) {
                        json::Array& list = object["vp_token"].as_object()["identity"].as_array();
                        list.push_back(json::Value(list.front()));
                      })));
  rows.push_back(with("An answer with a presentation that is no text is refused", "oid4vp_response_malformed",
                      payload([](json::Object& object) {
                        object["vp_token"].as_object()["identity"] = json::Array{json::Value(7391)};
                      })));
  rows.push_back(with("An answer encrypted to another request's key id is refused", "jwe_kid_mismatch", [] {
    AnswerTwist twist;
    twist.kid = std::string(kCanary);
    return twist;
  }()));
  rows.push_back(bad("The answer to one request is refused by another", "jwe_kid_mismatch", [](TestWorld& w) {
    const AskedRequest one = w.ask(w.shop), other = w.ask(w.shop);
    return w.send(w.answer(other, w.answer_form(w.fetch(one), w.take_card())));
  }));
}

void add_forms(std::vector<Row>& rows) {
  rows.push_back(raw_form("An empty answer is refused", "oid4vp_response_malformed", ""));
  rows.push_back(
      raw_form("An answer in the clear is refused", "oid4vp_response_not_encrypted", "vp_token=%7B%7D&state=x"));
  rows.push_back(raw_form("An answer and an error together are refused", "oid4vp_response_malformed",
                          "response=x&error=access_denied"));
  rows.push_back(raw_form("An answer twice is refused", "form_duplicate_field", "response=x&response=x"));
  rows.push_back(raw_form("An answer that is no JWE is refused", "jwe_malformed", "response=kanaria7391"));
  rows.push_back(raw_form("An answer that is a JWT is refused", "jwe_malformed", "response=e30.e30.AAAA"));
  // {"alg":"dir","enc":"A128GCM"}, {"alg":"RSA1_5","enc":"A128GCM"}, {"alg":"ECDH-ES","enc":"A128CBC-HS256"}
  rows.push_back(raw_form("A JWE with alg dir is refused", "jwe_alg_not_allowed",
                          "response=eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA"));
  rows.push_back(raw_form("A JWE with alg RSA1_5 is refused", "jwe_alg_not_allowed",
                          "response=eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4R0NNIn0.AAAA.AAAA.AAAA.AAAA"));
  rows.push_back(raw_form("A JWE with enc A128CBC-HS256 is refused", "jwe_enc_not_allowed",
                          "response=eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOENCQy1IUzI1NiJ9..AAAA.AAAA.AAAA"));
  rows.push_back(raw_form("A refusal with another state is refused", "oid4vp_state_mismatch",
                          "error=access_denied&state=kanaria7391"));
  rows.push_back(raw_form("An answer with broken percent escapes is refused", "form_malformed", "response=%zz"));
  rows.push_back(bad("An answer with one character changed is refused", "jwe_decryption_failed", [](TestWorld& w) {
    const AskedRequest asked = w.ask(w.shop);
    std::string form = w.answer_form(w.fetch(asked), w.take_card());
    char& c = form[form.size() - 60];
    c = c == 'A' ? 'B' : 'A';
    return w.send(w.answer(asked, form));
  }));
}

Row aged(std::string sentence, bool is_good, milliseconds age) {
  return {std::move(sentence), is_good ? 200 : kStatus, is_good ? "" : kCode,
          [age](TestWorld& w) {
            const AskedRequest asked = w.ask(w.shop);
            const auto request = w.fetch(asked);
            const HeldCard card = w.take_card();
            w.clock.advance(age);
            return w.send(w.answer(asked, w.answer_form(request, card)));
          },
          is_good ? "" : "oid4vp_transaction_expired"};
}

// A refusal says nothing that could run out by itself: only the request's own end stops it.
Row aged_refusal(std::string sentence, bool is_good, milliseconds age) {
  return {std::move(sentence), is_good ? 200 : kStatus, is_good ? "" : kCode,
          [age](TestWorld& w) {
            const AskedRequest asked = w.ask(w.shop);
            const auto request = w.fetch(asked);
            w.clock.advance(age);
            return w.send(w.answer(asked, oid4vp::build_error_form(request, "access_denied")));
          },
          is_good ? "" : "oid4vp_transaction_expired"};
}

Row aged_fetch(std::string sentence, int status, std::string code, milliseconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const AskedRequest asked = w.ask(w.shop);
            w.clock.advance(age);
            return w.send({.target = "/oid4vp/requests/" + asked.id});
          }};
}

void add_times(std::vector<Row>& rows) {
  rows.push_back(
      aged("A request may be answered one second before ten minutes are over", true, std::chrono::seconds(599)));
  rows.push_back(aged("A request of exactly ten minutes cannot be answered", false, std::chrono::seconds(600)));
  rows.push_back(aged("A request of ten minutes and a second cannot be answered", false, std::chrono::seconds(601)));
  rows.push_back(
      aged_refusal("A request may be refused one second before ten minutes are over", true, std::chrono::seconds(599)));
  rows.push_back(aged_refusal("A request of exactly ten minutes cannot be refused", false, std::chrono::seconds(600)));
  rows.push_back(aged_fetch("A request may be fetched one second before ten minutes are over", 200, "",
                            std::chrono::seconds(599)));
  rows.push_back(aged_fetch("A request of exactly ten minutes cannot be fetched", 404, "request_not_found",
                            std::chrono::seconds(600)));
  rows.push_back(aged_fetch("A request of ten minutes and a second cannot be fetched", 404, "request_not_found",
                            std::chrono::seconds(601)));
}

void add_transactions(std::vector<Row>& rows) {
  rows.push_back(good("A right answer is taken", [](TestWorld& w) { return answer_with(w, {}); }));
  rows.push_back(bad("An answer is taken once", "oid4vp_transaction_consumed", [](TestWorld& w) {
    const AskedRequest asked = w.ask(w.shop);
    const TestRequest request = w.answer(asked, w.answer_form(w.fetch(asked), w.take_card()));
    w.send_well(request, 200);
    return w.send(request);
  }));
  rows.push_back(bad("An answer after a refusal is refused", "oid4vp_transaction_consumed", [](TestWorld& w) {
    const AskedRequest asked = w.ask(w.shop);
    const auto request = w.fetch(asked);
    w.send_well(w.answer(asked, oid4vp::build_error_form(request, "access_denied")), 200);
    return w.send(w.answer(asked, w.answer_form(request, w.take_card())));
  }));
  rows.push_back(bad("An answer to a request that was never made is refused", "oid4vp_transaction_unknown",
                     [](TestWorld& w) { return w.send(w.answer({std::string(kNoId), {}}, "response=x")); }));
  rows.push_back({"A request that was answered cannot be fetched", 404, "request_not_found",
                  [](TestWorld& w) { return w.send({.target = "/oid4vp/requests/" + w.answered().first.id}); }});
  rows.push_back({"A request that was never made cannot be fetched", 404, "request_not_found",
                  [](TestWorld& w) { return w.send({.target = "/oid4vp/requests/" + std::string(kNoId)}); }});
  const auto post = [](TestWorld& w, const std::string& form) {
    return w.send({"POST", "/oid4vp/requests/" + w.ask(w.shop).id, form, {{"Content-Type", std::string(kFormType)}}});
  };
  rows.push_back({"An empty wallet_nonce is refused", 400, "request_malformed",
                  [post](TestWorld& w) { return post(w, "wallet_nonce="); }});
  rows.push_back({"A wallet_nonce of 257 characters is refused", 400, "request_malformed",
                  [post](TestWorld& w) { return post(w, "wallet_nonce=" + std::string(257, 'a')); }});
  rows.push_back({"A wallet_nonce twice is refused", 400, "request_malformed",
                  [post](TestWorld& w) { return post(w, "wallet_nonce=a&wallet_nonce=b"); }});
  const auto post_metadata = [post](TestWorld& w, const std::function<void(json::Object&)>& change) {
    json::Object metadata = oid4vp::WalletMetadata::of(oid4vp::haip_profile()).to_json();
    change(metadata);
    return post(w, form::encode({{"wallet_metadata", json::serialize(metadata)}}));
  };
  struct Said {
    std::string name;
    std::function<void(json::Object&)> change;
    int status;
    std::string code;
  };
  const Said said[] = {
      {"A wallet that can answer gets the request", [](json::Object&) {}, 200, ""},
      {"Wallet metadata that are not known are no trouble", [](json::Object& m) { m["x"] = 1; }, 200, ""},
      {"A wallet that knows registered clients only is told so",
       [](json::Object& m) { m.erase("client_id_prefixes_supported"); }, 400, "request_malformed"},
      {"A wallet without our response mode is told so",
       [](json::Object& m) { m["response_modes_supported"] = json::Array{"fragment"}; }, 400, "request_malformed"},
      {"A wallet without the format that is asked for is told so",
       [](json::Object& m) { m["vp_formats_supported"] = json::Object{{"mso_mdoc", json::Object()}}; }, 400,
       "request_malformed"},
      {"Wallet metadata without formats are refused", [](json::Object& m) { m.erase("vp_formats_supported"); }, 400,
       "request_malformed"},
      {"Wallet metadata that are too large are refused", [](json::Object& m) { m["x"] = std::string(20'000, 'a'); },
       400, "request_malformed"},
  };
  for (const Said& one : said) {
    rows.push_back({one.name, one.status, one.code,
                    [post_metadata, change = one.change](TestWorld& w) { return post_metadata(w, change); }});
  }
  rows.push_back({"Wallet metadata that are no JSON are refused", 400, "request_malformed",
                  [post](TestWorld& w) { return post(w, "wallet_metadata=x"); }});
  rows.push_back({"A receipt that does not exist is not found", 404, "route_not_found",
                  [](TestWorld& w) { return w.send({.target = "/oid4vp/receipts/" + std::string(kNoId)}); }});
  rows.push_back({"A status list that does not exist is not found", 404, "route_not_found",
                  [](TestWorld& w) { return w.send({.target = "/status/7391"}); }});
}

}  // namespace

std::vector<Row> presentation_rows() {
  std::vector<Row> rows;
  add_bindings(rows);
  add_cards(rows);
  add_payloads(rows);
  add_forms(rows);
  add_transactions(rows);
  add_times(rows);
  return rows;
}

}  // namespace mibun::server
