// Web Push messages, as the server makes them.
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "platform/push/message.h"
#include "tests/interop/peer.h"

namespace {

using namespace mibun;
using namespace mibun::interop;

// {"subscription", "key": JWK, "contact", "message", "now"}
Answer make_request(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* subscription, command.object("subscription"));
  MIBUN_TRY(const auto receiver, push::Receiver::parse(*subscription));
  MIBUN_TRY(const json::Object* jwk, command.object("key"));
  MIBUN_TRY(const auto key, jose::parse_private_jwk(json::serialize(*jwk)));
  MIBUN_TRY(const std::string_view contact, command.string("contact"));
  MIBUN_TRY(const std::string_view message, command.string("message"));
  MIBUN_TRY(const Instant now, now_of(command));
  crypto::SystemRng rng;
  const push::Sender sender{key, std::string(contact)};
  MIBUN_TRY(const HttpRequest request, push::make_request(receiver, sender, message, now, rng));
  json::Object headers;
  for (const HttpHeader& header : request.headers) headers[header.name] = header.value;
  return json::Object{{"method", request.method},
                      {"url", request.url},
                      {"headers", std::move(headers)},
                      {"body", base64url::encode(as_bytes(request.body))}};
}

}  // namespace

int main() {
  return serve({{"make_request", make_request}});
}
