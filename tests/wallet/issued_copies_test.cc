#include "wallet/issued_copies.h"

#include <doctest/doctest.h>

#include "tests/core/oid4vp/world.h"
#include "tests/wallet/test_country.h"
#include "tests/wallet/test_device.h"
#include "wallet/trust.h"

// Copies of an mdoc as they come from an issuer; those of an SD-JWT VC come with issuance_test.cc.
namespace mibun::wallet {
namespace {

struct Scene {
  // `types`: what the wallet believes the issuer for, as JSON.
  explicit Scene(std::string_view types) {
    const std::string anchors = json::serialize(json::Array{json::Value(country.iaca.pem())});
    const std::string issuers = R"([{"format":"mso_mdoc","types":)" + std::string(types) + R"(,"anchors":)" + anchors;
    must(device.store.write("trust", R"({"credential_issuer":[],"iaca":)" + anchors +
                                         R"(,"verifier_access":[],"registrar":[],"receipt":[],"trusted_issuers":)" +
                                         issuers + "}]}"));
    finished.configuration.format = oid4vci::CredentialFormat::mso_mdoc;
    finished.configuration.doctype = oid4vp::kDocType;
  }
  void copy(const TestSigner& signer, const std::function<void(mdoc::IssueRequest&)>& change = {}) {
    const KeyId key = must(device.keys.make_key());
    copy_for(key, must(device.keys.signer(key))->public_key(), signer, change);
  }
  void copy_for(const KeyId& key, const crypto::P256PublicKey& holder, const TestSigner& signer,
                const std::function<void(mdoc::IssueRequest&)>& change = {}) {
    finished.copies.push_back({oid4vp::issue_mdoc(signer, holder, rng, change), key.value});
  }
  Result<VerifiedCopies> verify() { return verify_copies(device.host, finished); }

  TestDevice device;
  Country country;
  TestSigner document_signer = country.document_signer();
  SeededRng rng{20261130};
  oid4vci::Finished finished{.credential_issuer = "https://issuer.example", .configuration = {}};
};

const std::string kOwn = R"([")" + std::string(oid4vp::kDocType) + R"("])";

}  // namespace

TEST_CASE("V3: an mdoc of a type that its issuer is not believed for is not taken") {
  struct Row {
    std::string_view why, types;
    std::optional<ErrorCode> want;
  };
  const std::string several = R"(["org.example.club",")" + std::string(oid4vp::kDocType) + R"("])";
  const Row rows[] = {
      {"for it", kOwn, {}},
      {"for several", several, {}},
      {"for another type", R"(["org.example.club"])", ErrorCode::certificate_untrusted_for_type},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Scene scene(row.types);
    scene.copy(scene.document_signer);
    scene.copy(scene.document_signer);
    const auto verified = scene.verify();
    if (row.want) {
      CHECK(code_of(verified) == *row.want);
      continue;
    }
    REQUIRE(verified.has_value());
    CHECK(verified->held.size() == 2);
    CHECK(verified->issuer == scene.document_signer.certificate.organization());
    CHECK(verified->expires > kTestNow);
  }
}

TEST_CASE("A4, A18: one wrong mdoc beside a good one, and none of them is taken") {
  struct Row {
    std::string_view why;
    std::function<void(Scene&)> wrong;
    ErrorCode want;
  };
  const TestSigner stranger = Country().document_signer();
  const Row rows[] = {
      {"by a signer that nobody believes", [&](Scene& scene) { scene.copy(stranger); },
       ErrorCode::certificate_untrusted},
      {"of another type",
       [](Scene& scene) {
         scene.copy(scene.document_signer, [](mdoc::IssueRequest& request) { request.doc_type = "org.example.club"; });
       },
       ErrorCode::mdoc_doc_type_unexpected},
      {"for a key of somebody else",
       [](Scene& scene) {
         const KeyId ours = must(scene.device.keys.make_key());
         scene.copy_for(ours, crypto::P256PrivateKey::generate().public_key(), scene.document_signer);
       },
       ErrorCode::mdoc_device_key_mismatch},
      {"for the other copy's key",
       [](Scene& scene) {
         const KeyId first{scene.finished.copies.front().key_id};
         scene.copy_for(first, must(scene.device.keys.signer(first))->public_key(), scene.document_signer);
       },
       ErrorCode::sd_jwt_claim_collision},
      {"of other contents",
       [](Scene& scene) {
         scene.copy(scene.document_signer,
                    [](mdoc::IssueRequest& request) { request.name_spaces.front().elements.pop_back(); });
       },
       ErrorCode::sd_jwt_claim_collision},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Scene scene(kOwn);
    scene.copy(scene.document_signer);
    REQUIRE(scene.verify().has_value());
    row.wrong(scene);
    CHECK(code_of(scene.verify()) == row.want);
  }
  Scene empty(kOwn);
  CHECK(code_of(empty.verify()) == ErrorCode::oid4vci_response_malformed);
}

}  // namespace mibun::wallet
