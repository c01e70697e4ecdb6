#include "core/oid4vp/client_id.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/crypto/certificate_names.h"
#include "core/oid4vp/request.h"

namespace mibun::oid4vp {
namespace {

constexpr std::string_view kHashPrefix = "x509_hash:";
constexpr std::string_view kDnsPrefix = "x509_san_dns:";
constexpr std::size_t kClientIdBytesMax = 500;

std::string hash_client_id(BytesView digest) {
  return std::string(kHashPrefix) + base64url::encode(digest);
}

}  // namespace

std::string client_id_of(const crypto::Certificate& leaf) {
  return hash_client_id(leaf.sha256());
}

std::string client_id_of(BytesView leaf_der) {
  return hash_client_id(crypto::sha256(leaf_der));
}

Result<ClientId> ClientId::parse(std::string_view text) {
  if (text.size() <= kClientIdBytesMax) {
    if (text.starts_with(kHashPrefix)) return ClientId(Prefix::x509_hash, text.substr(kHashPrefix.size()));
    if (text.starts_with(kDnsPrefix)) return ClientId(Prefix::x509_san_dns, text.substr(kDnsPrefix.size()));
  }
  return fail(ErrorCode::oid4vp_client_id_prefix_not_supported, "client_id", "x509_hash or x509_san_dns is expected");
}

Status ClientId::check_certificate(const crypto::Certificate& leaf) const {
  const bool own = prefix_ == Prefix::x509_hash ? rest_ == base64url::encode(leaf.sha256())
                                                : std::ranges::find(leaf.san_dns(), rest_) != leaf.san_dns().end();
  if (own) return {};
  return fail(ErrorCode::oid4vp_client_id_mismatch, "x5c", "the certificate is not this client's");
}

Status ClientId::check_response_uri(const crypto::Certificate& leaf, std::string_view response_uri) const {
  const auto url = HttpsUrl::parse(response_uri);
  const bool same_host = prefix_ == Prefix::x509_hash || (url && url->host() == rest_);
  if (url && same_host && crypto::check_owns_url(leaf, response_uri)) return {};
  return fail(ErrorCode::oid4vp_response_uri_not_owned, "response_uri", "not an https URL on a host of the client");
}

}  // namespace mibun::oid4vp
