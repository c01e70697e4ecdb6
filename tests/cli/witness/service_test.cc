// A witness behind HTTP: what it answers a log, and what it refuses.
#include "cli/witness/service.h"

#include <doctest/doctest.h>

#include "core/tlog/proof.h"
#include "tests/platform/http/peers.h"
#include "tests/platform/log_tree/world.h"

namespace mibun::cli {
namespace {

const Instant kNow = Instant::from_unix_seconds(1'796'000'000);

// A log, a witness for it, and requests as the log makes them.
struct Pair {
  LogWorld world;
  std::unique_ptr<log_tree::LogWriter> writer = world.open().value();
  std::map<std::uint64_t, std::string> notes;
  Power power;
  Disk state{power};
  log_tree::Witness witness{make_signer("witness.example/w", tlog::NoteKeyKind::cosignature_v1),
                            std::make_unique<DiskStorage>(state),
                            {writer->key()}};

  void grow(std::size_t count) {
    REQUIRE(writer->append(records(count)).has_value());
    REQUIRE(writer->publish().has_value());
    notes[writer->head().size] = writer->checkpoint();
  }
  tlog::Proof proof(std::uint64_t from, std::uint64_t to) {
    DiskStorage storage(world.first);
    log_tree::StorageTiles tiles(storage);
    tlog::TileNodes nodes(tiles, writer->head().size);
    return tlog::make_consistency_proof(from, to, nodes).value();
  }
  std::string body(std::uint64_t from, std::uint64_t to) {
    return tlog::AddCheckpoint{from, proof(from, to), notes.at(to)}.encode();
  }
  http::ServerResponse post(std::string_view body) {
    return answer_log(witness,
                      {.method = "POST",
                       .target = "/add-checkpoint",
                       .path = "/add-checkpoint",
                       .query = "",
                       .body = body,
                       .peer_address = "",
                       .headers = {}},
                      kNow);
  }
};

std::string signed_note(const tlog::NoteSigner& signer, std::uint64_t size) {
  const std::string text = tlog::Checkpoint::make(signer.verifier().name(), {size, tlog::leaf_hash({})}).value().text();
  return tlog::Note::make(text, {signer.sign(text, {}).value()}).value().encode();
}

}  // namespace

TEST_CASE("a log that goes on gets a cosignature, and nothing else does") {
  Pair pair;
  for (const std::size_t count : {5u, 10u, 20u}) pair.grow(count);
  const http::ServerResponse first = pair.post(pair.body(0, 15));
  REQUIRE(first.status == 200);
  CHECK(first.content_type == "text/plain; charset=utf-8");
  const auto lines = tlog::parse_cosignatures(first.body).value();
  REQUIRE(lines.size() == 1);
  CHECK(pair.witness.key().verify(tlog::Note::parse(pair.notes.at(15) + first.body).value()).value() == kNow);

  const auto stranger = make_signer("log.example/ops"), unknown = make_signer("another.example");
  LogWorld fork_world;
  fork_world.signer = pair.world.signer;
  auto fork = fork_world.open().value();
  const auto odd = [](std::uint64_t index) -> Result<Bytes> { return to_bytes("other " + std::to_string(index)); };
  const auto forked = [&](std::size_t count) {
    REQUIRE(fork->append(std::vector<log_tree::EntryMaker>(count, odd)).has_value());
    REQUIRE(fork->publish().has_value());
    return fork->checkpoint();
  };
  const std::string fork15 = forked(15), fork35 = forked(20);
  using Add = tlog::AddCheckpoint;
  struct Row {
    const char* why;
    int status;
    std::string body;
  };
  const Row rows[] = {
      {"the same once more, as if nothing had been seen: replay", 409, pair.body(0, 15)},
      {"from a size that was never the last", 409, pair.body(5, 35)},
      {"a checkpoint of before, from nothing", 409, Add{0, {}, pair.notes.at(5)}.encode()},
      {"a checkpoint of before, from its own size", 409, Add{5, {}, pair.notes.at(5)}.encode()},
      {"from a larger tree to a smaller one", 400, Add{15, {}, pair.notes.at(5)}.encode()},
      {"another tree of the same size", 409, Add{15, {}, fork15}.encode()},
      {"a tree that forked before", 422, Add{15, pair.proof(15, 35), fork35}.encode()},
      {"no proof", 422, Add{15, {}, pair.notes.at(35)}.encode()},
      {"a proof for another size", 422, Add{15, pair.proof(5, 35), pair.notes.at(35)}.encode()},
      {"a proof where nothing is to prove", 422, Add{15, {tlog::leaf_hash({})}, pair.notes.at(15)}.encode()},
      {"another key of the log's name", 403, Add{15, {}, signed_note(stranger, 35)}.encode()},
      {"a checkpoint with a changed size", 403,
       Add{15, pair.proof(15, 35), "log.example/ops\n36" + pair.notes.at(35).substr(18)}.encode()},
      {"a log that nobody told it of", 404, Add{0, {}, signed_note(unknown, 9)}.encode()},
      {"nothing", 400, ""},
      {"no request", 400, "old\n\n"},
      {"a request without a checkpoint", 400, "old 15\n\n"},
      {"lines that end in CR LF", 400, "old 15\r\n\r\n" + pair.notes.at(15)},
      {"64 hashes", 400, Add{15, tlog::Proof(64), pair.notes.at(35)}.encode()},
      {"too large", 400, "old 15\n\n" + std::string(tlog::kAddCheckpointBytesMax, 'x')},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const http::ServerResponse answer = pair.post(row.body);
    CHECK(answer.status == row.status);
    if (row.status == 409) {
      CHECK(answer.content_type == "text/x.tlog.size");
      CHECK(answer.body == "15\n");
    } else {
      CHECK(answer.body.find("\u2014") == std::string::npos);
    }
    CHECK(pair.witness.seen_size("log.example/ops").value() == 15);
  }
  CHECK(pair.post(pair.body(15, 35)).status == 200);
  CHECK(pair.witness.seen_size("log.example/ops").value() == 35);
}

TEST_CASE("there is one call, with one method and no query") {
  Pair pair;
  pair.grow(3);
  const std::string body = pair.body(0, 3);
  const auto ask = [&](std::string_view method, std::string_view path, std::string_view query = "") {
    return answer_log(pair.witness,
                      {.method = method,
                       .target = path,
                       .path = path,
                       .query = query,
                       .body = body,
                       .peer_address = "",
                       .headers = {}},
                      kNow);
  };
  CHECK(ask("POST", "/").status == 404);
  CHECK(ask("POST", "/add-checkpoint/").status == 404);
  CHECK(ask("POST", "/add-checkpoint", "x=1").status == 404);
  CHECK(ask("GET", "/add-checkpoint").status == 405);
  CHECK(ask("GET", "/add-checkpoint").header("Allow") == "POST");
  CHECK(ask("PUT", "/add-checkpoint").status == 405);
  CHECK(pair.witness.seen_size("log.example/ops").value() == 0);
  CHECK(ask("POST", "/add-checkpoint").status == 200);
}

TEST_CASE("over the wire: a log's request is taken whatever its media type, and a larger one is refused unread") {
  Pair pair;
  pair.grow(3);
  const auto server =
      http::Server::bind(witness_server_options("127.0.0.1", 0), [&](const http::ServerRequest& request) {
        return answer_log(pair.witness, request, kNow);
      }).value();
  server->start();
  const TemporaryFolder folder;
  const auto post = [&](const std::string& body, const std::string& more = "") {
    const std::string file = folder.write("body", body);
    return run_program("curl -s -o /dev/null -w '%{http_code} %{content_type}' " + more + " --data-binary @" + file +
                       " http://127.0.0.1:" + std::to_string(server->port()) + "/add-checkpoint")
        .output;
  };
  CHECK(post("old 0\n\n" + std::string(tlog::kAddCheckpointBytesMax, 'x')) == "413 text/plain; charset=utf-8");
  CHECK(post(pair.body(0, 3)) == "200 text/plain; charset=utf-8");
  CHECK(post(pair.body(0, 3), "-H 'Content-Type:'") == "409 text/x.tlog.size");
  CHECK(post(pair.body(3, 3), "-H 'Content-Type: application/octet-stream'") == "200 text/plain; charset=utf-8");
  server->stop();
}

}  // namespace mibun::cli
