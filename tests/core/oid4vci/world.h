#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/oid4vci/wallet_flow.h"
#include "tests/core/oid4vci/test_issuer.h"

// Holder and issuer in one process, with one seed and a clock turned by hand.
namespace mibun::oid4vci {

class TestKeys final : public HolderKeyMaker {
 public:
  explicit TestKeys(Rng& rng) : rng_(rng) {}
  Result<HolderKey> make_key() override {
    const std::string id = "key-" + std::to_string(keys.size());
    keys.push_back(std::make_unique<crypto::P256PrivateKey>(key_from(rng_)));
    return HolderKey{id, keys.back().get()};
  }
  std::vector<std::unique_ptr<crypto::P256PrivateKey>> keys;

 private:
  Rng& rng_;
};

using Wire = std::function<HttpResponse(const HttpRequest&)>;

struct World {
  explicit World(std::uint64_t seed = 7)
      : rng(seed), clock(kNow), issuer(rng, clock), keys(rng), dpop_key(key_from(rng)), instance_key(key_from(rng)) {}

  IssuanceFlow flow(const CredentialOffer& offer, std::size_t copies = 10) {
    return {offer,
            copies,
            {.keys = keys,
             .dpop_key = dpop_key,
             .rng = rng,
             .metadata_signers = metadata_signers,
             .keys_attestable = !!attest_keys}};
  }
  // By the authorization code grant, as a known client.
  IssuanceFlow code_flow(IssuanceStart start) {
    const FlowClient client{.client_id = "wallet",
                            .redirect_uri = "https://wallet.example/cb",
                            .instance_key = attest_wallet ? &instance_key : nullptr};
    return {std::move(start),
            10,
            {.keys = keys, .dpop_key = dpop_key, .rng = rng, .client = client, .keys_attestable = !!attest_keys}};
  }
  IssuanceStart initiated() const {
    return {.credential_issuer = issuer.metadata.credential_issuer,
            .configuration_ids = {},
            .authorization_server = {},
            .grant = CodeGrant{}};
  }
  // Plays until Finished or an error. `answers`: the tx_codes typed, one after the other.
  Result<Finished> play(IssuanceFlow& flow, std::vector<std::optional<std::string>> answers) {
    Event event = Start{};
    std::size_t asked = 0;
    for (int i = 0; i < 50; ++i) {
      clock.advance(milliseconds(700));
      auto step = flow.advance(event, clock.now());
      if (!step) return std::unexpected(step.error());
      if (const auto* done = std::get_if<Finished>(&*step)) return *done;
      if (std::holds_alternative<Pending>(*step)) return fail(ErrorCode::oid4vci_issuance_pending);
      if (const auto* send = std::get_if<SendRequest>(&*step)) {
        event = ResponseArrived{wire(send->request)};
      } else if (const auto* open = std::get_if<OpenAuthorization>(&*step)) {
        event = RedirectArrived{browser(open->url)};
      } else if (const auto* wanted = std::get_if<AttestWallet>(&*step)) {
        event = WalletAttested{attest_wallet(*wanted)};
      } else if (const auto* attest = std::get_if<AttestKeys>(&*step)) {
        event = KeysAttested{attest_keys(*attest)};
      } else {
        questions.push_back(std::get<AskHolder>(*step));
        if (asked == answers.size()) return fail(ErrorCode::cancelled);
        event = HolderAgreed{answers[asked++], picks};
      }
    }
    return fail(ErrorCode::internal_error, "simulation", "no end");
  }
  Result<Finished> receive(const CredentialOffer& offer, std::vector<std::optional<std::string>> answers) {
    IssuanceFlow started = flow(offer);
    return play(started, std::move(answers));
  }

  SeededRng rng;
  ManualClock clock;
  TestIssuer issuer;
  TestKeys keys;
  crypto::P256PrivateKey dpop_key, instance_key;
  std::vector<AskHolder> questions;
  std::string picks;  // which card, with each answer
  std::function<std::string(const std::string&)> browser = [this](const std::string& url) { return issuer.visit(url); };
  const crypto::TrustAnchors* metadata_signers = nullptr;  // set: signed metadata are read
  // Set: this wallet has a provider for that.
  std::function<std::string(const AttestWallet&)> attest_wallet;
  std::function<std::string(const AttestKeys&)> attest_keys;
  Wire wire = [this](const HttpRequest& request) { return issuer.handle(request); };
};

// By the authorization code grant, with a holder who agrees.
inline Result<Finished> play_code_flow(World& world) {
  IssuanceFlow flow = world.code_flow(world.initiated());
  return world.play(flow, {std::nullopt});
}

}  // namespace mibun::oid4vci
