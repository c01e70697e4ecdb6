#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/crypto/x509.h"

namespace mibun::oid4vp {

// "<prefix>:<rest>": OpenID4VP 1.0, section 5.9; without a colon a client that the wallet knows: section 5.9.2.
class ClientId {
 public:
  enum class Prefix { x509_hash, x509_san_dns, verifier_attestation, preregistered, redirect_uri };

  // Errors: oid4vp_client_id_prefix_not_supported: every other prefix, "origin:" among them; empty, too long.
  static Result<ClientId> parse(std::string_view text);

  Prefix prefix() const { return prefix_; }
  std::string_view rest() const { return rest_; }  // without the prefix and its colon

  // Of the two prefixes that a certificate proves. Errors: oid4vp_client_id_mismatch (it is not this client's).
  Status check_certificate(const crypto::Certificate& leaf) const;
  // May this client receive answers at `response_uri`? x509_san_dns: on its own host. x509_hash: on a host of its
  // certificate. Errors: oid4vp_response_uri_not_owned.
  Status check_response_uri(const crypto::Certificate& leaf, std::string_view response_uri) const;

 private:
  ClientId(Prefix prefix, std::string_view rest) : prefix_(prefix), rest_(rest) {}
  Prefix prefix_;
  std::string rest_;
};

// How a client with this certificate is named under one of the two prefixes that a certificate proves; x509_san_dns: by
// the one DNS name that it has. Errors: invalid_argument (another prefix; no DNS name, or several).
Result<std::string> client_id_of(const crypto::Certificate& leaf, ClientId::Prefix prefix);

inline constexpr std::array kClientIdPrefixes = {ClientId::Prefix::x509_hash, ClientId::Prefix::x509_san_dns,
                                                 ClientId::Prefix::verifier_attestation,
                                                 ClientId::Prefix::preregistered, ClientId::Prefix::redirect_uri};
// "pre-registered" where there is no prefix: section 10.1.
std::string_view to_string(ClientId::Prefix prefix);

}  // namespace mibun::oid4vp
