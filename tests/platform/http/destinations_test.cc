#include "platform/http/destinations.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <map>
#include <set>

#include "platform/http/client.h"
#include "tests/platform/http/egress.h"
#include "tests/platform/http/peers.h"
#include "tests/support/code_of.h"

using namespace mibun;
using namespace mibun::http;
using std::chrono::hours;
using std::chrono::milliseconds;

// THREATS W6 and A22, A23: what a URL of somebody else tries to reach, and that nothing private hears of it.
namespace {

constexpr auto kPrivate = std::to_array<std::string_view>({
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:7f00:1",
    "::ffff:a9fe:a9fe",
    "::ffff:808:808",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "1::1",
});

constexpr auto kPublic = std::to_array<std::string_view>({
    "1.1.1.1",         "8.8.8.8",           "9.255.255.255",   "11.0.0.0",        "100.63.255.255",   "100.128.0.0",
    "126.255.255.255", "128.0.0.0",         "169.253.255.255", "169.255.0.0",     "172.15.255.255",   "172.32.0.0",
    "192.0.1.0",       "192.167.255.255",   "192.169.0.0",     "198.17.255.255",  "198.20.0.0",       "223.255.255.255",
    "2600::1",         "2a00:1450:4001::1", "2001:200::1",     "2001:4860::8888", "64:ff9b::808:808",
});

IpAddress ip(std::string_view text) {
  const auto address = IpAddress::parse(text);
  REQUIRE_MESSAGE(address.has_value(), text);
  return *address;
}

std::string as_host(std::string_view address) {
  return address.find(':') == std::string_view::npos ? std::string(address) : "[" + std::string(address) + "]";
}

// Answers what it was told, one list after the other; the last one stays. Counts how often it was asked.
class ToldResolver final : public Resolver {
 public:
  explicit ToldResolver(std::vector<std::vector<std::string_view>> answers) : answers_(std::move(answers)) {}
  Result<std::vector<IpAddress>> resolve(const std::string&, milliseconds) override {
    std::vector<IpAddress> addresses;
    for (const std::string_view text : answers_[std::min(asked_, answers_.size() - 1)]) addresses.push_back(ip(text));
    ++asked_;
    return addresses;
  }
  std::size_t asked() const { return asked_; }

