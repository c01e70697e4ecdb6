#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/issuance/offers.h"
#include "server/proofing/service.h"
#include "server/staff/register.h"

namespace mibun::server {

// The applicant's side: /api/v1/proofing/cases...
void add_proofing_routes(http::Router& router, ProofingService& service, AssertionGate& gate, OfferMaker& offers);
// The reviewers' side: /api/v1/staff/cases...
void add_review_routes(http::Router& router, ProofingService& service, AccessTokens& tokens,
                       const StaffRegister& staff);

}  // namespace mibun::server
