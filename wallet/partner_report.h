#pragma once

#include <string>
#include <string_view>

#include "wallet/history.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

// Tells the staff of this wallet's server about a partner that the person met. Unlike a request to delete it comes from
// the account: the person says by it that they met this partner on that day.
//   reason: asked_too_much, not_what_it_said, pressure, looks_fake, other
// The same words about the same meeting are one report. Errors: invalid_argument (the event is about no partner), those
// of account_request.
Status report_partner(ServerApi& api, Profile& profile, const HistoryEvent& event, std::string_view reason,
                      std::string_view text);

}  // namespace mibun::wallet
