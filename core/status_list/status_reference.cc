#include "core/status_list/status_reference.h"

#include <utility>

#include "core/codecs/url.h"

namespace mibun::status_list {
namespace {

std::unexpected<Error> malformed(std::string where, std::string detail) {
  return fail(ErrorCode::status_reference_malformed, std::move(where), std::move(detail));
}

// A status in a form that we cannot check must not pass as "no status".
Result<const json::Object*> status_list_member(const json::Value& status) {
  const json::Object* object = status.if_object();
  if (object == nullptr) return malformed("status", "status is an object");
  const json::Value* member = object->if_contains("status_list");
  if (member == nullptr || !member->is_object()) {
    return malformed("status.status_list", "the only status mechanism known here is status_list");
  }
  return &member->get_object();
}

}  // namespace

Result<std::optional<StatusReference>> StatusReference::parse(const json::Object& claims) {
  const json::Value* status = claims.if_contains("status");
  if (status == nullptr) return std::nullopt;
  MIBUN_TRY(const json::Object* const list, status_list_member(*status));

  StatusReference reference;
  const json::Value* index = list->if_contains("idx");
  if (index != nullptr && index->is_int64() && index->get_int64() >= 0) {
    reference.index = static_cast<std::uint64_t>(index->get_int64());
  } else if (index != nullptr && index->is_uint64()) {
    reference.index = index->get_uint64();
  } else {
    return malformed("status.status_list.idx", "idx is a non-negative integer");
  }
  const json::Value* uri = list->if_contains("uri");
  if (uri == nullptr || !uri->is_string() || uri->get_string().size() > kUriBytesMax) {
    return malformed("status.status_list.uri", "uri is a string");
  }
  reference.uri = std::string(uri->get_string());
  if (!HttpsUrl::parse(reference.uri)) return malformed("status.status_list.uri", "uri is an https URL");

  if (const json::Value* issuer = claims.if_contains("iss"); issuer != nullptr) {
    if (!issuer->is_string()) return malformed("iss", "iss is a string");
    reference.issuer = std::string(issuer->get_string());
  }
  return reference;
}

json::Object StatusReference::to_json() const {
  json::Object list;
  list["idx"] = index;
  list["uri"] = uri;
  json::Object status;
  status["status_list"] = std::move(list);
  return status;
}

}  // namespace mibun::status_list
