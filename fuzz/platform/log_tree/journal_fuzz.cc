#include "platform/log_tree/journal.h"

#include <algorithm>

using namespace mibun;
using namespace mibun::log_tree;

// What a journal says stands in it as it would be written again, and the rest is cut off or damaged. A mark has one
// form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView content(data, size);
  const JournalFile file{segment_path(0), to_bytes(content)};
  const JournalContent journal = parse_journal({&file, 1});
  Bytes again;
  for (const JournalPart& part : journal.parts) {
    Bytes bundle;
    for (const Bytes& entry : part.entries) tlog::append_to_bundle(bundle, entry);
    const auto count = static_cast<std::uint32_t>(part.entries.size());
    const EncodedPart encoded = encode_part(part.first, count, bundle, part.before);
    MIBUN_INVARIANT(encoded.link == part.link);
    again.insert(again.end(), encoded.bytes.begin(), encoded.bytes.end());
  }
  MIBUN_INVARIANT(again.size() <= size && std::ranges::equal(again, content.first(again.size())));
  MIBUN_INVARIANT((again.size() == size && size > 0) != (journal.torn || journal.damage));
  MIBUN_INVARIANT(journal.seen >= journal.end());
  if (const auto mark = JournalMark::parse(as_text(content))) MIBUN_INVARIANT(mark->encode() == as_text(content));
  return 0;
}
