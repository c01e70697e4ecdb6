#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/crypto/x509.h"

namespace mibun::oid4vp {

// "<prefix>:<rest>", for the prefixes that a signed request can prove with a certificate: OpenID4VP 1.0, section 5.9.
class ClientId {
 public:
  enum class Prefix { x509_hash, x509_san_dns };

  // Errors: oid4vp_client_id_prefix_not_supported: every other prefix, "origin:" and "redirect_uri:" among them.
  static Result<ClientId> parse(std::string_view text);

  // Errors: oid4vp_client_id_mismatch (the certificate is not this client's).
  Status check_certificate(const crypto::Certificate& leaf) const;
  // May this client receive answers at `response_uri`? x509_san_dns: on its own host. x509_hash: on a host of its
  // certificate. Errors: oid4vp_response_uri_not_owned.
  Status check_response_uri(const crypto::Certificate& leaf, std::string_view response_uri) const;

 private:
  ClientId(Prefix prefix, std::string_view rest) : prefix_(prefix), rest_(rest) {}
  Prefix prefix_;
  std::string rest_;
};

}  // namespace mibun::oid4vp
