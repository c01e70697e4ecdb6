#include "platform/http/request_head.h"

#include <doctest/doctest.h>

#include "tests/platform/http/request_rows.h"

using namespace mibun::http;

namespace {

const HeadLimits kLimits{.scheme = "http"};

// The status of a head: 200, or the refusal's; -1 when more bytes are wanted.
int judge(std::string_view bytes, RequestHead& head) {
  const auto end = find_head_end(bytes, 0, kLimits);
  if (!end) return end.error().status;
  if (*end == 0) return -1;
  const auto read = head.read(bytes.substr(0, *end), kLimits);
  return read ? 200 : read.error().status;
}

RequestHead read_head(std::string_view bytes) {
  RequestHead head;
  REQUIRE(judge(bytes, head) == 200);
  return head;
}

}  // namespace

TEST_CASE("a head that RFC 9112 does not allow, or only tolerates, is refused") {
  REQUIRE(refused_heads().size() >= 100);
  for (const RequestRow& row : refused_heads()) {
    INFO(row.why);
    RequestHead head;
    CHECK(judge(row.bytes, head) == row.status);
  }
}

TEST_CASE("a well-formed head is read") {
  for (const RequestRow& row : accepted_requests()) {
    INFO(row.why);
    RequestHead head;
    CHECK(judge(row.bytes, head) == row.status);
  }
}

TEST_CASE("wherever the bytes are cut, the end of the head is found at the same place") {
  const std::string bytes = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\r\n\r\n";
  const std::size_t size = bytes.size() - 4;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    INFO("cut at ", cut);
    const std::string_view first(bytes.data(), cut);
    const auto early = find_head_end(first, 0, kLimits);
    REQUIRE(early.has_value());
    CHECK(*early == (cut < size ? 0 : size));
    if (cut >= size) continue;
    const auto late = find_head_end(bytes, cut, kLimits);
    REQUIRE(late.has_value());
    CHECK(*late == size);
  }
}

TEST_CASE("what can never become a head is refused before its end comes") {
  for (const std::string_view bytes :
       {" ", "\r", "\n", "{", "\x16\x03", "GET /\x01", "GET / HTTP/1.1\r\nX: \x7f", "G\n"}) {
    INFO(bytes);
    const auto end = find_head_end(bytes, 0, kLimits);
    REQUIRE(!end.has_value());
    CHECK(end.error().status == 400);
  }
}

TEST_CASE("a head says what a handler needs") {
  const RequestHead head = read_head(
      "PUT /a/b?c=d?e HTTP/1.1\r\nHost: example.org\r\nX-One:  two \r\nContent-Length: 12\r\nExpect: "
      "100-Continue\r\n\r\n");
  CHECK(head.method == "PUT");
  CHECK(head.target == "/a/b?c=d?e");
  CHECK(head.path == "/a/b");
  CHECK(head.query == "c=d?e");
  REQUIRE(head.headers.size() == 4);
  CHECK(head.headers[1] == std::pair<std::string_view, std::string_view>("X-One", "two"));
  CHECK(head.content_length == 12);
  CHECK(!head.chunked);
  CHECK(head.keep_alive);
  CHECK(head.expects_continue);
}

TEST_CASE("absolute-form becomes a path") {
  CHECK(read_head("GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n").target == "/x?y");
  CHECK(read_head("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").target == "/");
}

TEST_CASE("the connection ends when the peer says so, or speaks HTTP/1.0") {
  struct Row {
    std::string_view version, line;
    bool keep_alive;
  };
  static constexpr Row rows[] = {
      {"HTTP/1.1", "X: y", true},
      {"HTTP/1.1", "Connection: keep-alive", true},
      {"HTTP/1.1", "Connection: close", false},
      {"HTTP/1.1", "Connection: Close", false},
      {"HTTP/1.1", "Connection: upgrade , close", false},
      {"HTTP/1.1", "Connection: closed", true},
      {"HTTP/1.1", "Connection: upgrade\r\nConnection: close", false},
      {"HTTP/1.0", "X: y", false},
      {"HTTP/1.0", "Connection: keep-alive", false},
  };
  for (const Row& row : rows) {
    INFO(row.version, " ", row.line);
    const std::string bytes =
        "GET / " + std::string(row.version) + "\r\nHost: a\r\n" + std::string(row.line) + "\r\n\r\n";
    CHECK(read_head(bytes).keep_alive == row.keep_alive);
  }
}

TEST_CASE("an expectation needs a body to come, and HTTP/1.1") {
  CHECK(!read_head("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").expects_continue);
  CHECK(!read_head("PUT / HTTP/1.0\r\nHost: a\r\nContent-Length: 1\r\nExpect: x\r\n\r\n").expects_continue);
  CHECK(read_head("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
            .expects_continue);
}

TEST_CASE("a head object read again keeps nothing of the last request") {
  RequestHead head = read_head("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nConnection: close\r\n\r\n");
  REQUIRE(judge("GET /b HTTP/1.1\r\nHost: b\r\n\r\n", head) == 200);
  CHECK(head.content_length == 0);
  CHECK(head.keep_alive);
  CHECK(head.headers.size() == 1);
}

TEST_CASE("an absolute-form target has the scheme of the connection") {
  const std::string_view bytes = "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n";
  RequestHead head;
  CHECK(head.read(bytes, HeadLimits{.scheme = "http"}).has_value());
  CHECK(!head.read(bytes, HeadLimits{.scheme = "https"}).has_value());
}
