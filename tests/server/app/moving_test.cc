#include "tests/server/app/moving_world.h"

#include <map>

#include "core/jose/jwe.h"
#include "core/jose/jwk.h"
#include "tests/server/world/code_flow.h"
#include "tests/server/world/single_use.h"
#include "wallet/history.h"
#include "wallet/move_link.h"
#include "wallet/moving.h"
#include "wallet/renewal.h"

// A wallet moves: the old wallet and the new one, by their steps, against the whole server.
namespace mibun::server {
namespace {

HeldCard card_before(Move& move) {
  TestWorld& w = world();
  HeldCard card = w.receive(w.redeem(w.offer_of(move.old.account, move.old.case_id)), 1).front();
  move.old.profile.counter = move.old.account.counter;
  must(wallet::save_profile(move.old.device.store, move.old.profile));
  return card;
}

int present(const HeldCard& card) {
  TestWorld& w = world();
  const AskedRequest asked = w.ask(w.shop);
  return w.send(w.answer(asked, w.answer_form(w.fetch(asked), card))).status();
}

std::vector<std::string> kinds(const json::Object& history) {
  std::vector<std::string> found;
  for (const json::Value& event : history.at("events").as_array()) found.push_back(text_of(event.as_object(), "kind"));
  return found;
}

bool contains(const std::vector<std::string>& list, std::string_view one) {
  return std::ranges::find(list, one) != list.end();
}

// What the old device's key may still do.
Reply ask_with_old_key(Move& move) {
  move.old.account.counter += 1000;
  return world().send(world().account_request(move.old.account, "GET", "/api/v1/account"));
}

constexpr std::string_view kOldBrowser = "https://push.example/old-device";

// Where everything that is to be sent now goes.
std::vector<std::string> push_services_told(TestWorld& w) {
  std::vector<std::string> told;
  while (must(w.app->send_next_push([&](const HttpRequest& request) -> Result<HttpResponse> {
    told.push_back(request.url);
    return HttpResponse{201, {}, ""};
  }))) {
  }
  return told;
}

// Packs by hand what an old device would: `records`, tagged by who knows the secret.
std::string packed(Move& move, std::string_view records) {
  const Bytes secret = must(wallet::MoveLink::parse(move.link)).secret;
  const json::Object joined = must(json::parse_object(must(move.fresh.device.store.read("move.new"))));
  const auto seal =
      must(move.fresh.device.keys.key_agreement({text_of(joined.at("profile").as_object(), "history_key")}));
  Bytes plaintext = wallet::luggage_tag(secret, as_bytes(records));
  plaintext.insert(plaintext.end(), records.begin(), records.end());
  return must(jose::encrypt_jwe(seal->public_key(), {}, plaintext, world().rng));
}

}  // namespace

TEST_CASE("a wallet moves: one number on both, cards issued anew, nothing left of the old device") {
  TestWorld& w = world();
  Move move;
  const HeldCard old_card = card_before(move);
  CHECK(present(old_card) == 200);
  const std::string old_code = move.old.account.revocation_code;
  must(wallet::HistoryBook(move.old.device.host)
           .record({.kind = "shared", .partner_ja = "酒処むすび", .client_id = "shop", .outcome = "done"}));
  must(move.old.device.store.write("receipt.abc", "x.y.z"));

  move.begin();
  CHECK(text_of(step(move.old_steps, "move_state"), "step") == "waiting");
  step(move.fresh.steps, "open_move", move.link_argument());
  CHECK(move.fresh.device.keys.keys.empty());
  step(move.fresh.steps, "join_move", R"({"name":"Android"})");
  CHECK(text_of(step(move.fresh.steps, "await_move"), "step") == "waiting");
  CHECK(step(move.fresh.steps, "state").at("moving").as_bool());
  const json::Object seen = step(move.old_steps, "move_state");
  CHECK(text_of(seen, "step") == "compare");
  CHECK(text_of(seen, "name") == "Android");
  CHECK(text_of(seen, "number").size() == 6);
  CHECK(text_of(step(move.fresh.steps, "await_move"), "number") == text_of(seen, "number"));
  CHECK(refusal(attempt(move.fresh.steps, "finish_move")) == "move_wrong_state");

  CHECK(step(move.old_steps, "confirm_move").at("moved").as_bool());
  CHECK(move.old.device.store.records.empty());
  CHECK(move.old.device.keys.keys.empty());
  CHECK(text_of(step(move.fresh.steps, "await_move"), "step") == "confirmed");
  const json::Object finished = step(move.fresh.steps, "finish_move");
  CHECK(finished.at("brought_history").as_bool());
  CHECK(finished.at("left_behind").as_uint64() == 0);

  const json::Object state = step(move.fresh.steps, "state");
  CHECK(state.at("registered").as_bool());
  CHECK(text_of(state, "account_id") == move.old.account.account_id);
  CHECK(must(move.fresh.device.store.read("receipt.abc")) == "x.y.z");
  CHECK(present(old_card) == 400);

  // What was proven stays proven.
  const json::Object offer = step(move.fresh.steps, "offer");
  step(move.fresh.steps, "receive_open", json::serialize(json::Object{{"link", offer.at("link")}, {"fetch", false}}));
  const json::Object received = step(move.fresh.steps, "receive_answer",
                                     json::serialize(json::Object{{"agreed", true}, {"tx_code", offer.at("tx_code")}}));
  CHECK(text_of(received, "step") == "done");
  CHECK(step(move.fresh.steps, "cards").at("cards").as_array().size() == 1);

  const auto history = kinds(step(move.fresh.steps, "history", R"({"ask_server":true})"));
  for (const char* kind : {"registered", "proofing_approved", "shared", "device_moved", "card_received"}) {
    CAPTURE(kind);
    CHECK(contains(history, kind));
  }
  CHECK(std::ranges::count(history, "shared") == 1);

  // The old device's key is told so, and can do nothing; nor can its credential come back.
  const Reply told = ask_with_old_key(move);
  CHECK(told.status() == 401);
  CHECK(told.code() == "wallet_moved");
  const BegunRegistration begun = w.begin_registration();
  CHECK(w.send(w.registration(begun, w.credential_json(begun, move.old.account))).code() == "key_exists");

  const auto revoke = [&](const std::string& code) {
    return w.send(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", code}})).status();
  };
  CHECK(revoke(old_code) == 404);
  CHECK(revoke(text_of(finished, "revocation_code")) == 200);
}

TEST_CASE("until the move is finished the revocation code that was written down stops the wallet") {
  TestWorld& w = world();
  Move move;
  move.until_compared();
  step(move.old_steps, "confirm_move");
  CHECK(w.send(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", move.old.account.revocation_code}}))
            .status() == 200);
  CHECK(refusal(attempt(move.fresh.steps, "finish_move")) == "assertion_invalid");
}

TEST_CASE("what the old device was given ends with the move: tokens, codes, refresh tokens, offers, attestations") {
  TestWorld& w = world();
  Move move;
  Device& device = move.old.account;
  const BoundToken token = w.redeem(w.offer_of(device, move.old.case_id));
  const Offer open = w.offer_of(device, move.old.case_id);
  const CodeFlow flow(w), waiting(w);
  const Reply granted = flow.token(flow.code_fields(flow.code(device)));
  REQUIRE(granted.status() == 200);
  const std::string code = waiting.code(device);
  const json::Object subscription{
      {"endpoint", kOldBrowser},
      {"p256dh", base64url::encode(crypto::P256PrivateKey::generate().public_key().point())},
      {"auth", base64url::encode(Bytes(16, 3))}};
  w.send_well(w.account_request(device, "PUT", "/api/v1/push-subscription", json::serialize(subscription)), 204);
  move.old.profile.counter = device.counter;
  must(wallet::save_profile(move.old.device.store, move.old.profile));
  static_cast<void>(must(move.old.receive([&](const auto& visit) { return move.old.sign_in(visit); })));
  const std::string id = must(wallet::CardStore(move.old.device.store, move.old.device.keys).list()).front().id;
  move.until_compared();
  CHECK(move.confirm_by_hand(move.new_key()).status() == 200);

  const Reply credential = w.send(
      w.bound_request(token, "POST", "/oid4vci/credential",
                      json::serialize(w.credential_body({sign_jwt(w.key_proof(*token.key, w.nonce()), *token.key)}))));
  CHECK(credential.status() == 401);
  const std::string proof = sign_jwt(w.dpop_proof(*token.key, "POST", "/oauth/token"), *token.key);
  CHECK(w.send(w.token_request(w.code_fields(open), proof)).code() == "invalid_grant");
  CHECK(flow.credential(granted.text("access_token")).code() == "invalid_token");
  CHECK(flow.token(flow.refresh_fields(granted.text("refresh_token"))).code() == "invalid_grant");
  CHECK(waiting.token(waiting.code_fields(code)).code() == "invalid_grant");
  move.old.profile = must(wallet::load_profile(move.old.device.store));
  CHECK(refusal(wallet::renew(move.old.device.host, move.old.provider, id)) == "wallet_moved");
  // Its browser hears no more: of this notice, for example.
  w.send_well(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", device.revocation_code}}), 200);
  CHECK_FALSE(contains(push_services_told(w), kOldBrowser));
}

TEST_CASE("a case under review goes along: its cards come to the new device") {
  Move move(RegisteredWallet::Case::in_review);
  move.until_compared();
  step(move.old_steps, "confirm_move");
  step(move.fresh.steps, "finish_move");
  CHECK(text_of(step(move.fresh.steps, "case"), "state") == "in_review");
}

TEST_CASE("only the device whose number was shown can be confirmed, by nobody but the account, and only once opened") {
  TestWorld& w = world();
  Move move;
  move.begin();
  CHECK(refusal(attempt(move.old_steps, "confirm_move")) == "invalid_argument");
  move.join();
  const auto confirm = [&](const std::string& thumbprint) { return move.confirm_by_hand(thumbprint).code(); };
  const std::string right = move.new_key();
  CHECK(confirm(right) == "move_wrong_state");  // the old device has not opened its nonce: no number was shown
  const auto candidate = must(wallet::look_for_candidate(move.old.device.host, move.old.api, move.old.profile));
  REQUIRE(candidate.has_value());
  CHECK(confirm(w.holder.account_id) == "move_wrong_state");
  CHECK(confirm(move.old.profile.key_thumbprint) == "move_wrong_state");
  CHECK(w.send(w.account_request(w.stranger, "POST", "/api/v1/moves/" + move.move_id() + "/confirmation",
                                 json::serialize(json::Object{{"unit_key", right}})))
            .code() == "move_not_found");
  CHECK(w.send(w.account_request(w.stranger, "POST", "/api/v1/moves/" + move.move_id() + "/completion", "{}")).code() ==
        "move_not_found");
  CHECK(confirm(right).empty());
}

TEST_CASE("a second device finds the move taken, and one that was replaced, cancelled or is too old is not there") {
  Move move;
  move.begin();
  move.join();
  EmptyDevice second;
  step(second.steps, "open_move", move.link_argument());
  CHECK(refusal(attempt(second.steps, "join_move", R"({"name":"x"})")) == "move_wrong_state");
  CHECK(second.device.keys.keys.empty());

  const std::string first = move.link_argument();
  move.begin();
  CHECK(refusal(attempt(move.fresh.steps, "await_move")) == "move_not_found");
  step(second.steps, "open_move", first);
  CHECK(refusal(attempt(second.steps, "join_move", R"({"name":"x"})")) == "move_not_found");

  step(move.old_steps, "cancel_move");
  step(second.steps, "open_move", move.link_argument());
  CHECK(refusal(attempt(second.steps, "join_move", R"({"name":"x"})")) == "move_not_found");
  CHECK(refusal(attempt(move.old_steps, "move_state")) == "move_not_found");
}

TEST_CASE("a move is good for ten minutes") {
  for (const auto& [age, there] : {std::pair(seconds(599), true), {seconds(600), false}, {seconds(601), false}}) {
    Move move;
    move.begin();
    move.join();
    move.old.wait(age);
    if (there) {
      CHECK(text_of(step(move.old_steps, "move_state"), "step") == "compare");
    } else {
      CHECK(refusal(attempt(move.old_steps, "move_state")) == "move_not_found");
    }
    move.old.wait(seconds(2));
    CHECK(refusal(attempt(move.old_steps, "move_state")) == "move_not_found");
  }
}

TEST_CASE("either device cancels, and what the new one made is gone") {
  Move move;
  move.until_compared();
  step(move.fresh.steps, "cancel_move");
  CHECK(move.fresh.device.keys.keys.empty());
  CHECK_FALSE(step(move.fresh.steps, "state").contains("moving"));
  CHECK(refusal(attempt(move.old_steps, "confirm_move")) == "move_not_found");
  CHECK(step(move.old_steps, "state").at("registered").as_bool());
}

TEST_CASE("a confirmed move cannot be cancelled: the new device keeps its key") {
  Move move;
  move.until_compared();
  step(move.old_steps, "confirm_move");
  CHECK(refusal(attempt(move.fresh.steps, "cancel_move")) == "move_wrong_state");
  const auto honest = move.fresh.device.http.answer;
  move.fresh.device.http.answer = [](const HttpRequest&) {
    return Result<HttpResponse>(fail(ErrorCode::http_timeout));
  };
  CHECK(refusal(attempt(move.fresh.steps, "cancel_move")) == "http_timeout");
  move.fresh.device.http.answer = honest;
  CHECK_FALSE(move.fresh.device.keys.keys.empty());
  step(move.fresh.steps, "finish_move");
}

TEST_CASE("five proofs by somebody who never read the link end the move, and their count is kept") {
  Move move;
  move.begin();
  const wallet::MoveLink link = must(wallet::MoveLink::parse(move.link));
  guess_five_times(link);
  step(move.fresh.steps, "open_move", move.link_argument());
  CHECK(refusal(attempt(move.fresh.steps, "join_move", R"({"name":"x"})")) == "move_not_found");
}

TEST_CASE("a key that is somebody's, or was, joins no move") {
  TestWorld& w = world();
  Move move;
  move.begin();
  const wallet::MoveLink link = must(wallet::MoveLink::parse(move.link));
  const std::string b32 = base64url::encode(w.rng.bytes(32));
  const BegunRegistration begun = w.begin_registration();
  const json::Object body{{"proof", base64url::encode(wallet::move_proof(link.secret))},
                          {"registration_id", begun.id},
                          {"terms_version", begun.terms_version},
                          {"credential", w.credential_json(begun, w.stranger)},
                          {"watch_sha256", b32},
                          {"tag", b32},
                          {"seal_key", jose::Jwk(w.stranger.key->public_key()).to_json()},
                          {"name", "x"}};
  CHECK(w.send(w.json_request("POST", "/api/v1/moves/" + link.move_id + "/unit", body)).code() == "key_exists");
  move.join();  // nothing was used up
}

TEST_CASE("64 devices read one link at once: one joins; 64 confirmations: one counts") {
  TestWorld& w = world();
  Move move;
  move.begin();
  const wallet::MoveLink link = must(wallet::MoveLink::parse(move.link));
  Submissions joining;
  for (std::size_t i = 0; i < kRacers; ++i) {
    const Device device = w.new_device();
    const BegunRegistration begun = w.begin_registration();
    joining.push_back(w.json_request("POST", "/api/v1/moves/" + link.move_id + "/unit",
                                     {{"proof", base64url::encode(wallet::move_proof(link.secret))},
                                      {"registration_id", begun.id},
                                      {"terms_version", begun.terms_version},
                                      {"credential", w.credential_json(begun, device)},
                                      {"watch_sha256", base64url::encode(w.rng.bytes(32))},
                                      {"tag", base64url::encode(w.rng.bytes(32))},
                                      {"seal_key", jose::Jwk(device.key->public_key()).to_json()},
                                      {"name", "x"}}));
  }
  std::vector<int> statuses(kRacers);
  send_at_once(*w.app, joining, [&](std::size_t i, const Reply& reply) { statuses[i] = reply.status(); });
  CHECK(std::ranges::count(statuses, 201) == 1);
  CHECK(std::ranges::count(statuses, 409) == static_cast<int>(kRacers) - 1);

  Move other;
  other.until_compared();
  const std::string body = json::serialize(json::Object{{"unit_key", other.new_key()}});
  other.old.account.counter = must(wallet::load_profile(other.old.device.store)).counter;
  Submissions confirming;
  for (std::size_t i = 0; i < kRacers; ++i) {
    confirming.push_back(
        w.account_request(other.old.account, "POST", "/api/v1/moves/" + other.move_id() + "/confirmation", body));
  }
  send_at_once(*w.app, confirming, [&](std::size_t i, const Reply& reply) { statuses[i] = reply.status(); });
  CHECK(std::ranges::count(statuses, 200) == 1);
  for (const int status : statuses) CHECK((status == 200 || status == 401 || status == 409));
}

TEST_CASE("a server that shows the old device another key is found out: it does not know the link's secret") {
  Move move;
  move.begin();
  move.join();
  const auto honest = move.old.device.http.answer;
  const crypto::P256PrivateKey operators = crypto::P256PrivateKey::generate();
  for (const char* member : {"key", "seal_key"}) {
    CAPTURE(member);
    move.old.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
      MIBUN_TRY(HttpResponse response, honest(request));
      if (!request.url.ends_with("/state")) return response;
      json::Object body = must(json::parse_object(response.body));
      body.at("unit").as_object()[member] = jose::Jwk(operators.public_key()).to_json();
      response.body = json::serialize(body);
      return response;
    };
    CHECK(refusal(attempt(move.old_steps, "move_state")) == "move_wrong_state");
    CHECK(refusal(attempt(move.old_steps, "confirm_move")) == "invalid_argument");
  }
}

TEST_CASE("a nonce that the link does not commit to gives no number, and another old key gives another one") {
  Move move;
  move.begin();
  move.join();
  const std::string right = text_of(step(move.old_steps, "move_state"), "number");
  const auto honest = move.fresh.device.http.answer;
  std::string member;
  json::Value value;
  move.fresh.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    MIBUN_TRY(HttpResponse response, honest(request));
    if (!request.url.ends_with("/state")) return response;
    json::Object body = must(json::parse_object(response.body));
    body[member] = value;
    response.body = json::serialize(body);
    return response;
  };
  member = "nonce";
  value = base64url::encode(Bytes(32, 7));
  CHECK(refusal(attempt(move.fresh.steps, "await_move")) == "move_wrong_state");
  member = "old_key";
  value = jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json();
  CHECK(text_of(step(move.fresh.steps, "await_move"), "number") != right);
  // And it stays with the key that it was told first.
  move.fresh.device.http.answer = honest;
  CHECK(refusal(attempt(move.fresh.steps, "await_move")) == "move_wrong_state");
}

TEST_CASE("the number depends on every key, the secret and the nonce") {
  const auto key = [] { return crypto::P256PrivateKey::generate().public_key(); };
  const wallet::MoveKeys keys{key(), key(), key()};
  const Bytes secret(32, 1), nonce(32, 2);
  const std::string number = wallet::move_number(secret, nonce, keys);
  CHECK(number == wallet::move_number(secret, nonce, keys));
  int same = 0;
  for (int i = 0; i < 20; ++i) {
    same += number == wallet::move_number(secret, nonce, {key(), keys.new_device, keys.seal}) ? 1 : 0;
    same += number == wallet::move_number(secret, nonce, {keys.old_device, key(), keys.seal}) ? 1 : 0;
    same += number == wallet::move_number(secret, nonce, {keys.old_device, keys.new_device, key()}) ? 1 : 0;
    same += number == wallet::move_number(Bytes(32, static_cast<std::uint8_t>(3 + i)), nonce, keys) ? 1 : 0;
    same += number == wallet::move_number(secret, Bytes(32, static_cast<std::uint8_t>(3 + i)), keys) ? 1 : 0;
  }
  CHECK(same <= 1);
}

TEST_CASE("both devices say how many records were too many to take along, and the newest came") {
  Move move;
  constexpr int kReceipts = 12;
  constexpr std::size_t kReceiptBytes = 100 * 1024;  // of which six go into what a device packs
  for (int i = 0; i < kReceipts; ++i) {
    must(move.old.device.store.write("receipt." + std::to_string(100 + i), std::string(kReceiptBytes, 'x')));
  }
  must(wallet::HistoryBook(move.old.device.host).record({.kind = "shared", .client_id = "shop", .outcome = "done"}));
  move.until_compared();
  const json::Object moved = step(move.old_steps, "confirm_move");
  CHECK(moved.at("left_behind").to_number<int>() == kReceipts - 6);
  const json::Object finished = step(move.fresh.steps, "finish_move");
  CHECK(finished.at("brought_history").as_bool());
  CHECK(finished.at("left_behind").to_number<int>() == kReceipts - 6);
  CHECK(move.fresh.device.store.records.contains("receipt.111"));
  CHECK_FALSE(move.fresh.device.store.records.contains("receipt.105"));
  CHECK_FALSE(move.fresh.device.store.records.contains("left_behind"));
}

TEST_CASE("a wallet from before packs no count, and one that makes no sense brings nothing") {
  struct Row {
    const char* records;
    bool brought;
    int left_behind;
  };
  for (const Row& row :
       {Row{R"({"receipt.a":"x"})", true, 0}, Row{R"({"receipt.a":"x","left_behind":3})", true, 3},
        Row{R"({"receipt.a":"x","left_behind":-1})", false, 0}, Row{R"({"receipt.a":"x","left_behind":"3"})", false, 0},
        Row{R"({"receipt.a":"x","left_behind":1.5})", false, 0}}) {
    INFO(row.records);
    Move move;
    move.until_compared();
    step(move.old_steps, "confirm_move");
    const std::string luggage = packed(move, row.records);
    const auto honest = move.fresh.device.http.answer;
    move.fresh.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
      MIBUN_TRY(HttpResponse response, honest(request));
      if (!request.url.ends_with("/state")) return response;
      json::Object body = must(json::parse_object(response.body));
      body["luggage"] = luggage;
      response.body = json::serialize(body);
      return response;
    };
    const json::Object finished = step(move.fresh.steps, "finish_move");
    CHECK(finished.at("brought_history").as_bool() == row.brought);
    CHECK(finished.at("left_behind").to_number<int>() == row.left_behind);
    CHECK(move.fresh.device.store.records.contains("receipt.a") == row.brought);
  }
}

TEST_CASE("a history that the server made up is not taken over; the account is") {
  Move move;
  move.until_compared();
  step(move.old_steps, "confirm_move");
  const auto honest = move.fresh.device.http.answer;
  move.fresh.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    MIBUN_TRY(HttpResponse response, honest(request));
    if (!request.url.ends_with("/state")) return response;
    json::Object body = must(json::parse_object(response.body));
    const json::Object joined = must(json::parse_object(must(move.fresh.device.store.read("move.new"))));
    const auto seal =
        must(move.fresh.device.keys.key_agreement({text_of(joined.at("profile").as_object(), "history_key")}));
    const std::string forged = std::string(32, 'x') + R"({"receipt.forged":"x"})";
    body["luggage"] = must(jose::encrypt_jwe(seal->public_key(), {}, as_bytes(forged), world().rng));
    response.body = json::serialize(body);
    return response;
  };
  CHECK_FALSE(step(move.fresh.steps, "finish_move").at("brought_history").as_bool());
  CHECK_FALSE(move.fresh.device.store.records.contains("receipt.forged"));
  CHECK(step(move.fresh.steps, "state").at("registered").as_bool());
}