 private:
  std::vector<std::vector<std::string_view>> answers_;
  std::size_t asked_ = 0;
};

Destinations public_and(const std::vector<std::string>& origins) {
  auto destinations = Destinations::these_and_public(origins);
  REQUIRE(destinations.has_value());
  return std::move(*destinations);
}

// What stands in the public internet for these tests: issuer.example, a server behind the Egress.
struct Outside {
  explicit Outside(Handler handler = echo) {
    ServerOptions options;
    options.threads = 1;
    options.tls = authority.issue({"issuer.example"}, hours(-1), hours(1), false);
    server = start_server(std::move(options), std::move(handler));
  }
  ClientOptions client(std::vector<std::vector<std::string_view>> answers) {
    resolver = std::make_shared<ToldResolver>(std::move(answers));
    return {.destinations = public_and({"https://wallet.example"}),
            .trust_pem = authority.certificate.pem(),
            .timeout = milliseconds(5000),
            .resolver = resolver};
  }
  Authority authority;
  std::unique_ptr<Server> server;
  std::shared_ptr<ToldResolver> resolver;
};

struct Trick {
  std::string url;
  ErrorCode want;
};

void add_spellings(std::vector<Trick>& tricks) {
  for (const std::string_view address : kPrivate) {
    tricks.push_back({"https://" + as_host(address) + "/", ErrorCode::http_address_not_allowed});
  }
  for (const std::string_view host : {"2130706433",
                                      "017700000001",
                                      "0x7f000001",
                                      "0x7F000001",
                                      "0x7f.0.0.1",
                                      "0177.0.0.1",
                                      "0177.0.0.01",
                                      "127.1",
                                      "127.0.1",
                                      "127.0.0.01",
                                      "127.0.0.1.",
                                      "127.0.0.256",
                                      "127.0.0.1.1",
                                      "127.0x0.0.1",
                                      "127.0.0.0x1",
                                      "0",
                                      "00",
                                      "0x0",
                                      "1",
                                      "2852039166",
                                      "0xa9fea9fe",
                                      "0251.0376.0251.0376",
                                      "169.254.43518",
                                      "169.16689662",
                                      "169.254.169.0376",
                                      "3232235521",
                                      "0xC0A80001",
                                      "167772161",
                                      "0xa.0.0.1",
                                      "012.0.0.1",
                                      "10.1",
                                      "10.0.1",
                                      "192.168.1",
                                      "0xac100001",
                                      "2886729729",
                                      "4294967295",
                                      "0xffffffff",
                                      "037777777777"}) {
    tricks.push_back({"https://" + std::string(host) + "/", ErrorCode::url_malformed});
  }
  for (const std::string_view host :
       {"[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[::1%25lo]", "[::1%lo]", "[fe80::1%25eth0]",
        "[fe80::1%eth0]", "[::1", "::1", "[[::1]]", "[::1]x", "[0:0:0:0:0:0:0:0:1]", "[::1::]", "[00001::]", "[::g]",
        "[127.0.0.1]", "[localhost]", "[]", "[v1.x]"}) {
    tricks.push_back({"https://" + std::string(host) + "/", ErrorCode::url_malformed});
  }
}

void add_authorities(std::vector<Trick>& tricks) {
  for (const std::string_view rest : {"issuer.example@127.0.0.1/",
                                      "issuer.example:443@127.0.0.1/",
                                      "a:b@127.0.0.1/",
                                      "@127.0.0.1/",
                                      "127.0.0.1@/",
                                      "issuer.example%40127.0.0.1/",
                                      "issuer.example\\@127.0.0.1/",
                                      "127.0.0.1\\@issuer.example/",
                                      "127.0.0.1%00issuer.example/",
                                      "127.0.0.1%23issuer.example/",
                                      "127.0.0.1 issuer.example/",
                                      "127.0.0.1\tissuer.example/",
                                      "127.0.0.1\r\nHost: issuer.example/",
                                      "%31%32%37.0.0.1/",
                                      "%6cocalhost/",
                                      "127。0。0。1/",
                                      "127.0.0.1/",
                                      "①②⑦.0.0.1/",
                                      "ⓛocalhost/",
                                      "localhost./",
                                      "loca­lhost/",
                                      "xn--/../127.0.0.1/",
                                      "/127.0.0.1/",
                                      "//127.0.0.1/",
                                      ".127.0.0.1/",
                                      "127.0.0.1../",
                                      "-/",
                                      "*/",
                                      "/",
                                      "",
                                      "issuer.example:0/",
                                      "issuer.example:65536/",
                                      "issuer.example:-1/",
                                      "issuer.example:443x/",
                                      "issuer.example:0443/",
                                      "issuer.example:/",
                                      "issuer.example:443:22/",
                                      "issuer.example/#@127.0.0.1/",
                                      "issuer.example/../x",
                                      "issuer.example/%2e%2E/x",
                                      "issuer.example/a b"}) {
    if (rest == "127.0.0.1/") continue;  // among the addresses
    tricks.push_back({"https://" + std::string(rest), ErrorCode::url_malformed});
  }
  for (const std::string_view url :
       {"http://127.0.0.1/", "http://issuer.example/", "file:///etc/passwd", "ftp://127.0.0.1/",
        "gopher://127.0.0.1/_x", "dict://127.0.0.1:11211/stat", "ldap://127.0.0.1/", "smb://127.0.0.1/x",
        "unix:/run/x.sock", "data:text/plain,x", "jar:https://127.0.0.1/!x", "javascript:1", "http+unix://%2Frun/x",
        "mailto:a@b", "view-source:https://x/"}) {
    tricks.push_back({std::string(url), ErrorCode::url_not_https});
  }
  for (const std::string_view url : {" https://127.0.0.1/", "https:/127.0.0.1/", "https:127.0.0.1/", "//127.0.0.1/",
                                     "HTTPS://127.0.0.1/", "https:\\\\127.0.0.1\\", "127.0.0.1/", "/etc/passwd", ""}) {
    tricks.push_back({std::string(url), ErrorCode::url_malformed});
  }
}

void add_names_and_ports(std::vector<Trick>& tricks) {
  for (const std::string_view host : {"localhost",  "LOCALHOST",     "LocalHost",        "a.localhost",
                                      "printer",    "ip6-localhost", "db.internal",      "metadata.google.internal",
                                      "router.lan", "nas.home",      "x.home.arpa",      "1.0.0.127.in-addr.arpa",
                                      "mail.corp",  "printer.local", "host.localdomain", "a.private",
                                      "a.intranet", "a.test",        "a.onion",          "kubernetes"}) {
    tricks.push_back({"https://" + std::string(host) + "/", ErrorCode::http_url_not_allowed});
  }
  for (const int port : {1, 21, 22, 25, 80, 442, 444, 2375, 3306, 5432, 6379, 8080, 8443, 9200, 10250, 65535}) {
    tricks.push_back({"https://issuer.example:" + std::to_string(port) + "/", ErrorCode::http_url_not_allowed});
    tricks.push_back({"https://127.0.0.1:" + std::to_string(port) + "/", ErrorCode::http_url_not_allowed});
  }
}

}  // namespace

