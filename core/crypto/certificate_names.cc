#include "core/crypto/certificate_names.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"

namespace mibun::crypto {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_dns_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

// Whole names, letters of either case; a wildcard in the certificate is no host's name.
bool has_dns_name(const Certificate& certificate, std::string_view host) {
  return is_dns_name(host) && std::ranges::any_of(certificate.san_dns(), [&](const std::string& own) {
           return std::ranges::equal(own, host, {}, lower, lower);
         });
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

Status check_san_dns(const Certificate& certificate, std::string_view name) {
  if (has_dns_name(certificate, name)) return {};
  return fail(ErrorCode::certificate_name_mismatch, "subjectAltName", "not a DNS name of the certificate");
}

Result<X509Hash> X509Hash::parse(std::string_view text) {
  MIBUN_TRY(const Bytes bytes, base64url::decode(text));
  Sha256Digest digest{};
  if (bytes.size() != digest.size()) return fail(ErrorCode::base64url_bad_length, "x509_hash", "not a SHA-256");
  std::ranges::copy(bytes, digest.begin());
  return X509Hash(digest);
}

Status X509Hash::check(const Certificate& leaf) const {
  if (digest_ == leaf.sha256()) return {};
  return fail(ErrorCode::certificate_name_mismatch, "x509_hash", "of another certificate");
}

std::string X509Hash::to_string() const {
  return base64url::encode(digest_);
}

}  // namespace mibun::crypto
