#include "platform/log_tree/journal.h"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "tests/platform/log_tree/world.h"

// The journal: what is acknowledged and not in the tree yet.
using namespace mibun;
using namespace mibun::log_tree;

namespace {

Bytes& content_of(Disk& disk, const std::string& path) {
  return disk.names.at(path)->content;
}

std::vector<std::string> segments_of(const Disk& disk) {
  std::vector<std::string> out;
  for (const auto& [path, inode] : disk.names) {
    if (path.starts_with("journal/")) out.push_back(path);
  }
  return out;
}

// Two records in the tree, and then parts of these sizes in the journals of both sinks, where the power went.
constexpr std::size_t kParts[] = {1, 3, 2};
constexpr std::uint64_t kInTree = 2, kBeforeLast = 6, kAll = 8;

struct CutOff {
  LogWorld world;
  std::string segment = segment_path(0);

  std::map<Disk*, std::map<std::string, Bytes>> then;  // as the power left it

  explicit CutOff(std::size_t segment_bytes_max = std::size_t{1} << 20) {
    world.segment_bytes_max = segment_bytes_max;
    auto writer = world.open().value();
    REQUIRE(writer->append(records(kInTree)).has_value());
    REQUIRE(writer->publish().has_value());
    for (const std::size_t count : kParts) REQUIRE(writer->append(records(count)).has_value());
    world.power.off_at = world.power.operations + 1;
    writer.reset();
    world.lose_power(Lost::name_gone);
    for (Disk* disk : {&world.first, &world.second, &world.memory}) {
      for (const auto& [path, inode] : disk->names) then[disk][path] = inode->content;
    }
    again();
  }
  // As if nobody had opened it since.
  void again() {
    for (auto& [disk, files] : then) {
      disk->names.clear();
      for (const auto& [path, content] : files) {
        disk->names[path] = std::make_shared<Disk::Inode>(Disk::Inode{content, content});
      }
    }
    world.failed_sinks.clear();
    world.failures.clear();
  }
  // The part that begins with this entry.
  std::pair<std::size_t, std::size_t> place_of(std::uint64_t first) {
    std::size_t at = 0;
    for (const JournalPart& part : parse().parts) {
      Bytes bundle;
      for (const Bytes& entry : part.entries) tlog::append_to_bundle(bundle, entry);
      const auto size =
          encode_part(part.first, static_cast<std::uint32_t>(part.entries.size()), bundle, part.before).bytes.size();
      if (part.first == first) return {at, size};
      at += size;
    }
    FAIL("no such part");
    return {};
  }
  JournalContent parse() {
    const JournalFile file{segment, content_of(world.first, segment)};
    return parse_journal({&file, 1});
  }
};

// What must hold of a log that opened: the beginning of what was appended, whole in the sinks that work, no journal.
std::string what_is_wrong(LogWorld& world, std::uint64_t size) {
  auto opened = world.open();
  if (!opened) return "cannot be opened: " + opened.error().where + " " + opened.error().detail;
  if ((*opened)->head() != tlog::TreeHead{size, root_of_records(size)}) {
    return "has " + std::to_string((*opened)->head().size) + " entries, or others";
  }
  Disk* const disks[] = {&world.first, &world.second};
  for (std::size_t i = 0; i < 2; ++i) {
    if (std::ranges::find(world.failed_sinks, i) != world.failed_sinks.end()) continue;
    if (!segments_of(*disks[i]).empty()) return "a journal is left";
    const auto findings = world.check(*disks[i]);
    if (!findings.empty()) return findings.front().path + ": " + findings.front().what;
  }
  return {};
}

ErrorCode code_of(const Result<std::unique_ptr<LogWriter>>& opened) {
  return opened ? ErrorCode::cancelled : opened.error().code;
}

}  // namespace

TEST_CASE("a group costs one write and one sync in each sink, however many are in it") {
  LogWorld world;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(1)).has_value());  // begins the segment
  for (const std::size_t count : {1u, 2u, 400u}) {
    const std::size_t before = world.power.operations;
    REQUIRE(writer->append(records(count)).has_value());
    CHECK(world.power.operations - before == 4);
  }
}

TEST_CASE("what was acknowledged is in the tree after a crash, and the journals are gone") {
  CutOff cut;
  CHECK(segments_of(cut.world.first) == std::vector<std::string>{cut.segment});
  CHECK(what_is_wrong(cut.world, kAll) == "");
  CHECK(cut.world.failed_sinks.empty());
  CHECK(what_is_wrong(cut.world, kAll) == "");
}

