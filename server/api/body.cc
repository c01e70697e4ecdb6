#include "server/api/body.h"

#include <array>
#include <vector>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"

namespace mibun::server {
namespace {

constexpr std::size_t kSearchedBytesMax = 256 * 1024;

bool is_codec_error(ErrorCode code) {
  const auto number = static_cast<int>(code);
  return number >= 100 && number < 200;
}

bool has_private_member(const json::Object& object) {
  if (!object.contains("kty")) return false;
  static constexpr std::array<std::string_view, 7> kPrivateMembers{"d", "p", "q", "dp", "dq", "qi", "k"};
  for (const auto name : kPrivateMembers) {
    if (object.contains(name)) return true;
  }
  return false;
}

// PKCS#8 and SEC1 keys begin with a SEQUENCE holding a version number; the algorithm or key bytes follow at once.
bool looks_like_der_private_key(BytesView der) {
  if (der.size() < 40 || der[0] != 0x30) return false;
  const std::size_t header = der[1] < 0x80 ? 2 : 2U + (der[1] & 0x7FU);
  if (der.size() < header + 5 || header > 5) return false;
  const BytesView inside = der.subspan(header);
  const bool pkcs8 = inside[0] == 0x02 && inside[1] == 0x01 && inside[2] <= 1 && inside[3] == 0x30;
  const bool sec1 = inside[0] == 0x02 && inside[1] == 0x01 && inside[2] == 1 && inside[3] == 0x04;
  return pkcs8 || sec1;
}

bool is_private_key_text(std::string_view text) {
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) return true;
  if (text.size() < 60 || text.size() > 8192) return false;
  if (auto der = base64url::decode(text)) return looks_like_der_private_key(*der);
  if (auto der = base64::decode(text)) return looks_like_der_private_key(*der);
  return false;
}

Status find_private_key(const json::Object& root) {
  if (has_private_member(root)) return fail(ErrorCode::private_key_rejected, "body");
  std::vector<const json::Value*> open;  // iterative: rule R6
  for (const auto& member : root) open.push_back(&member.value());
  while (!open.empty()) {
    const json::Value* value = open.back();
    open.pop_back();
    if (const auto* object = value->if_object()) {
      if (has_private_member(*object)) return fail(ErrorCode::private_key_rejected, "body");
      for (const auto& member : *object) open.push_back(&member.value());
    } else if (const auto* array = value->if_array()) {
      for (const auto& element : *array) open.push_back(&element);
    } else if (const auto* string = value->if_string()) {
      if (is_private_key_text({string->data(), string->size()})) return fail(ErrorCode::private_key_rejected, "body");
    }
  }
  return {};
}

}  // namespace

std::unexpected<Error> malformed(std::string where, std::string detail) {
  return fail(ErrorCode::request_malformed, std::move(where), std::move(detail));
}

Error as_malformed(Error error) {
  if (is_codec_error(error.code)) error.code = ErrorCode::request_malformed;
  return error;
}

Status refuse_private_keys(std::string_view text) {
  if (is_private_key_text(text)) return fail(ErrorCode::private_key_rejected, "body");
  if (!text.starts_with('{')) return {};
  const auto object = json::parse_object(text, {.bytes_max = kSearchedBytesMax});
  return object ? find_private_key(*object) : Status{};
}

Status refuse_private_keys_in_form(std::string_view body) {
  MIBUN_CHECK(refuse_private_keys(body));
  const auto fields = form::Fields::parse(body);
  if (!fields) return {};  // its reader says what is wrong with it
  for (const auto& [name, value] : fields->all()) MIBUN_CHECK(refuse_private_keys(value));
  return {};
}

Result<json::Object> read_json_body(const http::ServerRequest& request, const json::Limits& limits) {
  if (is_private_key_text(request.body)) return fail(ErrorCode::private_key_rejected, "body");
  auto object = json::parse_object(request.body, limits);
  if (!object) return std::unexpected(as_malformed(std::move(object.error())));
  MIBUN_CHECK(find_private_key(*object));
  return object;
}

}  // namespace mibun::server
