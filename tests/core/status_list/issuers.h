#pragma once

#include <string_view>

#include "core/status_list/status_token.h"
#include "tests/support/test_pki.h"

// Who signs status lists in these tests, rightly and wrongly, and the list that they sign.
namespace mibun::status_list {

inline constexpr std::string_view kUri = "https://issuer.example/status/1";

struct Issuers {
  TestAuthority authority{"issuers"};
  TestAuthority stranger{"strangers"};
  TestSigner issuer{authority, crypto::CertificatePurpose::credential_issuer, "issuer.example"};
  TestSigner other_issuer{authority, crypto::CertificatePurpose::credential_issuer, "other.example"};
  TestSigner wrong_purpose{authority, crypto::CertificatePurpose::verifier_access, "issuer.example"};
  TestSigner foreign{stranger, crypto::CertificatePurpose::credential_issuer, "issuer.example"};
  crypto::TrustAnchors anchors = authority.anchors(crypto::CertificatePurpose::credential_issuer);

  static StatusList list() {
    StatusList list = must(StatusList::make(2, 64));
    must(list.set(1, kInvalid));
    must(list.set(2, kSuspended));
    must(list.set(3, 3));
    return list;
  }
  static StatusTokenTimes times() { return {kTestNow, kTestNow + std::chrono::hours(1), seconds(600)}; }
};

}  // namespace mibun::status_list
