#include "core/oid4vci/authorization_details.h"

#include <algorithm>

#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kType = "openid_credential";
constexpr json::Limits kLimits{.bytes_max = 16 * 1024, .depth_max = 8, .values_max = 1000};

Result<std::vector<std::string>> strings(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Array* array, reader.optional_array(name));
  if (array == nullptr) return std::vector<std::string>();
  return json::string_array(*array, reader.place(name));
}

// nullopt: of another type.
Result<std::optional<AuthorizationDetail>> read_detail(const json::Value& value) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "authorization_details", "not an object");
  json::ObjectReader reader(value.get_object(), "authorization_details");
  MIBUN_TRY(const std::string_view type, reader.string("type"));
  if (type != kType) return std::nullopt;
  AuthorizationDetail detail;
  MIBUN_TRY(const std::string_view id, reader.string("credential_configuration_id"));
  detail.configuration_id = std::string(id);
  MIBUN_TRY(detail.locations, strings(reader, "locations"));
  MIBUN_TRY(detail.credential_identifiers, strings(reader, "credential_identifiers"));
  return detail;
}

std::unexpected<Error> invalid(std::string detail) {
  return fail(ErrorCode::oauth_invalid_authorization_details, "authorization_details", std::move(detail));
}

}  // namespace

Result<std::vector<AuthorizationDetail>> parse_authorization_details(std::string_view text) {
  constexpr auto kCode = ErrorCode::oauth_invalid_authorization_details;
  MIBUN_TRY_AS(kCode, "authorization_details", const json::Value value, json::parse(text, kLimits));
  if (!value.is_array()) return invalid("not an array");
  const json::Array& array = value.get_array();
  if (array.empty() || array.size() > kConfigurationsMax) return invalid("empty or too many");
  std::vector<AuthorizationDetail> details;
  for (const json::Value& element : array) {
    MIBUN_TRY_AS(kCode, "", std::optional<AuthorizationDetail> detail, read_detail(element));
    if (!detail) return invalid("another type than openid_credential");
    if (std::ranges::find(details, detail->configuration_id, &AuthorizationDetail::configuration_id) != details.end()) {
      return invalid("a configuration is repeated");
    }
    detail->credential_identifiers.clear();  // a response's word: whoever asks cannot choose them
    details.push_back(std::move(*detail));
  }
  return details;
}

Result<std::vector<AuthorizationDetail>> read_authorization_details(const json::Array& array) {
  std::vector<AuthorizationDetail> details;
  for (const json::Value& element : array) {
    MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "token", std::optional<AuthorizationDetail> detail,
                 read_detail(element));
    if (detail) details.push_back(std::move(*detail));
  }
  return details;
}

json::Array to_json(const std::vector<AuthorizationDetail>& details) {
  const auto array_of = [](const std::vector<std::string>& list) { return json::Array(list.begin(), list.end()); };
  json::Array array;
  for (const AuthorizationDetail& detail : details) {
    json::Object object{{"type", kType}, {"credential_configuration_id", detail.configuration_id}};
    if (!detail.locations.empty()) object["locations"] = array_of(detail.locations);
    if (!detail.credential_identifiers.empty()) {
      object["credential_identifiers"] = array_of(detail.credential_identifiers);
    }
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace mibun::oid4vci
