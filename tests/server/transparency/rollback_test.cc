#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "platform/log_tree/witness.h"
#include "tests/server/transparency/logged_world.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/server_log.h"
#include "wallet/steps/steps.h"

// The server's log put back to an older state that its key signed, together with the key's memory: the server itself
// cannot know. Those who remember do.
namespace mibun::server {
namespace {

ErrorCode code_seen(RegisteredWallet& wallet) {
  const auto look = wallet::look_at_server_log(wallet.device.host, std::string(kOrigin));
  return look ? ErrorCode::cancelled : look.error().code;
}

std::string state_seen(RegisteredWallet& wallet) {
  wallet::Steps steps(wallet.device.host);
  const json::Object answer = must(steps.run("server_log", {}));
  const json::Value* code = answer.if_contains("code");
  return std::string(answer.at("state").as_string()) + (code == nullptr ? "" : " " + std::string(code->as_string()));
}

// A witness that gets what a log sends over HTTP.
struct Onlooker {
  Onlooker(const TempDir& place, const tlog::VerifierKey& log)
      : origin(log.name()),
        witness(must(tlog::NoteSigner::make(
                    "witness.example", tlog::NoteKeyKind::cosignature_v1,
                    std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate()))),
                must(log_tree::DirectoryStorage::open(place.file("witness"))), {log}) {}

  int look(TestWorld& w) {
    const std::string note = w.send_well({.target = "/log/checkpoint"}, 200).response.body;
    const std::uint64_t size = must(tlog::Checkpoint::parse(must(tlog::Note::parse(note)).text())).head().size;
    const std::uint64_t seen = must(witness.seen_size(origin));
    tlog::AddCheckpoint request{std::min(seen, size), {}, note};
    if (seen > 0 && seen < size) {
      const Reply reply = w.send_well(
          {.target = "/log/proof/consistency?from=" + std::to_string(seen) + "&to=" + std::to_string(size)}, 200);
      for (const json::Value& one : reply.json.at("proof").as_array()) {
        tlog::Hash hash{};
        std::ranges::copy(must(base64::decode(std::string(one.as_string()))), hash.begin());
        request.proof.push_back(hash);
      }
    }
    return witness.add_checkpoint(request.encode(), w.clock.now()).status;
  }
  std::string origin;
  log_tree::Witness witness;
};

void restart(TestWorld& w) {
  w.app = must(App::open(w.config, w.clock, w.rng));
}

}  // namespace

TEST_CASE("a wallet and a witness follow the log, and see when it was put back") {
  TestWorld& w = logged_world();
  const TempDir place;
  RegisteredWallet wallet;
  Onlooker onlooker(place, log_key_of(w.data_directory()));

  CHECK(state_seen(wallet) == "first");
  CHECK(onlooker.look(w) == 200);
  w.app.reset();
  const SavedLog saved(w, place);
  restart(w);
  w.register_device();
  CHECK(state_seen(wallet) == "goes_on");
  CHECK(state_seen(wallet) == "goes_on");  // the same again
  CHECK(onlooker.look(w) == 200);
  const std::string remembered = must(wallet.device.store.read("server_log"));

  SUBCASE("the log alone: the server does not start") {
    w.app.reset();
    const TempDir other_place;
    const SavedLog newest(w, other_place);
    saved.put_back_log();
    {
      const auto opened = App::open(w.config, w.clock, w.rng);
      REQUIRE_FALSE(opened.has_value());
      CHECK(opened.error().code == ErrorCode::log_rollback);
    }
    newest.put_back_log();
    restart(w);
    CHECK(state_seen(wallet) == "goes_on");
  }
  SUBCASE("with the memory of the key: the server starts, and everybody else says so") {
    w.app.reset();
    saved.put_back_log();
    saved.put_back_memory();
    restart(w);
    CHECK(code_seen(wallet) == ErrorCode::log_rollback);
    CHECK(state_seen(wallet) == "broken log_rollback");
    CHECK(onlooker.look(w) == 409);
    // It goes on, and is larger than what was seen: still another log.
    const std::uint64_t seen = must(onlooker.witness.seen_size(onlooker.origin));
    for (;;) {
      const std::string note = w.send_well({.target = "/log/checkpoint"}, 200).response.body;
      if (must(tlog::Checkpoint::parse(must(tlog::Note::parse(note)).text())).head().size > seen) break;
      w.begin_registration();
    }
    CHECK(code_seen(wallet) == ErrorCode::log_proof_invalid);
    CHECK(onlooker.look(w) == 422);
    // What was seen stays, so that the next look says it again.
    CHECK(must(wallet.device.store.read("server_log")) == remembered);
  }
}

