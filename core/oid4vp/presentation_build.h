#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/dcql/choose.h"
#include "core/oid4vp/held_card.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/response.h"
#include "core/oid4vp/wallet_flow.h"

// For files in core/oid4vp only.
namespace mibun::oid4vp {

struct PresentationParts {
  const VerifiedRequest& request;
  const CardBox& box;
  const std::vector<const HeldCard*>& cards;  // box.cards()
  const std::vector<dcql::Selection>& selections;
  const std::vector<std::string>& authorizing;  // of request.transaction_data(): authorizing_credentials()
};

// The presentations that the holder agreed to, each signed for this request and this consent.
// Errors: those of the signers, and of HeldCredential::present and HeldMdoc::present.
Result<ResponseContents> make_presentations(const PresentationParts& parts, std::string consent_text, Instant now);

}  // namespace mibun::oid4vp
