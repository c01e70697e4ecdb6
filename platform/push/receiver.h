#pragma once

#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "core/crypto/p256.h"

namespace mibun::push {

inline constexpr std::size_t kEndpointBytesMax = 2048;
inline constexpr std::size_t kAuthSize = 16;

// A browser's subscription: where its push service takes messages, and what only that browser opens (the Push API's
// PushSubscription with keys "p256dh" and "auth").
class Receiver {
 public:
  // {"endpoint","p256dh","auth"}, the keys in base64url. Errors: json_* (other members), url_* (no https address),
  // base64url_*, public_key_malformed, public_key_not_on_curve, invalid_argument (the sizes).
  static Result<Receiver> parse(const json::Object& object);
  json::Object to_json() const;

  const HttpsUrl& endpoint() const { return endpoint_; }
  const crypto::P256PublicKey& key() const { return key_; }
  const Bytes& auth() const { return auth_; }  // RFC 8291, section 3.2: 16 bytes

 private:
  Receiver(HttpsUrl endpoint, crypto::P256PublicKey key, Bytes auth)
      : endpoint_(std::move(endpoint)), key_(key), auth_(std::move(auth)) {}
  HttpsUrl endpoint_;
  crypto::P256PublicKey key_;
  Bytes auth_;
};

}  // namespace mibun::push