TEST_CASE("a proper end leaves a whole tree and no journal") {
  LogWorld world;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(300)).has_value());
  CHECK(segments_of(world.first).size() == 1);
  writer.reset();
  for (Disk* disk : {&world.first, &world.second}) {
    CHECK(segments_of(*disk).empty());
    CHECK(world.check(*disk).empty());
  }
}

TEST_CASE("each cut of a journal's end takes away what was cut and nothing else, and the other sink has it all") {
  CutOff cut;
  const auto second = cut.place_of(2), third = cut.place_of(3), last = cut.place_of(kBeforeLast);
  const std::size_t size = last.first + last.second;
  REQUIRE(content_of(cut.world.first, cut.segment).size() == size);
  for (std::size_t left = second.first; left < size; ++left) {
    INFO(left);
    cut.again();
    content_of(cut.world.first, cut.segment).resize(left);
    CHECK(what_is_wrong(cut.world, kAll) == "");
    CHECK(cut.world.failed_sinks.empty());
    cut.again();
    for (Disk* disk : {&cut.world.first, &cut.world.second}) content_of(*disk, cut.segment).resize(left);
    CHECK(what_is_wrong(cut.world, left < third.first ? 2 : left < last.first ? 3 : 6) == "");
    CHECK(cut.world.failed_sinks.empty());
  }
}

TEST_CASE("each flipped bit of a journal is a loud error, or the last record's, which the other sink has") {
  CutOff cut;
  const std::size_t size = content_of(cut.world.first, cut.segment).size();
  const std::size_t last = cut.place_of(kBeforeLast).first;
  std::size_t loud = 0;
  for (std::size_t byte = 0; byte < size; ++byte) {
    INFO(byte);
    const auto mask = static_cast<std::uint8_t>(1 << (byte % 8));
    cut.again();
    content_of(cut.world.first, cut.segment)[byte] ^= mask;
    CHECK(what_is_wrong(cut.world, kAll) == "");
    const bool told = cut.world.failures == std::vector<ErrorCode>{ErrorCode::blob_integrity_error};
    CHECK(told == (byte < last));
    loud += told ? 1 : 0;
    cut.again();
    for (Disk* disk : {&cut.world.first, &cut.world.second}) content_of(*disk, cut.segment)[byte] ^= mask;
    if (byte < last) {
      CHECK(code_of(cut.world.open()) == ErrorCode::blob_integrity_error);
    } else {
      CHECK(what_is_wrong(cut.world, kBeforeLast) == "");
    }
  }
  CHECK(loud == last);
}

TEST_CASE("parts that are swapped, doubled, missing or put behind are damage") {
  using Change = std::function<void(std::vector<Bytes>&)>;
  const std::vector<std::pair<std::string, Change>> changes = {
      {"swapped", [](auto& parts) { std::swap(parts[1], parts[2]); }},
      {"the first two swapped", [](auto& parts) { std::swap(parts[0], parts[1]); }},
      {"doubled", [](auto& parts) { parts.insert(parts.begin() + 2, parts[2]); }},
      {"the last doubled", [](auto& parts) { parts.push_back(parts.back()); }},
      {"one missing", [](auto& parts) { parts.erase(parts.begin() + 2); }},
      {"the first missing", [](auto& parts) { parts.erase(parts.begin()); }},
      {"another before", [](auto& parts) { parts.insert(parts.begin(), Bytes(100, 7)); }},
      {"another between", [](auto& parts) { parts.insert(parts.begin() + 2, Bytes(1, 0)); }},
  };
  for (const auto& [why, change] : changes) {
    INFO(why);
    CutOff cut;
    std::vector<Bytes> parts;
    const Bytes content = content_of(cut.world.first, cut.segment);
    for (const std::uint64_t first : {std::uint64_t{0}, kInTree, std::uint64_t{3}, kBeforeLast}) {
      const auto [at, bytes] = cut.place_of(first);
      parts.push_back(to_bytes(BytesView(content).subspan(at, bytes)));
    }
    change(parts);
    Bytes changed;
    for (const Bytes& part : parts) changed.insert(changed.end(), part.begin(), part.end());
    content_of(cut.world.first, cut.segment) = changed;
    content_of(cut.world.second, cut.segment) = changed;
    CHECK(code_of(cut.world.open()) == ErrorCode::blob_integrity_error);
    content_of(cut.world.second, cut.segment) = content;
    CHECK(what_is_wrong(cut.world, kAll) == "");
    CHECK(cut.world.failures.back() == ErrorCode::blob_integrity_error);
  }
}

