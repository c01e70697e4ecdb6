#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/crypto/trusted_issuers.h"
#include "tests/support/test_pki.h"

// A row that believes `authority` for these types: by these names, or by every name of its certificates.
inline mibun::crypto::TrustedIssuer issuer_of(const TestAuthority& authority, mibun::crypto::CertificatePurpose purpose,
                                              std::vector<std::string> types, std::vector<std::string> names = {}) {
  return {.types = std::move(types), .anchors = authority.anchors(purpose), .names = std::move(names)};
}

// That row alone.
inline mibun::crypto::TrustedIssuers issuers_of(const TestAuthority& authority,
                                                mibun::crypto::CertificatePurpose purpose,
                                                std::vector<std::string> types) {
  std::vector<mibun::crypto::TrustedIssuer> alone;
  alone.push_back(issuer_of(authority, purpose, std::move(types)));
  return mibun::crypto::TrustedIssuers::ignore_mdoc_profile(purpose, std::move(alone));
}
