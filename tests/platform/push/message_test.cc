#include "platform/push/message.h"

#include <doctest/doctest.h>

#include <set>

#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/jose/jws.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;

namespace {

json::Object example() {
  return must(json::parse_object(read_vector("web-push-rfc8291/example.json")));
}
std::string text_of(const json::Object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}
Bytes bytes_of(const json::Object& object, std::string_view name) {
  return must(base64url::decode(text_of(object, name)));
}

json::Object subscription_json(std::string endpoint = "https://push.example/subscription/1") {
  return {{"endpoint", std::move(endpoint)},
          {"p256dh", text_of(example(), "ua_public")},
          {"auth", text_of(example(), "auth_secret")}};
}
push::Receiver receiver(std::string endpoint = "https://push.example/subscription/1") {
  return must(push::Receiver::parse(subscription_json(std::move(endpoint))));
}

std::string header(const HttpRequest& request, std::string_view name) {
  for (const HttpHeader& one : request.headers) {
    if (equal_ignoring_case(one.name, name)) return one.value;
  }
  return {};
}

// The browser's side: RFC 8291, section 3.4 and RFC 8188, section 2, written by the text.
std::string opened(BytesView body) {
  const json::Object vector = example();
  const auto browser = must(crypto::P256PrivateKey::from_scalar(bytes_of(vector, "ua_private")));
  const BytesView salt = body.first(16), point = body.subspan(21, 65);
  const SecretBytes shared = must(browser.agree(must(crypto::P256PublicKey::from_point(point))));
  Bytes info = to_bytes(std::string_view("WebPush: info\0", 14));
  for (const BytesView part : {browser.public_key().point(), point}) info.insert(info.end(), part.begin(), part.end());
  const SecretBytes input = crypto::hkdf_sha256(shared.reveal(), bytes_of(vector, "auth_secret"), info, 32);
  const auto derive = [&](std::string_view label, std::size_t size) {
    return crypto::hkdf_sha256(input.reveal(), salt, as_bytes(label), size);
  };
  const SecretBytes key = derive(std::string_view("Content-Encoding: aes128gcm\0", 28), 16);
  const SecretBytes nonce = derive(std::string_view("Content-Encoding: nonce\0", 24), 12);
  Bytes record = must(crypto::aes_gcm_open(key.reveal(), nonce.reveal(), {}, body.subspan(86)));
  while (!record.empty() && record.back() == 0) record.pop_back();
  CHECK(record.back() == 2);
  record.pop_back();
  return std::string(as_text(record));
}

struct Post {
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  push::Sender sender{key, "https://mibun.example"};
  crypto::SystemRng rng;
  HttpRequest make(std::string_view message, std::string endpoint = "https://push.example/subscription/1") {
    return must(push::make_request(receiver(std::move(endpoint)), sender, message, kTestNow, rng));
  }
};

}  // namespace

TEST_CASE("the example of RFC 8291 comes out byte for byte") {
  const json::Object vector = example();
  const auto sender = must(crypto::P256PrivateKey::from_scalar(bytes_of(vector, "as_private")));
  CHECK(to_bytes(sender.public_key().point()) == bytes_of(vector, "as_public"));
  const Bytes body =
      must(push::encrypt(receiver(), sender, bytes_of(vector, "salt"), as_bytes(text_of(vector, "plaintext")), 0));
  CHECK(base64url::encode(body) == text_of(vector, "body"));
  CHECK(opened(body) == text_of(vector, "plaintext"));
}

TEST_CASE("a message opens with the browser's key, has one length whatever it says, and never the same bytes") {
  Post post;
  std::set<std::string> bodies;
  for (const std::string& message : {std::string(), std::string("{}"), std::string(push::kPaddedSize, 'x')}) {
    const HttpRequest request = post.make(message);
    CHECK(request.body.size() == 86 + push::kPaddedSize + 1 + crypto::kAeadTagSize);
    CHECK(opened(as_bytes(request.body)) == message);
    CHECK(bodies.insert(request.body).second);
    CHECK(bodies.insert(post.make(message).body).second);
  }
  CHECK(code_of(push::make_request(receiver(), post.sender, std::string(push::kPaddedSize + 1, 'x'), kTestNow,
                                   post.rng)) == ErrorCode::invalid_argument);
}

