#include <doctest/doctest.h>

#include "tests/core/status_list/issuers.h"
#include "tests/support/key_kinds.h"

// Lists signed with keys other than P-256, in both formats: the key says the algorithm.
namespace {

using namespace mibun;
using namespace mibun::status_list;

struct Form {
  std::string_view name;
  StatusTokenFormat format;
  ErrorCode other_algorithm, other_key;
};
constexpr Form kForms[] = {
    {"JWT", StatusTokenFormat::jwt, ErrorCode::jws_alg_not_allowed, ErrorCode::jws_signature_invalid},
    {"CWT", StatusTokenFormat::cwt, ErrorCode::cose_alg_not_allowed, ErrorCode::cose_signature_invalid},
};

Bytes token(StatusTokenFormat format, const crypto::Signer& key, std::span<const Bytes> chain) {
  const CompressedStatusList list = Issuers::list().compress();
  if (format == StatusTokenFormat::cwt) return must(issue_status_list_cwt(kUri, Issuers::times(), list, key, chain));
  return to_bytes(as_bytes(must(issue_status_list_token(kUri, Issuers::times(), list, key, chain))));
}

}  // namespace

TEST_CASE("lists of every algorithm, in both formats") {
  const Issuers world;
  const StatusReference revoked{std::string(kUri), 1, "https://issuer.example"};
  const StatusReference valid{std::string(kUri), 0, "https://issuer.example"};
  const auto issuers = key_kinds(), strangers = key_kinds();
  for (const Form& form : kForms) {
    for (const KeyKind& issuer : issuers) {
      INFO(form.name << ", " << issuer.name);
      const auto chain =
          chain_for(world.authority, crypto::CertificatePurpose::credential_issuer, "issuer.example", *issuer.key);
      const auto by_certificate = [&](BytesView text) {
        return VerifiedStatusList::verify(form.format, text, StatusTokenPolicy{kUri, world.anchors}, kTestNow);
      };
      const auto by_key = [&](BytesView text, const crypto::Signer& key) {
        const StatusTokenKeyPolicy policy{kUri, key.verification_key(), "https://issuer.example"};
        return VerifiedStatusList::verify(form.format, text, policy, kTestNow);
      };
      const Bytes honest = token(form.format, *issuer.key, chain);
      for (const auto& list : {must(by_certificate(honest)), must(by_key(honest, *issuer.key))}) {
        CHECK(list.check(valid).has_value());
        CHECK(code_of(list.check(revoked)) == ErrorCode::status_revoked);
      }
      for (const KeyKind& stranger : strangers) {
        INFO("a stranger's " << stranger.name);
        const ErrorCode want = stranger.algorithm == issuer.algorithm ? form.other_key : form.other_algorithm;
        CHECK(code_of(by_certificate(token(form.format, *stranger.key, chain))) == want);
        CHECK(code_of(by_key(honest, *stranger.key)) == want);
      }
    }
  }
}
