#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "platform/database/database.h"
#include "server/partners/service.h"
#include "server/trust/trust.h"

namespace mibun::server {

// Devices of partners that ask at close range. Each gets a certificate for its own key (ISO/IEC 18013-5, annex B.1.7)
// and a registration for that certificate: what its partner is registered to ask of mdocs, and why.
class ReaderService {
 public:
  struct Rooms {
    PartnerService& partners;
    const Trust& trust;
  };
  ReaderService(database::Database& database, Rooms rooms, const Clock& clock, Rng& rng)
      : database_(database), rooms_(rooms), clock_(clock), rng_(rng) {}

  struct Issued {
    std::string reader_id;
    std::string certificate_pem;
    std::string registration_jwt;  // its sub is the certificate's x509_hash
    Instant expires_at;
  };
  // `name`: what the partner calls the device, 1 to 64 bytes. Errors: claim_not_registered (the partner asks for
  // no mdoc), partner_not_found, jwt_expired (the partner's registration), service_overloaded (too many devices).
  Result<Issued> add(std::string_view partner_id, const std::string& name, const crypto::P256PublicKey& key);

  struct Summary {
    std::string reader_id, partner_id, name;
    Instant created_at, expires_at;
    std::optional<Instant> revoked_at;
  };
  Result<std::vector<Summary>> list();

  // A lost or stolen device. Once revoked stays revoked: a second time tells the first one's moment.
  // Errors: route_not_found (no such reader).
  Result<Instant> revoke(std::string_view reader_id);

  // DER of the list that the certificates of readers below that root point to; served at readers_crl_path(). Errors:
  // route_not_found (no such root).
  Result<Bytes> revocation_list(std::uint32_t root);

 private:
  database::Database& database_;
  Rooms rooms_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace mibun::server
