#include "core/oid4vp/request_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/url.h"
#include "core/oid4vp/verifier_attestation.h"
#include "core/oid4vp/verifier_trust.h"

namespace mibun::oid4vp {
namespace {

// kid may stand beside x5c; it is never used to find a key.
constexpr std::array<std::string_view, 2> kChainHeaders = {"x5c", "kid"};
constexpr std::array<std::string_view, 1> kKidHeader = {"kid"};

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), std::move(detail));
}

Result<ClientId> answered(std::string_view client_id, const VerifierTrust& trust) {
  MIBUN_TRY(ClientId client, ClientId::parse(client_id));
  const auto refuse = [](std::string detail) {
    return fail(ErrorCode::oid4vp_client_id_prefix_not_supported, "client_id", std::move(detail));
  };
  if (!trust.profile.clients.accept(client.prefix())) return refuse("this wallet does not answer that kind");
  if (client.prefix() == ClientId::Prefix::preregistered && trust.known.find(client.rest()) == nullptr) {
    return refuse("no prefix, and nobody whom we know");
  }
  return client;
}

struct Opened {
  jose::VerifiedJws jws;
  Identified identified;
  std::optional<crypto::Certificate> leaf{};
  std::optional<std::vector<std::string>> addresses{};
};

Result<Opened> open_certified(const jose::Jws& jws, const ClientId& client, const VerifierTrust& trust, Instant now) {
  MIBUN_CHECK(trust.access.check_purpose(crypto::CertificatePurpose::verifier_access));
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  MIBUN_TRY(crypto::Certificate leaf, trust.access.verify_chain(chain, now));
  MIBUN_TRY(jose::VerifiedJws verified, jws.verify(leaf.public_key(), {kRequestObjectType, kChainHeaders}));
  MIBUN_CHECK(client.check_certificate(leaf));
  return Opened{.jws = std::move(verified), .identified = Identified::by_certificate, .leaf = std::move(leaf)};
}

Result<Opened> open_attested(const jose::Jws& jws, const ClientId& client, const VerifierTrust& trust, Instant now) {
  const json::Value* text = jws.unverified_header().if_contains(kVerifierAttestationHeader);
  if (text == nullptr || !text->is_string()) return invalid("request.header.jwt", "there is no attestation");
  MIBUN_TRY(const VerifiedAttestation attestation,
            VerifiedAttestation::verify(text->get_string(), client.rest(), trust.registrars, now));
  MIBUN_TRY(jose::VerifiedJws verified, jws.verify(attestation.key().key(), {kRequestObjectType, kKidHeader}));
  return Opened{
      .jws = std::move(verified), .identified = Identified::by_attestation, .addresses = attestation.redirect_uris()};
}

// The key that the registry has: by its name or, where the header names none, the only one.
Result<const jose::Jwk*> known_key(const jose::Jws& jws, const KnownVerifier& verifier) {
  const json::Value* kid = jws.unverified_header().if_contains("kid");
  if (kid == nullptr) return verifier.keys.only(jose::KeyUse::signature);
  if (!kid->is_string()) return invalid("request.header.kid", "a kid is a string");
  return verifier.keys.find(kid->get_string(), jose::KeyUse::signature);
}

Result<Opened> open_known(const jose::Jws& jws, const ClientId& client, const VerifierTrust& trust) {
  const KnownVerifier* const verifier = trust.known.find(client.rest());
  MIBUN_INVARIANT(verifier != nullptr);  // answered() looked
  MIBUN_TRY(const jose::Jwk* const key, known_key(jws, *verifier));
  MIBUN_TRY(jose::VerifiedJws verified, jws.verify(key->key(), {kRequestObjectType, kKidHeader}));
  return Opened{.jws = std::move(verified), .identified = Identified::by_wallet, .addresses = verifier->response_uris};
}

Result<Opened> open(const jose::Jws& jws, const ClientId& client, const VerifierTrust& trust, Instant now) {
  switch (client.prefix()) {
    case ClientId::Prefix::x509_hash:
    case ClientId::Prefix::x509_san_dns:
      return open_certified(jws, client, trust, now);
    case ClientId::Prefix::verifier_attestation:
      return open_attested(jws, client, trust, now);
    case ClientId::Prefix::preregistered:
      return open_known(jws, client, trust);
    case ClientId::Prefix::redirect_uri:
      return invalid("client_id", "nothing proves who signed for a redirect_uri");
  }
  MIBUN_INVARIANT(false);
}

}  // namespace

bool names_origin_of(const Registration& registration, std::string_view uri) {
  const auto url = HttpsUrl::parse(uri);
  return url && std::ranges::find(registration.origins, url->origin()) != registration.origins.end();
}

Status check_answered(std::string_view client_id, const VerifierTrust& trust) {
  MIBUN_CHECK(answered(client_id, trust));
  return {};
}

Result<RequestClient> RequestClient::of_signed(const jose::Jws& jws, std::string_view client_id,
                                               const VerifierTrust& trust, Instant now) {
  MIBUN_TRY(ClientId client, answered(client_id, trust));
  MIBUN_TRY(Opened opened, open(jws, client, trust, now));
  RequestClient found(client_id, std::move(client), opened.identified);
  found.header_ = opened.jws.header();
  found.payload_ = std::move(opened.jws).payload();
  found.leaf_ = std::move(opened.leaf);
  found.addresses_ = std::move(opened.addresses);
  return found;
}

Result<RequestClient> RequestClient::of_unsigned(std::string_view client_id, const VerifierTrust& trust) {
  MIBUN_TRY(ClientId client, answered(client_id, trust));
  if (client.prefix() != ClientId::Prefix::redirect_uri) return invalid("request", "such a client signs its requests");
  std::vector<std::string> address{std::string(client.rest())};
  RequestClient found(client_id, std::move(client), Identified::by_address);
  found.addresses_ = std::move(address);
  return found;
}

bool RequestClient::owns(std::string_view uri) const {
  if (leaf_) return client_id_.check_response_uri(*leaf_, uri).has_value();
  return addresses_ && std::ranges::find(*addresses_, uri) != addresses_->end();
}

Status RequestClient::check_address(std::string_view uri, ResponseMode mode, const Registration& registration) const {
  const bool https = HttpsUrl::parse(uri).has_value();
  // Whoever names addresses means these and no others.
  const bool registered =
      !addresses_ && (mode == ResponseMode::fragment || !leaf_) && names_origin_of(registration, uri);
  if (https && (owns(uri) || registered)) return {};
  return fail(ErrorCode::oid4vp_response_uri_not_owned, "response_uri", "not an https URL of the client");
}

Status check_registered_for(const Registration& registration, std::string_view client_id,
                            const std::optional<std::string>& unsigned_origin) {
  if (registration.client_id == client_id) return {};
  const bool of_origin =
      unsigned_origin && std::ranges::find(registration.origins, *unsigned_origin) != registration.origins.end();
  if (of_origin) return {};
  return fail(ErrorCode::oid4vp_registration_invalid, "request.verifier_info", "of another client");
}

}  // namespace mibun::oid4vp
