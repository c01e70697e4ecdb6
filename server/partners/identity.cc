#include "server/partners/identity.h"

#include <utility>

#include "core/codecs/url.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/verifier_attestation.h"

namespace mibun::server {
namespace {

using Prefix = oid4vp::ClientId::Prefix;

// The response goes to the gateway, so the certificate carries the gateway's host and the partner's name.
Status certify(PartnerIdentity& identity, const Trust& trust, const std::string& public_origin,
               const PartnerApplication& application, Instant now) {
  MIBUN_TRY(const HttpsUrl origin, HttpsUrl::parse(public_origin));
  MIBUN_TRY(auto chain, trust.certify_verifier(identity.key->public_key(), application.content.organization.en,
                                               origin.host(), now));
  MIBUN_TRY(const crypto::Certificate certificate, crypto::Certificate::parse(chain.front()));
  auto client_id = oid4vp::client_id_of(certificate, application.client_id_prefix);
  if (!client_id) return fail(ErrorCode::request_malformed, "body.client_id_prefix", "this gateway has no DNS name");
  identity.client_id = std::move(*client_id);
  identity.certificate = std::move(chain.front());
  return {};
}

Status attest(PartnerIdentity& identity, const Trust& trust, const std::string& public_origin,
              const PartnerApplication& application, Instant now, Instant until) {
  const SigningIdentity& registrar = trust.registrar();
  const oid4vp::VerifierAttestation attestation{
      .issuer = public_origin,
      .subject = application.partner_id,
      .issued_at = now,
      .expires_at = until,
      .key = jose::Jwk(identity.key->public_key()),
      .redirect_uris = partner_addresses(public_origin, application.partner_id, application.redirect_uri)};
  MIBUN_TRY(identity.attestation_jwt,
            oid4vp::sign_verifier_attestation(attestation, *registrar.signer, registrar.chain));
  identity.client_id = std::string(to_string(Prefix::verifier_attestation)) + ":" + application.partner_id;
  return {};
}

}  // namespace

std::vector<std::string> partner_addresses(std::string_view public_origin, std::string_view partner_id,
                                           const std::string& redirect_uri) {
  return {partner_answer_address(public_origin, partner_id), redirect_uri};
}

Result<PartnerIdentity> make_identity(const Trust& trust, const std::string& public_origin,
                                      const PartnerApplication& application, Instant now, Instant until) {
  PartnerIdentity identity;
  if (application.client_id_prefix == Prefix::redirect_uri) {
    const auto addresses = partner_addresses(public_origin, application.partner_id, application.redirect_uri);
    // Each of the two is its name where the answer goes there.
    for (const std::string& address : addresses) {
      if (!oid4vp::ClientId::parse(oid4vp::client_id_of_address(address))) {
        return fail(ErrorCode::request_malformed, "body.redirect_uri", "too long for a client_id");
      }
    }
    identity.client_id = oid4vp::client_id_of_address(addresses.front());
    return identity;
  }
  identity.key = crypto::P256PrivateKey::generate();
  switch (application.client_id_prefix) {
    case Prefix::x509_hash:
    case Prefix::x509_san_dns:
      MIBUN_CHECK(certify(identity, trust, public_origin, application, now));
      break;
    case Prefix::verifier_attestation:
      MIBUN_CHECK(attest(identity, trust, public_origin, application, now, until));
      break;
    case Prefix::preregistered:
      identity.client_id = application.partner_id;
      break;
    case Prefix::redirect_uri:
      break;
  }
  return identity;
}

Result<std::shared_ptr<const oid4vp::RequestSigner>> open_identity(const KeptIdentity& kept,
                                                                   const crypto::TrustAnchors& registrars,
                                                                   Instant now) {
  const auto shared = [](oid4vp::RequestSigner signer) {
    return std::make_shared<const oid4vp::RequestSigner>(std::move(signer));
  };
  MIBUN_TRY(const auto client, oid4vp::ClientId::parse(kept.client_id));
  switch (client.prefix()) {
    case Prefix::x509_hash:
    case Prefix::x509_san_dns: {
      const Bytes certificate = to_bytes(kept.certificate);
      MIBUN_TRY(auto signer, oid4vp::RequestSigner::make(kept.key, std::span(&certificate, 1), client.prefix()));
      return shared(std::move(signer));
    }
    case Prefix::verifier_attestation: {
      MIBUN_TRY(const auto attestation,
                oid4vp::VerifiedAttestation::verify(kept.attestation_jwt, client.rest(), registrars, now));
      MIBUN_TRY(auto signer, oid4vp::RequestSigner::make_attested(kept.key, attestation));
      return shared(std::move(signer));
    }
    case Prefix::preregistered: {
      MIBUN_TRY(auto signer, oid4vp::RequestSigner::make_known(
                                 kept.key, known_verifier(kept.client_id, kept.key->public_key(), kept.addresses)));
      return shared(std::move(signer));
    }
    case Prefix::redirect_uri:
      return std::shared_ptr<const oid4vp::RequestSigner>();
  }
  MIBUN_INVARIANT(false);
}

oid4vp::KnownVerifier known_verifier(std::string_view client_id, const crypto::PublicKey& key,
                                     std::vector<std::string> addresses) {
  jose::Jwk jwk(key);
  jwk.set_kid(jwk.thumbprint());
  jwk.set_use("sig");
  auto keys = jose::JwkSet::parse(json::Object{{"keys", json::Array{jwk.to_json()}}});
  MIBUN_INVARIANT(keys.has_value() && keys->keys().size() == 1);
  return {std::string(client_id), std::move(*keys), std::move(addresses)};
}

}  // namespace mibun::server
