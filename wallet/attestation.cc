#include "wallet/attestation.h"

#include "core/codecs/json.h"
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
  const json::Object body{{"client_id", wanted.client_id}, {"possession", shown}};
  MIBUN_TRY(const auto answer, api_.account_request(profile_, "POST", "/api/v1/wallet/attestations",
                                                    json::serialize(body), kJson, kReason));
  json::ObjectReader reader(answer.body, "attestation");
  MIBUN_TRY(const std::string_view attestation, reader.string("wallet_attestation"));
  return oid4vci::WalletAttested{std::string(attestation)};
}

}  // namespace mibun::wallet
