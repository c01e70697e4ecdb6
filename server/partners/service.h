#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/jose/jwk.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/known_verifiers.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/request_profile.h"
#include "core/oid4vp/request_signer.h"
#include "platform/database/database.h"
#include "server/access/access.h"
#include "server/trust/trust.h"

namespace mibun::server {

// What staff enter for a new partner.
struct PartnerApplication {
  std::string partner_id;        // [a-z0-9-]{3,40}; also its OAuth client_id
  oid4vp::Registration content;  // without iss, sub, registration_id and times: those are ours to say
  std::string redirect_uri;      // https: where a browser returns with the response_code
  jose::Jwk api_key;             // for private_key_jwt
  // Under which name it asks: by its certificate, as HAIP 1.0 has it; by the gateway's host name, which one partner of
  // a gateway can have; or, where the operator allows it, by our registrar's attestation, by its partner_id as wallets
  // know it from the trust list, or unsigned, by where its answers go.
  oid4vp::ClientId::Prefix client_id_prefix = oid4vp::ClientId::Prefix::x509_hash;

  // Errors: request_malformed at the member, private_key_rejected.
  static Result<PartnerApplication> parse(const json::Object& body);
};

// A partner as the gateway needs it to make a request.
struct Partner {
  std::string partner_id, client_id, redirect_uri;
  oid4vp::ClientId::Prefix prefix;
  // Where wallets post the answers to all its requests; empty: each request has an address of its own.
  std::string answers_at;
  oid4vp::VerifiedRegistration registration;
  std::shared_ptr<const oid4vp::RequestSigner> signer;  // null: redirect_uri, whose requests nobody signs

  // Of its pages: where it returns to. It shows codes there and calls the browser from there.
  Result<std::string> page_origin() const;
};

// Where wallets post the answers to all requests of a partner that has no certificate, which would cover others.
std::string partner_answer_address(std::string_view public_origin, std::string_view partner_id);

class PartnerService final : public ClientDirectory {
 public:
  struct Names {
    oid4vp::AnsweredClients allowed;          // how partners may be named: what the operator allows
    const oid4vp::KnownVerifiers& elsewhere;  // whom wallets know beside our partners: their names are taken
  };
  PartnerService(database::Database& database, Trust& trust, const Names& names, const Clock& clock, Rng& rng,
                 std::string public_origin)
      : database_(database),
        trust_(trust),
        names_(names),
        clock_(clock),
        rng_(rng),
        public_origin_(std::move(public_origin)) {}

  struct Registered {
    std::string partner_id, client_id, registration_id;
  };
  // Makes the partner's request-signing key, what proves its name, and the registrar's statement. Errors:
  // partner_exists (at "partner_id", or at "client_id_prefix": another one asks under the gateway's name),
  // request_malformed (the operator does not allow such names; the gateway has no name; an address too long to be one),
  // service_overloaded (as many verifiers without a prefix as a wallet takes).
  Result<Registered> add(PartnerApplication application);

  struct Summary {
    std::string partner_id, client_id;
    oid4vp::Registration registration;
    Instant created_at;
  };
  Result<std::vector<Summary>> list();

  // `client_id`: under which name, also a former one; empty: its newest. Errors: partner_not_found; jwt_expired (its
  // registration has run out).
  // What was verified and opened is kept for a minute, for as long as the row says the same bytes.
  Result<Partner> find(std::string_view partner_id, std::string_view client_id = {});

  // Whether the operator still allows a partner to ask under its kind of name. Errors: request_malformed.
  Status check_may_ask(const Partner& partner) const;

  // Partners without a prefix whose registration is in force, as wallets are to know them. Errors: database_*.
  Result<std::vector<oid4vp::KnownVerifier>> known_verifiers();

  // Whether renew_certificates() has anything to do. Errors: database_*.
  Result<bool> is_renewal_due();
  // Gives each partner whose certificate is below an older root, or ends within a month, a new one for the same key.
  // A client_id that is the hash of a certificate becomes another, with the same registration under the new name; what
  // was asked under the one before is answered under it. A partner whose registration has run out keeps what it has.
  // Errors: database_*, those of certifying and signing.
  Status renew_certificates();

  // Whose an audience is: a client_id, or "origin:" and the origin of its pages, with its registration. It may have run
  // out since. Errors: partner_not_found.
  Result<std::string> partner_registered_as(std::string_view audience, std::string_view registration_id);

  Result<std::optional<Client>> find_client(std::string_view client_id) override;

 private:
  struct Row {
    std::string partner_id, client_id, registration_jwt;
    Bytes sealed_key, certificate;
    std::string redirect_uri, attestation_jwt;
  };
  static Row row_of(const database::Row& row);
  struct Opened {
    std::string registration_jwt;
    Bytes sealed_key, certificate;
    std::string attestation_jwt;
    Instant good_until;
    oid4vp::VerifiedRegistration registration;
    std::shared_ptr<const oid4vp::RequestSigner> signer;
  };
  Result<Opened> open(const Row& row);
  struct Due;
  Result<std::vector<Due>> due(Instant now);
  Status renew_certificate(const Due& partner, Instant now);
  std::mutex mutex_;
  std::map<std::string, Opened, std::less<>> opened_;
  database::Database& database_;
  Trust& trust_;
  Names names_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
};

}  // namespace mibun::server
