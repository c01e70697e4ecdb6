#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "tests/support/test_pki.h"

// What the parts of TestWorld have in common. For files in tests/server/world only.
namespace mibun::server {

inline std::shared_ptr<crypto::P256PrivateKey> new_key() {
  return std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
}

inline json::Object read_object(std::string_view text) {
  return must(json::parse_object(text));
}

inline json::Object part_of(std::string_view jwt, int place) {
  for (; place > 0; --place) jwt.remove_prefix(jwt.find('.') + 1);
  return read_object(as_text(must(base64url::decode(jwt.substr(0, jwt.find('.'))))));
}

inline std::string member(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) throw std::runtime_error("no member " + std::string(name));
  return std::string(value->get_string());
}

}  // namespace mibun::server
