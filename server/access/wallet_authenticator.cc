#include "server/access/wallet_authenticator.h"

#include "core/codecs/json.h"
#include "server/access/access.h"
#include "server/api/problem.h"
#include "server/api/protocol.h"

namespace mibun::server {
namespace {

std::unexpected<Error> unknown(std::string detail) {
  return fail(ErrorCode::oauth_invalid_client, "client_id", std::move(detail));
}

}  // namespace

Result<WalletClient> WalletAuthenticator::by_name(const std::optional<std::string>& client_id, Demand demand) const {
  if (!client_id) {
    if (demand == Demand::anonymous_allowed) return authenticated({}, {}, {}, {});
    return unknown("missing");
  }
  const RegisteredClient* client = clients_.find(*client_id);
  if (client == nullptr) return unknown("unknown");
  if (!std::holds_alternative<PublicClient>(client->authentication))
    return unknown("its wallet attestation is missing");
  return authenticated(*client_id, {}, {}, {});
}

Result<WalletClient> WalletAuthenticator::by_attestation(const std::vector<HttpHeader>& headers,
                                                         const std::optional<std::string>& client_id) {
  MIBUN_TRY(const auto shown, oid4vci::ClientAttestation::parse(headers));
  const RegisteredClient* client = clients_.find(shown.unverified_client_id());
  if (client == nullptr) return unknown("unknown");
  const auto* attested = std::get_if<AttestedBy>(&client->authentication);
  if (attested == nullptr) {
    return fail(ErrorCode::oauth_invalid_client_attestation, "attestation.sub", "nobody speaks for this client");
  }
  std::optional<std::string_view> form_client_id;
  if (client_id) form_client_id = *client_id;
  MIBUN_TRY(const auto verified, shown.verify({.providers = providers_,
                                               .provider = attested->provider,
                                               .authorization_server = issuer_,
                                               .form_client_id = form_client_id,
                                               .challenge = oid4vci::AttestationChallengeRequired{},
                                               .age_max = kAttestationAgeMax,
                                               .now = clock_.now()}));
  MIBUN_TRY(const bool live, challenges_.is_live(*verified.challenge()));
  if (!live) return fail(ErrorCode::oauth_use_attestation_challenge, "pop.challenge", "not one of ours, or expired");
  if (verified.status()) {
    MIBUN_CHECK(statuses_.check(*verified.status(), attested->provider, ErrorCode::oauth_invalid_client_attestation,
                                "attestation.status"));
  }
  return authenticated(verified.client_id(), verified.jkt(), verified.jkt() + "|" + verified.jti(),
                       verified.remember_until());
}

Result<WalletClient> WalletAuthenticator::authenticate(const ServerRequest& request,
                                                       const std::optional<std::string>& client_id, Demand demand) {
  const auto headers = headers_of(request);
  if (!oid4vci::ClientAttestation::is_shown(headers)) return by_name(client_id, demand);
  return by_attestation(headers, client_id);
}

Status WalletAuthenticator::use(database::Transaction& transaction, const WalletClient& client) {
  if (client.proof_id().empty()) return {};  // a name can be said again
  return use_once(transaction, "client_attestation_jti", as_bytes(client.proof_id()), client.remember_until(),
                  ErrorCode::oauth_invalid_client_attestation);
}

Result<crypto::TrustAnchors> wallet_provider_anchors(std::vector<crypto::CaCertificate> own,
                                                     const std::vector<std::string>& others) {
  std::vector<crypto::CaCertificate> anchors = std::move(own);
  for (const std::string& pem : others) {
    MIBUN_TRY(crypto::CaCertificate anchor, crypto::CaCertificate::from_pem(pem));
    anchors.push_back(std::move(anchor));
  }
  // Attestations live for a day, and a provider whose key is lost leaves the list.
  return crypto::TrustAnchors(crypto::CertificatePurpose::wallet_provider, std::move(anchors),
                              crypto::RevocationPolicy::ignore_revocation);
}

void add_attestation_challenge_route(http::Router& router, ClientAuthenticator& authenticator) {
  router.add({.method = "POST",
              .pattern = std::string(kAttestationChallengePath),
              .handler =
                  [&](const ServerRequest& request, const PathParameters&) {
                    auto challenge = authenticator.challenge();
                    if (!challenge) return refuse(challenge.error(), request);
                    return json_answer(json::serialize(oid4vci::AttestationChallenge{std::move(*challenge)}.to_json()));
                  },
              .cors = true});
}

}  // namespace mibun::server
