#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/tlog/hash.h"
#include "core/tlog/tile.h"
#include "platform/log_tree/storage.h"

// The journal of a sink: entries that are durable and acknowledged, and perhaps not in the tree yet. It is appended to
// only, one part for each group of entries, in segments "journal/<index of the first entry, twenty digits>".
//   part    = magic (8 bytes), first index (8), entries (4), bytes of them (4), link of the part before (32),
//             the entries as in a bundle, link (32)
//   link    = SHA-256 of "mibun journal 1\n" and everything of the part before it
// Numbers are big-endian. The first part after a log was opened follows the root of the tree that it goes on from.
namespace mibun::log_tree {

inline constexpr const char* kJournalFolder = "journal";
inline constexpr std::size_t kSegmentBytesMax = std::size_t{1} << 30;  // of one that is read

// A segment's file, relative to the sink.
std::string segment_path(std::uint64_t first);
// Whether a path is one that segment_path() writes.
bool is_segment_path(std::string_view path);

struct EncodedPart {
  Bytes bytes;
  tlog::Hash link{};
};
// `entries`: as in a bundle (tlog::append_to_bundle), `count` of them, one at least.
EncodedPart encode_part(std::uint64_t first, std::uint32_t count, BytesView entries, const tlog::Hash& before);

// Up to where something was acknowledged, and the link of its last part: of several journals only one that has it is
// right.
struct JournalMark {
  std::uint64_t size = 0;
  tlog::Hash link{};
  // "<size> <base64 of the link>\n"
  std::string encode() const;
  // Exactly what encode() writes. Errors: blob_integrity_error.
  static Result<JournalMark> parse(std::string_view text);
};

struct JournalPart {
  std::uint64_t first = 0;
  std::vector<Bytes> entries;
  tlog::Hash before{}, link{};
  std::uint64_t end() const { return first + entries.size(); }
};

struct JournalFile {
  std::string path;
  Bytes content;
};

// What a journal says.
struct JournalContent {
  std::vector<JournalPart> parts;  // each follows the one before
  // The file whose last part is cut off: an append that was never acknowledged. Nothing stands behind it.
  std::optional<std::string> torn;
  // Something is not as it was written, and whole parts, or whole segments, stand behind it. `parts` ends before it.
  struct Damage {
    std::string path, what;
  };
  std::optional<Damage> damage;
  std::uint64_t seen = 0;  // the largest size that any whole part speaks of, also one behind a damage

  // Nothing: 0 and 0.
  std::uint64_t begin() const { return parts.empty() ? 0 : parts.front().first; }
  std::uint64_t end() const { return parts.empty() ? 0 : parts.back().end(); }
  bool has(const JournalMark& mark) const;
  // begin() <= index < end().
  const Bytes& entry(std::uint64_t index) const;
};

// `files`: segments in the order of their names.
JournalContent parse_journal(std::span<const JournalFile> files);
// Errors: io_error; blob_integrity_error (a name that is no segment's).
Result<JournalContent> read_journal(Storage& storage);

// What a journal is compared with: the hashes of the tree, or its bundles of entries as well.
enum class Against : std::uint8_t { hashes, hashes_and_bundles };
// The first entry below `size` that the tree has otherwise; none when it has them all. Errors: the source's,
// tlv_malformed.
Result<std::optional<std::uint64_t>> first_difference(const JournalContent& journal, tlog::TileSource& tree,
                                                      std::uint64_t size, Against against);

}  // namespace mibun::log_tree
