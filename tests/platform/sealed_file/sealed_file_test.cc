#include "platform/sealed_file/sealed_file.h"

#include <argon2.h>
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "tests/support/temp_dir.h"

using namespace mibun;

namespace {

crypto::SystemRng rng;
constexpr sealed_file::Argon2Cost kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};
constexpr std::string_view kPassphrase = "correct horse battery staple";
constexpr std::string_view kSecret = "-----BEGIN PRIVATE KEY-----";
constexpr std::size_t kCostAt = 15;

Bytes read(const std::string& path) {
  auto bytes = files::read_file(path, 1 << 22);
  REQUIRE(bytes.has_value());
  return std::move(*bytes);
}

ErrorCode open_error(const std::string& path, std::string_view passphrase = kPassphrase) {
  const auto opened = sealed_file::open(path, passphrase);
  REQUIRE(!opened.has_value());
  return opened.error().code;
}

}  // namespace

TEST_CASE("the library computes the Argon2id test vector of RFC 9106, section 5.3") {
  std::array<std::uint8_t, 32> password, tag;
  std::array<std::uint8_t, 16> salt;
  std::array<std::uint8_t, 8> secret;
  std::array<std::uint8_t, 12> associated;
  password.fill(1);
  salt.fill(2);
  secret.fill(3);
  associated.fill(4);
  argon2_context context{};
  context.out = tag.data();
  context.outlen = tag.size();
  context.pwd = password.data();
  context.pwdlen = password.size();
  context.salt = salt.data();
  context.saltlen = salt.size();
  context.secret = secret.data();
  context.secretlen = secret.size();
  context.ad = associated.data();
  context.adlen = associated.size();
  context.t_cost = 3;
  context.m_cost = 32;
  context.lanes = 4;
  context.threads = 4;
  context.version = ARGON2_VERSION_13;
  REQUIRE(argon2id_ctx(&context) == ARGON2_OK);
  const std::array<std::uint8_t, 32> want = {0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37,
                                             0xa3, 0x4a, 0x8b, 0x53, 0xc9, 0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75,
                                             0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59};
  CHECK(tag == want);
}

TEST_CASE("A42: a file's key is Argon2id version 1.3 of the passphrase under the header's salt and cost") {
  const TempDir directory;
  const std::string path = directory.file("key");
  const sealed_file::Argon2Cost cost{.memory_kib = 128, .passes = 2, .lanes = 2};
  REQUIRE(sealed_file::create(path, kPassphrase, as_bytes(kSecret), rng, cost).has_value());
  const Bytes file = read(path);
  Bytes key(32);
  // The low-level call with the parameters spelled out, as the header says them.
  REQUIRE(argon2_hash(2, 128, 2, kPassphrase.data(), kPassphrase.size(), file.data() + 27, 16, key.data(), key.size(),
                      nullptr, 0, Argon2_id, ARGON2_VERSION_13) == ARGON2_OK);
  const auto opened = crypto::open_record(key, BytesView(file).first(43), BytesView(file).subspan(43));
  REQUIRE(opened.has_value());
  CHECK(as_text(*opened) == kSecret);
}

TEST_CASE("a sealed file opens with its passphrase and is private") {
  const TempDir directory;
  const std::string path = directory.file("key");
  REQUIRE(sealed_file::create(path, kPassphrase, as_bytes(kSecret), rng, kCheap).has_value());
  const auto opened = sealed_file::open(path, kPassphrase);
  REQUIRE(opened.has_value());
  CHECK(as_text(opened->reveal()) == kSecret);
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(as_text(read(path)).find(kSecret) == std::string_view::npos);
  REQUIRE(sealed_file::create(directory.file("empty"), kPassphrase, {}, rng, kCheap).has_value());
  CHECK(sealed_file::open(directory.file("empty"), kPassphrase)->empty());
}

TEST_CASE("the default cost is the one of RFC 9106 and is written into the header") {
  const TempDir directory;
  const std::string path = directory.file("key");
  REQUIRE(sealed_file::create(path, kPassphrase, as_bytes(kSecret), rng).has_value());
  const Bytes file = read(path);
  CHECK(Bytes(file.begin() + kCostAt, file.begin() + kCostAt + 12) == Bytes{0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1});
  CHECK(sealed_file::open(path, kPassphrase).has_value());
}

TEST_CASE("another passphrase, however near, opens nothing") {
  const TempDir directory;
  const std::string path = directory.file("key");
  REQUIRE(sealed_file::create(path, kPassphrase, as_bytes(kSecret), rng, kCheap).has_value());
  for (const std::string_view wrong :
       {"", "correct horse battery stapl", "correct horse battery staple ", "Correct horse battery staple"}) {
    INFO(wrong);
    CHECK(open_error(path, wrong) == ErrorCode::sealed_file_wrong_passphrase);
  }
  CHECK(open_error(path, std::string_view("correct horse battery staple\0", 29)) ==
        ErrorCode::sealed_file_wrong_passphrase);
}