TEST_CASE("a part that goes on from another one than stands before it, or at another number, is damage") {
  CutOff cut;
  const auto [at, bytes] = cut.place_of(kBeforeLast);
  Bytes bundle;
  const JournalContent journal = cut.parse();
  for (const Bytes& entry : journal.parts.back().entries) tlog::append_to_bundle(bundle, entry);
  tlog::Hash other = journal.parts.back().before;
  other[0] ^= 1;
  const tlog::Hash before = journal.parts.back().before;
  for (const Bytes& forged :
       {encode_part(kBeforeLast, 2, bundle, other).bytes, encode_part(kBeforeLast + 1, 2, bundle, before).bytes,
        encode_part(kBeforeLast - 1, 2, bundle, before).bytes}) {
    for (Disk* disk : {&cut.world.first, &cut.world.second}) {
      std::ranges::copy(forged, content_of(*disk, cut.segment).begin() + static_cast<std::ptrdiff_t>(at));
    }
    CHECK(forged.size() == bytes);
    CHECK(code_of(cut.world.open()) == ErrorCode::blob_integrity_error);
  }
}

TEST_CASE("a segment that is missing, cut, renamed or a stranger is damage") {
  const auto cut = [] { return CutOff(1); };  // a segment for each part
  REQUIRE(segments_of(cut().world.first).size() == 3);
  for (const std::uint64_t first : {std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{6}}) {
    INFO(first);
    const std::string path = segment_path(first);
    CutOff gone = cut(), emptied = cut(), shorter = cut(), renamed = cut();
    for (Disk* disk : {&gone.world.first, &gone.world.second}) disk->names.erase(path);
    for (Disk* disk : {&emptied.world.first, &emptied.world.second}) content_of(*disk, path).clear();
    for (Disk* disk : {&shorter.world.first, &shorter.world.second}) content_of(*disk, path).pop_back();
    for (Disk* disk : {&renamed.world.first, &renamed.world.second}) {
      auto node = disk->names.extract(path);
      node.key() = segment_path(first + 100);
      disk->names.insert(std::move(node));
    }
    if (first == 6) {  // the end: an append that was cut off
      CHECK(what_is_wrong(gone.world, kBeforeLast) == "");
      CHECK(what_is_wrong(emptied.world, kBeforeLast) == "");
      CHECK(what_is_wrong(shorter.world, kBeforeLast) == "");
    } else {
      CHECK(code_of(gone.world.open()) == ErrorCode::blob_integrity_error);
      CHECK(code_of(emptied.world.open()) == ErrorCode::blob_integrity_error);
      CHECK(code_of(shorter.world.open()) == ErrorCode::blob_integrity_error);
    }
    CHECK(code_of(renamed.world.open()) == ErrorCode::blob_integrity_error);
  }
  CutOff stranger = cut();
  for (Disk* disk : {&stranger.world.first, &stranger.world.second}) {
    disk->names["journal/7"] = std::make_shared<Disk::Inode>();
  }
  CHECK(code_of(stranger.world.open()) == ErrorCode::blob_integrity_error);
}

TEST_CASE("one place with a damaged journal, and another that ends before it: nothing is signed over what is missing") {
  CutOff cut;
  content_of(cut.world.second, cut.segment).resize(cut.place_of(kBeforeLast).first);
  content_of(cut.world.first, cut.segment)[cut.place_of(3).first + 20] ^= 1;
  CHECK(code_of(cut.world.open()) == ErrorCode::blob_integrity_error);
}

TEST_CASE("a tree that is damaged where the journal has the same entries does not make them forgotten") {
  const auto cut_off = [](LogWorld& world) {
    auto writer = world.open().value();
    REQUIRE(writer->append(records(300)).has_value());
    REQUIRE(writer->publish().has_value());
    REQUIRE(writer->append(records(5)).has_value());
    world.power.off_at = world.power.operations + 1;
    writer.reset();
    world.lose_power(Lost::name_gone);
  };
  for (const char* file : {"tile/entries/000", "tile/0/000"}) {
    for (const bool both : {false, true}) {
      INFO(file << both);
      LogWorld world;
      cut_off(world);
      content_of(world.first, file)[40] ^= 1;
      if (both) content_of(world.second, file)[40] ^= 1;
      const auto opened = world.open();
      if (both && std::string(file) == "tile/0/000") {
        CHECK(code_of(opened) == ErrorCode::blob_integrity_error);
        continue;
      }
      REQUIRE(opened.has_value());
      CHECK((*opened)->head() == tlog::TreeHead{305, root_of_records(305)});
      CHECK((*opened)->health() == (std::string(file) == "tile/0/000" ? WriterHealth::degraded : WriterHealth::whole));
    }
  }
}

