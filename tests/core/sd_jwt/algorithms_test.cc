#include <doctest/doctest.h>

#include "tests/core/sd_jwt/fixture.h"
#include "tests/support/key_kinds.h"

// Issuers and holders with keys other than P-256: taken when the policy lists them, refused otherwise.
namespace {

using namespace mibun;
using crypto::SignatureAlgorithm;

sd_jwt::IssuerPolicy policy_with(sd_jwt::AllowedSignatures issuers, sd_jwt::AllowedSignatures holders) {
  sd_jwt::IssuerPolicy policy = world::issuer_policy();
  policy.issuer_algorithms = issuers;
  policy.holder_algorithms = holders;
  return policy;
}

TEST_CASE("issuers and holders of every algorithm, as far as the policy lists them") {
  crypto::SystemRng rng;
  const auto all = {SignatureAlgorithm::es256, SignatureAlgorithm::es384, SignatureAlgorithm::ed25519};
  const auto issuers = key_kinds(), holders = key_kinds();
  for (const KeyKind& issuer : issuers) {
    const auto chain =
        chain_for(world::authority(), crypto::CertificatePurpose::credential_issuer, "issuer.example", *issuer.key);
    for (const KeyKind& holder : holders) {
      INFO(issuer.name << " issues to " << holder.name);
      sd_jwt::IssueRequest request{.clear_claims = world::clear_claims(), .disclosable = {{"given_name", "Hanako"}}};
      request.clear_claims["cnf"] = sd_jwt::confirmation(holder.key->verification_key());
      const std::string text = must(sd_jwt::issue(request, *issuer.key, chain, rng));
      const auto verify = [&](const sd_jwt::IssuerPolicy& policy, std::string_view presentation) {
        return sd_jwt::verify_presentation(presentation, policy, world::key_binding_policy(), kTestNow);
      };

      const sd_jwt::HeldCredential held(must(sd_jwt::verify_issued(text, policy_with(all, all), kTestNow)));
      CHECK(held.holder_key() == holder.key->verification_key());
      const std::vector<sd_jwt::ClaimPath> shown = {sd_jwt::ClaimPath::of("given_name")};
      const std::string presentation = must(held.present(shown, world::key_binding(), *holder.key));
      CHECK(must(verify(policy_with(all, all), presentation)).claims().at("given_name") == "Hanako");
      CHECK(must(verify(policy_with({issuer.algorithm}, {holder.algorithm}), presentation)).vct() == world::kVct);

      for (const SignatureAlgorithm other : all) {
        if (other != issuer.algorithm) {
          CHECK(code_of(verify(policy_with({other}, all), presentation)) == ErrorCode::algorithm_not_allowed);
        }
        if (other != holder.algorithm) {
          CHECK(code_of(verify(policy_with(all, {other}), presentation)) == ErrorCode::algorithm_not_allowed);
        }
      }
    }
  }
}

}  // namespace
