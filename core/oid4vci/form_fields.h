#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/codecs/url.h"

// The parameters of an OAuth request. For files in core/oid4vci only.
namespace mibun::oid4vci {

class FormFields {
 public:
  // `where`: the place that errors name. Errors: oauth_invalid_request (malformed, a parameter repeated),
  // oauth_invalid_client (a shared secret: nobody here has one).
  static Result<FormFields> parse(std::string_view text, std::string where);

  // RFC 6749, section 3.1: "Parameters sent without a value MUST be treated as if they were omitted".
  bool has(std::string_view name) const;
  // Errors: oauth_invalid_request (too long).
  Result<std::optional<std::string>> optional(std::string_view name, std::size_t characters_max) const;
  // Errors: oauth_invalid_request (missing, too long).
  Result<std::string> required(std::string_view name, std::size_t characters_max) const;

 private:
  FormFields(form::Fields fields, std::string where) : fields_(std::move(fields)), where_(std::move(where)) {}
  form::Fields fields_;
  std::string where_;
};

}  // namespace mibun::oid4vci
