#include "core/codecs/url.h"

#include <doctest/doctest.h>

using namespace mibun;

TEST_CASE("an https URL in its parts") {
  const auto url = HttpsUrl::parse("https://Shop.Example:8443/a%20b/c?x=1&y=%2F").value();
  CHECK(url.host() == "shop.example");
  CHECK(url.port() == 8443);
  CHECK(url.path() == "/a%20b/c");
  CHECK(url.query() == "x=1&y=%2F");
  CHECK(url.text() == "https://Shop.Example:8443/a%20b/c?x=1&y=%2F");
  CHECK(url.origin() == "https://shop.example:8443");
  CHECK(url.without_query() == "https://shop.example:8443/a%20b/c");
}

TEST_CASE("the default port and path are normalised, the text is kept") {
  const auto url = HttpsUrl::parse("https://a.example:443?q").value();
  CHECK(url.origin() == "https://a.example");
  CHECK(url.path() == "/");
  CHECK(url.without_query() == "https://a.example/");
  CHECK(url.text() == "https://a.example:443?q");
}

TEST_CASE("addresses and local names") {
  for (const char* text :
       {"https://127.0.0.1:8443/", "https://localhost/", "https://[::1]:8443/", "https://[2001:DB8::1]/x",
        "https://[1:2:3:4:5:6:7:8]/", "https://xn--wgv71a.example/", "https://a/..b/c.."}) {
    INFO(text);
    CHECK(HttpsUrl::parse(text).has_value());
  }
  CHECK(HttpsUrl::parse("https://[2001:DB8::1]/x").value().host() == "[2001:db8::1]");
}

TEST_CASE("URLs that two readers could take differently are refused") {
  struct Row {
    std::string_view text;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"", ErrorCode::url_malformed},
      {"https://", ErrorCode::url_malformed},
      {"https:///path", ErrorCode::url_malformed},
      {"https:/a.example/", ErrorCode::url_malformed},
      {"//a.example/", ErrorCode::url_malformed},
      {"/path", ErrorCode::url_malformed},
      {"HTTPS://a.example/", ErrorCode::url_malformed},
      {" https://a.example/", ErrorCode::url_malformed},
      {"https://a.example/ ", ErrorCode::url_malformed},
      {"http://a.example/", ErrorCode::url_not_https},
      {"http://localhost/", ErrorCode::url_not_https},
      {"javascript:alert(1)", ErrorCode::url_not_https},
      {"file:///etc/passwd", ErrorCode::url_not_https},
      {"ftp://a.example/", ErrorCode::url_not_https},
      {"https://user@a.example/", ErrorCode::url_malformed},
      {"https://user:pw@a.example/", ErrorCode::url_malformed},
      {"https://a.example\\@b.example/", ErrorCode::url_malformed},
      {"https://a.example\\b", ErrorCode::url_malformed},
      {"https://a.example/#x", ErrorCode::url_malformed},
      {"https://a.example#x", ErrorCode::url_malformed},
      {"https://a.example:/", ErrorCode::url_malformed},
      {"https://a.example:0/", ErrorCode::url_malformed},
      {"https://a.example:65536/", ErrorCode::url_malformed},
      {"https://a.example:0443/", ErrorCode::url_malformed},
      {"https://a.example:443a/", ErrorCode::url_malformed},
      {"https://a.example:-1/", ErrorCode::url_malformed},
      {"https://a..example/", ErrorCode::url_malformed},
      {"https://.example/", ErrorCode::url_malformed},
      {"https://a.example./", ErrorCode::url_malformed},
      {"https://-a.example/", ErrorCode::url_malformed},
      {"https://a%2eexample/", ErrorCode::url_malformed},
      {"https://a example/", ErrorCode::url_malformed},
      {"https://\xe6\x97\xa5.example/", ErrorCode::url_malformed},
      {"https://2130706433/", ErrorCode::url_malformed},
      {"https://127.1/", ErrorCode::url_malformed},
      {"https://0x7f000001/", ErrorCode::url_malformed},
      {"https://0177.0.0.1/", ErrorCode::url_malformed},
      {"https://127.0.0.256/", ErrorCode::url_malformed},
      {"https://a.0x7f/", ErrorCode::url_malformed},
      {"https://[::1/", ErrorCode::url_malformed},
      {"https://[::1%25eth0]/", ErrorCode::url_malformed},
      {"https://[1::2::3]/", ErrorCode::url_malformed},
      {"https://[1:2:3]/", ErrorCode::url_malformed},
      {"https://[12345::]/", ErrorCode::url_malformed},
      {"https://[::1]x/", ErrorCode::url_malformed},
      {"https://[::ffff:127.0.0.1]/", ErrorCode::url_malformed},
      {"https://a.example/../b", ErrorCode::url_malformed},
      {"https://a.example/./b", ErrorCode::url_malformed},
      {"https://a.example/b/..", ErrorCode::url_malformed},
      {"https://a.example/%2e%2E/b", ErrorCode::url_malformed},
      {"https://a.example/.%2e/b", ErrorCode::url_malformed},
      {"https://a.example/%", ErrorCode::url_malformed},
      {"https://a.example/%2", ErrorCode::url_malformed},
      {"https://a.example/%zz", ErrorCode::url_malformed},
      {"https://a.example/\"", ErrorCode::url_malformed},
      {"https://a.example/<x>", ErrorCode::url_malformed},
      {"https://a.example/a\nb", ErrorCode::url_malformed},
      {"https://a.example/\xe6\x97\xa5", ErrorCode::url_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto url = HttpsUrl::parse(row.text);
    REQUIRE(!url.has_value());
    CHECK(to_string(url.error().code) == to_string(row.want));
  }
  CHECK(!HttpsUrl::parse("https://a.example/" + std::string(5000, 'a')).has_value());
  CHECK(!HttpsUrl::parse(std::string_view("https://a.example/\0", 19)).has_value());
}