TEST_CASE("of the size that was seen, and something else: a fork") {
  TestWorld& w = logged_world();
  const TempDir place;
  RegisteredWallet wallet;
  w.app.reset();
  const SavedLog saved(w, place);
  restart(w);
  w.begin_registration();
  w.app.reset();  // intent and result are in it
  restart(w);
  CHECK(state_seen(wallet) == "first");
  w.app.reset();
  saved.put_back_log();
  saved.put_back_memory();
  w.clock.advance(std::chrono::seconds(1));  // the records differ in their time
  restart(w);
  w.begin_registration();
  w.app.reset();
  restart(w);
  CHECK(state_seen(wallet) == "broken log_fork");
}

TEST_CASE("what a wallet is shown has to be signed by the key that it pinned, and proved") {
  TestWorld& w = logged_world();
  RegisteredWallet wallet;
  REQUIRE(state_seen(wallet) == "first");
  w.begin_registration();
  const auto honest = wallet.device.http.answer;
  const auto twist = [&](std::string_view end, std::function<std::string(std::string)> change) {
    wallet.device.http.answer = [=](const HttpRequest& request) -> Result<HttpResponse> {
      MIBUN_TRY(HttpResponse response, honest(request));
      if (request.url.find(end) != std::string::npos) response.body = change(response.body);
      return response;
    };
  };
  const auto constant = [](std::string text) { return [text](const std::string&) { return text; }; };

  const auto other_signer =
      must(tlog::NoteSigner::make(log_key_of(w.data_directory()).name(), tlog::NoteKeyKind::ed25519,
                                  std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate())));
  const auto by_another_key = [&](const std::string& note) {
    const std::string text = must(tlog::Note::parse(note)).text();
    return must(tlog::Note::make(text, {must(other_signer.sign(text, {}))})).encode();
  };
  struct Row {
    const char* why;
    const char* end;
    std::function<std::string(std::string)> change;
    ErrorCode want;
  };
  const Row rows[] = {
      {"another key", "/log/checkpoint", by_another_key, ErrorCode::log_proof_invalid},
      {"no note", "/log/checkpoint", constant("hello\n"), ErrorCode::log_proof_invalid},
      {"an empty proof", "/consistency", constant(R"({"from":1,"to":2,"proof":[]})"), ErrorCode::log_proof_invalid},
      {"a proof of something else", "/consistency",
       constant(R"({"proof":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]})"), ErrorCode::log_proof_invalid},
      {"no hash", "/consistency", constant(R"({"proof":["AAAA"]})"), ErrorCode::log_proof_invalid},
      {"no proof", "/consistency", constant(R"({})"), ErrorCode::json_missing_member},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    twist(row.end, row.change);
    CHECK(code_seen(wallet) == row.want);
  }
  wallet.device.http.answer = honest;
  CHECK(state_seen(wallet) == "goes_on");
  // Kept before it is believed: a wallet that cannot write does not forget either.
  w.begin_registration();
  wallet.device.store.broken = true;
  CHECK(code_seen(wallet) == ErrorCode::io_error);
  wallet.device.store.broken = false;
  CHECK(state_seen(wallet) == "goes_on");
}

TEST_CASE("a wallet whose trust list is older than the log does not ask") {
  RegisteredWallet wallet;
  json::Object list = must(json::parse_object(must(wallet.device.store.read("trust")), {.bytes_max = 256 * 1024}));
  list.erase("log");
  must(wallet.device.store.write("trust", json::serialize(list)));
  const std::size_t sent = wallet.device.http.sent.size();
  CHECK(state_seen(wallet) == "none");
  CHECK(wallet.device.http.sent.size() == sent);
}

}  // namespace mibun::server
