#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/access/attestation_status.h"
#include "server/issuance/service.h"

namespace mibun::server {

struct IssuanceRoutes {
  IssuanceService& service;
  StatusLists& status_lists;
  AccessTokens& tokens;
  AttestationStatus& attestations;
  const Trust& trust;
  const Clock& clock;
  Rng& rng;
  std::string public_origin;
};

// OpenID4VCI 1.0: metadata, /oid4vci/nonce, /oid4vci/credential, /oid4vci/deferred_credential, /oid4vci/notification;
// /status/{id}, and the revocation list that the IACA's certificates name. What `parts` refers to outlives the router.
void add_issuance_routes(http::Router& router, const IssuanceRoutes& parts);

}  // namespace mibun::server
