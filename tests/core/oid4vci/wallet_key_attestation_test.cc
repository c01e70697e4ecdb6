// The wallet before issuers that want its keys attested.
#include "core/oid4vci/key_attestation.h"
#include "tests/core/oid4vci/providers.h"
#include "tests/core/oid4vci/world.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

// An issuer that demands a level, and a provider that claims one.
struct Attested {
  explicit Attested(World& world_in, std::string demanded = "iso_18045_basic") : world(world_in) {
    card().key_attestations = KeyAttestationsRequired{{std::move(demanded)}, {}};
    world.issuer.key_attesters = &providers.anchors;
    world.attest_keys = [this](const AttestKeys& wanted) {
      asked.push_back(wanted.keys.size());
      std::vector<crypto::P256PublicKey> keys;
      for (const HolderKey& key : wanted.keys) keys.push_back(key.signer->public_key());
      const std::vector<std::string> storage{"iso_18045_basic"};
      return make_key_attestation({.issuer = kProvider,
                                   .keys = keys,
                                   .key_storage = storage,
                                   .user_authentication = {},
                                   .nonce = wanted.nonce,
                                   .issued_at = world.clock.now(),
                                   .expires = world.clock.now() + seconds(3600)},
                                  Providers::of(providers.signer))
          .value();
    };
  }
  CredentialConfiguration& card() const { return world.issuer.metadata.configurations[0]; }
  Result<Finished> receive() const { return world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt}); }

  World& world;
  Providers providers;
  std::vector<std::size_t> asked;  // how many keys each time
};

using ProofType = CredentialRequest::ProofType;

}  // namespace

TEST_CASE("one attestation for the issuer's nonce covers all keys of a batch, and each of them is proven") {
  World world;
  const Attested attested(world);
  world.issuer.dpop_nonces = true;  // the credential request goes out twice, with the same attestation
  const auto done = attested.receive();
  REQUIRE(done.has_value());
  CHECK(done->copies.size() == 10);
  CHECK(attested.asked == std::vector<std::size_t>{10});
  CHECK(world.issuer.proof_types == std::vector{ProofType::jwt});
}

TEST_CASE("where only the proof type attestation is taken, the attestation is the proof") {
  World world;
  const Attested attested(world);
  attested.card().proof_type = ProofType::attestation;
  const auto done = attested.receive();
  REQUIRE(done.has_value());
  CHECK(done->copies.size() == 10);
  CHECK(world.issuer.proof_types == std::vector{ProofType::attestation});
}

TEST_CASE("a provider is not asked where no attestation is demanded, nor before the holder agreed") {
  World world;
  const Attested attested(world);
  CHECK(world.receive(world.issuer.make_offer(std::nullopt), {}).error().code == ErrorCode::cancelled);
  CHECK(attested.asked.empty());
  world.issuer.key_attesters = nullptr;
  attested.card().key_attestations = std::nullopt;
  CHECK(attested.receive().has_value());
  CHECK(attested.asked.empty());
}

TEST_CASE("a wallet without a provider passes over cards whose keys must be attested") {
  World world;
  const Attested attested(world);
  world.attest_keys = {};
  CHECK(attested.receive().error().code == ErrorCode::oid4vci_unknown_credential_configuration);
  CHECK(world.questions.empty());
}

TEST_CASE("an issuer that demands more than the provider claims refuses") {
  World world;
  const Attested attested(world, "iso_18045_high");
  CHECK(attested.receive().error().code == ErrorCode::oid4vci_invalid_proof);
  CHECK(attested.asked.size() == 1);
}

TEST_CASE("what is no key attestation is not sent") {
  for (const std::string& text : {std::string(), std::string(32 * 1024 + 1, 'a')}) {
    World world;
    const Attested attested(world);
    world.attest_keys = [&](const AttestKeys&) { return text; };
    CHECK(attested.receive().error().code == ErrorCode::invalid_argument);
    CHECK(world.issuer.proof_types.empty());
    CHECK(world.issuer.paths.back() == "POST /tenant/nonce");
  }
}
