// The server's log and its witnesses: who signs is published, and who does not is told and holds nobody up.
#include <doctest/doctest.h>

#include "core/tlog/add_checkpoint.h"
#include "core/tlog/checkpoint.h"
#include "platform/log_tree/witness.h"
#include "tests/server/transparency/logged_world.h"
#include "tests/server/world/own_world.h"

namespace mibun::server {
namespace {

// A witness on another machine, in this process.
struct Elsewhere {
  explicit Elsewhere(const std::string& name) : name_(name) {}
  void begin(const tlog::VerifierKey& log) {
    witness.emplace(*signer, must(log_tree::DirectoryStorage::open(folder.file("state"))),
                    std::vector<tlog::VerifierKey>{log});
  }
  Result<HttpResponse> answer(const HttpRequest& request, Instant now) {
    asked.push_back(request);
    if (instead) return instead(request);
    auto said = witness->add_checkpoint(request.body, now);
    return HttpResponse{said.status, {}, std::move(said.body)};
  }
  std::string name_;
  TempDir folder;
  std::optional<tlog::NoteSigner> signer =
      must(tlog::NoteSigner::make(name_, tlog::NoteKeyKind::cosignature_v1,
                                  std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate())));
  std::optional<log_tree::Witness> witness;
  std::vector<HttpRequest> asked;
  std::function<Result<HttpResponse>(const HttpRequest&)> instead;
};

struct World : OwnWorld {
  World() {
    log_key.emplace(must(tlog::VerifierKey::parse(
        must(json::parse_object(send({.target = "/.well-known/mibun-trust.json"}).response.body))
            .at("log")
            .as_string())));
    for (Elsewhere* one : all()) {
      one->begin(*log_key);
      config.witnesses.push_back({"https://" + one->name_, one->signer->verifier()});
    }
    restart();
  }
  std::vector<Elsewhere*> all() { return {&first, &second}; }
  void restart() {
    app.reset();
    app = must(App::open(config, clock, rng));
  }
  void ask_witnesses() {
    must(app->ask_witnesses(
        [&](std::size_t index, const HttpRequest& request) { return all().at(index)->answer(request, clock.now()); }));
  }
  Reply cosigned() { return send({.target = "/log/cosigned-checkpoint"}); }
  tlog::SignedCheckpoint opened() {
    const Reply reply = send_well({.target = "/log/cosigned-checkpoint"}, 200);
    CHECK(reply.response.content_type == "text/plain; charset=utf-8");
    return must(tlog::SignedCheckpoint::open(reply.response.body, *log_key));
  }
  bool signed_by(const Elsewhere& one) { return one.signer->verifier().verify(opened().note()).has_value(); }
  std::uint64_t size() {
    return must(tlog::SignedCheckpoint::open(send({.target = "/log/checkpoint"}).response.body, *log_key)).head().size;
  }
  // What stands in the log of operations.
  void do_something() { register_device(); }
  bool has_told(const std::string& event) {
    return send({.target = "/metrics"}).response.body.contains("mibun_events_total{event=\"" + event + "\"}");
  }

  Elsewhere first{"one.example/w"}, second{"two.example/w"};
  std::optional<tlog::VerifierKey> log_key;
};

}  // namespace

TEST_CASE("the newest checkpoint with the signatures of those witnesses that signed it is published") {
  World w;
  CHECK(w.cosigned().code() == "route_not_found");
  w.ask_witnesses();
  CHECK((w.signed_by(w.first) && w.signed_by(w.second)));
  const std::uint64_t before = w.opened().head().size;
  CHECK(must(w.first.signer->verifier().verify(w.opened().note())) ==
        Instant::from_unix_seconds(w.clock.now().unix_seconds()));
  CHECK(w.first.asked.back().url == "https://one.example/w/add-checkpoint");
  CHECK(w.first.asked.back().method == "POST");
  w.do_something();
  CHECK(w.opened().head().size == before);  // nothing waits for a witness
  w.ask_witnesses();
  CHECK(w.opened().head().size > before);
  CHECK(must(w.first.witness->seen_size(w.log_key->name())) == w.opened().head().size);
  // With a proof from what it saw: once asked, once answered.
  const auto sent = must(tlog::AddCheckpoint::parse(w.first.asked.back().body));
  CHECK(sent.old_size == before);
  CHECK(!sent.proof.empty());
}

