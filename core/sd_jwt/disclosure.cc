#include "core/sd_jwt/disclosure.h"

#include <array>

#include "core/codecs/base64url.h"

namespace mibun::sd_jwt {
namespace {

bool is_reserved(std::string_view name) {
  return name == "_sd" || name == "...";
}

std::unexpected<Error> malformed(const char* detail) {
  return fail(ErrorCode::sd_jwt_malformed_disclosure, "disclosure", detail);
}

std::unexpected<Error> reserved() {
  return fail(ErrorCode::sd_jwt_reserved_claim_name, "disclosure", "_sd and ... name no claims");
}

Result<json::Value> parse_encoded(std::string_view encoded, const json::StoragePtr& storage) {
  const json::Limits limits{.bytes_max = kDisclosureBytesMax};
  std::array<std::uint8_t, 1024> in_place;  // most disclosures: a name and a short value
  if (base64url::decoded_size(encoded.size()) <= in_place.size()) {
    MIBUN_TRY(const std::size_t size, base64url::decode_into(encoded, in_place));
    return json::parse(as_text(BytesView(in_place).first(size)), limits, storage);
  }
  MIBUN_TRY(const Bytes bytes, base64url::decode(encoded));
  return json::parse(as_text(bytes), limits, storage);
}

std::string encode(json::Array array) {
  return base64url::encode(json::serialize(json::Value(std::move(array))));
}

std::string make_salt(Rng& rng) {
  return base64url::encode(rng.bytes(kSaltBytes));
}

}  // namespace

Disclosure::Disclosure(std::optional<std::string> name, json::Value value, std::string encoded)
    : name_(std::move(name)),
      value_(std::move(value)),
      encoded_(std::move(encoded)),
      digest_(crypto::sha256(encoded_)) {}

Result<DisclosureContent> parse_disclosure(std::string_view encoded, const json::StoragePtr& storage) {
  if (encoded.size() > kDisclosureBytesMax) return malformed("too large");
  MIBUN_TRY(json::Value document, parse_encoded(encoded, storage));
  json::Array* array = document.if_array();
  if (array == nullptr) return malformed("not an array");
  if (array->size() != 2 && array->size() != 3) return malformed("not two or three elements");
  if (!array->front().is_string()) return malformed("the salt is not a string");
  DisclosureContent content{.value = std::move(array->back()), .elements = std::move(*array)};
  if (content.elements.size() == 3) {
    const auto* name = content.elements[1].if_string();
    if (name == nullptr) return malformed("the name is not a string");
    if (is_reserved(*name)) return reserved();
    content.name = *name;
  }
  return content;
}

Result<Disclosure> Disclosure::parse(std::string_view encoded, const json::StoragePtr& storage) {
  MIBUN_TRY(DisclosureContent content, parse_disclosure(encoded, storage));
  std::optional<std::string> name;
  if (content.name) name.emplace(*content.name);
  return Disclosure(std::move(name), std::move(content.value), std::string(encoded));
}

Result<Disclosure> Disclosure::make_property(std::string_view name, json::Value value, Rng& rng) {
  if (is_reserved(name)) return reserved();
  std::string encoded = encode({json::Value(make_salt(rng)), json::Value(name), value});
  return Disclosure(std::string(name), std::move(value), std::move(encoded));
}

Disclosure Disclosure::make_element(json::Value value, Rng& rng) {
  std::string encoded = encode({json::Value(make_salt(rng)), value});
  return Disclosure(std::nullopt, std::move(value), std::move(encoded));
}

std::string Disclosure::digest_text() const {
  return base64url::encode(digest_);
}

}  // namespace mibun::sd_jwt