TEST_CASE("every flipped bit and every cut is refused") {
  const TempDir directory;
  const std::string path = directory.file("key");
  REQUIRE(sealed_file::create(path, kPassphrase, as_bytes(kSecret), rng, kCheap).has_value());
  const Bytes file = read(path);
  const std::string other = directory.file("other");
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    // Higher bits of the cost are allowed values that only take long: the table below has them.
    if (bit / 8 >= kCostAt && bit / 8 < kCostAt + 12) continue;
    Bytes changed = file;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    REQUIRE(files::write_file_atomic(other, changed).has_value());
    CHECK(open_error(other) ==
          (bit / 8 < kCostAt ? ErrorCode::sealed_file_malformed : ErrorCode::sealed_file_wrong_passphrase));
  }
  for (std::size_t size = 0; size < file.size(); ++size) {
    REQUIRE(files::write_file_atomic(other, BytesView(file).first(size)).has_value());
    CHECK(open_error(other) ==
          (size < 43 + 28 ? ErrorCode::sealed_file_malformed : ErrorCode::sealed_file_wrong_passphrase));
  }
}

TEST_CASE("a cost in the header that was changed is refused, without doing work beyond the limits") {
  const TempDir directory;
  const std::string path = directory.file("key");
  REQUIRE(sealed_file::create(path, kPassphrase, as_bytes(kSecret), rng, kCheap).has_value());
  struct Row {
    std::string_view why;
    std::array<std::uint8_t, 12> cost;
    ErrorCode want;
  };
  constexpr auto kMalformed = ErrorCode::sealed_file_malformed;
  constexpr auto kWrong = ErrorCode::sealed_file_wrong_passphrase;
  const Row rows[] = {
      {"more memory", {0, 0, 0, 65, 0, 0, 0, 1, 0, 0, 0, 1}, kWrong},
      {"less memory", {0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1}, kWrong},
      {"more passes", {0, 0, 0, 64, 0, 0, 0, 16, 0, 0, 0, 1}, kWrong},
      {"more lanes", {0, 0, 0, 64, 0, 0, 0, 1, 0, 0, 0, 2}, kWrong},
      {"no memory", {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}, kMalformed},
      {"too little memory", {0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1}, kMalformed},
      {"1 GiB and 1 KiB", {0, 16, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1}, kMalformed},
      {"4 TiB", {255, 255, 255, 255, 0, 0, 0, 1, 0, 0, 0, 1}, kMalformed},
      {"no pass", {0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 1}, kMalformed},
      {"17 passes", {0, 0, 0, 64, 0, 0, 0, 17, 0, 0, 0, 1}, kMalformed},
      {"many passes", {0, 0, 0, 64, 255, 0, 0, 1, 0, 0, 0, 1}, kMalformed},
      {"no lane", {0, 0, 0, 64, 0, 0, 0, 1, 0, 0, 0, 0}, kMalformed},
      {"17 lanes", {0, 0, 4, 0, 0, 0, 0, 1, 0, 0, 0, 17}, kMalformed},
      {"more lanes than memory", {0, 0, 0, 64, 0, 0, 0, 1, 0, 0, 0, 9}, kMalformed},
  };
  const Bytes file = read(path);
  for (const Row& row : rows) {
    INFO(row.why);
    Bytes changed = file;
    std::ranges::copy(row.cost, changed.begin() + kCostAt);
    REQUIRE(files::write_file_atomic(path, changed).has_value());
    CHECK(open_error(path) == row.want);
  }
}

TEST_CASE("an existing file is replaced only by replace()") {
  const TempDir directory;
  const std::string path = directory.file("key");
  REQUIRE(sealed_file::create(path, kPassphrase, as_bytes("first"), rng, kCheap).has_value());
  const Bytes first = read(path);
  CHECK(sealed_file::create(path, kPassphrase, as_bytes("second"), rng, kCheap).error().code == ErrorCode::io_error);
  CHECK(read(path) == first);
  REQUIRE(sealed_file::replace(path, "new passphrase", as_bytes("second"), rng, kCheap).has_value());
  CHECK(open_error(path) == ErrorCode::sealed_file_wrong_passphrase);
  CHECK(as_text(sealed_file::open(path, "new passphrase")->reveal()) == "second");
  CHECK(!std::ranges::equal(BytesView(read(path)).subspan(27, 28), BytesView(first).subspan(27, 28)));  // salt and IV
}

TEST_CASE("what cannot be sealed or read is refused") {
  const TempDir directory;
  const std::string path = directory.file("key");
  const auto create = [&](std::string_view passphrase, std::size_t size, sealed_file::Argon2Cost cost) {
    return sealed_file::create(path, passphrase, Bytes(size), rng, cost).error().code;
  };
  CHECK(create("", 1, kCheap) == ErrorCode::invalid_argument);
  CHECK(create(kPassphrase, 1, {.memory_kib = 64, .passes = 0, .lanes = 1}) == ErrorCode::invalid_argument);
  CHECK(create(kPassphrase, 1, {.memory_kib = 1 << 21, .passes = 1, .lanes = 1}) == ErrorCode::invalid_argument);
  CHECK(create(kPassphrase, sealed_file::kSecretBytesMax + 1, kCheap) == ErrorCode::invalid_argument);
  CHECK(!files::exists(path));
  CHECK(open_error(path) == ErrorCode::not_found);
  CHECK(open_error(directory.path()) == ErrorCode::io_error);
  REQUIRE(sealed_file::create(path, kPassphrase, Bytes(sealed_file::kSecretBytesMax), rng, kCheap).has_value());
  CHECK(sealed_file::open(path, kPassphrase)->size() == sealed_file::kSecretBytesMax);
}
