#include "tests/platform/http/request_rows.h"

#include <string_view>

using namespace std::string_literals;

namespace {

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}
std::string with_line(const std::string& line) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n";
}
std::string with_host(const std::string& host) {
  return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}
std::string with_version(const std::string& version) {
  return "GET / " + version + "\r\nHost: a\r\n\r\n";
}
std::string post(const std::string& lines, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body;
}
std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

std::string many_headers(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "X: y\r\n";
  return lines;
}

void append(std::vector<RequestRow>& rows, std::vector<RequestRow> more) {
  rows.insert(rows.end(), more.begin(), more.end());
}

std::vector<RequestRow> refused_request_lines() {
  return {
      {"an empty line first", "\r\n" + get("/"), 400},
      {"a bare LF first", "\n" + get("/"), 400},
      {"a space first", " " + get("/"), 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
      {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"nothing but a word", "GET\r\nHost: a\r\n\r\n", 400},
      {"two spaces before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two spaces after the target", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"tabs for spaces", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space in the target", get("/a b"), 400},
      {"a version in the target", get("/ HTTP/1.1 x"), 400},
      {"a method that is no token", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a method with a control character", "G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a lower-case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/2.0", with_version("HTTP/2.0"), 505},
      {"HTTP/1.2", with_version("HTTP/1.2"), 505},
      {"HTTP/0.9 spelled out", with_version("HTTP/0.9"), 505},
      {"three numbers in the version", with_version("HTTP/1.1.1"), 400},
      {"HTTP/1.10", with_version("HTTP/1.10"), 400},
      {"HTTP/01.1", with_version("HTTP/01.1"), 400},
      {"a lower-case version", with_version("http/1.1"), 400},
      {"another protocol", with_version("HTTPS/1.1"), 400},
      {"a comma in the version", with_version("HTTP/1,1"), 400},
      {"a TLS client hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
  };
}

std::vector<RequestRow> refused_targets() {
  return {
      {"* with GET", get("*"), 400},
      {"* with OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"authority-form", get("a:80"), 400},
      {"no leading slash", get("index.html"), 400},
      {"absolute-form with another host", get("http://b/"), 400},
      {"absolute-form with another port", get("http://a:81/"), 400},
      {"absolute-form with user info", get("http://u@a/"), 400},
      {"absolute-form without a host", get("http:///"), 400},
      {"absolute-form with another scheme", get("ftp://a/"), 400},
      {"absolute-form without a path", get("http://a?x"), 400},
      {"a fragment", get("/a#b"), 400},
      {"a broken escape", get("/%zz"), 400},
      {"an unfinished escape", get("/%4"), 400},
      {"a percent sign at the end", get("/a%"), 400},
      {"a backslash", get("/a\\b"), 400},
      {"a quote", get("/\"a\""), 400},
      {"angle brackets", get("/<a>"), 400},
      {"a brace", get("/{id}"), 400},
      {"bytes above ASCII", get("/\xe8\xba\xab\xe5\x88\x86"), 400},
      {"NUL in the target", get("/a"s + '\0' + "b"), 400},
      {"DEL in the target", get("/a\x7f"), 400},
      {"CR in the target", get("/a\rb"), 400},
      {"a target of 8 KiB and one byte", get("/" + std::string(8192, 'a')), 414},
      {"a request line that never ends", "GET /" + std::string(20'000, 'a'), 414},
  };
}

std::vector<RequestRow> refused_hosts() {
  return {
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"no Host among others", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", 400},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 400},
      {"Host twice", with_line("Host: b"), 400},
      {"Host twice and equal", with_line("Host: a"), 400},
      {"Host twice in other letters", with_line("hOST: a"), 400},
      {"an empty Host", with_host(""), 400},
      {"two hosts in one", with_host("a, b"), 400},
      {"a space in Host", with_host("a b"), 400},
      {"user info in Host", with_host("u@a"), 400},
      {"a path in Host", with_host("a/b"), 400},
      {"a scheme in Host", with_host("http://a"), 400},
      {"port 0", with_host("a:0"), 400},
      {"port 65536", with_host("a:65536"), 400},
      {"no port after the colon", with_host("a:"), 400},
      {"a port of letters", with_host("a:http"), 400},
      {"only a port", with_host(":80"), 400},
      {"an unclosed IPv6 address", with_host("[::1"), 400},
      {"an IPv6 address without brackets", with_host("::1"), 400},
      {"an empty IPv6 address", with_host("[]"), 400},
      {"a percent escape in Host", with_host("a%41"), 400},
  };
}

std::vector<RequestRow> refused_header_lines() {
  return {
      {"a space before the colon", with_line("X : y"), 400},
      {"a tab before the colon", with_line("X\t: y"), 400},
      {"no colon", with_line("X"), 400},
      {"no name", with_line(": y"), 400},
      {"a name that is no token", with_line("X(y): z"), 400},
      {"a name above ASCII", with_line("X\xc3\xa4: y"), 400},
      {"a NUL in a name", with_line("X"s + '\0' + ": y"), 400},
      {"obs-fold with a space", with_line("X: y\r\n z"), 400},
      {"obs-fold with a tab", with_line("X: y\r\n\tz"), 400},
      {"obs-fold at the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"obs-fold of Transfer-Encoding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
      {"a NUL in a value", with_line("X: a"s + '\0' + "b"), 400},
      {"a control character in a value", with_line("X: a\x01"), 400},
      {"an escape character in a value", with_line("X: \x1b[0m"), 400},
      {"a vertical tab in a value", with_line("X: a\vb"), 400},
      {"DEL in a value", with_line("X: a\x7f"), 400},
      {"a bare CR in a value", with_line("X: a\rY: b"), 400},
      {"a bare LF between headers", with_line("X: a\nY: b"), 400},
      {"only bare LFs", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"a bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"CR CR LF", with_line("X: a\r"), 400},
      {"headers of 17 KiB", with_line("X: " + std::string(17'000, 'y')), 431},
      {"headers that never end", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'y'), 431},
      {"101 headers", "GET / HTTP/1.1\r\nHost: a\r\n" + many_headers(100) + "\r\n", 431},
      {"an unknown expectation", with_line("Expect: 200-ok"), 417},
      {"Expect twice", with_line("Expect: 100-continue\r\nExpect: 100-continue"), 400},
  };
}

std::vector<RequestRow> refused_framing() {
  const std::string te = "Transfer-Encoding: chunked\r\n";
  const std::string none = "0\r\n\r\n";
  return {
      {"Content-Length twice and equal", post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), 400},
      {"Content-Length twice and different", post("Content-Length: 1\r\nContent-Length: 2\r\n", "xy"), 400},
      {"Content-Length as a list", post("Content-Length: 1, 1\r\n", "x"), 400},
      {"an empty Content-Length", post("Content-Length: \r\n", ""), 400},
      {"a signed Content-Length", post("Content-Length: +1\r\n", "x"), 400},
      {"a negative Content-Length", post("Content-Length: -1\r\n", ""), 400},
      {"a hexadecimal Content-Length", post("Content-Length: 0x1\r\n", "x"), 400},
      {"a fractional Content-Length", post("Content-Length: 1.0\r\n", "x"), 400},
      {"a Content-Length with an exponent", post("Content-Length: 1e0\r\n", "x"), 400},
      {"a Content-Length with a leading zero", post("Content-Length: 01\r\n", "x"), 400},
      {"a quoted Content-Length", post("Content-Length: \"1\"\r\n", "x"), 400},
      {"a Content-Length with a space", post("Content-Length: 1 1\r\n", "x"), 400},
      {"a Content-Length of 19 digits", post("Content-Length: 1000000000000000000\r\n", ""), 413},
      {"a Content-Length that overflows 64 bits", post("Content-Length: 18446744073709551617\r\n", "x"), 413},
      {"Content-Length and Transfer-Encoding", post("Content-Length: 5\r\n" + te, none), 400},
      {"Transfer-Encoding and Content-Length", post(te + "Content-Length: 5\r\n", none), 400},
      {"Transfer-Encoding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\n" + te + "\r\n" + none, 400},
      {"Transfer-Encoding twice", post(te + te, none), 400},
      {"Transfer-Encoding: xchunked", post("Transfer-Encoding: xchunked\r\n", none), 400},
      {"Transfer-Encoding: chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", none), 400},
      {"Transfer-Encoding: identity", post("Transfer-Encoding: identity\r\n", ""), 400},
      {"Transfer-Encoding: gzip", post("Transfer-Encoding: gzip\r\n", ""), 400},
      {"Transfer-Encoding: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", none), 501},
      {"Transfer-Encoding: chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", none), 400},
      {"Transfer-Encoding with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", none), 400},
      {"Transfer-Encoding with a comma behind", post("Transfer-Encoding: chunked,\r\n", none), 400},
      {"Transfer-Encoding in quotes", post("Transfer-Encoding: \"chunked\"\r\n", none), 400},
      {"Transfer-Encoding empty", post("Transfer-Encoding:\r\n", none), 400},
      {"Transfer-Encoding with a vertical tab", post("Transfer-Encoding:\vchunked\r\n", none), 400},
      {"Transfer-Encoding with a space before the colon", post("Transfer-Encoding : chunked\r\n", none), 400},
  };
}

}  // namespace

std::vector<RequestRow> refused_heads() {
  std::vector<RequestRow> rows = refused_request_lines();
  append(rows, refused_targets());
  append(rows, refused_hosts());
  append(rows, refused_header_lines());
  append(rows, refused_framing());
  return rows;
}

std::vector<RequestRow> refused_bodies() {
  return {
      {"a body over the limit", post("Content-Length: 1001\r\n", std::string(1001, 'x')), 413},
      {"a chunk over the limit", chunked("3e9\r\n"), 413},
      {"chunks that add up to more than the limit", chunked("3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n"), 413},
      {"a chunk size that is no number", chunked("g\r\n"), 400},
      {"an empty chunk size", chunked("\r\n"), 400},
      {"a chunk size with 0x", chunked("0x1\r\nx\r\n0\r\n\r\n"), 400},
      {"a signed chunk size", chunked("+1\r\nx\r\n0\r\n\r\n"), 400},
      {"a negative chunk size", chunked("-1\r\nx\r\n0\r\n\r\n"), 400},
      {"a space before the chunk size", chunked(" 1\r\nx\r\n0\r\n\r\n"), 400},
      {"a space behind the chunk size", chunked("1 \r\nx\r\n0\r\n\r\n"), 400},
      {"a chunk size of nine digits", chunked("000000001\r\nx\r\n0\r\n\r\n"), 400},
      {"a chunk size that overflows 64 bits", chunked("10000000000000001\r\nx\r\n0\r\n\r\n"), 400},
      {"a chunk size with a bare LF", chunked("1\nx\r\n0\r\n\r\n"), 400},
      {"a chunk with a bare LF behind", chunked("1\r\nx\n0\r\n\r\n"), 400},
      {"a chunk that is longer than its size", chunked("1\r\nxy\r\n0\r\n\r\n"), 400},
      {"a chunk size line of 300 bytes", chunked("1;" + std::string(300, 'e') + "\r\n"), 400},
      {"a control character in an extension", chunked("1;a=\x01\r\nx\r\n0\r\n\r\n"), 400},
      {"a bare LF in an extension", chunked("1;a\nx\r\n0\r\n\r\n"), 400},
      {"a bare CR in an extension", chunked("1;a\rb\r\nx\r\n0\r\n\r\n"), 400},
      {"a bare LF at the end", chunked("0\r\n\n"), 400},
      {"a trailer without a colon", chunked("0\r\nX\r\n\r\n"), 400},
      {"a folded trailer", chunked("0\r\nX: y\r\n z\r\n\r\n"), 400},
      {"a NUL in a trailer", chunked("0\r\nX: "s + '\0' + "\r\n\r\n"), 400},
      {"trailers over the limit", chunked("0\r\nX: " + std::string(5000, 'y') + "\r\n\r\n"), 431},
  };
}

std::vector<RequestRow> accepted_requests() {
  return {
      {"the smallest request", get("/"), 200},
      {"HTTP/1.0 with Host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 200},
      {"absolute-form with the same host", get("http://a/x?y"), 200},
      {"absolute-form in other letters", get("HTTP://A/"), 200},
      {"absolute-form without a path", get("http://a"), 200},
      {"every character of a path", get("/-._~!$&'()*+,;=:@%41/?/?-._~!$&'()*+,;=:@%7e"), 200},
      {"a target of 8 KiB", get("/" + std::string(8191, 'a')), 200},
      {"Host with a port", with_host("a.example:65535"), 200},
      {"Host with an IPv6 address", with_host("[2001:db8::1]:8443"), 200},
      {"100 headers", "GET / HTTP/1.1\r\nHost: a\r\n" + many_headers(99) + "\r\n", 200},
      {"no space after the colon", with_line("X:y"), 200},
      {"spaces and tabs around a value", with_line("X: \t y \t"), 200},
      {"an empty value", with_line("X:"), 200},
      {"obs-text in a value", with_line("X: \xe8\xba\xab"), 200},
      {"a value full of colons", with_line("X: a:b::c"), 200},
      {"POST without a body", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"a body of no bytes", post("Content-Length: 0\r\n", ""), 200},
      {"a body", post("Content-Length: 3\r\n", "abc"), 200},
      {"a body at the limit", post("Content-Length: 1000\r\n", std::string(1000, 'x')), 200},
      {"a GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 200},
      {"chunks", chunked("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"), 200},
      {"no chunks", chunked("0\r\n\r\n"), 200},
      {"chunks up to the limit", chunked("3E8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n"), 200},
      {"a chunk extension", chunked("1;a=\"b c\"\r\nx\r\n0;z\r\n\r\n"), 200},
      {"trailers", chunked("1\r\nx\r\n0\r\nX: y\r\nContent-Length: 7\r\n\r\n"), 200},
      {"Chunked with a capital", post("transfer-encoding: Chunked\r\n", "1\r\nx\r\n0\r\n\r\n"), 200},
      {"chunked with spaces around", post("Transfer-Encoding:  chunked \r\n", "0\r\n\r\n"), 200},
  };
}