TEST_CASE("after a start the witness says what it saw, and the note of before stays until there is another") {
  World w;
  w.ask_witnesses();
  const std::string kept = w.cosigned().response.body;
  w.restart();
  CHECK(w.cosigned().response.body == kept);
  CHECK(!w.has_told("log_not_as_witnessed"));
  w.do_something();
  w.first.asked.clear();
  w.ask_witnesses();
  CHECK(w.first.asked.size() == 2);  // the first one answered with 409
  CHECK(w.opened().head().size > must(tlog::SignedCheckpoint::open(kept, *w.log_key)).head().size);
  // Of witnesses that are no more, or of another log, it is worth nothing.
  w.config.witnesses.clear();
  w.restart();
  CHECK(w.cosigned().code() == "route_not_found");
  Elsewhere other("other.example/w");
  w.config.witnesses = {{"https://other.example", other.signer->verifier()}};
  w.restart();
  CHECK(w.cosigned().code() == "route_not_found");
}

TEST_CASE("lines of others beside a witness' own are left out of what is published") {
  World w;
  const auto impostor =
      must(tlog::NoteSigner::make(w.first.name_, tlog::NoteKeyKind::cosignature_v1,
                                  std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate())));
  for (const tlog::NoteSigner& other : {impostor, *w.second.signer}) {
    INFO(other.verifier().name());
    w.do_something();
    w.first.instead = [&](const HttpRequest& request) -> Result<HttpResponse> {
      const auto note = must(tlog::Note::parse(must(tlog::AddCheckpoint::parse(request.body)).note));
      std::string lines;
      for (const tlog::NoteSigner& one : {other, *w.first.signer}) {
        lines += must(one.sign(note.text(), w.clock.now())).line();
      }
      return HttpResponse{200, {}, lines};
    };
    w.second.instead = [](const HttpRequest&) -> Result<HttpResponse> {
      return fail(ErrorCode::http_connect_failed, "witness");
    };
    w.ask_witnesses();
    CHECK(w.signed_by(w.first));
    CHECK(w.opened().note().signatures().size() == 2);  // the log's and the witness'
  }
}

TEST_CASE("a witness that is away, refuses or lies changes nothing but what is told, and the others go on") {
  World w;
  w.ask_witnesses();
  const auto answering = [](int status, std::string body) {
    return [status, body = std::move(body)](const HttpRequest&) -> Result<HttpResponse> {
      return HttpResponse{status, {}, body};
    };
  };
  const auto stranger =
      must(tlog::NoteSigner::make("one.example/w", tlog::NoteKeyKind::cosignature_v1,
                                  std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate())));
  const auto of_request = [&](const HttpRequest& request, const auto& make) -> Result<HttpResponse> {
    const auto note = must(tlog::Note::parse(must(tlog::AddCheckpoint::parse(request.body)).note));
    return HttpResponse{200, {}, make(note)};
  };
  struct Row {
    const char* why;
    std::function<Result<HttpResponse>(const HttpRequest&)> answer;
  };
  const Row rows[] = {
      {"away",
       [](const HttpRequest&) -> Result<HttpResponse> { return fail(ErrorCode::http_connect_failed, "witness"); }},
      {"403", answering(403, "no\n")},
      {"404", answering(404, "no\n")},
      {"422", answering(422, "no\n")},
      {"500", answering(500, "")},
      {"it says that it saw more than there is", answering(409, "9000000\n")},
      {"409 for ever", answering(409, "1\n")},
      {"409 without a size", answering(409, "many\n")},
      {"200 and nothing", answering(200, "")},
      {"200 and no signature", answering(200, "<html>\n")},
      {"200 and too much", answering(200, std::string(tlog::kNoteBytesMax + 1, '\n'))},
      {"by another key of its name",
       [&](const HttpRequest& request) {
         return of_request(
             request, [&](const tlog::Note& note) { return must(stranger.sign(note.text(), w.clock.now())).line(); });
       }},
      {"of another text",
       [&](const HttpRequest& request) {
         return of_request(request, [&](const tlog::Note& note) {
           return must(w.first.signer->sign(note.text() + "x\n", w.clock.now())).line();
         });
       }},
      {"with a time that it did not sign",
       [&](const HttpRequest& request) {
         return of_request(request, [&](const tlog::Note& note) {
           auto line = must(w.first.signer->sign(note.text(), w.clock.now()));
           line.signature[7] ^= 1;
           return line.line();
         });
       }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    w.do_something();
    w.first.instead = row.answer;
    const std::uint64_t before = w.opened().head().size;
    w.ask_witnesses();
    CHECK(w.opened().head().size > before);
    CHECK(!w.signed_by(w.first));
    CHECK(w.signed_by(w.second));
    // With both of them so, the one of before stays, and work goes on.
    w.second.instead = row.answer;
    const std::string kept = w.cosigned().response.body;
    w.do_something();
    w.ask_witnesses();
    CHECK(w.cosigned().response.body == kept);
    CHECK(w.size() > w.opened().head().size);
    w.first.instead = w.second.instead = nullptr;
    w.ask_witnesses();
    CHECK((w.signed_by(w.first) && w.signed_by(w.second)));
  }
  CHECK(w.has_told("witness_failed"));
  CHECK(!w.has_told("log_not_as_witnessed"));
}

