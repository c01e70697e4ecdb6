#pragma once

#include <memory>
#include <string>

#include "core/crypto/x509.h"
#include "wallet/host.h"

namespace mibun::wallet {

// Whom this wallet believes, by purpose: the wallet provider's published list, fetched at registration over the TLS
// connection whose root the person's wallet pins, and kept from then on.
struct TrustList {
  crypto::TrustAnchors credential_issuers, iaca, verifier_access, registrars, receipts;
  crypto::TrustAnchors readers;  // those under verifier_access that ask at close range
};

// Fetches /.well-known/mibun-trust.json and keeps it. Errors: http_*, json_*, certificate_malformed.
Status fetch_trust(const Host& host, const std::string& origin);
// Errors: wallet_not_registered, json_*, certificate_malformed.
Result<TrustList> load_trust(Store& store);
// {"credential_issuer":[PEM],"iaca":[PEM],"verifier_access":[PEM],"registrar":[PEM],"receipt":[PEM]}
Result<TrustList> parse_trust(std::string_view text);

}  // namespace mibun::wallet