TEST_CASE("a log whose journal is there and whose tree and memory are not is not begun anew") {
  CutOff cut;
  cut.world.memory.names.clear();
  for (Disk* disk : {&cut.world.first, &cut.world.second}) {
    std::erase_if(disk->names, [](const auto& file) { return !file.first.starts_with("journal/"); });
  }
  CHECK(code_of(cut.world.open()) == ErrorCode::blob_integrity_error);
}

TEST_CASE(
    "while a sink is missing the memory says how far was acknowledged: the one that has less does not go on alone") {
  LogWorld world;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(2)).has_value());
  world.second.fail_from = world.second.operations + 1;
  REQUIRE(writer->append(records(3)).has_value());
  CHECK(writer->health() == WriterHealth::degraded);
  REQUIRE(writer->append(records(1)).has_value());
  world.power.off_at = world.power.operations + 1;
  writer.reset();
  world.lose_power(Lost::name_gone);
  world.second.fail_from = 0;

  SUBCASE("with both everything is there") {
    CHECK(what_is_wrong(world, 6) == "");
  }
  SUBCASE("without the one that has it the log is not opened") {
    world.first.names.erase(segment_path(0));
    CHECK(code_of(world.open()) == ErrorCode::log_rollback);
  }
  SUBCASE("neither when its last record is gone") {
    content_of(world.first, segment_path(0)).pop_back();
    CHECK(code_of(world.open()) == ErrorCode::log_rollback);
  }
  SUBCASE("a memory that was changed is not believed") {
    for (const char* text : {"", "6", "6 AAAA\n", "x AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
                             "06 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"}) {
      INFO(text);
      content_of(world.memory, "acknowledged") = to_bytes(text);
      CHECK(code_of(world.open()) == ErrorCode::blob_integrity_error);
    }
  }
}

TEST_CASE("an append that no place acknowledged is forgotten when another took its number") {
  const auto other = [](std::uint64_t index) -> Result<Bytes> { return to_bytes("other " + std::to_string(index)); };
  LogWorld world;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(2)).has_value());
  // Written in the first place and synced nowhere: no answer. The disk has it all the same.
  world.first.fail_from = world.first.operations + 2;
  world.second.fail_from = world.second.operations + 1;
  REQUIRE(!writer->append(std::vector<EntryMaker>(4, other)).has_value());
  writer.reset();
  auto left = std::exchange(world.first.names, {});  // the place is missing
  world.first.fail_from = 1;
  world.second.fail_from = 0;
  writer = world.open().value();
  REQUIRE(writer->size() == 2);
  REQUIRE(writer->append(records(3)).has_value());

  SUBCASE("what was acknowledged is in the tree") {
    REQUIRE(writer->publish().has_value());
  }
  SUBCASE("it is in the journal, and shorter") {}
  world.power.off_at = world.power.operations + 1;
  writer.reset();
  world.power = {};
  world.first.names = std::move(left);
  world.first.fail_from = 0;
  world.failed_sinks.clear();
  CHECK(what_is_wrong(world, 5) == "");
  CHECK(world.failed_sinks.empty());
}

TEST_CASE("a segment stays where the tree does not have what it has") {
  LogWorld world;
  world.segment_bytes_max = 1;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(3)).has_value());
  REQUIRE(writer->publish().has_value());
  CHECK(segments_of(world.first).empty());
  world.first.spoils = "tile/entries/000.p/5";
  REQUIRE(writer->append(records(2)).has_value());
  REQUIRE(writer->publish().has_value());
  REQUIRE(writer->rest().has_value());
  CHECK(world.failures == std::vector<ErrorCode>{ErrorCode::blob_integrity_error});
  CHECK(writer->health() == WriterHealth::degraded);
  CHECK(segments_of(world.first).size() == 1);
  CHECK(segments_of(world.second).empty());
  writer.reset();
  world.first.spoils.clear();
  world.failures.clear();
  CHECK(what_is_wrong(world, 5) == "");
  CHECK(world.failures == std::vector<ErrorCode>{ErrorCode::blob_integrity_error});
}

TEST_CASE("segments go one after the other: no crash while they go leaves a gap") {
  std::size_t at = 1;
  for (bool went = true; went; ++at) {
    INFO(at);
    LogWorld world;
    world.segment_bytes_max = 1;
    auto writer = world.open().value();
    for (int i = 0; i < 4; ++i) REQUIRE(writer->append(records(1)).has_value());
    world.power.off_at = world.power.operations + at;
    static_cast<void>(writer->publish());
    writer.reset();
    went = world.power.operations >= world.power.off_at;
    world.lose_power(Lost::mixed);
    world.failed_sinks.clear();
    world.failures.clear();
    CHECK(what_is_wrong(world, 4) == "");
    CHECK(world.failures.empty());
  }
  CHECK(at > 20);
}