TEST_CASE("a message's own key is fresh, is not the one that signs, and stands in front of one record that has room") {
  Post post;
  const Bytes signing = to_bytes(post.key.public_key().point());
  std::set<Bytes> senders;
  for (int round = 0; round < 3; ++round) {
    const HttpRequest request = post.make("{}");
    const BytesView body = as_bytes(request.body);
    std::size_t record_size = 0;
    for (const std::uint8_t byte : body.subspan(16, 4)) record_size = record_size << 8 | byte;
    CHECK(record_size > push::kPaddedSize + 1 + crypto::kAeadTagSize);
    CHECK(body.size() - 86 <= record_size);  // one record
    CHECK(body[20] == 65);
    const Bytes own = to_bytes(body.subspan(21, 65));
    CHECK(own != signing);
    CHECK(senders.insert(own).second);
  }
}

TEST_CASE("a push request is a POST whose headers are the same for every message") {
  Post post;
  const HttpRequest one = post.make("{}"), other = post.make(R"({"kind":"case_approved"})");
  CHECK(one.method == "POST");
  CHECK(one.url == "https://push.example/subscription/1");
  CHECK(header(one, "Content-Encoding") == "aes128gcm");
  CHECK(header(one, "TTL") == "86400");
  CHECK(header(one, "Urgency") == "normal");
  for (const HttpHeader& here : one.headers) {
    if (here.name != "Authorization") CHECK(header(other, here.name) == here.value);
  }
  CHECK(one.headers.size() == other.headers.size());
}

TEST_CASE("who sends is signed for this push service alone, and not for longer than a day") {
  Post post;
  const std::string authorized =
      header(post.make("{}", "https://push.example:444/subscription/1?x=y"), "Authorization");
  const std::string key = ", k=" + base64url::encode(post.key.public_key().point());
  REQUIRE(authorized.starts_with("vapid t="));
  REQUIRE(authorized.ends_with(key));
  const std::string token = authorized.substr(8, authorized.size() - 8 - key.size());
  const auto verified =
      must(must(jose::Jws::parse(token)).verify(crypto::PublicKey(post.key.public_key()), {.typ = "JWT"}));
  CHECK(text_of(verified.payload(), "aud") == "https://push.example:444");
  CHECK(text_of(verified.payload(), "sub") == "https://mibun.example");
  const std::int64_t left = verified.payload().at("exp").as_int64() - kTestNow.unix_seconds();
  CHECK(left > 0);
  CHECK(left <= 24 * 3600);
  CHECK(verified.payload().size() == 3);
}

TEST_CASE("a subscription is an https address, a point on the curve and sixteen bytes") {
  CHECK(must(push::Receiver::parse(subscription_json())).to_json() == subscription_json());
  struct Row {
    const char* why;
    const char* member;
    std::string value;
    ErrorCode want;
  };
  const std::string off_curve = base64url::encode(Bytes(65, 4));
  const Row rows[] = {
      {"http", "endpoint", "http://push.example/1", ErrorCode::url_not_https},
      {"a user in the address", "endpoint", "https://a@push.example/1", ErrorCode::url_malformed},
      {"too long", "endpoint", "https://push.example/" + std::string(2048, 'x'), ErrorCode::invalid_argument},
      {"not on the curve", "p256dh", off_curve, ErrorCode::public_key_not_on_curve},
      {"half a point", "p256dh", base64url::encode(Bytes(33, 2)), ErrorCode::public_key_malformed},
      {"padding", "p256dh", text_of(example(), "ua_public") + "=", ErrorCode::base64url_bad_character},
      {"15 bytes", "auth", base64url::encode(Bytes(15, 1)), ErrorCode::invalid_argument},
      {"17 bytes", "auth", base64url::encode(Bytes(17, 1)), ErrorCode::invalid_argument},
      {"something else", "other", "x", ErrorCode::json_unknown_member},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object changed = subscription_json();
    changed[row.member] = row.value;
    CHECK(code_of(push::Receiver::parse(changed)) == row.want);
  }
}
