#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/crypto/x509.h"

namespace mibun::crypto {

// Is `issuer` (an "iss" claim) one of the certificate's URIs, or an https URL on one of its DNS names? Without this any
// signer that we trust could speak for every other (docs/threat_model.md). Errors: jwt_issuer_mismatch.
Status check_names_issuer(const Certificate& signer, std::string_view issuer);

// The same for an https URL that the signer says is its own: on one of its DNS names, or with the origin of one of its
// URIs. Errors: url_malformed, url_not_https, certificate_name_mismatch.
Status check_owns_url(const Certificate& signer, std::string_view url);

}  // namespace mibun::crypto