TEST_CASE("what is acknowledged goes into the tree by itself, by time and by number") {
  for (const bool by_time : {true, false}) {
    INFO(by_time);
    LogWorld world;
    world.publish_every = by_time ? std::chrono::milliseconds(1) : kOnlyWhenAsked;
    auto writer = world.open().value();
    REQUIRE(writer->append(records(by_time ? 3 : 4096)).has_value());
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (writer->head().size < writer->size() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    CHECK(writer->head().size == writer->size());
  }
  LogWorld world;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(3)).has_value());
  CHECK(writer->head().size == 0);  // neither
}

TEST_CASE("whoever asks while many append gets a checkpoint that has everything that was acknowledged before") {
  LogWorld world;
  world.publish_every = std::chrono::milliseconds(1);
  auto writer = world.open().value();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 100; ++round) {
          const std::uint64_t size = writer->append(records(2)).value().size;
          if (round % 3 != 0) continue;
          REQUIRE(writer->publish().has_value());
          CHECK(writer->head().size >= size);
        }
      });
    }
  }
  CHECK(writer->size() == 800);
  REQUIRE(writer->publish().has_value());
  CHECK(writer->head() == tlog::TreeHead{800, root_of_records(800)});
  // Nothing new: nothing is signed or written.
  const std::size_t before = world.power.operations;
  REQUIRE(writer->publish().has_value());
  CHECK(world.power.operations == before);
}

TEST_CASE("the power goes at any moment while the tree is made beside the journal") {
  for (const Lost lost : {Lost::name_gone, Lost::name_kept, Lost::torn}) {
    bool went = true;
    for (std::size_t at = 3; went; at += 5) {
      INFO("operation " << at << ", " << static_cast<int>(lost));
      LogWorld world;
      world.publish_every = std::chrono::milliseconds(0);
      world.segment_bytes_max = 1200;
      world.power.off_at = at;
      std::uint64_t acknowledged = 0;
      if (auto writer = world.open()) {
        for (std::size_t i = 0; i < 30; ++i) {
          if ((*writer)->append(records(i % 4 + 1))) acknowledged += i % 4 + 1;
        }
      }
      went = world.power.operations >= at;
      world.lose_power(lost);
      auto opened = world.open();
      REQUIRE(opened.has_value());
      CHECK((*opened)->health() == WriterHealth::whole);
      const tlog::TreeHead head = (*opened)->head();
      CHECK(head.size >= acknowledged);
      CHECK(head.root == root_of_records(head.size));
      CHECK(world.check(world.first).empty());
      CHECK(world.check(world.second).empty());
    }
  }
}

TEST_CASE("a full check reads the journal: every flipped bit, every cut, and what waits") {
  CutOff cut;
  LogCheck before(cut.world.signer.verifier());
  for (const auto& [path, inode] : cut.world.first.names) before.set(path, inode->content);
  const auto check_of = [&](const Bytes& journal) {
    LogCheck check = before;
    check.set(cut.segment, journal);
    return check;
  };
  const Bytes whole = content_of(cut.world.first, cut.segment);
  CHECK(check_of(whole).findings().empty());
  CHECK(check_of(whole).journal().end() == kAll);
  {
    DiskStorage storage(cut.world.first);
    const CheckedLog checked = check_log(storage, cut.world.signer.verifier(), {}).value();
    CHECK(checked.head->size == kInTree);
    CHECK(checked.waiting == kAll - kInTree);
    CHECK(checked.open_intents == 0);
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes changed = whole;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    REQUIRE(check_of(changed).findings().size() == 1);
  }
  std::size_t unseen = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    unseen += check_of(to_bytes(BytesView(whole).first(size))).findings().empty() ? 1 : 0;
  }
  CHECK(unseen == std::size(kParts));  // between two parts: as if the rest had never been
  // A journal that is whole in itself, over other entries than the tree has, or behind it.
  const auto forged = [&](std::uint64_t first) {
    Bytes bundle;
    tlog::append_to_bundle(bundle, as_bytes("other"));
    LogCheck check = check_of(whole);
    check.remove(cut.segment);
    check.set(segment_path(first), encode_part(first, 1, bundle, {}).bytes);
    return check.findings();
  };
  CHECK(forged(1) == std::vector<Finding>{{"journal", "entry 1 is another one than the tree has"}});
  CHECK(forged(kInTree + 1) == std::vector<Finding>{{"journal", "begins behind the tree"}});
  CHECK(forged(kInTree).empty());
}
