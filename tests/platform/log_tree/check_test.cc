#include "platform/log_tree/check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "core/codecs/base64url.h"
#include "platform/log_tree/witness.h"
#include "tests/platform/log_tree/world.h"

using namespace mibun;
using namespace mibun::log_tree;

namespace {

using Files = std::map<std::string, Bytes>;

Files files_of(const Disk& disk) {
  Files out;
  for (const auto& [path, inode] : disk.names) out[path] = inode->content;
  return out;
}

LogCheck check_of(const Files& files, const tlog::VerifierKey& key, std::optional<Witnessed> witnessed = {}) {
  LogCheck check(key, std::move(witnessed));
  for (const auto& [path, content] : files) check.set(path, content);
  return check;
}

// A log whose files together have 64 KiB: full and partial tiles, two levels, a partial file of a smaller tree that was
// kept, entries of uneven sizes, one of them empty.
struct Log64 {
  LogWorld world;
  Files files;
  std::uint64_t entries = 0;

  static constexpr std::size_t kBytes = 65'536;

  Log64() {
    world.segment_bytes_max = 1;  // what is in the tree is in no journal
    auto writer = world.open().value();
    const auto append = [&](std::vector<std::size_t> sizes) {
      std::vector<EntryMaker> makers;
      for (const std::size_t size : sizes) {
        makers.push_back([size](std::uint64_t index) -> Result<Bytes> {
          Bytes entry(size);
          for (std::size_t i = 0; i < size; ++i) entry[i] = static_cast<std::uint8_t>(index * 31 + i * 7);
          return entry;
        });
      }
      REQUIRE(writer->append(makers).has_value());
      REQUIRE(writer->publish().has_value());
      entries += sizes.size();
      files = files_of(world.first);
    };
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < 256 + 20; ++i) sizes.push_back(40 + i * 13 % 160);
    sizes[5] = 0;
    append(sizes);
    append({99, 3, 100});
    // Each append adds a bundle and a tile of another width, with all before in it; the last entry makes it exact.
    const auto total = [&] {
      std::size_t sum = 0;
      for (const auto& [path, content] : files) sum += content.size();
      return sum;
    };
    const auto last_two = [&] {
      return files.at(tlog::tile_at(std::nullopt, entries - 1, entries).path()).size() +
             files.at(tlog::tile_at(0, entries - 1, entries).path()).size();
    };
    constexpr std::size_t kRound = 1200 + 2 + 32;
    while (total() + 2 * last_two() + 2 * kRound + 34 <= kBytes) append({1200});
    append({kBytes - total() - last_two() - 34});
    REQUIRE(total() == kBytes);
  }
  const tlog::VerifierKey& key() const { return world.signer.verifier(); }
};

}  // namespace

