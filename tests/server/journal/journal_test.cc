#include "server/journal/journal.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "platform/files/files.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

namespace mibun::server {
namespace {

Bytes subject(std::uint8_t n) {
  return Bytes(32, n);
}

void add(Journal& journal, std::uint8_t n, JournalKind kind = JournalKind::account_erased) {
  const Bytes one = subject(n);
  REQUIRE(journal.append(kind, {&one, 1}, kTestNow).has_value());
}

std::string file_in(std::string_view folder) {
  return std::string(folder) + "/" + std::string(Journal::kFile);
}

std::unique_ptr<Journal> open(const TempDir& directory, const std::vector<std::string>& names = {"a", "b"}) {
  std::vector<std::string> folders;
  for (const std::string& name : names) folders.push_back(directory.file(name));
  return must(Journal::open(folders));
}

}  // namespace

TEST_CASE("what was appended is there again, in every folder, with its chain") {
  const TempDir directory;
  JournalPosition position;
  {
    const auto journal = open(directory);
    CHECK(journal->position() == JournalPosition{});
    add(*journal, 1);
    const JournalPosition first = journal->position();
    const std::vector<Bytes> two{subject(2), subject(3)};
    CHECK(must(journal->append(JournalKind::cards_revoked, two, kTestNow)) == std::vector<std::uint64_t>{2, 3});
    position = journal->position();
    CHECK(position.number == 3);
    CHECK(journal->knows(first));
    CHECK(journal->knows({}));
    CHECK(!journal->knows({1, position.chain}));
    CHECK(!journal->knows({4, position.chain}));
    CHECK(!journal->knows({0, position.chain}));
  }
  CHECK(directory.read(file_in("a")) == directory.read(file_in("b")));
  const auto again = open(directory, {"b"});
  CHECK(again->position() == position);
  const auto entries = again->after(1);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].kind == JournalKind::cards_revoked);
  CHECK(entries[1].subject == subject(3));
  CHECK(entries[1].at == kTestNow);
  CHECK(again->after(7).empty());
}

TEST_CASE("a folder that was behind, or new, is brought up to the others") {
  const TempDir directory;
  {
    add(*open(directory, {"a"}), 1);
  }
  {
    add(*open(directory, {"a", "b"}), 2);
  }
  CHECK(open(directory, {"b"})->position().number == 2);
}

TEST_CASE("every cut of the last line counts as not written, and the next append goes on") {
  const TempDir directory;
  {
    const auto journal = open(directory, {"a"});
    add(*journal, 1);
    add(*journal, 2);
  }
  const std::string whole = directory.read(file_in("a"));
  const std::size_t first_line = whole.find('\n') + 1;
  for (std::size_t size = first_line; size < whole.size(); ++size) {
    CAPTURE(size);
    directory.write(file_in("a"), whole.substr(0, size));
    const auto journal = open(directory, {"a"});
    CHECK(journal->position().number == 1);
    add(*journal, 2);
    CHECK(directory.read(file_in("a")) == whole);
  }
}

TEST_CASE("a line that was changed is refused when a later one was acknowledged, whichever byte it is") {
  const TempDir directory;
  {
    const auto journal = open(directory, {"a"});
    add(*journal, 1);
    add(*journal, 2);
    add(*journal, 3);
  }
  const std::string whole = directory.read(file_in("a"));
  const std::size_t second = whole.find('\n') + 1, third = whole.find('\n', second) + 1;
  for (std::size_t at = 0; at < third; ++at) {
    CAPTURE(at);
    std::string changed = whole;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    directory.write(file_in("a"), changed);
    const auto journal = Journal::open({directory.file("a")});
    REQUIRE(!journal.has_value());
    CHECK(journal.error().code == ErrorCode::backup_integrity_error);
  }
  directory.write(file_in("a"), whole.substr(second));  // without its first line
  CHECK(!Journal::open({directory.file("a")}).has_value());
  directory.write(file_in("a"), whole.substr(0, second) + whole.substr(third));  // without its second
  CHECK(!Journal::open({directory.file("a")}).has_value());
}

