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

// Takes a string of plain ASCII without escapes off the front, with the quotes; nullopt when it is anything else.
std::optional<std::string_view> take_plain_string(std::string_view& text) {
  if (text.empty() || text.front() != '"') return std::nullopt;
  std::size_t size = 1;
  while (size < text.size() && text[size] >= 0x20 && text[size] != '"' && text[size] != '\\') ++size;
  if (size == text.size() || text[size] != '"') return std::nullopt;
  const std::string_view content = text.substr(1, size - 1);
  text.remove_prefix(size + 1);
  return content;
}

bool take_comma(std::string_view& text) {
  if (text.empty() || text.front() != ',') return false;
  text.remove_prefix(text.size() > 1 && text[1] == ' ' ? 2 : 1);
  return true;
}

// ["salt","name","value"] or ["salt","value"] as most of them are. Null when it has to go the long way, which also
// finds what is wrong with it.
std::optional<DisclosureContent> parse_plain(std::string_view text, const json::StoragePtr& storage) {
  if (text.empty() || text.front() != '[') return std::nullopt;
  text.remove_prefix(1);
  if (!take_plain_string(text) || !take_comma(text)) return std::nullopt;
  const auto second = take_plain_string(text);
  if (!second) return std::nullopt;
  if (text == "]") return DisclosureContent{std::nullopt, json::Value(*second, storage)};
  if (!take_comma(text)) return std::nullopt;
  const auto third = take_plain_string(text);
  if (!third || text != "]") return std::nullopt;
  return DisclosureContent{std::string(*second), json::Value(*third, storage)};
}

Result<DisclosureContent> parse_general(std::string_view text, const json::StoragePtr& storage) {
  MIBUN_TRY(json::Value document, json::parse(text, {.bytes_max = kDisclosureBytesMax}, storage));
  json::Array* array = document.if_array();
  if (array == nullptr) return malformed("not an array");
  if (array->size() != 2 && array->size() != 3) return malformed("not two or three elements");
  if (!array->front().is_string()) return malformed("the salt is not a string");
  DisclosureContent content{std::nullopt, std::move(array->back())};
  if (array->size() == 2) return content;
  const auto* name = (*array)[1].if_string();
  if (name == nullptr) return malformed("the name is not a string");
  content.name.emplace(*name);
  return content;
}

Result<DisclosureContent> parse_text(std::string_view text, const json::StoragePtr& storage) {
  if (auto plain = parse_plain(text, storage)) return std::move(*plain);
  return parse_general(text, storage);
}

Result<DisclosureContent> parse_encoded(std::string_view encoded, const json::StoragePtr& storage) {
  std::array<std::uint8_t, 1024> in_place;  // most disclosures: a name and a short value
  if (base64url::decoded_size(encoded.size()) <= in_place.size()) {
    MIBUN_TRY(const std::size_t size, base64url::decode_into(encoded, in_place));
    return parse_text(as_text(BytesView(in_place).first(size)), storage);
  }
  MIBUN_TRY(const Bytes bytes, base64url::decode(encoded));
  return parse_text(as_text(bytes), storage);
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
  MIBUN_TRY(DisclosureContent content, parse_encoded(encoded, storage));
  if (content.name && is_reserved(*content.name)) return reserved();
  return content;
}

Result<Disclosure> Disclosure::parse(std::string_view encoded, const json::StoragePtr& storage) {
  MIBUN_TRY(DisclosureContent content, parse_disclosure(encoded, storage));
  return Disclosure(std::move(content.name), std::move(content.value), std::string(encoded));
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
