#include "platform/log_tree/witness.h"

#include <doctest/doctest.h>

#include "core/tlog/proof.h"
#include "tests/platform/log_tree/world.h"

using namespace mibun;
using namespace mibun::log_tree;

namespace {

const Instant kNow = Instant::from_unix_seconds(1'796'000'000);

// A log that grows, and every checkpoint it ever signed.
struct GrowingLog {
  LogWorld world;
  std::unique_ptr<LogWriter> writer = world.open().value();
  std::map<std::uint64_t, std::string> notes;

  void grow(std::size_t count) {
    REQUIRE(writer->append(records(count)).has_value());
    REQUIRE(writer->publish().has_value());
    notes[writer->head().size] = writer->checkpoint();
  }
  std::string request(std::uint64_t from, std::uint64_t to) {
    DiskStorage storage(world.first);
    StorageTiles tiles(storage);
    tlog::TileNodes nodes(tiles, writer->head().size);
    const auto proof = tlog::make_consistency_proof(from, to, nodes);
    return tlog::AddCheckpoint{from, proof ? *proof : tlog::Proof(), notes.at(to)}.encode();
  }
};

struct WitnessWorld {
  Power power;
  Disk state{power};
  tlog::NoteSigner signer = make_signer("witness.example/w", tlog::NoteKeyKind::cosignature_v1);
  Witness open(const tlog::VerifierKey& log) { return {signer, std::make_unique<DiskStorage>(state), {log}}; }
};

}  // namespace

TEST_CASE("a witness signs each checkpoint that goes on from the last, and writes both signatures down") {
  GrowingLog log;
  WitnessWorld world;
  Witness witness = world.open(log.writer->key());
  CHECK(witness.seen_size("log.example/ops").value() == 0);
  CHECK(witness.cosigned("log.example/ops").error().code == ErrorCode::not_found);
  std::uint64_t seen = 0;
  for (const std::size_t count : {1u, 1u, 5u, 249u, 1u, 300u}) {
    log.grow(count);
    const std::uint64_t size = log.writer->head().size;
    const WitnessAnswer answer = witness.add_checkpoint(log.request(seen, size), kNow);
    INFO(answer.reason);
    REQUIRE(answer.status == 200);
    seen = size;
    CHECK(witness.seen_size("log.example/ops").value() == size);
    // The answer below the checkpoint is a note that both signed: what tlog-witness tells the log to do with it.
    const tlog::Note note = tlog::Note::parse(log.notes.at(size) + answer.body).value();
    CHECK(witness.key().verify(note).value() == kNow);
    CHECK(log.writer->key().verify(note).has_value());
    CHECK(witness.cosigned("log.example/ops").value() == note.encode());
  }
  // Once more the same: signed again, with the new time.
  CHECK(witness.add_checkpoint(log.request(seen, seen), kNow + seconds(60)).status == 200);
  const tlog::Note again = tlog::Note::parse(witness.cosigned("log.example/ops").value()).value();
  CHECK(again.signatures().size() == 2);
  CHECK(witness.key().verify(again).value() == kNow + seconds(60));
}

TEST_CASE("roll-back to every older checkpoint is refused by the witness, and by whoever remembers") {
  GrowingLog log;
  for (const std::size_t count : {1u, 1u, 5u, 249u, 1u, 300u}) log.grow(count);
  WitnessWorld world;
  Witness witness = world.open(log.writer->key());
  const std::uint64_t last = log.writer->head().size;
  REQUIRE(witness.add_checkpoint(log.request(0, last), kNow).status == 200);
  const std::string kept = witness.cosigned("log.example/ops").value();
  const auto remembered = tlog::SignedCheckpoint::open(log.notes.at(last), log.writer->key()).value();
  for (const auto& [size, note] : log.notes) {
    if (size == last) continue;
    INFO(size);
    const auto older = tlog::SignedCheckpoint::open(note, log.writer->key()).value();
    CHECK(tlog::check_advance(remembered.checkpoint(), older, {}).error().code == ErrorCode::log_rollback);
    for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{1}, size}) {
      const WitnessAnswer answer = witness.add_checkpoint(tlog::AddCheckpoint{from, {}, note}.encode(), kNow);
      CHECK(answer.status == 409);
      CHECK(answer.body == std::to_string(last) + "\n");
    }
    CHECK(witness.add_checkpoint(tlog::AddCheckpoint{last, {}, note}.encode(), kNow).status == 400);
  }
  CHECK(witness.cosigned("log.example/ops").value() == kept);
  CHECK(witness.seen_size("log.example/ops").value() == last);
}

