#include "core/oid4vp/pairing.h"

#include <algorithm>
#include <utility>

#include "core/base/digit_code.h"
#include "core/codecs/url.h"

namespace mibun::oid4vp {
namespace {

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), std::move(detail));
}

bool is_https_origin(std::string_view text) {
  const auto url = HttpsUrl::parse(text);
  return url && url->origin() == text;
}

}  // namespace

Result<PairingDemand> PairingDemand::parse(const json::Object& object, const std::string& where) {
  json::ObjectReader reader(object, where);
  const auto digits = reader.integer("digits");
  if (!digits || *digits != static_cast<std::int64_t>(kPairingCodeDigits)) {
    return invalid(reader.place("digits"), "a code of six digits is expected");
  }
  const auto website = reader.string("website");
  if (!website || !is_https_origin(*website)) return invalid(reader.place("website"), "not an https origin");
  return PairingDemand{std::string(*website)};
}

json::Object PairingDemand::to_json() const {
  return {{"digits", kPairingCodeDigits}, {"website", website}};
}

bool is_pairing_code(std::string_view text) {
  return text.size() == kPairingCodeDigits && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string make_pairing_code(Rng& rng) {
  return make_digit_code(rng, kPairingCodeDigits);
}

Status expect_no_pairing_code(const std::optional<std::string>& code) {
  if (!code) return {};
  return fail(ErrorCode::oid4vp_response_malformed, "response.mibun_pairing_code", "no code was asked for");
}

}  // namespace mibun::oid4vp
