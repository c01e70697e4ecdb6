#include "core/mdoc/request_info.h"

#include "core/codecs/cbor.h"
#include "core/mdoc/cbor_members.h"
#include "core/mdoc/items_request.h"

namespace mibun::mdoc {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::mdoc_request_malformed;
constexpr std::string_view kWhere = "requestInfo";
constexpr cbor::Limits kLimits{.depth_max = 16, .items_max = 4096, .bytes_max = kItemsRequestBytesMax};

}  // namespace

Bytes make_request_info(std::string_view name, std::string_view text) {
  return cbor::Writer().map(1).text(name).text(text).take();
}

Result<std::optional<std::string>> find_in_request_info(BytesView info, std::string_view name) {
  cbor::ChunkStore chunks;
  cbor::Reader reader(info, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, kWhere));
  std::optional<std::string> found;
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::string_view member, typed(reader.read_text(), kMalformed, kWhere));
    if (member != name) {
      MIBUN_CHECK(reader.skip());
      continue;
    }
    MIBUN_TRY(const std::string_view text, typed(reader.read_text(), kMalformed, kWhere));
    found.emplace(text);
  }
  MIBUN_CHECK(reader.finish());
  return found;
}

}  // namespace mibun::mdoc