TEST_CASE("W6, A22: two hundred spellings of a private address reach none") {
  Outside outside;
  const Egress egress(outside.server->port());
  std::vector<Trick> tricks;
  add_spellings(tricks);
  add_authorities(tricks);
  add_names_and_ports(tricks);
  CHECK(tricks.size() >= 200);
  Client client(outside.client({{"93.184.216.34"}}));
  for (const Trick& trick : tricks) {
    INFO(trick.url);
    CHECK(code_of(client.send({"GET", trick.url, {}, ""})) == trick.want);
  }
  CHECK(egress.private_connections() == std::vector<std::string>{});
  CHECK(egress.public_connections() == 0);
  CHECK(outside.resolver->asked() == 0);
  MESSAGE(tricks.size() << " tricks");
}

TEST_CASE("what is public is reached under its own name, and only there") {
  Outside outside;
  const Egress egress(outside.server->port());
  for (const std::string_view address : kPublic) {
    INFO(address);
    CHECK(ip(address).is_public());
    Client client(outside.client({{address}}));
    const auto answer = client.send({"GET", "https://issuer.example/a", {}, ""});
    REQUIRE(answer.has_value());
    CHECK(answer->body == "GET /a ");
    CHECK(code_of(client.send({"GET", "https://other.example/a", {}, ""})) == ErrorCode::http_tls_failed);
  }
  CHECK(egress.private_connections() == std::vector<std::string>{});
}

TEST_CASE("A23: a name with a private address is not spoken to, alone, among public ones, first or last") {
  Outside outside;
  const Egress egress(outside.server->port());
  const std::string_view good = "93.184.216.34";
  for (const std::string_view bad : kPrivate) {
    INFO(bad);
    for (const auto& answer : std::vector<std::vector<std::string_view>>{{bad}, {good, bad}, {bad, good}}) {
      Client client(outside.client({answer}));
      CHECK(code_of(client.send({"GET", "https://issuer.example/", {}, ""})) == ErrorCode::http_address_not_allowed);
    }
  }
  Client client(outside.client({{}}));
  CHECK(code_of(client.send({"GET", "https://issuer.example/", {}, ""})) == ErrorCode::http_address_not_allowed);
  CHECK(egress.private_connections() == std::vector<std::string>{});
  CHECK(egress.public_connections() == 0);
}

TEST_CASE("A23: a name that turns private after the check gains nothing") {
  Outside outside;
  const Egress egress(outside.server->port());
  for (const std::string_view bad : kPrivate) {
    INFO(bad);
    Client client(outside.client({{"93.184.216.34"}, {bad}}));
    // One question, and the connection follows its answer; the second question has another answer.
    CHECK(client.send({"GET", "https://issuer.example/", {}, ""}).has_value());
    CHECK(outside.resolver->asked() == 1);
    CHECK(code_of(client.send({"GET", "https://issuer.example/", {}, ""})) == ErrorCode::http_address_not_allowed);
    CHECK(outside.resolver->asked() == 2);
  }
  CHECK(egress.private_connections() == std::vector<std::string>{});
}

TEST_CASE("only the addresses that were checked are admitted to a socket") {
  const auto checked = PublicAddresses::check({ip("8.8.8.8"), ip("2600::1")});
  REQUIRE(checked.has_value());
  const auto v4 = [](const char* text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, text, &address.sin_addr);
    return address;
  };
  const auto admitted = [&](const sockaddr_in& address) {
    return checked->contain(*reinterpret_cast<const sockaddr*>(&address));
  };
  CHECK(admitted(v4("8.8.8.8")));
  CHECK(!admitted(v4("8.8.4.4")));
  CHECK(!admitted(v4("127.0.0.1")));
  sockaddr_in other = v4("8.8.8.8");
  other.sin_family = AF_UNIX;
  CHECK(!admitted(other));
}

