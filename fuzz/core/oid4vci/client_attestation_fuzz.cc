// Attestation-based client authentication: the input as both headers, then as claims that a trusted provider and its
// wallet signed, so that the checks behind the signatures are reached too. A line feed parts the two. And as a
// challenge.
#include <cstdint>

#include "core/oid4vci/client_attestation.h"
#include "core/oid4vci/error_map.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

struct World {
  TestAuthority authority{"providers"};
  TestSigner signer{authority, crypto::CertificatePurpose::wallet_provider, "provider.example"};
  crypto::TrustAnchors anchors = authority.anchors(crypto::CertificatePurpose::wallet_provider);
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
};

Result<VerifiedClientAttestation> verify(const World& world, const std::string& attestation, const std::string& pop) {
  const std::vector<HttpHeader> headers{{std::string(kClientAttestationHeader), attestation},
                                        {std::string(kClientAttestationPopHeader), pop}};
  MIBUN_TRY(const auto shown, ClientAttestation::parse(headers));
  return shown.verify({.providers = world.anchors,
                       .provider = "https://provider.example",
                       .authorization_server = "https://as.example.com",
                       .form_client_id = std::nullopt,
                       .challenge = AttestationChallengeRequired{},
                       .age_max = std::chrono::hours(24),
                       .now = kTestNow});
}

std::string sign(json::Object header, const json::Object& claims, const crypto::P256PrivateKey& key) {
  return must(jose::sign_jws(std::move(header), claims, key));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  const std::string text(as_text({data, size}));
  if (const auto challenge = AttestationChallenge::parse(text)) {
    const auto again = AttestationChallenge::parse(json::serialize(challenge->to_json()));
    MIBUN_INVARIANT(again.has_value() && *again == *challenge);
  }
  const std::size_t line = text.find('\n');
  const std::string first = text.substr(0, line), second = line == std::string::npos ? "" : text.substr(line + 1);
  MIBUN_INVARIANT(!verify(world, first, second));  // nobody signed this

  auto claims = json::parse_object(first), pop_claims = json::parse_object(second);
  if (!claims || !pop_claims) return 0;
  json::Object cnf;
  cnf["jwk"] = jose::Jwk(world.key.public_key()).to_json();
  if (claims->contains("cnf")) (*claims)["cnf"] = std::move(cnf);  // changes with each run
  const auto verified =
      verify(world,
             sign({{"typ", "oauth-client-attestation+jwt"}, {"x5c", jose::x5c_member(world.signer.chain)}}, *claims,
                  world.signer.key),
             sign({{"typ", "oauth-client-attestation-pop+jwt"}, {"kid", "1"}}, *pop_claims, world.key));
  if (verified) {
    MIBUN_INVARIANT(!verified->client_id().empty() && !verified->jti().empty() && verified->challenge().has_value());
    MIBUN_INVARIANT(verified->jkt() == jose::Jwk(world.key.public_key()).thumbprint());
  } else {
    const int status = protocol_error(verified.error().code, Endpoint::token).status;
    MIBUN_INVARIANT(status == 400 || status == 401);
  }
  return 0;
}
