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
#include "core/oid4vp/registration.h"
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
  // Under which name it asks: by its certificate, as HAIP 1.0 has it, or by the gateway's host name, which one partner
  // of a gateway can have.
  oid4vp::ClientId::Prefix client_id_prefix = oid4vp::ClientId::Prefix::x509_hash;

  // Errors: request_malformed at the member, private_key_rejected.
  static Result<PartnerApplication> parse(const json::Object& body);
};

// A partner as the gateway needs it to make a request.
struct Partner {
  std::string partner_id, client_id, redirect_uri;
  oid4vp::VerifiedRegistration registration;
  std::shared_ptr<const oid4vp::RequestSigner> signer;

  // Of its pages: where it returns to. It shows codes there and calls the browser from there.
  Result<std::string> page_origin() const;
};

class PartnerService final : public ClientDirectory {
 public:
  PartnerService(database::Database& database, Trust& trust, const Clock& clock, Rng& rng, std::string public_origin)
      : database_(database), trust_(trust), clock_(clock), rng_(rng), public_origin_(std::move(public_origin)) {}

  struct Registered {
    std::string partner_id, client_id, registration_id;
  };
  // Makes the partner's request-signing key, its certificate and the registrar's statement. Errors: partner_exists (at
  // "partner_id", or at "client_id_prefix": another one asks under the gateway's name), request_malformed (the gateway
  // has no name).
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
    std::string_view partner_id;
    std::string client_id, registration_jwt;
    Bytes sealed_key, certificate;
  };
  struct Opened {
    std::string registration_jwt;
    Bytes sealed_key, certificate;
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
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
};

}  // namespace mibun::server
