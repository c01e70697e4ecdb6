#pragma once

#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/crypto/x509.h"
#include "core/oid4vci/client_attestation.h"
#include "platform/http/router.h"
#include "platform/keyd/keyd.h"
#include "server/access/attestation_status.h"
#include "server/access/client_authenticator.h"
#include "server/access/minute_nonces.h"

namespace mibun::server {

inline constexpr std::string_view kAttestationChallengePath = "/oauth/challenge";
// A wallet attestation that is older is no news of the wallet any more, whatever its provider says.
inline constexpr auto kAttestationAgeMax = std::chrono::hours(24);

// Wallets as their registration says: attested by their provider, or by name alone. What is registered decides, not
// what a request brings along: a client that is attested gets nowhere without, and an attestation that is shown has to
// be right even where none was needed.
class WalletAuthenticator final : public ClientAuthenticator {
 public:
  // `providers`: for wallet_provider. `issuer`: of this authorization server.
  WalletAuthenticator(const WalletClients& clients, const crypto::TrustAnchors& providers, AttestationStatus& statuses,
                      keyd::KeyHolder& keys, const Clock& clock, std::string issuer)
      : clients_(clients),
        providers_(providers),
        statuses_(statuses),
        challenges_("attestation_challenge", keys, clock),
        clock_(clock),
        issuer_(std::move(issuer)) {}

  Result<WalletClient> authenticate(const http::ServerRequest& request, const std::optional<std::string>& client_id,
                                    Demand demand) override;
  Status use(database::Transaction& transaction, const WalletClient& client) override;
  Result<std::string> challenge() override { return challenges_.current(); }

 private:
  Result<WalletClient> by_name(const std::optional<std::string>& client_id, Demand demand) const;
  Result<WalletClient> by_attestation(const std::vector<HttpHeader>& headers,
                                      const std::optional<std::string>& client_id);
  const WalletClients& clients_;
  const crypto::TrustAnchors& providers_;
  AttestationStatus& statuses_;
  MinuteNonces challenges_;
  const Clock& clock_;
  std::string issuer_;
};

// The root of our own provider and those of others, whose wallets may ask here too. `others`: PEM.
// Errors: certificate_malformed, pem_malformed.
Result<crypto::TrustAnchors> wallet_provider_anchors(std::vector<crypto::CaCertificate> own,
                                                     const std::vector<std::string>& others);

// POST /oauth/challenge (attestation-based client authentication -11, section 6.1).
void add_attestation_challenge_route(http::Router& router, ClientAuthenticator& authenticator);

}  // namespace mibun::server