TEST_CASE("forms survive the way there and back") {
  const std::string body = form::encode({{"grant_type", "urn:ietf:params:oauth:grant-type:pre-authorized_code"},
                                         {"name", "山田 太郎 + 1&2=3"},
                                         {"empty", ""}});
  CHECK(body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&name="));
  const auto fields = form::Fields::parse(body).value();
  CHECK(fields.all().size() == 3);
  CHECK(fields.get("name").value() == "山田 太郎 + 1&2=3");
  CHECK(fields.get("empty").value().empty());
  CHECK(!fields.find("absent").has_value());
  CHECK(fields.get("absent").error().code == ErrorCode::form_missing_field);
  CHECK(form::Fields::parse("").value().all().empty());
}

TEST_CASE("forms that are no forms are refused") {
  struct Row {
    std::string_view text;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"a", ErrorCode::form_malformed},
      {"=1", ErrorCode::form_malformed},
      {"&", ErrorCode::form_malformed},
      {"a=1&", ErrorCode::form_malformed},
      {"a=1&&b=2", ErrorCode::form_malformed},
      {"a=%", ErrorCode::form_malformed},
      {"a=%1", ErrorCode::form_malformed},
      {"a=%zz", ErrorCode::form_malformed},
      {"a=%ff", ErrorCode::form_malformed},
      {"a=b c", ErrorCode::form_malformed},
      {"a=\n", ErrorCode::form_malformed},
      {"a=\xe6\x97\xa5", ErrorCode::form_malformed},
      {"a=%c0%af", ErrorCode::form_malformed},
      {"a=1&a=2", ErrorCode::form_duplicate_field},
      {"a=1&%61=2", ErrorCode::form_duplicate_field},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto fields = form::Fields::parse(row.text);
    REQUIRE(!fields.has_value());
    CHECK(to_string(fields.error().code) == to_string(row.want));
  }
  CHECK(form::Fields::parse("a=1&b=2", 2).has_value());
  CHECK(form::Fields::parse("a=1&b=2&c=3", 2).error().code == ErrorCode::form_malformed);
}
