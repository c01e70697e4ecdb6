#pragma once

#include <string>
#include <vector>

#include "core/oid4vci/provider_jwt.h"
#include "tests/core/oid4vci/support.h"
#include "tests/support/test_pki.h"

namespace mibun::oid4vci {

inline constexpr std::string_view kProvider = "https://provider.example";

// A wallet provider whose root is trusted, others that are not or for something else, and what they sign.
struct Providers {
  TestAuthority authority{"providers"}, stranger{"strangers"};
  TestSigner signer{authority, crypto::CertificatePurpose::wallet_provider, "provider.example"};
  TestSigner second{authority, crypto::CertificatePurpose::wallet_provider, "second.example"};
  TestSigner issuer{authority, crypto::CertificatePurpose::credential_issuer, "provider.example"};
  TestSigner untrusted{stranger, crypto::CertificatePurpose::wallet_provider, "provider.example"};
  crypto::TrustAnchors anchors = authority.anchors(crypto::CertificatePurpose::wallet_provider);

  static ProviderSigner of(const TestSigner& who) { return {who.key, who.chain}; }
  // `changed` signed again by `who`, whatever it says; its x5c unless the header has one.
  static std::string sign(json::Object header, const json::Object& payload, const TestSigner& who) {
    if (!header.contains("x5c")) header["x5c"] = jose::x5c_member(who.chain);
    return jose::sign_jws(std::move(header), payload, who.key).value();
  }
};

// Header and payload of a JWT of ours, to be changed; without what signing adds.
struct JwtDraft {
  json::Object header, payload;
  static JwtDraft of(const std::string& jwt) {
    const auto jws = jose::Jws::parse(jwt).value();
    JwtDraft draft{jws.unverified_header(), jws.unverified_payload().value()};
    draft.header.erase("alg");
    draft.header.erase("x5c");
    return draft;
  }
};

// The JWT with another alg and no signature, and the one signed with HMAC keyed by the public key.
std::vector<std::string> forged_algorithms(const JwtDraft& draft, const crypto::P256PublicKey& key);

}  // namespace mibun::oid4vci
