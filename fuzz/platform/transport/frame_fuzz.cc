#include "platform/transport/frame.h"

#include <algorithm>
#include <vector>

#include "platform/transport/local_address.h"

using namespace mibun;

namespace {

struct Heard {
  std::vector<Bytes> messages;
  bool is_good = true;
  friend bool operator==(const Heard&, const Heard&) = default;
};

Heard hear(BytesView stream, std::size_t piece_max) {
  transport::FrameReader reader;
  Heard heard;
  while (!stream.empty() && heard.is_good) {
    const BytesView piece = stream.first(std::min({stream.size(), reader.wanted(), piece_max}));
    stream = stream.subspan(piece.size());
    heard.is_good = reader.feed(piece).has_value();
    if (!heard.is_good) break;
    if (auto message = reader.take()) heard.messages.push_back(std::move(*message));
  }
  return heard;
}

}  // namespace

// Whole or byte by byte the same messages come out, and written again they are the stream as far as it was whole.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView stream(data, size);
  const Heard heard = hear(stream, size);
  MIBUN_INVARIANT(heard == hear(stream, 1));
  Bytes again;
  for (const Bytes& message : heard.messages) {
    const Bytes framed = transport::frame(message);
    again.insert(again.end(), framed.begin(), framed.end());
  }
  MIBUN_INVARIANT(again.size() <= size && std::equal(again.begin(), again.end(), stream.begin()));
  (void)transport::is_local_address(as_text(stream));
  return 0;
}
