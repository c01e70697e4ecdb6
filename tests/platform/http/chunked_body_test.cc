#include "platform/http/chunked_body.h"

#include <doctest/doctest.h>

#include "tests/platform/http/request_rows.h"

using namespace mibun::http;

namespace {

// The chunked part of a row, or nothing when the row has another kind of body.
std::string_view chunked_part(const RequestRow& row) {
  const std::string_view bytes = row.bytes;
  if (bytes.find("hunked") == std::string_view::npos) return {};
  return bytes.substr(bytes.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("a chunked body that is malformed or too large is refused, in one piece and byte by byte") {
  for (const RequestRow& row : refused_bodies()) {
    const std::string_view bytes = chunked_part(row);
    if (bytes.empty()) continue;
    for (const std::size_t step : {bytes.size(), std::size_t{1}}) {
      INFO(row.why, " in steps of ", step);
      ChunkedBody chunked(kRowBodyBytesMax);
      std::string body;
      int status = 200;
      for (std::size_t at = 0; at < bytes.size() && status == 200; at += step) {
        const auto taken = chunked.take(bytes.substr(at, step), body);
        if (!taken) status = taken.error().status;
      }
      CHECK(status == row.status);
      CHECK(body.size() <= kRowBodyBytesMax);
    }
  }
}

TEST_CASE("every cut of a chunked body reads the same, and what follows it is left alone") {
  const std::string bytes = "3;x=y\r\nabc\r\nA\r\n0123456789\r\n000\r\nT: u\r\n\r\n";
  const std::string all = bytes + "GET / HTTP/1.1\r\n";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    INFO("cut at ", cut);
    ChunkedBody chunked(100);
    std::string body;
    const auto first = chunked.take(std::string_view(all).substr(0, cut), body);
    REQUIRE(first.has_value());
    CHECK(*first == cut);
    CHECK(chunked.done() == (cut == bytes.size()));
    const auto second = chunked.take(std::string_view(all).substr(cut), body);
    REQUIRE(second.has_value());
    CHECK(chunked.done());
    CHECK(*first + *second == bytes.size());
    CHECK(body == "abc0123456789");
  }
}
