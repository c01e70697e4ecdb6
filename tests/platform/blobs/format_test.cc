#include "platform/blobs/format.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "tests/support/test_pki.h"

// One file's encryption: docs/formats/blob.md. tests/interop/blob_interop.mjs reads the same from the page alone.
namespace mibun::blobs {
namespace {

constexpr Belonging kMine{"person-alice", "0123456789abcdef0123456789abcdef"};
constexpr unsigned kSmallChunks = kChunkBitsMin;
constexpr std::size_t kChunk = std::size_t{1} << kSmallChunks;
constexpr std::size_t kSealedChunk = kChunk + crypto::kAeadTagSize;

crypto::SystemRng rng;

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
  return bytes;
}

struct Sealed {
  explicit Sealed(std::size_t size) : content(pattern(size)) {}
  Bytes content;
  Bytes key = rng.bytes(kKeySize);
  Bytes file = seal(key, kMine, content, rng, kSmallChunks);
};

void refused(const Sealed& sealed, const Bytes& changed) {
  const auto opened = open(sealed.key, kMine, changed);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == ErrorCode::blob_integrity_error);
}

// The chunks in another order, or other ones.
Bytes of_chunks(const Bytes& file, std::initializer_list<std::size_t> order) {
  Bytes out(file.begin(), file.begin() + kHeaderSize);
  for (const std::size_t chunk : order) {
    const BytesView rest = BytesView(file).subspan(kHeaderSize + chunk * kSealedChunk);
    const BytesView one = rest.first(std::min(rest.size(), kSealedChunk));
    out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

void set_size(Bytes& file, std::uint64_t size) {
  for (std::size_t i = 0; i < 8; ++i) file[24 + i] = static_cast<std::uint8_t>(size >> (56 - 8 * i));
}

}  // namespace

TEST_CASE("what was sealed opens again, at every size around the borders of chunks") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk - 1,
                                 2 * kChunk, 2 * kChunk + 1, 5 * kChunk + 17}) {
    CAPTURE(size);
    const Sealed sealed(size);
    CHECK(must(open(sealed.key, kMine, sealed.file)) == sealed.content);
    CHECK(sealed.file.size() == must(Header::parse(sealed.file)).sealed_size());
    refused(sealed, Bytes());
  }
  const Bytes key = rng.bytes(kKeySize);
  const Bytes large = pattern(kContentBytesMax);
  CHECK(must(open(key, kMine, seal(key, kMine, large, rng))) == large);
}

TEST_CASE("every flipped bit of a file is refused") {
  const Sealed sealed(kChunk + 40);
  for (std::size_t bit = 0; bit < sealed.file.size() * 8; ++bit) {
    // In the middle of the first chunk one bit is like the other.
    if (bit / 8 > kHeaderSize + 64 && bit / 8 + 200 < sealed.file.size() && bit % 509 != 0) continue;
    Bytes changed = sealed.file;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    const auto opened = open(sealed.key, kMine, changed);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::blob_integrity_error);
  }
}

TEST_CASE("every cut of a file is refused, and every byte too many") {
  const Sealed sealed(2 * kChunk + 40);
  for (std::size_t size = 0; size < sealed.file.size(); ++size) {
    if (size > 100 && size % kSealedChunk > 100 && size % 97 != 0) continue;
    refused(sealed, Bytes(sealed.file.begin(), sealed.file.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  Bytes longer = sealed.file;
  longer.push_back(0);
  refused(sealed, longer);
}

TEST_CASE("chunks that are moved, repeated, left out or added are refused, whatever the header says then") {
  const Sealed sealed(4 * kChunk);
  CHECK(of_chunks(sealed.file, {0, 1, 2, 3}) == sealed.file);
  struct Row {
    const char* why;
    std::initializer_list<std::size_t> order;
  };
  for (const Row& row :
       {Row{"two swapped", {1, 0, 2, 3}}, Row{"the last one first", {3, 0, 1, 2}}, Row{"one twice", {0, 0, 2, 3}},
        Row{"the last one missing", {0, 1, 2}}, Row{"one in the middle missing", {0, 2, 3}},
        Row{"the last one twice", {0, 1, 2, 3, 3}}, Row{"the first one alone", {0}}}) {
    INFO(row.why);
    Bytes changed = of_chunks(sealed.file, row.order);
    refused(sealed, changed);
    // The size fits what is there: only the nonces, and the header in what is authenticated, are left to object.
    set_size(changed, row.order.size() * kChunk);
    refused(sealed, changed);
  }
}

TEST_CASE("a file is its owner's, its name's and its key's alone") {
  const Sealed sealed(100);
  struct Row {
    const char* why;
    Belonging belonging;
  };
  for (const Row& row :
       {Row{"another owner", {"person-bob", kMine.file}},
        Row{"another file", {kMine.owner, "ffffffffffffffffffffffffffffffff"}},
        Row{"a character moved between the two", {"person-alice0", kMine.file.substr(1)}}, Row{"nobody", {"", ""}}}) {
    INFO(row.why);
    CHECK(open(sealed.key, row.belonging, sealed.file).error().code == ErrorCode::blob_integrity_error);
  }
  CHECK(open(rng.bytes(kKeySize), kMine, sealed.file).error().code == ErrorCode::blob_integrity_error);
  CHECK(open(rng.bytes(16), kMine, sealed.file).error().code == ErrorCode::blob_integrity_error);
  // Chunks of another file of the same person and the same key's length do not fit either.
  const Sealed other(100);
  CHECK(open(sealed.key, kMine, other.file).error().code == ErrorCode::blob_integrity_error);
}

TEST_CASE("a header says nothing that no file has") {
  const Sealed sealed(100);
  const Header header = must(Header::parse(sealed.file));
  CHECK(header.content_size == 100);
  CHECK(header.chunks() == 1);
  struct Row {
    const char* why;
    std::size_t at;
    std::uint8_t value;
  };
  for (const Row& row : {Row{"magic", 0, 'M'}, Row{"version 0", 8, 0}, Row{"version 2", 8, 2},
                         Row{"chunks too small", 9, kChunkBitsMin - 1}, Row{"chunks too large", 9, kChunkBitsMax + 1},
                         Row{"zeros that are not", 17, 1}, Row{"the last of them", 23, 0x80},
                         Row{"a size that no memory has", 24, 0x80}, Row{"a size above the limit", 28, 2}}) {
    INFO(row.why);
    Bytes changed = sealed.file;
    changed[row.at] = row.value;
    CHECK(Header::parse(changed).error().code == ErrorCode::blob_integrity_error);
  }
  CHECK(Header::parse(BytesView(sealed.file).first(kHeaderSize - 1)).error().code == ErrorCode::blob_integrity_error);
  Bytes limit = sealed.file;
  set_size(limit, kContentBytesMax);
  CHECK(must(Header::parse(limit)).chunks() == kContentBytesMax / kChunk);
  set_size(limit, kContentBytesMax + 1);
  CHECK(Header::parse(limit).error().code == ErrorCode::blob_integrity_error);
}

}  // namespace mibun::blobs
