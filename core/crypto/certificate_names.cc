#include "core/crypto/certificate_names.h"

#include <algorithm>

#include "core/codecs/url.h"

namespace mibun::crypto {
namespace {

bool has_dns_name(const Certificate& certificate, const std::string& host) {
  return std::ranges::find(certificate.san_dns(), host) != certificate.san_dns().end();
}

}  // namespace

Status check_names_issuer(const Certificate& signer, std::string_view issuer) {
  if (std::ranges::find(signer.san_uri(), issuer) != signer.san_uri().end()) return {};
  const auto url = HttpsUrl::parse(issuer);
  if (url && has_dns_name(signer, url->host())) return {};
  return fail(ErrorCode::jwt_issuer_mismatch, "iss", "not a name of the signer's certificate");
}

Status check_owns_url(const Certificate& signer, std::string_view url) {
  MIBUN_TRY(const HttpsUrl parsed, HttpsUrl::parse(url));
  if (has_dns_name(signer, parsed.host())) return {};
  const bool same_origin = std::ranges::any_of(signer.san_uri(), [&](const std::string& uri) {
    const auto own = HttpsUrl::parse(uri);
    return own && own->origin() == parsed.origin();
  });
  if (same_origin) return {};
  return fail(ErrorCode::certificate_name_mismatch, "url", "not on a host of the signer's certificate");
}

}  // namespace mibun::crypto
