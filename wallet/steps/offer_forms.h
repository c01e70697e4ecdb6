#pragma once

#include <string>

#include "core/codecs/json.h"
#include "core/oid4vci/wallet_flow.h"
#include "wallet/host.h"

// The question before a card is added, in JSON. Inside wallet/steps.
namespace mibun::wallet::forms {

// {"step":"question","issuer","card","cards","copies","tx_code","wrong","signs_in"}: docs/formats/wallet_steps.md.
// `own_server`: the origin of this wallet's. Errors: those of the store and load_trust.
Result<json::Object> offer_question(const Host& host, const std::string& own_server,
                                    const oid4vci::AskHolder& question);

}  // namespace mibun::wallet::forms
