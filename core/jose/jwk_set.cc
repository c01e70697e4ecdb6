#include "core/jose/jwk_set.h"

namespace mibun::jose {
namespace {

template <class Fits>
Result<const Jwk*> the_one(const std::vector<Jwk>& keys, Fits&& fits) {
  const Jwk* found = nullptr;
  for (const Jwk& key : keys) {
    if (!fits(key)) continue;
    if (found != nullptr) return fail(ErrorCode::jwk_ambiguous, "keys", "more than one key fits");
    found = &key;
  }
  if (found == nullptr) return fail(ErrorCode::jwk_not_found, "keys");
  return found;
}

}  // namespace

Result<JwkSet> JwkSet::parse(const json::Object& object) {
  const json::Value* member = object.if_contains("keys");
  if (member == nullptr || !member->is_array()) return fail(ErrorCode::jwk_set_malformed, "keys", "must be an array");
  const json::Array& array = member->get_array();
  if (array.size() > kJwkSetKeysMax) return fail(ErrorCode::jwk_set_malformed, "keys", "too many");
  JwkSet set;
  set.keys_.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string where = "keys[" + std::to_string(i) + "]";
    if (!array[i].is_object()) return fail(ErrorCode::jwk_set_malformed, where, "must be an object");
    auto key = Jwk::parse(array[i].get_object());
    if (key) {
      set.keys_.push_back(std::move(*key));
    } else if (key.error().code == ErrorCode::private_key_rejected) {
      return fail(ErrorCode::private_key_rejected, where, "a private or symmetric key");
    } else {
      ++set.ignored_;
    }
  }
  return set;
}

Result<JwkSet> JwkSet::parse(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text, {.bytes_max = kJwkSetBytesMax}));
  return parse(object);
}

Result<const Jwk*> JwkSet::find(std::string_view kid, KeyUse use) const {
  return the_one(keys_, [&](const Jwk& key) { return key.kid() == kid && key.check_use(use).has_value(); });
}

Result<const Jwk*> JwkSet::only(KeyUse use) const {
  return the_one(keys_, [&](const Jwk& key) { return key.check_use(use).has_value(); });
}

json::Object JwkSet::to_json() const {
  json::Array array;
  array.reserve(keys_.size());
  for (const Jwk& key : keys_) array.push_back(key.to_json());
  return {{"keys", std::move(array)}};
}

}  // namespace mibun::jose
