#include "core/proximity/socket_retrieval.h"

#include <optional>

#include "core/codecs/cbor.h"

namespace mibun::proximity {
namespace {

constexpr std::size_t kAddressBytesMax = 45;  // the longest text of an IPv6 address

std::unexpected<Error> malformed(std::string detail) {
  return fail(ErrorCode::mdoc_engagement_malformed, "retrievalMethods.socket", std::move(detail));
}

Result<SocketAddress> read_options(BytesView options) {
  cbor::Reader reader(options, cbor::Form::well_formed, {}, nullptr);
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  std::optional<std::string> ip;
  std::optional<std::uint64_t> port;
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::int64_t label, reader.read_integer());
    if (label == 0) {
      MIBUN_TRY(const std::string_view text, reader.read_text());
      ip = std::string(text);
    } else if (label == 1) {
      MIBUN_TRY(port, reader.read_unsigned());
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  MIBUN_CHECK(reader.finish());
  if (!ip || !port) return malformed("an address and a port are needed");
  if (ip->empty() || ip->size() > kAddressBytesMax) return malformed("not an address");
  if (*port == 0 || *port > 65'535) return malformed("not a port");
  return SocketAddress{std::move(*ip), static_cast<std::uint16_t>(*port)};
}

}  // namespace

mdoc::RetrievalMethod socket_retrieval(const SocketAddress& address) {
  cbor::Writer options;
  options.map(2).unsigned_integer(0).text(address.ip).unsigned_integer(1).unsigned_integer(address.port);
  return mdoc::OtherRetrieval{
      .type = kSocketRetrievalType, .version = kSocketRetrievalVersion, .options = options.take()};
}

Result<SocketAddress> find_socket(const mdoc::DeviceEngagement& engagement) {
  for (const mdoc::RetrievalMethod& method : engagement.retrieval_methods()) {
    const auto* other = std::get_if<mdoc::OtherRetrieval>(&method);
    if (other == nullptr || other->type != kSocketRetrievalType || other->version != kSocketRetrievalVersion) continue;
    return read_options(other->options);
  }
  return fail(ErrorCode::not_found, "retrievalMethods", "the device offers no socket");
}

}  // namespace mibun::proximity
