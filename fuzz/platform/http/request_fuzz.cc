#include <cstdint>
#include <cstdlib>

#include "platform/http/chunked_body.h"
#include "platform/http/request_head.h"

using namespace mibun::http;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// What was accepted holds to the grammar, and every split of the bytes finds the same end.
void check_head(const RequestHead& head, std::string_view bytes, std::size_t end, const HeadLimits& limits) {
  require(is_token(head.method) && is_origin_form(head.target));
  require(head.path.size() <= head.target.size() && head.headers.size() <= limits.header_count_max);
  require(!head.chunked || head.content_length == 0);
  for (const auto& [name, value] : head.headers) require(is_token(name) && is_field_text(value));
  for (std::size_t cut = 0; cut < end && cut < 64; ++cut) {
    const auto again = find_head_end(bytes, cut, limits);
    require(again.has_value() && *again == end);
  }
}

// One piece and byte by byte: the same data, the same end, or a refusal both times.
void check_chunks(std::string_view bytes) {
  ChunkedBody whole(1000), pieces(1000);
  std::string whole_body, pieces_body;
  const auto taken = whole.take(bytes, whole_body);
  std::size_t at = 0;
  bool refused = false;
  for (; at < bytes.size() && !refused && !pieces.done(); ++at) {
    refused = !pieces.take(bytes.substr(at, 1), pieces_body).has_value();
  }
  require(refused == !taken.has_value());
  if (refused) return;
  require(whole_body == pieces_body && whole_body.size() <= 1000);
  require(whole.done() == pieces.done() && *taken == at);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const HeadLimits limits{.head_bytes_max = 4096, .target_bytes_max = 1024, .header_count_max = 20, .scheme = "http"};
  check_chunks(bytes);
  const auto end = find_head_end(bytes, 0, limits);
  if (!end || *end == 0) return 0;
  RequestHead head;
  if (!head.read(bytes.substr(0, *end), limits)) return 0;
  check_head(head, bytes, *end, limits);
  if (head.chunked) check_chunks(bytes.substr(*end));
  return 0;
}
