#include "core/proximity/socket_retrieval.h"

#include <doctest/doctest.h>

#include "core/codecs/cbor.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::proximity;

namespace {

mdoc::DeviceEngagement with(std::vector<mdoc::RetrievalMethod> methods) {
  const auto key = crypto::P256PrivateKey::generate();
  const auto made = mdoc::DeviceEngagement::make(mdoc::EphemeralKey(key.public_key()),
                                                 {.retrieval_methods = std::move(methods), .web_api = {}, .oidc = {}});
  return must(mdoc::DeviceEngagement::parse_text(made.text()));
}

mdoc::RetrievalMethod socket(Bytes options, std::uint64_t version = 1) {
  return mdoc::OtherRetrieval{.type = kSocketRetrievalType, .version = version, .options = std::move(options)};
}

Bytes options(std::string_view ip, std::uint64_t port) {
  return cbor::Writer().map(2).unsigned_integer(0).text(ip).unsigned_integer(1).unsigned_integer(port).take();
}

}  // namespace

TEST_CASE("a socket in an engagement survives the QR code, beside other methods") {
  const SocketAddress address{"192.168.1.20", 4711};
  const auto engagement =
      with({mdoc::NfcRetrieval{.command_bytes_max = 255, .response_bytes_max = 256}, socket_retrieval(address)});
  CHECK(must(find_socket(engagement)) == address);
  // Labels that are not known are passed over.
  const Bytes more = cbor::Writer()
                         .map(3)
                         .unsigned_integer(0)
                         .text("::1")
                         .unsigned_integer(1)
                         .unsigned_integer(65'535)
                         .unsigned_integer(7)
                         .text("x")
                         .take();
  CHECK(must(find_socket(with({socket(more)}))) == SocketAddress{"::1", 65'535});
}

TEST_CASE("a socket that cannot be one is refused") {
  struct Row {
    std::string_view why;
    std::vector<mdoc::RetrievalMethod> methods;
    ErrorCode want;
  };
  const Row rows[] = {
      {"none", {}, ErrorCode::not_found},
      {"another method", {mdoc::NfcRetrieval{255, 256}}, ErrorCode::not_found},
      {"another version", {socket(options("127.0.0.1", 1), 2)}, ErrorCode::not_found},
      {"no map", {socket(cbor::Writer().unsigned_integer(1).take())}, ErrorCode::cbor_wrong_type},
      {"no port",
       {socket(cbor::Writer().map(1).unsigned_integer(0).text("::1").take())},
       ErrorCode::mdoc_engagement_malformed},
      {"no address",
       {socket(cbor::Writer().map(1).unsigned_integer(1).unsigned_integer(1).take())},
       ErrorCode::mdoc_engagement_malformed},
      {"port 0", {socket(options("::1", 0))}, ErrorCode::mdoc_engagement_malformed},
      {"port 65536", {socket(options("::1", 65'536))}, ErrorCode::mdoc_engagement_malformed},
      {"an empty address", {socket(options("", 1))}, ErrorCode::mdoc_engagement_malformed},
      {"a long address", {socket(options(std::string(46, '1'), 1))}, ErrorCode::mdoc_engagement_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(find_socket(with(row.methods))) == row.want);
  }
}