TEST_CASE("answers may be lost: confirming and finishing are tried again, also after the server was restarted") {
  TestWorld& w = world();
  Move move;
  move.until_compared();
  const auto honest = move.old.device.http.answer;
  const auto losing = [&](std::string_view end) {
    return [&honest, end](const HttpRequest& request) -> Result<HttpResponse> {
      MIBUN_TRY(HttpResponse response, honest(request));
      if (request.url.ends_with(end)) return fail(ErrorCode::http_timeout);
      return response;
    };
  };
  move.old.device.http.answer = losing("/confirmation");
  CHECK(refusal(attempt(move.old_steps, "confirm_move")) == "http_timeout");
  CHECK_FALSE(move.old.device.keys.keys.empty());
  move.old.device.http.answer = honest;
  CHECK(step(move.old_steps, "confirm_move").at("moved").as_bool());
  CHECK(move.old.device.keys.keys.empty());

  w.app.reset();
  w.app = must(App::open(w.config, w.clock, w.rng));
  move.fresh.device.http.answer = losing("/completion");
  CHECK(refusal(attempt(move.fresh.steps, "finish_move")) == "http_timeout");
  CHECK(step(move.fresh.steps, "state").at("moving").as_bool());
  move.fresh.device.http.answer = honest;
  CHECK(step(move.fresh.steps, "finish_move").at("brought_history").as_bool());
  CHECK(step(move.fresh.steps, "state").at("registered").as_bool());
}

