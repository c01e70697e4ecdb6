#include "core/oid4vp/client_id.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/crypto/certificate_names.h"
#include "core/oid4vp/request.h"

namespace mibun::oid4vp {
namespace {

constexpr std::string_view kHashPrefix = "x509_hash:";
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

Result<std::string> client_id_of(const crypto::Certificate& leaf, ClientId::Prefix prefix) {
  if (prefix == ClientId::Prefix::x509_hash) return client_id_of(leaf);
  if (prefix != ClientId::Prefix::x509_san_dns) {
    return fail(ErrorCode::invalid_argument, "client_id", "a certificate proves no such name");
  }
  if (leaf.san_dns().size() != 1) return fail(ErrorCode::invalid_argument, "client_id", "not one DNS name");
  return std::string(to_string(prefix)) + ":" + leaf.san_dns().front();
}

std::string_view to_string(ClientId::Prefix prefix) {
  switch (prefix) {
    case ClientId::Prefix::x509_hash:
      return "x509_hash";
    case ClientId::Prefix::x509_san_dns:
      return "x509_san_dns";
    case ClientId::Prefix::verifier_attestation:
      return "verifier_attestation";
    case ClientId::Prefix::preregistered:
      return "pre-registered";
    case ClientId::Prefix::redirect_uri:
      return "redirect_uri";
  }
  return "";
}

Result<ClientId> ClientId::parse(std::string_view text) {
  const auto refuse = [] {
    return fail(ErrorCode::oid4vp_client_id_prefix_not_supported, "client_id", "a prefix that is not known here");
  };
  if (text.empty() || text.size() > kClientIdBytesMax) return refuse();
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return ClientId(Prefix::preregistered, text);
  const std::string_view name = text.substr(0, colon);
  for (const Prefix prefix : kClientIdPrefixes) {
    if (prefix != Prefix::preregistered && name == to_string(prefix)) return ClientId(prefix, text.substr(colon + 1));
  }
  return refuse();
}

Status ClientId::check_certificate(const crypto::Certificate& leaf) const {
  MIBUN_INVARIANT(prefix_ == Prefix::x509_hash || prefix_ == Prefix::x509_san_dns);
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
