#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "tests/server/app/row.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/partner_deletion.h"
#include "wallet/presentation.h"
#include "wallet/proofing.h"

// A person asks a partner to delete what they shared: the receipt is the proof, and nobody else hears of it.
namespace mibun::server {
namespace {

constexpr std::string_view kPath = "/api/v1/deletion-requests";
constexpr std::string_view kPartnerPath = "/api/v1/partner/deletion-requests";
const std::string kSecret = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
const std::string kOtherSecret = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";

// Of a presentation to the shop, as the shop got it.
std::string share() {
  TestWorld& w = world();
  const auto [asked, code] = w.answered();
  return w.send_well(w.take(w.shop, asked.id, w.claim(asked.session_secret, code)), 200).text("consent_receipt");
}

Reply ask(const std::string& receipt, const std::string& secret = kSecret) {
  const json::Object body{{"receipt", receipt}, {"secret", secret}};
  return world().send(world().json_request("POST", std::string(kPath), body));
}

Reply look(const std::string& id, std::optional<std::string> authorization = "Bearer " + kSecret) {
  TestRequest request{"GET", std::string(kPath) + "/" + id, "", {}};
  if (authorization) request.add("Authorization", *authorization);
  return world().send(request);
}

std::string state_of(const std::string& id) {
  const Reply reply = look(id);
  return reply.status() == 200 ? reply.text("state") : reply.code();
}

Reply answer(const Program& partner, const std::string& id, std::string_view state) {
  TestWorld& w = world();
  return w.send(w.bound_request(w.token(partner), "POST", std::string(kPartnerPath) + "/" + id,
                                json::serialize(json::Object{{"state", state}})));
}

// What a partner sees of one; none when it does not see it.
std::optional<json::Object> seen_by(const Program& partner, const std::string& id) {
  TestWorld& w = world();
  const Reply reply = w.send_well(w.bound_request(w.token(partner), "GET", std::string(kPartnerPath)), 200);
  for (const json::Value& row : reply.json.at("deletion_requests").as_array()) {
    if (row.as_object().at("deletion_id") == json::Value(id)) return row.as_object();
  }
  return std::nullopt;
}

std::string payload_of(const std::string& jws) {
  const std::size_t begin = jws.find('.') + 1;
  const Bytes bytes = must(base64url::decode(std::string_view(jws).substr(begin, jws.rfind('.') - begin)));
  return std::string(as_text(bytes));
}

}  // namespace

TEST_CASE("the partner of the receipt is asked, says that it received it, and that it is done") {
  TestWorld& w = world();
  const std::string receipt = share();
  const Reply asked = ask(receipt);
  REQUIRE(asked.status() == 201);
  const std::string id = asked.text("deletion_id");
  CHECK(asked.text("state") == "sent");
  CHECK(state_of(id) == "sent");

  const auto seen = seen_by(w.shop, id);
  REQUIRE(seen);
  const json::Object content = must(json::parse_object(payload_of(receipt), {.bytes_max = 512 * 1024}));
  CHECK(seen->at("receipt_id") == content.at("jti"));
  CHECK(seen->at("shared_at") == content.at("verified_at"));
  CHECK(seen->size() == 7);  // nothing about the person
  CHECK_FALSE(seen_by(w.other_shop, id));

  CHECK(answer(w.other_shop, id, "done").code() == "deletion_request_not_found");
  CHECK(state_of(id) == "sent");
  CHECK(answer(w.shop, id, "received").text("state") == "received");
  CHECK(state_of(id) == "received");
  const Reply done = answer(w.shop, id, "done");
  CHECK(done.text("state") == "done");
  w.clock.advance(seconds(5));
  CHECK(answer(w.shop, id, "received").text("state") == "done");
  CHECK(answer(w.shop, id, "done").text("done_at") == done.text("done_at"));
  CHECK(state_of(id) == "done");
  w.clock.advance(-seconds(5));
  CHECK(answer(w.shop, std::string(kNoId), "done").code() == "deletion_request_not_found");
  CHECK(answer(w.shop, id, "sent").code() == "request_malformed");
}

TEST_CASE("the same receipt with the same secret is answered as the first time, with another one it is refused") {
  TestWorld& w = world();
  const std::string receipt = share();
  const Reply first = ask(receipt);
  REQUIRE(first.status() == 201);
  w.clock.advance(seconds(7));
  CHECK(ask(receipt).json == first.json);
  w.clock.advance(-seconds(7));
  CHECK(ask(receipt, kOtherSecret).code() == "deletion_request_exists");
  CHECK(ask(share(), kOtherSecret).status() == 201);
  const std::string id = first.text("deletion_id");
  for (const auto& authorization :
       std::vector<std::optional<std::string>>{{}, "", "Bearer ", "Bearer " + kOtherSecret, kSecret}) {
    INFO(authorization.value_or("none"));
    CHECK(look(id, authorization).code() == "deletion_request_not_found");
  }
  CHECK(look(std::string(kNoId)).code() == "deletion_request_not_found");
}

TEST_CASE("what is not done in thirty days is overdue, and done is done even then") {
  TestWorld& w = world();
  const std::string id = ask(share()).text("deletion_id");
  CHECK(answer(w.shop, id, "received").status() == 200);
  constexpr auto kMonth = std::chrono::days(30);
  w.clock.advance(kMonth - seconds(1));
  CHECK(state_of(id) == "received");
  w.clock.advance(seconds(1));
  CHECK(state_of(id) == "overdue");
  CHECK(seen_by(w.shop, id)->at("state") == "overdue");
  CHECK(answer(w.shop, id, "received").text("state") == "overdue");
  CHECK(answer(w.shop, id, "done").text("state") == "done");
  CHECK(state_of(id) == "done");

  w.clock.advance(std::chrono::days(365));
  must(w.app->purge_expired());
  CHECK(state_of(id) == "done");
  w.clock.advance(seconds(1));
  must(w.app->purge_expired());
  CHECK(state_of(id) == "deletion_request_not_found");
  w.clock.advance(-(kMonth + std::chrono::days(365) + seconds(1)));
  must(w.app->purge_expired());  // and back to the keys whose certificates have begun by now
}

TEST_CASE("only a consent receipt of this gateway asks for a deletion") {
  TestWorld& w = world();
  const std::string receipt = share();
  std::string flipped = receipt;
  flipped[flipped.rfind('.') + 8] = flipped[flipped.rfind('.') + 8] == 'A' ? 'B' : 'A';
  const std::size_t begin = receipt.find('.') + 1, end = receipt.rfind('.');
  const std::string changed = receipt.substr(0, begin) +
                              base64url::encode(std::string_view(payload_of(receipt)).substr(1)) + receipt.substr(end);
  Device leaving = w.register_device();
  const std::string erasure = w.send_well(w.account_request(leaving, "DELETE", "/api/v1/account"), 200).text("receipt");
  CHECK(ask(flipped).code() == "request_malformed");
  CHECK(ask(changed).code() == "request_malformed");
  CHECK(ask(receipt.substr(0, end + 1)).code() == "request_malformed");
  CHECK(ask(erasure).code() == "request_malformed");
  CHECK(ask(w.take_card().text).code() == "request_malformed");
  CHECK(ask(receipt, kSecret.substr(1)).code() == "request_malformed");
  CHECK(ask(receipt, kSecret + "AAAA").code() == "request_malformed");
  CHECK(ask(receipt).status() == 201);  // nothing of all this stood in its way
}

TEST_CASE("our wallet shares, asks for the deletion, and hears that it is done") {
  TestWorld& w = world();
  RegisteredWallet own;
  const auto offer = must(wallet::open_offer(own.device.host, own.api, own.profile, false));
  (void)must(wallet::receive(own.device.host, own.provider, offer.credential_offer, {.ask = [&](const auto&) {
                               return wallet::ReceiveDecision{.agreed = true, .tx_code = offer.tx_code};
                             }}));
  const AskedRequest asked = w.ask(w.shop);
  const std::string link =
      oid4vp::RequestLink{asked.client_id, std::string(kOrigin) + "/oid4vp/requests/" + asked.id}.to_string();
  const auto presented = must(wallet::answer_request(
      own.device.host, own.api, own.profile, link, oid4vp::encrypted_profile(),
      [](const auto&) {
        return wallet::Answer{.decision = wallet::Decision::agree, .language = "ja", .pairing_code = {}};
      },
      [](const std::string&) { return std::nullopt; }));
  REQUIRE(presented.receipt);
  const auto deletion = must(wallet::ask_partner_to_delete(own.device.host, *presented.receipt));
  CHECK(deletion.state == "sent");
  CHECK(deletion.due_at - deletion.asked_at == std::chrono::days(30));
  CHECK(must(wallet::deletion_now(own.device.host, *presented.receipt)).state == "sent");
  REQUIRE(answer(w.shop, deletion.id, "done").status() == 200);
  CHECK(must(wallet::deletion_now(own.device.host, *presented.receipt)).state == "done");
  for (const HttpRequest& request : own.device.http.sent) {
    if (request.url.find(kPath) == std::string::npos) continue;
    CHECK_FALSE(HttpResponse{.headers = request.headers}.header("mibun-assertion"));
    CHECK(request.body.find(own.profile.account_id) == std::string::npos);
  }
}

TEST_CASE("an answer that came through the browser is of the partner whose page it was, though two have one address") {
  TestWorld& w = world();
  for (const auto& [asking, other] : {std::pair(&w.shop, &w.other_shop), std::pair(&w.other_shop, &w.shop)}) {
    const auto [asked, requests] = w.ask_browser(*asking);
    const auto request = must(w.read_from_browser(requests, "https://musubi.example"));
    const json::Object data{{"response", w.encrypted_answer(request, w.take_card())}};
    w.send_well(w.answer_from_browser(*asking, asked.id, asked.session_secret, data), 200);
    const Reply result = w.send_well(w.take(*asking, asked.id, w.claim(asked.session_secret, {})), 200);
    const Reply reply = ask(result.text("consent_receipt"));
    REQUIRE(reply.status() == 201);
    CHECK(seen_by(*asking, reply.text("deletion_id")));
    CHECK_FALSE(seen_by(*other, reply.text("deletion_id")));
  }
}

}  // namespace mibun::server