TEST_CASE("what is not an advance of this log is refused as the protocol says") {
  GrowingLog log;
  for (const std::size_t count : {5u, 10u}) log.grow(count);
  WitnessWorld world;
  Witness witness = world.open(log.writer->key());
  REQUIRE(witness.add_checkpoint(log.request(0, 5), kNow).status == 200);

  LogWorld fork_world;
  fork_world.signer = log.world.signer;
  auto fork = fork_world.open().value();
  const auto odd = [](std::uint64_t index) -> Result<Bytes> { return to_bytes("other " + std::to_string(index)); };
  REQUIRE(fork->append(std::vector<EntryMaker>(5, odd)).has_value());
  REQUIRE(fork->publish().has_value());
  const std::string fork_note = fork->checkpoint();
  const auto answer = [&](const tlog::AddCheckpoint& request) {
    return witness.add_checkpoint(request.encode(), kNow);
  };
  CHECK(answer({5, {}, fork_note}).status == 409);
  CHECK(answer({5, {}, fork_note}).body == "5\n");
  CHECK(answer({5, {}, fork_note}).reason.starts_with("fork"));
  REQUIRE(fork->append(std::vector<EntryMaker>(5, odd)).has_value());
  REQUIRE(fork->publish().has_value());
  CHECK(answer({5, {}, fork->checkpoint()}).status == 422);
  CHECK(answer({5, {tlog::leaf_hash({})}, fork->checkpoint()}).status == 422);
  CHECK(answer({5, {}, log.notes.at(15)}).status == 422);
  CHECK(answer({0, {}, log.notes.at(15)}).status == 409);

  const tlog::NoteSigner stranger = make_signer("log.example/ops"), unknown = make_signer("another.example");
  const auto signed_by = [](const tlog::NoteSigner& signer, std::uint64_t size) {
    const std::string text =
        tlog::Checkpoint::make(signer.verifier().name(), {size, tlog::leaf_hash({})}).value().text();
    return tlog::Note::make(text, {signer.sign(text, {}).value()}).value().encode();
  };
  CHECK(answer({5, {}, signed_by(stranger, 9)}).status == 403);
  CHECK(answer({0, {}, signed_by(unknown, 9)}).status == 404);
  CHECK(witness.add_checkpoint("nonsense", kNow).status == 400);
  CHECK(answer({5, {}, "nonsense"}).status == 400);
  CHECK(witness.seen_size("another.example").error().code == ErrorCode::not_found);
  CHECK(witness.seen_size("log.example/ops").value() == 5);
  CHECK(witness.add_checkpoint(log.request(5, 15), kNow).status == 200);
}

TEST_CASE("a witness never signs what it could not write down, whatever fails, and never backwards after a crash") {
  GrowingLog log;
  for (const std::size_t count : {5u, 10u}) log.grow(count);
  for (const Lost lost : {Lost::name_gone, Lost::name_kept}) {
    for (std::size_t at = 1;; ++at) {
      WitnessWorld world;
      REQUIRE(world.open(log.writer->key()).add_checkpoint(log.request(0, 5), kNow).status == 200);
      world.power.off_at = world.power.operations + at;
      const WitnessAnswer answer = world.open(log.writer->key()).add_checkpoint(log.request(5, 15), kNow);
      const bool went = world.power.operations >= world.power.off_at;
      world.state.lose_power(lost);
      world.power = {};
      Witness again = world.open(log.writer->key());
      const auto seen = again.seen_size("log.example/ops");
      INFO("operation " << at);
      REQUIRE(seen.has_value());
      CHECK((*seen == 15 || (*seen == 5 && answer.status == 500)));
      CHECK((answer.status == 200 || answer.body.empty()));
      CHECK(again.add_checkpoint(log.request(*seen, 15), kNow).status == 200);
      if (!went) {
        CHECK(at > 6);
        break;
      }
    }
  }
}

TEST_CASE("a witness whose memory is damaged signs nothing") {
  GrowingLog log;
  log.grow(5);
  WitnessWorld world;
  REQUIRE(world.open(log.writer->key()).add_checkpoint(log.request(0, 5), kNow).status == 200);
  log.grow(5);
  world.state.names.at(Witness::folder("log.example/ops") + "/latest")->content[3] ^= 1;
  Witness witness = world.open(log.writer->key());
  CHECK(witness.add_checkpoint(log.request(5, 10), kNow).status == 500);
  CHECK(witness.add_checkpoint(log.request(0, 10), kNow).status == 500);
}
