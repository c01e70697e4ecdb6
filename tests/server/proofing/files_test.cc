#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "platform/files/files.h"
#include "tests/server/proofing/room.h"
#include "tests/support/test_jpeg.h"

// Where the files of a case lie: durable before their rows, gone after them, and nothing half done whenever the program
// ends. platform/blobs is tested by itself.

namespace {

// Ends the program as kill -9 does, before the sync of that number; below 1: never.
std::atomic<long> syncs_left{0};

void count_sync() {
  if (syncs_left > 0 && --syncs_left == 0) ::raise(SIGKILL);
}

}  // namespace

// In the place of the C library's, for this program and the database library in it: every step that lasts ends in one.
extern "C" int fsync(int file) {
  count_sync();
  return static_cast<int>(::syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
  count_sync();
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

namespace mibun::server {
namespace {

namespace fs = std::filesystem;

const std::string kSelfie = "photo.selfie", kDocument = "photo.document", kPortrait = "EF.DG2";

ProofingService::Files evidence(std::uint8_t filler = 1) {
  return {{kPortrait, Bytes(3000, filler)},
          {kSelfie, TestJpeg{.filler = filler}.bytes()},
          {kDocument, TestJpeg{.filler = static_cast<std::uint8_t>(filler + 1)}.bytes()}};
}

std::int64_t count(database::Database& database, std::string_view sql) {
  return must(database.row(sql))->integer(0);
}

// The ids that lie in a directory.
std::vector<std::string> ids_in(const std::string& directory) {
  std::vector<std::string> ids;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name != "mibun-files") ids.push_back(name);
  }
  std::ranges::sort(ids);
  return ids;
}

// Every row's file lies in both directories, and nothing else lies there.
void check_in_step(RoomIn& room, const std::string& folder) {
  std::vector<std::string> ids;
  for (const auto& row : must(room.database->rows("SELECT file_id FROM evidence_files ORDER BY file_id"))) {
    ids.push_back(row.text(0));
  }
  CHECK(ids_in(folder + "/a") == ids);
  CHECK(ids_in(folder + "/b") == ids);
  CHECK(count(*room.database, "SELECT COUNT(*) FROM removed_files") == 0);
  CHECK(must(room.service->scrub_files()).lost.empty());
}

void approve(ProofingService& service, const std::string& case_id) {
  for (const char* reviewer : {"akari", "minoru"}) {
    must(service.decide(case_id, reviewer, ReviewDecision::approve, "all_checks_passed"));
  }
}

}  // namespace

TEST_CASE("evidence and photos lie in files of their own, sealed, and the rows have only their keys") {
  Room room;
  const auto files = evidence();
  REQUIRE(must(room.submit(files)).genuine());
  check_in_step(room, room.path().string());
  CHECK(ids_in(room.file("a")).size() == 3);
  CHECK(count(*room.database, "SELECT MAX(LENGTH(sealed)) FROM evidence_files") == 12 + 32 + 16);
  for (const std::string& id : ids_in(room.file("a"))) {
    const Bytes bytes = must(files::read_file(room.file("a/" + id.substr(0, 2) + "/" + id), 1 << 25));
    for (const auto& [name, content] : files) {
      CHECK(as_text(bytes).find(as_text(BytesView(content).subspan(20, 16))) == std::string_view::npos);
    }
  }
  const auto shown = must(room.service->view_as_staff(room.case_id, "akari", "Akari"));
  CHECK(shown.portrait_file == files.at(kPortrait));
  CHECK(shown.photos.at(kSelfie) == files.at(kSelfie));
  CHECK(shown.photos.at(kDocument) == files.at(kDocument));
}

TEST_CASE("a file that is put again takes the place of the one before, which is gone") {
  Room room;
  must(room.service->put_file(room.account, room.case_id, kPortrait, Bytes(10, 1)));
  const auto before = ids_in(room.file("a"));
  must(room.service->put_file(room.account, room.case_id, kPortrait, Bytes(10, 2)));
  check_in_step(room, room.path().string());
  CHECK(ids_in(room.file("a")) != before);
  CHECK(ids_in(room.file("a")).size() == 1);
}

TEST_CASE("a submission that is refused leaves no file, whatever refused it") {
  Room room;
  room.verifier->genuine = false;
  CHECK_FALSE(must(room.submit(evidence())).genuine());
  CHECK(ids_in(room.file("a")).empty());
  room.verifier->genuine = true;
  room.verifier->meanwhile = [&] { must(room.service->put_file(room.account, room.case_id, "A", Bytes(9, 9))); };
  CHECK(room.submit(evidence()).error().code == ErrorCode::case_wrong_state);
  CHECK(ids_in(room.file("a")).size() == 1);  // the one that was put meanwhile
  check_in_step(room, room.path().string());
}

TEST_CASE("with the final decision the photos' files go, with the account all of them") {
  Room room;
  must(room.submit(evidence()));
  approve(*room.service, room.case_id);
  CHECK(ids_in(room.file("a")).size() == 1);
  check_in_step(room, room.path().string());
  must(room.database->write(
      [&](database::Transaction& transaction) { return room.service->erase(transaction, room.account.id); }));
  CHECK(ids_in(room.file("a")).size() == 1);  // the row first
  must(room.service->erased());
  CHECK(ids_in(room.file("a")).empty());
  check_in_step(room, room.path().string());
}

TEST_CASE("evidence that is never handed in goes when the case ends, to the second") {
  Room room;
  must(room.service->put_file(room.account, room.case_id, kPortrait, Bytes(10, 1)));
  room.clock.advance(std::chrono::hours(24) - std::chrono::seconds(1));
  must(room.service->purge_expired());
  CHECK(ids_in(room.file("a")).size() == 1);
  room.clock.advance(std::chrono::seconds(1));
  must(room.service->purge_expired());
  CHECK(ids_in(room.file("a")).empty());
  check_in_step(room, room.path().string());
}

TEST_CASE("one directory lost: reviewers see everything, decisions hold, and the files there go later") {
  Room room;
  const auto files = evidence();
  must(room.submit(files));
  fs::rename(room.file("a"), room.file("away"));
  room.write("a", "");
  CHECK(must(room.service->view_as_staff(room.case_id, "akari", "Akari")).photos.at(kSelfie) == files.at(kSelfie));
  approve(*room.service, room.case_id);
  CHECK(ids_in(room.file("b")).size() == 1);
  CHECK(count(*room.database, "SELECT COUNT(*) FROM removed_files") == 2);
  must(room.service->purge_expired());
  CHECK(count(*room.database, "SELECT COUNT(*) FROM removed_files") == 2);
  fs::remove(room.file("a"));
  fs::rename(room.file("away"), room.file("a"));
  must(room.service->purge_expired());
  check_in_step(room, room.path().string());
}

TEST_CASE("the scrub goes round by itself: what was flipped is good again after 256 turns, and nobody had to read it") {
  Room room;
  must(room.submit(evidence()));
  std::map<std::string, Bytes> before;
  for (const std::string& id : ids_in(room.file("a"))) {
    const std::string path = room.file("b/" + id.substr(0, 2) + "/" + id);
    before[path] = must(files::read_file(path, 1 << 25));
    Bytes flipped = before[path];
    flipped.at(flipped.size() / 2) ^= 4;
    must(files::write_file_atomic(path, flipped));
  }
  for (int turn = 0; turn < 256; ++turn) must(room.service->purge_expired());
  CHECK(before.size() == 3);
  for (const auto& [path, whole] : before) CHECK(must(files::read_file(path, 1 << 25)) == whole);
}

TEST_CASE("rows from before there were files are read where they are, and go as they did") {
  Room room;
  const auto files = evidence();
  // As migration 0019's program wrote them: the content itself, of class "evidence".
  for (const auto& [name, content] : files) {
    const std::string record = room.case_id + "/" + name;
    const Bytes sealed = must(room.keys->seal(room.account.id, {"evidence", record}, content));
    must(room.database->write([&](database::Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("INSERT INTO evidence_files (case_id, name, sealed) VALUES ($1, $2, $3)",
                                  room.case_id, name, sealed));
      return {};
    }));
  }
  must(room.submit({}));
  const auto shown = must(room.service->view_as_staff(room.case_id, "akari", "Akari"));
  CHECK(shown.portrait_file == files.at(kPortrait));
  CHECK(shown.photos.at(kSelfie) == files.at(kSelfie));
  must(room.service->recover());
  approve(*room.service, room.case_id);
  CHECK(count(*room.database, "SELECT COUNT(*) FROM evidence_files") == 1);
  CHECK(ids_in(room.file("a")).empty());
}

