#include "core/oid4vci/form_fields.h"

#include "core/oid4vci/cause.h"

namespace mibun::oid4vci {

Result<FormFields> FormFields::parse(std::string_view text, std::string where) {
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_request, where, form::Fields fields, form::Fields::parse(text));
  FormFields read(std::move(fields), std::move(where));
  if (read.has("client_secret")) {
    return fail(ErrorCode::oauth_invalid_client, read.where_ + ".client_secret", "shared secrets are not supported");
  }
  return read;
}

bool FormFields::has(std::string_view name) const {
  const auto value = fields_.find(name);
  return value && !value->empty();
}

Result<std::optional<std::string>> FormFields::optional(std::string_view name, std::size_t characters_max) const {
  if (!has(name)) return std::nullopt;
  const std::string_view value = *fields_.find(name);
  if (value.size() > characters_max) {
    return fail(ErrorCode::oauth_invalid_request, where_ + "." + std::string(name), "too long");
  }
  return std::string(value);
}

Result<std::string> FormFields::required(std::string_view name, std::size_t characters_max) const {
  MIBUN_TRY(auto value, optional(name, characters_max));
  if (!value) return fail(ErrorCode::oauth_invalid_request, where_ + "." + std::string(name), "missing");
  return std::move(*value);
}

}  // namespace mibun::oid4vci
