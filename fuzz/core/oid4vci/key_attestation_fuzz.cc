// A key attestation: the input as it is, and as claims that a trusted provider signed.
#include <cstdint>

#include "core/jose/jws.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/key_attestation.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr std::size_t kKeysMax = 3;
const std::vector<std::string> kLevels{"iso_18045_basic"};

Result<VerifiedKeyAttestation> verify(const crypto::TrustAnchors& anchors, std::string_view jwt) {
  return VerifiedKeyAttestation::verify(jwt, {.providers = anchors,
                                              .key_storage = kLevels,
                                              .user_authentication = {},
                                              .use = KeyAttestationUse::in_jwt_proof,
                                              .keys_max = kKeysMax,
                                              .now = kTestNow});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TestAuthority authority("providers");
  static const TestSigner signer(authority, crypto::CertificatePurpose::wallet_provider, "provider.example");
  static const crypto::TrustAnchors anchors = authority.anchors(crypto::CertificatePurpose::wallet_provider);
  const std::string_view text = as_text({data, size});
  MIBUN_INVARIANT(!verify(anchors, text));  // nobody signed this

  const auto claims = json::parse_object(text);
  if (!claims) return 0;
  const std::string jwt = must(
      jose::sign_jws({{"typ", "key-attestation+jwt"}, {"x5c", jose::x5c_member(signer.chain)}}, *claims, signer.key));
  const auto verified = verify(anchors, jwt);
  if (verified) {
    MIBUN_INVARIANT(!verified->keys().empty() && verified->keys().size() <= kKeysMax && !verified->nonce().empty());
    MIBUN_INVARIANT(!verified->key_storage().empty());
  } else {
    MIBUN_INVARIANT(protocol_error(verified.error().code, Endpoint::credential).error == "invalid_proof");
  }
  return 0;
}
