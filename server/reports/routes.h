#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/registration/accounts.h"
#include "server/reports/service.h"
#include "server/staff/register.h"

namespace mibun::server {

// POST /api/v1/reports: the person's. GET /api/v1/staff/reports and .../{id}: the staff's.
void add_report_routes(http::Router& router, ReportService& service, AssertionGate& gate, AccessTokens& tokens,
                       const StaffRegister& staff);

}  // namespace mibun::server
