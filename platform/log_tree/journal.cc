#include "platform/log_tree/journal.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"

namespace mibun::log_tree {
namespace {

using tlog::Hash;

constexpr std::string_view kMagic = "mibunLG1";
constexpr std::string_view kDomain = "mibun journal 1\n";
constexpr std::size_t kHeadBytes = 8 + 8 + 4 + 4 + sizeof(Hash);
constexpr std::size_t kNameDigits = 20;  // as many as the largest index has

void put_number(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint64_t take_number(BytesView& from, std::size_t bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : from.first(bytes)) value = value << 8 | byte;
  from = from.subspan(bytes);
  return value;
}

Hash take_hash(BytesView& from) {
  Hash hash{};
  std::copy_n(from.begin(), hash.size(), hash.begin());
  from = from.subspan(hash.size());
  return hash;
}

struct WholePart {
  JournalPart part;
  std::size_t bytes = 0;
};

// The part that begins here, when it is as it was written. Whether it stands in its place is another question.
std::optional<WholePart> take_part(BytesView bytes) {
  if (bytes.size() < kHeadBytes + sizeof(Hash) || as_text(bytes.first(kMagic.size())) != kMagic) return std::nullopt;
  BytesView rest = bytes.subspan(kMagic.size());
  WholePart out;
  out.part.first = take_number(rest, 8);
  const std::uint64_t count = take_number(rest, 4), size = take_number(rest, 4);
  out.part.before = take_hash(rest);
  if (count == 0 || out.part.first > tlog::kTreeSizeMax - count || size > rest.size() - sizeof(Hash)) {
    return std::nullopt;
  }
  const BytesView entries = rest.first(size);
  rest = rest.subspan(size);
  out.part.link = take_hash(rest);
  if (crypto::sha256({as_bytes(kDomain), bytes.first(kHeadBytes + size)}) != out.part.link) return std::nullopt;
  const auto parsed = tlog::parse_bundle(entries, static_cast<unsigned>(count));
  if (!parsed) return std::nullopt;
  for (const BytesView entry : *parsed) out.part.entries.push_back(to_bytes(entry));
  out.bytes = kHeadBytes + size + sizeof(Hash);
  return out;
}

// Whether a whole part stands anywhere in `bytes`, and how far the last of them goes.
std::optional<std::uint64_t> last_seen(BytesView bytes) {
  std::optional<std::uint64_t> seen;
  const BytesView magic = as_bytes(kMagic);
  for (auto at = bytes.begin();; ++at) {
    at = std::search(at, bytes.end(), magic.begin(), magic.end());
    if (at == bytes.end()) return seen;
    const auto found = take_part(bytes.subspan(static_cast<std::size_t>(at - bytes.begin())));
    if (found) seen = std::max(seen.value_or(0), found->part.end());
  }
}

// Reads on to the first thing that is wrong; returns where that is, or the size.
std::size_t take_parts(const std::string& path, BytesView bytes, JournalContent& out) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    auto found = take_part(bytes.subspan(at));
    if (!found || (at == 0 && segment_path(found->part.first) != path)) return at;
    const JournalPart* last = out.parts.empty() ? nullptr : &out.parts.back();
    if (last != nullptr && (found->part.first != last->end() || found->part.before != last->link)) return at;
    at += found->bytes;
    out.seen = std::max(out.seen, found->part.end());
    out.parts.push_back(std::move(found->part));
  }
  return at;
}

}  // namespace

std::string segment_path(std::uint64_t first) {
  const std::string digits = std::to_string(first);
  return std::string(kJournalFolder) + "/" + std::string(kNameDigits - digits.size(), '0') + digits;
}

bool is_segment_path(std::string_view path) {
  const std::size_t front = std::string_view(kJournalFolder).size() + 1;
  if (path.size() != front + kNameDigits) return false;
  std::uint64_t first = 0;
  const auto [end, error] = std::from_chars(path.data() + front, path.data() + path.size(), first);
  return error == std::errc() && end == path.data() + path.size() && segment_path(first) == path;
}

