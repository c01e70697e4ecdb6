#include "wallet/attestation.h"

#include "core/oid4vci/key_possession.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kReason = "receive";

}  // namespace

Result<std::string> WalletProvider::possession(const crypto::P256Signer& key) const {
  return oid4vci::make_key_possession({.provider = profile_.origin, .account = profile_.account_id}, key,
                                      host_.clock.now());
}

Result<oid4vci::WalletAttested> WalletProvider::attest(const oid4vci::AttestWallet& wanted,
                                                       const crypto::P256Signer& instance_key) {
  MIBUN_TRY(const std::string shown, possession(instance_key));
  MIBUN_TRY(std::string attestation,
            ask("/api/v1/wallet/attestations", {{"client_id", wanted.client_id}, {"possession", shown}},
                "wallet_attestation"));
  return oid4vci::WalletAttested{std::move(attestation)};
}

Result<oid4vci::KeysAttested> WalletProvider::attest(const oid4vci::AttestKeys& wanted) {
  json::Array possessions;
  for (const oid4vci::HolderKey& key : wanted.keys) {
    MIBUN_TRY(const std::string shown, possession(*key.signer));
    possessions.emplace_back(shown);
  }
  MIBUN_TRY(std::string attestation,
            ask("/api/v1/wallet/key-attestations", {{"nonce", wanted.nonce}, {"possessions", std::move(possessions)}},
                "key_attestation"));
  return oid4vci::KeysAttested{std::move(attestation)};
}

Result<std::string> WalletProvider::ask(std::string_view target, const json::Object& body, std::string_view member) {
  MIBUN_TRY(const auto answer, api_.account_request(profile_, "POST", target, json::serialize(body), kJson, kReason));
  json::ObjectReader reader(answer.body, "attestation");
  MIBUN_TRY(const std::string_view attestation, reader.string(member));
  return std::string(attestation);
}

}  // namespace mibun::wallet
