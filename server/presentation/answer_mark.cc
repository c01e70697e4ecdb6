#include "server/presentation/answer_mark.h"

#include "core/codecs/url.h"
#include "core/jose/jwe.h"

namespace mibun::server {
namespace {

constexpr char kBorder = '.';  // not one of base64url

std::unexpected<Error> unknown() {
  return fail(ErrorCode::oid4vp_transaction_unknown, "request");
}

Result<std::string> mark_in(std::string_view text) {
  const auto border = text.find(kBorder);
  if (border == std::string_view::npos) return unknown();
  return std::string(text.substr(0, border));
}

}  // namespace

std::string marked_with(std::string_view request_id, std::string_view token) {
  return std::string(request_id) + kBorder + std::string(token);
}

Result<std::string> request_named_in(std::string_view form_body) {
  MIBUN_TRY(const form::Fields fields, form::Fields::parse(form_body));
  if (const auto encrypted = fields.find("response")) {
    const auto jwe = jose::Jwe::parse(*encrypted, jose::kEcdhEsDirect);
    if (!jwe || !jwe->kid()) return unknown();
    return mark_in(*jwe->kid());
  }
  const auto state = fields.find("state");
  return state ? mark_in(*state) : unknown();
}

}  // namespace mibun::server