TEST_CASE("a row that names a file without a good copy shows nothing, and says so") {
  Room room;
  must(room.submit(evidence()));
  for (const std::string& id : ids_in(room.file("a"))) {
    for (const char* replica : {"a/", "b/"}) fs::resize_file(room.file(replica + id.substr(0, 2) + "/" + id), 40);
  }
  CHECK(room.service->view_as_staff(room.case_id, "akari", "Akari").error().code == ErrorCode::blob_integrity_error);
  CHECK(must(room.service->scrub_files()).lost.size() == 3);
}

TEST_CASE("a file that is lost everywhere is counted at once, and its person is told after an hour, once") {
  Room room;
  must(room.submit(evidence()));
  const std::string id =
      must(room.database->row("SELECT file_id FROM evidence_files WHERE name = $1", kSelfie))->text(0);
  const std::string path = id.substr(0, 2) + "/" + id;
  const auto counted = [&] { return count(*room.database, "SELECT COUNT(*) FROM lost_files"); };
  const auto scrub = [&] { return must(room.service->scrub_files()).lost.size(); };
  fs::rename(room.file("a/" + path), room.file("kept"));
  CHECK(scrub() == 0);  // the other place has it
  CHECK(counted() == 0);
  fs::remove(room.file("a/" + path));
  fs::remove(room.file("b/" + path));
  CHECK(scrub() == 1);
  CHECK(counted() == 1);
  room.clock.advance(std::chrono::minutes(59));
  CHECK(scrub() == 1);
  CHECK(room.history.lost.empty());
  SUBCASE("told once") {
    room.clock.advance(std::chrono::minutes(1));
    CHECK(scrub() == 1);
    REQUIRE(room.history.lost.size() == 1);
    CHECK(room.history.lost.begin()->first == room.account.id.value);
    CHECK(room.history.lost.begin()->second == kSelfie);
    room.clock.advance(std::chrono::hours(24));
    CHECK(scrub() == 1);
    CHECK(room.history.lost.size() == 1);
    CHECK(counted() == 1);
    // Of a part that does not have it, nothing is said.
    for (int part = 0; part < 256; ++part) must(room.service->purge_expired());
    CHECK(counted() == 1);
  }
  SUBCASE("it was there after all") {
    fs::rename(room.file("kept"), room.file("b/" + path));
    CHECK(scrub() == 0);
    CHECK(counted() == 0);
    room.clock.advance(std::chrono::hours(24));
    CHECK(scrub() == 0);
    CHECK(room.history.lost.empty());
  }
  SUBCASE("nobody is told while a place is away") {
    fs::rename(room.file("a"), room.file("a.away"));
    room.clock.advance(std::chrono::hours(24));
    CHECK(scrub() == 1);
    CHECK(room.history.lost.empty());
    fs::remove_all(room.file("a"));  // what was made in its place meanwhile
    fs::rename(room.file("a.away"), room.file("a"));
    CHECK(scrub() == 1);
    CHECK(room.history.lost.size() == 1);
  }
  SUBCASE("with the evidence it is forgotten") {
    must(room.database->write(
        [&](database::Transaction& transaction) { return room.service->erase(transaction, room.account.id); }));
    CHECK(counted() == 0);
  }
}