TEST_CASE("every single bit of a log of 64 KiB that is flipped is found") {
  const Log64 log;
  const LogCheck whole = check_of(log.files, log.key());
  REQUIRE(whole.findings().empty());
  std::atomic<std::size_t> flips = 0, missed = 0;
  const auto flip_all = [&](std::size_t part, std::size_t parts) {
    LogCheck check = whole;
    for (const auto& [path, good] : log.files) {
      Bytes content = good;
      for (std::size_t bit = part; bit < content.size() * 8; bit += parts) {
        const auto mask = static_cast<std::uint8_t>(1 << (bit % 8));
        content[bit / 8] ^= mask;
        check.set(path, content);
        const auto findings = check.findings();
        ++flips;
        if (findings.empty()) ++missed;
        content[bit / 8] ^= mask;
      }
      check.set(path, good);
    }
    if (!check.findings().empty()) ++missed;  // nothing of a flip stays behind
  };
  {
    std::jthread other([&] { flip_all(1, 2); });
    flip_all(0, 2);
  }
  CHECK(flips == 524'288);
  CHECK(missed == 0);
}

TEST_CASE("every truncation of every file, and every file that is gone, is found") {
  const Log64 log;
  LogCheck check = check_of(log.files, log.key());
  std::size_t cuts = 0;
  for (const auto& [path, content] : log.files) {
    for (std::size_t size = 0; size < content.size(); ++size, ++cuts) {
      check.set(path, BytesView(content).first(size));
      REQUIRE(!check.findings().empty());
    }
    check.set(path, content);
    REQUIRE(check.findings().empty());
  }
  CHECK(cuts == Log64::kBytes);
  // The files that the tree needs; those of smaller trees may go, as the format says.
  for (const tlog::TileId& id : tlog::tiles_between(0, log.entries)) {
    check.remove(id.path());
    REQUIRE(check.findings().size() >= 1);
    CHECK(check.findings().front() == Finding{id.path(), "is missing"});
    check.set(id.path(), log.files.at(id.path()));
  }
  check.remove("checkpoint");
  CHECK(check.findings() == std::vector<Finding>{{"checkpoint", "is missing"}});
}

TEST_CASE("every swap, deletion and duplication of entries and hashes is found") {
  const Log64 log;
  LogCheck check = check_of(log.files, log.key());
  std::size_t tried = 0;
  for (const auto& [path, content] : log.files) {
    const auto id = tlog::TileId::parse(path);
    if (!id) continue;
    std::vector<Bytes> items;
    if (id->level) {
      for (const tlog::Hash& hash : tlog::parse_tile(content, id->width).value())
        items.emplace_back(hash.begin(), hash.end());
    } else {
      for (const BytesView entry : tlog::parse_bundle(content, id->width).value()) items.push_back(to_bytes(entry));
    }
    const auto changed = [&](const std::vector<Bytes>& with) {
      Bytes out;
      for (const Bytes& item : with) {
        if (id->level) out.insert(out.end(), item.begin(), item.end());
        if (!id->level) tlog::append_to_bundle(out, item);
      }
      check.set(path, out);
      ++tried;
      return !check.findings().empty();
    };
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::vector<Bytes> with = items;
      with.erase(with.begin() + static_cast<std::ptrdiff_t>(i));
      REQUIRE(changed(with));
      with = items;
      with.insert(with.begin() + static_cast<std::ptrdiff_t>(i), items[i]);
      REQUIRE(changed(with));
      if (i + 1 == items.size()) continue;
      with = items;
      std::swap(with[i], with[i + 1]);
      REQUIRE(changed(with));
      with[i] = with[i + 1];
      REQUIRE(changed(with));
    }
    check.set(path, content);
  }
  CHECK(tried > 2900);  // four for each of the 743 entries and hashes, less the two of each last one
  REQUIRE(check.findings().empty());
  // Files in one another's place, and files under a name of their own.
  for (const auto& [path, content] : log.files) {
    for (const auto& [other, its] : log.files) {
      if (other == path) continue;
      check.set(path, its);
      REQUIRE(!check.findings().empty());
    }
    check.set(path, content);
    for (const std::string& name : std::vector<std::string>{path + "x", path + ".new", "copy", "tile/0/007"}) {
      check.set(name, content);
      REQUIRE(!check.findings().empty());
      check.remove(name);
    }
  }
  CHECK(check.findings().empty());
}

TEST_CASE("an entry changed with all its hashes is caught by the signature, and a forged signature by the key") {
  LogWorld world;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(300)).has_value());
  REQUIRE(writer->rest().has_value());
  Edge edge;
  for (std::uint64_t i = 0; i < 300; ++i) edge.append(record_at(i == 17 ? 18 : i));
  Files files = files_of(world.first), without_parents = files;
  for (const TileFile& file : edge.take_changed()) {
    files[file.id.path()] = file.content;
    if (file.id.level.value_or(0) == 0) without_parents[file.id.path()] = file.content;
  }
  CHECK(check_of(without_parents, world.signer.verifier()).findings() ==
        std::vector<Finding>{{"tile/0/000", "does not lead to hash 0 of tile/1/000.p/1"}});
  CHECK(check_of(files, world.signer.verifier()).findings() ==
        std::vector<Finding>{{"checkpoint", "the tiles do not lead to the root that is signed"}});
  const tlog::NoteSigner thief = make_signer("log.example/ops");
  const std::string text = tlog::Checkpoint::make("log.example/ops", edge.head()).value().text();
  files["checkpoint"] = to_bytes(tlog::Note::make(text, {thief.sign(text, {}).value()}).value().encode());
  CHECK(check_of(files, world.signer.verifier()).findings() ==
        std::vector<Finding>{{"checkpoint", "not signed by this key"}});
  CHECK(check_of(files, thief.verifier()).findings().empty());
}

