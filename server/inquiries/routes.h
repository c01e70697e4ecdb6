#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/inquiries/service.h"
#include "server/registration/accounts.h"
#include "server/staff/register.h"

namespace mibun::server {

// GET /api/v1/inquiries/terms: everybody's. GET and POST /api/v1/inquiries: the person's.
void add_inquiry_routes(http::Router& router, InquiryService& service, AssertionGate& gate);
// GET /api/v1/staff/inquiries, GET .../{id}, POST .../{id}/answer.
void add_inquiry_staff_routes(http::Router& router, InquiryService& service, AccessTokens& tokens,
                              const StaffRegister& staff);

}  // namespace mibun::server
