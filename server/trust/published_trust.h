#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/oid4vp/known_verifiers.h"
#include "server/trust/card_issuers.h"

namespace mibun::server {

// The trust list that this server publishes for its wallets: its own roots, those of `issuers` with the types that each
// may issue, and those of `others` (PEM, by the list's member: "verifier_access", "registrar"). Receipts are ours
// alone. `verifiers`: whom wallets shall know without a certificate (oid4vp::KnownVerifiers). `log_key`: of the log of
// operations, "<name>+<id>+<key>": the member "log"; empty: none. Errors: certificate_* (not a CA's certificate),
// invalid_argument (another member), those of KnownVerifiers::parse.
Result<std::string> published_trust(const Trust& trust, const CardIssuers& issuers,
                                    const std::map<std::string, std::vector<std::string>>& others,
                                    const json::Array& verifiers, std::string_view log_key = {});

// `list`, as published_trust() made it, with the partners that are known to wallets by now. Who has the name of one in
// the list is left out: the operator's word stands. At most as many as a wallet takes. Errors: json_*.
Result<std::string> with_partners(const std::string& list, const std::vector<oid4vp::KnownVerifier>& partners);

}  // namespace mibun::server
