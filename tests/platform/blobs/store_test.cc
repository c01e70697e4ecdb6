#include "platform/blobs/store.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "core/crypto/hash.h"
#include "platform/blobs/format.h"
#include "platform/blobs/person_files.h"
#include "platform/files/files.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

namespace mibun::blobs {
namespace {

namespace fs = std::filesystem;

crypto::SystemRng rng;
constexpr std::string_view kOwner = "person-alice";

// The rows of a room, in memory.
class Rows final : public BlobRows {
 public:
  Result<std::vector<BlobRef>> in_shard(std::string_view shard) override {
    const std::lock_guard lock(mutex);
    std::vector<BlobRef> found;
    for (const auto& [id, kept] : all) {
      if (id.starts_with(shard)) found.push_back(kept.ref);
    }
    return found;
  }
  Result<bool> has(std::string_view id) override {
    const std::lock_guard lock(mutex);
    return all.contains(std::string(id));
  }
  struct Kept {
    BlobRef ref;
    Bytes key, content;
  };
  void keep(NewBlob blob, const Bytes& content) {
    {
      const std::lock_guard lock(mutex);
      all[blob.ref().id] = {blob.ref(), to_bytes(blob.key().reveal()), content};
    }
    blob.keep();
  }
  void forget(const std::string& id) {
    const std::lock_guard lock(mutex);
    all.erase(id);
  }

  std::mutex mutex;
  std::map<std::string, Kept> all;
};

struct World {
  explicit World(std::size_t copies_min = 0) : copies_min_(copies_min) { reopen(); }
  void reopen() {
    store.reset();
    store = must(Store::open({{{a()}, {b()}}, copies_min_}, rng));
  }
  std::string a() const { return directory.file("a"); }
  std::string b() const { return directory.file("b"); }
  static std::string path(const std::string& replica, const std::string& id) {
    return replica + "/" + id.substr(0, 2) + "/" + id;
  }
  std::string put(const Bytes& content) {
    NewBlob blob = must(store->put(kOwner, content));
    const std::string id = blob.ref().id;
    rows.keep(std::move(blob), content);
    return id;
  }
  Result<Bytes> get(const std::string& id) {
    const Rows::Kept& kept = rows.all.at(id);
    return store->get(kept.ref, kOwner, kept.key);
  }
  static void flip(const std::string& path, std::size_t at) {
    Bytes bytes = must(files::read_file(path, 1 << 25));
    bytes.at(at) ^= 1;
    must(files::write_file_atomic(path, bytes));
  }
  std::size_t files_in(const std::string& replica) const {
    std::size_t count = 0;
    for (const std::string& shard : all_shards()) count += must(Replica(replica).list(shard)).size();
    return count;
  }

