#include "server/wallet_provider/service.h"

#include <algorithm>

#include "core/oid4vci/client_attestation.h"
#include "core/oid4vci/key_attestation.h"
#include "core/oid4vci/key_possession.h"
#include "core/oid4vci/limits.h"
#include "platform/log/log.h"
#include "server/registration/current_key.h"
#include "server/wallet_provider/store.h"

namespace mibun::server {
namespace {

// To the hour, so that the times of two attestations do not say that one wallet asked for both at once.
Instant hour_of(Instant now) {
  constexpr std::int64_t kHour = 3600;
  return Instant::from_unix_seconds(now.unix_seconds() / kHour * kHour);
}

oid4vci::ProviderSigner signer_of(const Trust& trust) {
  const SigningIdentity& identity = trust.wallet_provider();
  return {*identity.signer, identity.chain};
}

}  // namespace

Result<std::vector<jose::Jwk>> WalletProviderService::shown_keys(const Account& account,
                                                                 std::span<const std::string> possessions) const {
  std::vector<jose::Jwk> keys;
  for (const std::string& possession : possessions) {
    const oid4vci::KeyPossession expected{.provider = public_origin_, .account = account.id.value};
    MIBUN_TRY(jose::Jwk key, oid4vci::verify_key_possession(possession, expected, clock_.now()));
    if (key.key() == crypto::PublicKey(account.device_key)) {
      return fail(ErrorCode::oid4vci_invalid_proof, "possession", "the account's own key, which nobody else may see");
    }
    const bool again = std::ranges::any_of(keys, [&](const jose::Jwk& other) { return other.key() == key.key(); });
    if (again) return fail(ErrorCode::oid4vci_invalid_proof, "possessions", "a key stands twice");
    keys.push_back(std::move(key));
  }
  return keys;
}

// Before anything is signed: what was vouched for is known, or it was not vouched for.
Status WalletProviderService::keep(const Account& account, std::span<const jose::Jwk> keys, std::string_view purpose,
                                   Instant expires) {
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(require_current_key(transaction, account));
    for (const jose::Jwk& key : keys) {
      MIBUN_CHECK(wallet_provider_store::keep_key(transaction, key.thumbprint(), account.id.value, purpose, expires));
    }
    return {};
  });
}

Result<WalletProviderService::Attestation> WalletProviderService::attest_wallet(const Account& account,
                                                                                std::string_view client_id,
                                                                                std::string_view possession) {
  const RegisteredClient* client = clients_.find(client_id);
  const auto* attested = client == nullptr ? nullptr : std::get_if<AttestedBy>(&client->authentication);
  if (attested == nullptr || attested->provider != public_origin_) {
    return fail(ErrorCode::oauth_unauthorized_client, "client_id", "not a wallet of this provider");
  }
  const std::vector<std::string> one{std::string(possession)};
  MIBUN_TRY(const auto keys, shown_keys(account, one));
  const Instant issued_at = hour_of(clock_.now());
  const Instant expires = issued_at + kWalletAttestationLifetime;
  MIBUN_CHECK(keep(account, keys, wallet_provider_store::kInstance, expires));
  MIBUN_TRY(std::string jwt, oid4vci::make_client_attestation({.issuer = public_origin_,
                                                               .client_id = client_id,
                                                               .key = *keys.front().key().p256(),
                                                               .wallet_name = client->name_en,
                                                               .wallet_link = public_origin_,
                                                               .issued_at = issued_at,
                                                               .expires = expires},
                                                              signer_of(trust_)));
  log::info("wallet_attested");
  return Attestation{std::move(jwt), expires};
}

Result<WalletProviderService::Attestation> WalletProviderService::attest_keys(
    const Account& account, std::string_view nonce, std::span<const std::string> possessions) {
  if (nonce.empty() || nonce.size() > oid4vci::kNonceCharactersMax) {
    return fail(ErrorCode::request_malformed, "nonce", "empty or too long");
  }
  if (possessions.empty() || possessions.size() > oid4vci::kBatchSizeMax) {
    return fail(ErrorCode::request_malformed, "possessions", "none or more than a batch");
  }
  MIBUN_TRY(const auto shown, shown_keys(account, possessions));
  const Instant issued_at = Instant::from_unix_seconds(clock_.now().unix_seconds());
  const Instant expires = issued_at + kAttestedKeysLifetime;
  MIBUN_CHECK(keep(account, shown, wallet_provider_store::kCard, expires));
  std::vector<crypto::P256PublicKey> keys;
  for (const jose::Jwk& key : shown) keys.push_back(*key.key().p256());
  // Nothing is said of user_authentication: the server never sees what unlocks a wallet.
  const std::vector<std::string> key_storage{software_key_storage()};
  const oid4vci::KeyAttestationRequest request{.issuer = public_origin_,
                                               .keys = keys,
                                               .key_storage = key_storage,
                                               .user_authentication = {},
                                               .nonce = nonce,
                                               .issued_at = issued_at,
                                               .expires = expires};
  MIBUN_TRY(std::string jwt, oid4vci::make_key_attestation(request, signer_of(trust_)));
  log::info("keys_attested", {{"keys", static_cast<std::int64_t>(keys.size())}});
  return Attestation{std::move(jwt), expires};
}

Status WalletProviderService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  return wallet_provider_store::erase(transaction, person.value);
}

Status WalletProviderService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) {
    return wallet_provider_store::purge_expired(transaction, clock_.now());
  });
}

}  // namespace mibun::server