TEST_CASE("after an erasure the old device's key is unknown, and still registers nothing") {
  TestWorld& w = world();
  Move move;
  move.until_compared();
  step(move.old_steps, "confirm_move");
  step(move.fresh.steps, "finish_move");
  step(move.fresh.steps, "delete_account");
  CHECK(ask_with_old_key(move).code() == "assertion_invalid");
  const BegunRegistration begun = w.begin_registration();
  CHECK(w.send(w.registration(begun, w.credential_json(begun, move.old.account))).code() == "key_exists");
}

TEST_CASE("without its person a wallet neither begins nor confirms a move") {
  Move move;
  move.old.device.holder.present = false;
  CHECK(refusal(attempt(move.old_steps, "begin_move")) == "wallet_user_verification_failed");
  move.old.device.holder.present = true;
  move.until_compared();
  move.old.device.holder.present = false;
  CHECK(refusal(attempt(move.old_steps, "confirm_move")) == "wallet_user_verification_failed");
  CHECK_FALSE(move.old.device.keys.keys.empty());
}

TEST_CASE("the account's devices: the one of today, and the one that it took the place of") {
  Move move;
  const json::Object before = step(move.old_steps, "devices");
  CHECK(before.at("former").as_array().empty());
  const json::Object& first = before.at("device").as_object();
  CHECK(text_of(first.at("kind").as_object(), "en") == "mibun in a terminal");
  CHECK(text_of(first.at("backup").as_object(), "en").starts_with("No"));
  CHECK(text_of(first.at("last_used").as_object(), "en") == "23 Nov 2026");
  CHECK(first.at("moved_at").is_null());
  move.until_compared();
  step(move.old_steps, "confirm_move");
  step(move.fresh.steps, "finish_move");
  const json::Object after = step(move.fresh.steps, "devices");
  REQUIRE(after.at("former").as_array().size() == 1);
  const json::Object& former = after.at("former").as_array()[0].as_object();
  CHECK(former.at("kind") == first.at("kind"));
  CHECK(former.at("since") == first.at("since"));
  CHECK(former.at("last_used") == first.at("last_used"));
  CHECK(former.at("moved_at") == after.at("device").as_object().at("since"));
  CHECK(ask_with_old_key(move).code() == "wallet_moved");
}

TEST_CASE("an old device that missed the yes reads in its history that its wallet has moved") {
  Move move;
  move.until_compared();
  CHECK(move.confirm_by_hand(move.new_key()).status() == 200);
  wallet::Steps opened_again{move.old.device.host};
  const json::Object history = step(opened_again, "history", R"({"ask_server":true})");
  CHECK_FALSE(history.at("complete").as_bool());
  CHECK(text_of(history, "why") == "wallet_moved");
}

}  // namespace mibun::server
