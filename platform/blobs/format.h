#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"

// How one file is encrypted: docs/formats/blob.md. Chunks of AES-256-GCM under a key of the file's own, after the
// STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce of a chunk says which one it is and whether
// it is the last, so that nothing can be cut, moved, repeated or added.
namespace mibun::blobs {

inline constexpr std::size_t kKeySize = 32;
inline constexpr std::size_t kHeaderSize = 32;
inline constexpr std::size_t kNoncePrefixSize = 7;
inline constexpr unsigned kChunkBitsMin = 12, kChunkBitsUsual = 16, kChunkBitsMax = 20;  // 4 KiB, 64 KiB, 1 MiB
// A file is in memory while it is sealed or opened, and so is its sealed form.
inline constexpr std::size_t kContentBytesMax = 16 * 1024 * 1024;

//   "mibunblb"  version (1)  chunk bits (1)  nonce prefix (7)  zeros (7)  content's size (8, big-endian)
struct Header {
  std::array<std::uint8_t, kNoncePrefixSize> nonce_prefix{};
  unsigned chunk_bits = kChunkBitsUsual;
  std::uint64_t content_size = 0;

  // Of the first kHeaderSize bytes. Errors: blob_integrity_error (also a content above kContentBytesMax).
  static Result<Header> parse(BytesView bytes);
  std::array<std::uint8_t, kHeaderSize> encoded() const;

  std::size_t chunk_size() const { return std::size_t{1} << chunk_bits; }
  std::size_t chunks() const;       // at least one: that of an empty content is empty
  std::size_t sealed_size() const;  // of the whole file
};

// Whose file, and which: part of what each chunk authenticates.
struct Belonging {
  std::string_view owner, file;
};

// The whole sealed file. `key`: kKeySize bytes, used for this one content and never again. `content`: at most
// kContentBytesMax.
Bytes seal(BytesView key, const Belonging& belonging, BytesView content, Rng& rng,
           unsigned chunk_bits = kChunkBitsUsual);

// Every chunk is checked before the first byte of the content is given. Errors: blob_integrity_error, whatever was
// changed, cut, moved or mistaken.
Result<Bytes> open(BytesView key, const Belonging& belonging, BytesView sealed);

}  // namespace mibun::blobs