TEST_CASE("lines of others in a witness' answer are left out") {
  World w;
  w.first.instead = [&](const HttpRequest& request) -> Result<HttpResponse> {
    const auto note = must(tlog::Note::parse(must(tlog::AddCheckpoint::parse(request.body)).note));
    return HttpResponse{200,
                        {},
                        must(w.second.signer->sign(note.text() + "x\n", w.clock.now())).line() +
                            must(w.first.signer->sign(note.text(), w.clock.now())).line()};
  };
  w.second.instead = [](const HttpRequest&) -> Result<HttpResponse> {
    return fail(ErrorCode::http_timeout, "witness");
  };
  w.ask_witnesses();
  CHECK(w.signed_by(w.first));
  CHECK(w.opened().note().signatures().size() == 2);  // the log's and the first one's
}

TEST_CASE("a log that was put back is told by its witness, and neither older nor other checkpoints are signed") {
  World w;
  w.app.reset();
  const TempDir place;
  const SavedLog saved(w, place);
  w.restart();
  w.do_something();
  w.ask_witnesses();
  const std::uint64_t seen = w.opened().head().size;
  const std::string signed_before = must(w.first.witness->cosigned(w.log_key->name()));
  w.app.reset();
  saved.put_back_log();
  saved.put_back_memory();
  w.clock.advance(std::chrono::seconds(1));  // the same operations in the same second would make the same tree
  w.restart();
  REQUIRE(w.size() < seen);
  const auto is_refused = [&] {
    w.first.asked.clear();
    w.ask_witnesses();
    CHECK(w.cosigned().code() == "route_not_found");
    CHECK(must(w.first.witness->seen_size(w.log_key->name())) == seen);
    CHECK(must(w.first.witness->cosigned(w.log_key->name())) == signed_before);
    return w.first.asked.size();
  };
  CHECK(w.cosigned().code() == "route_not_found");  // what was kept is of a larger tree than this log has
  CHECK(w.has_told("log_not_as_witnessed"));
  CHECK(is_refused() == 1);  // nothing is proved to who saw more
  while (w.size() <= seen) w.do_something();
  CHECK(is_refused() == 2);  // larger again, and another one
  w.restart();
  CHECK(w.cosigned().code() == "route_not_found");  // what was kept is of another tree
  CHECK(w.has_told("log_not_as_witnessed"));
}

TEST_CASE("a configuration that names a log's key or a witness twice is refused") {
  World w;
  w.app.reset();
  w.config.witnesses = {{"https://one.example", *w.log_key}};
  CHECK(code_of(App::open(w.config, w.clock, w.rng)) == ErrorCode::invalid_argument);
  w.config.witnesses = {{"https://one.example", w.first.signer->verifier()},
                        {"https://two.example", w.first.signer->verifier()}};
  CHECK(code_of(App::open(w.config, w.clock, w.rng)) == ErrorCode::invalid_argument);
}

}  // namespace mibun::server