TEST_CASE("the scrub that goes round counts and tells as well") {
  Room room;
  must(room.submit(evidence()));
  for (const char* replica : {"a", "b"}) {
    for (const std::string& id : ids_in(room.file(replica))) {
      fs::remove(room.file(std::string(replica) + "/" + id.substr(0, 2) + "/" + id));
    }
  }
  for (int round = 0; round < 2; ++round) {
    for (int part = 0; part < 256; ++part) must(room.service->purge_expired());
    CHECK(count(*room.database, "SELECT COUNT(*) FROM lost_files") == 3);
    CHECK(room.history.lost.size() == (round == 0 ? 0 : 3));
    room.clock.advance(std::chrono::minutes(61));
  }
}

// ---- kill -9 before every sync ----

namespace {

// One deed on a case of a folder, in a child that is killed before its sync of that number.
struct Deed {
  const char* name;
  bool submitted;  // the case is in review when it begins
  void (*run)(RoomIn&, const Account&, const std::string& case_id);
};

void erase(RoomIn& room, const Account& account, const std::string&) {
  must(room.database->write(
      [&](database::Transaction& transaction) { return room.service->erase(transaction, account.id); }));
  must(room.service->erased());
}

enum class End { killed, done };

// What both processes have to know, by name: `folder`/case.
End run_in_child(const std::string& folder, const Deed& deed, long killed_before) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      RoomIn room(folder);
      const Account account = account_row(*room.database, "person");
      must(room.keys->create_person_key(account.id));
      const std::string case_id = must(room.service->open_case(account, "told")).case_id;
      must(files::write_file_atomic(folder + "/case", as_bytes(case_id)));
      if (deed.submitted) must(room.service->submit(account, case_id, Bytes(64), evidence()));
      syncs_left = killed_before;
      deed.run(room, account, case_id);
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) return End::killed;
  REQUIRE(WEXITSTATUS(status) == 0);
  return End::done;
}

}  // namespace

