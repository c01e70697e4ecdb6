#include "core/oid4vp/formats.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <variant>

namespace mibun::oid4vp {
namespace {

// A list that is left out sets no bound: appendix B.2.2 and B.3.4.
bool allows_any_of(const json::Object& format, std::string_view member, std::span<const json::Value> ours) {
  const json::Value* value = format.if_contains(member);
  if (value == nullptr) return true;
  const json::Array* array = value->if_array();
  return array != nullptr && std::ranges::any_of(*array, [&](const json::Value& one) {
           return std::ranges::find(ours, one) != ours.end();
         });
}

}  // namespace

json::Object algorithms_of(std::string_view format) {
  if (format == dcql::kMdocFormat) {
    const json::Array es256{-7, -9};  // RFC 9053 and RFC 9864 name one algorithm
    return {{"issuerauth_alg_values", es256}, {"deviceauth_alg_values", es256}};
  }
  const json::Array es256{"ES256"};
  return {{"sd-jwt_alg_values", es256}, {"kb-jwt_alg_values", es256}};
}

bool takes_format(const json::Object& formats, std::string_view name) {
  const json::Value* format = formats.if_contains(name);
  const json::Object* object = format == nullptr ? nullptr : format->if_object();
  if (object == nullptr) return false;
  if (name == dcql::kSdJwtFormat) {
    const std::array<json::Value, 1> es256{json::Value("ES256")};
    return allows_any_of(*object, "sd-jwt_alg_values", es256) && allows_any_of(*object, "kb-jwt_alg_values", es256);
  }
  const std::array<json::Value, 2> es256{json::Value(-7), json::Value(-9)};
  return allows_any_of(*object, "issuerauth_alg_values", es256) &&
         allows_any_of(*object, "deviceauth_alg_values", es256);
}

Status check_formats(const json::Object& formats, const dcql::Query& query, const std::string& where) {
  const auto refuse = [&] { return fail(ErrorCode::dcql_unsupported_format, where, "no format of ours is taken"); };
  bool asked = false;
  for (const dcql::CredentialQuery& credential : query.credentials()) {
    if (std::holds_alternative<dcql::UnknownMeta>(credential.meta)) continue;
    if (!takes_format(formats, credential.format)) return refuse();
    asked = true;
  }
  return asked ? Status{} : refuse();
}

}  // namespace mibun::oid4vp
