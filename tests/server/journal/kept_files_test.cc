#include "server/journal/kept_files.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

namespace mibun::server {
namespace {

// Two folders of a journal, and the key holder that knows what was written there.
struct Kept {
  Kept() {
    for (const std::string& folder : folders) must(files::make_private_directory(folder));
  }
  KeptFiles open() { return must(KeptFiles::open(folders, *keys)); }

  TempDir directory;
  crypto::SystemRng rng;
  std::unique_ptr<keyd::KeyHolder> keys = must(keyd::open_embedded_key_holder(directory.file("keyd"), rng));
  std::vector<std::string> folders{directory.file("a"), directory.file("b")};
};

std::string text(const Bytes& bytes) {
  return std::string(as_text(bytes));
}

}  // namespace

TEST_CASE("a file lies in every folder, is replaced and erased in every folder") {
  Kept k;
  KeptFiles kept = k.open();
  CHECK(must(kept.ids()).empty());
  must(kept.write("one", as_bytes("first\nand more")));
  must(kept.write("one", as_bytes("second\nand more")));
  must(kept.write("two-_2", {}));
  CHECK(kept.is_everywhere("one"));
  CHECK(k.directory.read(k.folders[0] + "/kept/one") == k.directory.read(k.folders[1] + "/kept/one"));
  CHECK(must(k.open().ids()) == std::vector<std::string>{"one", "two-_2"});
  CHECK(text(must(k.open().read("one"))) == "second\nand more");
  CHECK(must(kept.read("two-_2")).empty());
  must(kept.erase("one"));
  CHECK(must(kept.ids()) == std::vector<std::string>{"two-_2"});
  CHECK(kept.read("one").error().code == ErrorCode::not_found);
  CHECK_FALSE(kept.is_everywhere("one"));
  must(kept.erase("one"));
}

TEST_CASE("every changed byte, every cut, another name and another key holder are noticed") {
  Kept k;
  KeptFiles kept = k.open();
  must(kept.write("one", as_bytes("content")));
  const std::string path = k.folders[0] + "/kept/one";
  const Bytes whole = must(files::read_file(path, 1000));
  std::filesystem::remove(k.folders[1] + "/kept/one");
  const auto refused = [&](BytesView bytes) {
    must(files::write_file_atomic(path, bytes));
    const auto read = kept.read("one");
    return !read && read.error().code == ErrorCode::backup_integrity_error;
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    Bytes changed = whole;
    changed[i] ^= 1;
    CHECK(refused(changed));
    CHECK(refused(BytesView(whole).first(i)));
  }
  CHECK_FALSE(refused(whole));
  must(files::write_file_atomic(k.folders[0] + "/kept/two", whole));
  CHECK(kept.read("two").error().code == ErrorCode::backup_integrity_error);
  const auto other = must(keyd::open_embedded_key_holder(k.directory.file("other"), k.rng));
  CHECK(must(KeptFiles::open(k.folders, *other)).read("one").error().code == ErrorCode::backup_integrity_error);
  // The other folder's copy counts.
  must(kept.write("one", as_bytes("content")));
  must(files::write_file_atomic(path, as_bytes("nonsense")));
  CHECK(text(must(kept.read("one"))) == "content");
}

TEST_CASE("what a crash left half-written goes, and other names are nobody's") {
  Kept k;
  KeptFiles kept = k.open();
  must(kept.write("one", as_bytes("content")));
  const std::string left = k.folders[0] + "/kept/two.tmp.a1b2c3";
  must(files::write_new_file(left, as_bytes("half")));
  must(files::write_new_file(k.folders[0] + "/kept/read.me", as_bytes("a note")));
  CHECK(must(k.open().ids()) == std::vector<std::string>{"one"});
  CHECK_FALSE(files::exists(left));
  CHECK(files::exists(k.folders[0] + "/kept/read.me"));
}

}  // namespace mibun::server