TEST_CASE("killed before any sync of a deed: all of it is there after the next start, or nothing") {
  const Deed deeds[] = {
      {"submission", false,
       [](RoomIn& room, const Account& account, const std::string& id) {
         must(room.service->submit(account, id, Bytes(64), evidence()));
       }},
      {"final decision", true, [](RoomIn& room, const Account&, const std::string& id) { approve(*room.service, id); }},
      {"erasure", true, erase},
  };
  for (const Deed& deed : deeds) {
    int kills = 0, before = 0, after = 0;
    for (long number = 1;; ++number) {
      CAPTURE(deed.name);
      CAPTURE(number);
      const TempDir folder;
      const End end = run_in_child(folder.path().string(), deed, number);
      RoomIn room(folder.path().string());
      check_in_step(room, folder.path().string());
      const std::int64_t rows = count(*room.database, "SELECT COUNT(*) FROM evidence_files");
      const bool in_review = count(*room.database, "SELECT COUNT(*) FROM cases WHERE state = 'in_review'") == 1;
      const std::string case_id = folder.read("case");
      bool happened = false;
      if (std::string_view(deed.name) == "submission") {
        happened = in_review;
        CHECK(rows == (happened ? 3 : 0));
      } else if (std::string_view(deed.name) == "final decision") {
        happened = !in_review;
        CHECK(rows == (happened ? 1 : 3));
      } else {
        happened = rows == 0;
        CHECK((rows == 0 || rows == 3));
      }
      if (rows == 3) {
        const auto shown = must(room.service->view_as_staff(case_id, "sora", "Sora"));
        CHECK(shown.photos.at(kSelfie) == evidence().at(kSelfie));
        CHECK(shown.portrait_file == evidence().at(kPortrait));
      }
      if (end == End::done) {
        CHECK(happened);
        break;
      }
      ++kills;
      ++(happened ? after : before);
    }
    CHECK(kills >= 4);
    CHECK(after >= 1);
    // Of an erasure the transaction comes first, and what was written outlives a process that is killed.
    if (deed.run != erase) CHECK(before >= 1);
    MESSAGE(std::string(deed.name), ": ", kills, " kills, ", before, " before it counted, ", after, " after");
  }
}

}  // namespace mibun::server
