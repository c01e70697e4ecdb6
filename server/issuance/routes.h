#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/access/attestation_status.h"
#include "server/issuance/service.h"
#include "server/trust/issuer_crls.h"

namespace mibun::server {

struct IssuanceRoutes {
  IssuanceService& service;
  StatusLists& status_lists;
  AccessTokens& tokens;
  AttestationStatus& attestations;
  const Trust& trust;
  const IssuerCrls& issuer_crls;
  const Clock& clock;
  Rng& rng;
  std::string public_origin;
};

// OpenID4VCI 1.0: metadata, /oid4vci/nonce, /oid4vci/credential, /oid4vci/deferred_credential, /oid4vci/notification;
// /status/{id}, and the revocation lists of who signs cards, ours and those of others that this server trusts. What
// `parts` refers to outlives the router.
void add_issuance_routes(http::Router& router, const IssuanceRoutes& parts);

}  // namespace mibun::server
