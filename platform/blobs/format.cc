#include "platform/blobs/format.h"

#include <algorithm>

#include "core/base/secret.h"
#include "core/crypto/aead.h"

namespace mibun::blobs {
namespace {

constexpr std::string_view kMagic = "mibunblb";
constexpr std::string_view kFormat = "mibun blob 1";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kVersionAt = 8, kChunkBitsAt = 9, kPrefixAt = 10, kZerosAt = 17, kSizeAt = 24;

using Iv = std::array<std::uint8_t, crypto::kAeadIvSize>;

std::unexpected<Error> integrity_error(std::string where, std::string detail) {
  return fail(ErrorCode::blob_integrity_error, std::move(where), std::move(detail));
}

void append_big_endian(Bytes& out, std::uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

// What all chunks authenticate besides themselves: each part behind its length (4 bytes, big-endian), then the header.
Bytes associated_data(const Belonging& belonging, BytesView header) {
  Bytes bound;
  for (const std::string_view part : {kFormat, belonging.owner, belonging.file}) {
    append_big_endian(bound, part.size(), 4);
    bound.insert(bound.end(), part.begin(), part.end());
  }
  bound.insert(bound.end(), header.begin(), header.end());
  return bound;
}

// prefix (7) | which chunk (4, big-endian) | 1 for the last, else 0
Iv nonce_of(const Header& header, std::size_t chunk) {
  Iv iv{};
  std::ranges::copy(header.nonce_prefix, iv.begin());
  for (std::size_t i = 0; i < 4; ++i) iv[kNoncePrefixSize + i] = static_cast<std::uint8_t>(chunk >> (24 - 8 * i));
  iv.back() = chunk + 1 == header.chunks() ? 1 : 0;
  return iv;
}

}  // namespace

Result<Header> Header::parse(BytesView bytes) {
  if (bytes.size() < kHeaderSize) return integrity_error("header", "cut");
  if (as_text(bytes.first(kMagic.size())) != kMagic || bytes[kVersionAt] != kVersion) {
    return integrity_error("header", "not a file of this form");
  }
  Header header;
  header.chunk_bits = bytes[kChunkBitsAt];
  if (header.chunk_bits < kChunkBitsMin || header.chunk_bits > kChunkBitsMax) {
    return integrity_error("header", "no such size of chunks");
  }
  std::ranges::copy(bytes.subspan(kPrefixAt, kNoncePrefixSize), header.nonce_prefix.begin());
  if (std::ranges::any_of(bytes.subspan(kZerosAt, kSizeAt - kZerosAt), [](std::uint8_t byte) { return byte != 0; })) {
    return integrity_error("header", "bytes that have to be zero");
  }
  for (const std::uint8_t byte : bytes.subspan(kSizeAt, 8)) header.content_size = header.content_size << 8 | byte;
  if (header.content_size > kContentBytesMax) return integrity_error("header", "larger than any file may be");
  return header;
}

std::array<std::uint8_t, kHeaderSize> Header::encoded() const {
  Bytes bytes = to_bytes(kMagic);
  bytes.push_back(kVersion);
  bytes.push_back(static_cast<std::uint8_t>(chunk_bits));
  bytes.insert(bytes.end(), nonce_prefix.begin(), nonce_prefix.end());
  bytes.resize(kSizeAt);
  append_big_endian(bytes, content_size, 8);
  std::array<std::uint8_t, kHeaderSize> out{};
  std::ranges::copy(bytes, out.begin());
  return out;
}

std::size_t Header::chunks() const {
  return content_size == 0 ? 1 : static_cast<std::size_t>((content_size - 1) >> chunk_bits) + 1;
}

std::size_t Header::sealed_size() const {
  return kHeaderSize + static_cast<std::size_t>(content_size) + chunks() * crypto::kAeadTagSize;
}

Bytes seal(BytesView key, const Belonging& belonging, BytesView content, Rng& rng, unsigned chunk_bits) {
  MIBUN_INVARIANT(key.size() == kKeySize && content.size() <= kContentBytesMax);
  MIBUN_INVARIANT(chunk_bits >= kChunkBitsMin && chunk_bits <= kChunkBitsMax);
  Header header{.chunk_bits = chunk_bits, .content_size = content.size()};
  rng.fill(header.nonce_prefix);
  const auto encoded = header.encoded();
  const Bytes aad = associated_data(belonging, encoded);
  Bytes sealed(header.sealed_size());
  std::ranges::copy(encoded, sealed.begin());
  std::span<std::uint8_t> rest = std::span(sealed).subspan(kHeaderSize);
  for (std::size_t chunk = 0; chunk < header.chunks(); ++chunk) {
    const std::size_t size = std::min(content.size(), header.chunk_size());
    crypto::aes_gcm_seal_into(key, nonce_of(header, chunk), aad, content.first(size),
                              rest.first(size + crypto::kAeadTagSize));
    content = content.subspan(size);
    rest = rest.subspan(size + crypto::kAeadTagSize);
  }
  MIBUN_INVARIANT(content.empty() && rest.empty());
  return sealed;
}

Result<Bytes> open(BytesView key, const Belonging& belonging, BytesView sealed) {
  if (key.size() != kKeySize) return integrity_error("key", "not a file's key");
  MIBUN_TRY(const Header header, Header::parse(sealed));
  if (sealed.size() != header.sealed_size()) return integrity_error("file", "not as long as its header says");
  const Bytes aad = associated_data(belonging, sealed.first(kHeaderSize));
  Bytes content(static_cast<std::size_t>(header.content_size));
  std::span<std::uint8_t> rest(content);
  sealed = sealed.subspan(kHeaderSize);
  for (std::size_t chunk = 0; chunk < header.chunks(); ++chunk) {
    const std::size_t size = std::min(rest.size(), header.chunk_size());
    const Status opened = crypto::aes_gcm_open_into(key, nonce_of(header, chunk), aad,
                                                    sealed.first(size + crypto::kAeadTagSize), rest.first(size));
    if (!opened) {
      secure_wipe(content);
      return integrity_error("chunk " + std::to_string(chunk), "changed, moved, or of another file or key");
    }
    rest = rest.subspan(size);
    sealed = sealed.subspan(size + crypto::kAeadTagSize);
  }
  return content;
}

}  // namespace mibun::blobs
