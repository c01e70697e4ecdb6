#include "platform/transport/frame.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "platform/transport/local_address.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::transport;

TEST_CASE("messages come out of a stream as they went in, in pieces of any size") {
  const std::vector<Bytes> messages = {{1}, Bytes(300, 7), {2, 3}, Bytes(5000, 9)};
  Bytes stream;
  for (const Bytes& message : messages) {
    const Bytes framed = frame(message);
    stream.insert(stream.end(), framed.begin(), framed.end());
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}, stream.size()}) {
    FrameReader reader;
    std::vector<Bytes> out;
    for (BytesView rest = stream; !rest.empty();) {
      const BytesView next = rest.first(std::min({piece, reader.wanted(), rest.size()}));
      must(reader.feed(next));
      rest = rest.subspan(next.size());
      CHECK(reader.is_partial() == (reader.wanted() > 0));
      if (auto message = reader.take()) out.push_back(std::move(*message));
    }
    CHECK(out == messages);
    CHECK(!reader.is_partial());
  }
}

TEST_CASE("a length that no message has ends the stream, before any memory is taken for it") {
  struct Row {
    std::string_view why;
    Bytes head;
    bool is_good;
  };
  const auto head = [](std::size_t length) {
    Bytes made;
    for (const int shift : {24, 16, 8, 0}) made.push_back(static_cast<std::uint8_t>(length >> shift));
    return made;
  };
  const Row rows[] = {{"nothing", head(0), false},
                      {"one byte", head(1), true},
                      {"the longest", head(proximity::kMessageBytesMax), true},
                      {"one more", head(proximity::kMessageBytesMax + 1), false},
                      {"all ones", head(0xffff'ffff), false}};
  for (const Row& row : rows) {
    INFO(row.why);
    FrameReader reader;
    const Status fed = reader.feed(row.head);
    CHECK(fed.has_value() == row.is_good);
    if (!fed) CHECK(fed.error().code == ErrorCode::wallet_connection_lost);
  }
}

TEST_CASE("only addresses of this machine and its own network") {
  struct Row {
    std::string_view ip;
    bool is_local;
  };
  const Row rows[] = {{"127.0.0.1", true},      {"10.0.0.1", true},         {"172.16.0.1", true},
                      {"172.31.255.255", true}, {"192.168.1.1", true},      {"::1", true},
                      {"fd00::1", true},        {"fc00::1", true},          {"172.15.0.1", false},
                      {"172.32.0.1", false},    {"192.169.0.1", false},     {"11.0.0.1", false},
                      {"8.8.8.8", false},       {"0.0.0.0", false},         {"169.254.169.254", false},
                      {"224.0.0.1", false},     {"255.255.255.255", false}, {"::", false},
                      {"2001:db8::1", false},   {"fe80::1", false},         {"::ffff:127.0.0.1", false},
                      {"::2", false},           {"localhost", false},       {"127.1", false},
                      {"2130706433", false},    {"0x7f.0.0.1", false},      {"", false},
                      {"127.0.0.1 ", false},    {"[::1]", false},           {"fe80::1%lo", false}};
  for (const Row& row : rows) {
    INFO(row.ip);
    CHECK(is_local_address(row.ip) == row.is_local);
  }
  CHECK(!is_local_address(std::string_view("127.0.0.1\0x", 11)));
}
