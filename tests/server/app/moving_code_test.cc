#include "tests/server/app/moving_world.h"
#include "wallet/move_code.h"
#include "wallet/move_link.h"
#include "wallet/moving.h"

// A wallet moves by a code that is typed where no camera reads the link, against the whole server.
namespace mibun::server {
namespace {

std::string code_argument(std::string_view code) {
  return json::serialize(json::Object{{"server", kOrigin}, {"code", code}});
}

// Answers of the server with a member that somebody changed.
void tamper(wallet::TestDevice& device, std::string_view end, std::string member, std::string value) {
  const auto honest = device.http.answer;
  device.http.answer = [=](const HttpRequest& request) -> Result<HttpResponse> {
    MIBUN_TRY(HttpResponse response, honest(request));
    if (!request.url.ends_with(end)) return response;
    json::Object body = must(json::parse_object(response.body));
    body[member] = value;
    response.body = json::serialize(body);
    return response;
  };
}

}  // namespace

TEST_CASE("a code that is typed does what the link does: the same number on both, and the wallet moves") {
  Move move;
  const json::Object begun = step(move.old_steps, "begin_move");
  move.link = text_of(begun, "link");
  const std::string code = text_of(begun, "code");
  CHECK(code.size() == 29);
  CHECK(move.link.find(code) == std::string::npos);
  step(move.fresh.steps, "open_move", code_argument(code));
  CHECK(move.fresh.device.keys.keys.empty());
  step(move.fresh.steps, "join_move", R"({"name":"PC"})");
  const auto [on_old, on_new] = move.compare();
  CHECK(on_old == on_new);
  step(move.old_steps, "confirm_move");
  CHECK(step(move.fresh.steps, "finish_move").at("brought_history").as_bool());
  CHECK(step(move.fresh.steps, "state").at("registered").as_bool());
}

TEST_CASE("a mistyped code says which group is wrong, before anything is sent; one that is nobody's finds nothing") {
  Move move;
  const std::string code = text_of(step(move.old_steps, "begin_move"), "code");
  std::string mistyped = code;
  mistyped[11] = mistyped[11] == '2' ? '3' : '2';
  const std::size_t sent = move.fresh.device.http.sent.size();
  const auto refused = attempt(move.fresh.steps, "open_move", code_argument(mistyped));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().where == "code.3");
  CHECK(move.fresh.device.http.sent.size() == sent);
  crypto::SystemRng rng;
  CHECK(refusal(attempt(move.fresh.steps, "open_move", code_argument(wallet::MoveCode::make(rng).to_text()))) ==
        "move_not_found");
  step(move.old_steps, "cancel_move");
  CHECK(refusal(attempt(move.fresh.steps, "open_move", code_argument(code))) == "move_not_found");
}

TEST_CASE("a code is good once, and as long as the link is") {
  Move move;
  const json::Object begun = step(move.old_steps, "begin_move");
  move.link = text_of(begun, "link");
  const std::string code = text_of(begun, "code");
  move.join();
  EmptyDevice second;
  step(second.steps, "open_move", code_argument(code));
  CHECK(refusal(attempt(second.steps, "join_move", R"({"name":"x"})")) == "move_wrong_state");
  move.old.wait(seconds(600));
  CHECK(refusal(attempt(second.steps, "open_move", code_argument(code))) == "move_not_found");
}

TEST_CASE("what a typed code commits to is by who knows the code: the server cannot put in its own") {
  Move move;
  const std::string code = text_of(step(move.old_steps, "begin_move"), "code");
  const std::string own = base64url::encode(wallet::move_commitment(Bytes(32, 7)));
  tamper(move.fresh.device, "/lookup", "commitment", own);
  CHECK(refusal(attempt(move.fresh.steps, "open_move", code_argument(code))) == "move_wrong_state");
  CHECK(refusal(attempt(move.fresh.steps, "join_move", R"({"name":"x"})")) == "invalid_argument");
}

TEST_CASE("after a code, too, the old device opens the nonce that was committed to before the new key was shown") {
  Move move;
  const json::Object begun = step(move.old_steps, "begin_move");
  move.link = text_of(begun, "link");
  step(move.fresh.steps, "open_move", code_argument(text_of(begun, "code")));
  step(move.fresh.steps, "join_move", R"({"name":"x"})");
  step(move.old_steps, "move_state");
  tamper(move.fresh.device, "/state", "nonce", base64url::encode(Bytes(32, 7)));
  CHECK(refusal(attempt(move.fresh.steps, "await_move")) == "move_wrong_state");
}

TEST_CASE("two moves never have one proof, and five wrong proofs lock the code as they lock the link") {
  TestWorld& w = world();
  Move move;
  const json::Object begun = step(move.old_steps, "begin_move");
  move.link = text_of(begun, "link");
  const wallet::MoveLink link = must(wallet::MoveLink::parse(move.link));
  const std::string b32 = base64url::encode(Bytes(32, 1));
  const json::Object body{{"proof_sha256", base64url::encode(crypto::sha256(wallet::move_proof(link.secret)))},
                          {"watch_sha256", b32},
                          {"commitment", b32},
                          {"commitment_tag", b32}};
  CHECK(w.send(w.account_request(w.stranger, "POST", "/api/v1/moves", json::serialize(body))).code() ==
        "move_wrong_state");
  guess_five_times(link);
  CHECK(refusal(attempt(move.fresh.steps, "open_move", code_argument(text_of(begun, "code")))) == "move_not_found");
}

}  // namespace mibun::server