EncodedPart encode_part(std::uint64_t first, std::uint32_t count, BytesView entries, const Hash& before) {
  MIBUN_INVARIANT(count > 0 && entries.size() <= UINT32_MAX);
  EncodedPart part;
  part.bytes.reserve(kHeadBytes + entries.size() + sizeof(Hash));
  part.bytes.insert(part.bytes.end(), kMagic.begin(), kMagic.end());
  put_number(part.bytes, first, 8);
  put_number(part.bytes, count, 4);
  put_number(part.bytes, entries.size(), 4);
  part.bytes.insert(part.bytes.end(), before.begin(), before.end());
  part.bytes.insert(part.bytes.end(), entries.begin(), entries.end());
  part.link = crypto::sha256({as_bytes(kDomain), part.bytes});
  part.bytes.insert(part.bytes.end(), part.link.begin(), part.link.end());
  return part;
}

std::string JournalMark::encode() const {
  return std::to_string(size) + " " + base64::encode(link) + "\n";
}

Result<JournalMark> JournalMark::parse(std::string_view text) {
  JournalMark mark;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mark.size);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const auto link = rest.size() > 2 ? base64::decode(rest.substr(1, rest.size() - 2)) : Result<Bytes>(Bytes());
  if (error == std::errc() && link && link->size() == mark.link.size()) {
    std::ranges::copy(*link, mark.link.begin());
    if (mark.encode() == text) return mark;
  }
  return fail(ErrorCode::blob_integrity_error, "memory", "how far was acknowledged is not written as it should be");
}

bool JournalContent::has(const JournalMark& mark) const {
  const auto found = std::ranges::lower_bound(parts, mark.size, {}, &JournalPart::end);
  return found != parts.end() && found->end() == mark.size && found->link == mark.link;
}

const Bytes& JournalContent::entry(std::uint64_t index) const {
  const auto found = std::ranges::upper_bound(parts, index, {}, &JournalPart::end);
  return found->entries[index - found->first];
}

JournalContent parse_journal(std::span<const JournalFile> files) {
  JournalContent out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const BytesView content = files[i].content;
    if (out.torn || out.damage) {
      // Whole segments behind something that is not: they were begun when it still was.
      out.seen = std::max(out.seen, last_seen(content).value_or(0));
      if (out.torn) out.damage = {*std::exchange(out.torn, std::nullopt), "ends before the next segment begins"};
      continue;
    }
    const std::size_t good = take_parts(files[i].path, content, out);
    if (good == content.size() && good > 0) continue;
    const auto behind = last_seen(content.subspan(good));
    out.seen = std::max(out.seen, behind.value_or(0));
    if (behind) {
      out.damage = {files[i].path, "is damaged at byte " + std::to_string(good) + ", and records stand behind it"};
    } else {
      out.torn = files[i].path;
    }
  }
  return out;
}

Result<JournalContent> read_journal(Storage& storage) {
  MIBUN_TRY(const auto names, storage.list(kJournalFolder));
  std::vector<JournalFile> files;
  for (const std::string& name : names) {
    const std::string path = std::string(kJournalFolder) + "/" + name;
    if (!is_segment_path(path)) return fail(ErrorCode::blob_integrity_error, path, "is no segment of a journal");
    MIBUN_TRY(Bytes content, storage.read(path, kSegmentBytesMax));
    files.push_back({path, std::move(content)});
  }
  return parse_journal(files);
}

Result<std::optional<std::uint64_t>> first_difference(const JournalContent& journal, tlog::TileSource& tree,
                                                      std::uint64_t size, Against against) {
  Bytes bundle;
  std::vector<BytesView> entries;
  std::vector<Hash> hashes;
  for (std::uint64_t index = journal.begin(); index < std::min(size, journal.end()); ++index) {
    const std::uint64_t place = index % tlog::kTileWidth;
    if (hashes.empty() || place == 0) {
      MIBUN_TRY(hashes, tlog::read_hashes(tree, tlog::tile_at(0, index, size)));
      if (against == Against::hashes_and_bundles) {
        const tlog::TileId id = tlog::tile_at(std::nullopt, index, size);
        MIBUN_TRY(bundle, tree.read(id));
        MIBUN_TRY(entries, tlog::parse_bundle(bundle, id.width));
      }
    }
    const Bytes& entry = journal.entry(index);
    if (tlog::leaf_hash(entry) != hashes[place]) return index;
    if (!entries.empty() && !std::ranges::equal(entry, entries[place])) return index;
  }
  return std::nullopt;
}

}  // namespace mibun::log_tree
