#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/codecs/http_message.h"

// What the phases of the wallet's flow do with each message. For files in core/oid4vci only.
namespace mibun::oid4vci {

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kForm = "application/x-www-form-urlencoded";

HttpRequest get(std::string url);
HttpRequest post(std::string url, std::string_view content_type, std::string body);

// A redirect would take a code or a token to a server that nobody named. Errors: http_redirect_refused.
Status check_no_redirect(const HttpResponse& response);
bool is_success(const HttpResponse& response);
// Errors: oid4vci_response_malformed.
Status check_json(const HttpResponse& response);
// A document that has no error of its own: metadata, a nonce. Errors: http_status_unexpected and the one above.
Status check_document(const HttpResponse& response);

// The newest DPoP-Nonce of a server (RFC 9449, section 8), when it sent a usable one.
std::optional<std::string> dpop_nonce_of(const HttpResponse& response);

}  // namespace mibun::oid4vci