  TempDir directory;
  Rows rows;
  std::size_t copies_min_;
  std::unique_ptr<Store> store;
};

}  // namespace

TEST_CASE("a file is the same in both directories, sealed, and read again after the next start") {
  World w;
  const Bytes content = rng.bytes(200'000);
  const std::string id = w.put(content);
  const Bytes in_a = must(files::read_file(World::path(w.a(), id), 1 << 20));
  CHECK(in_a == must(files::read_file(World::path(w.b(), id), 1 << 20)));
  CHECK(as_text(in_a).find(as_text(BytesView(content).subspan(500, 16))) == std::string_view::npos);
  w.reopen();
  CHECK(must(w.get(id)) == content);
  CHECK(must(w.store->scrub_all(w.rows)).healed == 0);
}

TEST_CASE("a bad copy is never given, and is healed from the good one by the read") {
  for (const bool first : {true, false}) {
    for (const char* how : {"flipped", "cut", "missing", "another file"}) {
      CAPTURE(how);
      CAPTURE(first);
      World w;
      const Bytes content = rng.bytes(70'000);
      const std::string id = w.put(content);
      const std::string other = w.put(rng.bytes(70'000));
      const std::string bad = World::path(first ? w.a() : w.b(), id);
      const Bytes whole = must(files::read_file(bad, 1 << 20));
      if (std::string_view(how) == "flipped") World::flip(bad, 40'000);
      if (std::string_view(how) == "cut") fs::resize_file(bad, whole.size() - 1);
      if (std::string_view(how) == "missing") fs::remove(bad);
      if (std::string_view(how) == "another file") {
        fs::copy_file(World::path(w.a(), other), bad, fs::copy_options::overwrite_existing);
      }
      CHECK(must(w.get(id)) == content);
      if (!first) CHECK(must(w.store->scrub_all(w.rows)).healed == 1);  // a read stops at the first good copy
      CHECK(must(files::read_file(bad, 1 << 20)) == whole);
    }
  }
}

TEST_CASE("without any good copy nothing is given, and the scrub names the file") {
  World w;
  const std::string id = w.put(rng.bytes(70'000));
  const std::string good = w.put(rng.bytes(10));
  World::flip(World::path(w.a(), id), 1000);
  World::flip(World::path(w.b(), id), 69'000);
  CHECK(w.get(id).error().code == ErrorCode::blob_integrity_error);
  const ScrubReport report = must(w.store->scrub_all(w.rows));
  CHECK(report.files == 2);
  CHECK(report.healed == 0);
  CHECK(report.lost == std::vector<std::string>{id});
  CHECK(w.get(good).has_value());
}

TEST_CASE("two copies swapped between files, in both directories, open as neither") {
  World w;
  const std::string one = w.put(rng.bytes(5000)), two = w.put(rng.bytes(5000));
  for (const std::string& replica : {w.a(), w.b()}) {
    fs::rename(World::path(replica, one), w.directory.file("between"));
    fs::rename(World::path(replica, two), World::path(replica, one));
    fs::rename(w.directory.file("between"), World::path(replica, two));
  }
  CHECK(w.get(one).error().code == ErrorCode::blob_integrity_error);
  CHECK(w.get(two).error().code == ErrorCode::blob_integrity_error);
  // Also for whoever changes the digests in the rows as well.
  std::swap(w.rows.all.at(one).ref.sha256, w.rows.all.at(two).ref.sha256);
  CHECK(w.get(one).error().code == ErrorCode::blob_integrity_error);
}

TEST_CASE("the wrong key, owner or name opens nothing, and heals nothing") {
  World w;
  const std::string id = w.put(rng.bytes(100)), other = w.put(rng.bytes(100));
  const Rows::Kept& kept = w.rows.all.at(id);
  CHECK(w.store->get(kept.ref, "person-bob", kept.key).error().code == ErrorCode::blob_integrity_error);
  CHECK(w.store->get(kept.ref, kOwner, w.rows.all.at(other).key).error().code == ErrorCode::blob_integrity_error);
  BlobRef elsewhere = kept.ref;
  elsewhere.id = "../../../../../../etc/passwd-12";
  CHECK(w.store->get(elsewhere, kOwner, kept.key).error().code == ErrorCode::blob_integrity_error);
  CHECK(w.store->erase(elsewhere.id).error().code == ErrorCode::invalid_argument);
  CHECK(must(w.store->scrub_all(w.rows)).healed == 0);
}

TEST_CASE("the scrub finds every planted flip, and heals it") {
  World w;
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(w.put(rng.bytes(static_cast<std::size_t>(i) * 300)));
  std::size_t planted = 0;
  for (std::size_t i = 0; i < ids.size(); i += 2) {
    const std::string path = World::path(i % 4 == 0 ? w.a() : w.b(), ids[i]);
    World::flip(path, (i * 7919) % fs::file_size(path));
    ++planted;
  }
  const ScrubReport report = must(w.store->scrub_all(w.rows));
  CHECK(report.files == 60);
  CHECK(report.healed == planted);
  CHECK(report.lost.empty());
  CHECK(must(w.store->scrub_all(w.rows)).healed == 0);
  for (const std::string& id : ids) CHECK(must(w.get(id)) == w.rows.all.at(id).content);
}

TEST_CASE("a file whose row never came is gone: at once, or with the next start") {
  World w;
  const std::string kept = w.put(rng.bytes(10));
  {
    const NewBlob dropped = must(w.store->put(kOwner, rng.bytes(10)));
    CHECK(w.files_in(w.a()) == 2);
  }
  CHECK(w.files_in(w.a()) == 1);
  CHECK(w.files_in(w.b()) == 1);
  // A crash: the file is there, and nothing else.
  const std::string orphan(kIdCharacters, 'a');
  for (const std::string& replica : {w.a(), w.b()}) {
    must(Replica(replica).write(orphan, rng.bytes(100)));
    must(files::write_file_atomic(World::path(replica, orphan) + ".tmp.abcdef", rng.bytes(10)));
  }
  w.reopen();
  CHECK_FALSE(files::exists(World::path(w.a(), orphan) + ".tmp.abcdef"));
  CHECK(must(w.store->sweep(w.rows)).orphans == 1);
  CHECK(w.files_in(w.a()) == 1);
  CHECK(w.files_in(w.b()) == 1);
  CHECK(w.get(kept).has_value());
}

TEST_CASE("a file that is being put is nobody's orphan") {
  World w;
  NewBlob blob = must(w.store->put(kOwner, as_bytes("x")));
  CHECK(must(w.store->scrub_all(w.rows)).orphans == 0);
  CHECK(w.files_in(w.a()) == 1);
  const std::string id = blob.ref().id;
  w.rows.keep(std::move(blob), to_bytes("x"));
  CHECK(must(w.store->scrub_all(w.rows)).orphans == 0);
  CHECK(must(w.get(id)) == to_bytes("x"));
}

TEST_CASE("an erased file is gone from both, and erasing again is no error") {
  World w;
  const std::string id = w.put(rng.bytes(100));
  must(w.store->erase(id));
  must(w.store->erase(id));
  CHECK(w.files_in(w.a()) + w.files_in(w.b()) == 0);
}

TEST_CASE("one directory lost under load: no read fails, writes go on, and it comes back by itself") {
  World w;
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(w.put(rng.bytes(3000 + static_cast<std::size_t>(i))));
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0, read = 0;
  std::vector<std::thread> readers;
  for (std::size_t t = 0; t < 3; ++t) {
    readers.emplace_back([&, t] {
      for (std::size_t i = t; !stop; ++i) {
        const std::string& id = ids[i % ids.size()];
        const auto content = w.get(id);
        if (!content || *content != w.rows.all.at(id).content) ++failed;
        ++read;
      }
    });
  }
  const auto wait_for_reads = [&](int more) {
    const int until = read + more;
    while (read < until) std::this_thread::yield();
  };
  wait_for_reads(100);
  fs::rename(w.a(), w.directory.file("lost"));  // while reads write the missing copies anew
  wait_for_reads(300);
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(failed == 0);
  CHECK(w.store->incomplete() == std::vector<std::string>{w.a()});

  const std::string later = w.put(rng.bytes(50));
  must(w.store->mend(w.rows));
  CHECK(w.store->incomplete().empty());
  CHECK(w.files_in(w.a()) == 41);
  fs::remove_all(w.b());  // now the other one alone has to have everything
  for (const std::string& id : ids) CHECK(must(w.get(id)) == w.rows.all.at(id).content);
  CHECK(w.get(later).has_value());
}

TEST_CASE("a directory that cannot be written to: acknowledged with one copy, refused when two are asked for") {
  for (const std::size_t copies_min : {std::size_t{1}, std::size_t{2}}) {
    CAPTURE(copies_min);
    World w(copies_min);
    const std::string before = w.put(rng.bytes(10));
    fs::remove_all(w.b());
    w.directory.write("b", "a file where the directory was");
    const auto put = w.store->put(kOwner, rng.bytes(10));
    CHECK(put.has_value() == (copies_min == 1));
    if (!put) CHECK(put.error().code == ErrorCode::io_error);
    CHECK(w.get(before).has_value());
    CHECK(must(w.store->mend(w.rows)).healed == 0);
    CHECK(w.store->incomplete() == std::vector<std::string>{w.b()});
    CHECK(w.store->erase(before).error().code == ErrorCode::io_error);  // it could be there still
    fs::remove(w.b());
    must(w.store->erase(before));
  }
  World w;
  fs::remove_all(w.a());
  w.directory.write("a", "");
  w.reopen();  // one is enough
  CHECK(w.store->incomplete().size() == 1);
  fs::remove_all(w.b());
  w.directory.write("b", "");
  CHECK(Store::open({{{w.a()}, {w.b()}}, 0}, rng).error().code == ErrorCode::io_error);
}

TEST_CASE("a lost directory that comes back with old files loses those that were erased meanwhile") {
  World w;
  const std::string gone = w.put(rng.bytes(10)), stays = w.put(rng.bytes(10));
  fs::rename(w.b(), w.directory.file("away"));
  w.directory.write("b", "");
  w.rows.forget(gone);
  CHECK_FALSE(w.store->erase(gone).has_value());
  fs::remove(w.b());
  fs::rename(w.directory.file("away"), w.b());
  CHECK(must(w.store->scrub_all(w.rows)).orphans == 1);
  CHECK(w.files_in(w.b()) == 1);
  CHECK(w.get(stays).has_value());
}

TEST_CASE("a directory that is new beside one with files is complete only when it has them all") {
  World w;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(w.put(rng.bytes(100)));
  fs::remove_all(w.b());
  w.reopen();
  CHECK(w.store->incomplete() == std::vector<std::string>{w.b()});
  CHECK(must(w.store->mend(w.rows)).healed == 5);
  CHECK(w.store->incomplete().empty());
  CHECK(must(w.store->mend(w.rows)).files == 0);  // nothing to do
  fs::remove_all(w.a());
  for (const std::string& id : ids) CHECK(w.get(id).has_value());
}

TEST_CASE("healing and erasing at once bring no erased file back") {
  World w;
  const Bytes content = rng.bytes(4 << 20);
  for (int round = 0; round < 60; ++round) {
    const std::string id = w.put(content);
    fs::remove(World::path(w.a(), id));
    std::thread reader([&] { static_cast<void>(w.get(id)); });
    // Another moment of the read each time: also between the good copy and the healing.
    const auto moment = std::chrono::steady_clock::now() + round * std::chrono::microseconds(250);
    while (std::chrono::steady_clock::now() < moment) std::this_thread::yield();
    must(w.store->erase(id));
    reader.join();
    REQUIRE_FALSE(files::exists(World::path(w.a(), id)));
    REQUIRE_FALSE(files::exists(World::path(w.b(), id)));
  }
}

TEST_CASE("what cannot be a store is refused") {
  const TempDir directory;
  const std::string a = directory.file("a");
  CHECK(Store::open({}, rng).error().code == ErrorCode::invalid_argument);
  CHECK(Store::open({{{a}, {a}}, 0}, rng).error().code == ErrorCode::invalid_argument);
  CHECK(Store::open({{{a}}, 2}, rng).error().code == ErrorCode::invalid_argument);
  auto store = must(Store::open({{{a}}, 1}, rng));
  CHECK(store->put(kOwner, Bytes(kContentBytesMax + 1)).error().code == ErrorCode::invalid_argument);
}

// ---- With the keys of people ----

TEST_CASE("a person's file: its key is a record of the person's, and dies with the person's key") {
  World w;
  const auto keys = must(keyd::open_embedded_key_holder(w.directory.file("keyd"), rng));
  const keyd::PersonId alice{"alice"}, bob{"bob"};
  must(keys->create_person_key(alice));
  must(keys->create_person_key(bob));
  PersonFiles room(*w.store, *keys);
  constexpr keyd::RecordName kName{"photo", "case/photo.selfie", 2};
  const Bytes content = rng.bytes(5000);
  PutFile put = must(room.put(alice, kName, content));
  put.blob.keep();
  CHECK(must(room.get(alice, kName, put.row)) == content);

  CHECK(room.get(bob, kName, put.row).error().code == ErrorCode::keyd_integrity_error);
  CHECK(room.get(alice, {"evidence", "case/photo.selfie", 2}, put.row).error().code == ErrorCode::keyd_integrity_error);
  CHECK(room.get(alice, {"photo", "case/photo.document", 2}, put.row).error().code == ErrorCode::keyd_integrity_error);
  CHECK(room.get(alice, {"photo", "case/photo.selfie", 1}, put.row).error().code == ErrorCode::keyd_integrity_error);

  // A row that names another file of the same person, with that file's digest or without.
  PutFile other = must(room.put(alice, {"photo", "case/photo.document", 2}, rng.bytes(5000)));
  other.blob.keep();
  SealedFile mixed{other.row.file, put.row.sealed_key};
  CHECK(room.get(alice, kName, mixed).error().code == ErrorCode::blob_integrity_error);
  mixed.file.sha256 = put.row.file.sha256;
  CHECK(room.get(alice, kName, mixed).error().code == ErrorCode::blob_integrity_error);

  must(keys->destroy_person_key(alice));
  CHECK(room.get(alice, kName, put.row).error().code == ErrorCode::keyd_person_key_missing);
  CHECK(room.put(alice, kName, content).error().code == ErrorCode::keyd_person_key_missing);
  CHECK(w.files_in(w.a()) == 2);  // and what was put before that was noticed is gone
}

TEST_CASE("10,000 files: as many keys, names, nonces and ciphertexts; the same image twice has nothing in common") {
  const TempDir directory;
  const auto store = must(Store::open({{{directory.file("a")}}, 1}, rng));
  const Bytes image = rng.bytes(64);
  std::set<Bytes> keys, nonces, bodies;
  std::set<std::string> names;
  constexpr std::size_t kFiles = 10'000;
  for (std::size_t i = 0; i < kFiles; ++i) {
    NewBlob blob = must(store->put(kOwner, image));
    const Bytes sealed = must(Replica(directory.file("a")).read(blob.ref()));
    keys.insert(to_bytes(blob.key().reveal()));
    names.insert(blob.ref().id);
    nonces.insert(to_bytes(BytesView(sealed).subspan(10, kNoncePrefixSize)));
    bodies.insert(to_bytes(BytesView(sealed).subspan(kHeaderSize)));
  }
  CHECK(keys.size() == kFiles);
  CHECK(names.size() == kFiles);
  CHECK(nonces.size() == kFiles);  // 2^56 of them: two alike once in a billion runs, and under different keys
  CHECK(bodies.size() == kFiles);
}

}  // namespace mibun::blobs