TEST_CASE("two folders that tell different stories are refused") {
  const TempDir directory;
  {
    add(*open(directory, {"a"}), 1);
  }
  {
    add(*open(directory, {"b"}), 2);
  }
  const auto journal = Journal::open({directory.file("a"), directory.file("b")});
  REQUIRE(!journal.has_value());
  CHECK(journal.error().code == ErrorCode::backup_integrity_error);
  CHECK(Journal::open({}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("an append that one folder could not take is an error, and the folders agree afterwards") {
  const TempDir directory;
  const auto journal = open(directory);
  add(*journal, 1);
  // The file of the second folder is out of the way: it cannot be opened.
  std::filesystem::rename(directory.file("b"), directory.file("away"));
  const Bytes two = subject(2), three = subject(3);
  CHECK(journal->append(JournalKind::account_erased, {&two, 1}, kTestNow).error().code == ErrorCode::io_error);
  std::filesystem::rename(directory.file("away"), directory.file("b"));
  REQUIRE(journal->append(JournalKind::account_erased, {&three, 1}, kTestNow).has_value());
  CHECK(directory.read(file_in("a")) == directory.read(file_in("b")));
  const auto entries = journal->after(0);
  CHECK(std::ranges::count(entries, three, &JournalEntry::subject) == 1);
  CHECK(open(directory)->position() == journal->position());
}

TEST_CASE("a copy of a journal is of the longest folder, and a place without one is said to be so") {
  const TempDir directory;
  {
    add(*open(directory, {"a", "b"}), 1);
  }
  {
    add(*open(directory, {"b"}), 2);
  }
  CHECK(must(Journal::text_of({directory.file("a"), directory.file("b")})) == directory.read(file_in("b")));
  CHECK(Journal::text_of({directory.file("nothing")}).error().code == ErrorCode::not_found);
  CHECK(must(Journal::position_of(directory.file("a"))).number == 1);
  CHECK(must(Journal::position_of(directory.file("nothing"))) == JournalPosition{});
}

TEST_CASE("what nobody needs any more goes from the beginning, and the chain goes on") {
  const TempDir directory;
  auto journal = open(directory);
  std::vector<JournalPosition> positions{journal->position()};
  for (std::uint8_t n = 1; n <= 6; ++n) {
    const Bytes one = subject(n);
    must(journal->append(JournalKind::account_erased, {&one, 1}, kTestNow + std::chrono::hours(n)));
    positions.push_back(journal->position());
  }
  const auto at = [](int hours) { return kTestNow + std::chrono::hours(hours); };
  CHECK(must(journal->prune(0, at(100))) == 0);
  CHECK(must(journal->prune(6, at(1))) == 0);    // the first is of that very moment
  CHECK(must(journal->prune(2, at(100))) == 2);  // the number bounds
  CHECK(must(journal->prune(6, at(4))) == 1);    // and the time
  CHECK(must(journal->prune(3, at(100))) == 0);
  const auto is_right = [&](const Journal& one) {
    for (std::size_t n = 0; n < positions.size(); ++n) {
      CAPTURE(n);
      CHECK(one.knows(positions[n]) == (n >= 3));
    }
    CHECK(one.position() == positions.back());
    CHECK(one.after(0).size() == 3);
    CHECK(one.after(3).size() == 3);
    CHECK(one.after(5).at(0).subject == subject(6));
    CHECK(one.after(6).empty());
  };
  is_right(*journal);
  CHECK(directory.read(file_in("a")) == directory.read(file_in("b")));
  journal.reset();
  journal = open(directory);
  is_right(*journal);
  add(*journal, 7);
  CHECK(journal->position().number == 7);
  CHECK(must(Journal::position_of(directory.file("a"))) == journal->position());
  CHECK(must(journal->prune(100, at(1000))) == 4);
  CHECK(journal->after(0).empty());
  CHECK(journal->knows(journal->position()));
  const JournalPosition end = journal->position();
  journal.reset();
  journal = open(directory);
  CHECK(journal->position() == end);
  add(*journal, 8);
  CHECK(open(directory, {"a"})->after(0).at(0).number == 8);
}

TEST_CASE("a crash while lines go leaves folders that belong together, and another journal does not") {
  const TempDir directory;
  {
    const auto journal = open(directory);
    for (std::uint8_t n = 1; n <= 4; ++n) add(*journal, n);
  }
  const std::string before = directory.read(file_in("b"));
  must(must(Journal::open({directory.file("a")}))->prune(2, kTestNow + std::chrono::hours(1)));
  SUBCASE("one folder was written") {
    const auto journal = open(directory);
    CHECK(journal->position().number == 4);
    CHECK(directory.read(file_in("a")) == directory.read(file_in("b")));
  }
  SUBCASE("and went on") {
    add(*must(Journal::open({directory.file("a")})), 5);
    const auto journal = open(directory, {"b", "a"});
    CHECK(journal->position().number == 5);
    CHECK(directory.read(file_in("a")) == directory.read(file_in("b")));
  }
  SUBCASE("the other had gone on") {
    add(*must(Journal::open({directory.file("b")})), 5);
    CHECK(open(directory)->position().number == 5);
  }
  SUBCASE("another journal with as many lines") {
    must(files::write_file_atomic(directory.file(file_in("b")), {}));
    {
      const auto other = must(Journal::open({directory.file("b")}));
      for (std::uint8_t n = 11; n <= 14; ++n) add(*other, n);
    }
    CHECK(Journal::open({directory.file("a"), directory.file("b")}).error().code == ErrorCode::backup_integrity_error);
  }
  SUBCASE("a folder that stopped before what is forgotten") {
    const std::size_t one_line = before.find('\n') + 1;
    directory.write(file_in("b"), before.substr(0, one_line));
    CHECK(Journal::open({directory.file("a"), directory.file("b")}).error().code == ErrorCode::backup_integrity_error);
  }
}

TEST_CASE("every changed byte of the line that stands for what went is noticed by who knows the position") {
  const TempDir directory;
  JournalPosition base;
  {
    const auto journal = open(directory, {"a"});
    for (std::uint8_t n = 1; n <= 4; ++n) {
      add(*journal, n);
      if (n == 3) base = journal->position();
    }
    must(journal->prune(3, kTestNow + std::chrono::hours(1)));
    CHECK(journal->knows(base));
  }
  const std::string whole = directory.read(file_in("a"));
  for (std::size_t i = 0; i < whole.find('\n'); ++i) {
    CAPTURE(i);
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    directory.write(file_in("a"), changed);
    const auto opened = Journal::open({directory.file("a")});
    CHECK((!opened || !(*opened)->knows(base)));
  }
}

}  // namespace mibun::server