TEST_CASE("only the witness can tell a log that was rolled back to an older, valid checkpoint") {
  LogWorld world;
  auto writer = world.open().value();
  std::vector<Files> states;
  for (const std::size_t count : {2u, 100u, 200u, 60u}) {
    REQUIRE(writer->append(records(count)).has_value());
    REQUIRE(writer->rest().has_value());
    states.push_back(files_of(world.first));
  }
  Power power;
  Disk state(power);
  const tlog::NoteSigner signer = make_signer("witness.example", tlog::NoteKeyKind::cosignature_v1);
  Witness witness(signer, std::make_unique<DiskStorage>(state), {world.signer.verifier()});
  const tlog::AddCheckpoint sent{0, {}, writer->checkpoint()};
  REQUIRE(witness.add_checkpoint(sent.encode(), Instant::from_unix_seconds(1'796'000'000)).status == 200);
  const Witnessed seen{signer.verifier(), witness.cosigned("log.example/ops").value()};
  for (std::size_t i = 0; i < states.size(); ++i) {
    CHECK(check_of(states[i], world.signer.verifier()).findings().empty());
    const auto findings = check_of(states[i], world.signer.verifier(), seen).findings();
    if (i + 1 == states.size()) {
      CHECK(findings.empty());
      CHECK(check_of(states[i], world.signer.verifier(), seen).witnessed_at() ==
            Instant::from_unix_seconds(1'796'000'000));
      continue;
    }
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().path == "checkpoint");
    CHECK(findings.front().what.starts_with("was rolled back: the witness saw 362 entries"));
  }
  // Another tree, signed by the log's own key, and larger.
  LogWorld other;
  other.signer = world.signer;
  auto fork = other.open().value();
  const auto odd = [](std::uint64_t index) -> Result<Bytes> { return to_bytes("other " + std::to_string(index)); };
  REQUIRE(fork->append(std::vector<EntryMaker>(400, odd)).has_value());
  REQUIRE(fork->rest().has_value());
  const auto findings = check_of(files_of(other.first), world.signer.verifier(), seen).findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().what.starts_with("is of another tree than the witness saw"));
  // No bit of what the witness signed can be changed unnoticed.
  for (std::size_t bit = 0; bit < seen.note.size() * 8; ++bit) {
    Witnessed changed = seen;
    changed.note[bit / 8] = static_cast<char>(changed.note[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE(!LogCheck(world.signer.verifier(), changed).findings().empty());
    REQUIRE(!LogCheck(world.signer.verifier(), changed).witnessed_at());
  }
}

TEST_CASE("records have to be what and where they say") {
  const auto check = [](const std::vector<tlog::LogRecord>& records) {
    RecordCheck out;
    for (const auto& record : records) out.add(record.encode().value());
    return out;
  };
  const auto intent = [](std::uint64_t sequence, std::string operation = "card.issue") {
    return tlog::LogRecord{sequence, {}, std::move(operation), {}, {}};
  };
  const auto result = [](std::uint64_t sequence, std::uint64_t of, std::string operation = "card.issue") {
    return tlog::LogRecord{sequence, {}, std::move(operation), tlog::LogOutcome{of, "ok"}, {}};
  };
  CHECK(check({intent(0), intent(1), result(2, 1), result(3, 0), intent(4)}).findings().empty());
  CHECK(check({intent(0), intent(1), result(2, 1)}).open_intents() == 1);
  CHECK(check({intent(1)}).findings().front() == Finding{"entry 0", "has the sequence of another place"});
  CHECK(check({intent(0), result(1, 0), result(2, 0)}).findings().front().path == "entry 2");
  CHECK(check({intent(0), result(1, 0), result(2, 1)}).findings().size() == 1);
  CHECK(check({intent(0), result(1, 0, "card.revoke")}).findings().size() == 1);
  RecordCheck stranger;
  stranger.add(as_bytes("hello"));
  CHECK(stranger.findings().front().what == "is no record: json_malformed");
}
