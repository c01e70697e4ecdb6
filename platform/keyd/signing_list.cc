#include "platform/keyd/signing_list.h"

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"

namespace mibun::keyd {
namespace {

constexpr json::Limits kLimits{.bytes_max = 4 * 1024 * 1024, .depth_max = 8, .values_max = 100'000};

json::Object encode(const SigningKey& key) {
  json::Object one{{"name", key.id.name}, {"generation", key.id.generation}};
  if (key.public_key) one["public_key"] = base64url::encode(key.public_key->point());
  json::Array chain;
  for (const Bytes& der : key.chain) chain.emplace_back(base64url::encode(der));
  one["chain"] = std::move(chain);
  one["retired"] = key.is_retired;
  return one;
}

Result<SigningKey> parse(const json::Value& value) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "keys");
  json::ObjectReader reader(value.get_object(), "keys");
  SigningKey key;
  MIBUN_TRY(key.id.name, reader.string("name"));
  MIBUN_TRY(const std::int64_t generation, reader.integer("generation"));
  MIBUN_TRY(const auto public_key, reader.optional_string("public_key"));
  MIBUN_TRY(const json::Array* chain, reader.array("chain"));
  MIBUN_TRY(key.is_retired, reader.boolean("retired"));
  MIBUN_CHECK(reader.finish());
  if (find_signing_name(key.id.name) == nullptr || generation < 1 || generation > kGenerationsMax) {
    return fail(ErrorCode::invalid_argument, "name");
  }
  key.id.generation = static_cast<std::uint32_t>(generation);
  if (public_key) {
    MIBUN_TRY(const Bytes point, base64url::decode(*public_key));
    MIBUN_TRY(key.public_key, crypto::P256PublicKey::from_point(point));
  }
  if (!public_key && !key.is_retired) return fail(ErrorCode::invalid_argument, "public_key");
  MIBUN_TRY(const auto texts, json::string_array(*chain, "chain"));
  for (const std::string& text : texts) {
    MIBUN_TRY(Bytes der, base64url::decode(text));
    key.chain.push_back(std::move(der));
  }
  return key;
}

Result<std::vector<SigningKey>> parse_list(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text, kLimits));
  json::ObjectReader reader(object, "list");
  MIBUN_TRY(const json::Array* array, reader.array("keys"));
  MIBUN_CHECK(reader.finish());
  std::vector<SigningKey> keys;
  for (const json::Value& value : *array) {
    MIBUN_TRY(SigningKey key, parse(value));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

std::string encode_signing_list(std::span<const SigningKey> keys) {
  json::Array array;
  for (const SigningKey& key : keys) array.emplace_back(encode(key));
  return json::serialize(json::Object{{"keys", std::move(array)}});
}

Result<std::vector<SigningKey>> parse_signing_list(std::string_view text) {
  auto keys = parse_list(text);
  if (!keys) return fail(ErrorCode::keyd_unavailable, "answer", "is no list of signing keys");
  return keys;
}

}  // namespace mibun::keyd
