#include "platform/http/response_text.h"

#include <doctest/doctest.h>

using namespace mibun::http;
using namespace std::string_literals;

TEST_CASE("an answer is one text") {
  ServerResponse response;
  response.status = 404;
  response.content_type = "text/plain";
  response.body = "no\n";
  response.headers = {{"X", "y"}};
  response.header_block = "A: b\r\nC: d\r\n";
  std::string out;
  append_response(out, response, {"Date: now\r\n", true, false});
  CHECK(out ==
        "HTTP/1.1 404 Not Found\r\nDate: now\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n"
        "X: y\r\nA: b\r\nC: d\r\n\r\nno\n");
  CHECK(response.header("x") == "y");
  CHECK(response.header("c") == "d");
  CHECK(!response.header("e").has_value());
}

TEST_CASE("the answer to HEAD has a length and no body; 204 and 304 have neither") {
  ServerResponse response;
  response.body = "abc";
  std::string out;
  append_response(out, response, {"", false, true});
  CHECK(out == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
  for (const int status : {204, 304}) {
    response.status = status;
    out.clear();
    append_response(out, response, {"", false, false});
    CHECK(out.find("Content-Length") == std::string::npos);
    CHECK(out.ends_with("\r\n\r\n"));
  }
}

TEST_CASE("an answer that would break the message apart is not well-formed") {
  struct Row {
    std::string why, name, value, type;
    int status;
    bool good;
  };
  const Row rows[] = {
      {"plain", "X", "y", "text/plain", 200, true},
      {"CRLF in a value", "X", "y\r\nSet-Cookie: z", "", 200, false},
      {"LF in a value", "X", "y\nz", "", 200, false},
      {"CR in a value", "X", "y\rz", "", 200, false},
      {"NUL in a value", "X", "y"s + '\0', "", 200, false},
      {"CRLF in a name", "X: a\r\nY", "z", "", 200, false},
      {"a space in a name", "X Y", "z", "", 200, false},
      {"an empty name", "", "z", "", 200, false},
      {"CRLF in the media type", "X", "y", "text/plain\r\nA: b", 200, false},
      {"a length of the handler's own", "content-length", "3", "", 200, false},
      {"a framing of the handler's own", "Transfer-Encoding", "chunked", "", 200, false},
      {"an interim status", "X", "y", "", 100, false},
      {"no status", "X", "y", "", 0, false},
      {"a status too high", "X", "y", "", 600, false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    ServerResponse response;
    response.status = row.status;
    response.content_type = row.type;
    response.headers = {{row.name, row.value}};
    CHECK(is_well_formed(response) == row.good);
  }
}

TEST_CASE("the date is RFC 9110's") {
  CHECK(date_line(784111777) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  CHECK(date_line(1795404239) == "Date: Mon, 23 Nov 2026 03:23:59 GMT\r\n");
}