TEST_CASE("W6: a redirect is not followed, wherever it leads") {
  std::string location;
  Outside outside([&location](const ServerRequest&) {
    ServerResponse response;
    response.status = 302;
    response.headers = {{"Location", location}, {"Refresh", "0; url=" + location}, {"Alt-Svc", "h2=\"127.0.0.1:443\""}};
    return response;
  });
  const Egress egress(outside.server->port());
  for (const std::string_view address : kPrivate) {
    location = "https://" + as_host(address) + "/";
    Client client(outside.client({{"93.184.216.34"}}));
    const auto answer = client.send({"GET", "https://issuer.example/", {}, ""});
    REQUIRE(answer.has_value());
    CHECK(answer->status == 302);
  }
  CHECK(egress.private_connections() == std::vector<std::string>{});
  CHECK(egress.public_connections() == kPrivate.size());
}

TEST_CASE("A36: nothing is unpacked on the way in, and nothing is asked for packed") {
  const std::string bomb = "\x1f\x8b\x08" + std::string(100, 'x');
  Outside outside([&bomb](const ServerRequest& request) {
    ServerResponse response;
    response.headers = {{"Content-Encoding", "gzip"},
                        {"X-Asked", std::string(request.header("Accept-Encoding").value_or("nothing"))}};
    response.body = bomb;
    return response;
  });
  const Egress egress(outside.server->port());
  Client client(outside.client({{"93.184.216.34"}}));
  const auto answer = client.send({"GET", "https://issuer.example/", {}, ""});
  REQUIRE(answer.has_value());
  CHECK(answer->header("X-Asked") == "nothing");
  CHECK(answer->body == bomb);
}

TEST_CASE("a client without destinations, or for some origins only, goes nowhere else") {
  Outside outside;
  const Egress egress(outside.server->port());
  Client nowhere({.trust_pem = outside.authority.certificate.pem()});
  CHECK(code_of(nowhere.send({"GET", "https://issuer.example/", {}, ""})) == ErrorCode::http_url_not_allowed);
  const auto one = Destinations::only({"https://wallet.example:8443"});
  REQUIRE(one.has_value());
  for (const std::string url :
       {"https://wallet.example/", "https://wallet.example:8444/", "https://a.wallet.example:8443/",
        "https://wallet.example.:8443/", "https://issuer.example/", "https://127.0.0.1/"}) {
    INFO(url);
    Client client({.destinations = *one});
    CHECK(!client.send({"GET", url, {}, ""}).has_value());
  }
  CHECK(egress.private_connections() == std::vector<std::string>{});
  CHECK(egress.public_connections() == 0);
}

TEST_CASE("an origin that was named may lie on this machine, and nothing else there") {
  const Authority authority;
  ServerOptions options;
  options.tls = authority.issue_good();
  const auto named = start_server(options);
  const auto other = start_server(options);
  const auto url = [](const Server& server) { return "https://127.0.0.1:" + std::to_string(server.port()); };
  Client client({.destinations = public_and({url(*named)}), .trust_pem = authority.certificate.pem()});
  CHECK(client.send({"GET", url(*named) + "/a", {}, ""}).has_value());
  CHECK(code_of(client.send({"GET", url(*other) + "/a", {}, ""})) == ErrorCode::http_url_not_allowed);
}

TEST_CASE("an origin is named whole and plain") {
  for (const std::string text : {"", "*", "https://", "https://*", "wallet.example", "http://wallet.example",
                                 "https://wallet.example/", "https://wallet.example/a", "https://wallet.example?a",
                                 "https://wallet.example#a", "https://u@wallet.example", "https://2130706433"}) {
    INFO(text);
    CHECK(!Destinations::only({text}).has_value());
    CHECK(!Destinations::these_and_public({text}).has_value());
  }
  CHECK(Destinations::only({"https://Wallet.Example:443"}).has_value());
}

TEST_CASE("the system's resolver answers with addresses, and in time") {
  const auto found = system_resolver()->resolve("localhost", milliseconds(5000));
  REQUIRE(found.has_value());
  for (const IpAddress& address : *found) CHECK(!address.is_public());
  CHECK(!system_resolver()->resolve("no such name", milliseconds(5000)).has_value());
}
