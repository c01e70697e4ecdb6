#include "platform/push/receiver.h"

#include "core/codecs/base64url.h"

namespace mibun::push {

Result<Receiver> Receiver::parse(const json::Object& object) {
  json::ObjectReader reader(object, "subscription");
  MIBUN_TRY(const std::string_view endpoint_text, reader.string("endpoint"));
  MIBUN_TRY(const std::string_view key_text, reader.string("p256dh"));
  MIBUN_TRY(const std::string_view auth_text, reader.string("auth"));
  MIBUN_CHECK(reader.finish());
  if (endpoint_text.size() > kEndpointBytesMax) {
    return fail(ErrorCode::invalid_argument, reader.place("endpoint"), "too long");
  }
  MIBUN_TRY(HttpsUrl endpoint, HttpsUrl::parse(endpoint_text));
  MIBUN_TRY(const Bytes point, base64url::decode(key_text));
  MIBUN_TRY(const auto key, crypto::P256PublicKey::from_point(point));
  MIBUN_TRY(Bytes auth, base64url::decode(auth_text));
  if (auth.size() != kAuthSize) return fail(ErrorCode::invalid_argument, reader.place("auth"), "16 bytes");
  return Receiver(std::move(endpoint), key, std::move(auth));
}

json::Object Receiver::to_json() const {
  return {
      {"endpoint", endpoint_.text()}, {"p256dh", base64url::encode(key_.point())}, {"auth", base64url::encode(auth_)}};
}

}  // namespace mibun::push
